//! `brokerctl doctor`: finds what is wrong with a deployment, and says what to change.

mod account;
mod call_error;
mod connection;
mod cors;
mod dates;
mod examination;
mod issuers;
mod look;
mod plain_http;
mod question;
mod report;
mod rules;
mod steps;
mod storage;
mod upload;

use std::error::Error;

use broker_http::settings::Fault;
use clap::Args;

use crate::Verdict;
use crate::configuration::{Config, EnvFile};
use examination::Examination;
use report::{Check, Finding, Health, Outcome, Report};
use upload::UploadArgs;

/// Examines a deployment: settings, account, bucket and issuers. It only reads, unless --deep is given. The AWS SDK
/// takes credentials, region and endpoints (AWS_*) from the process's environment and from ~/.aws; --env-file is for
/// the broker's variables.
#[derive(Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    config: Config,
    #[command(flatten)]
    env_file: EnvFile,
    #[command(flatten)]
    upload: UploadArgs,
    /// Prints the report as one JSON object.
    #[arg(long)]
    json: bool,
}

impl Doctor {
    pub(crate) async fn run(&self) -> Result<Verdict, Box<dyn Error>> {
        let report = match self.env_file.settings(&self.config.config)? {
            Ok(settings) => {
                let examination = Examination::of(&settings, &self.config.config).await?;
                examination.report(&self.upload).await
            }
            Err(faults) => without_settings(&faults, &self.config.config),
        };
        if self.json {
            println!("{:#}", report.json());
        } else {
            print!("{report}");
        }
        Ok(match report.health() {
            Health::Sound => Verdict::Yes,
            Health::AtFault => Verdict::No,
            Health::Unanswered => Verdict::Unknown,
        })
    }
}

/// The report if the settings are at fault: no other check can run.
fn without_settings(faults: &[Fault], config: &str) -> Report {
    let finding = |fault: &Fault| {
        let fix = format!("correct {} ({config} or the environment)", fault.name());
        Finding::fault(fault.to_string(), fix)
    };
    let outcome = |check| match check {
        Check::Settings => Outcome::Found(faults.iter().map(finding).collect()),
        _ => Outcome::NotChecked("the settings are at fault".into()),
    };
    Report(
        Check::ALL
            .into_iter()
            .map(|check| (check, outcome(check)))
            .collect(),
    )
}
