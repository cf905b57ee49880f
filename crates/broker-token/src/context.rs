//! Claims that an API Gateway JWT authorizer verified, brought back into their own types.

use std::time::SystemTime;

use serde_json::{Map, Value};
use time::PrimitiveDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use crate::claims::Claims;
use crate::error::{TokenError, VerifyError};
use crate::issuer::Issuer;

/// `Fri Jul 29 18:52:53 UTC 2016`: how a REST API writes a time.
const REST_DATE: &[BorrowedFormatItem<'_>] = format_description!(
    version = 2,
    "[weekday repr:short] [month repr:short] [day] [hour]:[minute]:[second] UTC [year]"
);

/// The claims of a gateway's context, if they hold at `now` and fit their issuer among `issuers`.
///
/// The gateway has verified the signature and dropped the header, so `alg`, `kid` and `typ` cannot be
/// checked here; everything that [`TokenVerifier::verify`](crate::TokenVerifier::verify) asks of the
/// claims is, once [`restore_context_claims`] has read them.
///
/// # Errors
/// [`VerifyError::Invalid`] or [`VerifyError::InsufficientScope`].
pub fn check_context_claims(
    issuers: &[Issuer],
    unverified_claims: Map<String, Value>,
    now: SystemTime,
) -> Result<Claims, VerifyError> {
    check_unproven_claims(issuers, restore_context_claims(unverified_claims), now)
}

/// The claims of a gateway's context, with those in their own types again that the gateway made texts of and that
/// the verifier reads:
///
/// - `exp`, `iat` and `nbf` may be decimal digits, or REST's date form;
/// - `aud`, `scope` and `scp` may be an array flattened to `[a b]`, the form of an HTTP API. A REST API flattens
///   to `a,b`, but its authorizer speaks for Cognito alone, whose `aud` is one string: commas stay text.
///
/// All other claims stay as they came: nothing tells a flattened array from a text that looks like one.
#[must_use]
pub fn restore_context_claims(mut claims: Map<String, Value>) -> Map<String, Value> {
    for name in ["exp", "iat", "nbf"] {
        restore(&mut claims, name, seconds);
    }
    for name in ["aud", "scope", "scp"] {
        restore(&mut claims, name, array);
    }
    claims
}

/// The claims of a token with an unchecked signature, if they hold at `now` and fit their issuer among `issuers`.
///
/// They pass every check that [`TokenVerifier::verify`](crate::TokenVerifier::verify) makes on the
/// claims. They prove nothing: this explains how the verifier would treat a genuine token.
///
/// # Errors
/// [`VerifyError::Invalid`] or [`VerifyError::InsufficientScope`].
pub fn check_unproven_claims(
    issuers: &[Issuer],
    unverified_claims: Map<String, Value>,
    now: SystemTime,
) -> Result<Claims, VerifyError> {
    let url = unverified_claims.get("iss").and_then(Value::as_str);
    let mut policies = issuers.iter().map(Issuer::policy);
    let policy = policies.find(|policy| Some(policy.url.as_str()) == url);
    let policy = policy.ok_or(TokenError::UnknownIssuer)?;
    let claims = policy.accept(unverified_claims, now)?;
    policy.require_scopes(&claims)?;
    Ok(claims)
}

/// Replaces a text by the value that it stands for; any other text stays, and fails its own check.
fn restore(claims: &mut Map<String, Value>, name: &str, read: impl Fn(&str) -> Option<Value>) {
    if let Some(claim) = claims.get_mut(name)
        && let Some(value) = claim.as_str().and_then(read)
    {
        *claim = value;
    }
}

fn seconds(text: &str) -> Option<Value> {
    let is_decimal = text.bytes().all(|byte| byte.is_ascii_digit());
    let secs: u64 = if is_decimal {
        text.parse().ok()?
    } else {
        rest_date(text)?
    };
    Some(secs.into())
}

fn rest_date(text: &str) -> Option<u64> {
    let date = PrimitiveDateTime::parse(text, REST_DATE).ok()?;
    // Parsing ignores the weekday and takes a signed year; a date that is written back the same has neither.
    let is_canonical = date.format(REST_DATE).is_ok_and(|written| written == text);
    u64::try_from(date.assume_utc().unix_timestamp())
        .ok()
        .filter(|_| is_canonical)
}

