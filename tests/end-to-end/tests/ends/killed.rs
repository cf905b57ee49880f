//! A finisher that is killed.

use local_stack::events::{Fault, Faults};
use local_stack::seeds::{CASE_IDS, PEOPLE};

use crate::{events, send, world};

/// The bus takes the event, but its answer never arrives, and the process is killed while it waits. Then the next run
/// sends the event again, with the same id, and no third time.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_was_sent_and_not_marked_is_sent_again_with_the_same_id() {
    let world = world(None).await;
    let (ada, case) = (
        world.caller(PEOPLE[0].username).await,
        world.arns().case(CASE_IDS[0]),
    );
    let ticket = send(&ada, "a.pdf", b"hello", &case).await;
    assert_eq!(ada.complete(&ticket).await.status, 204);
    assert_eq!(ada.final_status(&ticket).await, "APPROVED");

    let finisher = world.stack().finisher().expect("a finisher");
    world.stack().events().arm(Faults {
        kind: Fault::NoAnswer,
        share: 1.0,
    });
    let killed = tokio::join!(finisher.run(), async {
        events(&world, 1).await;
        assert!(world.kill_finisher());
    });
    killed.0.expect_err("no run ends that was killed");
    world.stack().events().arm(Faults::default());
    // The lease of the run that was killed has to lapse.
    while world.stack().events().events().len() < 2 {
        finisher.run().await.expect("a run");
    }
    finisher.run().await.expect("a run");
    let events = world.stack().events().events();
    assert_eq!(events.len(), 2, "{events:?}");
    assert_eq!(events[0].detail, events[1].detail);
    world.end().await;
}
