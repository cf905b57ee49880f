//! Clients that come back when the header tells them to, and up to 0.3 s late, as most clients do.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use end_to_end_tests::{Answer, Caller};
use futures_util::future::join_all;

use crate::paced::{Paced, SIZE};

/// The most that a client comes late.
const LATE: Duration = Duration::from_millis(300);
/// The time in which clients begin, because the table's stand-in is slower than DynamoDB.
const BEGINNING: Duration = Duration::from_secs(2);

/// One upload's answers, until it was started or its client left.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) caller: usize,
    pub(crate) statuses: Vec<u16>,
    /// When the last answer came, from the start of the run.
    pub(crate) ended: Duration,
}

impl Outcome {
    pub(crate) fn is_started(&self) -> bool {
        self.statuses.last() == Some(&201)
    }
}

/// When a whole upload came to each step, from the start of the run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Journey {
    pub(crate) started: Duration,
    pub(crate) completed: Duration,
    pub(crate) seen: Duration,
}

/// What is asked for at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Burst {
    pub(crate) callers: usize,
    pub(crate) uploads_each: usize,
    /// Share of the uploads whose client leaves at its first 429.
    pub(crate) leaving_percent: usize,
}

impl Burst {
    pub(crate) const fn new(callers: usize, uploads_each: usize) -> Self {
        Self {
            callers,
            uploads_each,
            leaving_percent: 0,
        }
    }

    pub(crate) const fn uploads(self) -> usize {
        self.callers * self.uploads_each
    }

    /// Spreads those that leave evenly.
    const fn leaves(self, number: usize) -> bool {
        (number + 1) * self.leaving_percent / 100 > number * self.leaving_percent / 100
    }
}

/// How long a client stays away after a 429. The header must be the exact wait rounded up.
pub(crate) fn wait_of(answer: &Answer) -> Duration {
    assert_eq!(answer.outcome(), (429, "too-many-requests".to_owned()));
    let exact = answer.json()["retryAfterSeconds"]
        .as_f64()
        .expect("the exact wait");
    let header = answer.header("retry-after").expect("a header");
    let header: u32 = header.parse().expect("whole seconds");
    assert!(
        (exact..exact + 1.001).contains(&f64::from(header)),
        "{header} for {exact}"
    );
    Duration::from_secs(header.into()) + random_up_to(LATE)
}

/// The statuses of `request`, repeated while the answer is 429 unless the client leaves at the first, and the last answer.
async fn patiently(request: impl AsyncFn() -> Answer, leaves: bool) -> (Vec<u16>, Answer) {
    let mut statuses = Vec::new();
    loop {
        let answer = request().await;
        statuses.push(answer.status);
        if answer.status != 429 || leaves {
            return (statuses, answer);
        }
        tokio::time::sleep(wait_of(&answer)).await;
    }
}

/// A random time, evenly distributed, of at most `most`.
pub(crate) fn random_up_to(most: Duration) -> Duration {
    most.mul_f64(fastrand::f64())
}

impl Paced {
    /// Starts one upload and comes back while the answer is 429, with the same key; or leaves at the first.
    async fn start_patiently(&self, caller: &Caller, name: &str, leaves: bool) -> Vec<u16> {
        let body = self.body(name);
        let key = [("idempotency-key", name)];
        patiently(async || caller.start_with(&body, &key).await, leaves)
            .await
            .0
    }

    /// One upload from its start to its final status, and when it came to each.
    pub(crate) async fn journey(&self, number: usize) -> Journey {
        let began = Instant::now();
        tokio::time::sleep(random_up_to(BEGINNING)).await;
        let (caller, name) = (
            &self.callers[number % self.callers.len()],
            format!("journey-{number}"),
        );
        let (body, key) = (self.body(&name), [("idempotency-key", name.as_str())]);
        let (_, answer) = patiently(async || caller.start_with(&body, &key).await, false).await;
        let (ticket, started) = (caller.ticket(&answer), began.elapsed());
        assert_eq!(caller.put(&ticket, vec![b'x'; SIZE]).await.status, 200);
        let (statuses, _) = patiently(async || caller.complete(&ticket).await, false).await;
        assert_eq!(statuses.last(), Some(&204));
        let completed = began.elapsed();
        loop {
            let (_, answer) = patiently(async || caller.status(&ticket).await, false).await;
            let Some(seconds) = answer.header("retry-after") else {
                assert_eq!(answer.json()["status"], "APPROVED", "{answer:?}");
                let seen = began.elapsed();
                return Journey {
                    started,
                    completed,
                    seen,
                };
            };
            let seconds = seconds.parse().expect("whole seconds");
            tokio::time::sleep(Duration::from_secs(seconds) + random_up_to(LATE)).await;
        }
    }

    /// Starts all uploads of a burst, and gives the outcome of each.
    pub(crate) async fn burst(&self, name: &str, burst: Burst) -> Vec<Outcome> {
        let began = Instant::now();
        let uploads = (0..burst.uploads()).map(async |number| {
            tokio::time::sleep(random_up_to(BEGINNING)).await;
            let (caller, name) = (number % burst.callers, format!("{name}-{number}"));
            let starting = self.start_patiently(&self.callers[caller], &name, burst.leaves(number));
            let statuses = starting.await;
            Outcome {
                caller,
                statuses,
                ended: began.elapsed(),
            }
        });
        join_all(uploads).await
    }

    /// The uploads that were started in `span`: the first caller keeps `in_flight` going, every other one.
    pub(crate) async fn flood(&self, span: Duration, in_flight: usize) -> Vec<Outcome> {
        let next = AtomicUsize::new(0);
        let began = Instant::now();
        let upload_until_the_end = async |caller: usize| {
            let mut outcomes = Vec::new();
            tokio::time::sleep(random_up_to(BEGINNING)).await;
            while let Some(left) = span.checked_sub(began.elapsed()) {
                let name = format!("flood-{}", next.fetch_add(1, Ordering::Relaxed));
                let starting = self.start_patiently(&self.callers[caller], &name, false);
                let Ok(statuses) = tokio::time::timeout(left, starting).await else {
                    break;
                };
                outcomes.push(Outcome {
                    caller,
                    statuses,
                    ended: began.elapsed(),
                });
            }
            outcomes
        };
        let flooding = (0..in_flight).map(|_| upload_until_the_end(0));
        let others = (1..self.callers.len()).map(upload_until_the_end);
        let (flood, others) = tokio::join!(join_all(flooding), join_all(others));
        flood.into_iter().chain(others).flatten().collect()
    }
}
