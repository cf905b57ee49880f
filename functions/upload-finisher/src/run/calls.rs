//! The calls to Connect of a run: each with a permission of its own, at the pace.

use std::collections::HashMap;
use std::time::Duration;

use broker_core::grants::{Complete, FileAction, FileGrant, Read};
use broker_core::pace::Place;
use broker_core::ports::{AttachedFiles, CallContext, DueUploads, UpstreamError};
use broker_core::started_upload::StartedUpload;
use broker_core::upload::FileId;

use super::{Finisher, Run, RunClock};
use crate::event::EventBus;
use crate::step::{Answer, is_overdue};

/// The shortest pause before a call that found no slot is tried again.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);

impl<C, T, B, K> Finisher<C, T, B, K>
where
    C: AttachedFiles,
    T: DueUploads,
    B: EventBus,
    K: RunClock,
{
    /// What Connect says to Complete. `None` if it says nothing of the file.
    pub(super) async fn completed(&self, run: &Run<'_>, upload: &StartedUpload) -> Option<Answer> {
        use UpstreamError as E;
        let complete = |grant: FileGrant<Complete>, context| self.connect.complete_upload(grant, context);
        match self.paced(run, upload, complete).await? {
            Ok(()) => {
                run.tally().completed += 1;
                Some(Answer::Completed)
            }
            Err(E::Incomplete(status)) => Some(Answer::Status(status)),
            // Connect refuses this file, so its status says how far it is.
            Err(
                E::InvalidFileSize
                | E::InvalidFileType
                | E::InvalidFileName
                | E::InvalidRequest
                | E::QuotaExceeded(_)
                | E::NotFound
                | E::Conflict,
            ) => self.status(run, upload).await,
            Err(
                E::AccessDenied
                | E::Throttled(_)
                | E::Unavailable
                | E::TimedOut
                | E::Unusable(_)
                | E::Unexpected,
            ) => {
                run.tally().failed += 1;
                None
            }
        }
    }

    /// The status of one upload.
    async fn status(&self, run: &Run<'_>, upload: &StartedUpload) -> Option<Answer> {
        let answers = self.statuses(run, std::slice::from_ref(upload)).await?;
        answers.into_iter().next().flatten()
    }

    /// What Connect says of `uploads`, in their order, which belong to one resource: always of the first. `None` if it
    /// says nothing.
    pub(super) async fn statuses(
        &self,
        run: &Run<'_>,
        uploads: &[StartedUpload],
    ) -> Option<Vec<Option<Answer>>> {
        let (first, others) = uploads.split_first()?;
        let file_id = |upload: &StartedUpload| upload.start().upload.file_id.clone();
        let others: Vec<FileId> = others.iter().map(file_id).collect();
        let ask = |grant: FileGrant<Read>, context| self.connect.file_status(grant, &others, context);
        match self.paced(run, first, ask).await? {
            Ok(statuses) => {
                let found: HashMap<_, _> = statuses.others.into_iter().collect();
                let of_other = |id| found.get(id).map(|status| Answer::Status(Some(status.clone())));
                let first = Some(Answer::Status(Some(statuses.granted)));
                Some(
                    std::iter::once(first)
                        .chain(others.iter().map(of_other))
                        .collect(),
                )
            }
            Err(UpstreamError::NotFound) => Some(vec![Some(Answer::Status(None))]),
            Err(_) => {
                run.tally().failed += 1;
                None
            }
        }
    }

    /// The answer to a call about `upload`, at the pace: `None` if there is no permission, or no slot before the run is
    /// over. Permission is decided anew for each attempt.
    pub(super) async fn paced<A: FileAction, R, F>(
        &self,
        run: &Run<'_>,
        upload: &StartedUpload,
        call: impl Fn(FileGrant<A>, CallContext) -> F,
    ) -> Option<Result<R, UpstreamError>>
    where
        F: Future<Output = Result<R, UpstreamError>>,
    {
        loop {
            let grant = self.grants.decide_finish::<A>(upload, &self.stage).ok()?;
            let place = if is_overdue(upload, self.clock.now()) {
                Place::InLine(upload.start().owner)
            } else {
                Place::OnlyIfFree
            };
            let deadline = run.span.deadline;
            match call(grant, CallContext { place, deadline }).await {
                Err(UpstreamError::Throttled(wait)) => {
                    let pause = wait.retry_after.max(SHORTEST_PAUSE);
                    if run.is_over(self.clock.now() + pause) {
                        return None;
                    }
                    self.clock.sleep(pause).await;
                }
                answer => return Some(answer),
            }
        }
    }
}
