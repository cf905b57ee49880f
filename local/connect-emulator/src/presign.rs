//! URLs of the store that carry their own signature.

use std::time::{Duration, SystemTime};

use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningError,
    SigningInstructions, SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;

use crate::options::StoreOptions;
use crate::store::StoreError;

/// What is signed of a request to the store.
pub(crate) struct Signing<'a> {
    pub(crate) method: &'a str,
    pub(crate) url: &'a str,
    pub(crate) headers: &'a [(String, String)],
    pub(crate) now: SystemTime,
}

/// A URL that allows this one request with exactly these headers until `expires_in` has passed.
///
/// # Errors
/// Where a header cannot stand in a request.
pub(crate) fn presigned_url(
    store: &StoreOptions,
    signing: &Signing<'_>,
    expires_in: Duration,
) -> Result<String, StoreError> {
    let mut settings = s3_settings();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(expires_in);
    let instructions = instructions(store, signing, SignableBody::UnsignedPayload, settings)?;
    let mut request = http::Request::new(());
    *request.uri_mut() = signing.url.parse().map_err(http::Error::from)?;
    instructions.apply_to_request_http1x(&mut request);
    Ok(request.uri().to_string())
}

/// The headers that sign a request to the store.
///
/// # Errors
/// Where a header cannot stand in a request.
pub(crate) fn signature(
    store: &StoreOptions,
    signing: &Signing<'_>,
) -> Result<SigningInstructions, SigningError> {
    let mut settings = s3_settings();
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    instructions(store, signing, SignableBody::empty(), settings)
}

/// S3 signs paths as they are on the wire.
fn s3_settings() -> SigningSettings {
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings
}

fn instructions(
    store: &StoreOptions,
    signing: &Signing<'_>,
    body: SignableBody<'_>,
    settings: SigningSettings,
) -> Result<SigningInstructions, SigningError> {
    let identity = store.credentials.identity();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(&store.region)
        .name("s3")
        .time(signing.now)
        .settings(settings)
        .build()
        .expect("every parameter is given")
        .into();
    let headers = signing
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let request = SignableRequest::new(signing.method, signing.url, headers, body)?;
    Ok(sign(request, &params)?.into_parts().0)
}
