//! The event bus over Amazon EventBridge.

use std::time::Duration;

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::config::Builder;
use aws_sdk_eventbridge::error::ProvideErrorMetadata as _;
use aws_sdk_eventbridge::types::{PutEventsRequestEntry, PutEventsResultEntry};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;

use crate::event::{Event, EventBus};

/// `source` of every event.
const SOURCE: &str = "upload-broker";
/// How long a call may take. The next run sends again what was not taken.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// The bus that EventBridge keeps.
#[derive(Clone, Debug)]
pub(crate) struct EventBridge {
    client: Client,
    bus: Option<Box<str>>,
}

impl EventBridge {
    /// The bus with this name or ARN, as `sdk_config` reaches EventBridge; without one, the default bus.
    pub(crate) fn new(sdk_config: &SdkConfig, bus: Option<Box<str>>) -> Self {
        let within = TimeoutConfig::builder().operation_timeout(ANSWER_WITHIN);
        let config = Builder::from(sdk_config)
            .retry_config(RetryConfig::disabled())
            .timeout_config(within.build());
        Self {
            client: Client::from_conf(config.build()),
            bus,
        }
    }

    fn entry(&self, event: &Event) -> PutEventsRequestEntry {
        PutEventsRequestEntry::builder()
            .source(SOURCE)
            .detail_type(event.detail_type())
            .detail(event.detail.to_string())
            .set_event_bus_name(self.bus.as_deref().map(str::to_owned))
            .build()
    }
}

impl EventBus for EventBridge {
    async fn put(&self, events: &[Event]) -> Vec<bool> {
        let entries = events.iter().map(|event| self.entry(event)).collect();
        let sent = self.client.put_events().set_entries(Some(entries)).send().await;
        match sent {
            Ok(output) => taken(output.entries(), events.len()),
            Err(error) => {
                tracing::warn!(code = error.code(), "the event bus did not take the events");
                vec![false; events.len()]
            }
        }
    }
}

/// Whether each of `count` entries was taken: only where the answer has a result for each, with an id and no error.
fn taken(results: &[PutEventsResultEntry], count: usize) -> Vec<bool> {
    if results.len() != count {
        tracing::warn!("the event bus answered for another number of events");
        return vec![false; count];
    }
    let was_taken = |result: &PutEventsResultEntry| {
        if let Some(code) = result.error_code() {
            tracing::warn!(code, "the event bus did not take an event");
        }
        result.error_code().is_none() && result.event_id().is_some()
    };
    results.iter().map(was_taken).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_was_taken_where_its_own_result_says_so() {
        let id = |id: &str| PutEventsResultEntry::builder().event_id(id).build();
        let failed = || {
            PutEventsResultEntry::builder()
                .error_code("InternalFailure")
                .build()
        };
        let neither = || PutEventsResultEntry::builder().build();
        for (results, expected) in [
            (vec![id("1"), id("2")], [true, true]),
            (vec![id("1"), failed()], [true, false]),
            (vec![neither(), id("2")], [false, true]),
            (vec![id("1")], [false, false]),
            (vec![], [false, false]),
            (vec![id("1"), id("2"), id("3")], [false, false]),
        ] {
            assert_eq!(taken(&results, 2), expected, "{results:?}");
        }
    }
}
