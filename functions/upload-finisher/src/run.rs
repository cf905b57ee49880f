//! One run of the finisher: takes what is due, earliest first, until nothing is due or the time is over.

mod calls;
mod ends;
mod tally;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use broker_core::arn::ResourceArn;
use broker_core::grants::{Delete, FileGrant, Grants};
use broker_core::ports::{AttachedFiles, Deadline, DueUploads, TableError};
use broker_core::started_upload::{End, Noted, StartedUpload};

use crate::event::{Event, EventBus};
use crate::step::{Answer, Next, Task, is_overdue};

pub(crate) use self::tally::{Outcome, Tally};

/// A run takes no further upload when less than this is left of its time.
const RESERVE: Duration = Duration::from_secs(10);
/// How much longer than the run its lease lasts, because clocks differ.
const LEASE_MARGIN: Duration = Duration::from_secs(1);
/// Most files of one status call. Source: Connect's model, `FileIds`.
const MOST_FILES: usize = 100;

/// Time, as an argument.
pub(crate) trait RunClock: Send + Sync {
    /// Now.
    fn now(&self) -> SystemTime;

    /// Returns after `span`.
    fn sleep(&self, span: Duration) -> impl Future<Output = ()> + Send;
}

/// The finisher over its ports.
pub(crate) struct Finisher<C, T, B, K> {
    pub(crate) connect: C,
    pub(crate) table: T,
    pub(crate) bus: B,
    pub(crate) clock: K,
    /// The grants in force.
    pub(crate) grants: Grants,
    /// The stage whose uploads it ends.
    pub(crate) stage: Box<str>,
}

/// The time of one run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span<'a> {
    /// The run's id, under which it has the lease.
    pub(crate) holder: &'a str,
    /// When Lambda ends it.
    pub(crate) ends_at: SystemTime,
    /// When the answers of Connect must be there.
    pub(crate) deadline: Deadline,
}

/// A run in progress.
struct Run<'a> {
    span: Span<'a>,
    tally: Mutex<Tally>,
    outbox: Mutex<Vec<Event>>,
}

impl<'a> Run<'a> {
    fn new(span: Span<'a>) -> Self {
        Self {
            span,
            tally: Mutex::default(),
            outbox: Mutex::default(),
        }
    }

    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn outbox(&self) -> MutexGuard<'_, Vec<Event>> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the run takes no further upload at `now`.
    fn is_over(&self, now: SystemTime) -> bool {
        now + RESERVE >= self.span.ends_at
    }
}

