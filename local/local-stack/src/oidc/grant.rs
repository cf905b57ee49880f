//! Requests to the token endpoint (RFC 6749) and the claims of its tokens.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// A user who can have a token.
#[derive(Clone, Debug)]
pub struct User {
    /// Name to ask for a token with: the claim `username`.
    pub username: String,
    /// Permanent id of the user: the claim `sub`.
    pub subject: String,
    /// The claim `cognito:groups`; left out, as Cognito does, if there are none.
    pub groups: Vec<String>,
    /// Further claims; they replace the usual ones of the same name.
    pub claims: Map<String, Value>,
}

/// Why the token endpoint refuses; the text is RFC 6749's error code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum GrantError {
    #[error("invalid_request")]
    InvalidRequest,
    #[error("unsupported_grant_type")]
    UnsupportedGrantType,
    #[error("invalid_grant")]
    InvalidGrant,
    #[error("server_error")]
    ServerError,
}

impl GrantError {
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::InvalidRequest | Self::UnsupportedGrantType | Self::InvalidGrant => StatusCode::BAD_REQUEST,
            Self::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// A request for a token that is not granted yet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) username: String,
    /// Field `expires_in`, an addition of this issuer: lifetime of the token in place of the configured one.
    pub(super) expires_in_secs: Option<i64>,
}

impl Request {
    /// Reads the form of a resource owner password grant. Unknown fields are ignored; a field that is given twice or
    /// without a value is an error.
    ///
    /// # Errors
    /// The RFC's error code.
    pub(super) fn parse(form: &[u8]) -> Result<Self, GrantError> {
        let grant_type = field(form, "grant_type")?.ok_or(GrantError::InvalidRequest)?;
        if grant_type != "password" {
            return Err(GrantError::UnsupportedGrantType);
        }
        let username = field(form, "username")?.ok_or(GrantError::InvalidRequest)?;
        let expires_in = field(form, "expires_in")?.map(|text| text.parse());
        let expires_in_secs = expires_in.transpose().map_err(|_| GrantError::InvalidRequest)?;
        Ok(Self {
            username,
            expires_in_secs,
        })
    }
}

fn field(form: &[u8], name: &str) -> Result<Option<String>, GrantError> {
    let mut values = form_urlencoded::parse(form)
        .filter(|(it, _)| it == name)
        .map(|(_, value)| value);
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) if !value.is_empty() => Ok(Some(value.into_owned())),
        (Some(_), _) => Err(GrantError::InvalidRequest),
    }
}

/// Claims that the tokens of one issuer have in common.
pub(super) struct Shape {
    pub(super) issuer: String,
    pub(super) client_id: String,
    pub(super) scopes: Vec<String>,
    pub(super) lifetime: Duration,
}

impl Shape {
    /// Usual lifetime of a token.
    pub(super) fn lifetime_secs(&self) -> i64 {
        i64::try_from(self.lifetime.as_secs()).unwrap_or(i64::MAX)
    }

    /// Claims of an access token in Cognito's shape; the user's own claims replace them.
    ///
    /// A token with a negative lifetime was issued one usual lifetime before it expired, so that only its expiry is
    /// wrong.
    pub(super) fn claims(&self, user: &User, expires_in_secs: i64, now_unix_secs: i64) -> Value {
        let expires = now_unix_secs.saturating_add(expires_in_secs);
        let issued = if expires_in_secs < 0 {
            expires.saturating_sub(self.lifetime_secs())
        } else {
            now_unix_secs
        };
        let standard = json!({
            "iss": self.issuer,
            "sub": user.subject,
            "username": user.username,
            "client_id": self.client_id,
            "token_use": "access",
            "scope": self.scopes.join(" "),
            "iat": issued,
            "exp": expires,
            "jti": Uuid::new_v4().to_string(),
        });
        let groups = (!user.groups.is_empty()).then(|| ("cognito:groups".to_owned(), json!(user.groups)));
        let mut claims = Map::new();
        claims.extend(standard.as_object().cloned().unwrap_or_default());
        claims.extend(groups);
        claims.extend(user.claims.clone());
        Value::Object(claims)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_a_password_grant_or_an_error_of_the_rfc() {
        let request = |expires_in_secs| {
            Ok(Request {
                username: "agent one".to_owned(),
                expires_in_secs,
            })
        };
        for (form, expected) in [
            ("grant_type=password&username=agent+one", request(None)),
            (
                "grant_type=password&username=agent%20one&password=x&scope=y",
                request(None),
            ),
            (
                "grant_type=password&username=agent+one&expires_in=-5",
                request(Some(-5)),
            ),
            ("", Err(GrantError::InvalidRequest)),
            ("grant_type=&username=a", Err(GrantError::InvalidRequest)),
            ("grant_type=password", Err(GrantError::InvalidRequest)),
            ("grant_type=password&username=", Err(GrantError::InvalidRequest)),
            (
                "grant_type=password&username=a&username=b",
                Err(GrantError::InvalidRequest),
            ),
            (
                "grant_type=password&username=a&expires_in=soon",
                Err(GrantError::InvalidRequest),
            ),
            (
                "grant_type=client_credentials",
                Err(GrantError::UnsupportedGrantType),
            ),
        ] {
            assert_eq!(Request::parse(form.as_bytes()), expected, "{form}");
        }
    }

    #[test]
    fn an_expired_token_lived_a_whole_lifetime() {
        let shape = Shape {
            issuer: "http://127.0.0.1:4520".to_owned(),
            client_id: "client".to_owned(),
            scopes: Vec::new(),
            lifetime: Duration::from_mins(10),
        };
        let user = User {
            username: "agent".to_owned(),
            subject: "subject".to_owned(),
            groups: Vec::new(),
            claims: Map::new(),
        };
        for (expires_in, issued, expires) in [(600, 1_000, 1_600), (0, 1_000, 1_000), (-5, 395, 995)] {
            let claims = shape.claims(&user, expires_in, 1_000);
            assert_eq!(
                (&claims["iat"], &claims["exp"]),
                (&json!(issued), &json!(expires)),
                "{expires_in}"
            );
        }
        assert_eq!(shape.claims(&user, 600, 0).get("cognito:groups"), None);
    }
}
