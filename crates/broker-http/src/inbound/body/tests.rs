mod content;

use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

fn ceilings() -> Ceilings {
    Ceilings {
        url_expiry: UrlExpiry::from_secs(120).expect("valid"),
        ascii_file_names: false,
    }
}

fn event(headers: &Value, body: &str) -> GatewayRequest {
    let event = json!({
        "version": "2.0", "rawPath": "/uploads", "headers": headers, "body": body,
        "requestContext": {"apiId": "a", "requestId": "r", "stage": "$default", "http": {"method": "POST"}},
    });
    GatewayRequest::parse(&event.to_string()).expect("an event")
}

fn asked(body: &str) -> Result<UploadRequest, BodyError> {
    upload_request(
        &event(&json!({"content-type": "application/json"}), body),
        ceilings(),
        ActsFor::Itself,
    )
}

fn valid() -> Value {
    json!({
        "fileName": "scan.pdf", "fileSizeInBytes": 5,
        "associatedResourceArn": "arn:aws:cases:eu-west-1:111122223333:domain/d/case/c",
    })
}

fn with(member: &str, value: Value) -> String {
    let mut body = valid();
    body[member] = value;
    body.to_string()
}

#[test]
fn reads_every_member() {
    let mut body = valid();
    body["fileUseCaseType"] = "ATTACHMENT".into();
    body["urlExpiryInSeconds"] = 60.into();
    body["tags"] = json!({"department": "claims"});
    body["onBehalfOf"] = "ada".into();
    let request = asked(&body.to_string()).expect("valid");
    assert_eq!(request.url_expiry.secs(), 60);
    assert_eq!(
        request.tags.iter().collect::<Vec<_>>(),
        [("department", "claims")]
    );
    assert_eq!(request.on_behalf_of.as_ref().map(Username::as_str), Some("ada"));
    assert_eq!(asked(&valid().to_string()).expect("valid").url_expiry.secs(), 120);
}

#[test]
fn names_every_fault_at_once() {
    let body = json!({
        "fileName": "a/b.pdf", "fileSizeInBytes": 0, "associatedResourceArn": "x", "createdBy": {},
        "instanceId": "i", "clientToken": "t", "fileUseCaseType": "VOICE_RECORDING",
        "urlExpiryInSeconds": 121, "tags": {"a,b": "c", "d": 1}, "onBehalfOf": "",
    });
    let Err(BodyError::Members(faults)) = asked(&body.to_string()) else {
        panic!("refused")
    };
    let mut pointers: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
    pointers.sort_unstable();
    let mut expected: Vec<String> = body
        .as_object()
        .expect("an object")
        .keys()
        .map(|key| pointer(&[key]))
        .collect();
    expected.retain(|pointer| pointer != "/tags");
    expected.extend(["/tags/a,b".to_owned(), "/tags/d".to_owned()]);
    expected.sort_unstable();
    assert_eq!(pointers, expected);
}

#[test]
fn each_member_has_its_rule() {
    for (body, pointer, code) in [
        ("{}".into(), "/fileName", "required"),
        (with("fileName", 1.into()), "/fileName", "type"),
        (with("fileName", "a".into()), "/fileName", "no-extension"),
        (with("fileSizeInBytes", "5".into()), "/fileSizeInBytes", "type"),
        (with("fileSizeInBytes", json!(5.0)), "/fileSizeInBytes", "range"),
        (with("fileSizeInBytes", (-1).into()), "/fileSizeInBytes", "range"),
        (
            with("fileSizeInBytes", (1_u64 << 63).into()),
            "/fileSizeInBytes",
            "range",
        ),
        (
            with("associatedResourceArn", json!(["a"])),
            "/associatedResourceArn",
            "type",
        ),
        (
            with("fileUseCaseType", json!("attachment")),
            "/fileUseCaseType",
            "invalid",
        ),
        (with("fileName", Value::Null), "/fileName", "required"),
        (
            with("fileSizeInBytes", Value::Null),
            "/fileSizeInBytes",
            "required",
        ),
        (
            with("associatedResourceArn", Value::Null),
            "/associatedResourceArn",
            "required",
        ),
        (
            with("urlExpiryInSeconds", 4.into()),
            "/urlExpiryInSeconds",
            "range",
        ),
        (
            with("urlExpiryInSeconds", json!(60.0)),
            "/urlExpiryInSeconds",
            "range",
        ),
        (
            with("urlExpiryInSeconds", json!([])),
            "/urlExpiryInSeconds",
            "type",
        ),
        (with("tags", json!({})), "/tags", "range"),
        (with("tags", json!([])), "/tags", "type"),
        (with("tags", json!({"aws:x": "y"})), "/tags/aws:x", "invalid"),
        (with("tags", json!({"a/b~c": 1})), "/tags/a~1b~0c", "type"),
        (
            with("tags", json!({"department": null})),
            "/tags/department",
            "type",
        ),
        (with("onBehalfOf", json!({})), "/onBehalfOf", "invalid"),
        (with("createdBy", Value::Null), "/createdBy", "unknown"),
        (with("instanceId", Value::Null), "/instanceId", "unknown"),
        (with("clientToken", Value::Null), "/clientToken", "unknown"),
        (with("filename", "a.pdf".into()), "/filename", "unknown"),
    ] {
        let Err(BodyError::Members(faults)) = asked(&body) else {
            panic!("refused: {body}")
        };
        assert_eq!(
            (faults[0].pointer.as_str(), faults[0].code),
            (pointer, code),
            "{body}"
        );
    }
    let mut many = Map::new();
    many.extend((0..51).map(|n| (format!("k{n}"), "v".into())));
    assert!(matches!(
        asked(&with("tags", many.into())),
        Err(BodyError::Members(_))
    ));
}

