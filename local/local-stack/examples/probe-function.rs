//! Lambda function for the tests of the stand-ins: it does what the event's `do` asks for.
//!
//! It runs on the real `lambda_runtime`, so that the Runtime API stand-in is tested with AWS's own client.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::{env, process};

use lambda_runtime::{Error, LambdaEvent, run_concurrent, service_fn};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    init(&variable("PROBE_INIT").unwrap_or_default())?;
    run_concurrent(service_fn(act)).await
}

#[expect(clippy::disallowed_methods, reason = "a program of its own, without settings")]
fn variable(name: &str) -> Result<String, env::VarError> {
    env::var(name)
}

/// Init phase, good or bad.
fn init(how: &str) -> Result<(), Error> {
    match how {
        "exit" => {
            eprintln!("the probe cannot start: PROBE_INIT says so");
            process::exit(3);
        }
        "hang" => loop {
            std::thread::park();
        },
        "report" => report_init_error(),
        _ => Ok(()),
    }
}

/// `POST /runtime/init/error`, by hand: the runtime crate sends it for its own hooks only.
fn report_init_error() -> Result<(), Error> {
    let api = variable("AWS_LAMBDA_RUNTIME_API")?;
    let body = r#"{"errorType":"Probe.NoConfig","errorMessage":"no settings"}"#;
    let mut stream = TcpStream::connect(&api)?;
    write!(
        stream,
        "POST /2018-06-01/runtime/init/error HTTP/1.1\r\nhost: {api}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )?;
    // Ended from outside, once the report has been taken.
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(())
}

async fn act(invocation: LambdaEvent<Value>) -> Result<Value, Error> {
    let (event, context) = invocation.into_parts();
    match event["do"].as_str().unwrap_or_default() {
        "environment" => Ok(env::vars()
            .map(|(name, value)| (name, Value::from(value)))
            .collect()),
        "hold" => hold(event["at"].as_str().unwrap_or_default()).await,
        "exit" => process::exit(7),
        "fail" => Err("asked to fail".into()),
        "grow" => Ok(Value::from("x".repeat(6 * 1024 * 1024))),
        _ => Ok(json!({
            "event": event,
            "processId": process::id(),
            "requestId": context.request_id,
            "deadline": context.deadline,
            "functionArn": context.invoked_function_arn,
            "traceId": context.xray_trace_id,
        })),
    }
}

/// Connects to the test and goes on when the test closes the connection.
async fn hold(at: &str) -> Result<Value, Error> {
    let mut stream = tokio::net::TcpStream::connect(at).await?;
    stream.read_to_end(&mut Vec::new()).await?;
    Ok(json!({"processId": process::id()}))
}
