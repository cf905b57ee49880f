use http::HeaderValue;

use super::*;

const TARGET: &str = "/attached-files/i?associatedResourceArn=arn%3Aaws%3Ax%2Fy";
const BODY: &[u8] = br#"{"FileName":"a.pdf"}"#;

/// What a test signs with, before it changes what arrives.
struct Caller {
    credentials: Credentials,
    region: &'static str,
    service: &'static str,
    signed_at: SystemTime,
    headers: Vec<(&'static str, &'static str)>,
}

impl Default for Caller {
    fn default() -> Self {
        Self {
            credentials: Credentials::default(),
            region: "eu-west-1",
            service: "connect",
            signed_at: noon(),
            headers: vec![("host", "127.0.0.1:4510"), ("content-type", "application/json")],
        }
    }
}

impl Caller {
    fn sign(self) -> HeaderMap {
        let identity = self.credentials.identity();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name(self.service)
            .time(self.signed_at)
            .settings(SigningSettings::default())
            .build()
            .expect("complete")
            .into();
        let uri = format!("http://127.0.0.1:4510{TARGET}");
        let headers = self.headers.iter().copied();
        let signable =
            SignableRequest::new("PUT", uri, headers, SignableBody::Bytes(BODY)).expect("signable");
        let mut request = http::Request::new(());
        for (name, value) in &self.headers {
            request
                .headers_mut()
                .insert(*name, HeaderValue::from_static(value));
        }
        sign(signable, &params)
            .expect("signed")
            .into_parts()
            .0
            .apply_to_request_http1x(&mut request);
        request.headers().clone()
    }
}

fn noon() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_hours(500_000)
}

fn judge(headers: &HeaderMap, method: &str, target: &str, body: &[u8]) -> Result<(), SignatureError> {
    let credentials = &Credentials::default();
    let expected = Expected {
        credentials,
        region: "eu-west-1",
        service: "connect",
        now: noon(),
    };
    verify(
        &SignedRequest {
            method,
            target,
            headers,
            body,
        },
        &expected,
    )
}

#[test]
fn accepts_the_known_secret_for_this_service_and_time() {
    let rows = [Duration::ZERO, SKEW];
    for skew in rows {
        for signed_at in [noon() - skew, noon() + skew] {
            let headers = Caller {
                signed_at,
                ..Caller::default()
            }
            .sign();
            assert_eq!(judge(&headers, "PUT", TARGET, BODY), Ok(()), "{skew:?}");
        }
    }
}

#[test]
fn refuses_a_request_that_is_not_the_signed_one() {
    let headers = Caller::default().sign();
    let mut other_type = headers.clone();
    other_type.insert("content-type", HeaderValue::from_static("text/plain"));
    let mut other_host = headers.clone();
    other_host.insert("host", HeaderValue::from_static("127.0.0.1:4511"));
    let other_arn = TARGET.replace("%2Fy", "%2Fz");
    for (what, headers, method, target, body) in [
        ("method", &headers, "POST", TARGET, BODY),
        (
            "path",
            &headers,
            "PUT",
            "/attached-files/j?associatedResourceArn=arn%3Aaws%3Ax%2Fy",
            BODY,
        ),
        ("query", &headers, "PUT", other_arn.as_str(), BODY),
        ("body", &headers, "PUT", TARGET, b"{}".as_slice()),
        ("content type", &other_type, "PUT", TARGET, BODY),
        ("host", &other_host, "PUT", TARGET, BODY),
    ] {
        assert_eq!(
            judge(headers, method, target, body),
            Err(SignatureError::Mismatch),
            "{what}"
        );
    }
}

#[test]
fn refuses_a_caller_who_is_not_the_known_one() {
    use SignatureError::{Mismatch, Skewed, UnknownKey, WrongScope};
    let credentials = |change: fn(&mut Credentials)| {
        let mut credentials = Credentials::default();
        change(&mut credentials);
        Caller {
            credentials,
            ..Caller::default()
        }
    };
    let second = Duration::from_secs(1);
    for (what, caller, expected) in [
        (
            "secret",
            credentials(|one| one.secret_access_key.push('x')),
            Mismatch,
        ),
        (
            "key id",
            credentials(|one| one.access_key_id.push('x')),
            UnknownKey,
        ),
        (
            "token",
            credentials(|one| one.session_token = Some("t".to_owned())),
            UnknownKey,
        ),
        (
            "region",
            Caller {
                region: "us-east-1",
                ..Caller::default()
            },
            WrongScope,
        ),
        (
            "service",
            Caller {
                service: "cases",
                ..Caller::default()
            },
            WrongScope,
        ),
        (
            "past",
            Caller {
                signed_at: noon() - SKEW - second,
                ..Caller::default()
            },
            Skewed,
        ),
        (
            "future",
            Caller {
                signed_at: noon() + SKEW + second,
                ..Caller::default()
            },
            Skewed,
        ),
    ] {
        assert_eq!(
            judge(&caller.sign(), "PUT", TARGET, BODY),
            Err(expected),
            "{what}"
        );
    }
}

#[test]
fn asks_for_the_session_token_that_it_was_given() {
    let with_token = |token: &str| Credentials {
        session_token: Some(token.to_owned()),
        ..Credentials::default()
    };
    let known = with_token("the token");
    for (credentials, expected) in [
        (with_token("the token"), Ok(())),
        (with_token("another"), Err(SignatureError::UnknownKey)),
        (Credentials::default(), Err(SignatureError::UnknownKey)),
    ] {
        let headers = Caller {
            credentials,
            ..Caller::default()
        }
        .sign();
        let request = SignedRequest {
            method: "PUT",
            target: TARGET,
            headers: &headers,
            body: BODY,
        };
        let demand = Expected {
            credentials: &known,
            region: "eu-west-1",
            service: "connect",
            now: noon(),
        };
        assert_eq!(verify(&request, &demand), expected, "{headers:?}");
    }
}

#[test]
fn refuses_headers_that_were_added_or_taken_away() {
    use SignatureError::{Incomplete, Missing, UnsignedHeader};
    let change = |change: fn(&mut HeaderMap)| {
        let mut headers = Caller::default().sign();
        change(&mut headers);
        headers
    };
    let rewrite = |from: &str, to: &str| {
        let mut headers = Caller::default().sign();
        let text = headers["authorization"].to_str().expect("text").replace(from, to);
        headers.insert("authorization", HeaderValue::try_from(text).expect("text"));
        headers
    };
    let added = |headers: &mut HeaderMap| {
        headers.insert("x-amz-meta-a", HeaderValue::from_static("b"));
    };
    for (what, headers, expected) in [
        ("none", HeaderMap::new(), Missing),
        (
            "no date",
            change(|headers| drop(headers.remove("x-amz-date"))),
            Incomplete,
        ),
        ("added x-amz", change(added), UnsignedHeader),
        (
            "host unsigned",
            rewrite("content-type;host;", "content-type;"),
            UnsignedHeader,
        ),
        ("date unsigned", rewrite(";x-amz-date", ""), UnsignedHeader),
        (
            "another scheme",
            rewrite("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"),
            Incomplete,
        ),
        ("no signature", rewrite("Signature=", "Sig="), Incomplete),
        (
            "another day",
            rewrite("/20270115/", "/20270116/"),
            SignatureError::WrongScope,
        ),
        (
            "another end",
            rewrite("aws4_request", "aws4"),
            SignatureError::WrongScope,
        ),
    ] {
        assert_eq!(
            judge(&headers, "PUT", TARGET, BODY),
            Err(expected),
            "{what}: {headers:?}"
        );
    }
}
