//! The operations that the broker calls. Each has its own quota.

/// An operation of Amazon Connect or Amazon Connect Cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    StartAttachedFileUpload,
    CompleteAttachedFileUpload,
    BatchGetAttachedFileMetadata,
    DeleteAttachedFile,
    DescribeAttachedFilesConfiguration,
    SearchUsers,
    DescribeContact,
    GetCase,
}

impl Operation {
    /// The number of operations.
    pub(crate) const COUNT: usize = Self::GetCase as usize + 1;

    /// Whether one request causes the call. The refresh of limits serves all requests.
    pub(crate) const fn is_of_a_request(self) -> bool {
        !matches!(self, Self::DescribeAttachedFilesConfiguration)
    }

    /// The operation's name in the model and in logs.
    pub(crate) const fn name(self) -> &'static str {
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
}
