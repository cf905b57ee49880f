//! The comparison as a picture: one panel a figure, one bar a handler, the broker's in colour.

use std::fmt::Write as _;

use crate::figures::{Figure, Figures};
use crate::handler::Name;
use crate::table::cell;

/// The figures that are drawn; shorter is better in all of them.
const PANELS: [(&str, Figure); 4] = [
    ("Cold start, ms", Figure::Cold),
    ("Warm, p50, µs", Figure::Warm),
    ("Warm, CPU, µs", Figure::Cpu),
    ("Memory, MiB", Figure::Rss),
];
/// The handlers that are drawn, with short labels.
const BARS: [(&str, Name); 6] = [
    ("empty Rust function", Name::Floor0),
    ("upload broker", Name::Broker),
    ("Rust SDK, no auth", Name::Floor1),
    ("Rust SDK, JWT", Name::Plausible),
    ("Node 20", Name::Node),
    ("Python 3.11", Name::Python),
];

const PANEL_WIDTH: f64 = 400.0;
const PANEL_HEIGHT: f64 = 212.0;
const LABEL_WIDTH: f64 = 148.0;
const BAR_SPACE: f64 = 180.0;
/// Width of the shortest bar, which can still be seen.
const LEAST_WIDTH: f64 = 2.0;
const BAR_PITCH: f64 = 26.0;
const BAR_HEIGHT: f64 = 16.0;

/// Colours for light pages, and for dark ones by the reader's preference.
const STYLE: &str = "\
text{font:13px system-ui,sans-serif;fill:#1f2328}.title{font-weight:600}.value{fill:#59636e}\
.peer{fill:#afb8c1}.broker{fill:#0969da}.mine{font-weight:600}.back{fill:#ffffff}\
@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.value{fill:#9198a1}.peer{fill:#57606a}\
.broker{fill:#4493f8}.back{fill:#0d1117}}";

/// The picture as SVG.
pub(crate) fn svg(figures: &Figures) -> String {
    let (width, height) = (2.0 * PANEL_WIDTH, 2.0 * PANEL_HEIGHT);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\" aria-label=\"Cold start, warm latency, processor time and memory \
         of the upload broker beside its peers; shorter is better\">\n\
         <style>{STYLE}</style>\n<rect class=\"back\" width=\"{width}\" height=\"{height}\" rx=\"8\"/>\n"
    );
    let places = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)];
    for ((title, figure), (column, row)) in PANELS.into_iter().zip(places) {
        let (x, y) = (column * PANEL_WIDTH, row * PANEL_HEIGHT);
        let _ = writeln!(svg, "<g transform=\"translate({x} {y})\">");
        panel(&mut svg, title, figure, figures);
        svg.push_str("</g>\n");
    }
    svg.push_str("</svg>\n");
    svg
}

fn panel(svg: &mut String, title: &str, figure: Figure, figures: &Figures) {
    let _ = writeln!(svg, "<text class=\"title\" x=\"16\" y=\"32\">{title}</text>");
    let values = BARS.map(|(label, name)| (label, name, figures.median(name, figure)));
    let most = values.iter().filter_map(|(.., value)| *value).fold(0.0, f64::max);
    for ((label, name, value), row) in values.into_iter().zip(0..) {
        let Some(value) = value else { continue };
        bar(svg, row, label, name, value, width(value, most));
    }
}

fn bar(svg: &mut String, row: i32, label: &str, name: Name, value: f64, width: f64) {
    let top = 46.0 + f64::from(row) * BAR_PITCH;
    let base = top + 12.5;
    let (class, weight) = if name == Name::Broker {
        ("broker", "mine")
    } else {
        ("peer", "label")
    };
    let (end, after) = (LABEL_WIDTH + 8.0, LABEL_WIDTH + 14.0 + width);
    let _ = writeln!(
        svg,
        "<text class=\"{weight}\" x=\"{LABEL_WIDTH}\" y=\"{base}\" text-anchor=\"end\">{label}</text>\
         <rect class=\"{class}\" x=\"{end}\" y=\"{top}\" width=\"{width:.1}\" height=\"{BAR_HEIGHT}\" rx=\"3\"/>\
         <text class=\"value {weight}\" x=\"{after:.1}\" y=\"{base}\">{}</text>",
        cell(Some(value)),
    );
}

fn width(value: f64, most: f64) -> f64 {
    (value / most * BAR_SPACE).max(LEAST_WIDTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_values_and_can_be_seen() {
        for (value, expected) in [(100.0, BAR_SPACE), (50.0, BAR_SPACE / 2.0), (0.1, LEAST_WIDTH)] {
            assert!((width(value, 100.0) - expected).abs() < 1e-9, "{value}");
        }
    }

    #[test]
    fn what_was_not_measured_has_no_bar() {
        let mut figures = Figures::default();
        assert_eq!(svg(&figures).matches("class=\"broker\"").count(), 0);
        figures.add(Name::Broker, Figure::Cold, 5.0);
        assert_eq!(svg(&figures).matches("class=\"broker\"").count(), 1);
    }
}
