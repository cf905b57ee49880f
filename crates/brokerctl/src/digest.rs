//! `brokerctl digest-name` and `brokerctl digest-caller`: print what the request record holds in place of a name or a
//! caller.

use broker_core::caller::{Caller, CallerClaims, CallerIssuer};
use broker_core::file::{FileName, FileNameError};
use broker_http::caller_hash::CallerHashes;
use broker_http::name_digest::NameDigests;
use broker_http::settings::{HandleKey, HandleKeys};
use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use crate::Verdict;
use crate::check::print_faults;
use crate::configuration::process_variable;

/// Prints the digest of a file's name under each key of the variable `HANDLE_KEYS`, the sealing one's first.
#[derive(Args)]
pub(crate) struct DigestName {
    /// The name.
    #[arg(value_name = "FILE NAME")]
    name: String,
}

/// Prints the hash of a caller under each key of the variable `HANDLE_KEYS`, the sealing one's first.
#[derive(Args)]
pub(crate) struct DigestCaller {
    /// The `iss` of the caller's tokens; `aws-iam` or `lambda-authorizer` for callers that API Gateway proves so.
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    issuer: String,
    /// The `sub` of the caller's tokens; the ARN of the role under `aws-iam`. It may begin with `-`.
    #[arg(value_parser = NonEmptyStringValueParser::new(), allow_hyphen_values = true)]
    subject: String,
}

impl DigestName {
    pub(crate) fn run(&self) -> Result<Verdict, FileNameError> {
        let name = FileName::parse(&self.name)?;
        Ok(print_under_each_key(|key| {
            NameDigests::under(key).of(&name).as_str().to_owned()
        }))
    }
}

impl DigestCaller {
    pub(crate) fn run(self) -> Verdict {
        let caller = Caller {
            issuer: CallerIssuer::named(&self.issuer),
            subject: self.subject.into(),
            claims: CallerClaims::default(),
        };
        print_under_each_key(|key| CallerHashes::under(key).of(&caller).as_str().to_owned())
    }
}

fn print_under_each_key(digest: impl Fn(&HandleKey) -> String) -> Verdict {
    match HandleKeys::parse(&process_variable("HANDLE_KEYS").unwrap_or_default()) {
        Ok(keys) => {
            for key in keys.iter() {
                println!("{}", digest(key));
            }
            Verdict::Yes
        }
        Err(faults) => {
            print_faults(&faults);
            Verdict::No
        }
    }
}
