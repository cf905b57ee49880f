//! A started upload, which its handle seals.

use std::time::SystemTime;

use crate::arn::{ConnectUserArn, ResourceArn};
use crate::request::Username;

/// Id that Connect gave an attached file: 1 to 256 visible ASCII characters, never `.` or `..`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FileId(Box<str>);

impl FileId {
    /// The id, if it is well-formed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // In a path these two would name another resource.
        let names_a_file = !matches!(text, "" | "." | "..");
        let fits = names_a_file && text.len() <= 256 && text.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| Self(text.into()))
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A started upload: the file, its resource, and the Connect user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// The file.
    pub file_id: FileId,
    /// The case or contact that it is attached to.
    pub resource: ResourceArn,
    /// The Connect user that it is attributed to.
    pub user: ConnectUserArn,
    /// The name by which a backend named that user.
    pub on_behalf_of: Option<Username>,
    /// When it was started.
    pub started_at: SystemTime,
}

/// A file's status. Connect may add statuses, so any string is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileStatus(Box<str>);

/// Statuses that never change.
const FINAL: [&str; 5] = ["APPROVED", "REJECTED", "FAILED", "UPLOAD_EXPIRED", "DELETED"];

impl FileStatus {
    /// The status that Connect calls `name`.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self(name.into())
    }

    /// The status as Connect calls it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the status never changes.
    #[must_use]
    pub fn is_final(&self) -> bool {
        FINAL.contains(&self.as_str())
    }

    /// Whether a file in this status was completed before.
    #[must_use]
    pub fn is_completed(&self) -> bool {
        ["PROCESSING", "APPROVED", "REJECTED", "FAILED"].contains(&self.as_str())
    }

    /// Whether Connect has no bytes of a file in this status: it was never uploaded, or it was deleted.
    #[must_use]
    pub fn is_without_bytes(&self) -> bool {
        ["PENDING_UPLOAD", "DRAFTING", "UPLOAD_EXPIRED", "DELETED"].contains(&self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_status_says_nothing() {
        for (name, is_final, is_completed, is_without_bytes) in [
            ("APPROVED", true, true, false),
            ("REJECTED", true, true, false),
            ("FAILED", true, true, false),
            ("PROCESSING", false, true, false),
            ("UPLOAD_EXPIRED", true, false, true),
            ("DELETED", true, false, true),
            ("DRAFTING", false, false, true),
            ("PENDING_UPLOAD", false, false, true),
            ("approved", false, false, false),
            ("SOMETHING_NEW", false, false, false),
        ] {
            let status = FileStatus::named(name);
            assert_eq!(
                (
                    status.is_final(),
                    status.is_completed(),
                    status.is_without_bytes()
                ),
                (is_final, is_completed, is_without_bytes),
                "{name}"
            );
        }
    }

    #[test]
    fn a_file_id_is_visible_ascii() {
        for (text, fits) in [
            ("8f1c0c3e-6f4e-4c5a-9f58-6a1d0a1f7a10", true),
            ("", false),
            (".", false),
            ("..", false),
            ("a b", false),
            ("a\n", false),
            ("\u{e9}", false),
            (&"a".repeat(256), true),
            (&"a".repeat(257), false),
        ] {
            let id = FileId::parse(text);
            assert_eq!(id.as_ref().map(FileId::as_str), fits.then_some(text), "{text:?}");
        }
    }
}
