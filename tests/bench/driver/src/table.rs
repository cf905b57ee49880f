//! The comparison as Markdown tables.

use std::fmt::Write as _;

use crate::figures::{Figure, Figures};
use crate::handler::Name;
use crate::targets::Target;

/// One row a handler.
pub(crate) fn comparison(figures: &Figures) -> String {
    let mut table = String::from(
        "| handler | init ms | first ms | cold ms | warm p50 us | p99 us | CPU us | RSS MiB | new connections | \
         zip MB | init instr. | warm instr. |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for name in Name::ALL {
        let cells = Figure::ALL.map(|figure| cell(figures.median(name, figure)));
        let _ = writeln!(
            table,
            "| {}: {} | {} |",
            name.key(),
            name.what(),
            cells.join(" | ")
        );
    }
    table
}

/// One row a target.
pub(crate) fn verdicts(targets: &[Target]) -> String {
    let mut table = String::from(
        "| target | measured | at most | stretch | verdict |\n| --- | --- | --- | --- | --- |\n",
    );
    for target in targets {
        let over = target
            .over_percent()
            .map_or_else(String::new, |percent| match percent {
                percent if percent.is_finite() => format!(" by {percent:.0} %"),
                _ => String::new(),
            });
        let _ = writeln!(
            table,
            "| {} | {} | {} | {} | {}{over} |",
            target.what,
            cell(target.measured),
            cell(Some(target.at_most)),
            cell(target.stretch),
            target.verdict().word(),
        );
    }
    table
}

/// A number with three digits that count.
pub(crate) fn cell(value: Option<f64>) -> String {
    match value {
        None => "-".into(),
        Some(value) if value >= 1e6 => format!("{:.2} M", value / 1e6),
        Some(value) if value >= 1e4 => format!("{:.0} k", value / 1e3),
        Some(value) if value >= 100.0 => format!("{value:.0}"),
        Some(value) if value >= 10.0 => format!("{value:.1}"),
        Some(value) if value >= 1.0 || value == 0.0 => format!("{value:.2}"),
        Some(value) => format!("{value:.4}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_count() {
        for (value, expected) in [
            (None, "-"),
            (Some(0.0), "0.00"),
            (Some(1.0 / 30.0), "0.0333"),
            (Some(2.25), "2.25"),
            (Some(64.96), "65.0"),
            (Some(2298.4), "2298"),
            (Some(162_000.0), "162 k"),
            (Some(4_284_211.0), "4.28 M"),
        ] {
            assert_eq!(cell(value), expected, "{value:?}");
        }
    }

    #[test]
    fn every_row_has_a_cell_for_every_column() {
        let mut figures = Figures::default();
        figures.add(Name::Broker, Figure::Init, 5.0);
        let tables = [comparison(&figures), verdicts(&crate::targets::all(&figures))];
        for table in tables {
            let columns: Vec<_> = table.lines().map(|line| line.matches('|').count()).collect();
            assert!(columns.windows(2).all(|pair| pair[0] == pair[1]), "{table}");
        }
    }
}
