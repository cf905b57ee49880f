//! The operations of Amazon Connect and Amazon Connect Cases that the broker calls, and their quotas.

use std::time::Duration;

/// An operation of Amazon Connect or Amazon Connect Cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// The number of operations.
    pub const COUNT: usize = Self::GetCase as usize + 1;

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
    /// The time in which the whole burst is there again.
    #[must_use]
    pub const fn refill(self) -> Duration {
        Duration::from_millis(self.burst as u64 * 1_000 / self.rate as u64)
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
    fn a_burst_is_refilled_at_the_rate() {
        for (operation, refill_millis) in [
            (Operation::StartAttachedFileUpload, 2_500),
            (Operation::DescribeContact, 1_500),
            (Operation::GetCase, 2_500),
        ] {
            let refill = operation.quota().refill();
            assert_eq!(
                refill,
                Duration::from_millis(refill_millis),
                "{}",
                operation.name()
            );
        }
    }
}
