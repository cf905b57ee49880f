//! The steps of the `--deep` upload, and what an operator must change if one fails.

use broker_core::arn::ResourceArn;
use broker_core::ports::UpstreamError;
use broker_core::ticket::ReplyError;
use broker_core::upload::FileStatus;

use super::call_error::is_code;
use super::report::Finding;

/// A call to Connect.
#[derive(Clone, Copy)]
pub(super) enum Step {
    Start,
    Complete,
    Status,
    Delete,
}

impl Step {
    const fn operation(self) -> &'static str {
        match self {
            Self::Start => "StartAttachedFileUpload",
            Self::Complete => "CompleteAttachedFileUpload",
            Self::Status => "BatchGetAttachedFileMetadata",
            Self::Delete => "DeleteAttachedFile",
        }
    }

    /// The permission on Cases that Connect needs if the file belongs to a case.
    const fn on_a_case(self) -> Option<&'static str> {
        match self {
            Self::Start => Some("cases:CreateRelatedItem"),
            Self::Delete => Some("cases:DeleteRelatedItem"),
            Self::Complete | Self::Status => None,
        }
    }

    /// The finding for `error` of this step.
    pub(super) fn failed(self, error: &UpstreamError, resource: &ResourceArn) -> Finding {
        use UpstreamError::{Throttled, TimedOut, Unavailable};
        let may_be_left = matches!(self, Self::Start) && matches!(error, UpstreamError::Unusable(_));
        let left = if may_be_left {
            "; the file was started, and cannot be deleted without its id"
        } else {
            ""
        };
        Finding {
            seen: format!("{}: {error}{left}", self.operation()),
            fix: self.fix(error, resource),
            is_passing: matches!(error, Throttled(_) | TimedOut | Unavailable),
        }
    }

    fn fix(self, error: &UpstreamError, resource: &ResourceArn) -> String {
        match error {
            UpstreamError::AccessDenied => self.permission(resource),
            UpstreamError::InvalidRequest | UpstreamError::NotFound => {
                "see that --resource and --user-arn exist, and that the instance has attachments on".into()
            }
            UpstreamError::QuotaExceeded(_) => "name a --resource with fewer files".into(),
            UpstreamError::Throttled(_) | UpstreamError::TimedOut | UpstreamError::Unavailable => {
                "run this again in some seconds".into()
            }
            UpstreamError::Unusable(ReplyError::ForeignUrl) => {
                "add the host that Connect signs for to upload_hosts".into()
            }
            UpstreamError::InvalidFileSize
            | UpstreamError::InvalidFileType
            | UpstreamError::InvalidFileName
            | UpstreamError::Conflict
            | UpstreamError::Incomplete(_)
            | UpstreamError::Unusable(_)
            | UpstreamError::Unexpected => {
                format!("see what CloudTrail says of {} at this time", self.operation())
            }
        }
    }

    fn permission(self, resource: &ResourceArn) -> String {
        let of_case = self
            .on_a_case()
            .filter(|_| matches!(resource, ResourceArn::Case(_)));
        let and = of_case.map(|action| format!(" and {action}")).unwrap_or_default();
        format!(
            "allow connect:{}{and} to the credentials that ran this, as infra/permissions.yaml does for the \
             function's role (parameter AttachedFileScope=instance-and-cases is the widest form)",
            self.operation()
        )
    }
}

/// The finding for a status that is final, or that is not final after a minute.
pub(super) fn status_finding(status: &FileStatus) -> Option<Finding> {
    let seen = format!("the file's status is {}", status.as_str());
    match status.as_str() {
        "APPROVED" => None,
        _ if !status.is_final() => Some(Finding {
            seen: format!("{seen} after a minute"),
            fix: "see the log of the instance's scanner Lambda for attached files".into(),
            is_passing: true,
        }),
        "REJECTED" => Some(Finding::fault(
            seen,
            "see why the instance's scanner Lambda rejected it",
        )),
        _ => Some(Finding::fault(
            seen,
            "see that the bucket is without Object Lock, and that Connect may use its KMS key",
        )),
    }
}

/// The finding for a refused PUT; `body` is S3's error, of which only the code is shown.
pub(super) fn put_refused(status: u16, body: &[u8]) -> Finding {
    let code = code_in(&String::from_utf8_lossy(body)).unwrap_or_else(|| "no code".into());
    let fix = match &*code {
        "SignatureDoesNotMatch" => "see that nothing between here and S3 changes headers or body of the PUT",
        "AccessDenied" => "see that the bucket's policy lets the presigned PUT pass from here",
        "RequestTimeTooSkewed" => "set this machine's clock (NTP)",
        _ => "look the code up in the S3 API Reference, Error Responses",
    };
    Finding {
        seen: format!("PUT: {status} {code}"),
        fix: fix.into(),
        is_passing: status >= 500,
    }
}

fn code_in(xml: &str) -> Option<String> {
    let (_, behind) = xml.split_once("<Code>")?;
    let (code, _) = behind.split_once("</Code>")?;
    is_code(code).then(|| code.to_owned())
}

#[cfg(test)]
mod tests {
    use broker_core::ticket::ReplyError;

    use super::*;

    #[test]
    fn of_s3s_answer_the_code_alone_is_told() {
        for (body, expected) in [
            (
                "<Error><Code>SignatureDoesNotMatch</Code></Error>",
                "PUT: 403 SignatureDoesNotMatch",
            ),
            ("<Error><Code>https://signed</Code></Error>", "PUT: 403 no code"),
            ("<Code>", "PUT: 403 no code"),
            ("", "PUT: 403 no code"),
        ] {
            assert_eq!(put_refused(403, body.as_bytes()).seen, expected, "{body}");
        }
    }

    #[test]
    fn only_an_approved_file_is_no_finding() {
        for (status, expected) in [
            ("APPROVED", None),
            ("PROCESSING", Some(true)),
            ("REJECTED", Some(false)),
            ("FAILED", Some(false)),
            ("DELETED", Some(false)),
        ] {
            let found = status_finding(&FileStatus::named(status));
            assert_eq!(found.map(|finding| finding.is_passing), expected, "{status}");
        }
    }

    #[test]
    fn only_a_start_leaves_a_file_whose_id_nobody_has() {
        let case = "arn:aws:cases:eu-west-1:111122223333:domain/d/case/c";
        let case = case.parse().expect("an ARN");
        let unusable = UpstreamError::Unusable(ReplyError::Malformed);
        for (step, error, expected) in [
            (Step::Start, &unusable, true),
            (Step::Complete, &unusable, false),
            (Step::Status, &unusable, false),
            (Step::Delete, &unusable, false),
            (Step::Start, &UpstreamError::AccessDenied, false),
        ] {
            let seen = step.failed(error, &case).seen;
            assert_eq!(seen.contains("without its id"), expected, "{seen}");
        }
    }

    #[test]
    fn on_a_case_connect_needs_cases_too() {
        let case = "arn:aws:cases:eu-west-1:111122223333:domain/d/case/c"
            .parse()
            .expect("an ARN");
        let contact = "arn:aws:connect:eu-west-1:111122223333:instance/i/contact/c"
            .parse()
            .expect("an ARN");
        for (step, resource, expected) in [
            (Step::Start, &case, true),
            (Step::Delete, &case, true),
            (Step::Start, &contact, false),
            (Step::Complete, &case, false),
        ] {
            let fix = step.failed(&UpstreamError::AccessDenied, resource).fix;
            assert_eq!(fix.contains("cases:"), expected, "{fix}");
        }
    }
}
