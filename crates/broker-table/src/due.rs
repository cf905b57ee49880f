//! The rows of started uploads as the finisher sees them: its lease, what is due, and what is reported.

use std::time::{Duration, SystemTime};

use broker_core::ports::{DuePage, DueUploads, TableError};
use broker_core::started_upload::{StartedUpload, UploadKey};

use crate::row::{self, Attributes, Key, number};
use crate::table::Table;
use crate::uploads::{PAGE, done, unanswered};

/// The index of the rows whose end was not reported, by when they are due.
const DUE: &str = "due";
/// A lease that lasts longer than this was not written by a finisher, and does not hold.
const LONGEST_LEASE: Duration = Duration::from_hours(1);

/// Where a page of due uploads ends.
#[derive(Clone, Debug)]
pub struct DueCursor(Attributes);

impl DueUploads for Table {
    type Cursor = DueCursor;

    async fn lease(&self, holder: &str, now: SystemTime, until: SystemTime) -> Result<bool, TableError> {
        let request = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(Key::lease().attributes()))
            .item("holder", row::text(holder))
            .item("until", number(row::millis(until)))
            .item("expires", number(row::secs(until + LONGEST_LEASE)))
            .condition_expression("NOT (#until BETWEEN :now AND :longest)")
            .expression_attribute_names("#until", "until")
            .expression_attribute_values(":now", number(row::millis(now)))
            .expression_attribute_values(":longest", number(row::millis(now + LONGEST_LEASE)));
        done(Box::pin(request.send()).await)
    }

    async fn release(&self, holder: &str) -> Result<(), TableError> {
        let request = self
            .client
            .delete_item()
            .table_name(&self.name)
            .set_key(Some(Key::lease().attributes()))
            .condition_expression("holder = :holder")
            .expression_attribute_values(":holder", row::text(holder));
        done(Box::pin(request.send()).await).map(drop)
    }

    async fn due(
        &self,
        now: SystemTime,
        after: Option<&DueCursor>,
    ) -> Result<DuePage<DueCursor>, TableError> {
        let request = self
            .client
            .query()
            .table_name(&self.name)
            .index_name(DUE)
            .limit(PAGE)
            .key_condition_expression("#queue = :open AND due <= :now")
            .expression_attribute_names("#queue", "queue")
            .expression_attribute_values(":open", row::text(StartedUpload::QUEUE))
            .expression_attribute_values(":now", number(row::millis(now)))
            .set_exclusive_start_key(after.map(|cursor| cursor.0.clone()));
        let page = Box::pin(request.send())
            .await
            .map_err(|error| unanswered(&error))?;
        let uploads: Vec<_> = page.items().iter().filter_map(row::upload).collect();
        Ok(DuePage {
            unreadable: (page.items().len() - uploads.len()) as u64,
            uploads,
            next: page.last_evaluated_key.map(DueCursor),
        })
    }

    async fn is_open(&self, key: &UploadKey) -> Result<bool, TableError> {
        let request = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(Key::upload(key).attributes()))
            .consistent_read(true);
        let answer = Box::pin(request.send())
            .await
            .map_err(|error| unanswered(&error))?;
        Ok(answer.item.is_some_and(|row| row.contains_key("queue")))
    }

    async fn settle(&self, key: &UploadKey) -> Result<(), TableError> {
        let request = self
            .change_upload(key)
            .update_expression("REMOVE #queue, due")
            .condition_expression("attribute_exists(#state)")
            .expression_attribute_names("#queue", "queue")
            .expression_attribute_names("#state", "state");
        done(Box::pin(request.send()).await).map(drop)
    }
}
