//! The Connect instance that operations work on: its options, its records, and the store with the files' bytes.

pub(crate) mod association;
pub(crate) mod case;
pub(crate) mod configuration;
pub(crate) mod contact;
pub(crate) mod error;
pub(crate) mod file;
pub(crate) mod records;
mod scan;
mod scanner;
pub(crate) mod store;
pub(crate) mod upload_headers;

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::options::{Options, SeedUser};
use crate::state::configuration::Scope;
use crate::state::error::OperationError;
use crate::state::records::Records;
use crate::state::scanner::Scanner;
use crate::state::store::Store;

/// The one Connect instance.
pub(crate) struct State {
    pub(crate) options: Options,
    pub(crate) store: Store,
    pub(crate) scanner: Scanner,
    records: Mutex<Records>,
}

impl State {
    pub(crate) fn new(options: Options) -> Self {
        Self {
            store: Store::new(options.store.clone(), options.clock.clone()),
            scanner: Scanner::new(options.scanner.clone()),
            records: Mutex::new(Records::new(&options)),
            options,
        }
    }

    /// The records, locked. A panic elsewhere leaves no record half written.
    pub(crate) fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Checks that a call is about this instance.
    pub(crate) fn check_instance(&self, instance_id: &str) -> Result<(), OperationError> {
        (instance_id == self.options.instance_id)
            .then_some(())
            .ok_or_else(|| OperationError::not_found("Instance", instance_id))
    }

    /// The attachment scope of the case or contact with that ARN, if it exists and takes files.
    pub(crate) fn scope_of(&self, resource_arn: &str) -> Option<Scope> {
        self.records().scope_of(&self.options, resource_arn)
    }

    /// The user of the instance with that id.
    pub(crate) fn user(&self, id: &str) -> Result<&SeedUser, OperationError> {
        let mut users = self.options.seeds.users.iter();
        users
            .find(|user| user.id == id)
            .ok_or_else(|| OperationError::not_found("User", id))
    }

    /// Whether that is the ARN of a user of the instance.
    pub(crate) fn is_user(&self, arn: &str) -> bool {
        let mut users = self.options.seeds.users.iter();
        users.any(|user| self.options.user_arn(&user.id) == arn)
    }
}
