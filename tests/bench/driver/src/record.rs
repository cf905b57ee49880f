//! The recorded instruction counts of the broker. A commit that needs more must change the record.

use std::error::Error;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::figures::{Figure, Figures};
use crate::handler::Name;

/// Factor by which a count may exceed the record.
const TOLERANCE: f64 = 1.05;

/// The recorded counts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Record {
    init: f64,
    init_not_connected: f64,
    warm: f64,
    warm_new_tokens: f64,
}

impl Record {
    /// The counts of this run, or `None` if the broker was not measured.
    pub(crate) fn measured(figures: &Figures) -> Option<Self> {
        let of = |name, figure| figures.median(name, figure).map(f64::round);
        Some(Self {
            init: of(Name::Broker, Figure::InitInstructions)?,
            init_not_connected: of(Name::BrokerNotConnected, Figure::InitInstructions)?,
            warm: of(Name::Broker, Figure::WarmInstructions)?,
            warm_new_tokens: of(Name::BrokerNewTokens, Figure::WarmInstructions)?,
        })
    }

    /// The record in `file`.
    pub(crate) fn read(file: &Path) -> Result<Self, Box<dyn Error>> {
        let text = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
        Ok(serde_json::from_slice(&text)?)
    }

    /// Makes `self` the record in `file`.
    pub(crate) fn write(&self, file: &Path) -> Result<(), Box<dyn Error>> {
        Ok(fs::write(file, serde_json::to_string_pretty(self)? + "\n")?)
    }

    /// Every count that exceeds the recorded one by too much.
    pub(crate) fn excesses(&self, recorded: &Self) -> Vec<String> {
        let counts = [
            ("init", self.init, recorded.init),
            (
                "init, not connected",
                self.init_not_connected,
                recorded.init_not_connected,
            ),
            ("warm invoke", self.warm, recorded.warm),
            (
                "warm invoke, new token",
                self.warm_new_tokens,
                recorded.warm_new_tokens,
            ),
        ];
        let excessive = counts
            .into_iter()
            .filter(|(_, now, then)| *now > then * TOLERANCE);
        excessive
            .map(|(what, now, then)| {
                let percent = (now / then - 1.0) * 100.0;
                format!("{what}: {now:.0} instructions, {percent:.1} % over the record of {then:.0}")
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORDED: Record = Record {
        init: 2000.0,
        init_not_connected: 1000.0,
        warm: 500.0,
        warm_new_tokens: 600.0,
    };

    #[test]
    fn five_percent_over_the_record_is_allowed_and_more_is_not() {
        let at_the_limit = Record {
            init: 2100.0,
            init_not_connected: 1050.0,
            warm: 525.0,
            warm_new_tokens: 630.0,
        };
        assert_eq!(at_the_limit.excesses(&RECORDED), Vec::<String>::new());
        for larger in [
            Record {
                init: 2101.0,
                ..RECORDED
            },
            Record {
                init_not_connected: 1051.0,
                ..RECORDED
            },
            Record {
                warm: 526.0,
                ..RECORDED
            },
            Record {
                warm_new_tokens: 631.0,
                ..RECORDED
            },
        ] {
            assert_eq!(larger.excesses(&RECORDED).len(), 1, "{larger:?}");
        }
    }

    #[test]
    fn the_recorded_counts_can_be_read() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../instructions.json");
        assert!(Record::read(&file).is_ok(), "{}", file.display());
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("instructions.json");
        RECORDED.write(&file).expect("written");
        assert_eq!(Record::read(&file).expect("read"), RECORDED);
    }
}
