//! Options of a function and of the processes that run it.

use std::path::PathBuf;
use std::time::Duration;

/// Which program is run, and within which limits.
#[derive(Clone, Debug)]
pub struct Options {
    /// The function's executable (`bootstrap`), which speaks the Runtime API.
    pub binary: PathBuf,
    /// `AWS_LAMBDA_FUNCTION_NAME`.
    pub function_name: String,
    /// `AWS_REGION`, and part of the function's ARN.
    pub region: String,
    /// Account in the function's ARN.
    pub account: String,
    /// `AWS_LAMBDA_FUNCTION_MEMORY_SIZE`; reported to the function, not enforced.
    pub memory_mb: u32,
    /// Function timeout. An invocation that exceeds it ends together with its process.
    pub timeout: Duration,
    /// How long a process may take to ask for its first invocation; 10 s at Lambda.
    pub init_timeout: Duration,
    /// Limit for processes that run at the same time.
    pub max_instances: usize,
    /// Invocations that one process handles at the same time; above 1 it is set as `AWS_LAMBDA_MAX_CONCURRENCY`.
    pub concurrency: usize,
    /// Variables set after Lambda's own. The process inherits nothing from this one.
    pub environment: Vec<(String, String)>,
}

impl Options {
    /// Lambda's defaults for `binary`, except for the timeout, which suits an API: 29 s.
    pub fn new(binary: impl Into<PathBuf>) -> Self {
        Self {
            binary: binary.into(),
            function_name: "upload-broker".to_owned(),
            region: "eu-west-1".to_owned(),
            account: "111122223333".to_owned(),
            memory_mb: 128,
            timeout: Duration::from_secs(29),
            init_timeout: Duration::from_secs(10),
            max_instances: 32,
            concurrency: 1,
            environment: Vec::new(),
        }
    }

    /// ARN that each invocation carries.
    pub(super) fn function_arn(&self) -> String {
        format!(
            "arn:aws:lambda:{}:{}:function:{}",
            self.region, self.account, self.function_name
        )
    }
}
