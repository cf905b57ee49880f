//! The Lambda function that scans files, behind an endpoint that takes invocations.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_connect::types::IntegrationType;
use bytes::Bytes;
use connect_emulator::Options;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{Stack, code};

const FUNCTION: &str = "arn:aws:lambda:eu-west-1:111122223333:function:scanner";
const APPROVED: Step = Step::Answer(200, r#"{"Status": "APPROVED"}"#);
const REJECTED: Step = Step::Answer(200, r#"{"Status": "REJECTED"}"#);

/// What the function does with one invocation.
#[derive(Clone, Copy, Debug)]
enum Step {
    Answer(u16, &'static str),
    Fail,
    Hang,
}

/// An endpoint that follows a script, and the events that it got.
#[derive(Clone)]
struct Function {
    script: Arc<Mutex<VecDeque<Step>>>,
    events: Arc<Mutex<Vec<Value>>>,
}

impl Function {
    /// The function, and the URL that invokes it.
    async fn serve(script: &[Step]) -> (Self, String) {
        let function = Self {
            script: Arc::new(Mutex::new(script.iter().copied().collect())),
            events: Arc::default(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let addr = listener.local_addr().expect("an address");
        let served = function.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let function = served.clone();
                let service = service_fn(move |request| function.clone().invoke(request));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        (
            function,
            format!("http://{addr}/2015-03-31/functions/function/invocations"),
        )
    }

    async fn invoke(self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        assert_eq!(request.uri().path(), "/2015-03-31/functions/function/invocations");
        let body = request
            .into_body()
            .collect()
            .await
            .expect("a whole event")
            .to_bytes();
        let event = serde_json::from_slice(&body).expect("JSON");
        self.events.lock().expect("whole").push(event);
        let step = self
            .script
            .lock()
            .expect("whole")
            .pop_front()
            .expect("one more step");
        let response = Response::builder();
        let response = match step {
            Step::Answer(status, body) => response.status(status).body(Full::from(body)),
            Step::Fail => response
                .header("x-amz-function-error", "Unhandled")
                .body(Full::from(r#"{"Status": "APPROVED"}"#)),
            Step::Hang => std::future::pending().await,
        };
        Ok(response.expect("a response"))
    }

    fn events(&self) -> Vec<Value> {
        self.events.lock().expect("whole").clone()
    }
}

/// An emulator whose tries follow each other at once, and that gives up after half a second.
async fn stack(url: &str) -> Stack {
    let quick = |options: &mut Options| {
        options.scanner.url = Some(url.to_owned());
        options.scanner.pause = Duration::ZERO;
        options.scanner.within = Duration::from_millis(500);
    };
    Stack::start_with(quick).await
}

/// The status of a file once it is scanned.
async fn verdict(stack: &Stack, file_id: &str) -> String {
    loop {
        let status = stack.status(file_id).await.expect("a file");
        if status != "PROCESSING" {
            return status;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn the_function_gets_the_documented_event_and_decides() {
    for (script, expected, kept) in [
        (vec![APPROVED], "APPROVED", true),
        (vec![REJECTED], "REJECTED", false),
        (
            vec![Step::Answer(429, ""), Step::Fail, APPROVED],
            "APPROVED",
            true,
        ),
        (
            vec![Step::Answer(500, r#"{"Status": "APPROVED"}"#); 3],
            "REJECTED",
            false,
        ),
        (
            vec![Step::Answer(200, r#"{"Status": "approved"}"#); 3],
            "REJECTED",
            false,
        ),
        (
            vec![Step::Answer(200, r#"{"errorMessage": "no"}"#); 3],
            "REJECTED",
            false,
        ),
        (vec![Step::Hang], "REJECTED", false),
    ] {
        let (name, tries) = (format!("{script:?}"), script.len());
        let (function, url) = Function::serve(&script).await;
        let stack = stack(&url).await;
        let file_id = stack.upload(b"hello").await;
        stack.complete(&file_id).await.expect("completed");
        assert_eq!(verdict(&stack, &file_id).await, expected, "{name}");
        assert_eq!(function.events().len(), tries, "{name}");
        let is_kept = stack.objects.paths_with(&file_id).len() == 1;
        assert_eq!(is_kept, kept, "{name}");
    }
}

#[tokio::test]
async fn the_event_names_the_file_where_it_lies() {
    let (function, url) = Function::serve(&[APPROVED]).await;
    let stack = stack(&url).await;
    let file_id = stack.upload(b"hello").await;
    stack.complete(&file_id).await.expect("completed");
    verdict(&stack, &file_id).await;
    let mut event = function.events().remove(0);
    let created = event["File"]["FileCreationTime"].take();
    assert!(
        created.as_u64().is_some_and(|millis| millis > 1_600_000_000_000),
        "{created}"
    );
    let paths = stack.objects.paths_with(&file_id);
    let key = paths[0].trim_start_matches("/connect-attachments/");
    let expected = json!({
        "Version": "1.0",
        "InstanceId": stack.options.instance_id,
        "File": {
            "FileId": file_id,
            "FileCreationTime": null,
            "FileName": "scan 001.pdf",
            "FileSizeInBytes": 5,
            "FileLocation": { "S3Location": {
                "Key": key,
                "Bucket": "connect-attachments",
                "Arn": format!("arn:aws:s3:::connect-attachments/{key}"),
            } },
        },
    });
    assert_eq!(event, expected);
}

#[tokio::test]
async fn an_instance_is_associated_with_one_function_and_no_longer() {
    let (function, url) = Function::serve(&[REJECTED]).await;
    let stack = Stack::start().await;
    let create = |kind: IntegrationType, arn: &str| {
        let create = stack
            .connect
            .create_integration_association()
            .integration_type(kind);
        create
            .instance_id(&stack.options.instance_id)
            .integration_arn(arn)
            .send()
    };
    for (kind, arn) in [
        (IntegrationType::FileScanner, "arn:aws:s3:::bucket"),
        (IntegrationType::Event, FUNCTION),
    ] {
        let refused = create(kind, arn).await.expect_err("not a scanner");
        assert_eq!(code(&refused), "InvalidRequestException", "{arn}");
    }
    let created = create(IntegrationType::FileScanner, FUNCTION)
        .await
        .expect("created");
    let second = create(IntegrationType::FileScanner, FUNCTION).await;
    assert_eq!(
        code(&second.expect_err("there is one")),
        "DuplicateResourceException"
    );
    let address = json!({ "url": url }).to_string();
    assert_eq!(stack.local("PUT", "/_local/scanner", &address).await.0, 204);
    let scanned = stack.upload(b"hello").await;
    stack.complete(&scanned).await.expect("completed");
    assert_eq!(verdict(&stack, &scanned).await, "REJECTED");

    let delete = || {
        let delete = stack.connect.delete_integration_association();
        let delete = delete.instance_id(&stack.options.instance_id);
        let id = created.integration_association_id.clone();
        delete.set_integration_association_id(id).send()
    };
    delete().await.expect("deleted");
    assert_eq!(
        code(&delete().await.expect_err("it is gone")),
        "ResourceNotFoundException"
    );
    let unscanned = stack.upload(b"hello").await;
    stack.complete(&unscanned).await.expect("completed");
    stack.clock.advance(Duration::from_secs(1));
    assert_eq!(verdict(&stack, &unscanned).await, "APPROVED");
    assert_eq!(function.events().len(), 1);
}

#[tokio::test]
async fn an_address_that_is_no_plain_http_url_is_refused() {
    let stack = Stack::start().await;
    for body in [
        "",
        "{}",
        r#"{"url": "https://127.0.0.1"}"#,
        r#"{"url": "scanner"}"#,
    ] {
        let (status, answer) = stack.local("PUT", "/_local/scanner", body).await;
        assert_eq!(status, 400, "{body}: {answer}");
    }
}
