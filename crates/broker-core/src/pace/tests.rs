use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

use super::*;

const NOON: u64 = 1_800_000_000_000;
const START: Operation = Operation::StartAttachedFileUpload;

/// What a future over memory gives; it never waits.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("memory does not wait"),
    }
}

/// A clock that a test sets; its random numbers are all one half.
struct TestClock(AtomicU64);

impl PaceClock for &TestClock {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn fraction(&self) -> f64 {
        0.5
    }
}

impl TestClock {
    fn at_noon() -> Self {
        Self(AtomicU64::new(NOON))
    }

    fn set(&self, after_noon_ms: u64) {
        self.0.store(NOON + after_noon_ms, Ordering::Relaxed);
    }
}

/// A shared ledger that a test can cut off.
#[derive(Default)]
struct Cut {
    rows: MemoryLedger,
    is_cut: AtomicBool,
}

/// Each method asks the rows, unless they are cut off.
macro_rules! unless_cut {
    ($($name:ident($($argument:ident: $kind:ty),*) -> $answer:ty;)*) => {
        impl Ledger for &Cut {
            $(async fn $name(&self, $($argument: $kind),*) -> Result<$answer, LedgerError> {
                if self.is_cut.load(Ordering::Relaxed) {
                    return Err(LedgerError);
                }
                self.rows.$name($($argument),*).await
            })*
        }
    };
}

unless_cut! {
    take(at: Moment, patience_ms: u64, seen: Line) -> (Option<u64>, Line);
    reserve(at: Moment, seen: Line) -> (u64, Line);
    take_spare(at: Moment, seen: Line) -> (bool, Line);
    spend(at: Moment, seen: Line) -> ();
    lengthen(at: Moment) -> ();
    correct(at: Moment, seen: Line) -> ();
    claim(operation: Operation, key: PlaceKey, place_ms: u64, lapsed_ms: u64) -> Claim;
    move_place(operation: Operation, key: PlaceKey, from_ms: u64, to_ms: u64) -> ();
    keep(operation: Operation, key: PlaceKey, place_ms: u64) -> ();
    leave(operation: Operation, key: PlaceKey, place_ms: u64) -> bool;
}

type TestPace<'a> = Pace<&'a Cut, &'a TestClock>;

/// A key for each name of up to 16 bytes.
fn key(name: &str) -> PlaceKey {
    let mut key = [0; 16];
    key[..name.len()].copy_from_slice(name.as_bytes());
    PlaceKey(key)
}

fn pace<'a>(ledger: &'a Cut, clock: &'a TestClock) -> TestPace<'a> {
    Pace::new(Quotas::default(), Some(ledger), clock)
}

/// What `name` is told: its slot in ms after noon, or how many ms to wait and its position.
fn ask(pace: &TestPace<'_>, name: &str) -> Result<u64, (u128, u64)> {
    let admitted = ready(pace.admit(START, Place::InLine(key(name))));
    admitted
        .map(|slot| slot.at_ms.saturating_sub(NOON))
        .map_err(|wait| (wait.retry_after.as_millis(), wait.position))
}

/// Callers use up the burst, so that a line forms.
fn use_up_the_burst(pace: &TestPace<'_>) {
    for (n, slot_ms) in [0, 0, 0, 0, 200].into_iter().enumerate() {
        assert_eq!(ask(pace, &format!("burst-{n}")), Ok(slot_ms));
    }
}

#[test]
fn the_burst_goes_at_once_and_then_callers_get_places() {
    let (ledger, clock) = (Cut::default(), TestClock::at_noon());
    let pace = pace(&ledger, &clock);
    use_up_the_burst(&pace);
    for (name, expected) in [
        ("ada", Err((700, 1))),
        ("ben", Err((1_200, 2))),
        ("cleo", Err((1_700, 3))),
    ] {
        assert_eq!(ask(&pace, name), expected, "{name}");
    }
    for (at_ms, name, expected) in [
        (449, "ada", Err((251, 0))),
        (450, "ada", Ok(700)),
        (700, "ben", Err((500, 1))),
        (1_500, "ben", Ok(1_200)),
    ] {
        clock.set(at_ms);
        assert_eq!(ask(&pace, name), expected, "{name} at {at_ms}");
    }
}

