//! `StartAttachedFileUpload`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::clock::Iso8601;
use crate::options::Options;
use crate::readings::{ChangedRequest, ConnectUserArn, ContentLength, RepeatedToken, UnknownResource};
use crate::state::State;
use crate::state::configuration::Scope;
use crate::state::error::OperationError;
use crate::state::file::{CreatedBy, File, Status};
use crate::state::records::{Records, TokenUse};
use crate::state::upload_headers::upload_headers;

/// The model's default of `UrlExpiryInSeconds`.
const DEFAULT_EXPIRY_SECS: u64 = 300;

/// `StartAttachedFileUploadRequest`.
#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    client_token: Option<String>,
    file_name: String,
    file_size_in_bytes: u64,
    url_expiry_in_seconds: Option<u64>,
    file_use_case_type: String,
    associated_resource_arn: String,
    created_by: Option<CreatedByInput>,
    tags: Option<BTreeMap<String, String>>,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct CreatedByInput {
    connect_user_arn: Option<String>,
}

/// Records a file, and answers with the URL to upload it to.
pub(super) fn start(state: &State, input: Input) -> Result<Value, OperationError> {
    let scope = resource_scope(state, &input.associated_resource_arn)?;
    let (mut records, request) = (state.records(), json!(input));
    let known = input
        .client_token
        .as_ref()
        .and_then(|token| records.tokens.get(token));
    if let Some(used) = known.cloned() {
        return repeat(state, &mut records, scope, &request, used);
    }
    check_use_case(&input.file_use_case_type)?;
    let created_by = created_by(state, input.created_by.as_ref())?;
    check_file(&mut records, scope, &input)?;
    check_totals(&state.options, &records, scope, &input)?;
    let (expires_in, token) = (
        expires_in(input.url_expiry_in_seconds),
        input.client_token.clone(),
    );
    let mut file = new_file(&state.options, input, created_by);
    let answer = issue(state, scope, &mut file, expires_in)?;
    if let Some(token) = token {
        let used = TokenUse {
            request,
            answer: answer.clone(),
            file_id: file.file_id.clone(),
        };
        records.tokens.insert(token, used);
    }
    records.files.push(file);
    Ok(answer)
}

fn expires_in(secs: Option<u64>) -> Duration {
    Duration::from_secs(secs.unwrap_or(DEFAULT_EXPIRY_SECS))
}

fn resource_scope(state: &State, resource_arn: &str) -> Result<Scope, OperationError> {
    state
        .scope_of(resource_arn)
        .ok_or_else(|| match state.options.readings.unknown_resource {
            UnknownResource::InvalidRequest => {
                OperationError::Invalid("The associated resource does not exist or takes no files".into())
            }
            UnknownResource::AccessDenied => {
                OperationError::Denied("Not authorized for the associated resource")
            }
        })
}

/// Answers a `ClientToken` that was used before.
fn repeat(
    state: &State,
    records: &mut Records,
    scope: Scope,
    request: &Value,
    used: TokenUse,
) -> Result<Value, OperationError> {
    let readings = &state.options.readings;
    if used.request != *request && readings.changed_request == ChangedRequest::Conflict {
        return Err(OperationError::Conflict(
            "The ClientToken was used with another request",
        ));
    }
    match readings.repeated_token {
        RepeatedToken::Conflict => Err(OperationError::Conflict("The ClientToken was used before")),
        RepeatedToken::SameUrl => Ok(used.answer),
        RepeatedToken::FreshUrl => {
            let expires_in = expires_in(used.request["UrlExpiryInSeconds"].as_u64());
            issue(state, scope, records.file_mut(&used.file_id)?, expires_in)
        }
    }
}

fn check_use_case(use_case: &str) -> Result<(), OperationError> {
    if use_case == "ATTACHMENT" {
        return Ok(());
    }
    let message = format!("Invalid FileUseCaseType {use_case}: only ATTACHMENT is supported here");
    Err(OperationError::Invalid(message.into()))
}

