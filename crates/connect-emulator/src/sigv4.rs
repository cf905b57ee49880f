//! Signature Version 4 on incoming calls, checked by signing them again.

use std::time::{Duration, SystemTime};

use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use http::{HeaderMap, header};
use thiserror::Error;
use time::PrimitiveDateTime;
use time::macros::format_description;

use crate::options::Credentials;

/// How far the caller's clock may be from ours.
const SKEW: Duration = Duration::from_mins(5);
const SCHEME: &str = "AWS4-HMAC-SHA256 ";

/// Why a call counts as unsigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum SignatureError {
    #[error("Missing Authentication Token")]
    Missing,
    #[error("Authorization header is not a complete AWS4-HMAC-SHA256 signature with a date")]
    Incomplete,
    #[error("The security token included in the request is invalid.")]
    UnknownKey,
    #[error("Credential should be scoped to this date, region and service, and end in aws4_request.")]
    WrongScope,
    #[error("Signature expired or not yet current")]
    Skewed,
    #[error("The host and every x-amz-* header must be signed.")]
    UnsignedHeader,
    #[error(
        "The request signature we calculated does not match the signature you provided. \
         Check your AWS Secret Access Key and signing method."
    )]
    Mismatch,
}

impl SignatureError {
    /// Every name that [`code`](Self::code) may give.
    pub(crate) const CODES: [&str; 4] = [
        "MissingAuthenticationTokenException",
        "IncompleteSignatureException",
        "UnrecognizedClientException",
        "InvalidSignatureException",
    ];

    /// AWS's name for it.
    pub(crate) fn code(self) -> &'static str {
        let [missing, incomplete, unknown_key, invalid] = Self::CODES;
        match self {
            Self::Missing => missing,
            Self::Incomplete => incomplete,
            Self::UnknownKey => unknown_key,
            Self::WrongScope | Self::Skewed | Self::UnsignedHeader | Self::Mismatch => invalid,
        }
    }
}

/// A request as it came over the wire.
pub(crate) struct SignedRequest<'a> {
    pub(crate) method: &'a str,
    /// Path and query, nothing decoded.
    pub(crate) target: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

/// Whom and what a signature must be for.
pub(crate) struct Expected<'a> {
    pub(crate) credentials: &'a Credentials,
    pub(crate) region: &'a str,
    pub(crate) service: &'a str,
    pub(crate) now: SystemTime,
}

/// Checks that the request was signed with the expected secret, for this service, and just now.
///
/// # Errors
/// The first rule that does not hold.
pub(crate) fn verify(request: &SignedRequest<'_>, expected: &Expected<'_>) -> Result<(), SignatureError> {
    let authorization =
        text(request.headers, header::AUTHORIZATION.as_str()).ok_or(SignatureError::Missing)?;
    let given = Authorization::parse(authorization).ok_or(SignatureError::Incomplete)?;
    let date = text(request.headers, "x-amz-date").ok_or(SignatureError::Incomplete)?;
    let signed_at = parse_date(date).ok_or(SignatureError::Incomplete)?;
    let credentials = expected.credentials;
    let token = text(request.headers, "x-amz-security-token");
    if given.access_key_id != credentials.access_key_id || token != credentials.session_token.as_deref() {
        return Err(SignatureError::UnknownKey);
    }
    let day = date.get(..8).unwrap_or_default();
    if given.scope != [day, expected.region, expected.service, "aws4_request"] {
        return Err(SignatureError::WrongScope);
    }
    if signed_at
        .max(expected.now)
        .duration_since(signed_at.min(expected.now))
        .is_ok_and(|skew| skew > SKEW)
    {
        return Err(SignatureError::Skewed);
    }
    if must_be_signed(request.headers).any(|name| !given.signed_headers.contains(&name)) {
        return Err(SignatureError::UnsignedHeader);
    }
    let calculated = sign_again(request, expected, &given.signed_headers, signed_at)?;
    aws_lc_rs::constant_time::verify_slices_are_equal(calculated.as_bytes(), given.signature.as_bytes())
        .map_err(|_| SignatureError::Mismatch)
}

/// An `Authorization` header's parts.
struct Authorization<'a> {
    access_key_id: &'a str,
    /// Day, region, service and terminator.
    scope: [&'a str; 4],
    signed_headers: Vec<&'a str>,
    signature: &'a str,
}

impl<'a> Authorization<'a> {
    fn parse(header: &'a str) -> Option<Self> {
        let mut parts = header.strip_prefix(SCHEME)?.split(',').map(str::trim);
        let credential = parts.next()?.strip_prefix("Credential=")?;
        let signed_headers = parts.next()?.strip_prefix("SignedHeaders=")?;
        let signature = parts.next()?.strip_prefix("Signature=")?;
        let mut scope = credential.rsplitn(5, '/');
        let (end, service, region, day) = (scope.next()?, scope.next()?, scope.next()?, scope.next()?);
        parts.next().is_none().then_some(Self {
            access_key_id: scope.next()?,
            scope: [day, region, service, end],
            signed_headers: signed_headers.split(';').collect(),
            signature,
        })
    }
}

/// The host and every `x-amz-*` header that the request carries.
fn must_be_signed(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let amazon = headers
        .keys()
        .map(http::HeaderName::as_str)
        .filter(|name| name.starts_with("x-amz-"));
    std::iter::once("host").chain(amazon)
}

fn sign_again(
    request: &SignedRequest<'_>,
    expected: &Expected<'_>,
    signed_headers: &[&str],
    signed_at: SystemTime,
) -> Result<String, SignatureError> {
    let host = text(request.headers, "host").ok_or(SignatureError::UnsignedHeader)?;
    let headers: Vec<(&str, &str)> = signed_headers
        .iter()
        .filter(|name| !["x-amz-date", "x-amz-security-token"].contains(name))
        .flat_map(|name| {
            request
                .headers
                .get_all(*name)
                .iter()
                .map(move |value| (*name, value))
        })
        .map(|(name, value)| value.to_str().map(|value| (name, value)))
        .collect::<Result<_, _>>()
        .map_err(|_| SignatureError::Mismatch)?;
    let mut settings = SigningSettings::default();
    settings.excluded_headers = None;
    let identity = expected.credentials.identity();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(expected.region)
        .name(expected.service)
        .time(signed_at)
        .settings(settings)
        .build()
        .map_err(|_| SignatureError::Mismatch)?;
    let uri = format!("http://{host}{}", request.target);
    let body = SignableBody::Bytes(request.body);
    SignableRequest::new(request.method, uri, headers.into_iter(), body)
        .and_then(|signable| sign(signable, &params.into()))
        .map(|output| output.signature().to_owned())
        .map_err(|_| SignatureError::Mismatch)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn parse_date(date: &str) -> Option<SystemTime> {
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    PrimitiveDateTime::parse(date, format)
        .ok()
        .map(|date| date.assume_utc().into())
}

#[cfg(test)]
mod tests {
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
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)
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
}
