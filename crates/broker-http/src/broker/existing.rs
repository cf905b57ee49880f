//! Using an upload that was started: complete, status, delete.

use std::time::Duration;

use broker_core::grants::{Action, Complete, Delete, FileAction, FileGrant, Read};
use broker_core::identity::Identity;
use broker_core::ports::{
    AttachedFiles, AttachmentLimits, CaseRecords, ContactRecords, Deadline, UserDirectory,
};
use broker_core::upload::{FileStatus, Upload};
use broker_token::FetchDocument;
use http::StatusCode;

use super::Broker;
use crate::clock_and_random::{ClockAndRandom, EntropyError};
use crate::error::BrokerError;
use crate::handle::HandleError;
use crate::inbound::body;
use crate::inbound::event::GatewayRequest;
use crate::outbound::response::Answer;
use crate::polls::Poll;
use crate::record::RequestRecord;

/// How long a status is believed: however many ask, Connect is asked once a second per file.
const STATUS_LIFE: Duration = Duration::from_secs(1);

impl<P, F, S> Broker<P, F, S>
where
    P: AttachedFiles + AttachmentLimits + UserDirectory + CaseRecords + ContactRecords,
    F: FetchDocument,
    S: ClockAndRandom,
{
    pub(super) async fn complete(
        &self,
        request: &GatewayRequest,
        handle: &str,
        deadline: Deadline,
        record: &mut RequestRecord,
    ) -> Result<Answer, BrokerError> {
        let grant = self
            .use_upload::<Complete>(request, handle, deadline, record)
            .await?;
        self.statuses.forget(&grant.upload().file_id);
        self.ports.inner().complete_upload(grant, deadline).await?;
        Ok(Answer::empty(StatusCode::NO_CONTENT))
    }

    pub(super) async fn status(
        &self,
        request: &GatewayRequest,
        handle: &str,
        deadline: Deadline,
        record: &mut RequestRecord,
    ) -> Result<Answer, BrokerError> {
        let grant = self.use_upload::<Read>(request, handle, deadline, record).await?;
        let upload = grant.upload().clone();
        let ask = self.ports.inner().file_status(grant, deadline);
        let clock = || self.system.now();
        let status = self
            .statuses
            .get_or_ask(&upload.file_id, clock, |_| STATUS_LIFE, ask)
            .await?;
        Ok(self.status_answer(&upload, &status))
    }

    pub(super) async fn delete(
        &self,
        request: &GatewayRequest,
        handle: &str,
        deadline: Deadline,
        record: &mut RequestRecord,
    ) -> Result<Answer, BrokerError> {
        let grant = self
            .use_upload::<Delete>(request, handle, deadline, record)
            .await?;
        let file_id = grant.upload().file_id.clone();
        self.statuses.forget(&file_id);
        self.ports.inner().delete_file(grant, deadline).await?;
        self.watched.end(&file_id);
        Ok(Answer::empty(StatusCode::NO_CONTENT))
    }

    /// Permission for `A` on the upload whose handle is `handle`.
    async fn use_upload<A: FileAction>(
        &self,
        request: &GatewayRequest,
        handle: &str,
        deadline: Deadline,
        record: &mut RequestRecord,
    ) -> Result<FileGrant<A>, BrokerError> {
        let caller = self.caller(request, record).await?;
        let identity = self.identity(&caller, A::ACTION, deadline, record).await?;
        if A::ACTION == Action::Complete {
            body::nothing(request)?;
        }
        let upload = self.sealer.open(handle, &caller, self.system.now())?;
        record.upload(&upload);
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
            .decide_use::<A, _>(&caller, upload, &self.ports, deadline)
            .await?;
        record.grant(grant.rule());
        Ok(grant)
    }

    /// The answer with `status`; one that may still change says when to ask again.
    fn status_answer(&self, upload: &Upload, status: &FileStatus) -> Answer {
        if status.is_final() {
            self.watched.end(&upload.file_id);
            return Answer::status(status, None);
        }
        let now = self.system.now();
        let poll = Poll {
            now,
            age: now.duration_since(upload.started_at).unwrap_or_default(),
            is_throttled: self.ports.inner().are_statuses_throttled(),
            fraction: fraction(&self.system),
        };
        Answer::status(status, Some(self.watched.ask_again(&upload.file_id, poll)))
    }
}

/// A random number from 0 to 1, or its mean where there is no randomness.
fn fraction(system: &impl ClockAndRandom) -> f64 {
    let mut bytes = [0; 2];
    match system.fill(&mut bytes) {
        Ok(()) => f64::from(u16::from_be_bytes(bytes)) / f64::from(u16::MAX),
        Err(EntropyError) => 0.5,
    }
}
