//! Size and type limits of attached files.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::state::error::OperationError;

/// Connect's size limit where nothing was configured: 20 MB.
const DEFAULT_MAXIMUM_SIZE_BYTES: u64 = 20 * 1024 * 1024;

/// Connect's extensions where nothing was configured.
pub(super) const DEFAULT_EXTENSIONS: [&str; 18] = [
    "csv", "doc", "docx", "heic", "jfif", "jpeg", "jpg", "mov", "mp4", "pdf", "png", "ppt", "pptx", "rtf",
    "txt", "wav", "xls", "xlsx",
];

/// The model's `AttachmentScope`: the kind of resource that a file is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Scope {
    Email,
    Chat,
    Case,
    Task,
}

/// The effective limits of one scope.
#[derive(Clone, Debug)]
pub(crate) struct Configuration {
    pub(crate) maximum_size_bytes: u64,
    pub(crate) extensions: Vec<String>,
    pub(crate) modified_at: Option<SystemTime>,
}

impl Default for Configuration {
    fn default() -> Self {
        Self {
            maximum_size_bytes: DEFAULT_MAXIMUM_SIZE_BYTES,
            extensions: DEFAULT_EXTENSIONS.map(str::to_owned).into(),
            modified_at: None,
        }
    }
}

impl Configuration {
    /// Checks that the name's extension is allowed, in upper or lower case.
    pub(crate) fn check_extension(&self, file_name: &str) -> Result<(), OperationError> {
        let extension = file_name.rsplit_once('.').map(|(_, extension)| extension);
        let mut allowed = self.extensions.iter();
        extension
            .is_some_and(|extension| allowed.any(|one| one.eq_ignore_ascii_case(extension)))
            .then_some(())
            .ok_or(OperationError::FileType)
    }
}

#[cfg(test)]
mod tests {
    use super::Configuration;

    #[test]
    fn judges_a_file_by_what_follows_its_last_dot() {
        let configuration = Configuration::default();
        for (name, allowed) in [
            ("a.pdf", true),
            ("a.PDF", true),
            ("a.exe.pdf", true),
            ("a.pdf.exe", false),
            ("pdf", false),
            ("a.", false),
            ("", false),
        ] {
            assert_eq!(configuration.check_extension(name).is_ok(), allowed, "{name:?}");
        }
    }
}
