//! Uploads, grants, and a Connect in memory whose calls can be the last ones of a run.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use broker_core::arn::Deployment;
use broker_core::grants::{
    Action, Complete, Delete, FileGrant, Grant, Grants, OnBehalfOf, Read, Resources, UploadGrant,
};
use broker_core::pace::{Place, PlaceKey, Wait};
use broker_core::ports::{
    AttachedFiles, CallContext, ClientToken, Deadline, DuePage, DueUploads, NotedUploads,
    StartedUploads as _, Statuses, TableError, UpstreamError,
};
use broker_core::rule::{RuleHash, When};
use broker_core::started_upload::{Noted, Start, StartedUpload, UploadKey};
use broker_core::ticket::UploadTicket;
use broker_core::upload::{FileId, FileStatus, Upload};
use serde_json::Value;
use test_support::MemoryUploads;
use tokio::sync::Notify;

use crate::event::{Event, EventBus};
use crate::run::{Finisher, Outcome, RunClock, Span, Tally};

const INSTANCE: &str = "arn:aws:connect:eu-west-1:111122223333:instance/i-1";
pub(crate) const STAGE: &str = "prod";
const NOON_SECS: u64 = 1_800_000_000;

/// A time after noon, at which every upload starts. Its URL expires five minutes later.
pub(crate) fn at(secs: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(NOON_SECS + secs)
}

/// The start of `file`, which belongs to the contact of the same name before its `-`.
pub(crate) fn start(file: &str) -> Start {
    let contact = file.split('-').next().unwrap_or_default();
    Start {
        owner: PlaceKey([0xad; 16]),
        upload: Upload {
            file_id: FileId::parse(file).expect("an id"),
            resource: format!("{INSTANCE}/contact/{contact}").parse().expect("an ARN"),
            user: format!("{INSTANCE}/agent/u-1").parse().expect("an ARN"),
            on_behalf_of: None,
            started_at: at(0),
        },
        instance: INSTANCE.parse().expect("an ARN"),
        stage: STAGE.into(),
        rule: RuleHash([7; 32]),
        size_bytes: 5,
        request_id: format!("request of {file}").into(),
        url_expires_at: at(300),
        event_id: format!("event of {file}").into(),
    }
}

/// The upload of `file`, which has just started.
pub(crate) fn started(file: &str) -> StartedUpload {
    StartedUpload::new(start(file))
}

/// The upload of `file` after some steps.
pub(crate) fn after(file: &str, steps: &[Noted]) -> StartedUpload {
    let mut upload = started(file);
    for step in steps {
        assert!(upload.note(*step), "{step:?}");
    }
    upload
}

/// The grant that allowed every upload, with these actions; and before it a grant of others.
pub(crate) fn grants(actions: &[Action]) -> Grants {
    let grant = |hash, actions: &[Action]| Grant {
        hash: RuleHash([hash; 32]),
        when: When::issuer("https://idp"),
        resources: Resources::AnyContact,
        actions: actions.iter().copied().collect(),
        on_behalf_of: OnBehalfOf::Nobody,
        max_file_size_bytes: None,
        allowed_extensions: None,
        tag_keys: [].into(),
    };
    let deployment = Deployment {
        instance: INSTANCE.parse().expect("an ARN"),
        cases_domain: None,
    };
    Grants::new(deployment, vec![grant(1, &Action::ALL), grant(7, actions)])
}

/// A file as Connect has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    /// Whether its bytes were sent.
    pub(crate) was_sent: bool,
    /// Whether it was completed.
    pub(crate) is_completed: bool,
    /// Its status once it was completed.
    pub(crate) verdict: &'static str,
    /// Its status until then.
    pub(crate) pending: &'static str,
}

/// The world around a finisher: Connect, the rows, the bus and the clock. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct World(Arc<Inner>);

#[derive(Default)]
struct Inner {
    now: Mutex<Option<SystemTime>>,
    files: Mutex<HashMap<Box<str>, File>>,
    rows: MemoryUploads,
    index: Mutex<Option<Vec<StartedUpload>>>,
    events: Mutex<Vec<Value>>,
    puts: Mutex<Vec<(usize, usize)>>,
    calls: Mutex<Vec<Call>>,
    answers: Mutex<HashMap<&'static str, Vec<UpstreamError>>>,
    bus_takes: Mutex<Vec<Vec<bool>>>,
    fuse: Fuse,
}

/// A call to Connect, with the place that it asked a slot for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) name: &'static str,
    pub(crate) files: Vec<Box<str>>,
    pub(crate) is_in_line: bool,
}

