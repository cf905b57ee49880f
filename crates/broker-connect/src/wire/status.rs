//! `BatchGetAttachedFileMetadata`: the status of one file.

use aws_sdk_connect::operation::batch_get_attached_file_metadata::BatchGetAttachedFileMetadataOutput;
use aws_sdk_connect::types::AttachedFileError;
use broker_core::ports::{Statuses, UpstreamError};
use broker_core::upload::{FileId, FileStatus};

/// The status of `granted` in `output`, which reports failures per file inside of a good answer, and those of `others`.
///
/// # Errors
/// [`UpstreamError::NotFound`] where Connect does not know the granted file, [`UpstreamError::AccessDenied`] where it does
/// not tell, and [`UpstreamError::Unexpected`] where the answer is about a file that was not asked about.
pub(crate) fn file_statuses(
    output: &BatchGetAttachedFileMetadataOutput,
    granted: &FileId,
    others: &[FileId],
) -> Result<Statuses, UpstreamError> {
    let is_asked = |id: &str| granted.as_str() == id || others.iter().any(|other| other.as_str() == id);
    let ids = output.files().iter().map(|file| file.file_id.as_str());
    let mut ids = ids.chain(output.errors().iter().filter_map(AttachedFileError::file_id));
    if !ids.all(is_asked) {
        return Err(UpstreamError::Unexpected);
    }
    let mut errors = output.errors().iter();
    let error = errors.find(|error| error.file_id().is_none_or(|id| id == granted.as_str()));
    match (named(output, granted).as_slice(), error) {
        ([status], None) => Ok(Statuses {
            granted: status.clone(),
            others: others
                .iter()
                .filter_map(|id| Some((id.clone(), only(named(output, id))?)))
                .collect(),
        }),
        ([], None) => Err(UpstreamError::NotFound),
        ([], Some(error)) => Err(meaning_of(error)),
        _ => Err(UpstreamError::Unexpected),
    }
}

/// The statuses that `output` gives for `file`.
fn named(output: &BatchGetAttachedFileMetadataOutput, file: &FileId) -> Vec<FileStatus> {
    let files = output
        .files()
        .iter()
        .filter(|found| found.file_id == file.as_str());
    files
        .map(|found| FileStatus::named(found.file_status.as_str()))
        .collect()
}

/// The status, if there is exactly one.
fn only(statuses: Vec<FileStatus>) -> Option<FileStatus> {
    <[_; 1]>::try_from(statuses).ok().map(|[status]| status)
}

/// The meaning of a file's error code. The model leaves it an open string, so both exception names and HTTP statuses
/// are accepted.
fn meaning_of(error: &AttachedFileError) -> UpstreamError {
    match error.error_code().unwrap_or_default() {
        "ResourceNotFoundException" | "ResourceNotFound" | "NotFound" | "404" => UpstreamError::NotFound,
        "AccessDeniedException" | "AccessDenied" | "403" => UpstreamError::AccessDenied,
        _ => UpstreamError::Unexpected,
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_connect::types::{AttachedFile, FileStatusType};

    use super::*;

    fn file(id: &str, status: &str) -> AttachedFile {
        let file = AttachedFile::builder()
            .creation_time("2026-11-22T10:20:00.000Z")
            .file_arn("arn")
            .file_id(id)
            .file_name("report.pdf")
            .file_size_in_bytes(1)
            .file_status(FileStatusType::from(status));
        file.build().expect("complete")
    }

    fn error(id: Option<&str>, code: &str) -> AttachedFileError {
        let error = AttachedFileError::builder().set_file_id(id.map(Into::into));
        error
            .error_code(code)
            .error_message("arn:aws:iam::111122223333:role/broker")
            .build()
    }

    #[test]
    fn only_the_file_that_was_asked_about_has_a_status() {
        use UpstreamError::{AccessDenied, NotFound, Unexpected};
        let asked = FileId::parse("f-1").expect("valid");
        for (what, files, errors, expected) in [
            ("approved", vec![file("f-1", "APPROVED")], vec![], Ok("APPROVED")),
            (
                "a status to come",
                vec![file("f-1", "PENDING_UPLOAD")],
                vec![],
                Ok("PENDING_UPLOAD"),
            ),
            (
                "another file",
                vec![file("f-2", "APPROVED")],
                vec![],
                Err(Unexpected),
            ),
            (
                "a file without an id",
                vec![file("", "APPROVED")],
                vec![],
                Err(Unexpected),
            ),
            (
                "several files",
                vec![file("f-1", "APPROVED"), file("f-2", "APPROVED")],
                vec![],
                Err(Unexpected),
            ),
            (
                "the same file twice",
                vec![file("f-1", "APPROVED"), file("f-1", "REJECTED")],
                vec![],
                Err(Unexpected),
            ),
            ("nothing", vec![], vec![], Err(NotFound)),
            (
                "unknown",
                vec![],
                vec![error(Some("f-1"), "ResourceNotFoundException")],
                Err(NotFound),
            ),
            (
                "unknown, by status",
                vec![],
                vec![error(None, "404")],
                Err(NotFound),
            ),
            (
                "denied",
                vec![],
                vec![error(Some("f-1"), "AccessDeniedException")],
                Err(AccessDenied),
            ),
            (
                "some other error",
                vec![],
                vec![error(Some("f-1"), "InternalServiceException")],
                Err(Unexpected),
            ),
            (
                "another file's error",
                vec![],
                vec![error(Some("f-2"), "ResourceNotFoundException")],
                Err(Unexpected),
            ),
            (
                "a file and an error",
                vec![file("f-1", "APPROVED")],
                vec![error(Some("f-1"), "404")],
                Err(Unexpected),
            ),
        ] {
            let output = BatchGetAttachedFileMetadataOutput::builder()
                .set_files(Some(files))
                .set_errors(Some(errors))
                .build();
            let statuses = file_statuses(&output, &asked, &[]);
            let status = statuses
                .as_ref()
                .map(|statuses| statuses.granted.as_str())
                .map_err(Clone::clone);
            assert_eq!(status, expected, "{what}");
        }
    }

    #[test]
    fn other_files_that_were_asked_about_have_theirs_if_it_is_clear() {
        let id = |id| FileId::parse(id).expect("valid");
        let output = BatchGetAttachedFileMetadataOutput::builder()
            .set_files(Some(vec![
                file("f-2", "REJECTED"),
                file("f-1", "APPROVED"),
                file("f-3", "APPROVED"),
                file("f-3", "REJECTED"),
            ]))
            .set_errors(Some(vec![error(Some("f-4"), "404")]))
            .build();
        let others = ["f-2", "f-3", "f-4", "f-5"].map(id);
        let statuses = file_statuses(&output, &id("f-1"), &others);
        let expected = Statuses {
            granted: FileStatus::named("APPROVED"),
            others: vec![(id("f-2"), FileStatus::named("REJECTED"))],
        };
        assert_eq!(statuses, Ok(expected));
        assert_eq!(
            file_statuses(&output, &id("f-1"), &others[..2]),
            Err(UpstreamError::Unexpected)
        );
    }
}