#[test]
fn a_caller_has_one_place_however_many_requests_it_sends() {
    let (ledger, clock) = (Cut::default(), TestClock::at_noon());
    let pace = pace(&ledger, &clock);
    let answers: Vec<_> = (0..40).map(|_| ask(&pace, "ada")).collect();
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 5);
    assert!(
        answers[5..].iter().all(|answer| *answer == Err((700, 1))),
        "{answers:?}"
    );
    assert_eq!(ask(&pace, "ben"), Err((1_200, 2)), "the line is one place longer");
}

#[test]
fn of_two_requests_that_come_back_at_the_slot_one_goes() {
    let (ledger, clock) = (Cut::default(), TestClock::at_noon());
    let (pace, elsewhere) = (pace(&ledger, &clock), pace(&ledger, &clock));
    use_up_the_burst(&pace);
    assert_eq!(ask(&pace, "ada"), Err((700, 1)));
    assert_eq!(
        ask(&elsewhere, "ada"),
        Err((700, 1)),
        "the place is known to all instances"
    );
    clock.set(600);
    assert_eq!(ask(&elsewhere, "ada"), Ok(700));
    assert_eq!(
        ask(&pace, "ada"),
        Err((600, 1)),
        "and now the caller is new in line"
    );
}

#[test]
fn operations_have_lines_of_their_own() {
    let (ledger, clock) = (Cut::default(), TestClock::at_noon());
    let pace = pace(&ledger, &clock);
    use_up_the_burst(&pace);
    assert!(ready(pace.admit(Operation::GetCase, Place::InLine(key("ada")))).is_ok());
}

#[test]
fn a_place_lapses_ten_seconds_after_its_slot() {
    for (at_ms, expected) in [(10_700, Ok(700)), (10_701, Err((7_500, 40)))] {
        let (ledger, clock) = (Cut::default(), TestClock::at_noon());
        let pace = pace(&ledger, &clock);
        use_up_the_burst(&pace);
        assert_eq!(ask(&pace, "ada"), Err((700, 1)));
        for n in 0..60 {
            assert!(ask(&pace, &format!("other-{n}")).is_err());
        }
        clock.set(at_ms);
        assert_eq!(ask(&pace, "ada"), expected, "{at_ms}");
    }
}

fn moment(after_noon_ms: u64) -> Moment {
    Moment {
        operation: START,
        quota: Quotas::default().of(START),
        now_ms: NOON + after_noon_ms,
    }
}

#[test]
fn a_long_wait_is_told_as_a_shorter_one() {
    let (ledger, clock) = (Cut::default(), TestClock::at_noon());
    let pace = pace(&ledger, &clock);
    use_up_the_burst(&pace);
    let told: Vec<_> = (1..=300).map(|n| ask(&pace, &format!("caller-{n}"))).collect();
    for (n, expected) in [
        (19, (9_700, 19)),
        (20, (7_500, 20)),
        (160, (7_518, 160)),
        (200, (9_393, 200)),
    ] {
        assert_eq!(told[n - 1], Err(expected), "{n}");
    }
}

#[test]
fn whoever_asks_first_takes_the_slot_of_those_who_left() {
    let (ledger, clock) = (Cut::default(), TestClock::at_noon());
    let pace = pace(&ledger, &clock);
    use_up_the_burst(&pace);
    for n in 1..=20 {
        assert!(ask(&pace, &format!("caller-{n}")).is_err());
    }
    clock.set(1_999);
    assert_eq!(
        ask(&pace, "caller-20"),
        Err((8_201, 16)),
        "too little of the burst is back"
    );
    clock.set(2_000);
    assert_eq!(ask(&pace, "caller-20"), Ok(2_000), "nobody came for two seconds");
    assert_eq!(ask(&pace, "caller-19"), Err((7_700, 15)), "one slot was spare");
    assert_eq!(
        ask(&pace, "caller-21"),
        Err((8_700, 17)),
        "and newcomers stand behind"
    );
}

