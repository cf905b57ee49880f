//! Checksums of an upload: those that the request states, and those of its bytes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Md5, Sha1, Sha256};
use s3s::dto::Checksum;
use s3s::{S3Error, TrailingHeaders, s3_error};

/// Running digests over an upload's bytes.
pub(super) struct Digests {
    md5: Md5,
    expected_md5: Option<String>,
    announced: Option<Announced>,
    hasher: ChecksumHasher,
}

/// A checksum that the request states, in its headers or in its trailer.
#[derive(Clone, Copy)]
struct Announced {
    header: &'static str,
    start: fn(&mut ChecksumHasher),
    finish: fn(&Checksum) -> Option<&String>,
}

const CHECKSUMS: [Announced; 5] = [
    Announced {
        header: "x-amz-checksum-crc32",
        start: |hasher| hasher.crc32 = Some(Crc32::new()),
        finish: |checksum| checksum.checksum_crc32.as_ref(),
    },
    Announced {
        header: "x-amz-checksum-crc32c",
        start: |hasher| hasher.crc32c = Some(Crc32c::new()),
        finish: |checksum| checksum.checksum_crc32c.as_ref(),
    },
    Announced {
        header: "x-amz-checksum-crc64nvme",
        start: |hasher| hasher.crc64nvme = Some(Crc64Nvme::new()),
        finish: |checksum| checksum.checksum_crc64nvme.as_ref(),
    },
    Announced {
        header: "x-amz-checksum-sha1",
        start: |hasher| hasher.sha1 = Some(Sha1::new()),
        finish: |checksum| checksum.checksum_sha1.as_ref(),
    },
    Announced {
        header: "x-amz-checksum-sha256",
        start: |hasher| hasher.sha256 = Some(Sha256::new()),
        finish: |checksum| checksum.checksum_sha256.as_ref(),
    },
];

impl Digests {
    /// Digests that an upload with these headers needs.
    pub(super) fn new(headers: &HeaderMap, content_md5: Option<String>) -> Self {
        let trailer = headers.get("x-amz-trailer");
        let announced = CHECKSUMS.into_iter().find(|it| {
            headers.contains_key(it.header) || trailer.is_some_and(|trailer| trailer == it.header)
        });
        let mut hasher = ChecksumHasher::default();
        if let Some(announced) = announced {
            (announced.start)(&mut hasher);
        }
        Self {
            md5: Md5::new(),
            expected_md5: content_md5,
            announced,
            hasher,
        }
    }

    /// Adds bytes of the body.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        self.hasher.update(bytes);
    }

    /// The MD5 in hexadecimal digits and the checksums, if they are those that the request states.
    ///
    /// # Errors
    /// `BadDigest` if one of them differs.
    pub(super) fn verify(
        self,
        headers: &HeaderMap,
        trailers: Option<&TrailingHeaders>,
    ) -> Result<(String, Checksum), S3Error> {
        let md5 = self.md5.finalize();
        if self
            .expected_md5
            .is_some_and(|expected| expected != STANDARD.encode(md5))
        {
            return Err(s3_error!(
                BadDigest,
                "The Content-MD5 you specified did not match what we received."
            ));
        }
        let checksum = self.hasher.finalize();
        if let Some(Announced { header, finish, .. }) = self.announced {
            let trailers = trailers.and_then(TrailingHeaders::take).unwrap_or_default();
            let expected = headers.get(header).or_else(|| trailers.get(header));
            let computed = finish(&checksum).map(String::as_bytes);
            if expected.map(http::HeaderValue::as_bytes) != computed {
                return Err(s3_error!(
                    BadDigest,
                    "The {header} you specified did not match the calculated checksum."
                ));
            }
        }
        Ok((hex::encode(md5), checksum))
    }
}
