//! What one issuer's tokens must say.

use std::time::SystemTime;

use serde_json::{Map, Value};

use crate::algorithm::Algorithm;
use crate::claims::Claims;
use crate::fault::{TokenFault, VerifyError};
use crate::issuer_name::IssuerNameFault;
use crate::url_rule::KeyUrlError;

mod profile;
mod times;

pub use profile::{Profile, UnknownProfile};

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

/// What is wrong with one issuer's entry in the settings.
///
/// Carries the entry's place, counted from zero, and none of its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("issuer {index}: {fault}")]
pub struct IssuerFault {
    /// Place among the issuers.
    pub index: usize,
    /// What is wrong.
    pub fault: PolicyFault,
}

/// Rule that one issuer's entry broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyFault {
    /// `url` is not one that we may trust, and the keys' address is derived from it.
    #[error("`url`: {0}")]
    Url(KeyUrlError),
    /// `url` cannot be an issuer's name.
    #[error("`url`: {0}")]
    IssuerName(IssuerNameFault),
    /// `url` has a query, to which no discovery path can be appended.
    #[error("`url` has a query, to which no discovery path can be appended: `jwks_url` is required")]
    QueryInUrl,
    /// Another entry has the same `url`.
    #[error("`url` must differ from every other issuer's")]
    DuplicateUrl,
    /// `audiences` is empty or has an empty element.
    #[error("`audiences` is empty or has an empty element")]
    Audiences,
    /// `algorithms` is empty.
    #[error("`algorithms` is empty")]
    Algorithms,
    /// `scopes` has an element that is no scope token of RFC 6749.
    #[error("`scopes` has an element that is not a single scope")]
    Scopes,
    /// `leeway_seconds` is over [`MAX_LEEWAY_SECS`].
    #[error("`leeway_seconds` is over {MAX_LEEWAY_SECS}")]
    Leeway,
    /// `max_lifetime_seconds` is zero.
    #[error("`max_lifetime_seconds` is zero")]
    MaxLifetime,
    /// `jwks_url` is not one that we may trust.
    #[error("`jwks_url`: {0}")]
    JwksUrl(KeyUrlError),
    /// `jwks_file` cannot be used.
    #[error("`jwks_file` {0}")]
    JwksFile(crate::jwks::KeyDocumentFault),
}

impl IssuerPolicy {
    /// Every fault of these rules, but for those of `url`, which depend on where the keys are.
    pub(crate) fn faults(&self) -> Vec<PolicyFault> {
        let rules = [
            (!is_list_of_names(&self.audiences)).then_some(PolicyFault::Audiences),
            self.algorithms.is_empty().then_some(PolicyFault::Algorithms),
            (!self.scopes.iter().all(|scope| is_scope_token(scope))).then_some(PolicyFault::Scopes),
            (self.leeway_secs > MAX_LEEWAY_SECS).then_some(PolicyFault::Leeway),
            (self.max_lifetime_secs == 0).then_some(PolicyFault::MaxLifetime),
        ];
        rules.into_iter().flatten().collect()
    }

    /// The claims in `members`, if they hold at `now` and fit the profile.
    ///
    /// Scopes are not asked for here: a caller hears of a missing scope only once the signature holds.
    pub(crate) fn accept(&self, members: Map<String, Value>, now: SystemTime) -> Result<Claims, TokenFault> {
        if members.get("iss").and_then(Value::as_str) != Some(&self.url) {
            return Err(TokenFault::UnknownIssuer);
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
fn subject(members: &Map<String, Value>) -> Result<&str, TokenFault> {
    if !members.contains_key("sub") {
        return Err(TokenFault::NoSubject);
    }
    let subject = required_text(members, "sub")?;
    if is_sound_subject(subject) {
        Ok(subject)
    } else {
        Err(TokenFault::Subject)
    }
}

/// Whether a text can be the subject of a caller: 1 to 255 characters, none of them a control character.
#[must_use]
pub fn is_sound_subject(text: &str) -> bool {
    let is_short = text.chars().nth(MAX_SUBJECT_CHARS).is_none();
    !text.is_empty() && is_short && !text.chars().any(char::is_control)
}

/// The text of a claim that must be there and must not be empty.
fn required_text<'c>(members: &'c Map<String, Value>, name: &'static str) -> Result<&'c str, TokenFault> {
    let text = members.get(name).and_then(Value::as_str);
    text.filter(|text| !text.is_empty())
        .ok_or(TokenFault::Claim(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn a_sound_policy_has_no_faults() {
        assert_eq!(testing::policy().faults(), []);
        let widest = IssuerPolicy {
            scopes: vec![
                "openid".to_owned(),
                "!#$%&'()*+,-./09:;<=>?@AZ[]^_`az{|}~".to_owned(),
            ],
            leeway_secs: MAX_LEEWAY_SECS,
            max_lifetime_secs: 1,
            ..testing::policy()
        };
        assert_eq!(widest.faults(), []);
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
            PolicyFault::Audiences,
            PolicyFault::Algorithms,
            PolicyFault::Scopes,
            PolicyFault::Leeway,
            PolicyFault::MaxLifetime,
        ];
        assert_eq!(policy.faults(), expected);
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
        assert_eq!(policy.faults(), [PolicyFault::Audiences]);
        for scope in ["", "a b", "a\"b", "a\\b", "a\tb", "\u{e9}"] {
            let policy = IssuerPolicy {
                scopes: vec!["openid".to_owned(), scope.to_owned()],
                ..testing::policy()
            };
            assert_eq!(policy.faults(), [PolicyFault::Scopes], "{scope:?}");
        }
    }
}
