//! Armed faults, and the list of calls.

use std::time::{Duration, Instant};

use aws_sdk_connect::error::SdkError;
use serde_json::{Value, json};

use crate::support::{Stack, code};

async fn arm(stack: &Stack, faults: Value) {
    let (status, body) = stack.local("PUT", "/_local/faults", &faults.to_string()).await;
    assert_eq!(status, 204, "{body}");
}

async fn files(stack: &Stack) -> usize {
    let (_, listed) = stack.local("GET", "/_local/files", "").await;
    listed["files"].as_array().map_or(0, Vec::len)
}

fn start_fault(kind: &str) -> Value {
    json!({ "operation": "StartAttachedFileUpload", "kind": kind })
}

#[tokio::test]
async fn an_error_replaces_the_call_as_often_as_it_was_armed() {
    let stack = Stack::start().await;
    for (fault, status, expected) in [
        (
            json!({ "code": "ThrottlingException" }),
            429,
            "ThrottlingException",
        ),
        (
            json!({ "code": "AccessDeniedException" }),
            403,
            "AccessDeniedException",
        ),
        (
            json!({ "code": "ServiceUnavailable", "status": 503 }),
            503,
            "ServiceUnavailable",
        ),
        (json!({}), 500, "InternalServiceException"),
    ] {
        let mut armed = start_fault("error");
        armed
            .as_object_mut()
            .expect("an object")
            .extend(fault.as_object().expect("an object").clone());
        arm(&stack, json!([armed])).await;
        let error = stack.start_upload().send().await.expect_err("armed");
        assert_eq!(
            error.raw_response().map(|raw| raw.status().as_u16()),
            Some(status),
            "{armed}"
        );
        assert_eq!(code(&error), expected, "{armed}");
        assert_eq!(files(&stack).await, 0, "nothing is done");
    }
    stack.start_upload().send().await.expect("spent");
}

#[tokio::test]
async fn a_quota_error_carries_its_reason() {
    let stack = Stack::start().await;
    let mut fault = start_fault("error");
    fault["code"] = json!("ServiceQuotaExceededException");
    fault["reason"] = json!("TOTAL_FILE_SIZE_EXCEEDED");
    arm(&stack, json!([fault])).await;
    let error = stack
        .start_upload()
        .send()
        .await
        .expect_err("armed")
        .into_service_error();
    assert!(
        format!("{error:?}").contains("TotalFileSizeExceeded"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_reset_comes_before_or_after_the_operation_runs() {
    for (kind, done, status) in [("reset-before", 0, 0), ("reset-after", 1, 200)] {
        let stack = Stack::start().await;
        arm(&stack, json!([start_fault(kind)])).await;
        let error = stack.start_upload().send().await.expect_err("no answer");
        assert!(matches!(error, SdkError::DispatchFailure(_)), "{kind}: {error:?}");
        assert!(
            format!("{error:?}").contains("ConnectionReset"),
            "{kind}: {error:?}"
        );
        assert_eq!(files(&stack).await, done, "{kind}");
        let (_, calls) = stack.local("GET", "/_local/calls", "").await;
        assert_eq!(calls[0]["status"], status, "{kind}");
    }
}

#[tokio::test]
async fn an_answer_is_garbled_or_cut_off_after_the_operation_ran() {
    for (kind, whole) in [("garbage", true), ("truncate", false)] {
        let stack = Stack::start().await;
        arm(&stack, json!([start_fault(kind)])).await;
        let error = stack.start_upload().send().await.expect_err("no readable answer");
        // The SDK takes a whole answer that it cannot read for an error of the service, its status being 200.
        let seen_whole = match &error {
            SdkError::ServiceError(error) => error.raw().status().as_u16() == 200,
            SdkError::ResponseError(_) => false,
            other => panic!("{kind}: {other:?}"),
        };
        assert_eq!(seen_whole, whole, "{kind}: {error:?}");
        assert_eq!(files(&stack).await, 1, "{kind}");
    }
}

#[tokio::test]
async fn the_url_and_the_headers_are_replaced_or_removed() {
    let stack = Stack::start().await;
    let mut url = start_fault("url");
    url["value"] = json!("http://evil.example/");
    let mut headers = start_fault("headers");
    headers["value"] = json!({ "Host": "evil.example" });
    for (fault, url_start, header_count) in [
        (url, Some("http://evil.example/"), 7),
        (start_fault("url"), None, 7),
        (headers, Some("http://127.0.0.1"), 1),
        (start_fault("headers"), Some("http://127.0.0.1"), 0),
    ] {
        arm(&stack, json!([fault.clone()])).await;
        let metadata = stack
            .start_upload()
            .send()
            .await
            .expect("started")
            .upload_url_metadata;
        let metadata = metadata.expect("where to upload");
        let starts_so = metadata
            .url()
            .map(|url| url.starts_with(url_start.unwrap_or("nowhere")));
        assert_eq!(starts_so, url_start.map(|_| true), "{fault}");
        let count = metadata
            .headers_to_include()
            .map_or(0, std::collections::HashMap::len);
        assert_eq!(count, header_count, "{fault}");
    }
}

#[tokio::test]
async fn a_delay_combines_with_another_fault() {
    let stack = Stack::start().await;
    let mut delay = start_fault("delay");
    delay["delayMs"] = json!(200);
    arm(&stack, json!([delay, start_fault("error")])).await;
    let asked = Instant::now();
    stack.start_upload().send().await.expect_err("armed");
    assert!(asked.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn a_fault_that_cannot_happen_is_refused() {
    let stack = Stack::start().await;
    for faults in [
        json!({}),
        json!([{ "operation": "StartAttachedFileUpload", "kind": "explode" }]),
        json!([{ "operation": "NoSuchOperation", "kind": "error" }]),
        json!([{ "operation": "GetCase", "kind": "error", "cod": "x" }]),
    ] {
        let (status, _) = stack.local("PUT", "/_local/faults", &faults.to_string()).await;
        assert_eq!(status, 400, "{faults}");
    }
}

#[tokio::test]
async fn the_list_of_calls_names_each_and_can_be_emptied() {
    let stack = Stack::start().await;
    stack.start_upload().send().await.expect("started");
    let (_, calls) = stack.local("GET", "/_local/calls", "").await;
    let call = &calls.as_array().expect("a list")[0];
    assert_eq!(
        (&call["operation"], &call["status"]),
        (&json!("StartAttachedFileUpload"), &json!(200))
    );
    assert_eq!(call["requestId"].as_str().map(str::len), Some(36));
    assert!(call["time"].as_str().is_some_and(|time| time.ends_with('Z')));
    assert_eq!(stack.local("DELETE", "/_local/calls", "").await.0, 204);
    assert_eq!(stack.local("GET", "/_local/calls", "").await.1, json!([]));
}

#[tokio::test]
async fn an_operation_runs_to_its_end_if_the_caller_hangs_up() {
    let stack = Stack::start().await;
    let mut delayed = start_fault("delay");
    delayed["delayMs"] = json!(300);
    arm(&stack, json!([delayed])).await;
    let hung_up = tokio::time::timeout(Duration::from_millis(100), stack.start_upload().send()).await;
    assert!(hung_up.is_err(), "an answer before the delay was over");
    let done = async {
        while files(&stack).await == 0 {
            tokio::task::yield_now().await;
        }
    };
    let done = tokio::time::timeout(Duration::from_secs(30), done).await;
    assert!(done.is_ok(), "it never was");
}
