//! `brokerctl digest-name`: a file's name as the audit has it.

use broker_core::file::{FileName, FileNameError};
use broker_http::name_digest::NameDigests;
use broker_http::settings::HandleKeys;
use clap::Args;

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

impl DigestName {
    pub(crate) fn run(&self) -> Result<Verdict, FileNameError> {
        let name = FileName::parse(&self.name)?;
        match HandleKeys::parse(&process_variable("HANDLE_KEYS").unwrap_or_default()) {
            Ok(keys) => {
                for key in keys.iter() {
                    println!("{}", NameDigests::under(key).of(&name).as_str());
                }
                Ok(Verdict::Yes)
            }
            Err(faults) => {
                print_faults(&faults);
                Ok(Verdict::No)
            }
        }
    }
}
