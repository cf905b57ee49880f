//! The report in JSON: all measured values and the verdict on each target.

use std::error::Error;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::chart;
use crate::figures::{Figure, Figures};
use crate::handler::Name;
use crate::table;
use crate::targets::{self, Target};

/// Prints the tables and writes `report.json` and `chart.svg` to `folder`.
pub(crate) fn give(figures: &Figures, rounds: u32, folder: &Path) -> Result<(), Box<dyn Error>> {
    let targets = targets::all(figures);
    println!("{}\n{}", table::comparison(figures), table::verdicts(&targets));
    fs::create_dir_all(folder)?;
    let report = serde_json::to_string_pretty(&json(figures, &targets, rounds))?;
    fs::write(folder.join("report.json"), report + "\n")?;
    fs::write(folder.join("chart.svg"), chart::svg(figures))?;
    println!(
        "written: {} and chart.svg beside it",
        folder.join("report.json").display()
    );
    Ok(())
}

fn json(figures: &Figures, targets: &[Target], rounds: u32) -> Value {
    let handlers: Map<_, _> = Name::ALL
        .map(|name| (name.key().to_owned(), handler(name, figures)))
        .into_iter()
        .collect();
    json!({
        "rounds": rounds,
        "handlers": handlers,
        "targets": targets.iter().map(Target::json).collect::<Vec<_>>(),
    })
}

fn handler(name: Name, figures: &Figures) -> Value {
    let medians = Figure::ALL.map(|figure| (figure.key().to_owned(), json!(figures.median(name, figure))));
    let mut handler: Map<_, _> = medians.into_iter().collect();
    handler.insert("what".to_owned(), name.what().into());
    Value::Object(handler)
}
