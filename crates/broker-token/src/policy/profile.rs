//! The kinds of token, and how each is told from the others.

use std::str::FromStr;

use serde_json::{Map, Value};

use super::required_text;
use crate::fault::TokenFault;

/// Kind of token that an issuer's entry expects; any other kind from the same issuer is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Access token of an Amazon Cognito user pool: `token_use` is `access`, the client in
    /// `client_id`, no `aud`.
    CognitoAccess,
    /// ID token of OpenID Connect Core 1.0.
    OidcId,
    /// JWT access token of RFC 9068.
    Rfc9068,
    /// JWT access token of a provider that does not follow RFC 9068.
    OidcAccess,
}

/// Name that is none of the profiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not one of the profiles cognito-access, oidc-id, rfc9068, oidc-access")]
pub struct UnknownProfile;

impl Profile {
    /// Every profile, in the order of the contract.
    pub const ALL: [Self; 4] = [Self::CognitoAccess, Self::OidcId, Self::Rfc9068, Self::OidcAccess];

    /// Name as in the settings.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CognitoAccess => "cognito-access",
            Self::OidcId => "oidc-id",
            Self::Rfc9068 => "rfc9068",
            Self::OidcAccess => "oidc-access",
        }
    }

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

    /// Whether the claims are those of this kind of token, meant for one of `audiences`.
    ///
    /// `events` marks a security event or a logout token (RFC 8417), which no profile is.
    pub(crate) fn check(self, members: &Map<String, Value>, audiences: &[String]) -> Result<(), TokenFault> {
        forbid(members, &["events"])?;
        match self {
            Self::CognitoAccess => {
                forbid(members, &["aud"])?;
                require_token_use(members, "access")?;
                require_listed(required_text(members, "client_id")?, audiences)
            }
            Self::OidcId => {
                permit_token_use(members, "id")?;
                check_id_token_audience(members, audiences)
            }
            Self::Rfc9068 => {
                required_text(members, "client_id")?;
                required_text(members, "jti")?;
                Audience::of(members)?.require_any(audiences)
            }
            Self::OidcAccess => {
                forbid(members, &["nonce", "at_hash", "c_hash"])?;
                permit_token_use(members, "access")?;
                Audience::of(members)?.require_any(audiences)
            }
        }
    }
}

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(name: &str) -> Result<Self, UnknownProfile> {
        Self::ALL
            .into_iter()
            .find(|profile| profile.as_str() == name)
            .ok_or(UnknownProfile)
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
    fn of(members: &'c Map<String, Value>) -> Result<Self, TokenFault> {
        match members.get("aud") {
            Some(Value::String(audience)) => Ok(Self::One(audience)),
            Some(Value::Array(all)) if !all.is_empty() && all.iter().all(Value::is_string) => {
                Ok(Self::Several(all))
            }
            _ => Err(TokenFault::Claim("aud")),
        }
    }

    fn is_one(&self) -> bool {
        matches!(self, Self::One(_) | Self::Several([_]))
    }

    fn require_any(&self, audiences: &[String]) -> Result<(), TokenFault> {
        let is_listed = match self {
            Self::One(audience) => require_listed(audience, audiences).is_ok(),
            Self::Several(all) => all.iter().any(|one| audiences.iter().any(|listed| one == listed)),
        };
        if is_listed {
            Ok(())
        } else {
            Err(TokenFault::Audience)
        }
    }
}

/// An ID token for several audiences must name the one it was issued to, and that must be ours too.
fn check_id_token_audience(members: &Map<String, Value>, audiences: &[String]) -> Result<(), TokenFault> {
    let audience = Audience::of(members)?;
    audience.require_any(audiences)?;
    if audience.is_one() {
        Ok(())
    } else {
        require_listed(required_text(members, "azp")?, audiences)
    }
}

fn require_listed(value: &str, audiences: &[String]) -> Result<(), TokenFault> {
    if audiences.iter().any(|listed| listed == value) {
        Ok(())
    } else {
        Err(TokenFault::Audience)
    }
}

