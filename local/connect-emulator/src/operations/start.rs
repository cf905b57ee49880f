use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::parse;
use crate::clock::iso8601;
use crate::configuration::Scope;
use crate::emulator::Emulator;
use crate::error::Refusal;
use crate::file::{File, Keys, Status};
use crate::options::Options;
use crate::presign::{Signing, presigned_url};
use crate::readings::{ChangedRequest, ConnectUserArn, ContentLength, RepeatedToken, UnknownResource};
use crate::state::{State, TokenUse};
use crate::upload_headers::upload_headers;

/// The model's default of `UrlExpiryInSeconds`.
const DEFAULT_EXPIRY_SECS: u64 = 300;

/// `StartAttachedFileUploadRequest`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Asked {
    client_token: Option<String>,
    instance_id: String,
    file_name: String,
    file_size_in_bytes: u64,
    url_expiry_in_seconds: Option<u64>,
    file_use_case_type: String,
    associated_resource_arn: String,
    created_by: Option<CreatedBy>,
    tags: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreatedBy {
    connect_user_arn: Option<String>,
}

/// Records a file and hands out the URL to upload it to.
pub(super) fn start(emulator: &Emulator, input: Value) -> Result<Value, Refusal> {
    let asked: Asked = parse(input.clone())?;
    let options = &emulator.options;
    emulator.check_instance(&asked.instance_id)?;
    let scope = resource_scope(options, &asked.associated_resource_arn)?;
    let mut state = emulator.state();
    if let Some(used) = asked
        .client_token
        .as_deref()
        .and_then(|token| state.token(token))
        .cloned()
    {
        return repeat(emulator, &mut state, scope, &input, used);
    }
    check_use_case(&asked.file_use_case_type)?;
    let created_by = created_by(options, asked.created_by.as_ref())?;
    check_file(&state, scope, &asked)?;
    check_totals(options, &state, scope, &asked)?;
    let now = options.clock.now();
    let mut file = File {
        id: Uuid::new_v4().to_string(),
        name: asked.file_name,
        size_bytes: asked.file_size_in_bytes,
        use_case: asked.file_use_case_type,
        resource_arn: asked.associated_resource_arn,
        created_by,
        tags: asked.tags,
        created_at: now,
        upload_expires_at: now,
        completed: None,
    };
    let expires_in = Duration::from_secs(asked.url_expiry_in_seconds.unwrap_or(DEFAULT_EXPIRY_SECS));
    let answer = issue(emulator, scope, &mut file, expires_in)?;
    if let Some(token) = asked.client_token {
        let used = TokenUse {
            request: input,
            answer: answer.clone(),
            file_id: file.id.clone(),
        };
        state.remember(token, used);
    }
    state.add(file);
    Ok(answer)
}

fn resource_scope(options: &Options, resource_arn: &str) -> Result<Scope, Refusal> {
    options
        .attachment_scope(resource_arn)
        .ok_or_else(|| match options.readings.unknown_resource {
            UnknownResource::InvalidRequest => {
                Refusal::Invalid("The associated resource does not exist or takes no files".to_owned())
            }
            UnknownResource::AccessDenied => {
                Refusal::Denied("Not authorized for the associated resource".to_owned())
            }
        })
}

fn repeat(
    emulator: &Emulator,
    state: &mut State,
    scope: Scope,
    input: &Value,
    used: TokenUse,
) -> Result<Value, Refusal> {
    let readings = &emulator.options.readings;
    let changed = used.request != *input;
    if changed && readings.changed_request == ChangedRequest::Conflict {
        return Err(Refusal::Conflict(
            "The ClientToken was used with another request".to_owned(),
        ));
    }
    match readings.repeated_token {
        RepeatedToken::Conflict => Err(Refusal::Conflict("The ClientToken was used before".to_owned())),
        RepeatedToken::SameUrl => Ok(used.answer),
        RepeatedToken::FreshUrl => {
            let secs = used.request.get("UrlExpiryInSeconds").and_then(Value::as_u64);
            let expires_in = Duration::from_secs(secs.unwrap_or(DEFAULT_EXPIRY_SECS));
            let file = state.file_mut(&used.file_id).ok_or_else(|| Refusal::NotFound {
                kind: "File",
                id: used.file_id.clone(),
            })?;
            issue(emulator, scope, file, expires_in)
        }
    }
}

