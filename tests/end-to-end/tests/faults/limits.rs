//! `GET /limits` succeeds although Connect fails.

use std::process::Command;
use std::time::Duration;

use end_to_end_tests::World;
use local_stack::seeds::PEOPLE;
use serde_json::{Value, json};

use crate::routes::TIMEOUT;

const OPERATION: &str = "DescribeAttachedFilesConfiguration";
/// Faults under which the stand-in does not list the call.
const UNSEEN: [&str; 2] = ["stalled", "reset"];

/// Ends the broker's processes, so that the next request starts one that has not read the limits.
async fn forget_limits(world: &World) {
    for id in world.stack().instances().process_ids() {
        // By the shell, which has `kill` built in, because a minimal Debian lacks the program.
        let killed = Command::new("sh")
            .args(["-c", &format!("kill -KILL {id}")])
            .status();
        assert!(killed.expect("a shell").success());
        while world.stack().instances().process_ids().contains(&id) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test]
async fn limits_are_answered_whatever_connect_does() {
    let world = World::start(|options| {
        options.timeout = TIMEOUT;
        options.max_instances = 1;
    })
    .await;
    let ada = world.caller(PEOPLE[0].username).await;
    let fault = |mut armed: Value| {
        armed["operation"] = json!(OPERATION);
        armed["times"] = json!(1_000);
        armed
    };
    let limits = ada.limits().await;
    assert_eq!(limits.status, 200, "{limits:?}");
    assert_eq!(limits.json()["case"]["maxFileSizeInBytes"], 20_971_520);
    for (what, armed) in [
        (
            "access denied",
            json!({"kind": "error", "code": "AccessDeniedException"}),
        ),
        (
            "invalid",
            json!({"kind": "error", "code": "InvalidParameterException"}),
        ),
        (
            "throttled",
            json!({"kind": "error", "code": "ThrottlingException"}),
        ),
        (
            "a failure",
            json!({"kind": "error", "code": "InternalServiceException"}),
        ),
        ("stalled", json!({"kind": "delay", "delayMs": 60_000})),
        ("reset", json!({"kind": "reset-before"})),
        ("truncated", json!({"kind": "truncate"})),
        ("HTML", json!({"kind": "garbage"})),
        ("no members", json!({"kind": "garbage", "value": {}})),
    ] {
        world.arm(&[fault(armed)]).await;
        world.forget_calls().await;
        forget_limits(&world).await;
        let answer = ada.limits().await;
        assert_eq!(answer.outcome(), (200, String::new()), "{what}");
        assert_eq!(answer.json(), limits.json(), "{what}: Connect's defaults");
        // The stand-in lists a call when the call ends.
        if !UNSEEN.contains(&what) {
            let calls = world.calls().await;
            assert!(calls.iter().any(|call| call == OPERATION), "{what}: {calls:?}");
        }
    }
    world.end().await;
}
