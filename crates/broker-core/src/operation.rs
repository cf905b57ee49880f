//! The operations of Amazon Connect and Amazon Connect Cases that the broker calls, and their quotas.

use std::collections::HashMap;

/// An operation of Amazon Connect or Amazon Connect Cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Starts an upload.
    StartAttachedFileUpload,
    /// Completes an upload.
    CompleteAttachedFileUpload,
    /// Reads a file's status.
    BatchGetAttachedFileMetadata,
    /// Deletes a file.
    DeleteAttachedFile,
    /// Reads the limits of a scope.
    DescribeAttachedFilesConfiguration,
    /// Finds a user by name.
    SearchUsers,
    /// Reads a contact's agent.
    DescribeContact,
    /// Reads a case's customer.
    GetCase,
}

impl Operation {
    /// The operations that callers' requests cause, and whose calls are paced.
    pub const PACED: [Self; 7] = [
        Self::StartAttachedFileUpload,
        Self::CompleteAttachedFileUpload,
        Self::BatchGetAttachedFileMetadata,
        Self::DeleteAttachedFile,
        Self::SearchUsers,
        Self::DescribeContact,
        Self::GetCase,
    ];

    /// The operation's name as a setting.
    #[must_use]
    pub fn snake_case_name(self) -> String {
        let mut name = String::new();
        for letter in self.name().chars() {
            if letter.is_ascii_uppercase() && !name.is_empty() {
                name.push('_');
            }
            name.push(letter.to_ascii_lowercase());
        }
        name
    }

    /// Whether one caller's request is the reason for the call.
    #[must_use]
    pub const fn is_of_a_request(self) -> bool {
        !matches!(self, Self::DescribeAttachedFilesConfiguration)
    }

    /// The operation's name in the model and in logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::StartAttachedFileUpload => "StartAttachedFileUpload",
            Self::CompleteAttachedFileUpload => "CompleteAttachedFileUpload",
            Self::BatchGetAttachedFileMetadata => "BatchGetAttachedFileMetadata",
            Self::DeleteAttachedFile => "DeleteAttachedFile",
            Self::DescribeAttachedFilesConfiguration => "DescribeAttachedFilesConfiguration",
            Self::SearchUsers => "SearchUsers",
            Self::DescribeContact => "DescribeContact",
            Self::GetCase => "GetCase",
        }
    }

    /// The default quota of an account in one Region.
    #[must_use]
    pub const fn quota(self) -> Quota {
        match self {
            Self::StartAttachedFileUpload
            | Self::CompleteAttachedFileUpload
            | Self::BatchGetAttachedFileMetadata
            | Self::DeleteAttachedFile
            | Self::DescribeAttachedFilesConfiguration
            | Self::SearchUsers => Quota { rate: 2, burst: 5 },
            Self::DescribeContact => Quota { rate: 10, burst: 15 },
            Self::GetCase => Quota { rate: 4, burst: 10 },
        }
    }
}

/// How often an operation may be called: a token bucket.
///
/// Source: "Amazon Connect API throttling quotas" and "Amazon Connect Cases service quotas". AWS raises them on request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Requests in a second.
    pub rate: u32,
    /// Requests at once, after a pause.
    pub burst: u32,
}

impl Quota {
    /// The time between two calls at the quota's rate, in milliseconds, rounded up.
    #[must_use]
    pub const fn interval_ms(self) -> u64 {
        1_000_u64.div_ceil(self.rate as u64)
    }

    /// How far a full bucket lets calls run ahead of the rate, in milliseconds.
    #[must_use]
    pub const fn full_ms(self) -> u64 {
        (self.burst as u64 - 1) * self.interval_ms()
    }
}

/// The quota of each operation: the default, or the one that AWS raised it to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quotas(HashMap<Operation, Quota>);

impl Quotas {
    /// The default quotas but for those in `raised`.
    #[must_use]
    pub fn raised(raised: impl IntoIterator<Item = (Operation, Quota)>) -> Self {
        Self(raised.into_iter().collect())
    }

    /// The quota of `operation`.
    #[must_use]
    pub fn of(&self, operation: Operation) -> Quota {
        self.0.get(&operation).copied().unwrap_or(operation.quota())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_named_as_in_the_model_and_most_are_of_a_request() {
        for (operation, is_of_a_request) in [
            (Operation::StartAttachedFileUpload, true),
            (Operation::CompleteAttachedFileUpload, true),
            (Operation::BatchGetAttachedFileMetadata, true),
            (Operation::DeleteAttachedFile, true),
            (Operation::DescribeAttachedFilesConfiguration, false),
            (Operation::SearchUsers, true),
            (Operation::DescribeContact, true),
            (Operation::GetCase, true),
        ] {
            assert_eq!(operation.name(), format!("{operation:?}"));
            assert_eq!(operation.is_of_a_request(), is_of_a_request, "{operation:?}");
        }
    }

    #[test]
    fn calls_are_spaced_by_the_rate_and_run_ahead_by_the_burst() {
        for (rate, burst, interval_ms, full_ms) in [
            (2, 5, 500, 2_000),
            (10, 15, 100, 1_400),
            (3, 1, 334, 0),
            (1_000, 2, 1, 1),
        ] {
            let quota = Quota { rate, burst };
            assert_eq!(
                (quota.interval_ms(), quota.full_ms()),
                (interval_ms, full_ms),
                "{quota:?}"
            );
        }
    }

    #[test]
    fn a_quota_is_the_default_until_it_is_raised() {
        let raised = Quota { rate: 20, burst: 30 };
        let quotas = Quotas::raised([(Operation::GetCase, raised)]);
        assert_eq!(quotas.of(Operation::GetCase), raised);
        assert_eq!(quotas.of(Operation::SearchUsers), Quota { rate: 2, burst: 5 });
    }
}
