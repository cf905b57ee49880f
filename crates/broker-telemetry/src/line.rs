//! A line of the log: its level, its times, and how it is written.

use std::io::Write as _;
use std::time::{Duration, SystemTime};

use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Severity of a line, as Lambda's filter knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Level(usize);

const LEVELS: [&str; 6] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

impl Level {
    /// What went well, or is not the function's fault.
    pub const INFO: Self = Self(2);
    /// A failure.
    pub const ERROR: Self = Self(4);

    /// The level with this name, as in `AWS_LAMBDA_LOG_LEVEL`; `INFO` without a name.
    #[must_use]
    pub fn named(name: Option<&str>) -> Self {
        let position = LEVELS.iter().position(|level| Some(*level) == name);
        position.map_or(Self::INFO, Self)
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        LEVELS[self.0]
    }
}

/// The time of a line, in the two forms in which it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Times {
    /// RFC 3339; empty for a year of five digits, which the format does not have.
    pub rfc3339: String,
    /// Milliseconds since 1970.
    pub millis: u64,
}

impl Times {
    /// The time `at`.
    #[must_use]
    pub fn of(at: SystemTime) -> Self {
        let since: Duration = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self {
            rfc3339: OffsetDateTime::from(at).format(&Rfc3339).unwrap_or_default(),
            millis: u64::try_from(since.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

/// Writes `line` as one line of JSON to standard output.
pub fn write_line(line: &impl Serialize) {
    let mut text = Vec::with_capacity(1024);
    // Writing text and numbers to memory cannot fail. If standard output is gone, there is nowhere to report that.
    let _ = serde_json::to_writer(&mut text, line);
    text.push(b'\n');
    let _ = std::io::stdout().lock().write_all(&text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_one_of_lambdas() {
        for (name, expected) in [
            (Some("TRACE"), "TRACE"),
            (Some("FATAL"), "FATAL"),
            (Some("warn"), "INFO"),
            (Some(""), "INFO"),
            (None, "INFO"),
        ] {
            assert_eq!(Level::named(name).name(), expected, "{name:?}");
        }
    }

    #[test]
    fn a_time_is_written_twice() {
        let times = Times::of(SystemTime::UNIX_EPOCH + Duration::from_millis(1_500));
        assert_eq!((&*times.rfc3339, times.millis), ("1970-01-01T00:00:01.5Z", 1_500));
    }
}
