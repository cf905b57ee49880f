//! Files, client tokens and limits, which change while the emulator runs.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use crate::state::configuration::{Configuration, Scope};
use crate::state::error::OperationError;
use crate::state::file::File;

/// The calls that the emulator remembers.
#[derive(Debug, Default)]
pub(crate) struct Records {
    /// Oldest first.
    pub(crate) files: Vec<File>,
    /// Forgotten with their file.
    pub(crate) tokens: HashMap<String, TokenUse>,
    configurations: BTreeMap<Scope, Configuration>,
}

/// The first use of a `ClientToken`.
#[derive(Clone, Debug)]
pub(crate) struct TokenUse {
    pub(crate) request: Value,
    pub(crate) answer: Value,
    pub(crate) file_id: String,
}

impl Records {
    /// The file with that id on that resource.
    pub(crate) fn file(&self, id: &str, resource_arn: &str) -> Result<&File, OperationError> {
        self.files
            .iter()
            .find(|file| file.file_id == id && file.associated_resource_arn == resource_arn)
            .ok_or_else(|| OperationError::not_found("File", id))
    }

    /// The file with that id, to be changed.
    pub(crate) fn file_mut(&mut self, id: &str) -> Result<&mut File, OperationError> {
        self.files
            .iter_mut()
            .find(|file| file.file_id == id)
            .ok_or_else(|| OperationError::not_found("File", id))
    }

    /// Removes a file, and the token that made it.
    pub(crate) fn remove(&mut self, id: &str) {
        self.files.retain(|file| file.file_id != id);
        self.tokens.retain(|_, used| used.file_id != id);
    }

    /// The effective limits of the scope.
    pub(crate) fn configuration(&mut self, scope: Scope) -> &mut Configuration {
        self.configurations.entry(scope).or_default()
    }
}
