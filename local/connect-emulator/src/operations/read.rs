use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::OneFile;
use crate::clock::iso8601;
use crate::emulator::Emulator;
use crate::error::Refusal;
use crate::file::{File, Keys, Status};
use crate::presign::{Signing, presigned_url};
use crate::readings::FileNameHeader;
use crate::upload_headers::content_disposition;

const DEFAULT_EXPIRY_SECS: u64 = 300;

/// `GetAttachedFileRequest`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetAsked {
    #[serde(flatten)]
    of: OneFile,
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
pub(super) struct BatchAsked {
    instance_id: String,
    file_ids: Vec<String>,
    associated_resource_arn: String,
}

/// A file's record, and a download URL once it is approved.
pub(super) fn get(emulator: &Emulator, asked: &GetAsked) -> Result<Value, Refusal> {
    let options = &emulator.options;
    emulator.check_instance(&asked.of.instance_id)?;
    let file = emulator
        .state()
        .file(&asked.of.file_id, &asked.of.associated_resource_arn)?
        .clone();
    let mut answer = file.describe(options);
    if file.status(options.clock.now(), options.scan_delay) == Status::Approved {
        let expires_in = Duration::from_secs(asked.url_expiry_in_seconds.unwrap_or(DEFAULT_EXPIRY_SECS));
        answer["DownloadUrlMetadata"] = json!({
            "Url": download_url(emulator, &file, asked.url_content_disposition, expires_in)?,
            "UrlExpiry": iso8601(options.clock.now() + expires_in),
        });
    }
    Ok(answer)
}

fn download_url(
    emulator: &Emulator,
    file: &File,
    disposition: Option<Disposition>,
    expires_in: Duration,
) -> Result<String, Refusal> {
    let options = &emulator.options;
    let mut url = emulator.store.url(&Keys::of(options, &file.id).attached);
    if let Some(disposition) = disposition {
        let value = match disposition {
            Disposition::Inline => "inline".to_owned(),
            Disposition::Attachment => content_disposition(&file.name, FileNameHeader::PercentEncoded),
        };
        let value = utf8_percent_encode(&value, NON_ALPHANUMERIC);
        url = format!("{url}?response-content-disposition={value}");
    }
    let signing = Signing {
        method: "GET",
        url: &url,
        headers: &[],
        now: options.clock.now(),
    };
    Ok(presigned_url(emulator.store.options(), &signing, expires_in)?)
}

/// The records of up to a hundred files of one resource; those that are not there are errors in a success.
pub(super) fn batch_get(emulator: &Emulator, asked: BatchAsked) -> Result<Value, Refusal> {
    emulator.check_instance(&asked.instance_id)?;
    let state = emulator.state();
    let (mut files, mut errors) = (Vec::new(), Vec::new());
    for file_id in asked.file_ids {
        match state.file(&file_id, &asked.associated_resource_arn) {
            Ok(file) => files.push(file.describe(&emulator.options)),
            Err(refusal) => errors.push(json!({
                "ErrorCode": "ResourceNotFoundException",
                "ErrorMessage": refusal.to_string(),
                "FileId": file_id,
            })),
        }
    }
    Ok(json!({ "Files": files, "Errors": errors }))
}
