use http::StatusCode;
use serde_json::Value;

use super::{OneFile, nothing};
use crate::emulator::Emulator;
use crate::error::Refusal;
use crate::file::{Completed, File, Keys};
use crate::readings::{MissingObject, SecondComplete};
use crate::store::StoreError;

/// Takes what was uploaded out of staging, and starts its scan.
///
/// The scan's verdict is known at once and shows after the scan delay; the bytes of a file that it will
/// reject are removed here and never reach their final place.
pub(super) async fn complete(emulator: &Emulator, asked: OneFile) -> Result<Value, Refusal> {
    emulator.check_instance(&asked.instance_id)?;
    let file = emulator
        .state()
        .file(&asked.file_id, &asked.associated_resource_arn)?
        .clone();
    if file.completed.is_some() {
        return second(emulator, &file);
    }
    let keys = Keys::of(&emulator.options, &file.id);
    let Some(size_bytes) = emulator.store.size_bytes(&keys.staging).await? else {
        return nothing_uploaded(emulator, &asked);
    };
    check_upload(emulator, &file, size_bytes)?;
    let clean = match take(emulator, &keys).await {
        // Another Complete of the same file has taken it meanwhile.
        Err(StoreError::Refused { status, .. }) if status == StatusCode::NOT_FOUND => {
            return nothing_uploaded(emulator, &asked);
        }
        taken => taken?,
    };
    let completed = Completed {
        at: emulator.options.clock.now(),
        clean,
    };
    if let Some(file) = emulator.state().file_mut(&file.id) {
        file.completed = Some(completed);
    }
    Ok(nothing())
}

fn second(emulator: &Emulator, file: &File) -> Result<Value, Refusal> {
    let message = "The upload was completed before".to_owned();
    match emulator.options.readings.second_complete {
        SecondComplete::Accepted => Ok(nothing()),
        SecondComplete::InvalidRequest => Err(Refusal::Invalid(message)),
        SecondComplete::NotFound => Err(Refusal::NotFound {
            kind: "File",
            id: file.id.clone(),
        }),
        SecondComplete::Conflict => Err(Refusal::Conflict(message)),
    }
}

/// There is no object: none was uploaded, or another Complete was faster.
fn nothing_uploaded(emulator: &Emulator, asked: &OneFile) -> Result<Value, Refusal> {
    let file = emulator
        .state()
        .file(&asked.file_id, &asked.associated_resource_arn)?
        .clone();
    if file.completed.is_some() {
        return second(emulator, &file);
    }
    Err(match emulator.options.readings.missing_object {
        MissingObject::InvalidRequest => Refusal::Invalid("The file has not been uploaded".to_owned()),
        MissingObject::NotFound => Refusal::NotFound {
            kind: "File",
            id: file.id,
        },
    })
}

/// What Connect checks while the object lies in staging; it stays there where this fails.
fn check_upload(emulator: &Emulator, file: &File, size_bytes: u64) -> Result<(), Refusal> {
    if size_bytes != file.size_bytes {
        return Err(Refusal::FileRefused {
            reason: Refusal::INVALID_FILE_SIZE,
            message: format!(
                "Invalid file size: {size_bytes} bytes uploaded, {} declared",
                file.size_bytes
            ),
        });
    }
    let scope = emulator.options.attachment_scope(&file.resource_arn);
    if scope.is_some_and(|scope| emulator.state().configuration(scope).allows(&file.name)) {
        return Ok(());
    }
    Err(Refusal::FileRefused {
        reason: Refusal::INVALID_FILE_TYPE,
        message: "Invalid file type: the extension is not allowed".to_owned(),
    })
}

async fn take(emulator: &Emulator, keys: &Keys) -> Result<bool, StoreError> {
    let clean = emulator.store.is_clean(&keys.staging).await?;
    if clean {
        emulator.store.rename(&keys.staging, &keys.attached).await?;
    } else {
        emulator.store.delete(&keys.staging).await?;
    }
    Ok(clean)
}
