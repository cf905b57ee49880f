//! Refreshes signing keys and limits beside a request, because a frozen Lambda cannot do it in the background.

use std::sync::Arc;
use std::time::Duration;

use broker_core::limits::ServiceLimits;
use broker_core::ports::{Deadline, StartedUploads};
use broker_token::FetchDocument;
use futures_util::future::{Either, join, select};
use tokio::time::timeout;

use super::Broker;
use crate::clock_and_random::ClockAndRandom;
use crate::ports::Ports;

/// The longest wait for limits. If Connect takes longer, the limits last known hold.
const PATIENCE: Duration = Duration::from_secs(1);

impl<P: Ports, F: FetchDocument, S: ClockAndRandom, U: StartedUploads> Broker<P, F, S, U> {
    /// Fetches signing keys and limits side by side, and waits for them `within` at most. Failures are only logged. The
    /// first request that needs keys which take longer waits for them.
    pub async fn warm_up(&self, within: Duration) {
        let now = self.system.now();
        let limits = self.limits.refresh(&self.ports, now, self.deadline(within));
        let _ = timeout(within, join(self.verifier.warm_up(now), limits)).await;
    }

    /// Runs `call`, and beside it a refresh of what is stale. The refresh never delays the call.
    pub(super) async fn beside_refresh<T>(&self, call: impl Future<Output = T>, deadline: Deadline) -> T {
        let now = self.system.now();
        let limits = self.limits.refresh(&self.ports, now, deadline);
        let refresh = join(self.verifier.warm_up(now), limits);
        match select(std::pin::pin!(call), std::pin::pin!(refresh)).await {
            Either::Left((result, _)) => result,
            Either::Right((_, call)) => call.await,
        }
    }

    /// Connect's limits. Stale ones are read again first, for a second at most.
    pub(super) async fn latest_limits(&self, deadline: Deadline) -> Arc<ServiceLimits> {
        let soon = deadline.min(self.deadline(PATIENCE));
        self.limits.refresh(&self.ports, self.system.now(), soon).await;
        self.limits.current()
    }
}
