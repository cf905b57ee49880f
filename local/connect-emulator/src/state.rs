//! The Connect instance that operations work on: its options, its records, and the store with the files' bytes.

pub(crate) mod configuration;
pub(crate) mod error;
pub(crate) mod file;
pub(crate) mod records;
mod scan;
pub(crate) mod store;
pub(crate) mod upload_headers;

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::options::{Channel, Options};
use crate::state::configuration::Scope;
use crate::state::error::OperationError;
use crate::state::records::Records;
use crate::state::store::Store;

/// The one Connect instance.
pub(crate) struct State {
    pub(crate) options: Options,
    pub(crate) store: Store,
    records: Mutex<Records>,
}

impl State {
    pub(crate) fn new(options: Options) -> Self {
        Self {
            store: Store::new(options.store.clone(), options.clock.clone()),
            options,
            records: Mutex::default(),
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
        let (options, seeds) = (&self.options, &self.options.seeds);
        let is_it = |arn: String| arn == resource_arn;
        if seeds.cases.iter().any(|case| is_it(options.case_arn(&case.id))) {
            return Some(Scope::Case);
        }
        let mut contacts = seeds.contacts.iter();
        match contacts.find(|one| is_it(options.contact_arn(&one.id)))?.channel {
            Channel::Chat => Some(Scope::Chat),
            Channel::Task => Some(Scope::Task),
            Channel::Email => Some(Scope::Email),
            Channel::Voice => None,
        }
    }
}
