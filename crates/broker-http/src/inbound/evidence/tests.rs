use super::*;
use serde_json::json;

const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/portal/session-1";
const ROLE: &str = "arn:aws:iam::111122223333:role/portal";

fn request(format: &str, authorizer: &Value, identity: &Value, headers: &Value) -> GatewayRequest {
    let event = json!({
        "version": format, "rawPath": "/uploads", "path": "/uploads", "httpMethod": "POST",
        "headers": headers,
        "requestContext": {
            "apiId": "api", "requestId": "r", "stage": "s", "http": {"method": "POST"},
            "authorizer": authorizer, "identity": identity,
        },
    });
    GatewayRequest::parse(&event.to_string()).expect("an event")
}

fn found(request: &GatewayRequest, accept: &[EvidenceKind]) -> Result<Evidence<'static>, EvidenceError> {
    let accept = accept.iter().copied().collect();
    evidence(request, &accept, &BTreeSet::new()).map(|evidence| match evidence {
        Evidence::Token(_) => Evidence::Token(UnverifiedToken("seen")),
        Evidence::Jwt(claims) => Evidence::Jwt(claims),
        Evidence::Lambda {
            source,
            subject,
            context,
        } => Evidence::Lambda {
            source,
            subject,
            context,
        },
        Evidence::Iam(role) => Evidence::Iam(role),
    })
}

#[test]
fn each_kind_has_its_own_place_in_each_format() {
    use EvidenceKind::{Iam, Jwt, Lambda, Token};
    let none = json!(null);
    let claims = json!({"sub": "ada"});
    let map = |value: &Value| value.as_object().expect("an object").clone();
    let lambda = |source, context: &Value| Evidence::Lambda {
        source,
        subject: "ada".into(),
        context: map(context),
    };
    let flat = json!({"principalId": "ada", "tier": "gold"});
    for (kind, request, expected) in [
        (
            Token,
            request("2.0", &none, &none, &json!({"authorization": "Bearer a.b.c"})),
            Evidence::Token(UnverifiedToken("seen")),
        ),
        (
            Token,
            request("1.0", &none, &none, &json!({"AUTHORIZATION": "bearer a.b.c"})),
            Evidence::Token(UnverifiedToken("seen")),
        ),
        (
            Jwt,
            request("2.0", &json!({"jwt": {"claims": claims}}), &none, &none),
            Evidence::Jwt(map(&claims)),
        ),
        (
            Jwt,
            request("1.0", &json!({"claims": claims}), &none, &none),
            Evidence::Jwt(map(&claims)),
        ),
        (
            Lambda,
            request("2.0", &json!({"lambda": claims}), &none, &none),
            lambda(ClaimSource::LambdaAuthorizerV2, &claims),
        ),
        (
            Lambda,
            request("1.0", &flat, &none, &none),
            lambda(ClaimSource::LambdaAuthorizerV1, &flat),
        ),
        (
            Iam,
            request("2.0", &json!({"iam": {"userArn": SESSION}}), &none, &none),
            Evidence::Iam(ROLE.parse().expect("a role")),
        ),
        (
            Iam,
            request("1.0", &none, &json!({"userArn": SESSION}), &none),
            Evidence::Iam(ROLE.parse().expect("a role")),
        ),
    ] {
        assert_eq!(found(&request, &[kind]), Ok(expected), "{kind:?}");
        for other in [Token, Jwt, Lambda, Iam]
            .into_iter()
            .filter(|other| *other != kind)
        {
            assert_eq!(
                found(&request, &[other]),
                Err(EvidenceError::Absent),
                "{kind:?} is no {other:?}"
            );
        }
    }
}

