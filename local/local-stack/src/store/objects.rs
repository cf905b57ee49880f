//! The S3 operations of the store, on one bucket's [`Folder`].
//!
//! s3s answers every other operation (multipart uploads, versions, bucket administration) with `NotImplemented`.
//! Conditional writes get the same answer, so that a condition is never ignored.

use std::io;
use std::ops::Range;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt, stream};
use http::StatusCode;
use s3s::dto::{
    Bucket, CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource, DeleteObjectInput,
    DeleteObjectOutput, ETag, GetObjectInput, GetObjectOutput, HeadBucketInput, HeadBucketOutput,
    HeadObjectInput, HeadObjectOutput, ListBucketsInput, ListBucketsOutput, ListObjectsInput,
    ListObjectsOutput, ListObjectsV2Input, ListObjectsV2Output, MetadataDirective, PutObjectInput,
    PutObjectOutput, StreamingBlob, Timestamp,
};
use s3s::{S3, S3Error, S3ErrorCode, S3Request, S3Response, S3Result, StdError, s3_error};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, SeekFrom};

use super::attributes::{Attributes, DEFAULT_CONTENT_TYPE};
use super::checks::{check_copy_conditions, check_key, check_put_conditions};
use super::digests::Digests;
use super::folder::{Finished, Folder, Record};
use super::listing;

/// The one bucket and its objects.
pub(super) struct Objects {
    pub(super) bucket: String,
    pub(super) folder: Folder,
    /// When the store was started, reported as the creation date of the bucket.
    pub(super) since: Timestamp,
}

impl Objects {
    fn check_bucket(&self, bucket: &str) -> S3Result<()> {
        if bucket == self.bucket {
            return Ok(());
        }
        Err(s3_error!(NoSuchBucket, "The specified bucket does not exist"))
    }

    /// Writes a body to a temporary file, which is removed if the body breaks off or its signature is wrong.
    async fn receive(&self, body: Option<StreamingBlob>, digests: &mut Digests) -> S3Result<(Finished, u64)> {
        let mut upload = self.folder.upload().map_err(internal)?;
        let mut size_bytes = 0;
        let mut body = body.ok_or_else(|| s3_error!(IncompleteBody))?;
        while let Some(bytes) = body.next().await {
            let bytes = bytes.map_err(not_as_signed)?;
            digests.update(&bytes);
            upload.write(&bytes).await.map_err(internal)?;
            size_bytes += bytes.len() as u64;
        }
        Ok((upload.finish().await.map_err(internal)?, size_bytes))
    }

    fn list(&self, input: ListObjectsV2Input) -> S3Result<ListObjectsV2Output> {
        self.check_bucket(&input.bucket)?;
        Ok(listing::page(self.folder.list().map_err(internal)?, input))
    }
}

#[async_trait::async_trait]
impl S3 for Objects {
    async fn put_object(&self, request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let S3Request {
            mut input,
            headers,
            trailing_headers,
            ..
        } = request;
        self.check_bucket(&input.bucket)?;
        check_key(&input.key)?;
        check_put_conditions(&input)?;
        let mut digests = Digests::new(&headers, input.content_md5.take());
        let (upload, size_bytes) = self.receive(input.body.take(), &mut digests).await?;
        let (e_tag, checksum) = digests.verify(&headers, trailing_headers.as_ref())?;
        let key = std::mem::take(&mut input.key);
        self.folder
            .publish(upload, key, size_bytes, e_tag.clone(), input.into())
            .map_err(internal)?;
        Ok(S3Response::new(PutObjectOutput {
            e_tag: Some(ETag::Strong(e_tag)),
            checksum_crc32: checksum.checksum_crc32,
            checksum_crc32c: checksum.checksum_crc32c,
            checksum_crc64nvme: checksum.checksum_crc64nvme,
            checksum_sha1: checksum.checksum_sha1,
            checksum_sha256: checksum.checksum_sha256,
            ..PutObjectOutput::default()
        }))
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let input = request.input;
        self.check_bucket(&input.bucket)?;
        let (record, mut file) = self
            .folder
            .read(&input.key)
            .map_err(internal)?
            .ok_or_else(no_such_key)?;
        let range = input
            .range
            .map(|range| range.check(record.size_bytes))
            .transpose()?;
        let content_range = range
            .as_ref()
            .map(|range| content_range(range, record.size_bytes));
        let range = range.unwrap_or(0..record.size_bytes);
        file.seek(SeekFrom::Start(range.start)).await.map_err(internal)?;
        let length = range.end - range.start;
        let Attributes {
            content_type,
            content_disposition,
            content_encoding,
            content_language,
            cache_control,
            expires,
            metadata,
        } = record.attributes;
        Ok(S3Response::new(GetObjectOutput {
            body: Some(StreamingBlob::wrap(chunks(file, length))),
            accept_ranges: Some("bytes".to_owned()),
            content_length: Some(length.cast_signed()),
            content_range,
            content_type: content_type.or_else(|| Some(DEFAULT_CONTENT_TYPE.to_owned())),
            content_disposition,
            content_encoding,
            content_language,
            cache_control,
            expires,
            metadata,
            e_tag: Some(ETag::Strong(record.e_tag)),
            last_modified: Some(record.last_modified),
            ..GetObjectOutput::default()
        }))
    }

