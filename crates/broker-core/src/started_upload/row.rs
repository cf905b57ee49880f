//! A started upload as the attributes of a row.

use std::time::{Duration, SystemTime};

use super::{Noted, Progress, Start, StartedUpload, UploadKey};
use crate::rule::RuleHash;
use crate::upload::Upload;

/// How long a row is kept after the start, in seconds: long enough for a finisher that stood still for days.
const KEPT_SECS: u64 = 7 * 24 * 60 * 60;
/// An attribute's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// A text.
    Text(Box<str>),
    /// A number.
    Number(u64),
}

/// A row that the broker did not write, or that somebody changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the row's `{0}` is missing or malformed")]
pub struct UnreadableRowError(
    /// The attribute's name.
    pub &'static str,
);

impl Noted {
    /// The attributes that a step sets, by name. Where it has no `due`, both `queue` and `due` go.
    #[must_use]
    pub fn fields(&self) -> Vec<(&'static str, Field)> {
        let mut fields = vec![("state", text(self.progress.name()))];
        if let Progress::Ended { at, .. } = self.progress {
            fields.push(("endedAt", millis(at)));
        }
        if let Some(due) = self.due {
            fields.extend([("queue", text(StartedUpload::QUEUE)), ("due", millis(due))]);
        }
        fields
    }
}

impl StartedUpload {
    /// The `queue` of every row whose end was not reported yet.
    pub const QUEUE: &str = "open";

    /// The row's attributes beside its keys, by name.
    #[must_use]
    pub fn fields(&self) -> Vec<(&'static str, Field)> {
        let Start { upload, .. } = &self.start;
        let started_secs = since_epoch(upload.started_at).as_secs();
        let mut fields = vec![
            ("resource", text(upload.resource.as_str())),
            ("user", text(upload.user.as_str())),
            ("instance", text(self.start.instance.as_str())),
            ("stage", text(&self.start.stage)),
            ("rule", text(&hex::encode(self.start.rule.0))),
            ("startedAt", Field::Number(started_secs)),
            ("size", Field::Number(self.start.size_bytes)),
            ("requestId", text(&self.start.request_id)),
            ("urlExpiresAt", millis(self.start.url_expires_at)),
            ("eventId", text(&self.start.event_id)),
            ("expires", Field::Number(started_secs + KEPT_SECS)),
        ];
        let (progress, due) = (self.progress, self.due);
        fields.extend(Noted { progress, due }.fields());
        fields
    }

    /// The upload in the row with `key`, whose attributes `read` gives by name.
    ///
    /// # Errors
    /// [`UnreadableRowError`]: the first attribute that is missing or malformed.
    pub fn parse(key: UploadKey, read: impl Fn(&str) -> Option<Field>) -> Result<Self, UnreadableRowError> {
        let row = Row(read);
        let started_secs = row.number("startedAt")?;
        let start = Start {
            owner: key.owner,
            upload: Upload {
                file_id: key.file_id,
                resource: row.text("resource", |text| text.parse().ok())?,
                user: row.text("user", |text| text.parse().ok())?,
                on_behalf_of: None,
                started_at: after_epoch(Duration::from_secs(started_secs))
                    .ok_or(UnreadableRowError("startedAt"))?,
            },
            instance: row.text("instance", |text| text.parse().ok())?,
            stage: row.text("stage", |text| Some(text.into()))?,
            rule: row.text("rule", rule)?,
            size_bytes: row.number("size")?,
            request_id: row.text("requestId", |text| Some(text.into()))?,
            url_expires_at: row.time("urlExpiresAt")?,
            event_id: row.text("eventId", |text| (!text.is_empty()).then(|| text.into()))?,
        };
        let ended_at = row.time("endedAt").ok();
        let progress = row.text("state", |name| Progress::named(name, ended_at))?;
        let due = match (row.0)("queue") {
            None => None,
            Some(queue) if queue == text(Self::QUEUE) => Some(row.time("due")?),
            Some(_) => return Err(UnreadableRowError("queue")),
        };
        Ok(Self { start, progress, due })
    }
}

/// The attributes of a row.
struct Row<R>(R);

impl<R: Fn(&str) -> Option<Field>> Row<R> {
    fn text<T>(
        &self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, UnreadableRowError> {
        match (self.0)(name) {
            Some(Field::Text(text)) => parse(&text),
            Some(Field::Number(_)) | None => None,
        }
        .ok_or(UnreadableRowError(name))
    }

    fn number(&self, name: &'static str) -> Result<u64, UnreadableRowError> {
        match (self.0)(name) {
            Some(Field::Number(number)) => Ok(number),
            Some(Field::Text(_)) | None => Err(UnreadableRowError(name)),
        }
    }

    fn time(&self, name: &'static str) -> Result<SystemTime, UnreadableRowError> {
        after_epoch(Duration::from_millis(self.number(name)?)).ok_or(UnreadableRowError(name))
    }
}

fn rule(text: &str) -> Option<RuleHash> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(RuleHash(bytes))
}

fn text(text: &str) -> Field {
    Field::Text(text.into())
}

fn millis(time: SystemTime) -> Field {
    Field::Number(u64::try_from(since_epoch(time).as_millis()).unwrap_or(u64::MAX))
}

fn since_epoch(time: SystemTime) -> Duration {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

fn after_epoch(span: Duration) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(span)
}
