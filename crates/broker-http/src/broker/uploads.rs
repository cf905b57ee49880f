//! The rows of started uploads: written beside a request, and listed for their caller.
//!
//! INVARIANT: a request never fails because its row cannot be written. The finisher then sees a completed upload late, or
//! does not finish one without its tab, and a metric counts it.

use std::time::{Duration, SystemTime};

use broker_core::caller::Caller;
use broker_core::grants::UploadGrant;
use broker_core::ports::{StartedUploads, TableError};
use broker_core::request::Username;
use broker_core::rule::RuleHash;
use broker_core::started_upload::{Noted, Start, StartedUpload, UploadKey};
use broker_core::ticket::UploadTicket;
use broker_core::upload::Upload;
use broker_token::FetchDocument;

use super::Broker;
use super::exchange::Exchange;
use crate::clock_and_random::{ClockAndRandom, EntropyError};
use crate::error::BrokerError;
use crate::handle;
use crate::inbound::list_query::{ListQuery, encoded};
use crate::outbound::response::{Answer, ListedUpload};
use crate::ports::Ports;

/// How far back a list goes.
const LISTED_FOR: Duration = Duration::from_hours(48);

/// What the row of an upload needs of its grant and its request.
pub(super) struct RowOf {
    rule: RuleHash,
    size_bytes: u64,
    url_life: Duration,
}

impl<P: Ports, F: FetchDocument, S: ClockAndRandom, U: StartedUploads> Broker<P, F, S, U> {
    /// What a row needs, where the finisher may complete the upload.
    pub(super) fn row_of(&self, grant: &UploadGrant) -> Option<RowOf> {
        let request = grant.request();
        Some(RowOf {
            rule: self.settings.grants.finishable_rule(grant)?,
            size_bytes: request.file_size.bytes(),
            url_life: Duration::from_secs(request.url_expiry.secs().into()),
        })
    }

    /// Writes the row of an upload that has started.
    pub(super) async fn remember(
        &self,
        row: Option<RowOf>,
        caller: &Caller,
        ticket: &UploadTicket,
        upload: &Upload,
        exchange: &mut Exchange<'_>,
    ) -> Result<(), EntropyError> {
        let (Some(uploads), Some(row)) = (&self.uploads, row) else {
            return Ok(());
        };
        let mut event_id = [0; 16];
        self.system.fill(&mut event_id)?;
        let started = StartedUpload::new(Start {
            owner: self.caller_hashes.place_of(caller, upload.on_behalf_of.as_ref()),
            upload: upload.clone(),
            instance: self.settings.deployment.instance.clone(),
            stage: self.settings.stage.clone(),
            rule: row.rule,
            size_bytes: row.size_bytes,
            request_id: exchange.request.request_id.as_str().into(),
            url_expires_at: ticket.expires_at.unwrap_or(upload.started_at + row.url_life),
            event_id: hex::encode(event_id).into(),
        });
        count_failure(&uploads.remember(&started).await, exchange);
        Ok(())
    }

    /// Notes a step of an upload in its row, if it has one.
    pub(super) async fn note(&self, key: &UploadKey, noted: Noted, exchange: &mut Exchange<'_>) {
        if let Some(uploads) = &self.uploads {
            count_failure(&uploads.note(key, noted).await, exchange);
        }
    }

    /// What a row of the upload would be found by.
    pub(super) fn key_of(&self, caller: &Caller, upload: &Upload) -> UploadKey {
        UploadKey {
            owner: self.caller_hashes.place_of(caller, upload.on_behalf_of.as_ref()),
            file_id: upload.file_id.clone(),
        }
    }

    /// The route that lists what the caller started. It needs no grant, because it shows only what the caller did.
    pub(super) async fn list(&self, exchange: &mut Exchange<'_>) -> Result<Answer, BrokerError> {
        let uploads = self.uploads.as_ref().ok_or(TableError)?;
        let (caller, _) = self.caller(exchange).await?;
        let ListQuery { on_behalf_of, after } = ListQuery::of(exchange.request)?;
        let owner = self.caller_hashes.place_of(&caller, on_behalf_of.as_ref());
        let now = self.system.now();
        let since = now.checked_sub(LISTED_FOR).unwrap_or(SystemTime::UNIX_EPOCH);
        let page = uploads.list(owner, since, after.as_ref()).await?;
        let ours = page.uploads.iter().filter(|upload| self.is_ours(upload));
        let listed = ours.map(|upload| self.listed(&caller, upload, on_behalf_of.as_ref(), now));
        let listed: Vec<_> = listed.collect::<Result<_, _>>()?;
        Ok(Answer::list(&listed, page.next.as_ref().map(encoded)))
    }

    /// Whether this stage of this deployment started the upload: several may share a table and a handle key.
    fn is_ours(&self, upload: &StartedUpload) -> bool {
        let Start { instance, stage, .. } = upload.start();
        *instance == self.settings.deployment.instance && *stage == self.settings.stage
    }

    /// The upload as its caller sees it: with a handle as long as one of its age would open.
    fn listed(
        &self,
        caller: &Caller,
        started: &StartedUpload,
        on_behalf_of: Option<&Username>,
        now: SystemTime,
    ) -> Result<ListedUpload, EntropyError> {
        let Start {
            upload,
            size_bytes,
            request_id,
            ..
        } = started.start();
        let upload = Upload {
            on_behalf_of: on_behalf_of.cloned(),
            ..upload.clone()
        };
        let age = now.duration_since(upload.started_at).unwrap_or_default();
        let handle = (age < handle::LIFE).then(|| self.sealer.seal(caller, &upload, &self.system));
        let base_path = &self.settings.base_path;
        Ok(ListedUpload {
            status: started.progress().status(),
            resource: upload.resource,
            size_bytes: *size_bytes,
            started_at: upload.started_at,
            request_id: request_id.clone(),
            location: handle
                .transpose()?
                .map(|handle| format!("{base_path}/uploads/{handle}")),
        })
    }
}

fn count_failure<T>(answer: &Result<T, TableError>, exchange: &mut Exchange<'_>) {
    exchange.record.uploads_not_recorded += u64::from(answer.is_err());
}
