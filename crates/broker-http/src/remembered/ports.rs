//! The ports, with their latest answers remembered for a moment.

use std::time::Duration;

use broker_core::arn::{CaseArn, ConnectUserArn, ContactArn};
use broker_core::grants::{Complete, Delete, FileGrant, Read, UploadGrant};
use broker_core::limits::{FileLimits, Scope};
use broker_core::ports::{
    AttachedFiles, AttachmentLimits, CaseRecords, ClientToken, ContactRecords, Deadline, UpstreamError,
    UserDirectory,
};
use broker_core::request::Username;
use broker_core::ticket::UploadTicket;
use broker_core::upload::{FileId, FileStatus};

use super::memory::Memory;
use crate::clock_and_random::ClockAndRandom;

/// How long a user's ARN is believed.
const USER_LIFE: Duration = Duration::from_mins(5);
/// How long it is believed that there is no such user.
const NO_USER_LIFE: Duration = Duration::from_secs(30);
/// How long a case's customer and a contact's agent are believed.
const RECORD_LIFE: Duration = Duration::from_secs(5);
/// How long a status is believed, so that Connect is asked once a second per file, however many clients ask.
const STATUS_LIFE: Duration = Duration::from_secs(1);

/// The ports behind caches. A failure is never remembered, and is neither an allow nor a refusal.
pub(crate) struct RememberingPorts<P, S> {
    ports: P,
    system: S,
    users: Memory<Username, Option<ConnectUserArn>>,
    customers: Memory<CaseArn, Option<Box<str>>>,
    agents: Memory<ContactArn, Option<Box<str>>>,
    statuses: Memory<FileId, FileStatus>,
}

impl<P, S: ClockAndRandom> RememberingPorts<P, S> {
    /// Caches in front of `ports`.
    pub(crate) fn new(ports: P, system: S) -> Self {
        Self {
            ports,
            system,
            users: Memory::default(),
            customers: Memory::default(),
            agents: Memory::default(),
            statuses: Memory::default(),
        }
    }
}

impl<P: AttachedFiles, S: ClockAndRandom> AttachedFiles for RememberingPorts<P, S> {
    fn start_upload(
        &self,
        grant: UploadGrant,
        token: ClientToken,
        deadline: Deadline,
    ) -> impl Future<Output = Result<UploadTicket, UpstreamError>> + Send {
        self.ports.start_upload(grant, token, deadline)
    }

    async fn complete_upload(
        &self,
        grant: FileGrant<Complete>,
        deadline: Deadline,
    ) -> Result<(), UpstreamError> {
        self.statuses.forget(&grant.upload().file_id);
        self.ports.complete_upload(grant, deadline).await
    }

    async fn file_status(
        &self,
        grant: FileGrant<Read>,
        deadline: Deadline,
    ) -> Result<FileStatus, UpstreamError> {
        let file_id = grant.upload().file_id.clone();
        let ask = self.ports.file_status(grant, deadline);
        self.statuses
            .get_or_ask(&file_id, || self.system.now(), |_| STATUS_LIFE, ask)
            .await
    }

    fn are_statuses_throttled(&self) -> bool {
        self.ports.are_statuses_throttled()
    }

    async fn delete_file(&self, grant: FileGrant<Delete>, deadline: Deadline) -> Result<(), UpstreamError> {
        self.statuses.forget(&grant.upload().file_id);
        self.ports.delete_file(grant, deadline).await
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

impl<P: UserDirectory, S: ClockAndRandom> UserDirectory for RememberingPorts<P, S> {
    async fn user_named(
        &self,
        username: &Username,
        deadline: Deadline,
    ) -> Result<Option<ConnectUserArn>, UpstreamError> {
        let life = |user: &Option<_>| if user.is_some() { USER_LIFE } else { NO_USER_LIFE };
        let ask = self.ports.user_named(username, deadline);
        self.users
            .get_or_ask(username, || self.system.now(), life, ask)
            .await
    }
}

impl<P: CaseRecords, S: ClockAndRandom> CaseRecords for RememberingPorts<P, S> {
    async fn customer_of(
        &self,
        case: &CaseArn,
        deadline: Deadline,
    ) -> Result<Option<Box<str>>, UpstreamError> {
        let ask = self.ports.customer_of(case, deadline);
        self.customers
            .get_or_ask(case, || self.system.now(), |_| RECORD_LIFE, ask)
            .await
    }
}

impl<P: ContactRecords, S: ClockAndRandom> ContactRecords for RememberingPorts<P, S> {
    async fn agent_of(
        &self,
        contact: &ContactArn,
        deadline: Deadline,
    ) -> Result<Option<Box<str>>, UpstreamError> {
        let ask = self.ports.agent_of(contact, deadline);
        self.agents
            .get_or_ask(contact, || self.system.now(), |_| RECORD_LIFE, ask)
            .await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::{Instant, SystemTime};

    use super::*;
    use crate::clock_and_random::EntropyError;

    /// A directory that gives its answers in turn.
    struct Directory(Mutex<Vec<Result<Option<ConnectUserArn>, UpstreamError>>>);

    impl UserDirectory for Directory {
        async fn user_named(
            &self,
            _: &Username,
            _: Deadline,
        ) -> Result<Option<ConnectUserArn>, UpstreamError> {
            self.0.lock().expect("sound").remove(0)
        }
    }

    /// A clock that a test sets.
    struct Clock(Mutex<u64>);

    impl ClockAndRandom for &Clock {
        fn now(&self) -> SystemTime {
            SystemTime::UNIX_EPOCH + Duration::from_secs(*self.0.lock().expect("sound"))
        }

        fn instant(&self) -> Instant {
            Instant::now()
        }

        fn fill(&self, _: &mut [u8]) -> Result<(), EntropyError> {
            Err(EntropyError)
        }
    }

    #[tokio::test]
    async fn a_user_who_is_gone_is_nobody_from_the_next_answer_on() {
        let ada = "arn:aws:connect:eu-west-1:111122223333:instance/i-1/agent/u-1";
        let ada: ConnectUserArn = ada.parse().expect("an ARN");
        let answers = [
            Ok(Some(ada.clone())),
            Ok(None),
            Err(UpstreamError::Unavailable),
            Ok(Some(ada.clone())),
            Err(UpstreamError::Throttled {
                retry_after: Duration::from_secs(1),
            }),
        ];
        let (clock, directory) = (Clock(Mutex::new(0)), Directory(Mutex::new(answers.into())));
        let users = RememberingPorts::new(directory, &clock);
        let name = Username::parse("ada.agent").expect("a name");
        for (what, at, expected) in [
            ("found", 1_000, Ok(Some(ada.clone()))),
            ("believed for five minutes", 1_299, Ok(Some(ada.clone()))),
            ("gone", 1_300, Ok(None)),
            ("gone for half a minute", 1_329, Ok(None)),
            (
                "no answer is not the answer of before",
                1_330,
                Err(UpstreamError::Unavailable),
            ),
            ("back", 1_331, Ok(Some(ada))),
            (
                "no answer is not a user",
                1_631,
                Err(UpstreamError::Throttled {
                    retry_after: Duration::from_secs(1),
                }),
            ),
        ] {
            *clock.0.lock().expect("sound") = at;
            let found = users.user_named(&name, Deadline(Instant::now())).await;
            assert_eq!(found, expected, "{what}");
        }
    }
}
