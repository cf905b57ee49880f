//! `CompleteAttachedFileUpload`.

use http::StatusCode;

use super::address::FileAddress;
use crate::readings::{MissingObject, SecondComplete};
use crate::state::State;
use crate::state::error::OperationError;
use crate::state::file::{Completed, File};
use crate::state::store::StoreError;

/// Moves the uploaded bytes out of staging, and starts the scan.
///
/// The scan's verdict is known at once, and shows after the scan delay. The bytes of a file that it rejects are
/// removed here.
pub(super) async fn complete(state: &State, address: &FileAddress) -> Result<(), OperationError> {
    let file = address.file(state)?;
    if file.completed.is_some() {
        return second(state, &file);
    }
    let Some(uploaded_bytes) = state.store.size_bytes(&file.staging_key(&state.options)).await? else {
        return no_object(state, address);
    };
    check_upload(state, &file, uploaded_bytes)?;
    let clean = match take(state, &file).await {
        // Another Complete of the same file has moved the object in the meantime.
        Err(StoreError::Refused { status, .. }) if status == StatusCode::NOT_FOUND => {
            return no_object(state, address);
        }
        taken => taken?,
    };
    let at = state.options.clock.now();
    // A Delete in the meantime has removed the record: nothing is left to complete.
    if let Ok(file) = state.records().file_mut(&file.file_id) {
        file.completed = Some(Completed { at, clean });
    }
    Ok(())
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
    if file.completed.is_some() {
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

/// Scans the object, and moves or deletes it.
async fn take(state: &State, file: &File) -> Result<bool, StoreError> {
    let (store, options) = (&state.store, &state.options);
    let staging_key = file.staging_key(options);
    let clean = store.is_clean(&staging_key).await?;
    if clean {
        store.rename(&staging_key, &file.attached_key(options)).await?;
    } else {
        store.delete(&staging_key).await?;
    }
    Ok(clean)
}
