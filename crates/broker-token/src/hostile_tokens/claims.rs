//! S9 to S11: genuine signatures over claims that must not count.

use serde_json::json;

use super::{TARGET, assert_refused, valid};
use crate::error::{Part, TokenError};
use crate::strict_json::JsonError;
use crate::testing::{self, ISSUER, sign_parts};

#[test]
fn s9_times_are_numbers_within_bounds() {
    use TokenError::{Claim, Expired, IssuedInTheFuture, Lifetime, NotYetValid};
    let now = testing::NOW_SECS;
    for (name, value, expected) in [
        ("exp", json!(now), Expired),
        ("exp", json!(0), Expired),
        ("exp", json!(u64::MAX), Claim("exp")),
        ("exp", json!((now + 600) * 1000), Lifetime),
        ("exp", json!((now + 600).to_string()), Claim("exp")),
        ("exp", json!(true), Claim("exp")),
        ("exp", json!(null), Claim("exp")),
        ("exp", json!(1e300), Claim("exp")),
        ("exp", json!(-1), Claim("exp")),
        ("exp", json!([now + 600]), Claim("exp")),
        ("iat", json!(now + 1), IssuedInTheFuture),
        ("iat", json!(now.to_string()), Claim("iat")),
        ("nbf", json!(now + 1), NotYetValid),
        ("nbf", json!("0"), Claim("nbf")),
        ("nbf", json!(null), Claim("nbf")),
    ] {
        let token = valid().claim(name, value.clone()).sign(&TARGET.ec);
        assert_refused(&format!("{name} {value}"), &token, expected);
    }
    assert_refused(
        "no exp",
        &valid().without_claim("exp").sign(&TARGET.ec),
        Claim("exp"),
    );
    assert_refused(
        "no iat",
        &valid().without_claim("iat").sign(&TARGET.ec),
        Claim("iat"),
    );
    for (sentence, number) in [
        ("huge", "1e400"),
        ("of 5,000 digits", &"9".repeat(5000)),
        ("not a number", "NaN"),
    ] {
        let payload = format!(r#"{{"iss":"{ISSUER}","sub":"alice","aud":"ours","iat":1,"exp":{number}}}"#);
        let token = sign_parts(
            valid().header.to_string().as_bytes(),
            payload.as_bytes(),
            &TARGET.ec,
        );
        let expected = TokenError::Json {
            part: Part::Payload,
            fault: JsonError::Syntax,
        };
        assert_refused(sentence, &token, expected);
    }
}

#[test]
fn s10_the_audience_is_ours_and_the_subject_is_someone() {
    use TokenError::{Audience, Claim, NoAudience, NoSubject, Subject};
    for (name, value, expected) in [
        ("aud", json!("theirs"), Audience),
        ("aud", json!("our"), Audience),
        ("aud", json!("oursx"), Audience),
        ("aud", json!(["theirs"]), Audience),
        ("aud", json!([]), Claim("aud")),
        ("aud", json!(null), Claim("aud")),
        ("aud", json!(1), Claim("aud")),
        ("sub", json!(""), Claim("sub")),
        ("sub", json!(null), Claim("sub")),
        ("sub", json!(7), Claim("sub")),
        ("sub", json!(["alice"]), Claim("sub")),
        ("sub", json!("a".repeat(256)), Subject),
        ("sub", json!("alice\u{0}"), Subject),
        ("sub", json!("alice\r\nadmin"), Subject),
    ] {
        let token = valid().claim(name, value.clone()).sign(&TARGET.ec);
        assert_refused(&format!("{name} {value}"), &token, expected);
    }
    for (name, expected) in [("aud", NoAudience), ("sub", NoSubject)] {
        assert_refused(name, &valid().without_claim(name).sign(&TARGET.ec), expected);
    }
}

#[test]
fn s11_another_kind_of_token_from_the_same_issuer_does_not_count() {
    use TokenError::{ClaimNotAllowed, PayloadType, TokenUse, Type};
    for typ in [
        json!("logout+jwt"),
        json!("dpop+jwt"),
        json!("secevent+jwt"),
        json!("application/kb+jwt"),
        json!("JWE"),
        json!(""),
        json!(null),
        json!(["JWT"]),
        json!(1),
    ] {
        let token = valid().header("typ", typ.clone()).sign(&TARGET.ec);
        assert_refused(&format!("typ {typ}"), &token, Type);
    }
    for (name, value, expected) in [
        ("token_use", json!("id"), TokenUse),
        ("token_use", json!("refresh"), TokenUse),
        (
            "at_hash",
            json!("MTIzNDU2Nzg5MDEyMzQ1Ng"),
            ClaimNotAllowed("at_hash"),
        ),
        (
            "c_hash",
            json!("LDktKdoQak3Pk0cnXxCltA"),
            ClaimNotAllowed("c_hash"),
        ),
        (
            "s_hash",
            json!("bOhtX8F73IMjSPeVAqxyTQ"),
            ClaimNotAllowed("s_hash"),
        ),
        ("typ", json!("ID"), PayloadType),
        ("typ", json!("Refresh"), PayloadType),
        (
            "events",
            json!({"http://schemas.openid.net/event/backchannel-logout": {}}),
            ClaimNotAllowed("events"),
        ),
    ] {
        assert_refused(name, &valid().claim(name, value).sign(&TARGET.ec), expected);
    }
    let login = valid().without_claim("scope").claim("nonce", "n-0S6_WzA2Mj");
    assert_refused("nonce", &login.sign(&TARGET.ec), ClaimNotAllowed("nonce"));
}
