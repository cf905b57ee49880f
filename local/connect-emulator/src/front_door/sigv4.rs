//! Signature Version 4 of incoming calls, checked by signing each call again.

#[cfg(test)]
mod tests;

use std::time::{Duration, SystemTime};

use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings};
use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderMap, Request, header};
use thiserror::Error;
use time::PrimitiveDateTime;
use time::macros::format_description;

use crate::signing::Signer;

/// Largest allowed difference between the caller's clock and ours.
const SKEW: Duration = Duration::from_mins(5);
const SCHEME: &str = "AWS4-HMAC-SHA256 ";

/// Why a signature is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// There is no `Authorization` header.
    #[error("Missing Authentication Token")]
    Missing,
    /// A part of the signature is missing.
    #[error("Authorization header is not a complete AWS4-HMAC-SHA256 signature with a date")]
    Incomplete,
    /// Another access key, or another session token.
    #[error("The security token included in the request is invalid.")]
    UnknownKey,
    /// Another day, Region or service.
    #[error("Credential should be scoped to this date, region and service, and end in aws4_request.")]
    WrongScope,
    /// The clocks differ by more than five minutes.
    #[error("Signature expired or not yet current")]
    Skewed,
    /// A header that must be signed is not.
    #[error("The host and every x-amz-* header must be signed.")]
    UnsignedHeader,
    /// The request was changed, or signed with another secret.
    #[error(
        "The request signature we calculated does not match the signature you provided. \
         Check your AWS Secret Access Key and signing method."
    )]
    Mismatch,
}

impl SignatureError {
    /// Every code of these errors.
    pub(crate) const CODES: [&str; 4] = [
        "MissingAuthenticationTokenException",
        "IncompleteSignatureException",
        "UnrecognizedClientException",
        "InvalidSignatureException",
    ];

    /// AWS's name for this error.
    #[must_use]
    pub fn code(self) -> &'static str {
        let [missing, incomplete, unknown_key, invalid] = Self::CODES;
        match self {
            Self::Missing => missing,
            Self::Incomplete => incomplete,
            Self::UnknownKey => unknown_key,
            Self::WrongScope | Self::Skewed | Self::UnsignedHeader | Self::Mismatch => invalid,
        }
    }
}

/// Checks that the request was signed with the expected credentials, for this region and service, at the expected time.
///
/// # Errors
/// The first rule that the request breaks.
pub fn verify(request: &Request<Bytes>, expected: &Signer<'_>) -> Result<(), SignatureError> {
    let headers = request.headers();
    let authorization = text(headers, header::AUTHORIZATION.as_str()).ok_or(SignatureError::Missing)?;
    let given = Authorization::parse(authorization).ok_or(SignatureError::Incomplete)?;
    let date = text(headers, "x-amz-date").ok_or(SignatureError::Incomplete)?;
    let signed_at = parse_date(date).ok_or(SignatureError::Incomplete)?;
    let credentials = expected.credentials;
    let token = text(headers, "x-amz-security-token");
    if given.access_key_id != credentials.access_key_id || token != credentials.session_token.as_deref() {
        return Err(SignatureError::UnknownKey);
    }
    let day = date.get(..8).unwrap_or_default();
    if given.scope != [day, expected.region, expected.service, "aws4_request"] {
        return Err(SignatureError::WrongScope);
    }
    let (earlier, later) = (signed_at.min(expected.time), signed_at.max(expected.time));
    if later.duration_since(earlier).is_ok_and(|skew| skew > SKEW) {
        return Err(SignatureError::Skewed);
    }
    if must_be_signed(headers).any(|name| !given.signed_headers.contains(&name)) {
        return Err(SignatureError::UnsignedHeader);
    }
    let signer = Signer {
        time: signed_at,
        ..*expected
    };
    let calculated = sign_again(request, &signer, &given.signed_headers)?;
    aws_lc_rs::constant_time::verify_slices_are_equal(calculated.as_bytes(), given.signature.as_bytes())
        .map_err(|_| SignatureError::Mismatch)
}

/// Day, region, service and terminator of the signature in `headers`, if it is complete.
#[must_use]
pub fn credential_scope(headers: &HeaderMap) -> Option<[&str; 4]> {
    let given = Authorization::parse(text(headers, header::AUTHORIZATION.as_str())?)?;
    Some(given.scope)
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
    request: &Request<Bytes>,
    signer: &Signer<'_>,
    signed_headers: &[&str],
) -> Result<String, SignatureError> {
    let host = text(request.headers(), "host").ok_or(SignatureError::UnsignedHeader)?;
    let headers = signed_headers
        .iter()
        .filter(|name| !["x-amz-date", "x-amz-security-token"].contains(name))
        .flat_map(|name| {
            let values = request.headers().get_all(*name).iter();
            values.map(move |value| value.to_str().map(|value| (*name, value)))
        })
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| SignatureError::Mismatch)?;
    let mut settings = SigningSettings::default();
    settings.excluded_headers = None;
    let target = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
    let uri = format!("http://{host}{target}");
    let body = SignableBody::Bytes(request.body());
    SignableRequest::new(request.method().as_str(), uri, headers.into_iter(), body)
        .and_then(|signable| signer.sign(signable, settings))
        .map(|(_, signature)| signature)
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
