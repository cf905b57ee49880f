use std::collections::VecDeque;
use std::sync::Mutex;

use super::virtual_time::VirtualTime;
use super::*;

const OPERATION: Operation = Operation::StartAttachedFileUpload;
const THROTTLED: Answer = Answer::Is(Err(AttemptError::Throttled));
const FAULT: Answer = Answer::Is(Err(AttemptError::Fault(UpstreamError::Unavailable)));
const OK: Answer = Answer::Is(Ok("done"));

#[derive(Clone)]
enum Answer {
    Is(Result<&'static str, AttemptError>),
    After(Duration, Result<&'static str, AttemptError>),
}

/// A service that answers from a script, the last answer again and again, and remembers when it was asked.
struct Service {
    time: VirtualTime,
    script: Mutex<VecDeque<Answer>>,
    asked: Mutex<Vec<(&'static str, Duration)>>,
}

impl Service {
    fn answering(script: impl IntoIterator<Item = Answer>) -> Self {
        Self {
            time: VirtualTime::new(),
            script: Mutex::new(script.into_iter().collect()),
            asked: Mutex::default(),
        }
    }

    /// Retries over this service's time, which pause for `FRACTION_PERCENT` of what they may.
    fn retries<const FRACTION_PERCENT: u8>(&self) -> Retries<VirtualTime> {
        Retries::new(self.time.clone(), || f64::from(FRACTION_PERCENT) / 100.0)
    }

    async fn ask(&self, who: &'static str) -> Result<&'static str, AttemptError> {
        self.asked.lock().expect("sound").push((who, self.time.elapsed()));
        let answer = {
            let mut script = self.script.lock().expect("sound");
            let next = script.pop_front().expect("an answer");
            if script.is_empty() {
                script.push_back(next.clone());
            }
            next
        };
        match answer {
            Answer::Is(answer) => answer,
            Answer::After(delay, answer) => {
                self.time.sleep_until(self.time.now() + delay).await;
                answer
            }
        }
    }

    async fn call(
        &self,
        retries: &Retries<VirtualTime>,
        who: &'static str,
        deadline_millis: u64,
    ) -> Result<&'static str, UpstreamError> {
        let deadline = Deadline(self.time.at(millis(deadline_millis)));
        retries.run(OPERATION, deadline, || self.ask(who)).await
    }

    fn asked_at(&self) -> Vec<u128> {
        let asked = self.asked.lock().expect("sound");
        asked.iter().map(|(_, at)| at.as_millis()).collect()
    }

    fn asked_by(&self) -> Vec<&'static str> {
        self.asked
            .lock()
            .expect("sound")
            .iter()
            .map(|(who, _)| *who)
            .collect()
    }
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn throttled(retry_after_millis: u64) -> Result<&'static str, UpstreamError> {
    Err(UpstreamError::Throttled {
        retry_after: millis(retry_after_millis),
    })
}

#[test]
fn a_call_ends_with_an_answer_or_with_the_last_real_error() {
    let slow = |secs, answer| Answer::After(Duration::from_secs(secs), answer);
    let is_final = Answer::Is(Err(AttemptError::Final(UpstreamError::InvalidFileName)));
    for (what, script, deadline, expected, asked_at) in [
        ("an answer", vec![OK], 9_000, Ok("done"), vec![0]),
        (
            "an error that stays",
            vec![is_final.clone(), OK],
            9_000,
            Err(UpstreamError::InvalidFileName),
            vec![0],
        ),
        (
            "throttled, then answered",
            vec![THROTTLED, THROTTLED, OK],
            9_000,
            Ok("done"),
            vec![0, 500, 1_500],
        ),
        (
            "throttled past the deadline",
            vec![THROTTLED],
            9_000,
            throttled(7_500),
            vec![0, 500, 1_500, 3_500, 5_500, 7_500],
        ),
        (
            "throttled with no time to wait",
            vec![THROTTLED],
            500,
            throttled(1_000),
            vec![0],
        ),
        (
            "a fault, then answered",
            vec![FAULT, FAULT, OK],
            9_000,
            Ok("done"),
            vec![0, 100, 300],
        ),
        (
            "faults past the deadline",
            vec![FAULT],
            1_000,
            Err(UpstreamError::Unavailable),
            vec![0, 100, 300, 700],
        ),
        (
            "a fault, then an error that stays",
            vec![FAULT, is_final],
            9_000,
            Err(UpstreamError::InvalidFileName),
            vec![0, 100],
        ),
        (
            "no answer, then answered",
            vec![slow(60, Ok("late")), OK],
            9_000,
            Ok("done"),
            vec![0, 5_100],
        ),
        (
            "no answer past the deadline",
            vec![slow(60, Ok("late"))],
            9_000,
            Err(UpstreamError::TimedOut),
            vec![0, 5_100],
        ),
        (
            "no answer and no time",
            vec![slow(60, Ok("late"))],
            3_000,
            Err(UpstreamError::TimedOut),
            vec![0],
        ),
        (
            "throttled, then cut off by the deadline",
            vec![THROTTLED, slow(60, Ok("late"))],
            2_000,
            throttled(2_000),
            vec![0, 500],
        ),
        (
            "no time at all",
            vec![OK],
            0,
            Err(UpstreamError::TimedOut),
            vec![],
        ),
    ] {
        let service = Service::answering(script);
        let retries = service.retries::<100>();
        let outcome = service.time.run(service.call(&retries, "a", deadline));
        assert_eq!(outcome, expected, "{what}");
        assert_eq!(service.asked_at(), asked_at, "{what}");
        assert!(
            service.time.elapsed() <= millis(deadline),
            "{what}: slept past the deadline"
        );
    }
}

#[test]
fn pauses_are_full_jitter_under_a_ceiling_that_doubles() {
    for (failures, fraction, fault_millis, throttle_millis) in [
        (1, 0.0, 0, 0),
        (1, 0.5, 50, 250),
        (1, 1.0, 100, 500),
        (2, 1.0, 200, 1_000),
        (5, 1.0, 1_600, 2_000),
        (6, 1.0, 2_000, 2_000),
        (u32::MAX, 1.0, 2_000, 2_000),
        (1, 7.0, 100, 500),
        (1, -1.0, 0, 0),
    ] {
        let drawn = (
            AFTER_FAULT.drawn(failures, fraction),
            AFTER_THROTTLE.drawn(failures, fraction),
        );
        assert_eq!(
            drawn,
            (millis(fault_millis), millis(throttle_millis)),
            "{failures} {fraction}"
        );
    }
}

#[test]
fn who_is_refused_together_is_told_different_times() {
    for (fraction, millis_expected) in [
        (-1.0, 3_000),
        (0.0, 3_000),
        (0.5, 4_500),
        (1.0, 6_000),
        (7.0, 6_000),
    ] {
        assert_eq!(
            spread(millis(6_000), fraction),
            millis(millis_expected),
            "{fraction}"
        );
    }
}

#[test]
fn throttles_are_remembered_per_operation_for_half_a_minute() {
    let service = Service::answering([THROTTLED, OK]);
    let retries = service.retries::<0>();
    assert_eq!(service.time.run(service.call(&retries, "a", 9_000)), Ok("done"));
    for (after_millis, operation, expected) in [
        (0, OPERATION, true),
        (0, Operation::GetCase, false),
        (29_999, OPERATION, true),
        (30_000, OPERATION, false),
    ] {
        service
            .time
            .run(service.time.sleep_until(service.time.at(millis(after_millis))));
        assert_eq!(
            retries.was_throttled(operation),
            expected,
            "{operation:?} after {after_millis} ms"
        );
    }
}

#[test]
fn an_outage_uses_up_what_all_calls_may_retry() {
    let service = Service::answering([FAULT]);
    let retries = service.retries::<0>();
    let retries_in_budget = usize::try_from(Budget::CAPACITY / Budget::RETRY_COST).expect("small");
    for (call, expected_attempts) in [(1, 1 + retries_in_budget), (2, 1), (3, 1)] {
        service.asked.lock().expect("sound").clear();
        let outcome = service.time.run(service.call(&retries, "a", 1_000));
        assert_eq!(outcome, Err(UpstreamError::Unavailable), "call {call}");
        assert_eq!(service.asked_at().len(), expected_attempts, "call {call}");
    }
}

#[test]
fn throttles_spend_no_budget() {
    let (throttles, faults) = (vec![THROTTLED; 1_000], vec![FAULT; 100]);
    let service = Service::answering(throttles.into_iter().chain(faults).chain([OK]));
    let retries = service.retries::<0>();
    assert_eq!(service.time.run(service.call(&retries, "a", 1_000)), Ok("done"));
}

#[test]
fn a_retry_that_succeeds_is_paid_back() {
    let script = [FAULT, OK].into_iter().cycle().take(2_000);
    let service = Service::answering(script);
    let retries = service.retries::<0>();
    for call in 0..1_000 {
        assert_eq!(
            service.time.run(service.call(&retries, "a", 1_000)),
            Ok("done"),
            "call {call}"
        );
    }
}

#[test]
fn of_throttled_calls_only_the_first_in_line_asks() {
    let together = Answer::After(millis(10), Err(AttemptError::Throttled));
    let script = [
        together.clone(),
        together.clone(),
        together,
        THROTTLED,
        THROTTLED,
        OK,
        OK,
        OK,
    ];
    let service = Service::answering(script);
    let retries = service.retries::<100>();
    let call = |who| service.call(&retries, who, 20_000);
    let outcomes = service
        .time
        .run(async { tokio::join!(biased; call("a"), call("b"), call("c")) });
    assert_eq!(outcomes, (Ok("done"), Ok("done"), Ok("done")));
    assert_eq!(service.asked_by(), ["a", "b", "c", "a", "a", "a", "b", "c"]);
    assert_eq!(service.asked_at(), [0, 0, 0, 510, 1_510, 3_510, 3_510, 3_510]);
}

#[test]
fn who_comes_later_does_not_overtake() {
    let service = Service::answering([THROTTLED, THROTTLED, OK]);
    let retries = service.retries::<100>();
    let late = async {
        service.time.sleep_until(service.time.at(millis(100))).await;
        service.call(&retries, "late", 20_000).await
    };
    let early = service.call(&retries, "early", 20_000);
    let outcomes = service.time.run(async { tokio::join!(biased; early, late) });
    assert_eq!(outcomes, (Ok("done"), Ok("done")));
    assert_eq!(service.asked_by(), ["early", "early", "early", "late"]);
}

#[test]
fn who_waits_in_line_past_its_deadline_is_told_how_long_the_line_takes() {
    let service = Service::answering([THROTTLED]);
    let retries = service.retries::<100>();
    let late = async {
        service.time.sleep_until(service.time.at(millis(100))).await;
        let outcome = service.call(&retries, "late", 3_000).await;
        (outcome, service.time.elapsed())
    };
    let early = service.call(&retries, "early", 20_000);
    let (_, (outcome, at)) = service.time.run(async { tokio::join!(biased; early, late) });
    assert_eq!((outcome, at), (throttled(6_000), millis(3_000)));
    assert!(!service.asked_by().contains(&"late"));
}

#[test]
fn a_fault_leaves_the_line_to_the_next() {
    let slow = Answer::After(Duration::from_mins(1), Ok("late"));
    let together = Answer::After(millis(10), Err(AttemptError::Throttled));
    let service = Service::answering([together.clone(), together, slow, OK]);
    let retries = service.retries::<100>();
    let call = |who| service.call(&retries, who, 20_000);
    let outcomes = service
        .time
        .run(async { tokio::join!(biased; call("a"), call("b")) });
    assert_eq!(outcomes, (Ok("done"), Ok("done")));
    assert_eq!(service.asked_by(), ["a", "b", "a", "b", "a"]);
    assert_eq!(service.asked_at(), [0, 0, 510, 5_510, 5_610]);
}

#[test]
fn operations_wait_in_lines_of_their_own() {
    let service = Service::answering([THROTTLED, OK]);
    let retries = service.retries::<100>();
    let deadline = Deadline(service.time.at(millis(9_000)));
    let other = async {
        service.time.sleep_until(service.time.at(millis(100))).await;
        let attempt = || service.ask("other");
        retries.run(Operation::GetCase, deadline, attempt).await
    };
    let first = service.call(&retries, "first", 9_000);
    let outcomes = service.time.run(async { tokio::join!(biased; first, other) });
    assert_eq!(outcomes, (Ok("done"), Ok("done")));
    assert_eq!(service.asked_at(), [0, 100, 500]);
}
