//! Runs handlers in turn behind a Runtime API and a Connect double, and compares them.

mod authority;
mod callgrind;
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
mod rules;
mod runtime_api;
mod scene;

use std::error::Error;
use std::path::PathBuf;

use bytes::Bytes;
use clap::Parser;

use figures::{Figure, Figures};
use handler::{Handler, Name, Places};
use scene::Scene;

#[derive(Parser)]
struct Options {
    #[command(flatten)]
    places: Places,
    /// Rounds; every handler has its turn in each.
    #[arg(long, default_value_t = 15)]
    rounds: u32,
    /// Only these handlers.
    #[arg(long)]
    only: Vec<String>,
    /// Folder of the report and the chart.
    #[arg(long)]
    out: PathBuf,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let scene = Scene::set().await?;
    let mut handlers = handler::all(&options.places, &scene)?;
    if !options.only.is_empty() { handlers.retain(|handler| options.only.iter().any(|only| only == handler.name.key())); }
    let event = scene.event()?;
    let figures = measured(&handlers, &scene, &event, options.rounds).await?;
    for name in Name::ALL {
        for figure in Figure::ALL { println!("{} {} {:?}", name.key(), figure.key(), figures.median(name, figure)); }
    }
    Ok(())
}

async fn measured(
    handlers: &[Handler],
    scene: &Scene,
    event: &Bytes,
    rounds: u32,
) -> Result<Figures, Box<dyn Error>> {
    let mut figures = Figures::default();
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds}");
        for handler in handlers {
            measure::round(handler, scene, event, &mut figures).await?;
        }
    }
    for handler in handlers {
        if let Some(program) = &handler.package {
            let mb = package::zip_mb(program, handler.name.is_rust(), &scene.file(""))?;
            figures.add(handler.name, Figure::Zip, mb);
        }
        if handler.name.is_rust() {
            eprintln!("counting the instructions of {}", handler.name.key());
            callgrind::count(handler, scene, event, &mut figures).await?;
        }
    }
    Ok(figures)
}
