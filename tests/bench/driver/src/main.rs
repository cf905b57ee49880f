//! Runs the broker and its peers in turn behind a Runtime API, an issuer and a Connect double, and compares them.

mod authority;
mod callgrind;
mod chart;
mod connect;
mod event;
mod figures;
mod handler;
mod https;
mod issuer;
mod live;
mod measure;
mod package;
mod process;
mod record;
mod report;
mod rules;
mod scale;
mod scene;
mod silent;
mod table;
mod targets;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use figures::{Figure, Figures};
use handler::{Handler, Places};
use record::Record;
use scene::Scene;

/// Compares the broker with its peers.
#[derive(Parser)]
struct Options {
    #[command(flatten)]
    places: Places,
    /// Rounds; each measures every handler once.
    #[arg(long, default_value_t = 15)]
    rounds: u32,
    /// Only this handler; may be repeated.
    #[arg(long)]
    only: Vec<String>,
    /// Folder of the report and the chart.
    #[arg(long)]
    out: PathBuf,
    /// File with the recorded instruction counts.
    #[arg(long)]
    record: PathBuf,
    /// Keep callgrind's profiles in this folder, for `callgrind_annotate`.
    #[arg(long)]
    profiles: Option<PathBuf>,
    /// Show how the broker's cost grows with its rules, tokens, events and concurrency instead.
    #[arg(long)]
    scale: bool,
    /// Record the counts of this run.
    #[arg(long)]
    update_record: bool,
}

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let options = Options::parse();
    let scene = Scene::set().await?;
    if options.scale {
        print!("{}", scale::table(&options.places, &scene).await?);
        return Ok(ExitCode::SUCCESS);
    }
    let mut handlers = handler::all(&options.places, &scene)?;
    handlers.retain(|handler| {
        options.only.is_empty() || options.only.iter().any(|only| only == handler.name.key())
    });
    let figures = measured(&handlers, &scene, options.rounds).await?;
    if let Some(folder) = &options.profiles {
        scene.keep("callgrind.", folder)?;
    }
    report::give(&figures, options.rounds, &options.out)?;
    guard(&options, &figures)
}

async fn measured(handlers: &[Handler], scene: &Scene, rounds: u32) -> Result<Figures, Box<dyn Error>> {
    let mut figures = Figures::default();
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds}");
        for handler in handlers {
            let events = scene.events(handler.name.tokens())?;
            measure::round(handler, scene, &events, &mut figures).await?;
        }
    }
    for handler in handlers {
        weigh(handler, scene, &mut figures).await?;
    }
    Ok(figures)
}

/// Measures what does not differ between rounds: the size of the package and the instructions.
async fn weigh(handler: &Handler, scene: &Scene, figures: &mut Figures) -> Result<(), Box<dyn Error>> {
    if let Some(program) = &handler.package {
        let mb = package::zip_mb(program, handler.name.is_rust(), &scene.file(""))?;
        figures.add(handler.name, Figure::Zip, mb);
    }
    if handler.name.is_rust() {
        eprintln!("counting the instructions of {}", handler.name.key());
        callgrind::count(handler, scene, figures).await?;
    }
    Ok(())
}

/// Fails where the broker needs more instructions than the tree records.
fn guard(options: &Options, figures: &Figures) -> Result<ExitCode, Box<dyn Error>> {
    let Some(measured) = Record::measured(figures) else {
        return Ok(ExitCode::SUCCESS);
    };
    if options.update_record {
        measured.write(&options.record)?;
        return Ok(ExitCode::SUCCESS);
    }
    let excesses = measured.excesses(&Record::read(&options.record)?);
    for excess in &excesses {
        eprintln!("more instructions than recorded: {excess}");
    }
    Ok(if excesses.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
