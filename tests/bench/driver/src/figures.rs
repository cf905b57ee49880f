//! Measured values of each handler, round by round, and their medians.

use std::collections::BTreeMap;

use crate::handler::Name;

/// A measured quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Figure {
    /// Milliseconds from the start of the process until it asks for its first event.
    Init,
    /// Milliseconds of the first invocation.
    First,
    /// Milliseconds of init and first invocation together.
    Cold,
    /// Microseconds of a warm invocation, the median of a run.
    Warm,
    /// Microseconds of a warm invocation, the 99th percentile of a run.
    WarmP99,
    /// Microseconds of processor time for a warm invocation.
    Cpu,
    /// MiB of memory after the warm invocations.
    Rss,
    /// Connections to Connect that warm invocations opened.
    NewConnections,
    /// MB of the package as it is deployed.
    Zip,
    /// Instructions of the init phase.
    InitInstructions,
    /// Instructions of a warm invocation.
    WarmInstructions,
}

impl Figure {
    /// All of them, in the order of the table.
    pub(crate) const ALL: [Self; 11] = [
        Self::Init,
        Self::First,
        Self::Cold,
        Self::Warm,
        Self::WarmP99,
        Self::Cpu,
        Self::Rss,
        Self::NewConnections,
        Self::Zip,
        Self::InitInstructions,
        Self::WarmInstructions,
    ];

    /// Its name in the report, with the unit.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Init => "init_ms",
            Self::First => "first_ms",
            Self::Cold => "cold_ms",
            Self::Warm => "warm_p50_us",
            Self::WarmP99 => "warm_p99_us",
            Self::Cpu => "warm_cpu_us",
            Self::Rss => "rss_mib",
            Self::NewConnections => "new_connections",
            Self::Zip => "zip_mb",
            Self::InitInstructions => "init_instructions",
            Self::WarmInstructions => "warm_instructions",
        }
    }
}

/// All measured values: one a round for each handler and figure.
#[derive(Default)]
pub(crate) struct Figures(BTreeMap<(Name, Figure), Vec<f64>>);

impl Figures {
    /// Adds the value of one round.
    pub(crate) fn add(&mut self, name: Name, figure: Figure, value: f64) {
        self.0.entry((name, figure)).or_default().push(value);
    }

    /// The median over all rounds.
    pub(crate) fn median(&self, name: Name, figure: Figure) -> Option<f64> {
        median(self.0.get(&(name, figure))?)
    }

    /// Ratio of `name` to `other`: the median of the rounds' ratios, because machines drift between rounds.
    pub(crate) fn ratio(&self, name: Name, other: Name, figure: Figure) -> Option<f64> {
        self.ratio_of((name, figure), (other, figure))
    }

    /// The median of the rounds' ratios of one measurement to another.
    pub(crate) fn ratio_of(&self, of: (Name, Figure), to: (Name, Figure)) -> Option<f64> {
        let pairs = self.0.get(&of)?.iter().zip(self.0.get(&to)?);
        let ratios: Vec<f64> = pairs.map(|(value, base)| value / base).collect();
        median(&ratios)
    }
}

/// The value in the middle, or the mean of the two in the middle.
pub(crate) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    let is_odd = sorted.len() % 2 == 1;
    Some(if is_odd {
        upper
    } else {
        f64::midpoint(sorted[middle - 1], upper)
    })
}

/// The value that one in a hundred exceeds.
pub(crate) fn percentile_99(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let position = (sorted.len() * 99).div_ceil(100);
    sorted.get(position.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_the_middle() {
        for (values, expected) in [
            (&[][..], None),
            (&[3.0], Some(3.0)),
            (&[9.0, 1.0], Some(5.0)),
            (&[9.0, 1.0, 2.0], Some(2.0)),
        ] {
            assert_eq!(median(values), expected, "{values:?}");
        }
    }

    #[test]
    fn one_in_a_hundred_is_slower_than_the_99th_percentile() {
        let values: Vec<f64> = (1..=200).rev().map(f64::from).collect();
        assert_eq!(percentile_99(&values), Some(198.0));
        assert_eq!(percentile_99(&[7.0]), Some(7.0));
        assert_eq!(percentile_99(&[]), None);
    }

    #[test]
    fn ratios_are_taken_round_by_round() {
        let mut figures = Figures::default();
        for (broker, floor) in [(2.0, 1.0), (40.0, 20.0), (3.0, 1.0)] {
            figures.add(Name::Broker, Figure::Init, broker);
            figures.add(Name::Floor0, Figure::Init, floor);
        }
        assert_eq!(figures.ratio(Name::Broker, Name::Floor0, Figure::Init), Some(2.0));
        assert_eq!(figures.ratio(Name::Broker, Name::Node, Figure::Init), None);
    }
}