impl<C, T, B, K> Finisher<C, T, B, K>
where
    C: AttachedFiles,
    T: DueUploads,
    B: EventBus,
    K: RunClock,
{
    /// Runs once, unless another run has the lease. What it did, and how it ended.
    pub(crate) async fn run(&self, span: Span<'_>) -> (Tally, Outcome) {
        let run = Run::new(span);
        let outcome = match self.leased(&run).await {
            Ok(outcome) => outcome,
            Err(TableError) => Outcome::NoTable,
        };
        let tally = run.tally.into_inner().unwrap_or_else(PoisonError::into_inner);
        (tally, outcome)
    }

    async fn leased(&self, run: &Run<'_>) -> Result<Outcome, TableError> {
        let Span { holder, ends_at, .. } = run.span;
        let until = ends_at + LEASE_MARGIN;
        if !self.table.lease(holder, self.clock.now(), until).await? {
            return Ok(Outcome::Held);
        }
        let outcome = self.take_what_is_due(run).await;
        // A lease that is not given back lapses.
        let _ = self.table.release(holder).await;
        outcome
    }

    async fn take_what_is_due(&self, run: &Run<'_>) -> Result<Outcome, TableError> {
        let (now, mut after) = (self.clock.now(), None);
        loop {
            let page = self.table.due(now, after.as_ref()).await?;
            run.tally().unreadable += page.unreadable;
            self.take_page(run, page.uploads).await;
            if self.is_over(run) {
                return Ok(Outcome::OutOfTime);
            }
            after = page.next;
            if after.is_none() {
                return Ok(Outcome::Done);
            }
        }
    }

    /// Takes one page. Uploads to complete and uploads to ask about go side by side, because their calls have quotas of
    /// their own.
    async fn take_page(&self, run: &Run<'_>, uploads: Vec<StartedUpload>) {
        let (mut to_complete, mut to_ask) = (Vec::new(), Vec::new());
        for upload in uploads {
            let now = self.clock.now();
            run.tally().overdue += u64::from(is_overdue(&upload, now));
            match Task::of(&upload, &self.grants, &self.stage) {
                Task::Complete => to_complete.push(upload),
                Task::Ask => to_ask.push(upload),
                Task::Report(end, at) => self.report(run, &upload, end, at).await,
                Task::GiveUp => self.note(run, &upload, Noted::ended(End::Abandoned, now)).await,
                Task::Foreign => run.tally().unreadable += 1,
                Task::Nothing => {}
            }
        }
        self.send(run).await;
        tokio::join!(self.complete_all(run, to_complete), self.ask_all(run, to_ask));
        self.send(run).await;
    }

    async fn complete_all(&self, run: &Run<'_>, uploads: Vec<StartedUpload>) {
        for upload in uploads {
            if self.is_over(run) {
                return;
            }
            if let Some(answer) = self.completed(run, &upload).await {
                self.go_on(run, &upload, &answer).await;
            }
        }
    }

    async fn ask_all(&self, run: &Run<'_>, uploads: Vec<StartedUpload>) {
        let mut by_resource: HashMap<ResourceArn, Vec<StartedUpload>> = HashMap::new();
        let resource = |upload: &StartedUpload| upload.start().upload.resource.clone();
        for upload in uploads {
            by_resource.entry(resource(&upload)).or_default().push(upload);
        }
        for group in by_resource.into_values() {
            self.ask(run, group).await;
        }
    }

    /// Asks for the statuses of uploads of one resource. Those that a call leaves out are asked for again, at the head
    /// of the next call, until each has an answer.
    async fn ask(&self, run: &Run<'_>, mut uploads: Vec<StartedUpload>) {
        while !uploads.is_empty() && !self.is_over(run) {
            let batch = &uploads[..uploads.len().min(MOST_FILES)];
            let Some(mut answers) = self.statuses(run, batch).await else {
                return;
            };
            answers.resize(uploads.len(), None);
            let mut unanswered = Vec::new();
            for (upload, answer) in uploads.into_iter().zip(answers) {
                match answer {
                    Some(answer) => self.go_on(run, &upload, &answer).await,
                    None => unanswered.push(upload),
                }
            }
            uploads = unanswered;
        }
    }

    /// Does what follows from an answer.
    async fn go_on(&self, run: &Run<'_>, upload: &StartedUpload, answer: &Answer) {
        match Next::after(upload, answer, self.clock.now()) {
            Next::Note(noted) => self.note(run, upload, noted).await,
            Next::Delete => self.abandon(run, upload).await,
            Next::Leave => run.tally().failed += 1,
        }
    }

    /// Ends an upload that was never sent, and deletes its file first, where that is allowed.
    async fn abandon(&self, run: &Run<'_>, upload: &StartedUpload) {
        if self.grants.decide_finish::<Delete>(upload, &self.stage).is_ok() {
            let delete = |grant: FileGrant<Delete>, context| self.connect.delete_file(grant, context);
            match self.paced(run, upload, delete).await {
                Some(Ok(())) => run.tally().deleted += 1,
                Some(Err(_)) => {
                    run.tally().failed += 1;
                    return;
                }
                None => return,
            }
        }
        let noted = Noted::ended(End::Abandoned, self.clock.now());
        self.note(run, upload, noted).await;
    }

    fn is_over(&self, run: &Run<'_>) -> bool {
        run.is_over(self.clock.now())
    }
}
