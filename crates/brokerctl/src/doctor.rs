//! `brokerctl doctor`: finds what is wrong with a deployment, and says what to change.

mod account;
mod api;
mod aws_cli;
mod call_error;
mod connection;
mod cors;
mod dates;
mod deployed;
mod examination;
mod issuers;
mod look;
mod plain_http;
mod question;
mod report;
mod rules;
mod stack;
mod steps;
mod storage;
mod token;
mod upload;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;

use broker_http::settings::{Settings, SettingsError};
use clap::Args;
use url::Url;

use crate::Verdict;
use crate::configuration::{Config, EnvFile, process_variable, read, settings_in};
use examination::Examination;
use report::{Check, Finding, Health, Outcome, Report};
use stack::Stack;
use upload::UploadArgs;

/// Examines a deployment: settings, account, bucket and issuers; with --stack and --api also what was deployed. It only
/// reads, unless --deep is given. The AWS SDK takes credentials, region and endpoints (AWS_*) from the process's
/// environment and from ~/.aws; --env-file is for the broker's variables.
#[derive(Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    config: Config,
    #[command(flatten)]
    env_file: EnvFile,
    /// Takes the broker's variables from the stack of this name, and examines what it made. This needs the AWS CLI.
    #[arg(long, value_name = "NAME", conflicts_with = "env_file")]
    stack: Option<String>,
    /// Calls the API at this address, which ends before /uploads. With --stack the default is the stack's address.
    #[arg(long, value_name = "URL", value_parser = api::parse_url)]
    api: Option<Url>,
    /// A bearer token. The doctor verifies and maps it as the broker would, and with --resource also asks the grants.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    #[command(flatten)]
    upload: UploadArgs,
    /// Prints the report as one JSON object.
    #[arg(long)]
    json: bool,
}

/// What the operator gave beside the settings.
struct Given<'a> {
    /// Path of the rules, for the texts of fixes.
    config: &'a str,
    stack: Option<&'a Stack>,
    api: Option<Url>,
    token: Option<&'a str>,
    upload: &'a UploadArgs,
}

impl Doctor {
    pub(crate) async fn run(&self) -> Result<Verdict, Box<dyn Error>> {
        let token = self.token_file.as_deref().map(read).transpose()?;
        let report = self.report(token.as_deref().map(str::trim)).await?;
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

    async fn report(&self, token: Option<&str>) -> Result<Report, Box<dyn Error>> {
        let stack = match &self.stack {
            None => None,
            Some(name) => match Stack::read(name).await {
                Ok(stack) => Some(stack),
                Err(finding) => return Ok(only(Check::Stack, vec![finding], "the stack is not known")),
            },
        };
        let config = &*self.config.config;
        let settings = match self.settings(stack.as_ref())? {
            Ok(settings) => settings,
            Err(faults) => return Ok(without_settings(&faults, config, stack.as_ref())),
        };
        let of_stack = stack.as_ref().and_then(|stack| stack.output("ApiUrl"));
        let given = Given {
            config,
            stack: stack.as_ref(),
            api: self.api.clone().or_else(|| api::parse_url(of_stack?).ok()),
            token,
            upload: &self.upload,
        };
        Ok(Examination::of(&settings, &given).await?.report().await)
    }

    fn settings(
        &self,
        stack: Option<&Stack>,
    ) -> Result<Result<Settings, Vec<SettingsError>>, Box<dyn Error>> {
        let config = &self.config.config;
        match stack {
            None => Ok(self.env_file.settings(config)?),
            Some(stack) => {
                let bundle = process_variable("AWS_CA_BUNDLE").map(|path| ("AWS_CA_BUNDLE".to_owned(), path));
                let variables: BTreeMap<_, _> = stack.variables().into_iter().chain(bundle).collect();
                Ok(settings_in(config, Some(&variables)))
            }
        }
    }
}

/// The report if the settings are at fault: no other check can run except that of the stack.
fn without_settings(faults: &[SettingsError], config: &str, stack: Option<&Stack>) -> Report {
    let finding = |fault: &SettingsError| {
        let fix = format!("correct {} ({config} or the environment)", fault.name());
        Finding::fault(fault.to_string(), fix)
    };
    let findings = faults.iter().map(finding).collect();
    let mut report = only(Check::Settings, findings, "the settings are at fault");
    report.set(Check::Stack, stack_outcome(stack));
    report
}

fn stack_outcome(stack: Option<&Stack>) -> Outcome {
    stack.map_or_else(no_stack, Stack::outcome)
}

fn no_stack() -> Outcome {
    Outcome::Skipped("no --stack is given".into())
}

/// The report in which `check` has `findings`, so that no other check can run.
fn only(check: Check, findings: Vec<Finding>, reason: &str) -> Report {
    let outcome = |_| Outcome::NotChecked(reason.into());
    let mut report = Report::of(outcome);
    report.set(check, Outcome::Found(findings));
    report
}
