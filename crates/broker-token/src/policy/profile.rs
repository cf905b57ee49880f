//! The kinds of token, and the claims that distinguish them.

use serde_json::{Map, Value};

use super::{IssuerPolicy, required_text};
use crate::error::TokenError;

/// Claims that access tokens have and ID tokens do not, one of which a token with a `nonce` must hold.
///
/// `roles` and `groups` are not among them, because Entra writes them into ID tokens.
const MARKS_OF_ACCESS_TOKENS: [&str; 5] = ["scope", "scp", "client_id", "cid", "appid"];

/// Kind of token that an issuer's entry expects; any other kind from the same issuer is refused.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    strum::Display,
    strum::EnumString,
    strum::VariantArray,
    strum::VariantNames,
)]
#[strum(serialize_all = "kebab-case")]
pub enum Profile {
    /// Access token of an Amazon Cognito user pool: `token_use` is `access`, the client in
    /// `client_id`, and `aud` only for an API of [`IssuerPolicy::resources`].
    CognitoAccess,
    /// ID token of OIDC Core 1.0; an access token of the same issuer is not one.
    OidcId,
    /// JWT access token of RFC 9068.
    Rfc9068,
    /// JWT access token of a provider that does not follow RFC 9068.
    OidcAccess,
}

impl Profile {
    /// Every profile, in the order of docs/settings.md.
    pub const ALL: &'static [Self] = <Self as strum::VariantArray>::VARIANTS;

    /// Whether a header's `typ` fits.
    ///
    /// `typ` is a media type, so it is compared without regard to case and `application/` may be left
    /// out in front of a value without `/` (RFC 7515 section 4.1.9, RFC 2045 section 5.1).
    pub(crate) fn admits_type(self, typ: Option<&str>) -> bool {
        match (self, typ.map(media_type)) {
            (Self::Rfc9068, typ) => typ == Some(MediaType::AccessToken),
            (_, None | Some(MediaType::Jwt)) | (Self::OidcAccess, Some(MediaType::AccessToken)) => true,
            (Self::CognitoAccess | Self::OidcId | Self::OidcAccess, _) => false,
        }
    }