    async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        let input = request.input;
        self.check_bucket(&input.bucket)?;
        let Record {
            attributes,
            size_bytes,
            e_tag,
            last_modified,
            ..
        } = self
            .folder
            .find(&input.key)
            .map_err(internal)?
            .ok_or_else(no_such_key)?;
        Ok(S3Response::new(HeadObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            content_length: Some(size_bytes.cast_signed()),
            content_type: attributes
                .content_type
                .or_else(|| Some(DEFAULT_CONTENT_TYPE.to_owned())),
            content_disposition: attributes.content_disposition,
            content_encoding: attributes.content_encoding,
            content_language: attributes.content_language,
            cache_control: attributes.cache_control,
            expires: attributes.expires,
            metadata: attributes.metadata,
            e_tag: Some(ETag::Strong(e_tag)),
            last_modified: Some(last_modified),
            ..HeadObjectOutput::default()
        }))
    }

    async fn copy_object(
        &self,
        request: S3Request<CopyObjectInput>,
    ) -> S3Result<S3Response<CopyObjectOutput>> {
        let input = request.input;
        self.check_bucket(&input.bucket)?;
        check_key(&input.key)?;
        let CopySource::Bucket {
            bucket, key: source, ..
        } = &input.copy_source
        else {
            return Err(s3_error!(
                NotImplemented,
                "Only objects of this bucket can be copied"
            ));
        };
        self.check_bucket(bucket)?;
        check_copy_conditions(&input)?;
        let replaces = input
            .metadata_directive
            .as_ref()
            .is_some_and(|it| it.as_str() == MetadataDirective::REPLACE);
        if **source == *input.key && !replaces {
            return Err(s3_error!(
                InvalidRequest,
                "This copy request is illegal because it is trying to copy an object to itself without \
                 changing the object's metadata, storage class, website redirect location or encryption \
                 attributes."
            ));
        }
        let source = source.to_string();
        let key = input.key.clone();
        let copied = self.folder.copy(&source, key, replaces.then(|| input.into()));
        let record = copied.map_err(internal)?.ok_or_else(no_such_key)?;
        let result = CopyObjectResult {
            e_tag: Some(ETag::Strong(record.e_tag)),
            last_modified: Some(record.last_modified),
            ..CopyObjectResult::default()
        };
        Ok(S3Response::new(CopyObjectOutput {
            copy_object_result: Some(result),
            ..CopyObjectOutput::default()
        }))
    }

    async fn delete_object(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        self.check_bucket(&request.input.bucket)?;
        self.folder.remove(&request.input.key).map_err(internal)?;
        Ok(S3Response::new(DeleteObjectOutput::default()))
    }

    async fn head_bucket(
        &self,
        request: S3Request<HeadBucketInput>,
    ) -> S3Result<S3Response<HeadBucketOutput>> {
        self.check_bucket(&request.input.bucket)?;
        Ok(S3Response::new(HeadBucketOutput::default()))
    }

    async fn list_buckets(
        &self,
        _request: S3Request<ListBucketsInput>,
    ) -> S3Result<S3Response<ListBucketsOutput>> {
        let bucket = Bucket {
            name: Some(self.bucket.clone()),
            creation_date: Some(self.since.clone()),
            ..Bucket::default()
        };
        Ok(S3Response::new(ListBucketsOutput {
            buckets: Some(vec![bucket]),
            ..ListBucketsOutput::default()
        }))
    }

    async fn list_objects(
        &self,
        request: S3Request<ListObjectsInput>,
    ) -> S3Result<S3Response<ListObjectsOutput>> {
        let page = self.list(request.input.into())?;
        Ok(S3Response::new(listing::first_version(page)))
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        self.list(request.input).map(S3Response::new)
    }
}

fn content_range(range: &Range<u64>, size_bytes: u64) -> String {
    format!("bytes {}-{}/{size_bytes}", range.start, range.end - 1)
}

/// The next `length` bytes of a file.
fn chunks(file: File, length: u64) -> impl Stream<Item = io::Result<Bytes>> + Send + Sync {
    stream::try_unfold(file.take(length), |mut file| async move {
        let mut chunk = BytesMut::with_capacity(64 * 1024);
        let read = file.read_buf(&mut chunk).await?;
        Ok((read > 0).then(|| (chunk.freeze(), file)))
    })
}

fn no_such_key() -> S3Error {
    s3_error!(NoSuchKey, "The specified key does not exist.")
}

/// The body is not the one that was signed.
fn not_as_signed(source: StdError) -> S3Error {
    let code = S3ErrorCode::Custom("XAmzContentSHA256Mismatch".into());
    let mut error = S3Error::with_source(code, source);
    error.set_message("The provided 'x-amz-content-sha256' header does not match what was computed.");
    error.set_status_code(StatusCode::BAD_REQUEST);
    error
}

fn internal(error: io::Error) -> S3Error {
    S3Error::internal_error(error)
}
