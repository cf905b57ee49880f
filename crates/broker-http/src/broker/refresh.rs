//! What is kept of Connect and of the issuers, brought up to date without making a request wait for long.

use std::sync::Arc;
use std::time::Duration;

use broker_core::limits::ServiceLimits;
use broker_core::ports::{AttachmentLimits, Deadline};
use broker_token::FetchDocument;
use futures_util::future::{Either, join, select};
use tokio::time::timeout;

use super::Broker;
use crate::clock_and_random::ClockAndRandom;

/// Longest wait for limits; those last known hold where Connect takes longer.
const PATIENCE: Duration = Duration::from_secs(1);

impl<P: AttachmentLimits, F: FetchDocument, S: ClockAndRandom> Broker<P, F, S> {
    /// Fetches signing keys and limits side by side, and waits for them no longer than `within`; failures are logged and
    /// have no other effect. Keys that take longer are waited for by the first request that needs them.
    pub async fn warm_up(&self, within: Duration) {
        let now = self.system.now();
        let limits = self
            .limits
            .refresh(self.ports.inner(), now, self.deadline(within));
        let _ = timeout(within, join(self.verifier.warm_up(now), limits)).await;
    }

    /// Runs `call` with a refresh of what is stale beside it; the refresh never delays it.
    pub(super) async fn beside_refresh<T>(&self, call: impl Future<Output = T>, deadline: Deadline) -> T {
        let now = self.system.now();
        let limits = self.limits.refresh(self.ports.inner(), now, deadline);
        let refresh = join(self.verifier.warm_up(now), limits);
        match select(std::pin::pin!(call), std::pin::pin!(refresh)).await {
            Either::Left((result, _)) => result,
            Either::Right((_, call)) => call.await,
        }
    }

    /// Connect's limits, after a look at those that are stale.
    pub(super) async fn latest_limits(&self, deadline: Deadline) -> Arc<ServiceLimits> {
        let soon = deadline.min(self.deadline(PATIENCE));
        self.limits
            .refresh(self.ports.inner(), self.system.now(), soon)
            .await;
        self.limits.current()
    }
}
