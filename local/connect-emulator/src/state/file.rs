//! The record of an attached file.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

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
    pub(crate) completed: Option<Completed>,
}

/// The model's `CreatedByInfo`.
#[derive(Clone, Debug, Serialize)]
pub(crate) enum CreatedBy {
    ConnectUserArn(String),
    #[serde(rename = "AWSIdentityArn")]
    AwsIdentityArn(String),
}

/// When Complete was accepted, and the verdict of the scan.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Completed {
    pub(crate) at: SystemTime,
    pub(crate) clean: bool,
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
    /// The status at that moment; once the file is completed, only time changes it.
    pub(crate) fn status(&self, now: SystemTime, scan_delay: Duration) -> Status {
        match self.completed {
            None if now > self.upload_expires_at => Status::Expired,
            None => Status::Pending,
            Some(completed) if now < completed.at + scan_delay => Status::Processing,
            Some(completed) if completed.clean => Status::Approved,
            Some(_) => Status::Rejected,
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
        match (
            self.status(options.clock.now(), options.scan_delay),
            readings.expired_upload,
        ) {
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
        let secs = |secs: u64| start + Duration::from_secs(secs);
        let file = |completed: Option<Completed>| File {
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
            completed,
        };
        let completed = |clean| Some(Completed { at: secs(10), clean });
        for (record, at, expected) in [
            (file(None), 300, Status::Pending),
            (file(None), 301, Status::Expired),
            (file(completed(true)), 10, Status::Processing),
            (file(completed(true)), 12, Status::Processing),
            (file(completed(true)), 13, Status::Approved),
            (file(completed(true)), 3000, Status::Approved),
            (file(completed(false)), 12, Status::Processing),
            (file(completed(false)), 13, Status::Rejected),
        ] {
            assert_eq!(
                record.status(secs(at), Duration::from_secs(3)),
                expected,
                "{record:?} at {at}"
            );
        }
    }
}
