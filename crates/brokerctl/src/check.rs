//! `brokerctl check`: prints every fault of the settings.

use broker_http::settings::{Fault, Settings};
use clap::Args;

use crate::Verdict;
use crate::configuration::{Config, EnvFileError, Environment};

/// Prints every fault that the broker would find in the settings at its start, one on each line. If there is none, it
/// prints the number of rules and the digest by which the broker logs them. Warnings about rules that can never match or
/// are weak go to standard error and are not faults.
#[derive(Args)]
pub(crate) struct Check {
    #[command(flatten)]
    config: Config,
    #[command(flatten)]
    environment: Environment,
}

impl Check {
    pub(crate) fn run(&self) -> Result<Verdict, EnvFileError> {
        match self.environment.settings(&self.config.config, None)? {
            Ok(settings) => {
                let scope = if self.environment.is_stand_in() {
                    " (rules only)"
                } else {
                    ""
                };
                for warning in settings.warnings() {
                    eprintln!("warning: {warning}");
                }
                println!("ok: {}{scope}", summary(&settings));
                println!("rules_sha256: {}", settings.rules_digest);
                Ok(Verdict::Yes)
            }
            Err(faults) => {
                print_faults(&faults);
                Ok(Verdict::No)
            }
        }
    }
}

/// Prints each fault on a line of its own.
pub(crate) fn print_faults(faults: &[Fault]) {
    for fault in faults {
        println!("{fault}");
    }
}

/// The numbers of issuers, identity rules and grants.
pub(crate) fn summary(settings: &Settings) -> String {
    let counted = |count: usize, name: &str| format!("{count} {name}{}", if count == 1 { "" } else { "s" });
    [
        counted(settings.issuers.len(), "issuer"),
        counted(settings.identity.rules().len(), "identity rule"),
        counted(settings.grants.entries().len(), "grant"),
    ]
    .join(", ")
}
