//! What a run came to.

use std::time::Duration;

use end_to_end_tests::requests;

use crate::client::Outcome;
use crate::paced::Paced;

/// Connect's quota: calls at once, and calls a second.
const BURST: f64 = 5.0;
const PER_SECOND: f64 = 2.0;

/// How the callers of a flood shared the quota.
#[derive(Debug)]
pub(crate) struct Shares {
    /// Uploads of each caller, the flooding one first.
    pub(crate) got: Vec<usize>,
    /// The flooding caller's part of all.
    pub(crate) flood: f64,
    /// The least that another got, as a part of an even share.
    pub(crate) least: f64,
    /// Jain's index of fairness: 1 where all got the same.
    pub(crate) jain: f64,
}

impl Shares {
    /// Shares of what was started after `from`.
    pub(crate) fn of(outcomes: &[Outcome], callers: usize, from: Duration) -> Self {
        let mut got = vec![0; callers];
        for outcome in outcomes.iter().filter(|outcome| outcome.ended >= from) {
            got[outcome.caller] += 1;
        }
        let all: Vec<f64> = got.iter().copied().map(real).collect();
        let (sum, squares): (f64, f64) = (all.iter().sum(), all.iter().map(|one| one * one).sum());
        let least = all[1..].iter().copied().fold(f64::INFINITY, f64::min);
        Self {
            flood: all[0] / sum,
            least: least * real(callers) / sum,
            jain: sum * sum / (real(callers) * squares),
            got,
        }
    }
}

/// What the uploads of a burst cost.
#[derive(Debug)]
pub(crate) struct Cost {
    /// Uploads that were started.
    pub(crate) started: usize,
    /// Time to the last of them, as a multiple of what the quota needs.
    pub(crate) times_the_floor: f64,
    pub(crate) billed_secs: f64,
    pub(crate) refusals: f64,
    pub(crate) table_calls: f64,
    /// Part of the calls to Connect that it throttled.
    pub(crate) throttled: f64,
}

impl Paced {
    /// What this stack's only burst cost, for each upload.
    pub(crate) async fn cost(&self, outcomes: &[Outcome]) -> Cost {
        let started: Vec<_> = outcomes.iter().filter(|outcome| outcome.is_started()).collect();
        let last = started.iter().map(|outcome| outcome.ended).max();
        let uploads = real(started.len());
        let answers = outcomes
            .iter()
            .map(|outcome| outcome.statuses.len())
            .sum::<usize>();
        Cost {
            started: started.len(),
            times_the_floor: last.unwrap_or_default().as_secs_f64() / ((uploads - BURST) / PER_SECOND),
            billed_secs: self.billed_secs() / uploads,
            refusals: real(answers - started.len()) / uploads,
            table_calls: real(usize::try_from(self.table_calls().await).expect("few")) / uploads,
            throttled: self.throttled().await,
        }
    }

    /// The time that requests for uploads took in the function.
    fn billed_secs(&self) -> f64 {
        let lines = requests(&self.world.log()).into_iter();
        let paid = lines.filter(|line| line["status"] == 201 || line["status"] == 429);
        let took = paid.filter_map(|line| line["duration_ms"].as_f64());
        took.sum::<f64>() / 1_000.0
    }

    /// The part of the starts that Connect throttled.
    pub(crate) async fn throttled(&self) -> f64 {
        let statuses = self.world.statuses_of("StartAttachedFileUpload").await;
        let throttled = statuses.iter().filter(|status| **status == 429).count();
        real(throttled) / real(statuses.len().max(1))
    }

    /// How many calls to the table went without an answer, as the function's metric counts them.
    pub(crate) fn table_faults(&self) -> u64 {
        let lines = requests(&self.world.log()).into_iter();
        lines.filter_map(|line| line["PaceUnavailable"].as_u64()).sum()
    }
}

/// The part of the quota that `started` uploads used in `span`, with a full burst before it.
pub(crate) fn quota_used(started: usize, span: Duration) -> f64 {
    real(started) / (BURST + PER_SECOND * span.as_secs_f64())
}

#[expect(clippy::cast_precision_loss, reason = "counts are small")]
pub(crate) const fn real(count: usize) -> f64 {
    count as f64
}