fn forbid(members: &Map<String, Value>, names: &[&'static str]) -> Result<(), TokenFault> {
    match names.iter().find(|name| members.contains_key(**name)) {
        Some(name) => Err(TokenFault::ClaimNotAllowed(name)),
        None => Ok(()),
    }
}

fn permit_token_use(members: &Map<String, Value>, only: &str) -> Result<(), TokenFault> {
    if members.contains_key("token_use") {
        require_token_use(members, only)
    } else {
        Ok(())
    }
}

fn require_token_use(members: &Map<String, Value>, only: &str) -> Result<(), TokenFault> {
    match members.get("token_use").and_then(Value::as_str) {
        Some(token_use) if token_use == only => Ok(()),
        _ => Err(TokenFault::TokenUse),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_profile_is_read_from_its_own_name() {
        for profile in Profile::ALL {
            assert_eq!(profile.as_str().parse(), Ok(profile));
        }
        for name in ["", "cognito", "OIDC-ID", "oidc_id", "rfc9068 "] {
            assert_eq!(name.parse::<Profile>(), Err(UnknownProfile), "{name:?}");
        }
    }

    #[test]
    fn a_type_is_a_media_type() {
        use Profile::{CognitoAccess, OidcAccess, OidcId, Rfc9068};
        let none: &[Profile] = &[];
        for (typ, expected) in [
            (None, &[CognitoAccess, OidcId, OidcAccess][..]),
            (Some("JWT"), &[CognitoAccess, OidcId, OidcAccess]),
            (Some("jwt"), &[CognitoAccess, OidcId, OidcAccess]),
            (Some("application/JWT"), &[CognitoAccess, OidcId, OidcAccess]),
            (Some("at+jwt"), &[Rfc9068, OidcAccess]),
            (Some("AT+JWT"), &[Rfc9068, OidcAccess]),
            (Some("application/at+jwt"), &[Rfc9068, OidcAccess]),
            (Some("Application/at+JWT"), &[Rfc9068, OidcAccess]),
            (Some("logout+jwt"), none),
            (Some("dpop+jwt"), none),
            (Some("secevent+jwt"), none),
            (Some("text/jwt"), none),
            (Some("application/application/jwt"), none),
            (Some("jwt "), none),
            (Some("JWE"), none),
            (Some(""), none),
            (Some("ääääääääää"), none),
        ] {
            let admitted: Vec<_> = Profile::ALL
                .into_iter()
                .filter(|profile| profile.admits_type(typ))
                .collect();
            assert_eq!(admitted, expected, "{typ:?}");
        }
    }

    /// The claims beside `base` that tell kinds of token apart, and what each profile says to them.
    fn verdict(profile: Profile, claims: &Value) -> Result<(), TokenFault> {
        let audiences = ["ours".to_owned(), "also-ours".to_owned()];
        profile.check(claims.as_object().expect("an object"), &audiences)
    }

    #[test]
    fn a_cognito_access_token_is_of_our_client_and_for_nobody_else() {
        use TokenFault::{Audience, Claim, ClaimNotAllowed, TokenUse};
        for (claims, expected) in [
            (json!({"token_use": "access", "client_id": "ours"}), Ok(())),
            (json!({"token_use": "access", "client_id": "also-ours"}), Ok(())),
            (json!({"token_use": "id", "client_id": "ours"}), Err(TokenUse)),
            (json!({"token_use": "Access", "client_id": "ours"}), Err(TokenUse)),
            (
                json!({"token_use": ["access"], "client_id": "ours"}),
                Err(TokenUse),
            ),
            (json!({"client_id": "ours"}), Err(TokenUse)),
            (json!({"token_use": "access", "client_id": "our"}), Err(Audience)),
            (
                json!({"token_use": "access", "client_id": "ours2"}),
                Err(Audience),
            ),
            (
                json!({"token_use": "access", "client_id": ["ours"]}),
                Err(Claim("client_id")),
            ),
            (
                json!({"token_use": "access", "client_id": ""}),
                Err(Claim("client_id")),
            ),
            (json!({"token_use": "access"}), Err(Claim("client_id"))),
            (
                json!({"token_use": "access", "client_id": "ours", "aud": "ours"}),
                Err(ClaimNotAllowed("aud")),
            ),
            (
                json!({"token_use": "access", "client_id": "ours", "aud": null}),
                Err(ClaimNotAllowed("aud")),
            ),
            (
                json!({"token_use": "access", "client_id": "ours", "events": {}}),
                Err(ClaimNotAllowed("events")),
            ),
        ] {
            assert_eq!(verdict(Profile::CognitoAccess, &claims), expected, "{claims}");
        }
    }

    #[test]
    fn an_id_token_for_several_audiences_was_issued_to_us() {
        use TokenFault::{Audience, Claim, ClaimNotAllowed, TokenUse};
        for (claims, expected) in [
            (json!({"aud": "ours"}), Ok(())),
            (json!({"aud": ["ours"]}), Ok(())),
            (
                json!({"aud": "ours", "token_use": "id", "nonce": "n", "at_hash": "h"}),
                Ok(()),
            ),
            (json!({"aud": ["ours", "theirs"], "azp": "ours"}), Ok(())),
            (json!({"aud": ["theirs", "ours"], "azp": "also-ours"}), Ok(())),
            (json!({"aud": ["ours", "theirs"]}), Err(Claim("azp"))),
            (json!({"aud": ["ours", "ours"]}), Err(Claim("azp"))),
            (json!({"aud": ["ours", "theirs"], "azp": "theirs"}), Err(Audience)),
            (
                json!({"aud": ["ours", "theirs"], "azp": ["ours"]}),
                Err(Claim("azp")),
            ),
            (json!({"aud": "ours", "token_use": "access"}), Err(TokenUse)),
            (json!({"aud": "ours", "token_use": null}), Err(TokenUse)),
            (
                json!({"aud": "ours", "events": {}}),
                Err(ClaimNotAllowed("events")),
            ),
        ] {
            assert_eq!(verdict(Profile::OidcId, &claims), expected, "{claims}");
        }
    }

    #[test]
    fn an_rfc_9068_token_has_all_its_claims() {
        use TokenFault::Claim;
        for (claims, expected) in [
            (json!({"aud": "ours", "client_id": "app", "jti": "1"}), Ok(())),
            (
                json!({"aud": ["theirs", "ours"], "client_id": "app", "jti": "1"}),
                Ok(()),
            ),
            (json!({"aud": "ours", "jti": "1"}), Err(Claim("client_id"))),
            (json!({"aud": "ours", "client_id": "app"}), Err(Claim("jti"))),
            (
                json!({"aud": "ours", "client_id": "app", "jti": 1}),
                Err(Claim("jti")),
            ),
            (json!({"client_id": "app", "jti": "1"}), Err(Claim("aud"))),
        ] {
            assert_eq!(verdict(Profile::Rfc9068, &claims), expected, "{claims}");
        }
    }

    #[test]
    fn an_access_token_has_nothing_of_an_id_token() {
        use TokenFault::{ClaimNotAllowed, TokenUse};
        for (claims, expected) in [
            (json!({"aud": "ours"}), Ok(())),
            (json!({"aud": "ours", "token_use": "access"}), Ok(())),
            (json!({"aud": "ours", "token_use": "id"}), Err(TokenUse)),
            (json!({"aud": "ours", "token_use": null}), Err(TokenUse)),
            (
                json!({"aud": "ours", "nonce": null}),
                Err(ClaimNotAllowed("nonce")),
            ),
            (
                json!({"aud": "ours", "at_hash": "h"}),
                Err(ClaimNotAllowed("at_hash")),
            ),
            (
                json!({"aud": "ours", "c_hash": "h"}),
                Err(ClaimNotAllowed("c_hash")),
            ),
            (
                json!({"aud": "ours", "events": {}}),
                Err(ClaimNotAllowed("events")),
            ),
        ] {
            assert_eq!(verdict(Profile::OidcAccess, &claims), expected, "{claims}");
        }
    }

    #[test]
    fn an_audience_is_a_string_or_strings_and_one_is_ours() {
        use TokenFault::{Audience, Claim};
        for (audience, expected) in [
            (json!("ours"), Ok(())),
            (json!(["theirs", "ours"]), Ok(())),
            (json!("theirs"), Err(Audience)),
            (json!("our"), Err(Audience)),
            (json!("ours/"), Err(Audience)),
            (json!("OURS"), Err(Audience)),
            (json!("ours also-ours"), Err(Audience)),
            (json!(""), Err(Audience)),
            (json!(["theirs"]), Err(Audience)),
            (json!([["ours"]]), Err(Claim("aud"))),
            (json!(["ours", 1]), Err(Claim("aud"))),
            (json!(["ours", null]), Err(Claim("aud"))),
            (json!([]), Err(Claim("aud"))),
            (json!(null), Err(Claim("aud"))),
            (json!(1), Err(Claim("aud"))),
            (json!(true), Err(Claim("aud"))),
            (json!({"ours": "ours"}), Err(Claim("aud"))),
        ] {
            let claims = json!({"aud": audience, "azp": "ours", "client_id": "app", "jti": "1"});
            for profile in [Profile::OidcId, Profile::Rfc9068, Profile::OidcAccess] {
                assert_eq!(verdict(profile, &claims), expected, "{profile:?} {audience}");
            }
        }
    }
}
