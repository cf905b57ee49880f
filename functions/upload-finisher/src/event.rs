//! The event that reports how an upload ended, and the port of the bus that takes it.

use std::time::SystemTime;

use broker_core::started_upload::{End, StartedUpload, UploadKey};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Most events of one call. Source: API reference, `PutEvents`.
pub(crate) const MOST_AT_ONCE: usize = 10;

/// An event about one upload.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Event {
    /// The upload's row.
    pub(crate) key: UploadKey,
    /// How it ended.
    pub(crate) end: End,
    /// `detail`, as docs/upload-events.schema.json describes it.
    pub(crate) detail: Value,
}

/// Takes events. [`crate::event_bridge::EventBridge`] implements it.
pub(crate) trait EventBus: Send + Sync {
    /// Sends at most [`MOST_AT_ONCE`] events. Whether the bus took each of them, in order.
    fn put(&self, events: &[Event]) -> impl Future<Output = Vec<bool>> + Send;
}

impl Event {
    /// The event of `upload`, which ended so at that time.
    pub(crate) fn of(upload: &StartedUpload, end: End, at: SystemTime) -> Self {
        let start = upload.start();
        let detail = json!({
            "eventId": start.event_id,
            "fileId": start.upload.file_id.as_str(),
            "associatedResourceArn": start.upload.resource.as_str(),
            "connectUserArn": start.upload.user.as_str(),
            "status": end.status(),
            "startedAt": rfc3339(start.upload.started_at),
            "endedAt": rfc3339(at),
            "sizeInBytes": start.size_bytes,
            "requestId": start.request_id,
        });
        Self {
            key: upload.key(),
            end,
            detail,
        }
    }

    /// `detail-type`.
    pub(crate) const fn detail_type(&self) -> &'static str {
        match self.end {
            End::Approved => "Upload Approved",
            End::Rejected => "Upload Rejected",
            End::Failed => "Upload Failed",
            End::Abandoned => "Upload Abandoned",
        }
    }
}

/// The time in UTC; empty for a year of five digits, which the format does not have.
fn rfc3339(at: SystemTime) -> String {
    OffsetDateTime::from(at).format(&Rfc3339).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use boon::{Compiler, Schemas};

    use super::*;
    use crate::testing::{at, started};

    /// The event as EventBridge hands it to a subscriber.
    fn delivered(event: &Event) -> Value {
        json!({
            "source": "upload-broker",
            "detail-type": event.detail_type(),
            "detail": event.detail,
        })
    }

    #[test]
    fn every_end_has_an_event_that_the_published_schema_describes() {
        let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/upload-events.schema.json");
        let mut schemas = Schemas::new();
        let schema = Compiler::new().compile(&schema.to_string_lossy(), &mut schemas);
        let schema = schema.expect("a schema");
        for end in End::ALL {
            let event = Event::of(&started("a-1"), end, at(400));
            let event = delivered(&event);
            schemas
                .validate(&event, schema)
                .unwrap_or_else(|error| panic!("{event}: {error}"));
            assert_eq!(event["detail"].as_object().map(serde_json::Map::len), Some(9));
        }
    }

    #[test]
    fn an_event_says_when_the_upload_started_and_ended() {
        let event = Event::of(&started("a-1"), End::Abandoned, at(400));
        assert_eq!(event.detail["startedAt"], "2027-01-15T08:00:00Z");
        assert_eq!(event.detail["endedAt"], "2027-01-15T08:06:40Z");
        assert_eq!(event.detail["eventId"], "event of a-1");
    }
}