#[test]
fn claims_beside_a_principal_are_a_lambda_authorizers_and_prove_no_token() {
    use EvidenceKind::{Jwt, Lambda};
    let none = json!(null);
    for claims in [json!({"sub": "mallory"}), json!("a text"), json!(null)] {
        let both = json!({"principalId": "ada", "claims": claims});
        let request = request("1.0", &both, &none, &none);
        let context = both.as_object().expect("an object").clone();
        let expected = Evidence::Lambda {
            source: ClaimSource::LambdaAuthorizerV1,
            subject: "ada".into(),
            context,
        };
        assert_eq!(found(&request, &[Lambda]), Ok(expected), "{claims}");
        assert!(
            matches!(found(&request, &[Jwt, Lambda]), Ok(Evidence::Lambda { .. })),
            "{claims}"
        );
        assert_eq!(
            found(&request, &[Jwt]),
            Err(EvidenceError::ClaimsOfLambda),
            "{claims}"
        );
    }
    for principal in [json!(null), json!(7), json!("")] {
        let both = json!({"principalId": principal, "claims": {"sub": "mallory"}});
        let request = request("1.0", &both, &none, &none);
        assert_eq!(
            found(&request, &[Jwt]),
            Err(EvidenceError::ClaimsOfLambda),
            "{principal}"
        );
        assert_eq!(
            found(&request, &[Lambda]),
            Err(EvidenceError::Principal("principalId")),
            "{principal}"
        );
    }
}

#[test]
fn a_principal_has_1_to_255_characters_and_no_control_character() {
    use EvidenceKind::{Lambda, Token};
    let none = json!(null);
    let bearer = json!({"authorization": "Bearer a.b.c"});
    let (longest, too_long) = ("\u{e9}".repeat(255), "a".repeat(256));
    for (subject, is_sound, is_there) in [
        (json!("ada"), true, true),
        (json!(longest), true, true),
        (json!(too_long), false, true),
        (json!("ada\n"), false, true),
        (json!("ada\u{0}"), false, true),
        (json!("a\u{85}da"), false, true),
        (json!(""), false, false),
        (json!(7), false, false),
        (none.clone(), false, false),
    ] {
        let (v1, v2) = (
            json!({"principalId": subject}),
            json!({"lambda": {"sub": subject}}),
        );
        for (format, authorizer, name) in [("1.0", v1, "principalId"), ("2.0", v2, "sub")] {
            let request = request(format, &authorizer, &none, &bearer);
            let refused = Err(EvidenceError::Principal(name));
            let lambda = found(&request, &[Lambda]).map(|evidence| evidence.kind());
            let expected = if is_sound { Ok(Lambda) } else { refused };
            assert_eq!(lambda, expected, "{subject} of {format}");
            let beside = found(&request, &[Token, Lambda]).map(|evidence| evidence.kind());
            let expected = match (is_sound, is_there) {
                (true, _) => Err(EvidenceError::Ambiguous),
                (false, true) => refused,
                (false, false) => Ok(Token),
            };
            assert_eq!(beside, expected, "{subject} of {format} beside a token");
        }
    }
}

#[test]
fn debug_shows_no_token() {
    let token = UnverifiedToken("a.b.c");
    assert_eq!(format!("{token:?}"), "UnverifiedToken([redacted])");
}

#[test]
fn evidence_of_two_accepted_kinds_is_none() {
    use EvidenceKind::{Iam, Lambda, Token};
    let authorizer = json!({"lambda": {"sub": "ada"}, "iam": {"userArn": SESSION}});
    let both = request(
        "2.0",
        &authorizer,
        &json!(null),
        &json!({"authorization": "Bearer t"}),
    );
    assert_eq!(found(&both, &[Iam, Lambda]), Err(EvidenceError::Ambiguous));
    assert_eq!(found(&both, &[Token, Lambda]), Err(EvidenceError::Ambiguous));
    assert!(
        found(&both, &[Iam]).is_ok(),
        "kinds that are not accepted do not count"
    );
}

#[test]
fn a_bearer_token_comes_behind_its_scheme_in_any_case_and_one_or_more_spaces() {
    for value in [
        "Bearer a.b.c",
        "bearer a.b.c",
        "BEARER a.b.c",
        "Bearer  a.b.c",
        "bEaReR     a.b.c",
    ] {
        let headers = json!({"authorization": value});
        let request = request("2.0", &json!(null), &json!(null), &headers);
        let expected = Ok(Some(UnverifiedToken("a.b.c")));
        assert_eq!(bearer_token(&request), expected, "{value:?}");
    }
}

