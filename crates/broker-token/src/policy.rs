//! The rules for the claims of one issuer's tokens.

use std::time::SystemTime;

use serde_json::{Map, Value};

use crate::algorithm::Algorithm;
use crate::claims::Claims;
use crate::error::{TokenError, VerifyError};
use crate::issuer_name::IssuerNameError;
use crate::jwks::KeyDocumentError;
use crate::url_rule::KeyUrlError;

mod profile;
mod times;

pub use profile::Profile;

/// Longest `sub`, in characters (OIDC Core 1.0 section 2 allows 255 bytes of ASCII).
const MAX_SUBJECT_CHARS: usize = 255;

/// Most seconds that clocks may disagree.
pub const MAX_LEEWAY_SECS: u64 = 60;

/// Rules for the tokens of one issuer: one `[[issuer]]` of the settings, less where its keys are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerPolicy {
    /// The issuer, compared with `iss` byte for byte.
    pub url: String,
    /// Kind of token that is expected.
    pub profile: Profile,
    /// Values of which `aud`, or `client_id` where the profile says so, must name one.
    pub audiences: Vec<String>,
    /// Clients besides `audiences` that `azp` of an ID token may name; other profiles do not read it.
    pub authorized_parties: Vec<String>,
    /// APIs of which `aud` of a Cognito access token may name one; other profiles do not read it.
    pub resources: Vec<String>,
    /// Algorithms that a signature may have.
    pub algorithms: Vec<Algorithm>,
    /// Scopes that every token must hold.
    pub scopes: Vec<String>,
    /// Seconds that clocks may disagree, at most [`MAX_LEEWAY_SECS`].
    pub leeway_secs: u64,
    /// Most seconds between `iat` and `exp`.
    pub max_lifetime_secs: u64,
}

/// Rule that one issuer's settings break; the text follows the name of the [`member`](Self::member).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// `url` is not one that we may trust, and the keys' address is derived from it.
    #[error(
        "must be https, or http on a literal loopback address, unless `jwks_url` or `jwks_file` is given: {0}"
    )]
    Url(KeyUrlError),
    /// `url` cannot be an issuer's name.
    #[error("must be the issuer's `iss`: {0}")]
    IssuerName(IssuerNameError),
    /// `url` has a query, to which no discovery path can be appended.
    #[error("must have no query, unless `jwks_url` or `jwks_file` is given")]
    QueryInUrl,
    /// `audiences` is empty or has an empty element.
    #[error("must not be empty")]
    Audiences,
    /// `algorithms` is empty.
    #[error("must not be empty")]
    Algorithms,
    /// `scopes` has an element that is not a scope token of RFC 6749.
    #[error("must be a single scope, without spaces")]
    Scopes,
    /// `leeway_seconds` is over [`MAX_LEEWAY_SECS`].
    #[error("must be from 0 to {MAX_LEEWAY_SECS}")]
    Leeway,
    /// `max_lifetime_seconds` is zero.
    #[error("must be at least 1")]
    MaxLifetime,
    /// `jwks_url` is not one that we may trust.
    #[error("must be https, or http on a literal loopback address: {0}")]
    JwksUrl(KeyUrlError),
    /// `jwks_file` cannot be used.
    #[error("must name a JWK set with a usable key, and the file {0}")]
    JwksFile(KeyDocumentError),
}

impl PolicyError {
    /// The member of `[[issuer]]` that breaks the rule.
    #[must_use]
    pub const fn member(&self) -> &'static str {
        match self {
            Self::Url(_) | Self::IssuerName(_) | Self::QueryInUrl => "url",
            Self::Audiences => "audiences",
            Self::Algorithms => "algorithms",
            Self::Scopes => "scopes",
            Self::Leeway => "leeway_seconds",
            Self::MaxLifetime => "max_lifetime_seconds",
            Self::JwksUrl(_) => "jwks_url",
            Self::JwksFile(_) => "jwks_file",
        }
    }
}

impl IssuerPolicy {
    /// Every rule that is broken, except those about `url`, which depend on where the keys are.
    pub(crate) fn errors(&self) -> Vec<PolicyError> {
        let rules = [
            (!is_list_of_names(&self.audiences)).then_some(PolicyError::Audiences),
            self.algorithms.is_empty().then_some(PolicyError::Algorithms),
            (!self.scopes.iter().all(|scope| is_scope_token(scope))).then_some(PolicyError::Scopes),
            (self.leeway_secs > MAX_LEEWAY_SECS).then_some(PolicyError::Leeway),
            (self.max_lifetime_secs == 0).then_some(PolicyError::MaxLifetime),
        ];
        rules.into_iter().flatten().collect()
    }