/// Ends a run at one of its calls, before or after that call has had its effect.
#[derive(Default)]
struct Fuse {
    /// Calls until the end, the last included; 0 never ends a run.
    left: AtomicUsize,
    is_after: Mutex<bool>,
    blown_at: Mutex<Option<&'static str>>,
    blown: Notify,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl World {
    /// A world with `files` of Connect, and nothing else.
    pub(crate) fn with(files: &[(&str, File)]) -> Self {
        let world = Self::default();
        world.set_now(at(0));
        locked(&world.0.files).extend(files.iter().map(|(id, file)| ((*id).into(), file.clone())));
        world
    }

    pub(crate) fn set_now(&self, now: SystemTime) {
        *locked(&self.0.now) = Some(now);
    }

    pub(crate) fn rows(&self) -> &MemoryUploads {
        &self.0.rows
    }

    /// Writes the row of `upload`, which may be further than a start.
    pub(crate) async fn remember(&self, upload: &StartedUpload) {
        self.0.rows.remember(upload).await.expect("written");
    }

    /// Lets the index say from now on what the rows say now.
    pub(crate) fn freeze_index(&self) {
        *locked(&self.0.index) = Some(self.0.rows.all());
    }

    /// The file as Connect has it.
    pub(crate) fn file(&self, id: &str) -> Option<File> {
        locked(&self.0.files).get(id).cloned()
    }

    /// Events by file id and status, in order.
    pub(crate) fn ends(&self) -> Vec<(String, String)> {
        let text = |event: &Value, name: &str| event[name].as_str().unwrap_or_default().to_owned();
        let events = locked(&self.0.events);
        let pairs = events
            .iter()
            .map(|event| (text(event, "fileId"), text(event, "status")));
        pairs.collect()
    }

    /// For each call of the bus, how many calls to Connect came before it, and how many events it had.
    pub(crate) fn puts(&self) -> Vec<(usize, usize)> {
        locked(&self.0.puts).clone()
    }

    /// The calls to Connect so far.
    pub(crate) fn calls(&self) -> Vec<Call> {
        locked(&self.0.calls).clone()
    }

    /// Lets the next calls of this name fail so, in order.
    pub(crate) fn fail(&self, name: &'static str, errors: &[UpstreamError]) {
        locked(&self.0.answers).insert(name, errors.iter().rev().cloned().collect());
    }

    /// Lets the next calls of the bus take these of their events, in order; later ones take all.
    pub(crate) fn bus_takes(&self, taken: &[&[bool]]) {
        *locked(&self.0.bus_takes) = taken.iter().rev().map(|taken| taken.to_vec()).collect();
    }

    /// Ends the next run at its call number `call`, from 1, before or after its effect.
    pub(crate) fn end_at(&self, call: usize, is_after: bool) {
        self.0.fuse.left.store(call, Ordering::SeqCst);
        *locked(&self.0.fuse.is_after) = is_after;
        *locked(&self.0.fuse.blown_at) = None;
    }

    /// The call at which a run was ended.
    pub(crate) fn ended_at(&self) -> Option<&'static str> {
        *locked(&self.0.fuse.blown_at)
    }

    /// One run of a minute. `None` if it was ended at a call.
    pub(crate) async fn run(&self, grants: &Grants) -> Option<(Tally, Outcome)> {
        let finisher = Finisher {
            connect: self.clone(),
            table: self.clone(),
            bus: self.clone(),
            clock: self.clone(),
            grants: grants.clone(),
            stage: STAGE.into(),
        };
        let now = RunClock::now(self);
        let span = Span {
            holder: "run",
            ends_at: now + Duration::from_mins(1),
            deadline: Deadline(Instant::now()),
        };
        tokio::select! {
            ran = finisher.run(span) => Some(ran),
            () = self.0.fuse.blown.notified() => None,
        }
    }

    /// Counts a call, which has its `effect`; it may be the last one of its run.
    async fn effect<T>(&self, name: &'static str, effect: impl FnOnce() -> T) -> T {
        let fuse = &self.0.fuse;
        let left = fuse.left.load(Ordering::SeqCst);
        fuse.left.store(left.saturating_sub(1), Ordering::SeqCst);
        let is_after = *locked(&fuse.is_after);
        if left == 1 && !is_after {
            self.blow(name).await;
        }
        let result = effect();
        if left == 1 {
            self.blow(name).await;
        }
        result
    }

    async fn blow(&self, name: &'static str) {
        *locked(&self.0.fuse.blown_at) = Some(name);
        self.0.fuse.blown.notify_one();
        std::future::pending::<()>().await;
    }

    /// A call to Connect, unless it is to fail.
    async fn connect<T>(
        &self,
        name: &'static str,
        files: Vec<Box<str>>,
        context: CallContext,
        effect: impl FnOnce(&mut HashMap<Box<str>, File>) -> Result<T, UpstreamError>,
    ) -> Result<T, UpstreamError> {
        self.effect(name, || {
            let is_in_line = matches!(context.place, Place::InLine(_));
            locked(&self.0.calls).push(Call {
                name,
                files,
                is_in_line,
            });
            let failure = locked(&self.0.answers).get_mut(name).and_then(Vec::pop);
            match failure {
                Some(error) => Err(error),
                None => effect(&mut locked(&self.0.files)),
            }
        })
        .await
    }
}

/// No slot for this long.
pub(crate) fn throttled(millis: u64) -> UpstreamError {
    UpstreamError::Throttled(Wait {
        retry_after: Duration::from_millis(millis),
        position: 0,
    })
}

