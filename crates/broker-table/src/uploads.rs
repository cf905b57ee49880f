//! The rows of started uploads: how the broker writes and lists them, and how any step is noted.

use std::time::SystemTime;

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use broker_core::pace::PlaceKey;
use broker_core::ports::{ListPage, Listed, NotedUploads, StartedUploads, TableError};
use broker_core::started_upload::{Noted, StartedUpload, UploadKey};
use broker_core::upload::FileId;

use crate::row::{self, Attributes, Key, number};
use crate::table::{Table, TableFault, is_refusal};

/// The index by which a caller's uploads are listed in the order of their start.
const RECENT: &str = "recent";
/// The most uploads on a page.
pub(crate) const PAGE: i32 = 100;

impl NotedUploads for Table {
    async fn note(&self, key: &UploadKey, noted: Noted) -> Result<bool, TableError> {
        let (mut set, mut only_if) = (Vec::new(), Vec::new());
        let mut request = self
            .change_upload(key)
            .expression_attribute_names("#state", "state");
        for (name, field) in noted.fields() {
            set.push(format!("#{name} = :{name}"));
            request = request
                .expression_attribute_names(format!("#{name}"), name)
                .expression_attribute_values(format!(":{name}"), row::attribute(&field));
        }
        for (n, earlier) in noted.progress.earlier().iter().enumerate() {
            only_if.push(format!(":earlier{n}"));
            request = request.expression_attribute_values(format!(":earlier{n}"), row::text(earlier));
        }
        let mut leave = "";
        if noted.due.is_none() {
            leave = " REMOVE #queue, #due";
            for name in ["queue", "due"] {
                request = request.expression_attribute_names(format!("#{name}"), name);
            }
        }
        let request = request
            .update_expression(format!("SET {}{leave}", set.join(", ")))
            .condition_expression(format!("#state IN ({})", only_if.join(", ")));
        done(Box::pin(request.send()).await)
    }
}

impl StartedUploads for Table {
    async fn remember(&self, upload: &StartedUpload) -> Result<(), TableError> {
        let mut request = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(Key::upload(&upload.key()).attributes()));
        for (name, field) in upload.fields() {
            request = request.item(name, row::attribute(&field));
        }
        let request = request
            .condition_expression("attribute_not_exists(pk) OR #state = :started")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":started", row::text(upload.progress().name()));
        done(Box::pin(request.send()).await).map(drop)
    }

    async fn list(
        &self,
        owner: PlaceKey,
        since: SystemTime,
        after: Option<&Listed>,
    ) -> Result<ListPage, TableError> {
        let key_at = |listed: &Listed| {
            let file_id = listed.file_id.clone();
            let mut key = Key::upload(&UploadKey { owner, file_id }).attributes();
            key.insert("startedAt".to_owned(), number(row::secs(listed.started_at)));
            key
        };
        let request = self
            .client
            .query()
            .table_name(&self.name)
            .index_name(RECENT)
            .consistent_read(true)
            .scan_index_forward(false)
            .limit(PAGE)
            .key_condition_expression("pk = :pk AND startedAt >= :since")
            .expression_attribute_values(":pk", row::text(&Key::uploads_of(owner)))
            .expression_attribute_values(":since", number(row::secs(since)))
            .set_exclusive_start_key(after.map(key_at));
        let page = Box::pin(request.send())
            .await
            .map_err(|error| unanswered(&error))?;
        let uploads = page.items().iter().filter_map(|row| self.listed(row));
        Ok(ListPage {
            uploads: uploads.collect(),
            next: page.last_evaluated_key().and_then(last),
        })
    }
}

impl Table {
    /// The upload in `row`; one that cannot be read is told, and left alone.
    fn listed(&self, row: &Attributes) -> Option<StartedUpload> {
        let upload = row::upload(row);
        if upload.is_none() {
            (self.observer)(TableFault::Unreadable);
        }
        upload
    }

    /// A change of the row of one upload.
    pub(crate) fn change_upload(&self, key: &UploadKey) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(Key::upload(key).attributes()))
    }
}

/// Where a page of the list ends.
fn last(key: &Attributes) -> Option<Listed> {
    let secs = key.get("startedAt")?.as_n().ok()?.parse().ok()?;
    Some(Listed {
        started_at: row::at_secs(secs)?,
        file_id: FileId::parse(key.get("sk")?.as_s().ok()?)?,
    })
}

/// Whether a conditional change was made.
pub(crate) fn done<T>(answer: Result<T, impl ProvideErrorMetadata>) -> Result<bool, TableError> {
    match answer {
        Ok(_) => Ok(true),
        Err(error) if is_refusal(error.code()) => Ok(false),
        Err(error) => Err(unanswered(&error)),
    }
}

/// Tells that a call failed. The broker counts it, not the table's observer, which counts what the pace lacks.
pub(crate) fn unanswered(error: &impl ProvideErrorMetadata) -> TableError {
    tracing::debug!(code = error.code(), "the shared table did not answer");
    TableError
}
