//! The events that were taken, and the armed fault.

use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::watch;
use uuid::Uuid;

use super::entry::{Accepted, Entry, EntryError};

/// The events of all buses; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Bus(Arc<State>);

#[derive(Debug, Default)]
struct State {
    events: watch::Sender<Vec<Event>>,
    faults: Mutex<Faults>,
}

/// An event that was taken.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// The id that EventBridge gave it.
    pub id: String,
    /// Name or ARN of its bus, as the caller gave it.
    pub event_bus_name: String,
    /// Its source.
    pub source: String,
    /// Its detail type.
    pub detail_type: String,
    /// Its detail.
    pub detail: Map<String, Value>,
}

/// How a call goes wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// It does not.
    #[default]
    None,
    /// It is answered with a 500, and nothing is taken.
    Error,
    /// It is answered with a 200, and the entries are not taken.
    FailEntries,
    /// The events are taken, but the answer never arrives.
    NoAnswer,
}

/// The fault of some of the calls; of the entries, for [`Fault::FailEntries`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Faults {
    /// What goes wrong.
    pub kind: Fault,
    /// How often, from 0 to 1.
    #[serde(default = "always")]
    pub share: f64,
}

fn always() -> f64 {
    1.0
}

impl Bus {
    /// The events, oldest first.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.0.events.borrow().clone()
    }

    /// The events, once they pass `test`.
    pub async fn events_when(&self, test: impl Fn(&[Event]) -> bool) -> Vec<Event> {
        let mut events = self.0.events.subscribe();
        match events.wait_for(|events| test(events)).await {
            Ok(events) => events.clone(),
            // The sender is part of the bus, so it outlives the receiver.
            Err(_) => self.events(),
        }
    }

    /// Arms a fault, and disarms the one before.
    pub fn arm(&self, faults: Faults) {
        *self.0.faults.lock().unwrap_or_else(PoisonError::into_inner) = faults;
    }

    /// The fault that the call which has just arrived meets.
    pub(super) fn fault(&self) -> Fault {
        let faults = self.faults();
        match faults.kind {
            Fault::None | Fault::FailEntries => Fault::None,
            kind if happens(faults.share) => kind,
            Fault::Error | Fault::NoAnswer => Fault::None,
        }
    }

    /// Takes the entry. The id of its event.
    pub(super) fn take(&self, entry: Entry) -> Result<String, EntryError> {
        let Accepted {
            event_bus_name,
            source,
            detail_type,
            detail,
        } = entry.accepted()?;
        let faults = self.faults();
        if faults.kind == Fault::FailEntries && happens(faults.share) {
            return Err(EntryError::Fault);
        }
        let id = Uuid::new_v4().to_string();
        let event = Event {
            id: id.clone(),
            event_bus_name,
            source,
            detail_type,
            detail,
        };
        self.0.events.send_modify(|events| events.push(event));
        Ok(id)
    }

    fn faults(&self) -> Faults {
        *self.0.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether something happens that happens in this share of all cases.
fn happens(share: f64) -> bool {
    let random = getrandom::u32().unwrap_or_default();
    f64::from(random) < share * (f64::from(u32::MAX) + 1.0)
}