#[test]
fn an_optional_member_that_is_null_is_absent() {
    let expected = asked(&valid().to_string()).expect("valid").canonical_form();
    for name in ["fileUseCaseType", "urlExpiryInSeconds", "tags", "onBehalfOf"] {
        let with_null = asked(&with(name, Value::Null)).expect(name);
        assert_eq!(with_null.canonical_form(), expected, "{name}");
    }
}

#[test]
fn a_name_that_was_lost_is_a_fault_where_there_could_have_been_one() {
    for (acts_for, value, expected) in [
        (ActsFor::Itself, None, None),
        (ActsFor::Itself, Some(Value::Null), None),
        (ActsFor::ItselfOrOthers, None, None),
        (ActsFor::ItselfOrOthers, Some(Value::Null), Some("invalid")),
        (ActsFor::ItselfOrOthers, Some("ada".into()), None),
        (ActsFor::Others, None, Some("required")),
        (ActsFor::Others, Some(Value::Null), Some("required")),
        (ActsFor::Others, Some("ada".into()), None),
    ] {
        let body = value
            .clone()
            .map_or(valid().to_string(), |value| with("onBehalfOf", value));
        let request = event(&json!({"content-type": "application/json"}), &body);
        let found = match upload_request(&request, ceilings(), acts_for) {
            Ok(_) => None,
            Err(BodyError::Members(faults)) => Some((faults[0].pointer.clone(), faults[0].code)),
            Err(other) => panic!("{other}"),
        };
        let expected = expected.map(|code| ("/onBehalfOf".to_owned(), code));
        assert_eq!(found, expected, "{acts_for:?} {value:?}");
    }
}

#[test]
fn a_name_that_is_refused_comes_back_with_the_character_and_a_name_that_works() {
    let ascii = Ceilings {
        ascii_file_names: true,
        ..ceilings()
    };
    for (name, ceilings, code, shown, suggestion) in [
        (
            "a/b.pdf",
            ceilings(),
            "character",
            "U+002F SOLIDUS",
            Some("a_b.pdf"),
        ),
        (
            "a\u{200b}.pdf",
            ceilings(),
            "character",
            "U+200B ZERO WIDTH SPACE",
            Some("a.pdf"),
        ),
        (
            "a\u{0}.pdf",
            ceilings(),
            "character",
            "U+0000 NULL",
            Some("a.pdf"),
        ),
        (
            ".a.pdf",
            ceilings(),
            "outer-space-or-dot",
            "U+002E FULL STOP",
            Some("a.pdf"),
        ),
        ("nul.pdf", ceilings(), "device", "NUL", Some("_nul.pdf")),
        (
            "／a.pdf",
            ceilings(),
            "look-alike",
            "U+FF0F FULLWIDTH SOLIDUS",
            Some("_a.pdf"),
        ),
        (
            "a．pdf",
            ceilings(),
            "no-extension",
            "U+FF0E FULLWIDTH FULL STOP",
            Some("a.pdf"),
        ),
        ("a", ceilings(), "no-extension", "extension", None),
        ("é.pdf", ascii, "not-ascii", "U+00E9", Some("e.pdf")),
        ("é/.pdf", ascii, "character", "U+002F SOLIDUS", Some("e_.pdf")),
    ] {
        let json = json!({"content-type": "application/json"});
        let request = event(&json, &with("fileName", name.into()));
        let Err(BodyError::Members(faults)) = upload_request(&request, ceilings, ActsFor::Itself) else {
            panic!("refused: {name}")
        };
        let [fault] = faults.as_slice() else {
            panic!("one fault: {faults:?}")
        };
        assert_eq!(
            (fault.pointer.as_str(), fault.code),
            ("/fileName", code),
            "{name}"
        );
        assert!(fault.detail.contains(shown), "{name}: {}", fault.detail);
        assert_eq!(
            fault.suggestion.as_ref().map(FileName::as_str),
            suggestion,
            "{name}"
        );
    }
}

#[test]
fn a_caller_who_acts_for_others_must_name_one() {
    let request = event(&json!({"content-type": "application/json"}), &valid().to_string());
    let Err(BodyError::Members(faults)) = upload_request(&request, ceilings(), ActsFor::Others) else {
        panic!("refused")
    };
    assert_eq!(
        (faults[0].pointer.as_str(), faults[0].code),
        ("/onBehalfOf", "required")
    );
}

#[test]
fn ascii_names_are_demanded_where_the_settings_say_so() {
    let ascii = Ceilings {
        ascii_file_names: true,
        ..ceilings()
    };
    let request = event(
        &json!({"content-type": "application/json"}),
        &with("fileName", "\u{e9}.pdf".into()),
    );
    assert!(upload_request(&request, ceilings(), ActsFor::Itself).is_ok());
    assert!(upload_request(&request, ascii, ActsFor::Itself).is_err());
    let request = event(&json!({"content-type": "application/json"}), &valid().to_string());
    assert!(upload_request(&request, ascii, ActsFor::Itself).is_ok());
}

#[test]
fn a_body_may_say_nothing_and_nothing_else() {
    let json = json!({"content-type": "application/json"});
    assert_eq!(nothing(&event(&json!({}), "")), Ok(()));
    assert_eq!(nothing(&event(&json, " {} ")), Ok(()));
    assert!(matches!(
        nothing(&event(&json, "{\"a\":1}")),
        Err(BodyError::Members(_))
    ));
    assert!(matches!(nothing(&event(&json, "[]")), Err(BodyError::Json(_))));
    assert_eq!(
        nothing(&event(&json!({}), "{}")),
        Err(BodyError::UnsupportedMediaType)
    );
}