#[test]
fn one_bearer_token_or_none() {
    use EvidenceError::{Absent, MalformedToken};
    for (value, expected) in [
        ("Bearer", MalformedToken),
        ("Bearer ", MalformedToken),
        ("Bearer \ta", MalformedToken),
        ("Bearer   ", MalformedToken),
        ("Bearer  a ", MalformedToken),
        ("Bearer a b", MalformedToken),
        ("Bearer a,Bearer b", MalformedToken),
        ("Bearer a\u{e9}", MalformedToken),
        ("Basic YTpi", Absent),
        ("AWS4-HMAC-SHA256 Credential=x", Absent),
        ("Bearer\ta", Absent),
        ("", Absent),
    ] {
        let request = request(
            "2.0",
            &json!(null),
            &json!(null),
            &json!({"authorization": value}),
        );
        assert_eq!(
            found(&request, &[EvidenceKind::Token]),
            Err(expected),
            "{value:?}"
        );
    }
}

#[test]
fn only_sessions_of_a_role_are_iam_evidence() {
    for arn in [
        "arn:aws:iam::111122223333:root",
        "arn:aws:iam::111122223333:user/ada",
        "arn:aws:sts::111122223333:federated-user/ada",
        "arn:aws:sts::111122223333:assumed-role/portal",
        "arn:aws:sts::111122223333:assumed-role/a/b/c",
        "arn:aws:sts::1111:assumed-role/portal/s",
        "arn:aws:sts::111122223333:assumed-role/por*tal/s",
        "arn:aws:sts::111122223333:assumed-role/portal/s*",
        "arn:aws:sts::11112222333a:assumed-role/portal/s",
        "arn:aws:sts::111122223333:assumed-role//s",
        &format!("arn:aws:sts::111122223333:assumed-role/{}/s", "r".repeat(65)),
        &format!("arn:aws:sts::111122223333:assumed-role/portal/{}", "s".repeat(65)),
        "arn:aws-cn:sts::111122223333:assumed-role/portal/s",
        ROLE,
        "",
    ] {
        let request = request("2.0", &json!({"iam": {"userArn": arn}}), &json!(null), &json!({}));
        assert_eq!(
            found(&request, &[EvidenceKind::Iam]),
            Err(EvidenceError::Absent),
            "{arn}"
        );
    }
    let pool = json!({"iam": {"userArn": SESSION, "cognitoIdentity": {"identityId": "x"}}});
    let identity = json!({"userArn": SESSION, "cognitoIdentityId": "x"});
    for request in [
        request("2.0", &pool, &json!(null), &json!({})),
        request("1.0", &json!(null), &identity, &json!({})),
    ] {
        assert_eq!(found(&request, &[EvidenceKind::Iam]), Err(EvidenceError::Absent));
    }
}

#[test]
fn headers_and_function_urls_vouch_for_nobody() {
    let headers = json!({"x-amzn-oidc-identity": "ada", "x-amzn-oidc-data": "a.b.c",
        "x-amzn-request-context": "{\"authorizer\":{\"lambda\":{\"sub\":\"ada\"}}}"});
    let all = [EvidenceKind::Token, EvidenceKind::Lambda, EvidenceKind::Iam];
    let request = request("2.0", &json!(null), &json!(null), &headers);
    assert_eq!(found(&request, &all), Err(EvidenceError::Absent));

    let event = json!({
        "version": "2.0", "rawPath": "/uploads", "requestContext": {
            "apiId": "a", "requestId": "r", "stage": "$default", "http": {"method": "POST"},
            "domainName": "a.lambda-url.eu-west-1.on.aws", "authorizer": {"iam": {"userArn": SESSION}},
        },
    });
    let request = GatewayRequest::parse(&event.to_string()).expect("an event");
    assert_eq!(found(&request, &[EvidenceKind::Iam]), Err(EvidenceError::Absent));
}

#[test]
fn events_of_other_apis_are_not_answered() {
    let request = request(
        "2.0",
        &json!(null),
        &json!(null),
        &json!({"authorization": "Bearer t"}),
    );
    let accept = [EvidenceKind::Token].into();
    let apis = |id: &str| BTreeSet::from([id.into()]);
    assert!(evidence(&request, &accept, &apis("api")).is_ok());
    assert_eq!(
        evidence(&request, &accept, &apis("other")),
        Err(EvidenceError::OtherApi)
    );
    let mut without_id = request;
    without_id.api_id = None;
    assert_eq!(
        evidence(&without_id, &accept, &apis("api")),
        Err(EvidenceError::OtherApi)
    );
    assert!(
        evidence(&without_id, &accept, &BTreeSet::new()).is_ok(),
        "`api_ids` is not set"
    );
}
