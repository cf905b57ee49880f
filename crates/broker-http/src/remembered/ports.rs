//! The ports, with their latest answers remembered for a moment.

#[cfg(test)]
mod tests;

use std::time::Duration;

use broker_core::arn::{CaseArn, ConnectUserArn, ContactArn};
use broker_core::grants::{Complete, Delete, FileGrant, Read, UploadGrant};
use broker_core::limits::{FileLimits, Scope};
use broker_core::pace::Wait;
use broker_core::ports::{
    AttachedFiles, AttachmentLimits, CallContext, CaseRecords, ClientToken, ContactRecords, Deadline,
    SharedValues, Statuses, UpstreamError, UserDirectory,
};
use broker_core::request::Username;
use broker_core::ticket::UploadTicket;
use broker_core::upload::{FileId, FileStatus, Upload};

use super::memory::Memory;
use super::open_files::OpenFiles;
use super::shared_users::{KnownUser, SharedUsers};
use crate::clock_and_random::ClockAndRandom;

/// How long a user's ARN is believed.
const USER_LIFE: Duration = Duration::from_mins(5);
/// How long it is believed that there is no such user.
const NO_USER_LIFE: Duration = Duration::from_secs(30);
/// How long a case's customer and a contact's agent are believed.
///
/// INVARIANT: a permission is at most 5 s old when its call is sent first: 3 s here, and less than 2 s for the ledger's
/// answers (250 ms each) and the wait for a slot (300 ms).
const RECORD_LIFE: Duration = Duration::from_secs(3);
/// How long a status is believed, so that Connect is asked once a second per file, however many clients ask.
const STATUS_LIFE: Duration = Duration::from_secs(1);

/// The ports behind caches. A failure is never remembered, and is neither an allow nor a refusal.
pub(crate) struct RememberingPorts<P, S> {
    ports: P,
    system: S,
    users: Memory<Username, KnownUser>,
    shared_users: Option<SharedUsers>,
    customers: Memory<CaseArn, Option<Box<str>>>,
    agents: Memory<ContactArn, Option<Box<str>>>,
    statuses: Memory<FileId, FileStatus>,
    open_files: OpenFiles,
}

impl<P, S: ClockAndRandom> RememberingPorts<P, S> {
    /// Caches in front of `ports`; `shared_users` where instances share a table.
    pub(crate) fn new(ports: P, shared_users: Option<SharedUsers>, system: S) -> Self {
        Self {
            ports,
            system,
            shared_users,
            users: Memory::default(),
            customers: Memory::default(),
            agents: Memory::default(),
            statuses: Memory::default(),
            open_files: OpenFiles::default(),
        }
    }

    /// The status of the granted file; or where it is not the caller's turn, the one last known and how long to wait.
    ///
    /// # Errors
    /// [`UpstreamError::Throttled`] where it is not the caller's turn and no status is known.
    pub(crate) async fn status(
        &self,
        grant: FileGrant<Read>,
        context: CallContext,
    ) -> Result<(FileStatus, Option<Wait>), UpstreamError>
    where
        P: AttachedFiles,
    {
        let Upload {
            file_id, resource, ..
        } = grant.upload().clone();
        let others = self
            .open_files
            .asked(&file_id, context.place, &resource, self.system.now());
        match self.file_status(grant, &others, context).await {
            Ok(statuses) => Ok((statuses.granted, None)),
            Err(UpstreamError::Throttled(wait)) => {
                let last = self.open_files.last(&file_id);
                last.map(|status| (status, Some(wait)))
                    .ok_or(UpstreamError::Throttled(wait))
            }
            Err(error) => Err(error),
        }
    }

    fn forget_status(&self, file: &FileId) {
        self.statuses.forget(file);
        self.open_files.end(file);
    }
}

impl<P: AttachedFiles, S: ClockAndRandom> AttachedFiles for RememberingPorts<P, S> {
    fn start_upload(
        &self,
        grant: UploadGrant,
        token: ClientToken,
        context: CallContext,
    ) -> impl Future<Output = Result<UploadTicket, UpstreamError>> + Send {
        self.ports.start_upload(grant, token, context)
    }

