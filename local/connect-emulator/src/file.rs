use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::clock::iso8601;
use crate::options::Options;
use crate::readings::{ExpiredUpload, PendingStatus};

/// An attached file's record.
#[derive(Clone, Debug)]
pub(crate) struct File {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) size_bytes: u64,
    pub(crate) use_case: String,
    pub(crate) resource_arn: String,
    /// The model's `CreatedByInfo`.
    pub(crate) created_by: Value,
    pub(crate) tags: Option<BTreeMap<String, String>>,
    pub(crate) created_at: SystemTime,
    pub(crate) upload_expires_at: SystemTime,
    pub(crate) completed: Option<Completed>,
}

/// When Complete was accepted, and what the scan will say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Completed {
    pub(crate) at: SystemTime,
    pub(crate) clean: bool,
}

/// Where a file stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Pending,
    Expired,
    Processing,
    Approved,
    Rejected,
}

impl File {
    /// The status at that moment; nothing but the time moves it once the file is completed.
    pub(crate) fn status(&self, now: SystemTime, scan_delay: Duration) -> Status {
        match self.completed {
            None if now > self.upload_expires_at => Status::Expired,
            None => Status::Pending,
            Some(completed) if now < completed.at + scan_delay => Status::Processing,
            Some(completed) if completed.clean => Status::Approved,
            Some(_) => Status::Rejected,
        }
    }

    /// The status as `FileStatus`, by the options' readings.
    pub(crate) fn status_name(&self, options: &Options) -> &'static str {
        let pending = match options.readings.pending_status {
            PendingStatus::Drafting => "DRAFTING",
            PendingStatus::PendingUpload => "PENDING_UPLOAD",
            PendingStatus::Processing => "PROCESSING",
        };
        match self.status(options.clock.now(), options.scan_delay) {
            Status::Expired if options.readings.expired_upload == ExpiredUpload::UploadExpired => {
                "UPLOAD_EXPIRED"
            }
            Status::Pending | Status::Expired => pending,
            Status::Processing => "PROCESSING",
            Status::Approved => "APPROVED",
            Status::Rejected => "REJECTED",
        }
    }

    /// The model's `AttachedFile`.
    pub(crate) fn describe(&self, options: &Options) -> Value {
        let mut value = json!({
            "CreationTime": iso8601(self.created_at),
            "FileArn": options.file_arn(&self.id),
            "FileId": self.id,
            "FileName": self.name,
            "FileSizeInBytes": self.size_bytes,
            "FileStatus": self.status_name(options),
            "CreatedBy": self.created_by,
            "FileUseCaseType": self.use_case,
            "AssociatedResourceArn": self.resource_arn,
        });
        if let Some(tags) = &self.tags {
            value["Tags"] = json!(tags);
        }
        value
    }
}

/// Where the store keeps a file before and after Complete.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    pub(crate) staging: String,
    pub(crate) attached: String,
}

impl Keys {
    pub(crate) fn of(options: &Options, file_id: &str) -> Self {
        let instance = &options.instance_id;
        Self {
            staging: format!("connect/{instance}/staging/{file_id}"),
            attached: format!("connect/{instance}/attached-files/{file_id}"),
        }
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
            id: "f".to_owned(),
            name: "a.pdf".to_owned(),
            size_bytes: 1,
            use_case: "ATTACHMENT".to_owned(),
            resource_arn: String::new(),
            created_by: Value::Null,
            tags: None,
            created_at: start,
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
