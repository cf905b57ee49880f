//! Judges the instance's storage for attachments, and whether `upload_hosts` admits it.

use broker_core::arn::InstanceArn;
use broker_core::upload_hosts::UploadHosts;
use url::Url;

use super::account::{AttachmentStorage, Bucket};
use super::call_error::CallError;
use super::question::STORAGE;
use super::report::Outcome;

/// The fix: choose a bucket.
const CHOOSE: &str = "in the Connect console, Data storage, Attachments: choose an S3 bucket \
                      (docs/setup-connect.md)";

pub(super) fn storage(seen: &Result<Vec<AttachmentStorage>, CallError>, instance: &InstanceArn) -> Outcome {
    match seen.as_deref() {
        Err(refusal) => Outcome::Found(vec![STORAGE.refused(refusal, instance.as_str())]),
        Ok([]) => Outcome::fault("the instance has no storage config of type ATTACHMENTS", CHOOSE),
        Ok([storage, ..]) => match in_s3(storage) {
            Some(bucket) => Outcome::Ok(described(bucket)),
            None => Outcome::fault(format!("attachments go to {}, not to S3", storage.kind), CHOOSE),
        },
    }
}

/// The bucket, if attachments go to one.
pub(super) fn bucket(seen: &Result<Vec<AttachmentStorage>, CallError>) -> Option<&Bucket> {
    seen.as_deref().ok()?.first().and_then(in_s3)
}

fn in_s3(storage: &AttachmentStorage) -> Option<&Bucket> {
    storage.bucket.as_ref().filter(|_| storage.kind == "S3")
}

fn described(Bucket { name, prefix, key_id }: &Bucket) -> String {
    let key = if key_id.is_some() {
        ", encrypted under a key of your own"
    } else {
        ""
    };
    format!("s3://{name}/{prefix}{key}")
}

/// URL of an object under the bucket's prefix; `endpoint` is the SDK's variable for another S3.
pub(super) fn url(bucket: &Bucket, region: &str, endpoint: Option<&str>) -> Option<Url> {
    let Bucket { name, prefix, .. } = bucket;
    let root = match endpoint {
        Some(endpoint) => format!("{}/{name}", endpoint.trim_end_matches('/')),
        // A certificate for `*.s3` does not cover a name with dots.
        None if name.contains('.') => format!("https://s3.{region}.amazonaws.com/{name}"),
        None => format!("https://{name}.s3.{region}.amazonaws.com"),
    };
    let mut url = Url::parse(&root).ok()?;
    let prefix = prefix.trim_matches('/').split('/');
    url.path_segments_mut()
        .ok()?
        .pop_if_empty()
        .extend(prefix)
        .push("upload-broker-doctor");
    Some(url)
}

pub(super) fn upload_hosts(hosts: &UploadHosts, url: &Url, config: &str) -> Outcome {
    let origin = url.origin().ascii_serialization();
    if hosts.allow(url.as_str()) {
        return Outcome::Ok(format!("{origin} may receive files"));
    }
    let entry = origin.strip_prefix("https://").unwrap_or(&origin);
    Outcome::fault(
        format!(
            "upload_hosts does not admit {origin}: the broker would answer 502 instead of handing out the URL"
        ),
        format!("add \"{entry}\" to upload_hosts in {config}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_addressed_as_browsers_reach_it() {
        let bucket = |name: &str, prefix: &str| Bucket {
            name: name.into(),
            prefix: prefix.into(),
            key_id: None,
        };
        for (name, endpoint, expected) in [
            (
                "files",
                None,
                "https://files.s3.eu-west-1.amazonaws.com/connect/alias/upload-broker-doctor",
            ),
            (
                "files.example.com",
                None,
                "https://s3.eu-west-1.amazonaws.com/files.example.com/connect/alias/upload-broker-doctor",
            ),
            (
                "files",
                Some("http://127.0.0.1:9000/"),
                "http://127.0.0.1:9000/files/connect/alias/upload-broker-doctor",
            ),
        ] {
            let bucket = bucket(name, "connect/alias/");
            let url = url(&bucket, "eu-west-1", endpoint).expect("a URL");
            assert_eq!(url.as_str(), expected);
        }
        let spaced = url(&bucket("files", "my company/\u{e9}?#"), "eu-west-1", None).expect("a URL");
        let expected =
            "https://files.s3.eu-west-1.amazonaws.com/my%20company/%C3%A9%3F%23/upload-broker-doctor";
        assert_eq!(spaced.as_str(), expected);
        assert!(UploadHosts::default().allow(spaced.as_str()));
    }

    #[test]
    fn attachments_must_go_to_a_bucket() {
        let instance = "arn:aws:connect:eu-west-1:111122223333:instance/i-1"
            .parse()
            .expect("an ARN");
        let stored = |kind: &str, key_id: Option<&str>| AttachmentStorage {
            kind: kind.into(),
            bucket: Some(Bucket {
                name: "files".into(),
                prefix: "p".into(),
                key_id: key_id.map(Into::into),
            }),
        };
        for (seen, is_ok) in [
            (vec![stored("S3", None)], true),
            (vec![stored("S3", Some("arn"))], true),
            (vec![stored("KINESIS_STREAM", None)], false),
            (
                vec![AttachmentStorage {
                    kind: "S3".into(),
                    bucket: None,
                }],
                false,
            ),
            (vec![], false),
        ] {
            assert_eq!(storage(&Ok(seen.clone()), &instance).is_ok(), is_ok, "{seen:?}");
        }
    }
}
