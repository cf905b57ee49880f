//! S3's rules for authentication that s3s lacks, checked before s3s verifies the signature.
//!
//! A request has exactly one signature with all its parameters, names the store's access key, region and session token,
//! has a lifetime that S3 accepts, and signs every header that must be signed.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use http::header::{AUTHORIZATION, HeaderMap, TRANSFER_ENCODING};
use http::request::Parts;
use s3s::{S3Error, s3_error};

use super::signature::Signature;

/// Longest lifetime of a presigned URL: a week.
const LONGEST_EXPIRY_SECS: u64 = 604_800;

/// Checks every request before its signature is verified.
pub(super) struct Admission {
    pub(super) access_key: String,
    pub(super) session_token: Option<String>,
    pub(super) region: String,
}

impl Admission {
    /// Checks a request.
    ///
    /// # Errors
    /// S3's error for the first rule that is broken.
    pub(super) fn check(&self, request: &Parts) -> Result<(), S3Error> {
        let signature = signature(request)?;
        self.check_scope(&signature)?;
        self.check_token(&signature, &request.headers)?;
        check_expiry(&signature)?;
        check_all_signed(&signature, &request.headers)?;
        check_framing(&request.headers)
    }

    fn check_scope(&self, signature: &Signature) -> Result<(), S3Error> {
        if signature.service != "s3" {
            return Err(signature.malformed(&format!(
                "incorrect service \"{}\". This endpoint belongs to \"s3\".",
                signature.service
            )));
        }
        if signature.region != self.region {
            return Err(signature.malformed(&format!(
                "the region '{}' is wrong; expecting '{}'",
                signature.region, self.region
            )));
        }
        if signature.access_key != self.access_key {
            return Err(unknown_key());
        }
        Ok(())
    }

    /// Temporary credentials require their token; permanent ones have none.
    fn check_token(&self, signature: &Signature, headers: &HeaderMap) -> Result<(), S3Error> {
        let header = headers
            .get("x-amz-security-token")
            .map(http::HeaderValue::as_bytes);
        let shown = if signature.is_presigned() {
            signature.token.as_deref()
        } else {
            header
        };
        match (&self.session_token, shown) {
            (None, None) => Ok(()),
            (Some(token), Some(shown)) if verify_slices_are_equal(token.as_bytes(), shown).is_ok() => Ok(()),
            (Some(_), None) => Err(unknown_key()),
            (_, Some(_)) => Err(s3_error!(
                InvalidToken,
                "The provided token is malformed or otherwise invalid."
            )),
        }
    }
}

fn signature(request: &Parts) -> Result<Signature, S3Error> {
    let presigned = Signature::from_query(request.uri.query().unwrap_or_default());
    match (presigned, request.headers.get(AUTHORIZATION)) {
        (Some(_), Some(_)) => Err(s3_error!(
            InvalidArgument,
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query \
             string parameter or the Authorization header should be specified"
        )),
        (Some(signature), None) => signature,
        (None, Some(header)) => Signature::from_header(header),
        (None, None) => Err(s3_error!(AccessDenied, "Access Denied")),
    }
}

fn check_expiry(signature: &Signature) -> Result<(), S3Error> {
    let Some(expires) = &signature.expires else {
        return Ok(());
    };
    let message = match expires.parse::<i64>() {
        Err(_) => "X-Amz-Expires should be a number",
        Ok(..0) => "X-Amz-Expires must be non-negative",
        Ok(seconds) if seconds.unsigned_abs() > LONGEST_EXPIRY_SECS => {
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be \
             less than 604800 seconds"
        }
        Ok(_) => return Ok(()),
    };
    Err(s3_error!(AuthorizationQueryParametersError, "{message}"))
}

/// `host`, `content-md5` and `x-amz-*` must be signed, because they change the meaning of a request.
fn check_all_signed(signature: &Signature, headers: &HeaderMap) -> Result<(), S3Error> {
    let must_be_signed = |name: &str| matches!(name, "host" | "content-md5") || name.starts_with("x-amz-");
    let unsigned = headers
        .keys()
        .map(http::HeaderName::as_str)
        .find(|name| must_be_signed(name) && !signature.signed_headers.iter().any(|it| it == name));
    match unsigned {
        None => Ok(()),
        Some(_) => Err(s3_error!(
            AccessDenied,
            "There were headers present in the request which were not signed"
        )),
    }
}

/// S3 requires the length before the body.
fn check_framing(headers: &HeaderMap) -> Result<(), S3Error> {
    if headers.contains_key(TRANSFER_ENCODING) {
        return Err(s3_error!(
            NotImplemented,
            "A header you provided implies functionality that is not implemented"
        ));
    }
    Ok(())
}

fn unknown_key() -> S3Error {
    s3_error!(
        InvalidAccessKeyId,
        "The AWS Access Key Id you provided does not exist in our records."
    )
}
