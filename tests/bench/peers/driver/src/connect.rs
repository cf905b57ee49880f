//! A double of Amazon Connect that answers at once: what it costs is no part of the comparison.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use hyper::Method;
use rustls::ServerConfig;
use serde_json::{Value, json};

use crate::https::Https;

/// The instance that handlers upload to.
pub(crate) const INSTANCE_ARN: &str =
    "arn:aws:connect:eu-west-1:111122223333:instance/11111111-2222-3333-4444-555555555555";
/// The Cases domain of the instance.
pub(crate) const DOMAIN_ARN: &str =
    "arn:aws:cases:eu-west-1:111122223333:domain/66666666-7777-8888-9999-000000000000";

/// A double on a free port of loopback.
pub(crate) async fn start(tls: Arc<ServerConfig>) -> io::Result<Https> {
    let started = Bytes::from(started_upload().to_string());
    let configured = Bytes::from(configuration().to_string());
    Https::start(tls, move |method, path, body| {
        let resource = path.split('/').nth(1).unwrap_or_default();
        match (method, resource) {
            (&Method::PUT, "attached-files") => Some(started.clone()),
            (&Method::GET, "attached-files-configurations") => Some(configured.clone()),
            (&Method::POST, "search-users") => found_user(body),
            _ => None,
        }
    })
    .await
}

/// The user who is asked for: there is one of every name.
fn found_user(search: &[u8]) -> Option<Bytes> {
    let search: Value = serde_json::from_slice(search).ok()?;
    let username = search["SearchCriteria"]["StringCondition"]["Value"].as_str()?;
    let (id, arn) = (
        format!("id-of-{username}"),
        format!("{INSTANCE_ARN}/agent/id-of-{username}"),
    );
    let users = json!([{"Id": id, "Arn": arn, "Username": username}]);
    Some(Bytes::from(
        json!({"Users": users, "ApproximateTotalCount": 1}).to_string(),
    ))
}

/// URL at which the file is to be put; as long as one that was signed with a session's credentials.
pub(crate) fn upload_url() -> String {
    let token = "0123456789abcdef".repeat(56);
    format!(
        "https://amazon-connect-example.s3.eu-west-1.amazonaws.com/connect/example/Attachments/staging/report.pdf\
         ?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20260101T000000Z&X-Amz-Expires=300\
         &X-Amz-SignedHeaders=content-type%3Bhost&X-Amz-Security-Token={token}&X-Amz-Signature={}",
        "ab".repeat(32)
    )
}

fn started_upload() -> Value {
    json!({
        "FileArn": format!("{INSTANCE_ARN}/file/aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"),
        "FileId": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
        "CreationTime": "2026-01-01T00:00:00.000Z",
        "FileStatus": "PROCESSING",
        "UploadUrlMetadata": {
            "Url": upload_url(),
            "UrlExpiry": "2099-01-01T00:00:00.000Z",
            "HeadersToInclude": {
                "Content-Type": "application/pdf",
                "Content-Disposition": "attachment; filename=\"report.pdf\"",
                "x-amz-acl": "bucket-owner-full-control",
                "x-amz-meta-account_id": "111122223333",
                "x-amz-meta-organization_id": "11111111-2222-3333-4444-555555555555",
            },
        },
    })
}

fn configuration() -> Value {
    let extensions = [
        "csv", "doc", "docx", "heic", "jfif", "jpeg", "jpg", "mov", "mp4", "pdf", "png", "ppt", "pptx",
        "rtf", "txt", "wav", "xls", "xlsx",
    ];
    let allowed = extensions.map(|extension| json!({"Extension": extension}));
    json!({"AttachedFilesConfiguration": {
        "InstanceId": INSTANCE_ARN,
        "AttachmentScope": "CASE",
        "MaximumSizeLimitInBytes": 20_971_520,
        "ExtensionConfiguration": {"AllowedExtensions": allowed},
    }})
}