#[test]
fn whoever_took_a_spare_slot_keeps_its_place() {
    let (ledger, clock) = (Cut::default(), TestClock::at_noon());
    let pace = pace(&ledger, &clock);
    use_up_the_burst(&pace);
    for n in 1..=6 {
        assert!(ask(&pace, &format!("caller-{n}")).is_err());
    }
    clock.set(2_000);
    assert_eq!(ask(&pace, "caller-6"), Ok(2_000), "a spare slot");
    assert_eq!(
        ask(&pace, "caller-6"),
        Err((1_200, 2)),
        "its place is where it was"
    );
    assert_eq!(
        ask(&pace, "caller-7"),
        Err((1_700, 3)),
        "and the line is no longer"
    );
}

#[test]
fn a_slot_from_the_line_counts_when_its_call_is_sent() {
    for (is_sent, expected) in [(true, Err((8_200, 16))), (false, Ok(2_000))] {
        let (ledger, clock) = (Cut::default(), TestClock::at_noon());
        let pace = pace(&ledger, &clock);
        use_up_the_burst(&pace);
        for n in 1..=20 {
            assert!(ask(&pace, &format!("caller-{n}")).is_err());
        }
        clock.set(500);
        let slot = ready(pace.admit(START, Place::InLine(key("caller-1")))).expect("its slot");
        if is_sent {
            ready(pace.sent(&slot));
        }
        clock.set(2_000);
        assert_eq!(ask(&pace, "caller-20"), expected, "{is_sent}");
    }
}

#[test]
fn a_throttled_caller_keeps_a_place_close_by() {
    let (ledger, clock) = (Cut::default(), TestClock::at_noon());
    let pace = pace(&ledger, &clock);
    let slot = ready(pace.admit(START, Place::InLine(key("ada")))).expect("a slot");
    for _ in 0..4 {
        assert!(ask(&pace, "ben").is_ok());
    }
    for n in 1..=20 {
        assert!(ask(&pace, &format!("caller-{n}")).is_err());
    }
    let wait = ready(pace.throttled(slot));
    assert_eq!(wait.retry_after.as_millis(), 1_750);
    clock.set(1_500);
    assert_eq!(ask(&pace, "ada"), Ok(1_750), "it does not wait behind the twenty");
}

#[test]
fn each_attempt_that_connect_counted_makes_the_line_longer() {
    let (ledger, clock) = (Cut::default(), TestClock::at_noon());
    let pace = pace(&ledger, &clock);
    let slot = ready(pace.admit(START, Place::InLine(key("ada")))).expect("a slot");
    ready(pace.repeated(&slot));
    ready(pace.repeated(&slot));
    for n in 0..2 {
        assert!(ask(&pace, &format!("burst-{n}")).is_ok(), "{n}");
    }
    assert_eq!(ask(&pace, "late"), Err((700, 1)));
}

#[test]
fn the_line_grows_only_where_other_software_took_a_token() {
    for (what, used_ms, expected) in [
        (
            "the row thought a token was there",
            500,
            Line {
                next_ms: NOON + 3_700,
                used_ms: NOON,
            },
        ),
        (
            "the row knew that none was",
            501,
            Line {
                next_ms: NOON + 3_200,
                used_ms: NOON + 1,
            },
        ),
    ] {
        let ledger = MemoryLedger::default();
        for _ in 0..4 {
            ready(ledger.reserve(moment(3_000), Line::default())).expect("memory answers");
        }
        let spent = Moment {
            now_ms: NOON + used_ms + 1_300,
            ..moment(0)
        };
        ready(ledger.spend(spent, Line::default())).expect("memory answers");
        ready(ledger.correct(moment(0), Line::default())).expect("memory answers");
        let (_, line) = ready(ledger.take(moment(0), 0, Line::default())).expect("memory answers");
        assert_eq!(line, expected, "{what}");
    }
}

