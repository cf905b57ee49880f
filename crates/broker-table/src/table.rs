//! The table: its client, what it must look like, and how its failures are told.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use broker_core::operation::Operation;
use broker_core::pace::LedgerError;

use crate::row::{self, Attributes, Key};

/// The longest that a request waits for the table. After that it goes on without it.
pub const ANSWER_WITHIN: Duration = Duration::from_millis(250);
/// The longest that the start of an instance waits for its first connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);

/// What went wrong with the table, for metrics and alarms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableFault {
    /// No answer in time, or a refusal.
    Unavailable,
    /// A row that cannot be read. One of the pace counts as absent and is written anew; one of an upload is left alone.
    Unreadable,
}

/// Why the table can never be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// There is no table of this name.
    #[error("there is no such table in this account and Region")]
    NoTable,
    /// The table has other keys.
    #[error("the table's keys must be `pk` and `sk`, both of type S")]
    OtherKeys,
}

/// The shared table.
#[derive(Clone, Debug)]
pub struct Table {
    pub(crate) client: Client,
    pub(crate) name: String,
    pub(crate) observer: fn(TableFault),
}

impl Table {
    /// The table `name`, as `sdk_config` reaches DynamoDB; its retries do not count. A call ends after `within`, usually
    /// [`ANSWER_WITHIN`].
    #[must_use]
    pub fn new(sdk_config: &SdkConfig, name: String, within: Duration, observer: fn(TableFault)) -> Self {
        let config = aws_sdk_dynamodb::config::Builder::from(sdk_config)
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts(within));
        Self {
            client: Client::from_conf(config.build()),
            name,
            observer,
        }
    }

    /// The table's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Opens the connection, and looks whether the table is there. Where DynamoDB does not answer, an instance starts
    /// all the same.
    ///
    /// # Errors
    /// [`StartError`] where the table can never be used.
    pub async fn connect(&self) -> Result<(), StartError> {
        let key = Key::line(Operation::StartAttachedFileUpload);
        let request = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(key.attributes()));
        let patient = aws_sdk_dynamodb::Config::builder().timeout_config(timeouts(CONNECT_WITHIN));
        let Err(error) = request.customize().config_override(patient).send().await else {
            return Ok(());
        };
        match error.code() {
            Some("ResourceNotFoundException") => Err(StartError::NoTable),
            Some("ValidationException") => Err(StartError::OtherKeys),
            _ => {
                let LedgerError = self.failed(&error);
                Ok(())
            }
        }
    }

    /// The row with `key`, as it is now.
    pub(crate) async fn read(&self, key: &Key) -> Result<Option<Attributes>, LedgerError> {
        let request = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(key.attributes()));
        let answer = Box::pin(request.consistent_read(true).send()).await;
        Ok(answer.map_err(|error| self.failed(&error))?.item)
    }

    /// The row that came with a refusal. DynamoDB returns it; some servers do not.
    pub(crate) async fn row_or_read(
        &self,
        key: &Key,
        row: Option<Attributes>,
    ) -> Result<Attributes, LedgerError> {
        match row {
            Some(row) => Ok(row),
            None => Ok(self.read(key).await?.unwrap_or_default()),
        }
    }

    /// Takes a row away that cannot be read, unless it has changed since.
    pub(crate) async fn discard(&self, key: &Key, row: &Attributes) -> Result<(), LedgerError> {
        (self.observer)(TableFault::Unreadable);
        tracing::debug!(pk = key.pk(), "a row of the shared table cannot be read");
        let mut request = self
            .client
            .delete_item()
            .table_name(&self.name)
            .set_key(Some(key.attributes()));
        let mut conditions = Vec::new();
        for (name, value) in row.iter().filter(|(name, _)| row::TIMES.contains(&name.as_str())) {
            request = request
                .expression_attribute_names(format!("#{name}"), name)
                .expression_attribute_values(format!(":{name}"), value.clone());
            conditions.push(format!("#{name} = :{name}"));
        }
        let request = request.condition_expression(conditions.join(" AND "));
        match Box::pin(request.send()).await {
            Err(error) if !is_refusal(error.code()) => Err(self.failed(&error)),
            _ => Ok(()),
        }
    }

    /// Tells that a call failed.
    pub(crate) fn failed(&self, error: &impl ProvideErrorMetadata) -> LedgerError {
        (self.observer)(TableFault::Unavailable);
        tracing::debug!(code = error.code(), "the shared table did not answer");
        LedgerError
    }
}

/// Whether a call was refused because its condition does not hold.
pub(crate) fn is_refusal(code: Option<&str>) -> bool {
    code == Some("ConditionalCheckFailedException")
}

fn timeouts(operation: Duration) -> TimeoutConfig {
    TimeoutConfig::builder().operation_timeout(operation).build()
}
