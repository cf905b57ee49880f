//! Output of the processes, line by line.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

use crate::sink::Sink;

/// How many of a failed process's last lines its error repeats.
const LINES_KEPT: usize = 20;

/// The output that a line came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output, where Lambda functions log.
    Out,
    /// Standard error.
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

/// Receives every line of every instance.
pub type LogSink = Sink<LogLine>;

/// Passes one instance's lines to the sink and remembers the last of them.
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
            self.sink.send(&LogLine {
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
