//! Parts of a stack, and the errors with which it fails to start.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::dynamodb::DynamodbError;
use crate::instances::InvokeError;

/// A part that listens on a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// API Gateway stand-in.
    Api,
    /// Demo page.
    Page,
    /// Connect stand-in.
    Connect,
    /// Object store.
    Store,
    /// OIDC issuer.
    Oidc,
    /// EventBridge stand-in.
    Events,
    /// DynamoDB-compatible server.
    Dynamodb,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Api => "API Gateway stand-in",
            Self::Page => "demo page",
            Self::Connect => "Connect stand-in",
            Self::Store => "object store",
            Self::Oidc => "OIDC issuer",
            Self::Events => "EventBridge stand-in",
            Self::Dynamodb => "DynamoDB stand-in",
        })
    }
}

impl Part {
    /// Variable that sets its port.
    fn port_variable(self) -> &'static str {
        match self {
            Self::Api => "API_PORT",
            Self::Page => "PAGE_PORT",
            Self::Connect => "CONNECT_PORT",
            Self::Store => "STORE_PORT",
            Self::Oidc => "OIDC_PORT",
            Self::Events => "EVENTS_PORT",
            Self::Dynamodb => "DYNAMODB_PORT",
        }
    }

    pub(super) fn not_started(self, port: u16, source: io::Error) -> StartError {
        if source.kind() == io::ErrorKind::AddrInUse {
            return StartError::PortTaken { port, part: self };
        }
        StartError::Part { part: self, source }
    }
}

/// Why the stack did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another program listens on the port.
    #[error("port {port} ({part}) is taken by another program; set {}", part.port_variable())]
    PortTaken {
        /// The port.
        port: u16,
        /// The part that needs it.
        part: Part,
    },
    /// A part failed for another reason.
    #[error("{part} could not be started: {source}")]
    Part {
        /// The part that failed.
        part: Part,
        /// The cause.
        source: io::Error,
    },
    /// The DynamoDB-compatible server did not start.
    #[error("{0}; `--no-shared-table` does without it")]
    Dynamodb(#[from] DynamodbError),
    /// A function has not been built.
    #[error("there is no function at `{}`; build it with `cargo build --workspace`", path.display())]
    NoFunction {
        /// Where it was expected.
        path: PathBuf,
    },
    /// The broker's settings could not be written.
    #[error("`{}` could not be written: {source}", path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The system provided no random bytes for the handle key.
    #[error("the system provided no random bytes")]
    NoRandomness,
    /// The broker did not finish its init phase.
    #[error("the broker did not start: {0}")]
    Broker(InvokeError),
    /// The Lambda authorizer did not finish its init phase.
    #[error("the authorizer did not start: {0}")]
    Authorizer(InvokeError),
    /// The finisher did not finish its init phase.
    #[error("the finisher did not start: {0}")]
    Finisher(InvokeError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_one_line_that_says_what_to_do() {
        let error = Part::Api.not_started(3000, io::ErrorKind::AddrInUse.into());
        let expected = "port 3000 (API Gateway stand-in) is taken by another program; set API_PORT";
        assert_eq!(error.to_string(), expected);
    }
}
