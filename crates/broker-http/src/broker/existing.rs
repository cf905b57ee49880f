//! The routes of an upload that was started: complete, status, delete.

use std::time::SystemTime;

use broker_core::grants::{Action, Complete, Delete, FileAction, FileGrant, Read};
use broker_core::identity::Identity;
use broker_core::ports::AttachedFiles as _;
use broker_core::upload::{FileId, FileStatus};
use broker_token::FetchDocument;
use http::StatusCode;

use super::Broker;
use super::exchange::Exchange;
use crate::clock_and_random::{ClockAndRandom, EntropyError};
use crate::error::BrokerError;
use crate::handle::HandleError;
use crate::inbound::body;
use crate::outbound::response::Answer;
use crate::ports::Ports;
use crate::remembered::Poll;

impl<P: Ports, F: FetchDocument, S: ClockAndRandom> Broker<P, F, S> {
    pub(super) async fn complete(
        &self,
        handle: &str,
        exchange: &mut Exchange<'_>,
    ) -> Result<Answer, BrokerError> {
        let grant = self.use_upload::<Complete>(handle, exchange).await?;
        self.ports.complete_upload(grant, exchange.deadline).await?;
        Ok(Answer::empty(StatusCode::NO_CONTENT))
    }

    pub(super) async fn status(
        &self,
        handle: &str,
        exchange: &mut Exchange<'_>,
    ) -> Result<Answer, BrokerError> {
        let grant = self.use_upload::<Read>(handle, exchange).await?;
        let (file_id, started_at) = (grant.upload().file_id.clone(), grant.upload().started_at);
        let status = self.ports.file_status(grant, exchange.deadline).await?;
        Ok(self.status_answer(&file_id, started_at, &status))
    }

    pub(super) async fn delete(
        &self,
        handle: &str,
        exchange: &mut Exchange<'_>,
    ) -> Result<Answer, BrokerError> {
        let grant = self.use_upload::<Delete>(handle, exchange).await?;
        let file_id = grant.upload().file_id.clone();
        self.ports.delete_file(grant, exchange.deadline).await?;
        self.watched.end(&file_id);
        Ok(Answer::empty(StatusCode::NO_CONTENT))
    }

    /// Permission for `A` on the upload whose handle is `handle`.
    async fn use_upload<A: FileAction>(
        &self,
        handle: &str,
        exchange: &mut Exchange<'_>,
    ) -> Result<FileGrant<A>, BrokerError> {
        let caller = self.caller(exchange).await?;
        let identity = self.identity(&caller, A::ACTION, exchange).await?;
        if A::ACTION == Action::Complete {
            body::nothing(exchange.request)?;
        }
        let upload = self.sealer.open(handle, &caller, self.system.now())?;
        exchange.record.upload(&upload);
        let is_same_user = match identity {
            Identity::User(user) => upload.on_behalf_of.is_some() || user == upload.user,
            Identity::OnBehalfOf => upload.on_behalf_of.is_some(),
        };
        if !is_same_user {
            return Err(HandleError.into());
        }
        let grant = self
            .settings
            .grants
            .decide_use::<A, _>(&caller, upload, &self.ports, exchange.deadline)
            .await?;
        exchange.record.grant = Some(grant.rule());
        Ok(grant)
    }

    /// The answer with `status`. If the status may still change, the answer says when to ask again.
    fn status_answer(&self, file_id: &FileId, started_at: SystemTime, status: &FileStatus) -> Answer {
        if status.is_final() {
            self.watched.end(file_id);
            return Answer::status(status, None);
        }
        let now = self.system.now();
        let poll = Poll {
            now,
            age: now.duration_since(started_at).unwrap_or_default(),
            is_throttled: self.ports.are_statuses_throttled(),
            fraction: fraction(&self.system),
        };
        Answer::status(status, Some(self.watched.ask_again(file_id, poll)))
    }
}

/// A random number from 0 to 1, or 0.5 if the source of randomness fails.
fn fraction(system: &impl ClockAndRandom) -> f64 {
    let mut bytes = [0; 2];
    match system.fill(&mut bytes) {
        Ok(()) => f64::from(u16::from_be_bytes(bytes)) / f64::from(u16::MAX),
        Err(EntropyError) => 0.5,
    }
}
