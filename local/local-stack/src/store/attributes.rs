//! Headers that an upload stores with its object.

use s3s::dto::{CopyObjectInput, Metadata, PutObjectInput, Timestamp};
use serde::{Deserialize, Serialize};

/// `Content-Type` that S3 returns for an object that was uploaded without one.
pub(super) const DEFAULT_CONTENT_TYPE: &str = "binary/octet-stream";

/// Headers that are returned with an object.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Attributes {
    pub(super) content_type: Option<String>,
    pub(super) content_disposition: Option<String>,
    pub(super) content_encoding: Option<String>,
    pub(super) content_language: Option<String>,
    pub(super) cache_control: Option<String>,
    pub(super) expires: Option<Timestamp>,
    pub(super) metadata: Option<Metadata>,
}

impl From<PutObjectInput> for Attributes {
    fn from(input: PutObjectInput) -> Self {
        Self {
            content_type: input.content_type,
            content_disposition: input.content_disposition,
            content_encoding: input.content_encoding.as_deref().and_then(stored_encoding),
            content_language: input.content_language,
            cache_control: input.cache_control,
            expires: input.expires,
            metadata: input.metadata,
        }
    }
}

impl From<CopyObjectInput> for Attributes {
    fn from(input: CopyObjectInput) -> Self {
        Self {
            content_type: input.content_type,
            content_disposition: input.content_disposition,
            content_encoding: input.content_encoding,
            content_language: input.content_language,
            cache_control: input.cache_control,
            expires: input.expires,
            metadata: input.metadata,
        }
    }
}

/// The object's own encodings; `aws-chunked` belongs to the upload.
fn stored_encoding(encodings: &str) -> Option<String> {
    let encodings = encodings.split(',').map(str::trim);
    let stored: Vec<&str> = encodings
        .filter(|it| !matches!(*it, "" | "aws-chunked"))
        .collect();
    (!stored.is_empty()).then(|| stored.join(","))
}
