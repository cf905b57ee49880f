//! What is remembered of users, in one instance and between instances.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Instant, SystemTime};

use broker_core::pace::{Place, PlaceKey};

use super::*;
use crate::clock_and_random::EntropyError;
use crate::settings::HandleKeys;

/// A directory that gives its answers in turn, and the rows that its instances share.
#[derive(Default)]
struct Directory {
    answers: Mutex<Vec<Result<Option<ConnectUserArn>, UpstreamError>>>,
    rows: Mutex<HashMap<[u8; 16], Vec<u8>>>,
}

impl UserDirectory for &Directory {
    async fn user_named(
        &self,
        _: &Username,
        _: CallContext,
    ) -> Result<Option<ConnectUserArn>, UpstreamError> {
        self.answers.lock().expect("sound").remove(0)
    }
}

impl SharedValues for &Directory {
    async fn shared_value(&self, key: [u8; 16]) -> Option<Vec<u8>> {
        self.rows.lock().expect("sound").get(&key).cloned()
    }

    async fn share_value(&self, key: [u8; 16], value: Vec<u8>, _: SystemTime) {
        self.rows.lock().expect("sound").insert(key, value);
    }
}

/// A clock that a test sets.
struct Clock(Mutex<u64>);

impl ClockAndRandom for &Clock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(*self.0.lock().expect("sound"))
    }

    fn instant(&self) -> Instant {
        Instant::now()
    }

    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        bytes.fill(7);
        Ok(())
    }
}

/// An instance of the broker with this handle key.
fn instance<'a>(
    directory: &'a Directory,
    clock: &'a Clock,
    key: &str,
) -> RememberingPorts<&'a Directory, &'a Clock> {
    let keys = HandleKeys::parse(&key.repeat(4)).expect("a key");
    let instance = "arn:aws:connect:eu-west-1:111122223333:instance/i-1";
    let users = SharedUsers::under(keys.sealing(), instance.parse().expect("an ARN"));
    RememberingPorts::new(directory, Some(users), clock)
}

const KEY: &str = "0123456789abcdef";

fn user(id: &str) -> ConnectUserArn {
    let arn = format!("arn:aws:connect:eu-west-1:111122223333:instance/i-1/agent/{id}");
    arn.parse().expect("an ARN")
}

async fn found(users: &impl UserDirectory, name: &str) -> Result<Option<ConnectUserArn>, UpstreamError> {
    let name = Username::parse(name).expect("a name");
    let context = CallContext {
        place: Place::InLine(PlaceKey([0; 16])),
        deadline: Deadline(Instant::now()),
    };
    users.user_named(&name, context).await
}

/// The rows that instances share, after a change, and whether another instance then asks Connect.
#[tokio::test]
async fn a_user_that_one_instance_looked_up_is_known_to_all() {
    let clock = Clock(Mutex::new(1_000));
    let shared = async |rows: fn(&mut HashMap<[u8; 16], Vec<u8>>), key: &str, at: u64, name: &str| {
        *clock.0.lock().expect("sound") = 1_000;
        let directory = Directory::default();
        let answers = [Ok(Some(user("u-1"))), Ok(Some(user("u-2")))];
        *directory.answers.lock().expect("sound") = answers.into();
        assert_eq!(
            found(&instance(&directory, &clock, KEY), "ada").await,
            Ok(Some(user("u-1")))
        );
        rows(&mut directory.rows.lock().expect("sound"));
        *clock.0.lock().expect("sound") = at;
        found(&instance(&directory, &clock, key), name).await
    };
    let as_it_is = |_: &mut HashMap<_, _>| {};
    let changed = |rows: &mut HashMap<[u8; 16], Vec<u8>>| {
        for row in rows.values_mut() {
            let last = row.len() - 1;
            row[last] ^= 1;
        }
    };
    let cut = |rows: &mut HashMap<[u8; 16], Vec<u8>>| rows.values_mut().for_each(|row| row.truncate(11));
    let other_key = "fedcba9876543210";
    for (what, rows, key, at, name, id) in [
        ("known", as_it_is as fn(&mut _), KEY, 1_000, "ada", "u-1"),
        (
            "known for five minutes in all",
            as_it_is,
            KEY,
            1_299,
            "ada",
            "u-1",
        ),
        ("too old", as_it_is, KEY, 1_300, "ada", "u-2"),
        ("another name", as_it_is, KEY, 1_000, "Ada", "u-2"),
        ("another handle key", as_it_is, other_key, 1_000, "ada", "u-2"),
        ("a row that somebody changed", changed, KEY, 1_000, "ada", "u-2"),
        ("a row that is too short", cut, KEY, 1_000, "ada", "u-2"),
    ] {
        assert_eq!(shared(rows, key, at, name).await, Ok(Some(user(id))), "{what}");
    }
}

#[tokio::test]
async fn a_row_that_was_moved_to_another_name_maps_nobody() {
    let (clock, directory) = (Clock(Mutex::new(1_000)), Directory::default());
    let answers = ["u-1", "u-2", "u-3"].map(|id| Ok(Some(user(id))));
    *directory.answers.lock().expect("sound") = answers.into();
    for name in ["ada", "ben"] {
        found(&instance(&directory, &clock, KEY), name)
            .await
            .expect("a user");
    }
    {
        let mut rows = directory.rows.lock().expect("sound");
        let mut values = rows.values_mut();
        let (one, other) = (values.next().expect("ada's"), values.next().expect("ben's"));
        std::mem::swap(one, other);
    }
    let users = instance(&directory, &clock, KEY);
    assert_eq!(found(&users, "ada").await, Ok(Some(user("u-3"))), "asked again");
}

#[tokio::test]
async fn a_user_who_is_gone_is_nobody_from_the_next_answer_on() {
    let ada = user("u-1");
    let throttled = Err(UpstreamError::Throttled(Wait {
        retry_after: Duration::from_secs(1),
        position: 0,
    }));
    let answers = [
        Ok(Some(ada.clone())),
        Ok(None),
        Err(UpstreamError::Unavailable),
        Ok(Some(ada.clone())),
        throttled.clone(),
    ];
    let (clock, directory) = (Clock(Mutex::new(0)), Directory::default());
    *directory.answers.lock().expect("sound") = answers.into();
    let users = instance(&directory, &clock, KEY);
    for (what, at, expected) in [
        ("found", 1_000, Ok(Some(ada.clone()))),
        ("believed for five minutes", 1_299, Ok(Some(ada.clone()))),
        ("gone", 1_300, Ok(None)),
        ("gone for half a minute", 1_329, Ok(None)),
        (
            "no answer is not the answer of before",
            1_330,
            Err(UpstreamError::Unavailable),
        ),
        ("back", 1_331, Ok(Some(ada))),
        ("no answer is not a user", 1_631, throttled),
    ] {
        *clock.0.lock().expect("sound") = at;
        let found = found(&users, "ada.agent").await;
        assert_eq!(found, expected, "{what}");
    }
}