    async fn complete_upload(
        &self,
        grant: FileGrant<Complete>,
        context: CallContext,
    ) -> Result<(), UpstreamError> {
        self.forget_status(&grant.upload().file_id);
        self.ports.complete_upload(grant, context).await
    }

    async fn file_status(
        &self,
        grant: FileGrant<Read>,
        others: &[FileId],
        context: CallContext,
    ) -> Result<Statuses, UpstreamError> {
        let file_id = grant.upload().file_id.clone();
        let ask = async {
            let statuses = self.ports.file_status(grant, others, context).await?;
            for (other, status) in &statuses.others {
                self.open_files.is_now(other, status);
                self.statuses
                    .put(other, status.clone(), self.system.now(), STATUS_LIFE);
            }
            Ok(statuses.granted)
        };
        let status = self
            .statuses
            .get_or_ask(&file_id, || self.system.now(), |_| STATUS_LIFE, ask);
        let granted = status.await?;
        self.open_files.is_now(&file_id, &granted);
        Ok(Statuses {
            granted,
            others: Vec::new(),
        })
    }

    async fn delete_file(&self, grant: FileGrant<Delete>, context: CallContext) -> Result<(), UpstreamError> {
        self.forget_status(&grant.upload().file_id);
        self.ports.delete_file(grant, context).await
    }
}

impl<P: AttachmentLimits, S: ClockAndRandom> AttachmentLimits for RememberingPorts<P, S> {
    fn limits(
        &self,
        scope: Scope,
        deadline: Deadline,
    ) -> impl Future<Output = Result<FileLimits, UpstreamError>> + Send {
        self.ports.limits(scope, deadline)
    }
}

impl<P: UserDirectory + SharedValues, S: ClockAndRandom> UserDirectory for RememberingPorts<P, S> {
    async fn user_named(
        &self,
        username: &Username,
        context: CallContext,
    ) -> Result<Option<ConnectUserArn>, UpstreamError> {
        let clock = || self.system.now();
        let life = |known: &KnownUser| known.until.duration_since(clock()).unwrap_or_default();
        let ask = self.look_up(username, context);
        let known = self.users.get_or_ask(username, clock, life, ask).await?;
        Ok(known.user)
    }
}

impl<P: UserDirectory + SharedValues, S: ClockAndRandom> RememberingPorts<P, S> {
    /// The user that any instance looked up in the last minutes, or Connect's answer.
    async fn look_up(&self, username: &Username, context: CallContext) -> Result<KnownUser, UpstreamError> {
        let Some(shared) = &self.shared_users else {
            return self.ask_connect(username, context).await;
        };
        if let Some(known) = shared.read(&self.ports, username, self.system.now()).await {
            return Ok(known);
        }
        let known = self.ask_connect(username, context).await?;
        shared.write(&self.ports, username, &known, &self.system).await;
        Ok(known)
    }

    async fn ask_connect(
        &self,
        username: &Username,
        context: CallContext,
    ) -> Result<KnownUser, UpstreamError> {
        let user = self.ports.user_named(username, context).await?;
        let life = if user.is_some() { USER_LIFE } else { NO_USER_LIFE };
        let until = self.system.now() + life;
        Ok(KnownUser { user, until })
    }
}

impl<P: CaseRecords, S: ClockAndRandom> CaseRecords for RememberingPorts<P, S> {
    async fn customer_of(
        &self,
        case: &CaseArn,
        context: CallContext,
    ) -> Result<Option<Box<str>>, UpstreamError> {
        let ask = self.ports.customer_of(case, context);
        self.customers
            .get_or_ask(case, || self.system.now(), |_| RECORD_LIFE, ask)
            .await
    }
}

impl<P: ContactRecords, S: ClockAndRandom> ContactRecords for RememberingPorts<P, S> {
    async fn agent_of(
        &self,
        contact: &ContactArn,
        context: CallContext,
    ) -> Result<Option<Box<str>>, UpstreamError> {
        let ask = self.ports.agent_of(contact, context);
        self.agents
            .get_or_ask(contact, || self.system.now(), |_| RECORD_LIFE, ask)
            .await
    }
}
