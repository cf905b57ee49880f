//! The pace over a table, with requests that really run at the same time.

use broker_core::operation::Quotas;
use broker_core::pace::{Ledger, Pace, PaceClock, Place, PlaceKey};
use futures_util::future::join_all;

use crate::servers::Server;
use crate::slots::{NOON, START};

/// The time stands still, so that a slow server changes no count.
struct Noon;

impl PaceClock for Noon {
    fn now_ms(&self) -> u64 {
        NOON
    }

    fn fraction(&self) -> f64 {
        0.5
    }
}

async fn forty_requests_of_one_caller<L: Ledger>(paces: [Pace<L, Noon>; 4]) {
    let ada = PlaceKey([0xad; 16]);
    let asked = (0..40).map(|n| paces[n % 4].admit(START, Place::InLine(ada)));
    let answers = join_all(asked).await;
    let went = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(went, 5);
    let late = paces[0]
        .admit(START, Place::InLine(PlaceKey([2; 16])))
        .await
        .expect_err("there is a line");
    assert_eq!(late.position, 2, "the line holds one place of hers, not 35");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_requests_of_one_caller_take_one_place() {
    for server in Server::all() {
        let table = server.new_table().await;
        let pace = || Pace::new(Quotas::default(), Some(table.clone()), Noon);
        forty_requests_of_one_caller([pace(), pace(), pace(), pace()]).await;
    }
}