fn check_use_case(use_case: &str) -> Result<(), Refusal> {
    if use_case == "ATTACHMENT" {
        return Ok(());
    }
    Err(Refusal::Invalid(format!(
        "Invalid FileUseCaseType {use_case}: only ATTACHMENT is supported here"
    )))
}

/// The record's `CreatedBy`: the user named, or else the calling role.
fn created_by(options: &Options, asked: Option<&CreatedBy>) -> Result<Value, Refusal> {
    let Some(asked) = asked else {
        return Ok(json!({ "AWSIdentityArn": options.caller_arn() }));
    };
    let Some(user_arn) = &asked.connect_user_arn else {
        return Err(Refusal::Invalid(
            "Invalid CreatedBy: only ConnectUserArn can be set".to_owned(),
        ));
    };
    let known = options
        .seeds
        .users
        .iter()
        .any(|user| options.user_arn(&user.id) == *user_arn);
    if !known && options.readings.connect_user_arn == ConnectUserArn::Known {
        return Err(Refusal::Invalid(
            "Invalid CreatedBy: no such user in the instance".to_owned(),
        ));
    }
    Ok(json!({ "ConnectUserArn": user_arn }))
}

fn check_file(state: &State, scope: Scope, asked: &Asked) -> Result<(), Refusal> {
    let configuration = state.configuration(scope);
    if asked.file_size_in_bytes > configuration.maximum_size_bytes {
        return Err(Refusal::FileRefused {
            reason: Refusal::INVALID_FILE_SIZE,
            message: format!(
                "Invalid file size: the limit is {} bytes",
                configuration.maximum_size_bytes
            ),
        });
    }
    if !configuration.allows(&asked.file_name) {
        return Err(Refusal::FileRefused {
            reason: Refusal::INVALID_FILE_TYPE,
            message: "Invalid file type: the extension is not allowed".to_owned(),
        });
    }
    Ok(())
}

/// Expired and rejected files no longer count.
fn check_totals(options: &Options, state: &State, scope: Scope, asked: &Asked) -> Result<(), Refusal> {
    let (count_limit, bytes_limit) = match scope {
        Scope::Case => (options.limits.files_per_case, options.limits.bytes_per_case),
        Scope::Email => (usize::MAX, options.limits.bytes_per_email),
        Scope::Chat | Scope::Task => return Ok(()),
    };
    let now = options.clock.now();
    let sizes: Vec<u64> = state
        .files()
        .filter(|file| file.resource_arn == asked.associated_resource_arn)
        .filter(|file| {
            !matches!(
                file.status(now, options.scan_delay),
                Status::Expired | Status::Rejected
            )
        })
        .map(|file| file.size_bytes)
        .collect();
    if sizes.len() >= count_limit {
        return Err(Refusal::QuotaExceeded {
            reason: "TOTAL_FILE_COUNT_EXCEEDED",
            message: format!("The resource holds {count_limit} files already"),
        });
    }
    if sizes.iter().sum::<u64>().saturating_add(asked.file_size_in_bytes) > bytes_limit {
        return Err(Refusal::QuotaExceeded {
            reason: "TOTAL_FILE_SIZE_EXCEEDED",
            message: format!("The resource's files may hold {bytes_limit} bytes together"),
        });
    }
    Ok(())
}

/// Signs an upload URL for the file and answers with it.
fn issue(emulator: &Emulator, scope: Scope, file: &mut File, expires_in: Duration) -> Result<Value, Refusal> {
    let options = &emulator.options;
    let now = options.clock.now();
    let headers = upload_headers(options, scope, file);
    let length_is_signed = options.readings.content_length == ContentLength::Signed;
    let signed: Vec<(String, String)> = headers
        .iter()
        .filter(|(name, _)| length_is_signed || name != "Content-Length")
        .cloned()
        .collect();
    let url = emulator.store.url(&Keys::of(options, &file.id).staging);
    let signing = Signing {
        method: "PUT",
        url: &url,
        headers: &signed,
        now,
    };
    let url = presigned_url(emulator.store.options(), &signing, expires_in)?;
    file.upload_expires_at = now + expires_in;
    let headers: BTreeMap<String, String> = headers.into_iter().collect();
    Ok(json!({
        "FileArn": options.file_arn(&file.id),
        "FileId": file.id,
        "CreationTime": iso8601(file.created_at),
        "FileStatus": file.status_name(options),
        "CreatedBy": file.created_by,
        "UploadUrlMetadata": {
            "Url": url,
            "UrlExpiry": iso8601(file.upload_expires_at),
            "HeadersToInclude": headers,
        },
    }))
}
