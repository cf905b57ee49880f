//! Limits on the size and type of files, which Connect sets for each scope.

use std::collections::BTreeSet;

use crate::arn::ResourceArn;
use crate::file::Extension;

/// Default limit on an attachment's size. Source: Amazon Connect service quotas.
const DEFAULT_MAX_FILE_SIZE_BYTES: u64 = 20 * 1024 * 1024;

/// Default extensions. Source: Amazon Connect administrator guide, approved file types.
const DEFAULT_EXTENSIONS: [&str; 18] = [
    "csv", "doc", "docx", "heic", "jfif", "jpeg", "jpg", "mov", "mp4", "pdf", "png", "ppt", "pptx", "rtf",
    "txt", "wav", "xls", "xlsx",
];

/// The kind of resource that a file's limits depend on. Source: `AttachmentScope`; the broker does not serve chats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// Cases.
    Case,
    /// Emails.
    Email,
    /// Tasks.
    Task,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 3] = [Self::Case, Self::Email, Self::Task];

    /// The scope's name in `GET /limits`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Case => "case",
            Self::Email => "email",
            Self::Task => "task",
        }
    }
}

/// Largest size and allowed extensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileLimits {
    /// Largest size in bytes.
    pub max_file_size_bytes: u64,
    /// Allowed extensions.
    pub allowed_extensions: BTreeSet<Extension>,
}

impl Default for FileLimits {
    fn default() -> Self {
        Self {
            max_file_size_bytes: DEFAULT_MAX_FILE_SIZE_BYTES,
            allowed_extensions: DEFAULT_EXTENSIONS
                .iter()
                .filter_map(|name| Extension::parse(name).ok())
                .collect(),
        }
    }
}

impl FileLimits {
    /// The limits that admit every file that one of the two admits.
    #[must_use]
    pub fn or_wider(mut self, other: &Self) -> Self {
        self.max_file_size_bytes = self.max_file_size_bytes.max(other.max_file_size_bytes);
        self.allowed_extensions
            .extend(other.allowed_extensions.iter().cloned());
        self
    }
}

/// Connect's effective limits, per scope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceLimits {
    /// The limits of cases.
    pub case: FileLimits,
    /// The limits of emails.
    pub email: FileLimits,
    /// The limits of tasks.
    pub task: FileLimits,
}

impl ServiceLimits {
    /// The limits of `scope`.
    #[must_use]
    pub const fn of(&self, scope: Scope) -> &FileLimits {
        match scope {
            Scope::Case => &self.case,
            Scope::Email => &self.email,
            Scope::Task => &self.task,
        }
    }

    /// The limits that hold for `resource`.
    ///
    /// A contact's ARN does not say its channel, so the wider of email and task is taken and Connect decides.
    #[must_use]
    pub fn of_resource(&self, resource: &ResourceArn) -> FileLimits {
        match resource {
            ResourceArn::Case(_) => self.case.clone(),
            ResourceArn::Contact(_) => self.email.clone().or_wider(&self.task),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(max_file_size_bytes: u64, extensions: &[&str]) -> FileLimits {
        let allowed_extensions = extensions
            .iter()
            .map(|e| Extension::parse(e).expect("valid"))
            .collect();
        FileLimits {
            max_file_size_bytes,
            allowed_extensions,
        }
    }

    #[test]
    fn a_contact_has_the_wider_of_email_and_task() {
        let service = ServiceLimits {
            case: limits(1, &["a"]),
            email: limits(2, &["b"]),
            task: limits(3, &["c"]),
        };
        let contact = "arn:aws:connect:eu-west-1:111122223333:instance/i/contact/c"
            .parse()
            .expect("valid");
        let case = "arn:aws:cases:eu-west-1:111122223333:domain/d/case/c"
            .parse()
            .expect("valid");
        assert_eq!(service.of_resource(&contact), limits(3, &["b", "c"]));
        assert_eq!(service.of_resource(&case), limits(1, &["a"]));
    }

    #[test]
    fn the_defaults_are_connects_own() {
        let defaults = FileLimits::default();
        assert_eq!(defaults.max_file_size_bytes, 20_971_520);
        assert_eq!(defaults.allowed_extensions.len(), 18);
    }
}
