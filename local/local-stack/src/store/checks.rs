//! Checks of keys and conditions that the operations share.

use s3s::dto::{CopyObjectInput, PutObjectInput};
use s3s::{S3Result, s3_error};

/// S3's rule for keys with `..`: read from the left, they never leave the bucket.
pub(super) fn check_key(key: &str) -> S3Result<()> {
    let mut depth = 0_usize;
    for segment in key.split('/') {
        depth = match segment {
            ".." => depth
                .checked_sub(1)
                .ok_or_else(|| s3_error!(InvalidURI, "Couldn't parse the specified URI."))?,
            "." | "" => depth,
            _ => depth + 1,
        };
    }
    Ok(())
}

/// The store does not implement conditional copies.
pub(super) fn check_copy_conditions(input: &CopyObjectInput) -> S3Result<()> {
    let conditional = input.copy_source_if_match.is_some()
        || input.copy_source_if_none_match.is_some()
        || input.copy_source_if_modified_since.is_some()
        || input.copy_source_if_unmodified_since.is_some();
    if conditional {
        return Err(s3_error!(
            NotImplemented,
            "Conditional copies are not implemented"
        ));
    }
    Ok(())
}

/// The store does not implement conditional writes.
pub(super) fn check_put_conditions(input: &PutObjectInput) -> S3Result<()> {
    if input.if_match.is_some() || input.if_none_match.is_some() {
        return Err(s3_error!(
            NotImplemented,
            "Conditional writes are not implemented"
        ));
    }
    Ok(())
}
