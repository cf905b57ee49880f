use std::time::SystemTime;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::clock::epoch_secs;

/// Connect's limit where nothing was configured: 20 MB.
const DEFAULT_MAXIMUM_SIZE_BYTES: u64 = 20 * 1024 * 1024;

/// Connect's extensions where nothing was configured.
const DEFAULT_EXTENSIONS: [&str; 18] = [
    "csv", "doc", "docx", "heic", "jfif", "jpeg", "jpg", "mov", "mp4", "pdf", "png", "ppt", "pptx", "rtf",
    "txt", "wav", "xls", "xlsx",
];

/// The model's `AttachmentScope`: the kind of resource that a file hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Scope {
    Email,
    Chat,
    Case,
    Task,
}

impl Scope {
    pub(crate) const ALL: [Self; 4] = [Self::Email, Self::Chat, Self::Case, Self::Task];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Email => "EMAIL",
            Self::Chat => "CHAT",
            Self::Case => "CASE",
            Self::Task => "TASK",
        }
    }
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
    /// Whether the name's extension is allowed, whatever its case.
    pub(crate) fn allows(&self, file_name: &str) -> bool {
        file_name.rsplit_once('.').is_some_and(|(_, extension)| {
            self.extensions
                .iter()
                .any(|one| one.eq_ignore_ascii_case(extension))
        })
    }

    /// The model's `AttachedFilesConfigurationSummary`.
    pub(crate) fn summary(&self, instance_id: &str, scope: Scope) -> Value {
        let extensions: Vec<Value> = self
            .extensions
            .iter()
            .map(|one| json!({ "Extension": one }))
            .collect();
        json!({
            "InstanceId": instance_id,
            "AttachmentScope": scope.as_str(),
            "MaximumSizeLimitInBytes": self.maximum_size_bytes,
            "ExtensionConfiguration": { "AllowedExtensions": extensions },
        })
    }

    /// The model's `AttachedFilesConfiguration`: the summary and when it was last changed.
    pub(crate) fn full(&self, instance_id: &str, scope: Scope) -> Value {
        let mut value = self.summary(instance_id, scope);
        if let Some(time) = self.modified_at {
            value["LastModifiedTime"] = json!(epoch_secs(time));
        }
        value
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
            assert_eq!(configuration.allows(name), allowed, "{name:?}");
        }
    }
}
