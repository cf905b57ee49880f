//! S12, S13 and D3: texts that are not plain compact tokens in strict base64url and strict JSON.

use serde_json::json;

use super::{TARGET, assert_refused, valid, verified};
use crate::error::{Part, TokenError};
use crate::strict_json::JsonError;
use crate::testing::sign_parts;
use crate::verify::MAX_TOKEN_BYTES;

#[test]
fn s12_only_a_plain_compact_signed_token_is_one() {
    use TokenError::{HeaderNotAllowed, NotThreeParts};
    for (name, value) in [
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("crit", json!(null)),
        ("b64", json!(false)),
        ("b64", json!(true)),
        ("zip", json!("DEF")),
        ("zip", json!("none")),
        ("zip", json!("NONE ")),
        ("zip", json!(["NONE"])),
        ("zip", json!(null)),
        ("zip", json!("")),
        ("enc", json!("A256GCM")),
        ("cty", json!("JWT")),
        ("cty", json!("json")),
    ] {
        assert_refused(
            name,
            &valid().header(name, value).sign(&TARGET.ec),
            HeaderNotAllowed(name),
        );
    }
    let token = valid().sign(&TARGET.ec);
    let parts: Vec<_> = token.split('.').collect();
    let serialised = json!({"protected": parts[0], "payload": parts[1], "signature": parts[2]}).to_string();
    for (sentence, text) in [
        ("JSON serialisation", serialised),
        ("an encrypted token", format!("{token}.AA.AA")),
        ("a fourth part", format!("{token}.AA")),
        ("a trailing dot", format!("{token}.")),
        ("a leading dot", format!(".{token}")),
        ("an empty header", format!(".{}.{}", parts[1], parts[2])),
        ("an empty payload", format!("{}..{}", parts[0], parts[2])),
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        ("nothing", String::new()),
        ("dots", "..".to_owned()),
    ] {
        assert_refused(sentence, &text, NotThreeParts);
    }
}

#[test]
fn s12_every_part_is_canonical_base64url() {
    let token = valid().sign(&TARGET.ec);
    let parts: Vec<_> = token.split('.').map(str::to_owned).collect();
    for (index, part) in [Part::Header, Part::Payload, Part::Signature]
        .into_iter()
        .enumerate()
    {
        for garbled in [
            format!("{}=", parts[index]),
            format!("{}==", parts[index]),
            format!(" {}", parts[index]),
            format!("{}\n", parts[index]),
            format!("{}A", "A".repeat(4)),
            format!("{}+", &parts[index][1..]),
            format!("{}/", &parts[index][1..]),
            format!("{}%", &parts[index][1..]),
            format!("{}é", &parts[index][1..]),
            "AB".to_owned(),
        ] {
            let mut parts = parts.clone();
            parts[index] = garbled;
            assert_refused("garbled", &parts.join("."), TokenError::NotBase64Url(part));
        }
    }
}

/// A JSON object with one more member in front.
fn with_member(object: &str, member: &str) -> Vec<u8> {
    format!("{{{member},{}", &object[1..]).into_bytes()
}