#[test]
fn without_the_ledger_requests_go_on_by_memory() {
    let (ledger, clock) = (Cut::default(), TestClock::at_noon());
    let pace = pace(&ledger, &clock);
    ledger.is_cut.store(true, Ordering::Relaxed);
    use_up_the_burst(&pace);
    assert_eq!(
        ask(&pace, "ada"),
        Err((700, 1)),
        "callers share fairly within the process"
    );
}

#[test]
fn one_missing_answer_while_there_is_a_line_is_a_second_of_waiting() {
    let (ledger, clock) = (Cut::default(), TestClock::at_noon());
    let pace = pace(&ledger, &clock);
    use_up_the_burst(&pace);
    assert!(ask(&pace, "ada").is_err());
    ledger.is_cut.store(true, Ordering::Relaxed);
    assert_eq!(ask(&pace, "ben"), Err((1_000, 0)), "the first");
    assert_eq!(
        ask(&pace, "ben"),
        Ok(0),
        "after the second the instance does without"
    );
    ledger.is_cut.store(false, Ordering::Relaxed);
    assert_eq!(ask(&pace, "cleo"), Ok(0), "it does not ask for five seconds");
    clock.set(5_000);
    assert_eq!(ask(&pace, "ben"), Ok(3_200), "then it does");
}

#[test]
fn an_answer_makes_a_failure_forgotten() {
    let (ledger, clock) = (Cut::default(), TestClock::at_noon());
    let pace = pace(&ledger, &clock);
    use_up_the_burst(&pace);
    assert!(ask(&pace, "ada").is_err());
    for _ in 0..3 {
        ledger.is_cut.store(true, Ordering::Relaxed);
        assert_eq!(ask(&pace, "ben"), Err((1_000, 0)));
        ledger.is_cut.store(false, Ordering::Relaxed);
        assert!(ask(&pace, "cleo").is_err());
    }
}

#[test]
fn what_memory_holds_is_bounded() {
    let ledger = MemoryLedger::default();
    for n in 0..1_500_u64 {
        let key = key(&n.to_string());
        let claimed = ledger.claim(START, key, NOON + n, NOON + n.saturating_sub(100));
        assert_eq!(ready(claimed), Ok(Claim::New));
    }
    assert!(ledger.places() <= 1_100, "{}", ledger.places());
}

#[test]
fn a_call_for_free_slots_never_comes_before_a_caller_who_waits() {
    let (ledger, clock) = (Cut::default(), TestClock::at_noon());
    let pace = pace(&ledger, &clock);
    let only_if_free = || {
        let admitted = ready(pace.admit(START, Place::OnlyIfFree));
        admitted
            .map(|slot| slot.at_ms.saturating_sub(NOON))
            .map_err(|wait| wait.retry_after.as_millis())
    };
    assert_eq!(only_if_free(), Ok(0));
    for (n, slot_ms) in [0, 0, 0, 200].into_iter().enumerate() {
        assert_eq!(ask(&pace, &format!("burst-{n}")), Ok(slot_ms));
    }
    assert_eq!(only_if_free(), Err(700));
    assert_eq!(ask(&pace, "ada"), Err((700, 1)), "no place was taken");
    assert_eq!(only_if_free(), Err(1_200));
    for (at_ms, expected) in [(700, Err(500)), (949, Err(251)), (950, Ok(1_200))] {
        clock.set(at_ms);
        assert_eq!(only_if_free(), expected, "at {at_ms}");
    }
}

#[test]
fn a_throttled_call_without_a_place_gets_none() {
    let (ledger, clock) = (Cut::default(), TestClock::at_noon());
    let pace = pace(&ledger, &clock);
    let slot = ready(pace.admit(START, Place::OnlyIfFree)).expect("a free slot");
    let wait = ready(pace.throttled(slot));
    assert_eq!(wait.retry_after.as_millis(), 1_750);
    assert!(
        ready(pace.admit(START, Place::OnlyIfFree)).is_ok(),
        "nothing holds it back"
    );
}