fn array(text: &str) -> Option<Value> {
    let elements = text.strip_prefix('[')?.strip_suffix(']')?;
    Some(
        elements
            .split(' ')
            .filter(|element| !element.is_empty())
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::issuer::{IssuerSettings, KeySource};
    use crate::policy::{IssuerPolicy, Profile};
    use crate::testing::{self, ISSUER, NOW_SECS};

    fn policy() -> IssuerPolicy {
        IssuerPolicy {
            scopes: vec!["broker/write".to_owned()],
            ..testing::policy()
        }
    }

    /// Claims as an HTTP API's JWT authorizer hands them over.
    fn context() -> Value {
        json!({
            "iss": ISSUER, "sub": "alice", "aud": "ours", "scope": "openid broker/write",
            "iat": NOW_SECS.to_string(), "exp": (NOW_SECS + 600).to_string(),
        })
    }

    fn issuers(policy: &IssuerPolicy) -> [Issuer; 1] {
        let (policy, keys) = (policy.clone(), KeySource::Gateway);
        [Issuer::parse(IssuerSettings { policy, keys }).expect("a sound issuer")]
    }

    fn checked(policy: &IssuerPolicy, context: &Value) -> Result<Claims, VerifyError> {
        check_context_claims(
            &issuers(policy),
            context.as_object().expect("an object").clone(),
            testing::now(),
        )
    }

    #[test]
    fn accepts_the_texts_of_a_gateway() {
        let claims = checked(&policy(), &context()).expect("a sound context");
        assert_eq!((claims.issuer(), claims.subject()), (ISSUER, "alice"));
        assert_eq!(claims.expires_at(), testing::now() + Duration::from_mins(10));
        assert_eq!(claims.get("scope"), Some(&json!("openid broker/write")));
    }

    #[test]
    fn a_claim_is_checked_as_in_a_token() {
        use TokenError::{Audience, Claim, ClaimNotAllowed, Expired, Lifetime, TokenUse, UnknownIssuer};
        let late = (NOW_SECS + 60).to_string();
        let long = (NOW_SECS + 86_401).to_string();
        for (name, value, expected) in [
            ("iss", json!("https://evil.example"), UnknownIssuer),
            ("iss", json!(null), UnknownIssuer),
            ("sub", json!(""), Claim("sub")),
            ("sub", json!(null), Claim("sub")),
            ("aud", json!("theirs"), Audience),
            ("aud", json!("[theirs more]"), Audience),
            ("aud", json!("theirs,ours"), Audience),
            ("aud", json!("[]"), Claim("aud")),
            ("aud", json!("ours]"), Audience),
            ("exp", json!(NOW_SECS.to_string()), Expired),
            ("exp", json!(long), Lifetime),
            ("nbf", json!(late), TokenError::NotYetValid),
            ("iat", json!(null), Claim("iat")),
            ("token_use", json!("id"), TokenUse),
            ("at_hash", json!("h"), ClaimNotAllowed("at_hash")),
        ] {
            let mut context = context();
            context[name] = value.clone();
            assert_eq!(
                checked(&policy(), &context),
                Err(VerifyError::Invalid(expected)),
                "{name} {value}"
            );
        }
    }

    #[test]
    fn an_end_is_digits_or_a_rest_date() {
        let fault = Err(TokenError::Claim("exp"));
        for (text, expected) in [
            ("1469818373", Ok(1_469_818_373)),
            ("Fri Jul 29 18:52:53 UTC 2016", Ok(1_469_818_373)),
            ("Thu Jul 29 18:52:53 UTC 2016", fault),
            ("Fri Jul 29 18:52:53 CET 2016", fault),
            ("Fri Jul 29 18:52:53 UTC +2016", fault),
            ("Fri Jul 29 18:52:60 UTC 2016", fault),
            ("fri jul 29 18:52:53 UTC 2016", fault),
            ("Mon Feb 30 18:52:53 UTC 2016", fault),
            ("Fri, 29 Jul 2016 18:52:53 GMT", fault),
            (" 1469818373", fault),
            ("+1469818373", fault),
            ("-1469818373", fault),
            ("1469818373.0", fault),
            ("1.469818373E9", fault),
            ("0x579ba3c5", fault),
            ("18446744073709551616", fault),
            ("", fault),
            ("null", fault),
        ] {
            let mut context = context();
            context["exp"] = json!(text);
            context["iat"] = json!("Fri Jul 29 18:42:53 UTC 2016");
            let now = std::time::UNIX_EPOCH + Duration::from_secs(1_469_818_000);
            let members = context.as_object().expect("an object").clone();
            let ends =
                check_context_claims(&issuers(&policy()), members, now).map(|claims| claims.expires_at());
            let expected = expected.map(|secs| std::time::UNIX_EPOCH + Duration::from_secs(secs));
            assert_eq!(ends, expected.map_err(VerifyError::Invalid), "{text:?}");
        }
    }

    #[test]
    fn a_leap_day_is_a_date() {
        assert_eq!(rest_date("Thu Feb 29 00:00:00 UTC 2024"), Some(1_709_164_800));
        assert_eq!(rest_date("Sat Mar 01 00:00:00 UTC 2025"), Some(1_740_787_200));
        assert_eq!(rest_date("Sat Mar 1 00:00:00 UTC 2025"), None);
    }

    #[test]
    fn audiences_and_scopes_may_come_flattened() {
        for (name, value, elements) in [
            ("aud", "[theirs ours]", json!(["theirs", "ours"])),
            ("aud", "[ours]", json!(["ours"])),
            ("scp", "[openid broker/write]", json!(["openid", "broker/write"])),
            (
                "scope",
                "[openid broker/write]",
                json!(["openid", "broker/write"]),
            ),
        ] {
            let mut context = context();
            context["scope"] = json!(if name == "scp" { "" } else { "broker/write" });
            context[name] = json!(value);
            let claims = checked(&policy(), &context);
            let claims = claims.unwrap_or_else(|fault| panic!("{name} {value}: {fault}"));
            assert_eq!(claims.get(name), Some(&elements), "{name} {value}");
        }
    }

    #[test]
    fn a_text_that_looks_like_an_array_stays_text() {
        let mut context = context();
        context["cognito:groups"] = json!("[agents admins]");
        let claims = checked(&policy(), &context).expect("a sound context");
        assert_eq!(claims.get("cognito:groups"), Some(&json!("[agents admins]")));
    }

    #[test]
    fn a_client_is_one_text_and_never_a_list() {
        let policy = IssuerPolicy {
            profile: Profile::CognitoAccess,
            ..policy()
        };
        for (client, expected) in [
            ("ours", Ok(())),
            ("[ours]", Err(TokenError::Audience)),
            ("[theirs ours]", Err(TokenError::Audience)),
        ] {
            let mut context = context();
            context.as_object_mut().expect("an object").remove("aud");
            context["client_id"] = json!(client);
            context["token_use"] = json!("access");
            let verdict = checked(&policy, &context).map(drop);
            assert_eq!(verdict, expected.map_err(VerifyError::Invalid), "{client}");
        }
    }

    #[test]
    fn what_is_a_text_in_a_context_is_a_fault_in_a_token() {
        let members = context().as_object().expect("an object").clone();
        let unproven = |members| check_unproven_claims(&issuers(&policy()), members, testing::now());
        let fault = VerifyError::Invalid(TokenError::Claim("exp"));
        assert_eq!(unproven(members.clone()), Err(fault));
        let mut typed = members;
        typed.insert("iat".into(), json!(NOW_SECS));
        typed.insert("exp".into(), json!(NOW_SECS + 600));
        assert_eq!(
            unproven(typed).map(|claims| claims.subject().to_owned()),
            Ok("alice".into())
        );
    }

    #[test]
    fn a_missing_scope_is_its_own_answer() {
        let mut context = context();
        context["scope"] = json!("openid broker/writer");
        let required = vec!["broker/write".to_owned()];
        assert_eq!(
            checked(&policy(), &context),
            Err(VerifyError::InsufficientScope { required })
        );
    }
}
