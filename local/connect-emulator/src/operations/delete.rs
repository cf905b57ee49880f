//! `DeleteAttachedFile`.

use super::address::FileAddress;
use crate::state::State;
use crate::state::error::OperationError;

/// Removes a file's record and its bytes, before or after Complete.
pub(super) async fn delete(state: &State, address: &FileAddress) -> Result<(), OperationError> {
    let file = address.file(state)?;
    state.store.delete(&file.staging_key(&state.options)).await?;
    state.store.delete(&file.attached_key(&state.options)).await?;
    state.records().remove(&file.file_id);
    Ok(())
}
