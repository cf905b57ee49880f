//! Why a stack could not be started, in one line each.

use std::io;
use std::path::PathBuf;

use crate::instances::InvokeError;

/// A part that listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
}

impl Part {
    /// Name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Api => "API Gateway stand-in",
            Self::Page => "demo page",
            Self::Connect => "Connect stand-in",
            Self::Store => "object store",
            Self::Oidc => "OIDC issuer",
        }
    }

    /// Variable that moves its port.
    #[must_use]
    pub fn port_variable(self) -> &'static str {
        match self {
            Self::Api => "API_PORT",
            Self::Page => "PAGE_PORT",
            Self::Connect => "CONNECT_PORT",
            Self::Store => "STORE_PORT",
            Self::Oidc => "OIDC_PORT",
        }
    }

    pub(super) fn not_started(self, port: u16, source: io::Error) -> StartError {
        if source.kind() == io::ErrorKind::AddrInUse {
            return StartError::PortTaken {
                port,
                part: self.name(),
                variable: self.port_variable(),
            };
        }
        self.failed(source)
    }

    pub(super) fn failed(self, source: io::Error) -> StartError {
        StartError::Part {
            part: self.name(),
            source,
        }
    }
}

/// Why there is no stack.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another program listens there.
    #[error("port {port} ({part}) is taken by another program; set {variable}")]
    PortTaken {
        /// The port.
        port: u16,
        /// Who wanted it.
        part: &'static str,
        /// What moves it.
        variable: &'static str,
    },
    /// A part failed for another reason.
    #[error("{part} could not be started: {source}")]
    Part {
        /// Which.
        part: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The broker has not been built.
    #[error("there is no broker at `{}`; build it with `cargo build --workspace`", path.display())]
    NoBroker {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The broker's settings could not be written.
    #[error("`{}` could not be written: {source}", path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The system gave no random bytes for the handle key.
    #[error("the system gave no random bytes")]
    NoRandomness,
    /// The broker did not come up.
    #[error("the broker did not start: {0}")]
    Broker(#[from] InvokeError),
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
