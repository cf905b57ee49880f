//! The ports, with their latest answers remembered for a moment.

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

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Mutex;
    use std::time::{Instant, SystemTime};

    use broker_core::pace::{Place, PlaceKey};

    use super::*;
    use crate::clock_and_random::EntropyError;
    use crate::settings::HandleKeys;

    /// A directory that gives its answers in turn, and the rows that its instances share.
    #[derive(Default)]
    struct Directory {
        answers: Mutex<Vec<Result<Option<ConnectUserArn>, UpstreamError>>>,
        rows: Mutex<HashMap<[u8; 16], Vec<u8>>>,
    }

    impl UserDirectory for &Directory {
        async fn user_named(
            &self,
            _: &Username,
            _: CallContext,
        ) -> Result<Option<ConnectUserArn>, UpstreamError> {
            self.answers.lock().expect("sound").remove(0)
        }
    }

    impl SharedValues for &Directory {
        async fn shared_value(&self, key: [u8; 16]) -> Option<Vec<u8>> {
            self.rows.lock().expect("sound").get(&key).cloned()
        }

        async fn share_value(&self, key: [u8; 16], value: Vec<u8>, _: SystemTime) {
            self.rows.lock().expect("sound").insert(key, value);
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

        fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
            bytes.fill(7);
            Ok(())
        }
    }

    /// An instance of the broker with this handle key.
    fn instance<'a>(
        directory: &'a Directory,
        clock: &'a Clock,
        key: &str,
    ) -> RememberingPorts<&'a Directory, &'a Clock> {
        let keys = HandleKeys::parse(&key.repeat(4)).expect("a key");
        let instance = "arn:aws:connect:eu-west-1:111122223333:instance/i-1";
        let users = SharedUsers::under(keys.sealing(), instance.parse().expect("an ARN"));
        RememberingPorts::new(directory, Some(users), clock)
    }

    const KEY: &str = "0123456789abcdef";

    fn user(id: &str) -> ConnectUserArn {
        let arn = format!("arn:aws:connect:eu-west-1:111122223333:instance/i-1/agent/{id}");
        arn.parse().expect("an ARN")
    }

    async fn found(users: &impl UserDirectory, name: &str) -> Result<Option<ConnectUserArn>, UpstreamError> {
        let name = Username::parse(name).expect("a name");
        let context = CallContext {
            place: Place::InLine(PlaceKey([0; 16])),
            deadline: Deadline(Instant::now()),
        };
        users.user_named(&name, context).await
    }

    /// The rows that instances share, after a change, and whether another instance then asks Connect.
    #[tokio::test]
    async fn a_user_that_one_instance_looked_up_is_known_to_all() {
        let clock = Clock(Mutex::new(1_000));
        let shared = async |rows: fn(&mut HashMap<[u8; 16], Vec<u8>>), key: &str, at: u64, name: &str| {
            *clock.0.lock().expect("sound") = 1_000;
            let directory = Directory::default();
            let answers = [Ok(Some(user("u-1"))), Ok(Some(user("u-2")))];
            *directory.answers.lock().expect("sound") = answers.into();
            assert_eq!(
                found(&instance(&directory, &clock, KEY), "ada").await,
                Ok(Some(user("u-1")))
            );
            rows(&mut directory.rows.lock().expect("sound"));
            *clock.0.lock().expect("sound") = at;
            found(&instance(&directory, &clock, key), name).await
        };
        let as_it_is = |_: &mut HashMap<_, _>| {};
        let changed = |rows: &mut HashMap<[u8; 16], Vec<u8>>| {
            for row in rows.values_mut() {
                let last = row.len() - 1;
                row[last] ^= 1;
            }
        };
        let cut = |rows: &mut HashMap<[u8; 16], Vec<u8>>| rows.values_mut().for_each(|row| row.truncate(11));
        let other_key = "fedcba9876543210";
        for (what, rows, key, at, name, id) in [
            ("known", as_it_is as fn(&mut _), KEY, 1_000, "ada", "u-1"),
            (
                "known for five minutes in all",
                as_it_is,
                KEY,
                1_299,
                "ada",
                "u-1",
            ),
            ("too old", as_it_is, KEY, 1_300, "ada", "u-2"),
            ("another name", as_it_is, KEY, 1_000, "Ada", "u-2"),
            ("another handle key", as_it_is, other_key, 1_000, "ada", "u-2"),
            ("a row that somebody changed", changed, KEY, 1_000, "ada", "u-2"),
            ("a row that is too short", cut, KEY, 1_000, "ada", "u-2"),
        ] {
            assert_eq!(shared(rows, key, at, name).await, Ok(Some(user(id))), "{what}");
        }
    }

    #[tokio::test]
    async fn a_row_that_was_moved_to_another_name_maps_nobody() {
        let (clock, directory) = (Clock(Mutex::new(1_000)), Directory::default());
        let answers = ["u-1", "u-2", "u-3"].map(|id| Ok(Some(user(id))));
        *directory.answers.lock().expect("sound") = answers.into();
        for name in ["ada", "ben"] {
            found(&instance(&directory, &clock, KEY), name)
                .await
                .expect("a user");
        }
        {
            let mut rows = directory.rows.lock().expect("sound");
            let mut values = rows.values_mut();
            let (one, other) = (values.next().expect("ada's"), values.next().expect("ben's"));
            std::mem::swap(one, other);
        }
        let users = instance(&directory, &clock, KEY);
        assert_eq!(found(&users, "ada").await, Ok(Some(user("u-3"))), "asked again");
    }

    #[tokio::test]
    async fn a_user_who_is_gone_is_nobody_from_the_next_answer_on() {
        let ada = user("u-1");
        let throttled = Err(UpstreamError::Throttled(Wait {
            retry_after: Duration::from_secs(1),
            position: 0,
        }));
        let answers = [
            Ok(Some(ada.clone())),
            Ok(None),
            Err(UpstreamError::Unavailable),
            Ok(Some(ada.clone())),
            throttled.clone(),
        ];
        let (clock, directory) = (Clock(Mutex::new(0)), Directory::default());
        *directory.answers.lock().expect("sound") = answers.into();
        let users = instance(&directory, &clock, KEY);
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
            ("no answer is not a user", 1_631, throttled),
        ] {
            *clock.0.lock().expect("sound") = at;
            let found = found(&users, "ada.agent").await;
            assert_eq!(found, expected, "{what}");
        }
    }
}
