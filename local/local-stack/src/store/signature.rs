//! `SigV4` parameters of a request, from its query string or its `Authorization` header.

use http::HeaderValue;
use s3s::{S3Error, s3_error};

/// Parameters of a signature that is not verified yet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Signature {
    pub(super) access_key: String,
    pub(super) region: String,
    pub(super) service: String,
    /// Names in lower case, as signed.
    pub(super) signed_headers: Vec<String>,
    /// `X-Amz-Expires` of a presigned request; a request signed in its header has none.
    pub(super) expires: Option<String>,
    /// `X-Amz-Security-Token` of a presigned request.
    pub(super) token: Option<Vec<u8>>,
}

impl Signature {
    /// The signature of a presigned request, or `None` if the query has none.
    pub(super) fn from_query(query: &str) -> Option<Result<Self, S3Error>> {
        let parameters: Vec<(String, String)> =
            form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let get = |name: &str| {
            let mut found = parameters.iter().filter(|(it, _)| it == name);
            found
                .next()
                .filter(|_| found.next().is_none())
                .map(|(_, value)| value.clone())
        };
        if parameters.iter().any(|(name, _)| name == "Signature") {
            return Some(Err(unsupported_mechanism()));
        }
        let is_presigned = parameters
            .iter()
            .any(|(name, _)| name == "X-Amz-Algorithm" || name == "X-Amz-Signature");
        is_presigned.then(|| {
            let whole = get("X-Amz-Algorithm")
                .and(get("X-Amz-Signature"))
                .and(get("X-Amz-Date"));
            let expires = whole.and(get("X-Amz-Expires")).ok_or_else(incomplete_query)?;
            let credential = get("X-Amz-Credential").ok_or_else(incomplete_query)?;
            let signed_headers = get("X-Amz-SignedHeaders").ok_or_else(incomplete_query)?;
            let token = get("X-Amz-Security-Token").map(String::into_bytes);
            let signature = Self::from_scope(&credential, &signed_headers).ok_or_else(incomplete_query)?;
            Ok(Self {
                expires: Some(expires),
                token,
                ..signature
            })
        })
    }

    /// The signature in an `Authorization` header.
    ///
    /// # Errors
    /// The header is not a complete `AWS4-HMAC-SHA256` header.
    pub(super) fn from_header(header: &HeaderValue) -> Result<Self, S3Error> {
        let value = header.to_str().unwrap_or_default();
        let parameters = value
            .strip_prefix("AWS4-HMAC-SHA256")
            .ok_or_else(unsupported_mechanism)?;
        let get = |name: &str| {
            let mut each = parameters.split(',').filter_map(|it| it.trim().split_once('='));
            each.find_map(|(it, value)| (it == name).then_some(value))
        };
        get("Credential")
            .zip(get("SignedHeaders"))
            .and_then(|(credential, signed_headers)| Self::from_scope(credential, signed_headers))
            .ok_or_else(|| {
                s3_error!(
                    AuthorizationHeaderMalformed,
                    "The authorization header that you provided is not valid."
                )
            })
    }

    /// Whether the signature came in the query string.
    pub(super) fn is_presigned(&self) -> bool {
        self.expires.is_some()
    }

    /// S3's error for a wrong credential scope; it depends on where the signature was.
    pub(super) fn malformed(&self, reason: &str) -> S3Error {
        if self.is_presigned() {
            s3_error!(
                AuthorizationQueryParametersError,
                "Error parsing the X-Amz-Credential parameter; {reason}"
            )
        } else {
            s3_error!(
                AuthorizationHeaderMalformed,
                "The authorization header is malformed; {reason}"
            )
        }
    }

    /// Reads `{access key}/{date}/{region}/{service}/aws4_request`.
    fn from_scope(credential: &str, signed_headers: &str) -> Option<Self> {
        let mut scope = credential.rsplitn(5, '/');
        let (terminator, service, region) = (scope.next()?, scope.next()?, scope.next()?);
        let (_date, access_key) = (scope.next()?, scope.next()?);
        (terminator == "aws4_request").then(|| Self {
            access_key: access_key.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
            signed_headers: signed_headers.split(';').map(str::to_owned).collect(),
            expires: None,
            token: None,
        })
    }
}

/// Version 2 of the signature, among others; S3 refuses it for buckets that were created since June 2020.
fn unsupported_mechanism() -> S3Error {
    s3_error!(
        InvalidRequest,
        "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
    )
}

fn incomplete_query() -> S3Error {
    s3_error!(
        AuthorizationQueryParametersError,
        "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, \
         X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
    )
}
