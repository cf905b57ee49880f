//! `BatchGetAttachedFileMetadata`: the status of one file.

use aws_sdk_connect::operation::batch_get_attached_file_metadata::BatchGetAttachedFileMetadataOutput;
use aws_sdk_connect::types::AttachedFileError;
use broker_core::ports::UpstreamError;
use broker_core::upload::{FileId, FileStatus};

/// The status of `file` in `output`, a successful answer that can hold an error for the file.
///
/// # Errors
/// [`UpstreamError::NotFound`] if Connect does not know the file, [`UpstreamError::AccessDenied`] if the broker may not
/// see it, and [`UpstreamError::Unexpected`] if the answer is about anything else.
pub(crate) fn file_status(
    output: &BatchGetAttachedFileMetadataOutput,
    file: &FileId,
) -> Result<FileStatus, UpstreamError> {
    match (output.files(), output.errors()) {
        ([found], []) if found.file_id == file.as_str() => Ok(FileStatus::named(found.file_status.as_str())),
        ([], []) => Err(UpstreamError::NotFound),
        ([], [error]) if error.file_id().is_none_or(|id| id == file.as_str()) => Err(meaning_of(error)),
        _ => Err(UpstreamError::Unexpected),
    }
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
            let status = file_status(&output, &asked);
            let status = status.as_ref().map(FileStatus::as_str).map_err(Clone::clone);
            assert_eq!(status, expected, "{what}");
        }
    }
}