/// A member that makes its object so many levels deep.
fn deep_member(levels: usize) -> String {
    format!(r#""x":{}{}"#, "[".repeat(levels - 1), "]".repeat(levels - 1))
}

/// Variants of a strict JSON object that break one rule each.
fn garbled(object: &str) -> Vec<(&'static str, Vec<u8>, JsonError)> {
    let latin_1 = with_member(object, r#""x":"@""#)
        .into_iter()
        .map(|byte| if byte == b'@' { 0xe9 } else { byte });
    let too_deep = JsonError::TooDeep { max_depth: 32 };
    vec![
        (
            "a byte order mark",
            [b"\xef\xbb\xbf", object.as_bytes()].concat(),
            JsonError::ByteOrderMark,
        ),
        ("Latin-1", latin_1.collect(), JsonError::NotUtf8),
        (
            "UTF-16",
            object.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            JsonError::Syntax,
        ),
        (
            "a lone surrogate",
            with_member(object, r#""x":"\ud800""#),
            JsonError::Syntax,
        ),
        (
            "trailing text",
            format!("{object} x").into_bytes(),
            JsonError::Syntax,
        ),
        (
            "two objects",
            format!("{object}{object}").into_bytes(),
            JsonError::Syntax,
        ),
        (
            "a comment",
            format!("/**/{object}").into_bytes(),
            JsonError::Syntax,
        ),
        (
            "an array",
            format!("[{object}]").into_bytes(),
            JsonError::NotAnObject,
        ),
        (
            "a string",
            json!(object).to_string().into_bytes(),
            JsonError::NotAnObject,
        ),
        ("null", b"null".to_vec(), JsonError::NotAnObject),
        ("33 levels", with_member(object, &deep_member(33)), too_deep),
        ("1,000 levels", with_member(object, &deep_member(1000)), too_deep),
    ]
}

#[test]
fn s13_header_and_payload_are_strict_json() {
    let (header, payload) = (valid().header.to_string(), valid().payload.to_string());
    for (sentence, bytes, fault) in garbled(&header) {
        let token = sign_parts(&bytes, payload.as_bytes(), &TARGET.ec);
        assert_refused(
            sentence,
            &token,
            TokenError::Json {
                part: Part::Header,
                fault,
            },
        );
    }
    for (sentence, bytes, fault) in garbled(&payload) {
        let token = sign_parts(header.as_bytes(), &bytes, &TARGET.ec);
        assert_refused(
            sentence,
            &token,
            TokenError::Json {
                part: Part::Payload,
                fault,
            },
        );
    }
    let member = deep_member(32);
    let token = sign_parts(
        &with_member(&header, &member),
        &with_member(&payload, &member),
        &TARGET.ec,
    );
    assert!(verified(&token).is_ok(), "32 levels are allowed");
}

#[test]
fn s13_no_member_comes_twice() {
    let header = valid().header.to_string();
    let payload = valid().payload.to_string();
    let fault = JsonError::DuplicateMember;
    for member in [
        r#""alg":"none""#,
        r#""alg":"ES256""#,
        r#""\u0061lg":"none""#,
        r#""kid":"other""#,
    ] {
        let token = sign_parts(&with_member(&header, member), payload.as_bytes(), &TARGET.ec);
        assert_refused(
            member,
            &token,
            TokenError::Json {
                part: Part::Header,
                fault,
            },
        );
    }
    for member in [
        r#""sub":"mallory""#,
        r#""s\u0075b":"mallory""#,
        r#""exp":9999999999"#,
        r#""aud":"ours""#,
        r#""x":{"a":1,"a":2}"#,
    ] {
        let token = sign_parts(header.as_bytes(), &with_member(&payload, member), &TARGET.ec);
        assert_refused(
            member,
            &token,
            TokenError::Json {
                part: Part::Payload,
                fault,
            },
        );
    }
}

#[test]
fn d3_size_is_judged_before_anything_else() {
    let fitting = valid().claim("padding", "x".repeat(5000)).sign(&TARGET.ec);
    assert!(fitting.len() <= MAX_TOKEN_BYTES);
    assert!(verified(&fitting).is_ok(), "a long token within the limit");
    for size_bytes in [MAX_TOKEN_BYTES + 1, 200 * 1024, 5_500_000] {
        assert_refused(
            "too long",
            &"A".repeat(size_bytes),
            TokenError::TooLong { size_bytes },
        );
    }
    assert_refused(
        "as long as allowed",
        &"A".repeat(MAX_TOKEN_BYTES),
        TokenError::NotThreeParts,
    );
}

#[test]
fn d3_many_members_are_no_harm() {
    let mut token = valid();
    for index in 0..500 {
        token = token.claim(&format!("m{index}"), index);
    }
    assert!(verified(&token.sign(&TARGET.ec)).is_ok());
}
