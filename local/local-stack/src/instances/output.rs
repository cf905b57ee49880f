//! What the processes write, line by line.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

/// Lines of a failed process that are repeated in the error.
const LINES_KEPT: usize = 20;

/// Which of a process's two outputs a line came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output: where Lambda functions log.
    Out,
    /// Standard error: where they complain.
    Err,
}

/// One line that an instance wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Number of the instance, from 1.
    pub instance: u32,
    /// Where it was written.
    pub stream: Stream,
    /// The line without its end.
    pub text: String,
}

/// Where the lines go; a value that is cheap to clone.
#[derive(Clone)]
pub struct LogSink(Arc<dyn Fn(&LogLine) + Send + Sync>);

impl LogSink {
    /// Sink that gives every line to `write`.
    pub fn new(write: impl Fn(&LogLine) + Send + Sync + 'static) -> Self {
        Self(Arc::new(write))
    }

    /// Sink that keeps nothing.
    #[must_use]
    pub fn none() -> Self {
        Self::new(|_| ())
    }
}

impl fmt::Debug for LogSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LogSink")
    }
}

/// Last lines of one instance, and the way to the sink.
#[derive(Clone, Debug)]
pub(super) struct Output {
    instance: u32,
    sink: LogSink,
    last: Arc<Mutex<VecDeque<String>>>,
}

impl Output {
    pub(super) fn new(instance: u32, sink: LogSink) -> Self {
        Self {
            instance,
            sink,
            last: Arc::default(),
        }
    }

    /// Passes on lines until the process closes `pipe`.
    pub(super) async fn drain(self, stream: Stream, pipe: impl AsyncRead + Unpin) {
        let mut lines = BufReader::new(pipe).split(b'\n');
        while let Ok(Some(line)) = lines.next_segment().await {
            let text = String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned();
            self.keep(&text);
            (self.sink.0)(&LogLine {
                instance: self.instance,
                stream,
                text,
            });
        }
    }

    /// The last lines that were written, oldest first.
    pub(super) fn last_lines(&self) -> String {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.iter().map(String::as_str).collect::<Vec<_>>().join("\n")
    }

    fn keep(&self, text: &str) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() == LINES_KEPT {
            last.pop_front();
        }
        last.push_back(text.to_owned());
    }
}
