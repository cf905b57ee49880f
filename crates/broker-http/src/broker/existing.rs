//! The routes of an upload that was started: complete, status, delete.

use std::time::SystemTime;

use broker_core::grants::{Action, Complete, Delete, FileAction, FileGrant, Read};
use broker_core::identity::Identity;
use broker_core::pace::Wait;
use broker_core::ports::{AttachedFiles as _, CallContext, StartedUploads};
use broker_core::started_upload::{End, Noted, UploadKey};
use broker_core::upload::FileStatus;
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
use crate::remembered::poll_interval;

/// Permission for `A` on an upload, and what its row would be found by.
struct Permitted<A> {
    grant: FileGrant<A>,
    context: CallContext,
    key: UploadKey,
}

impl<P: Ports, F: FetchDocument, S: ClockAndRandom, U: StartedUploads> Broker<P, F, S, U> {
    pub(super) async fn complete(
        &self,
        handle: &str,
        exchange: &mut Exchange<'_>,
    ) -> Result<Answer, BrokerError> {
        let Permitted { grant, context, key } = self.use_upload::<Complete>(handle, exchange).await?;
        self.ports.complete_upload(grant, context).await?;
        self.note(&key, Noted::completed(self.system.now()), exchange)
            .await;
        Ok(Answer::empty(StatusCode::NO_CONTENT))
    }

    pub(super) async fn status(
        &self,
        handle: &str,
        exchange: &mut Exchange<'_>,
    ) -> Result<Answer, BrokerError> {
        let Permitted { grant, context, key } = self.use_upload::<Read>(handle, exchange).await?;
        let started_at = grant.upload().started_at;
        let (status, wait) = self.ports.status(grant, context).await?;
        if let Some(end) = End::of(&status) {
            self.note(&key, Noted::ended(end, self.system.now()), exchange)
                .await;
        }
        Ok(self.status_answer(started_at, &status, wait))
    }

    pub(super) async fn delete(
        &self,
        handle: &str,
        exchange: &mut Exchange<'_>,
    ) -> Result<Answer, BrokerError> {
        let Permitted { grant, context, key } = self.use_upload::<Delete>(handle, exchange).await?;
        self.ports.delete_file(grant, context).await?;
        self.note(&key, Noted::deleted(), exchange).await;
        Ok(Answer::empty(StatusCode::NO_CONTENT))
    }

    /// Permission for `A` on the upload whose handle is `handle`.
    async fn use_upload<A: FileAction>(
        &self,
        handle: &str,
        exchange: &mut Exchange<'_>,
    ) -> Result<Permitted<A>, BrokerError> {
        let (caller, context) = self.caller(exchange).await?;
        let identity = self.identity(&caller, A::ACTION, context, exchange).await?;
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
        let context = self.context_for(&caller, upload.on_behalf_of.as_ref(), context);
        let key = self.key_of(&caller, &upload);
        let grant = self
            .settings
            .grants
            .decide_use::<A, _>(&caller, upload, &self.ports, context)
            .await?;
        exchange.record.grant = Some(grant.rule());
        Ok(Permitted { grant, context, key })
    }

    /// The answer with `status`. If the status may still change, the answer says when to ask again: after `wait` where it was
    /// not the caller's turn.
    fn status_answer(&self, started_at: SystemTime, status: &FileStatus, wait: Option<Wait>) -> Answer {
        if status.is_final() {
            return Answer::status(status, None);
        }
        let age = self.system.now().duration_since(started_at).unwrap_or_default();
        let interval = poll_interval(age, fraction(&self.system));
        Answer::status(status, Some(wait.map_or(interval, |wait| wait.retry_after)))
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