impl File {
    /// A file that was sent and not completed.
    pub(crate) const SENT: Self = Self {
        was_sent: true,
        is_completed: false,
        verdict: "APPROVED",
        pending: "DRAFTING",
    };
    /// A file that was never sent.
    pub(crate) const NEVER_SENT: Self = Self {
        was_sent: false,
        ..Self::SENT
    };

    /// A file that was sent and completed, and has this status.
    pub(crate) const fn completed(verdict: &'static str) -> Self {
        Self {
            is_completed: true,
            verdict,
            ..Self::SENT
        }
    }

    fn status(&self) -> FileStatus {
        FileStatus::named(if self.is_completed {
            self.verdict
        } else {
            self.pending
        })
    }
}

fn id_of(upload: &Upload) -> Box<str> {
    upload.file_id.as_str().into()
}

impl AttachedFiles for World {
    async fn start_upload(
        &self,
        _: UploadGrant,
        _: ClientToken,
        _: CallContext,
    ) -> Result<UploadTicket, UpstreamError> {
        unreachable!("the finisher starts nothing")
    }

    async fn complete_upload(
        &self,
        grant: FileGrant<Complete>,
        context: CallContext,
    ) -> Result<(), UpstreamError> {
        let id = id_of(grant.upload());
        self.connect("complete", vec![id.clone()], context, |files| {
            match files.get_mut(&id) {
                None => Err(UpstreamError::Incomplete(None)),
                Some(file) if file.was_sent => {
                    file.is_completed = true;
                    Ok(())
                }
                Some(file) => Err(UpstreamError::Incomplete(Some(file.status()))),
            }
        })
        .await
    }

    async fn file_status(
        &self,
        grant: FileGrant<Read>,
        others: &[FileId],
        context: CallContext,
    ) -> Result<Statuses, UpstreamError> {
        let id = id_of(grant.upload());
        let asked = std::iter::once(id.clone()).chain(others.iter().map(|id| id.as_str().into()));
        self.connect("status", asked.collect(), context, |files| {
            let of = |id: &FileId| Some((id.clone(), files.get(id.as_str())?.status()));
            Ok(Statuses {
                granted: files.get(&id).ok_or(UpstreamError::NotFound)?.status(),
                others: others.iter().filter_map(of).collect(),
            })
        })
        .await
    }

    async fn delete_file(&self, grant: FileGrant<Delete>, context: CallContext) -> Result<(), UpstreamError> {
        let id = id_of(grant.upload());
        self.connect("delete", vec![id.clone()], context, |files| {
            files.remove(&id);
            Ok(())
        })
        .await
    }
}

/// The effect of a method of the rows in memory, which never waits.
macro_rules! on_rows {
    ($world:ident, $name:literal, $call:expr) => {{ $world.effect($name, || now_or_never($call)).await }};
}

fn now_or_never<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(output) => output,
        std::task::Poll::Pending => unreachable!("rows in memory do not wait"),
    }
}

impl NotedUploads for World {
    async fn note(&self, key: &UploadKey, noted: Noted) -> Result<bool, TableError> {
        on_rows!(self, "note", self.0.rows.note(key, noted))
    }
}

impl DueUploads for World {
    type Cursor = <MemoryUploads as DueUploads>::Cursor;

    async fn lease(&self, holder: &str, now: SystemTime, until: SystemTime) -> Result<bool, TableError> {
        on_rows!(self, "lease", self.0.rows.lease(holder, now, until))
    }

    async fn release(&self, holder: &str) -> Result<(), TableError> {
        on_rows!(self, "release", self.0.rows.release(holder))
    }

    async fn due(
        &self,
        now: SystemTime,
        after: Option<&Self::Cursor>,
    ) -> Result<DuePage<Self::Cursor>, TableError> {
        let mut page = on_rows!(self, "due", self.0.rows.due(now, after))?;
        if let Some(frozen) = &*locked(&self.0.index) {
            page.uploads.clone_from(frozen);
        }
        Ok(page)
    }

    async fn is_open(&self, key: &UploadKey) -> Result<bool, TableError> {
        on_rows!(self, "is_open", self.0.rows.is_open(key))
    }

    async fn settle(&self, key: &UploadKey) -> Result<(), TableError> {
        on_rows!(self, "settle", self.0.rows.settle(key))
    }
}

impl EventBus for World {
    async fn put(&self, events: &[Event]) -> Vec<bool> {
        self.effect("put", || {
            locked(&self.0.puts).push((self.calls().len(), events.len()));
            let taken = locked(&self.0.bus_takes).pop();
            let taken = taken.unwrap_or_else(|| vec![true; events.len()]);
            let kept = events.iter().zip(&taken).filter(|(_, taken)| **taken);
            locked(&self.0.events).extend(kept.map(|(event, _)| event.detail.clone()));
            taken
        })
        .await
    }
}

impl RunClock for World {
    fn now(&self) -> SystemTime {
        locked(&self.0.now).unwrap_or(SystemTime::UNIX_EPOCH)
    }

    async fn sleep(&self, span: Duration) {
        self.set_now(RunClock::now(self) + span);
    }
}
