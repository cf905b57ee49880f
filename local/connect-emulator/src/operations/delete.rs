use serde_json::Value;

use super::{OneFile, nothing};
use crate::emulator::Emulator;
use crate::error::Refusal;
use crate::file::Keys;

/// Removes a file's record and its bytes, wherever they lie.
pub(super) async fn delete(emulator: &Emulator, asked: OneFile) -> Result<Value, Refusal> {
    emulator.check_instance(&asked.instance_id)?;
    let file_id = emulator
        .state()
        .file(&asked.file_id, &asked.associated_resource_arn)?
        .id
        .clone();
    let keys = Keys::of(&emulator.options, &file_id);
    emulator.store.delete(&keys.staging).await?;
    emulator.store.delete(&keys.attached).await?;
    emulator.state().remove(&file_id);
    Ok(nothing())
}