/// The user that the request names, otherwise the calling role.
fn created_by(state: &State, given: Option<&CreatedByInput>) -> Result<CreatedBy, OperationError> {
    let Some(given) = given else {
        return Ok(CreatedBy::AwsIdentityArn(state.options.caller_arn()));
    };
    let invalid = |message: &'static str| OperationError::Invalid(message.into());
    let user_arn = given
        .connect_user_arn
        .as_ref()
        .ok_or_else(|| invalid("Invalid CreatedBy: only ConnectUserArn can be set"))?;
    if !state.is_user(user_arn) && state.options.readings.connect_user_arn == ConnectUserArn::Known {
        return Err(invalid("Invalid CreatedBy: no such user in the instance"));
    }
    Ok(CreatedBy::ConnectUserArn(user_arn.clone()))
}

fn check_file(records: &mut Records, scope: Scope, input: &Input) -> Result<(), OperationError> {
    let configuration = records.configuration(scope);
    let limit_bytes = configuration.maximum_size_bytes;
    if input.file_size_in_bytes > limit_bytes {
        return Err(OperationError::TooLarge { limit_bytes });
    }
    configuration.check_extension(&input.file_name)
}

/// Checks the totals of the resource, in which expired and rejected files no longer count.
fn check_totals(
    options: &Options,
    records: &Records,
    scope: Scope,
    input: &Input,
) -> Result<(), OperationError> {
    let limits = &options.limits;
    let (limit, limit_bytes) = match scope {
        Scope::Case => (limits.files_per_case, limits.bytes_per_case),
        Scope::Email => (usize::MAX, limits.bytes_per_email),
        Scope::Chat | Scope::Task => return Ok(()),
    };
    let now = options.clock.now();
    let counts = |file: &&File| match file.status(now) {
        Status::Pending | Status::Processing | Status::Approved => true,
        Status::Expired | Status::Rejected => false,
    };
    let (mut count, mut bytes) = (0, input.file_size_in_bytes);
    let files = records.files.iter();
    let of_resource = files.filter(|file| file.associated_resource_arn == input.associated_resource_arn);
    for file in of_resource.filter(counts) {
        count += 1;
        bytes = bytes.saturating_add(file.file_size_in_bytes);
    }
    if count >= limit {
        return Err(OperationError::TotalCount { limit });
    }
    if bytes > limit_bytes {
        return Err(OperationError::TotalSize { limit_bytes });
    }
    Ok(())
}

fn new_file(options: &Options, input: Input, created_by: CreatedBy) -> File {
    let (file_id, now) = (Uuid::new_v4().to_string(), options.clock.now());
    File {
        file_arn: options.file_arn(&file_id),
        file_id,
        file_name: input.file_name,
        file_size_in_bytes: input.file_size_in_bytes,
        file_use_case_type: input.file_use_case_type,
        associated_resource_arn: input.associated_resource_arn,
        created_by,
        creation_time: Iso8601(now),
        tags: input.tags,
        upload_expires_at: now,
        scan: None,
    }
}

/// Signs an upload URL for the file, and answers with it.
fn issue(
    state: &State,
    scope: Scope,
    file: &mut File,
    expires_in: Duration,
) -> Result<Value, OperationError> {
    let options = &state.options;
    let headers = upload_headers(options, scope, file);
    let mut signed = headers.clone();
    if options.readings.content_length == ContentLength::Unsigned {
        signed.retain(|(name, _)| name != "Content-Length");
    }
    let key = file.staging_key(options);
    let url = state.store.presigned_url("PUT", &key, &signed, expires_in)?;
    file.upload_expires_at = options.clock.now() + expires_in;
    Ok(json!({
        "FileArn": file.file_arn,
        "FileId": file.file_id,
        "CreationTime": file.creation_time,
        "FileStatus": file.status_name(options),
        "CreatedBy": file.created_by,
        "UploadUrlMetadata": {
            "Url": url,
            "UrlExpiry": Iso8601(file.upload_expires_at),
            "HeadersToInclude": BTreeMap::from_iter(headers),
        },
    }))
}
