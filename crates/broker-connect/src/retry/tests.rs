use std::collections::VecDeque;
use std::sync::Mutex;

use broker_core::operation::Quotas;
use broker_core::pace::{MemoryLedger, Place, PlaceKey};

use super::virtual_time::VirtualTime;
use super::*;

const OPERATION: Operation = Operation::StartAttachedFileUpload;
const THROTTLED: Answer = Answer::Is(Err(AttemptError::Throttled));
const FAULT: Answer = Answer::Is(Err(AttemptError::Fault(UpstreamError::Unavailable)));
const OK: Answer = Answer::Is(Ok("done"));

type Outcome = Result<&'static str, UpstreamError>;

#[derive(Clone)]
enum Answer {
    Is(Result<&'static str, AttemptError>),
    After(Duration, Result<&'static str, AttemptError>),
}

/// A service that answers from a script, the last answer again and again, and remembers when it was asked.
struct Service {
    time: VirtualTime,
    script: Mutex<VecDeque<Answer>>,
    asked: Mutex<Vec<u128>>,
}

impl Service {
    /// Every pause is as long as it may be.
    fn answering(script: impl IntoIterator<Item = Answer>) -> Self {
        Self {
            time: VirtualTime::new(1.0),
            script: Mutex::new(script.into_iter().collect()),
            asked: Mutex::default(),
        }
    }

    fn retries(&self) -> Retries<MemoryLedger, VirtualTime> {
        let pace = Pace::new(Quotas::default(), None, self.time.clone());
        Retries::new(pace)
    }

    async fn ask(&self) -> Result<&'static str, AttemptError> {
        self.asked
            .lock()
            .expect("sound")
            .push(self.time.elapsed().as_millis());
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

    /// What a call of the caller with this number comes to.
    fn call(
        &self,
        retries: &Retries<MemoryLedger, VirtualTime>,
        caller: u8,
        deadline_millis: u64,
    ) -> Outcome {
        let context = CallContext {
            place: Place::InLine(PlaceKey([caller; 16])),
            deadline: Deadline(self.time.at(millis(deadline_millis))),
        };
        self.time
            .run(retries.run(OPERATION, context.into(), || self.ask()))
    }

    fn take_asked(&self) -> Vec<u128> {
        std::mem::take(&mut *self.asked.lock().expect("sound"))
    }
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn throttled(retry_after_millis: u64, position: u64) -> Outcome {
    Err(UpstreamError::Throttled(Wait {
        retry_after: millis(retry_after_millis),
        position,
    }))
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
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
            vec![THROTTLED, OK],
            9_000,
            Ok("done"),
            vec![0, 350],
        ),
        (
            "throttled for half a second",
            vec![THROTTLED],
            9_000,
            throttled(2_750, 5),
            vec![0, 350],
        ),
        (
            "throttled after a fault, for longer",
            vec![FAULT, THROTTLED],
            9_000,
            throttled(2_750, 5),
            vec![0, 100, 450, 800],
        ),
        (
            "throttled with no time to wait",
            vec![THROTTLED],
            300,
            throttled(2_750, 5),
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
            "three faults",
            vec![FAULT],
            9_000,
            Err(UpstreamError::Unavailable),
            vec![0, 100, 300],
        ),
        (
            "faults past the deadline",
            vec![FAULT],
            200,
            Err(UpstreamError::Unavailable),
            vec![0, 100],
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
            "a fault, then cut off by the deadline",
            vec![FAULT, slow(60, Ok("late"))],
            2_000,
            Err(UpstreamError::Unavailable),
            vec![0, 100],
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
        let outcome = service.call(&service.retries(), 0, deadline);
        assert_eq!(outcome, expected, "{what}");
        assert_eq!(service.take_asked(), asked_at, "{what}");
        assert!(
            service.time.elapsed() <= millis(deadline),
            "{what}: slept past the deadline"
        );
    }
}

#[test]
fn a_call_waits_for_its_slot_or_is_refused_at_once() {
    let service = Service::answering([OK]);
    let retries = service.retries();
    for caller in 0..5 {
        assert_eq!(service.call(&retries, caller, 9_000), Ok("done"), "the burst");
    }
    assert_eq!(
        service.take_asked(),
        [0, 0, 0, 0, 250],
        "the fifth slot is when the first call has arrived, and a moment more"
    );
    assert_eq!(service.call(&retries, 6, 9_000), throttled(450, 0));
    assert_eq!(service.time.elapsed(), millis(250), "nobody waits in line");
    assert_eq!(service.take_asked(), [0; 0], "Connect was not asked");
    service
        .time
        .run(service.time.sleep_until(service.time.at(millis(500))));
    assert_eq!(service.call(&retries, 6, 9_000), Ok("done"));
    assert_eq!(service.take_asked(), [750], "a moment after its slot");
}

#[test]
fn a_throttled_caller_comes_back_before_others() {
    let service = Service::answering([OK, OK, OK, OK, THROTTLED, THROTTLED, OK]);
    let retries = service.retries();
    for caller in 0..4 {
        assert_eq!(service.call(&retries, caller, 9_000), Ok("done"), "the burst");
    }
    assert_eq!(service.call(&retries, 4, 9_000), throttled(2_750, 5));
    for caller in 10..30 {
        assert!(service.call(&retries, caller, 9_000).is_err());
    }
    service
        .time
        .run(service.time.sleep_until(service.time.at(millis(3_100))));
    assert_eq!(service.call(&retries, 4, 9_000), Ok("done"));
}

#[test]
fn an_outage_uses_up_what_all_calls_may_retry() {
    let service = Service::answering([FAULT]);
    let retries = service.retries();
    let attempt = || service.ask();
    let deadline = Deadline(service.time.at(Duration::from_hours(1)));
    let calls = Budget::CAPACITY / (2 * Budget::RETRY_COST);
    for _ in 0..calls {
        let outcome = service.time.run(retries.run(OPERATION, deadline.into(), attempt));
        assert_eq!(outcome, Err(UpstreamError::Unavailable));
        assert_eq!(service.take_asked().len(), 3);
    }
    let outcome = service.time.run(retries.run(OPERATION, deadline.into(), attempt));
    assert_eq!(outcome, Err(UpstreamError::Unavailable));
    assert_eq!(service.take_asked().len(), 1);
}

#[test]
fn a_retry_that_succeeds_is_paid_back() {
    let service = Service::answering([FAULT, OK].into_iter().cycle().take(1_000));
    let retries = service.retries();
    let deadline = Deadline(service.time.at(Duration::from_hours(1)));
    for call in 0..500 {
        let outcome = service
            .time
            .run(retries.run(OPERATION, deadline.into(), || service.ask()));
        assert_eq!(outcome, Ok("done"), "call {call}");
    }
}

#[test]
fn a_call_that_nobody_asked_for_has_no_place() {
    let service = Service::answering([THROTTLED]);
    let retries = service.retries();
    let deadline = Deadline(service.time.at(millis(9_000)));
    let outcome = service
        .time
        .run(retries.run(OPERATION, deadline.into(), || service.ask()));
    assert_eq!(outcome, throttled(1_000, 0));
}
