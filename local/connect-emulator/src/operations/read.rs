//! `GetAttachedFile` and `BatchGetAttachedFileMetadata`.

use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::address::FileAddress;
use crate::clock::Iso8601;
use crate::readings::FileNameHeader;
use crate::state::State;
use crate::state::error::OperationError;
use crate::state::file::{File, Status};
use crate::state::upload_headers::content_disposition;

const DEFAULT_EXPIRY_SECS: u64 = 300;

/// `GetAttachedFileRequest`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetInput {
    #[serde(flatten)]
    address: FileAddress,
    url_expiry_in_seconds: Option<u64>,
    url_content_disposition: Option<Disposition>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Disposition {
    Inline,
    Attachment,
}

/// `BatchGetAttachedFileMetadataRequest`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct BatchInput {
    file_ids: Vec<String>,
    associated_resource_arn: String,
}

/// A file's record, and a download URL if it is approved.
pub(super) fn get(state: &State, input: &GetInput) -> Result<Value, OperationError> {
    let options = &state.options;
    let (file, now) = (input.address.file(state)?, options.clock.now());
    let mut output = json!(file.described(options));
    if file.status(now) == Status::Approved {
        let expires_in = Duration::from_secs(input.url_expiry_in_seconds.unwrap_or(DEFAULT_EXPIRY_SECS));
        output["DownloadUrlMetadata"] = json!({
            "Url": download_url(state, &file, input.url_content_disposition, expires_in)?,
            "UrlExpiry": Iso8601(now + expires_in),
        });
    }
    Ok(output)
}

fn download_url(
    state: &State,
    file: &File,
    disposition: Option<Disposition>,
    expires_in: Duration,
) -> Result<String, OperationError> {
    let mut key = file.attached_key(&state.options);
    if let Some(disposition) = disposition {
        let value = match disposition {
            Disposition::Inline => "inline".to_owned(),
            Disposition::Attachment => content_disposition(&file.file_name, FileNameHeader::PercentEncoded),
        };
        let value = utf8_percent_encode(&value, NON_ALPHANUMERIC);
        key = format!("{key}?response-content-disposition={value}");
    }
    Ok(state.store.presigned_url("GET", &key, &[], expires_in)?)
}

/// The records of up to a hundred files of one resource. A file that does not exist is an error in a success.
pub(super) fn batch_get(state: &State, input: &BatchInput) -> Value {
    let records = state.records();
    let (mut files, mut errors) = (Vec::new(), Vec::new());
    for file_id in &input.file_ids {
        match records.file(file_id, &input.associated_resource_arn) {
            Ok(file) => files.push(file.described(&state.options)),
            Err(error) => errors.push(json!({
                "ErrorCode": "ResourceNotFoundException",
                "ErrorMessage": error.to_string(),
                "FileId": file_id,
            })),
        }
    }
    json!({ "Files": files, "Errors": errors })
}