    /// Whether the claims are those of this kind of token, meant for one of `policy`'s audiences.
    ///
    /// `events` marks a security event or a logout token (RFC 8417), which no profile is. `jti` is text wherever it
    /// is (RFC 7519 section 4.1.7).
    pub(crate) fn check(self, members: &Map<String, Value>, policy: &IssuerPolicy) -> Result<(), TokenError> {
        let audiences = &policy.audiences;
        forbid(members, &["events"])?;
        if members.contains_key("jti") {
            required_text(members, "jti")?;
        }
        match self {
            Self::CognitoAccess => {
                require_token_use(members, "access")?;
                check_resource(members, &policy.resources)?;
                require_listed(required_text(members, "client_id")?, audiences)
            }
            Self::OidcId => {
                forbid(members, &["scope", "scp"])?;
                permit_payload_type(members, |typ| typ == "ID")?;
                permit_token_use(members, "id")?;
                check_id_token_audience(members, policy)
            }
            Self::Rfc9068 => {
                required_text(members, "client_id")?;
                required_text(members, "jti")?;
                Audience::of(members)?.require_any(audiences)
            }
            Self::OidcAccess => {
                forbid(members, &["at_hash", "c_hash", "s_hash"])?;
                permit_payload_type(members, |typ| typ != "ID" && typ != "Refresh")?;
                check_nonce(members)?;
                permit_token_use(members, "access")?;
                Audience::of(members)?.require_any(audiences)
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum MediaType {
    Jwt,
    AccessToken,
    Other,
}

fn media_type(typ: &str) -> MediaType {
    const PREFIX: &str = "application/";
    let name = match typ.split_at_checked(PREFIX.len()) {
        Some((prefix, name)) if prefix.eq_ignore_ascii_case(PREFIX) => name,
        _ => typ,
    };
    if name.eq_ignore_ascii_case("jwt") {
        MediaType::Jwt
    } else if name.eq_ignore_ascii_case("at+jwt") {
        MediaType::AccessToken
    } else {
        MediaType::Other
    }
}

/// `aud`: one string, or a non-empty array of strings (RFC 7519 section 4.1.3).
enum Audience<'c> {
    One(&'c str),
    Several(&'c [Value]),
}

impl<'c> Audience<'c> {
    fn of(members: &'c Map<String, Value>) -> Result<Self, TokenError> {
        match members.get("aud") {
            None => Err(TokenError::NoAudience),
            Some(Value::String(audience)) => Ok(Self::One(audience)),
            Some(Value::Array(all)) if !all.is_empty() && all.iter().all(Value::is_string) => {
                Ok(Self::Several(all))
            }
            Some(_) => Err(TokenError::Claim("aud")),
        }
    }

    fn is_one(&self) -> bool {
        matches!(self, Self::One(_) | Self::Several([_]))
    }

    fn require_any(&self, audiences: &[String]) -> Result<(), TokenError> {
        let is_listed = match self {
            Self::One(audience) => require_listed(audience, audiences).is_ok(),
            Self::Several(all) => all.iter().any(|one| audiences.iter().any(|listed| one == listed)),
        };
        if is_listed {
            Ok(())
        } else {
            Err(TokenError::Audience)
        }
    }
}

/// The API that a Cognito access token was requested for, if it was requested for one (RFC 8707).
fn check_resource(members: &Map<String, Value>, resources: &[String]) -> Result<(), TokenError> {
    if !members.contains_key("aud") {
        return Ok(());
    }
    let is_listed = Audience::of(members)?.require_any(resources);
    is_listed.map_err(|_| TokenError::Resource)
}

/// The client that an ID token was issued to must be ours, and an ID token for several audiences must name it.
fn check_id_token_audience(members: &Map<String, Value>, policy: &IssuerPolicy) -> Result<(), TokenError> {
    let audience = Audience::of(members)?;
    audience.require_any(&policy.audiences)?;
    if audience.is_one() && !members.contains_key("azp") {
        return Ok(());
    }
    let party = required_text(members, "azp")?;
    let is_listed = [&policy.audiences, &policy.authorized_parties]
        .into_iter()
        .any(|listed| require_listed(party, listed).is_ok());
    if is_listed {
        Ok(())
    } else {
        Err(TokenError::AuthorizedParty)
    }
}

/// `nonce` binds an ID token to a login, but some issuers write it into access tokens too.
fn check_nonce(members: &Map<String, Value>) -> Result<(), TokenError> {
    if MARKS_OF_ACCESS_TOKENS
        .into_iter()
        .any(|name| members.get(name).is_some_and(is_marked))
    {
        Ok(())
    } else {
        forbid(members, &["nonce"])
    }
}

/// Whether a claim holds a text or a list that is not empty; a list with an element that is not text does not count.
fn is_marked(claim: &Value) -> bool {
    match claim {
        Value::String(text) => !text.is_empty(),
        Value::Array(elements) => !elements.is_empty() && elements.iter().all(Value::is_string),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    }
}

/// Judges `typ` of the payload, by which Keycloak tells its kinds of token apart.
fn permit_payload_type(
    members: &Map<String, Value>,
    is_permitted: impl Fn(&Value) -> bool,
) -> Result<(), TokenError> {
    if members.get("typ").is_none_or(is_permitted) {
        Ok(())
    } else {
        Err(TokenError::PayloadType)
    }
}

fn require_listed(value: &str, audiences: &[String]) -> Result<(), TokenError> {
    if audiences.iter().any(|listed| listed == value) {
        Ok(())
    } else {
        Err(TokenError::Audience)
    }
}

fn forbid(members: &Map<String, Value>, names: &[&'static str]) -> Result<(), TokenError> {
    match names.iter().find(|name| members.contains_key(**name)) {
        Some(name) => Err(TokenError::ClaimNotAllowed(name)),
        None => Ok(()),
    }
}

fn permit_token_use(members: &Map<String, Value>, only: &str) -> Result<(), TokenError> {
    if members.contains_key("token_use") {
        require_token_use(members, only)
    } else {
        Ok(())
    }
}

fn require_token_use(members: &Map<String, Value>, only: &str) -> Result<(), TokenError> {
    match members.get("token_use").and_then(Value::as_str) {
        Some(token_use) if token_use == only => Ok(()),
        _ => Err(TokenError::TokenUse),
    }
}

#[cfg(test)]
mod tests;
