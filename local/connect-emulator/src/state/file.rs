//! The record of an attached file.

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde::Serialize;

use crate::clock::Iso8601;
use crate::options::Options;
use crate::readings::{ExpiredUpload, PendingStatus};

/// An attached file's record; its JSON is the model's `AttachedFile` without the status.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(
    clippy::struct_field_names,
    reason = "the names are those of the model's members"
)]
pub(crate) struct File {
    pub(crate) file_arn: String,
    pub(crate) file_id: String,
    pub(crate) file_name: String,
    pub(crate) file_size_in_bytes: u64,
    pub(crate) file_use_case_type: String,
    pub(crate) associated_resource_arn: String,
    pub(crate) created_by: CreatedBy,
    pub(crate) creation_time: Iso8601,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tags: Option<BTreeMap<String, String>>,
    #[serde(skip)]
    pub(crate) upload_expires_at: SystemTime,
    #[serde(skip)]
    pub(crate) scan: Option<Scan>,
}

/// The model's `CreatedByInfo`.
#[derive(Clone, Debug, Serialize)]
pub(crate) enum CreatedBy {
    ConnectUserArn(String),
    #[serde(rename = "AWSIdentityArn")]
    AwsIdentityArn(String),
}

/// The scan of a completed file.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scan {
    /// The scanner has not answered yet.
    Running,
    /// The verdict, and when it shows.
    Over { shows_at: SystemTime, clean: bool },
}

/// Stage of a file's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Pending,
    Expired,
    Processing,
    Approved,
    Rejected,
}

/// The model's `AttachedFile`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AttachedFile<'a> {
    #[serde(flatten)]
    file: &'a File,
    file_status: &'static str,
}

impl File {
    /// The status at that moment.
    pub(crate) fn status(&self, now: SystemTime) -> Status {
        match self.scan {
            None if now > self.upload_expires_at => Status::Expired,
            None => Status::Pending,
            Some(Scan::Running) => Status::Processing,
            Some(Scan::Over { shows_at, .. }) if now < shows_at => Status::Processing,
            Some(Scan::Over { clean: true, .. }) => Status::Approved,
            Some(Scan::Over { clean: false, .. }) => Status::Rejected,
        }
    }

    /// The status as `FileStatus`, by the readings.
    pub(crate) fn status_name(&self, options: &Options) -> &'static str {
        let readings = &options.readings;
        let pending = match readings.pending_status {
            PendingStatus::Drafting => "DRAFTING",
            PendingStatus::PendingUpload => "PENDING_UPLOAD",
            PendingStatus::Processing => "PROCESSING",
        };
        match (self.status(options.clock.now()), readings.expired_upload) {
            (Status::Expired, ExpiredUpload::UploadExpired) => "UPLOAD_EXPIRED",
            (Status::Pending | Status::Expired, _) => pending,
            (Status::Processing, _) => "PROCESSING",
            (Status::Approved, _) => "APPROVED",
            (Status::Rejected, _) => "REJECTED",
        }
    }

    /// The file as callers see it now.
    pub(crate) fn described(&self, options: &Options) -> AttachedFile<'_> {
        AttachedFile {
            file: self,
            file_status: self.status_name(options),
        }
    }

    /// Key of the uploaded bytes before Complete.
    pub(crate) fn staging_key(&self, options: &Options) -> String {
        format!("connect/{}/staging/{}", options.instance_id, self.file_id)
    }

    /// Key of the bytes after Complete.
    pub(crate) fn attached_key(&self, options: &Options) -> String {
        format!("connect/{}/attached-files/{}", options.instance_id, self.file_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_through_its_life_by_the_clock_alone() {
        let start = SystemTime::UNIX_EPOCH;
        let secs = |secs: u64| start + std::time::Duration::from_secs(secs);
        let file = |scan: Option<Scan>| File {
            file_arn: String::new(),
            file_id: "f".to_owned(),
            file_name: "a.pdf".to_owned(),
            file_size_in_bytes: 1,
            file_use_case_type: "ATTACHMENT".to_owned(),
            associated_resource_arn: String::new(),
            created_by: CreatedBy::ConnectUserArn(String::new()),
            creation_time: Iso8601(start),
            tags: None,
            upload_expires_at: secs(300),
            scan,
        };
        let over = |clean| {
            Some(Scan::Over {
                shows_at: secs(13),
                clean,
            })
        };
        for (record, at, expected) in [
            (file(None), 300, Status::Pending),
            (file(None), 301, Status::Expired),
            (file(Some(Scan::Running)), 3000, Status::Processing),
            (file(over(true)), 10, Status::Processing),
            (file(over(true)), 12, Status::Processing),
            (file(over(true)), 13, Status::Approved),
            (file(over(true)), 3000, Status::Approved),
            (file(over(false)), 12, Status::Processing),
            (file(over(false)), 13, Status::Rejected),
        ] {
            assert_eq!(record.status(secs(at)), expected, "{record:?} at {at}");
        }
    }
}
