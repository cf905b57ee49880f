//! A double of Amazon Connect that answers at once, with the same bytes every time.
//!
//! The stand-in `connect-emulator` cannot take its place. It verifies signatures, validates against Connect's models and
//! presigns URLs, which takes longer than the broker does and would hide the differences between handlers. Its ids and
//! URLs differ from call to call, and the instruction counts with them. It also speaks no TLS, which is a third of the
//! broker's init phase.

use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use bytes::Bytes;
use serde_json::{Value, json};

/// The instance that handlers upload to.
pub(crate) const INSTANCE_ARN: &str =
    "arn:aws:connect:eu-west-1:111122223333:instance/11111111-2222-3333-4444-555555555555";
/// The Cases domain of the instance.
pub(crate) const DOMAIN_ARN: &str =
    "arn:aws:cases:eu-west-1:111122223333:domain/66666666-7777-8888-9999-000000000000";

/// The operations that handlers call.
pub(crate) fn routes() -> Router {
    Router::new()
        .route("/attached-files/{*rest}", put(prepared(&started_upload())))
        .route(
            "/attached-files-configurations/{*rest}",
            get(prepared(&configuration())),
        )
        .route("/search-users", post(search_users))
}

/// A response that is serialised once.
fn prepared(body: &Value) -> impl IntoResponse + Clone + Send + Sync + use<> {
    (
        [(CONTENT_TYPE, "application/json")],
        Bytes::from(body.to_string()),
    )
}

/// The user with the name that is searched for; a user of every name exists.
async fn search_users(Json(search): Json<Value>) -> Json<Value> {
    let username = search["SearchCriteria"]["StringCondition"]["Value"].as_str();
    let username = username.unwrap_or_default();
    let id = format!("id-of-{username}");
    let arn = format!("{INSTANCE_ARN}/agent/{id}");
    Json(json!({
        "Users": [{"Id": id, "Arn": arn, "Username": username}],
        "ApproximateTotalCount": 1,
    }))
}

/// URL in the double's answer, as long as one that is presigned with session credentials.
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
