//! The address of a file, which several inputs share.

use serde::Deserialize;

use crate::state::State;
use crate::state::error::OperationError;
use crate::state::file::File;

/// Input members that name one file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FileAddress {
    file_id: String,
    associated_resource_arn: String,
}

impl FileAddress {
    /// The file's record as it is now.
    pub(super) fn file(&self, state: &State) -> Result<File, OperationError> {
        let records = state.records();
        Ok(records
            .file(&self.file_id, &self.associated_resource_arn)?
            .clone())
    }
}
