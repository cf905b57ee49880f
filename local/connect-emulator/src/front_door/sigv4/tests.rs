use http::HeaderValue;

use super::*;
use crate::options::Credentials;

const TARGET: &str = "/attached-files/i?associatedResourceArn=arn%3Aaws%3Ax%2Fy";
const BODY: &[u8] = br#"{"FileName":"a.pdf"}"#;

/// A signer that the emulator accepts, for a test to change one thing.
fn caller(credentials: &Credentials) -> Signer<'_> {
    Signer {
        credentials,
        region: "eu-west-1",
        service: "connect",
        time: noon(),
    }
}

/// Headers of a request that the caller signed.
fn headers_by(caller: &Signer<'_>) -> HeaderMap {
    let headers = [("host", "127.0.0.1:4510"), ("content-type", "application/json")];
    let uri = format!("http://127.0.0.1:4510{TARGET}");
    let signable = SignableRequest::new("PUT", uri, headers.into_iter(), SignableBody::Bytes(BODY));
    let signed = caller.sign(signable.expect("signable"), SigningSettings::default());
    let mut request = Request::new(());
    for (name, value) in headers {
        request
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    signed.expect("signed").0.apply_to_request_http1x(&mut request);
    request.headers().clone()
}

fn good_headers() -> HeaderMap {
    headers_by(&caller(&Credentials::default()))
}

fn noon() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_hours(500_000)
}

fn judge(headers: &HeaderMap, method: &str, target: &str, body: &'static [u8]) -> Result<(), SignatureError> {
    judge_by(&Credentials::default(), headers, method, target, body)
}

fn judge_by(
    credentials: &Credentials,
    headers: &HeaderMap,
    method: &str,
    target: &str,
    body: &'static [u8],
) -> Result<(), SignatureError> {
    let request = Request::builder().method(method).uri(target);
    let mut request = request.body(Bytes::from_static(body)).expect("a request");
    *request.headers_mut() = headers.clone();
    verify(&request, &caller(credentials))
}

#[test]
fn accepts_the_known_secret_for_this_service_and_time() {
    let credentials = Credentials::default();
    for time in [noon() - SKEW, noon(), noon() + SKEW] {
        let headers = headers_by(&Signer {
            time,
            ..caller(&credentials)
        });
        assert_eq!(judge(&headers, "PUT", TARGET, BODY), Ok(()), "{time:?}");
    }
}

#[test]
fn refuses_a_request_that_is_not_the_signed_one() {
    let headers = good_headers();
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
fn refuses_a_caller_that_is_not_the_known_one() {
    use SignatureError::{Mismatch, Skewed, UnknownKey, WrongScope};
    let known = Credentials::default();
    let other = |change: fn(&mut Credentials)| {
        let mut credentials = known.clone();
        change(&mut credentials);
        credentials
    };
    let other_secret = other(|one| one.secret_access_key.push('x'));
    let other_key = other(|one| one.access_key_id.push('x'));
    let other_token = other(|one| one.session_token = Some("t".to_owned()));
    let at = |time| Signer {
        time,
        ..caller(&known)
    };
    let second = Duration::from_secs(1);
    for (what, signer, expected) in [
        ("secret", caller(&other_secret), Mismatch),
        ("key id", caller(&other_key), UnknownKey),
        ("token", caller(&other_token), UnknownKey),
        (
            "region",
            Signer {
                region: "us-east-1",
                ..caller(&known)
            },
            WrongScope,
        ),
        (
            "service",
            Signer {
                service: "cases",
                ..caller(&known)
            },
            WrongScope,
        ),
        ("past", at(noon() - SKEW - second), Skewed),
        ("future", at(noon() + SKEW + second), Skewed),
    ] {
        let headers = headers_by(&signer);
        assert_eq!(judge(&headers, "PUT", TARGET, BODY), Err(expected), "{what}");
    }
}

#[test]
fn requires_the_session_token_that_it_was_given() {
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
        let headers = headers_by(&caller(&credentials));
        let verdict = judge_by(&known, &headers, "PUT", TARGET, BODY);
        assert_eq!(verdict, expected, "{headers:?}");
    }
}

#[test]
fn refuses_headers_that_were_added_or_taken_away() {
    use SignatureError::{Incomplete, Missing, UnsignedHeader};
    let change = |change: fn(&mut HeaderMap)| {
        let mut headers = good_headers();
        change(&mut headers);
        headers
    };
    let rewrite = |from: &str, to: &str| {
        let mut headers = good_headers();
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
