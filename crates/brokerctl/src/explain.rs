//! `brokerctl explain`: says which rule maps a caller, which grant allows a use, and what denies it.

mod caller;
mod decision;
mod flattened;
mod words;

use std::time::SystemTime;

use broker_core::arn::ResourceArn;
use broker_core::grants::Action;
use broker_core::request::Username;
use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use crate::Verdict;
use crate::configuration::{Environment, LoadError};
pub(crate) use caller::Found;
use caller::{CallerArgs, CallerError};

pub(crate) use caller::{Offline, RefusedTokenError, of_token};
pub(crate) use decision::{Wanted, explain};

/// Says which identity rule maps a caller, which grant allows the use of a resource, and why other grants do not. It
/// calls no service: it prints what the broker would ask Connect, and assumes that Connect confirms it. An upload that
/// is allowed here can still be refused because of its file.
#[derive(Args)]
pub(crate) struct Explain {
    /// The TOML file of the rules.
    #[arg(long, value_name = "CONFIG", value_parser = NonEmptyStringValueParser::new())]
    config: String,
    #[command(flatten)]
    environment: Environment,
    #[command(flatten)]
    caller: CallerArgs,
    /// The case or contact.
    #[arg(long, value_name = "ARN")]
    resource: ResourceArn,
    /// What the caller wants to do: start, complete, read or delete.
    #[arg(long, default_value = "start", value_parser = parse_action)]
    action: Action,
    /// The Connect user on whose behalf the caller acts.
    #[arg(long, value_name = "NAME", value_parser = parse_username)]
    on_behalf_of: Option<Username>,
}

/// Why nothing can be explained.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExplainError {
    /// The settings cannot be used.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The caller cannot be read.
    #[error(transparent)]
    Caller(#[from] CallerError),
}

impl Explain {
    pub(crate) async fn run(&self) -> Result<Verdict, ExplainError> {
        let settings = self.environment.sound(&self.config, Some(&self.resource))?;
        let Found { caller, source } = match self.caller.read(&settings, SystemTime::now()).await {
            Ok(found) => found,
            Err(CallerError::Refused(error)) => {
                println!("denied: {error}");
                return Ok(Verdict::No);
            }
            Err(error) => return Err(error.into()),
        };
        println!(
            "caller: issuer {}, subject {} ({source})",
            caller.issuer, caller.subject
        );
        let wanted = Wanted {
            resource: &self.resource,
            action: self.action,
            on_behalf_of: self.on_behalf_of.as_ref(),
        };
        let (lines, verdict) = explain(&settings, &caller, wanted).await;
        for line in lines {
            println!("{line}");
        }
        Ok(verdict)
    }
}

fn parse_action(name: &str) -> Result<Action, &'static str> {
    let mut all = Action::ALL.into_iter();
    all.find(|action| action.name() == name)
        .ok_or("must be start, complete, read or delete")
}

fn parse_username(name: &str) -> Result<Username, &'static str> {
    Username::parse(name).ok_or("no user of Connect can have that name")
}
