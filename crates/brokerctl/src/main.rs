//! `brokerctl`: checks the broker's settings and its account, explains its decisions, and mints upload links.
//!
//! Exit status: 0 for a sound deployment or an allowed use, 1 for faults or a denied use, 2 if the question cannot be
//! answered.

mod check;
mod configuration;
mod digest;
mod doctor;
mod explain;
mod link;
mod stand_ins;

use std::error::Error;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Checks the upload broker's settings, explains its decisions and mints upload links, all offline; examines its
/// account.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Check(check::Check),
    Doctor(doctor::Doctor),
    Explain(explain::Explain),
    MintLink(link::MintLink),
    NewLinkKey(link::NewLinkKey),
    DigestCaller(digest::DigestCaller),
    DigestName(digest::DigestName),
}

/// The result of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// Sound, or allowed.
    Yes,
    /// At fault, or denied.
    No,
    /// No fault is known, but not everything could be checked.
    Unknown,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let verdict: Result<Verdict, Box<dyn Error>> = match Cli::parse().command {
        Command::Check(check) => check.run().map_err(Into::into),
        Command::DigestCaller(digest) => Ok(digest.run()),
        Command::DigestName(digest) => digest.run().map_err(Into::into),
        Command::Doctor(doctor) => doctor.run().await,
        Command::Explain(explain) => explain.run().await.map_err(Into::into),
        Command::MintLink(mint) => mint.run().await.map_err(Into::into),
        Command::NewLinkKey(new) => new.run().map_err(Into::into),
    };
    match verdict {
        Ok(Verdict::Yes) => ExitCode::SUCCESS,
        Ok(Verdict::No) => ExitCode::from(1),
        Ok(Verdict::Unknown) => ExitCode::from(2),
        Err(unanswerable) => {
            eprintln!("error: {unanswerable}");
            ExitCode::from(2)
        }
    }
}