    /// The claims in `members`, if they hold at `now` and fit the profile.
    ///
    /// Scopes are not asked for here: a caller hears of a missing scope only once the signature holds.
    pub(crate) fn accept(&self, members: Map<String, Value>, now: SystemTime) -> Result<Claims, TokenError> {
        if members.get("iss").and_then(Value::as_str) != Some(&self.url) {
            return Err(TokenError::UnknownIssuer);
        }
        let subject = subject(&members)?.into();
        let expires_at = times::expires_at(self, &members, now)?;
        self.profile.check(&members, self)?;
        Ok(Claims::new(
            self.url.as_str().into(),
            subject,
            expires_at,
            members,
        ))
    }

    /// Asks that `claims` hold every scope.
    pub(crate) fn require_scopes(&self, claims: &Claims) -> Result<(), VerifyError> {
        if self
            .scopes
            .iter()
            .all(|required| claims.scopes().any(|held| held == required))
        {
            return Ok(());
        }
        Err(VerifyError::InsufficientScope {
            required: self.scopes.clone(),
        })
    }
}

fn is_list_of_names(list: &[String]) -> bool {
    !list.is_empty() && !list.iter().any(String::is_empty)
}

/// `1*( %x21 / %x23-5B / %x5D-7E )`, RFC 6749 section 3.3.
fn is_scope_token(scope: &str) -> bool {
    !scope.is_empty()
        && scope
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
}

/// `sub`, which names a caller in logs and rules.
fn subject(members: &Map<String, Value>) -> Result<&str, TokenError> {
    if !members.contains_key("sub") {
        return Err(TokenError::NoSubject);
    }
    let subject = required_text(members, "sub")?;
    if is_sound_subject(subject) {
        Ok(subject)
    } else {
        Err(TokenError::Subject)
    }
}

/// Whether a text can be the subject of a caller: 1 to 255 characters without a control character.
#[must_use]
pub fn is_sound_subject(text: &str) -> bool {
    let is_short = text.chars().nth(MAX_SUBJECT_CHARS).is_none();
    !text.is_empty() && is_short && !text.chars().any(char::is_control)
}

/// The text of a claim that must be there and must not be empty.
fn required_text<'c>(members: &'c Map<String, Value>, name: &'static str) -> Result<&'c str, TokenError> {
    let text = members.get(name).and_then(Value::as_str);
    text.filter(|text| !text.is_empty())
        .ok_or(TokenError::Claim(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn a_sound_policy_has_no_faults() {
        assert_eq!(testing::policy().errors(), []);
        let widest = IssuerPolicy {
            scopes: vec![
                "openid".to_owned(),
                "!#$%&'()*+,-./09:;<=>?@AZ[]^_`az{|}~".to_owned(),
            ],
            leeway_secs: MAX_LEEWAY_SECS,
            max_lifetime_secs: 1,
            ..testing::policy()
        };
        assert_eq!(widest.errors(), []);
    }

    #[test]
    fn every_fault_is_reported_at_once() {
        let policy = IssuerPolicy {
            audiences: vec![],
            algorithms: vec![],
            scopes: vec!["a b".to_owned()],
            leeway_secs: 61,
            max_lifetime_secs: 0,
            ..testing::policy()
        };
        let expected = [
            PolicyError::Audiences,
            PolicyError::Algorithms,
            PolicyError::Scopes,
            PolicyError::Leeway,
            PolicyError::MaxLifetime,
        ];
        assert_eq!(policy.errors(), expected);
    }

    #[test]
    fn a_subject_has_1_to_255_characters_and_no_control_character() {
        let (longest, too_long) = ("é".repeat(255), "a".repeat(256));
        for (subject, expected) in [
            ("alice", true),
            ("arn:aws:iam::111122223333:role/portal-backend", true),
            ("auth0|5f7c8ec7c33c6c004bbafe82", true),
            ("a b", true),
            (&longest, true),
            (&too_long, false),
            ("", false),
            ("alice\u{0}", false),
            ("alice\n", false),
            ("\u{7f}alice", false),
            ("al\u{85}ice", false),
        ] {
            assert_eq!(is_sound_subject(subject), expected, "{subject:?}");
        }
    }

    #[test]
    fn an_empty_audience_or_what_is_no_scope_token_is_a_fault() {
        let policy = IssuerPolicy {
            audiences: vec![String::new()],
            ..testing::policy()
        };
        assert_eq!(policy.errors(), [PolicyError::Audiences]);
        for scope in ["", "a b", "a\"b", "a\\b", "a\tb", "\u{e9}"] {
            let policy = IssuerPolicy {
                scopes: vec!["openid".to_owned(), scope.to_owned()],
                ..testing::policy()
            };
            assert_eq!(policy.errors(), [PolicyError::Scopes], "{scope:?}");
        }
    }
}
