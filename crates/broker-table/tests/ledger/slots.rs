//! What every ledger does, whatever it is made of.

use std::collections::BTreeSet;

use broker_core::operation::{Operation, Quotas};
use broker_core::pace::{Claim, Ledger, Line, MemoryLedger, Moment, PlaceKey};
use futures_util::future::join_all;

use crate::servers::Server;

pub(crate) const NOON: u64 = 1_800_000_000_000;
pub(crate) const START: Operation = Operation::StartAttachedFileUpload;

pub(crate) fn moment(after_noon_ms: u64) -> Moment {
    Moment {
        operation: START,
        quota: Quotas::default().of(START),
        now_ms: NOON + after_noon_ms,
    }
}

/// Runs a check on memory and on a table of each server.
macro_rules! on_every_ledger {
    ($check:ident) => {
        $check(&MemoryLedger::default()).await;
        for server in Server::all() {
            println!("on {}", server.name);
            $check(&server.new_table().await).await;
        }
    };
}

async fn a_hundred_reservations(ledger: &impl Ledger) {
    let seen = Line::default();
    let reserve = || async {
        let mut slots = Vec::new();
        for _ in 0..25 {
            slots.push(ledger.reserve(moment(0), seen).await.expect("a slot").0);
        }
        slots
    };
    let slots = join_all((0..4).map(|_| reserve())).await.concat();
    let expected: BTreeSet<_> = (0..100).map(|n| NOON - 1_800 + n * 500).collect();
    assert_eq!(slots.into_iter().collect::<BTreeSet<_>>(), expected);
}

#[tokio::test]
async fn a_hundred_reservations_by_four_tasks_are_a_hundred_slots() {
    on_every_ledger!(a_hundred_reservations);
}

async fn forty_at_once(ledger: &impl Ledger) {
    let takes = join_all((0..40).map(|_| ledger.take(moment(0), 250, Line::default()))).await;
    let slots: BTreeSet<_> = takes
        .into_iter()
        .filter_map(|taken| taken.expect("an answer").0)
        .collect();
    assert_eq!(slots, (0..5).map(|n| NOON - 1_800 + n * 500).collect());
    let (slot, line) = ledger
        .take(moment(0), 250, Line::default())
        .await
        .expect("an answer");
    assert_eq!((slot, line.next_ms, line.used_ms), (None, NOON + 700, NOON + 700));
}

#[tokio::test]
async fn of_forty_that_come_at_once_the_burst_goes() {
    on_every_ledger!(forty_at_once);
}

async fn places(ledger: &impl Ledger) {
    let (ada, ben) = (PlaceKey([1; 16]), PlaceKey([2; 16]));
    let claim = |key, place_ms, lapsed_ms| ledger.claim(START, key, place_ms, lapsed_ms);
    assert_eq!(claim(ada, 20, 10).await, Ok(Claim::New), "none");
    assert_eq!(claim(ada, 30, 20).await, Ok(Claim::Held(20)), "just not lapsed");
    assert_eq!(claim(ben, 25, 10).await, Ok(Claim::New), "another caller");
    let other = ledger.claim(Operation::GetCase, ada, 27, 10);
    assert_eq!(other.await, Ok(Claim::New), "another operation");
    assert_eq!(claim(ada, 40, 21).await, Ok(Claim::New), "lapsed");
    assert_eq!(ledger.move_place(START, ada, 20, 50).await, Ok(()));
    assert_eq!(claim(ada, 60, 21).await, Ok(Claim::Held(40)), "it was elsewhere");
    assert_eq!(ledger.move_place(START, ada, 40, 50).await, Ok(()));
    assert_eq!(claim(ada, 60, 21).await, Ok(Claim::Held(50)), "moved");
    assert_eq!(
        ledger.leave(START, ada, 40).await,
        Ok(false),
        "not there any more"
    );
    assert_eq!(ledger.leave(START, ada, 50).await, Ok(true));
    assert_eq!(ledger.leave(START, ada, 50).await, Ok(false), "only once");
    assert_eq!(ledger.move_place(START, ada, 50, 55).await, Ok(()));
    assert_eq!(
        claim(ada, 70, 21).await,
        Ok(Claim::New),
        "what is gone cannot move"
    );
    assert_eq!(ledger.keep(START, ada, 5).await, Ok(()));
    assert_eq!(
        claim(ada, 80, 1).await,
        Ok(Claim::Held(5)),
        "kept, whatever it had"
    );
    assert_eq!(claim(ben, 80, 10).await, Ok(Claim::Held(25)), "untouched");
}

