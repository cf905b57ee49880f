//! Test support: builders that start from a request that succeeds, test keys and canned ports.
//!
//! Everything is deterministic: the clock stands still, randomness counts up, and keys come from seeds.

mod bench;
mod clock_and_random;
mod event;
mod keys;
mod ports;
mod provider_token;
mod reply;
mod rules;
mod uploads;

pub use bench::{Bench, NoNetwork};
pub use clock_and_random::{FixedClockAndRandom, NOW_SECS};
pub use event::{Event, rest_upload_event, upload_event};
pub use keys::TestKey;
pub use ports::{ANSWERS, Call, CannedPorts, PANICS};
pub use provider_token::{ProviderKeys, ProviderToken};
pub use reply::Reply;
pub use rules::{CASES_DOMAIN, INSTANCE, Rules};
pub use uploads::MemoryUploads;
