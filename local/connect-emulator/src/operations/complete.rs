//! `CompleteAttachedFileUpload`.

use std::sync::Arc;

use http::StatusCode;

use super::address::FileAddress;
use crate::readings::{MissingObject, SecondComplete};
use crate::state::State;
use crate::state::error::OperationError;
use crate::state::file::{File, Scan};
use crate::state::store::StoreError;

/// Moves the uploaded bytes out of staging, and starts the scan.
///
/// If the instance is associated with a scanner, a task of its own asks it. Otherwise the verdict of the scan for the
/// EICAR test string is known at once, and shows after the scan delay.
pub(super) async fn complete(state: &Arc<State>, address: &FileAddress) -> Result<(), OperationError> {
    let file = address.file(state)?;
    if file.scan.is_some() {
        return second(state, &file);
    }
    let Some(uploaded_bytes) = state.store.size_bytes(&file.staging_key(&state.options)).await? else {
        return no_object(state, address);
    };
    check_upload(state, &file, uploaded_bytes)?;
    let has_scanner = state.records().scanner().is_some();
    let scan = match take(state, &file, has_scanner).await {
        // Another Complete of the same file has moved the object in the meantime.
        Err(StoreError::Refused { status, .. }) if status == StatusCode::NOT_FOUND => {
            return no_object(state, address);
        }
        taken => taken?,
    };
    record(state, &file, scan);
    if has_scanner {
        tokio::spawn(ask_scanner(Arc::clone(state), file));
    }
    Ok(())
}

/// Records the scan, unless a Delete in the meantime has removed the file.
fn record(state: &State, file: &File, scan: Scan) {
    if let Ok(file) = state.records().file_mut(&file.file_id) {
        file.scan = Some(scan);
    }
}

/// Asks the scanner, and removes the bytes of a file that it does not approve.
async fn ask_scanner(state: Arc<State>, file: File) {
    let clean = state.scanner.approves(&state.options, &file).await;
    if !clean && let Err(error) = state.store.delete(&file.attached_key(&state.options)).await {
        tracing::warn!(%error, "the bytes of a rejected file stay in the store");
    }
    let shows_at = state.options.clock.now();
    record(&state, &file, Scan::Over { shows_at, clean });
}

fn second(state: &State, file: &File) -> Result<(), OperationError> {
    const MESSAGE: &str = "The upload was completed before";
    match state.options.readings.second_complete {
        SecondComplete::Accepted => Ok(()),
        SecondComplete::InvalidRequest => Err(OperationError::Invalid(MESSAGE.into())),
        SecondComplete::NotFound => Err(OperationError::not_found("File", &file.file_id)),
        SecondComplete::Conflict => Err(OperationError::Conflict(MESSAGE)),
    }
}

/// Answers for a missing object: nothing was uploaded, or another Complete was faster.
fn no_object(state: &State, address: &FileAddress) -> Result<(), OperationError> {
    let file = address.file(state)?;
    if file.scan.is_some() {
        return second(state, &file);
    }
    Err(match state.options.readings.missing_object {
        MissingObject::InvalidRequest => OperationError::Invalid("The file has not been uploaded".into()),
        MissingObject::NotFound => OperationError::not_found("File", &file.file_id),
    })
}

/// Connect's checks of an object in staging, which stays there if one fails.
fn check_upload(state: &State, file: &File, uploaded_bytes: u64) -> Result<(), OperationError> {
    if uploaded_bytes != file.file_size_in_bytes {
        return Err(OperationError::OtherSize {
            uploaded_bytes,
            declared_bytes: file.file_size_in_bytes,
        });
    }
    let scope = state.scope_of(&file.associated_resource_arn);
    let mut records = state.records();
    let configuration = records.configuration(scope.ok_or(OperationError::FileType)?);
    configuration.check_extension(&file.file_name)
}

/// Moves the object, or deletes it if the stand-in's own scan finds something.
async fn take(state: &State, file: &File, has_scanner: bool) -> Result<Scan, StoreError> {
    let (store, options) = (&state.store, &state.options);
    let staging_key = file.staging_key(options);
    let clean = has_scanner || store.is_clean(&staging_key).await?;
    if clean {
        store.rename(&staging_key, &file.attached_key(options)).await?;
    } else {
        store.delete(&staging_key).await?;
    }
    if has_scanner {
        return Ok(Scan::Running);
    }
    let shows_at = options.clock.now() + options.scan_delay;
    Ok(Scan::Over { shows_at, clean })
}
