//! The targets for the broker, and whether it meets them.

use serde_json::{Value, json};

use crate::figures::{Figure, Figures};
use crate::handler::Name;

/// Verdict on one target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Better than the stretch value.
    Stretch,
    /// Met.
    Holds,
    /// Not met.
    Missed,
    /// A value that it needs was not measured.
    NotMeasured,
}

impl Verdict {
    /// Its name in the table and the report.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Stretch => "stretch",
            Self::Holds => "holds",
            Self::Missed => "missed",
            Self::NotMeasured => "not measured",
        }
    }
}

/// One target: an upper bound for a figure, and a lower one to aim for.
pub(crate) struct Target {
    /// The two things that are compared.
    pub(crate) what: &'static str,
    /// The measured figure.
    pub(crate) measured: Option<f64>,
    /// The target.
    pub(crate) at_most: f64,
    /// The stretch value.
    pub(crate) stretch: Option<f64>,
}

impl Target {
    /// Whether the target is met.
    pub(crate) fn verdict(&self) -> Verdict {
        match self.measured {
            None => Verdict::NotMeasured,
            Some(measured) if self.stretch.is_some_and(|stretch| measured <= stretch) => Verdict::Stretch,
            Some(measured) if measured <= self.at_most => Verdict::Holds,
            Some(_) => Verdict::Missed,
        }
    }

    /// Excess in percent of the target.
    pub(crate) fn over_percent(&self) -> Option<f64> {
        let measured = self.measured.filter(|_| self.verdict() == Verdict::Missed)?;
        Some((measured / self.at_most - 1.0) * 100.0)
    }

    /// The target as the report has it.
    pub(crate) fn json(&self) -> Value {
        json!({
            "what": self.what,
            "measured": self.measured,
            "target": self.at_most,
            "stretch": self.stretch,
            "verdict": self.verdict().word(),
            "overPercent": self.over_percent(),
        })
    }
}

/// Every target with its measured figure.
pub(crate) fn all(figures: &Figures) -> Vec<Target> {
    let mut targets = cold(figures);
    targets.extend(warm(figures));
    targets.extend(small(figures));
    targets
}

fn target(what: &'static str, measured: Option<f64>, at_most: f64, stretch: Option<f64>) -> Target {
    Target {
        what,
        measured,
        at_most,
        stretch,
    }
}

fn cold(figures: &Figures) -> Vec<Target> {
    let unconnected = Name::BrokerNotConnected;
    let init = figures.ratio(unconnected, Name::Floor0, Figure::Init);
    let instructions = figures.median(unconnected, Figure::InitInstructions);
    let against = |other| figures.ratio(Name::Broker, other, Figure::Cold);
    let first_ms = (Name::Broker, Figure::First);
    let first = figures
        .ratio_of(first_ms, (Name::Broker, Figure::Warm))
        .map(|ratio| ratio * 1e3);
    vec![
        target("init, not connected / floor-0", init, 1.5, Some(1.2)),
        target("init, not connected, instructions", instructions, 1.6e6, None),
        target(
            "cold / plausible",
            against(Name::Plausible),
            1.0 / 6.0,
            Some(1.0 / 8.0),
        ),
        target(
            "cold / Python",
            against(Name::Python),
            1.0 / 50.0,
            Some(1.0 / 80.0),
        ),
        target("cold / Node", against(Name::Node), 1.0 / 30.0, Some(1.0 / 50.0)),
        target("first invoke / own warm p50", first, 3.0, Some(2.0)),
    ]
}

fn warm(figures: &Figures) -> Vec<Target> {
    let cpu = |other| figures.ratio(Name::Broker, other, Figure::Cpu);
    let instructions = figures.ratio(Name::Broker, Name::Floor1, Figure::WarmInstructions);
    let connections = figures.median(Name::Broker, Figure::NewConnections);
    vec![
        target("warm CPU / floor-1", cpu(Name::Floor1), 0.6, Some(0.4)),
        target("warm CPU / Python", cpu(Name::Python), 1.0 / 6.0, Some(0.1)),
        target("warm CPU / Node", cpu(Name::Node), 1.0 / 7.0, Some(0.1)),
        target("warm instructions / floor-1", instructions, 1.25, Some(1.0)),
        target("new connections in a warm run", connections, 0.0, Some(0.0)),
    ]
}

fn small(figures: &Figures) -> Vec<Target> {
    let rss = figures.ratio(Name::Broker, Name::Floor1, Figure::Rss);
    let rss_mib = figures.median(Name::Broker, Figure::Rss);
    let zip = figures.median(Name::Broker, Figure::Zip);
    // The stretch of memory is absolute: as a share of what floor-1 takes.
    let five_mib = rss.zip(rss_mib).map(|(ratio, mib)| 5.0 * ratio / mib);
    vec![
        target("memory / floor-1", rss, 0.55, five_mib),
        target("package, MB", zip, 3.3, Some(2.2)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_an_upper_bound() {
        for (measured, expected, over) in [
            (None, Verdict::NotMeasured, None),
            (Some(1.0), Verdict::Stretch, None),
            (Some(1.1), Verdict::Holds, None),
            (Some(2.0), Verdict::Holds, None),
            (Some(3.0), Verdict::Missed, Some(50.0)),
        ] {
            let target = target("x", measured, 2.0, Some(1.0));
            assert_eq!(target.verdict(), expected, "{measured:?}");
            assert_eq!(target.over_percent(), over, "{measured:?}");
        }
    }

    #[test]
    fn a_figure_that_was_not_measured_meets_no_target() {
        let targets = all(&Figures::default());
        assert!(
            targets
                .iter()
                .all(|target| target.verdict() == Verdict::NotMeasured)
        );
    }

    #[test]
    fn the_first_invocation_is_told_in_milliseconds_and_a_warm_one_in_microseconds() {
        let mut figures = Figures::default();
        figures.add(Name::Broker, Figure::First, 1.0);
        figures.add(Name::Broker, Figure::Warm, 500.0);
        let targets = all(&figures);
        let first = targets
            .iter()
            .find(|target| target.what.starts_with("first invoke"));
        assert_eq!(first.and_then(|target| target.measured), Some(2.0));
    }

    #[test]
    fn five_mib_is_the_stretch_of_memory_whatever_floor_1_takes() {
        for (mib, expected) in [
            (5.0, Verdict::Stretch),
            (6.0, Verdict::Holds),
            (9.0, Verdict::Missed),
        ] {
            let mut figures = Figures::default();
            figures.add(Name::Broker, Figure::Rss, mib);
            figures.add(Name::Floor1, Figure::Rss, 15.0);
            let memory = all(&figures)
                .into_iter()
                .find(|target| target.what.starts_with("memory"));
            assert_eq!(memory.expect("a row").verdict(), expected, "{mib}");
        }
    }
}
