//! The route `limits`: the size and type limits that hold for the caller.

use crate::ports::Ports;
use broker_core::grants::Action;
use broker_core::ports::StartedUploads;
use broker_token::FetchDocument;

use super::Broker;
use super::exchange::Exchange;
use crate::clock_and_random::ClockAndRandom;
use crate::error::BrokerError;
use crate::outbound::response::Answer;

impl<P: Ports, F: FetchDocument, S: ClockAndRandom, U: StartedUploads> Broker<P, F, S, U> {
    pub(super) async fn limits(&self, exchange: &mut Exchange<'_>) -> Result<Answer, BrokerError> {
        let (caller, context) = self.caller(exchange).await?;
        self.identity(&caller, Action::Start, context, exchange).await?;
        let limits = self.latest_limits(exchange.deadline).await;
        Ok(Answer::limits(&self.settings.grants.limits(&caller, &limits)))
    }
}