#[tokio::test]
async fn a_caller_has_one_place_for_each_operation() {
    on_every_ledger!(places);
}

/// Forty requests of one caller, each of which claims a place and uses it.
async fn parallel_requests(ledger: &impl Ledger) {
    let ada = PlaceKey([3; 16]);
    let request = async |number: u64| {
        let place_ms = 1_000 + number;
        match ledger.claim(START, ada, place_ms, 500).await.expect("an answer") {
            Claim::New => (1, ledger.leave(START, ada, place_ms).await == Ok(true)),
            Claim::Held(held_ms) => (0, ledger.leave(START, ada, held_ms).await == Ok(true)),
        }
    };
    let outcomes = join_all((0..40).map(request)).await;
    let (given, used) = outcomes.iter().fold((0, 0), |(given, used), (new, left)| {
        (given + new, used + i32::from(*left))
    });
    assert!(given >= 1, "a place was given");
    assert_eq!(given, used, "every place that was given was used once");
}

#[tokio::test]
async fn parallel_requests_of_a_caller_use_each_place_once() {
    on_every_ledger!(parallel_requests);
}

/// One change of a line, drawn at random: what the ledger says of it, and the row where it says that.
async fn random_change(
    ledger: &impl Ledger,
    random: &mut fastrand::Rng,
    at: Moment,
    seen: Line,
) -> (String, Line) {
    let (said, line) = match random.u8(..7) {
        0 | 1 => ledger
            .take(at, 250, seen)
            .await
            .map(|(slot, line)| (format!("take {slot:?}"), line)),
        2 => ledger
            .reserve(at, seen)
            .await
            .map(|(slot, line)| (format!("reserve {slot}"), line)),
        3 => ledger
            .take_spare(at, seen)
            .await
            .map(|(is_spare, line)| (format!("spare {is_spare}"), line)),
        4 => ledger.spend(at, seen).await.map(|()| ("spend".to_owned(), seen)),
        5 => ledger.lengthen(at).await.map(|()| ("lengthen".to_owned(), seen)),
        _ => ledger
            .correct(at, seen)
            .await
            .map(|()| ("correct".to_owned(), seen)),
    }
    .expect("an answer");
    (format!("{}: {said} {line:?}", at.now_ms - NOON), line)
}

/// Where a ledger says something else than memory, one of the two is wrong.
#[tokio::test]
async fn every_ledger_says_what_memory_says() {
    for server in Server::all() {
        for seed in 0..6 {
            let (table, memory) = (server.new_table().await, MemoryLedger::default());
            let mut random = fastrand::Rng::with_seed(seed);
            let (mut after_ms, mut seen, mut history) = (0, Line::default(), Vec::new());
            for _ in 0..60 {
                after_ms += [0, 20, 400, 900, 4_000][usize::from(random.u8(..5))];
                let mut same = random.clone();
                let (expected, line) = random_change(&memory, &mut random, moment(after_ms), seen).await;
                let (actual, _) = random_change(&table, &mut same, moment(after_ms), seen).await;
                history.push(expected.clone());
                assert_eq!(actual, expected, "{} seed {seed} {history:#?}", server.name);
                // What an instance saw may be old.
                if random.u8(..3) == 0 {
                    seen = line;
                }
            }
        }
    }
}
