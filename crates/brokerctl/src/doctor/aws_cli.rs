//! Calls to AWS by the AWS CLI, which deployers have: it speaks every service, and knows profiles and single sign-on.

use std::io;
use std::process::{Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tokio::process::Command;

use super::call_error::CallError;
use super::question::Question;
use crate::configuration::process_variable;

/// Maximum duration of one call, with the pages of its answer.
const TIMEOUT: Duration = Duration::from_mins(1);

/// What the AWS CLI writes before and behind the code of a service's error.
const CODE: [&str; 2] = ["An error occurred (", ") when calling the "];

/// Texts of the AWS CLI for its own errors, and what they mean. Source: `botocore/exceptions.py`.
const OWN_ERRORS: [(&str, &str); 4] = [
    ("Unable to locate credentials", "none, there are no credentials"),
    (
        "credentials were refreshed, but",
        "none, the credentials are expired",
    ),
    ("Error loading SSO Token", "none, sign in again (`aws sso login`)"),
    (
        "Token has expired and refresh failed",
        "none, sign in again (`aws sso login`)",
    ),
];

/// The answer to one question; `arguments` hold no secret, because other users of the machine can read them.
pub(super) async fn ask(question: &Question, arguments: &[&str]) -> Result<Value, CallError> {
    let mut command = Command::new("aws");
    command
        .args(question.command())
        .args(arguments)
        .args([
            "--output",
            "json",
            "--cli-connect-timeout",
            "10",
            "--cli-read-timeout",
            "20",
        ])
        .env("AWS_PAGER", "")
        .env("AWS_MAX_ATTEMPTS", "3")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    // Version 1 of the AWS CLI reads only this variable; the SDK reads the other.
    if let Some(region) = process_variable("AWS_REGION") {
        command.env("AWS_DEFAULT_REGION", region);
    }
    match tokio::time::timeout(TIMEOUT, Box::pin(command.output())).await {
        Ok(Ok(output)) => answer(&output),
        Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => Err(CallError::NoCli),
        Ok(Err(error)) => Err(CallError::NoAnswer(format!("`aws` does not start: {error}"))),
        Err(_) => Err(CallError::TimedOut),
    }
}

fn answer(output: &Output) -> Result<Value, CallError> {
    if !output.status.success() {
        return Err(error(&String::from_utf8_lossy(&output.stderr)));
    }
    // Some answers are empty, such as that about a function for which nothing is reserved.
    if output.stdout.trim_ascii().is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&output.stdout).map_err(|_| CallError::Code {
        code: "none, the AWS CLI printed no JSON".into(),
    })
}

/// The error in the AWS CLI's output. Only the code of a service's message is kept.
fn error(text: &str) -> CallError {
    let [before, behind] = CODE;
    let coded = text
        .split_once(before)
        .and_then(|(_, rest)| rest.split_once(behind));
    if let Some((code, _)) = coded {
        return CallError::coded(code);
    }
    if let Some((_, code)) = OWN_ERRORS.iter().find(|(words, _)| text.contains(words)) {
        return CallError::Credentials { code: (*code).into() };
    }
    if text.contains("ould not connect") || text.contains("onnect timeout") || text.contains("ead timeout") {
        return CallError::NoAnswer("the AWS CLI could not connect".into());
    }
    let code = if text.contains("specify a region") {
        "none, the AWS CLI knows no region (set AWS_REGION)"
    } else if text.contains("nvalid choice") {
        "none, the AWS CLI is too old for this call"
    } else {
        "none, the AWS CLI failed"
    };
    CallError::Code { code: code.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_error_only_the_code_is_kept() {
        let code = |code: &str| CallError::Code { code: code.into() };
        let credentials = |code: &str| CallError::Credentials { code: code.into() };
        for (text, expected) in [
            (
                "\nAn error occurred (AccessDenied) when calling the DescribeStacks operation: User: secret",
                CallError::AccessDenied {
                    code: "AccessDenied".into(),
                },
            ),
            (
                "\naws: [ERROR]: An error occurred (ExpiredToken) when calling the GetPolicy operation: secret",
                credentials("ExpiredToken"),
            ),
            (
                "An error occurred (AuthorizationError) when calling the ListSubscriptionsByTopic operation: x",
                CallError::AccessDenied {
                    code: "AuthorizationError".into(),
                },
            ),
            (
                "An error occurred (NoSuchEntity) when calling the X operation: x",
                CallError::NotFound,
            ),
            (
                "An error occurred (Throttling) when calling the X operation: x",
                CallError::Throttled,
            ),
            (
                "An error occurred (ValidationError) when calling the X operation: x",
                code("ValidationError"),
            ),
            (
                "An error occurred (no code) when calling the X operation: x",
                code("none"),
            ),
            (
                "Unable to locate credentials. You can configure",
                credentials("none, there are no credentials"),
            ),
            (
                "Could not connect to the endpoint URL: \"http://127.0.0.1:1/\"",
                CallError::NoAnswer("the AWS CLI could not connect".into()),
            ),
            (
                "You must specify a region.",
                code("none, the AWS CLI knows no region (set AWS_REGION)"),
            ),
            (
                "argument operation: Invalid choice, valid",
                code("none, the AWS CLI is too old for this call"),
            ),
            ("secret", code("none, the AWS CLI failed")),
        ] {
            assert_eq!(error(text), expected, "{text}");
        }
    }
}
