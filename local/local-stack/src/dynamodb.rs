//! DynamoDB stand-in: dynalite with the shared table, as a child process that Node runs.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::origins::loopback;

/// Name of the shared table.
pub const TABLE: &str = "upload-broker";

/// How long the server may take until it is ready, and until it has ended.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where the server's programs are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Node's executable.
    pub node: PathBuf,
    /// The folder `local/dynamodb`, into which `tools/dynalite` installs the server.
    pub folder: PathBuf,
}

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum DynamodbError {
    /// There is no Node.
    #[error("`{}` could not be started: {source}; `tools/dynalite` prints the path of a Node that it installs, for the variable NODE", node.display())]
    NoNode {
        /// Where it was expected.
        node: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// dynalite is not installed.
    #[error("dynalite is not installed in `{}`; `tools/dynalite` installs it", folder.display())]
    NoDynalite {
        /// Where it was expected.
        folder: PathBuf,
    },
    /// The server ended, or did not say that it is ready.
    #[error("the DynamoDB stand-in did not start; its messages are above")]
    NotReady,
}

/// A running server. Dropping it kills it.
#[derive(Debug)]
pub struct Running {
    /// Its address.
    pub addr: SocketAddr,
    // It ends when its standard input ends, so it ends with this program however that ends.
    child: Child,
}

/// The line that the server prints when it is ready.
#[derive(Deserialize)]
struct Ready {
    port: u16,
}

impl Server {
    /// Starts the server on `port` of 127.0.0.1; when this returns, the table is there.
    ///
    /// # Errors
    /// What is missing.
    pub async fn start(&self, port: u16) -> Result<Running, DynamodbError> {
        let folder = &self.folder;
        if !folder.join("node_modules/dynalite").is_dir() {
            return Err(DynamodbError::NoDynalite {
                folder: folder.clone(),
            });
        }
        let mut child = Command::new(&self.node)
            .arg(folder.join("serve.mjs"))
            .args(["--port", &port.to_string(), "--table", TABLE])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // A group of its own, so that Ctrl-C in a terminal ends it after the broker.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|source| DynamodbError::NoNode {
                node: self.node.clone(),
                source,
            })?;
        let output = child.stdout.take().ok_or(DynamodbError::NotReady)?;
        let ready = timeout(PATIENCE, first_line(output)).await;
        let ready = ready.ok().flatten().ok_or(DynamodbError::NotReady)?;
        Ok(Running {
            addr: loopback(ready.port),
            child,
        })
    }
}

async fn first_line(output: ChildStdout) -> Option<Ready> {
    let line = BufReader::new(output).lines().next_line().await.ok()??;
    serde_json::from_str(&line).ok()
}

impl Running {
    /// Ends the server and waits for its end.
    pub async fn shutdown(mut self) {
        drop(self.child.stdin.take());
        if timeout(PATIENCE, self.child.wait()).await.is_err() {
            tracing::warn!("the DynamoDB stand-in did not end by itself");
        }
    }
}
