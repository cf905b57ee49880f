use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use crate::configuration::{Configuration, Scope};
use crate::error::Refusal;
use crate::file::File;

/// What changes while the emulator runs.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// Oldest first.
    files: Vec<File>,
    tokens: HashMap<String, TokenUse>,
    configurations: BTreeMap<Scope, Configuration>,
}

/// A `ClientToken` that was seen; remembered as long as its file exists.
#[derive(Clone, Debug)]
pub(crate) struct TokenUse {
    pub(crate) request: Value,
    pub(crate) answer: Value,
    pub(crate) file_id: String,
}

impl State {
    pub(crate) fn files(&self) -> impl Iterator<Item = &File> {
        self.files.iter()
    }

    /// The file with that id on that resource.
    pub(crate) fn file(&self, id: &str, resource_arn: &str) -> Result<&File, Refusal> {
        self.files
            .iter()
            .find(|file| file.id == id && file.resource_arn == resource_arn)
            .ok_or_else(|| Refusal::NotFound {
                kind: "File",
                id: id.to_owned(),
            })
    }

    /// The file with that id, to be changed, while it exists.
    pub(crate) fn file_mut(&mut self, id: &str) -> Option<&mut File> {
        self.files.iter_mut().find(|file| file.id == id)
    }

    pub(crate) fn add(&mut self, file: File) {
        self.files.push(file);
    }

    /// Forgets a file and the token that made it.
    pub(crate) fn remove(&mut self, id: &str) {
        self.files.retain(|file| file.id != id);
        self.tokens.retain(|_, used| used.file_id != id);
    }

    pub(crate) fn token(&self, token: &str) -> Option<&TokenUse> {
        self.tokens.get(token)
    }

    pub(crate) fn remember(&mut self, token: String, used: TokenUse) {
        self.tokens.insert(token, used);
    }

    pub(crate) fn configuration(&self, scope: Scope) -> Configuration {
        self.configurations.get(&scope).cloned().unwrap_or_default()
    }

    pub(crate) fn configure(&mut self, scope: Scope, configuration: Configuration) {
        self.configurations.insert(scope, configuration);
    }
}
