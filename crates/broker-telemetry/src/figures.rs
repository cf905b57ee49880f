//! Counts the calls to Amazon Connect of each request, or of each run of the finisher.

use std::cell::RefCell;

use broker_connect::{AttemptOutcome, Observation};
use broker_table::TableFault;

/// The largest number of values that one metric of a line may have. Source: specification of the embedded metric format.
const MAX_VALUES: usize = 100;

tokio::task_local! {
    static FIGURES: RefCell<Figures>;
}

/// The counts of one request. Calls outside a request, in the init phase, are not counted.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// AWS's request id of the last call.
    pub aws_request_id: Option<String>,
    /// Attempts that Connect throttled.
    pub throttles: u64,
    /// Attempts after the first.
    pub retries: u64,
    /// Attempts for which the role lacks a permission.
    pub access_denied: u64,
    /// The duration of each attempt, in milliseconds.
    pub latencies: Vec<u64>,
    /// How often the shared table did not answer.
    pub pace_unavailable: u64,
    /// Rows of the shared table that could not be read.
    pub rows_unreadable: u64,
}

impl Figures {
    /// Runs `request`, and returns its output with the figures of its calls.
    ///
    /// INVARIANT: figures belong to the task that makes the call, so the figures of concurrent requests do not mix.
    pub async fn of<T>(request: impl Future<Output = T>) -> (T, Self) {
        let counted = async {
            let output = request.await;
            (output, FIGURES.with(RefCell::take))
        };
        FIGURES.scope(RefCell::default(), counted).await
    }

    /// Counts for the request of this task.
    pub fn observe(observation: Observation<'_>) {
        // An error says that this task has no request.
        let _ = FIGURES.try_with(|figures| figures.borrow_mut().add(observation));
    }

    /// Counts a fault of the shared table for the request of this task.
    pub fn observe_table(fault: TableFault) {
        // An error says that this task has no request.
        let _ = FIGURES.try_with(|figures| {
            let mut figures = figures.borrow_mut();
            match fault {
                TableFault::Unavailable => figures.pace_unavailable += 1,
                TableFault::Unreadable => figures.rows_unreadable += 1,
            }
        });
    }

    fn add(&mut self, observation: Observation<'_>) {
        let attempt = match observation {
            Observation::RequestId(id) => {
                self.aws_request_id = Some(id.to_owned());
                return;
            }
            Observation::Attempt(attempt) => attempt,
        };
        self.retries += u64::from(attempt.number > 1);
        self.throttles += u64::from(attempt.outcome == AttemptOutcome::Throttled);
        self.access_denied += u64::from(attempt.outcome == AttemptOutcome::AccessDenied);
        if self.latencies.len() < MAX_VALUES {
            self.latencies
                .push(u64::try_from(attempt.took.as_millis()).unwrap_or(u64::MAX));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use broker_connect::Attempt;
    use tokio::sync::Barrier;

    use super::*;

    fn attempt(number: u32, millis: u64, outcome: AttemptOutcome) -> Observation<'static> {
        Observation::Attempt(Attempt {
            number,
            took: Duration::from_millis(millis),
            outcome,
        })
    }

    #[tokio::test]
    async fn attempts_are_counted_by_how_they_ended() {
        let request = async {
            Figures::observe(attempt(1, 7, AttemptOutcome::Answered));
            Figures::observe(Observation::RequestId("first"));
            Figures::observe(attempt(1, 5, AttemptOutcome::Throttled));
            Figures::observe(attempt(2, 6, AttemptOutcome::Failed));
            Figures::observe(Observation::RequestId("last"));
            Figures::observe(attempt(3, 9, AttemptOutcome::AccessDenied));
        };
        let ((), figures) = Figures::of(request).await;
        let expected = Figures {
            aws_request_id: Some("last".to_owned()),
            throttles: 1,
            retries: 2,
            access_denied: 1,
            latencies: vec![7, 5, 6, 9],
            ..Figures::default()
        };
        assert_eq!(figures, expected);
    }

    #[tokio::test]
    async fn requests_at_the_same_time_have_figures_of_their_own() {
        let together = Barrier::new(2);
        let request = |throttles: u32| {
            let together = &together;
            Figures::of(async move {
                for number in 1..=throttles {
                    Figures::observe(attempt(number, 1, AttemptOutcome::Throttled));
                }
                together.wait().await;
                Figures::observe(attempt(throttles + 1, 1, AttemptOutcome::Answered));
            })
        };
        let (((), one), ((), other)) = tokio::join!(request(5), request(2));
        assert_eq!((one.throttles, one.retries, one.latencies.len()), (5, 5, 6));
        assert_eq!((other.throttles, other.retries, other.latencies.len()), (2, 2, 3));
    }

    #[tokio::test]
    async fn a_metric_has_at_most_the_values_that_the_format_allows() {
        let request = async {
            for number in 1..=101 {
                Figures::observe(attempt(number, 1, AttemptOutcome::Throttled));
            }
        };
        let ((), figures) = Figures::of(request).await;
        assert_eq!((figures.latencies.len(), figures.throttles), (100, 101));
    }

    #[test]
    fn what_belongs_to_no_request_is_not_counted() {
        Figures::observe(attempt(1, 1, AttemptOutcome::Throttled));
    }
}
