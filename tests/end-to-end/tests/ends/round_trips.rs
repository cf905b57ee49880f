//! What the row of an upload costs its caller.

use end_to_end_tests::{World, shared_table};
use local_stack::seeds::{CASE_IDS, PEOPLE};

use crate::{start, world};

/// Calls to the table that one `POST /uploads` makes.
async fn calls_of_a_start(world: &World) -> u64 {
    let (ada, case) = (
        world.caller(PEOPLE[0].username).await,
        world.arns().case(CASE_IDS[0]),
    );
    // The first start also asks for the user.
    start(&ada, "first.pdf", 5, &case).await;
    let count = async || world.table_calls().await.values().sum::<u64>();
    let before = count().await;
    start(&ada, "second.pdf", 5, &case).await;
    count().await - before
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_makes_one_more_round_trip_for_its_row() {
    let pace = World::start(|options| options.shared_table = Some(shared_table())).await;
    let full = world(None).await;
    let (of_pace, of_full) = (calls_of_a_start(&pace).await, calls_of_a_start(&full).await);
    println!("calls to the table by POST /uploads: {of_pace} with `pace`, {of_full} with `full`");
    assert_eq!(of_full, of_pace + 1);
    pace.end().await;
    full.end().await;
}
