//! How uploads end: what becomes of them without their tab, and which events report it.

mod closed_tab;
mod killed;
mod list;
mod many;
mod round_trips;
mod withdrawn;

use std::time::Duration;

use end_to_end_tests::{Caller, Ticket, World, ask, finisher, shared_table};
use local_stack::events::Event;
use serde_json::json;
use tokio::time::timeout;

/// How long a test waits for an event.
const PATIENCE: Duration = Duration::from_secs(150);
/// A test file for virus scanners, which the Connect stand-in rejects. In two parts, so that no scanner finds it here.
const VIRUS: [&str; 2] = [
    "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR",
    "-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
];

/// A stack that runs the finisher every second, or only when the test says so.
async fn world(every: Option<Duration>) -> World {
    World::start(|options| {
        options.shared_table = Some(shared_table());
        options.finisher = Some(local_stack::finisher::Options {
            every,
            timeout: Duration::from_secs(15),
            ..finisher()
        });
    })
    .await
}

/// Starts an upload whose URL expires in 5 seconds.
async fn start(caller: &Caller, name: &str, size_bytes: usize, resource: &str) -> Ticket {
    let mut body = ask(name, size_bytes, resource);
    body["urlExpiryInSeconds"] = json!(5);
    caller.ticket(&caller.start(&body).await)
}

/// Starts an upload, and puts its bytes.
async fn send(caller: &Caller, name: &str, bytes: &[u8], resource: &str) -> Ticket {
    let ticket = start(caller, name, bytes.len(), resource).await;
    assert_eq!(caller.put(&ticket, bytes.to_vec()).await.status, 200);
    ticket
}

/// The events, once there are `count` of them.
async fn events(world: &World, count: usize) -> Vec<Event> {
    let arrived = world.stack().events().events_when(|events| events.len() >= count);
    let events = timeout(PATIENCE, arrived).await;
    events.unwrap_or_else(|_| panic!("only {:?}", world.stack().events().events()))
}

/// Statuses of the events about a file, in order.
fn ends_of(events: &[Event], file_id: &str) -> Vec<String> {
    let of_file = events.iter().filter(|event| event.detail["fileId"] == file_id);
    let status = |event: &Event| event.detail["status"].as_str().expect("a status").to_owned();
    of_file.map(status).collect()
}
