//! Checks the broker's settings and explains its decisions.
//!
//! Exit status: 0 for sound settings or an allowed use, 1 for faults or a denied use, 2 where the question
//! itself cannot be answered.

mod check;
mod configuration;
mod digest_name;
mod explain;
mod stand_ins;

use std::error::Error;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Checks the settings of the upload broker and explains its decisions, offline.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Check(check::Check),
    Explain(explain::Explain),
    DigestName(digest_name::DigestName),
}

/// What a command found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// Sound, or allowed.
    Yes,
    /// At fault, or denied.
    No,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let verdict: Result<Verdict, Box<dyn Error>> = match Cli::parse().command {
        Command::Check(check) => check.run().map_err(Into::into),
        Command::DigestName(digest) => digest.run().map_err(Into::into),
        Command::Explain(explain) => explain.run().await.map_err(Into::into),
    };
    match verdict {
        Ok(Verdict::Yes) => ExitCode::SUCCESS,
        Ok(Verdict::No) => ExitCode::from(1),
        Err(unanswerable) => {
            eprintln!("error: {unanswerable}");
            ExitCode::from(2)
        }
    }
}
