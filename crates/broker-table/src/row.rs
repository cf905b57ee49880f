//! Rows as DynamoDB holds them.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use aws_sdk_dynamodb::types::AttributeValue;
use broker_core::operation::Operation;
use broker_core::pace::{Line, PlaceKey};
use broker_core::started_upload::{Field, StartedUpload, UploadKey};
use broker_core::upload::FileId;

/// A row's attributes by name.
pub(crate) type Attributes = HashMap<String, AttributeValue>;

/// A row whose times lie further ahead than this was not written by the broker.
const FURTHEST_MS: u64 = 24 * 60 * 60 * 1_000;

/// What the keys of started uploads begin with.
const UPLOADS: &str = "upload#";

/// The attributes of the pace that are times.
pub(crate) const TIMES: [&str; 3] = ["next", "used", "at"];

/// A row's keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pk: String,
    sk: String,
}

impl Key {
    /// The row of an operation's line.
    pub(crate) fn line(operation: Operation) -> Self {
        Self {
            pk: format!("pace#{}", operation.name()),
            sk: "line".to_owned(),
        }
    }

    /// The row of a caller's place.
    pub(crate) fn place(operation: Operation, key: PlaceKey) -> Self {
        Self {
            pk: format!("pace#{}#{}", operation.name(), hex::encode(key.0)),
            sk: "place".to_owned(),
        }
    }

    /// The row of a started upload.
    pub(crate) fn upload(key: &UploadKey) -> Self {
        Self {
            pk: Self::uploads_of(key.owner),
            sk: key.file_id.as_str().to_owned(),
        }
    }

    /// The `pk` of all uploads of a caller.
    pub(crate) fn uploads_of(owner: PlaceKey) -> String {
        format!("{UPLOADS}{}", hex::encode(owner.0))
    }

    /// The row of the finisher's lease.
    pub(crate) fn lease() -> Self {
        Self {
            pk: "finisher".to_owned(),
            sk: "lease".to_owned(),
        }
    }

    /// The row of a value that all instances share.
    pub(crate) fn value(key: [u8; 16]) -> Self {
        Self {
            pk: format!("value#{}", hex::encode(key)),
            sk: "value".to_owned(),
        }
    }

    pub(crate) fn pk(&self) -> &str {
        &self.pk
    }

    pub(crate) fn attributes(&self) -> Attributes {
        HashMap::from([
            ("pk".to_owned(), text(&self.pk)),
            ("sk".to_owned(), text(&self.sk)),
        ])
    }
}

/// A number as DynamoDB takes it.
pub(crate) fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// A text as DynamoDB takes it.
pub(crate) fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

/// A field as DynamoDB takes it.
pub(crate) fn attribute(field: &Field) -> AttributeValue {
    match field {
        Field::Text(value) => text(value),
        Field::Number(value) => number(*value),
    }
}

/// Whole seconds since the Unix epoch.
pub(crate) fn secs(time: SystemTime) -> u64 {
    since_epoch(time).as_secs()
}

/// Whole milliseconds since the Unix epoch.
pub(crate) fn millis(time: SystemTime) -> u64 {
    u64::try_from(since_epoch(time).as_millis()).unwrap_or(u64::MAX)
}

fn since_epoch(time: SystemTime) -> Duration {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

/// The time that many seconds after the Unix epoch.
pub(crate) fn at_secs(secs: u64) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(secs))
}

/// The started upload in a row, or `None` where it cannot be read.
pub(crate) fn upload(row: &Attributes) -> Option<StartedUpload> {
    let field = |name: &str| match row.get(name)? {
        AttributeValue::S(text) => Some(Field::Text(text.as_str().into())),
        AttributeValue::N(number) => number.parse().ok().map(Field::Number),
        _ => None,
    };
    let upload = upload_key(row).map(|key| StartedUpload::parse(key, field));
    match upload? {
        Ok(upload) => Some(upload),
        Err(error) => {
            tracing::debug!(%error, "the row of an upload cannot be read");
            None
        }
    }
}

fn upload_key(row: &Attributes) -> Option<UploadKey> {
    let mut owner = [0; 16];
    let hash = row.get("pk")?.as_s().ok()?.strip_prefix(UPLOADS)?;
    hex::decode_to_slice(hash, &mut owner).ok()?;
    Some(UploadKey {
        owner: PlaceKey(owner),
        file_id: FileId::parse(row.get("sk")?.as_s().ok()?)?,
    })
}

/// A time in ms: 0 if the row has no such attribute, `None` if the broker cannot have written its value.
pub(crate) fn time_ms(row: &Attributes, name: &str, now_ms: u64) -> Option<u64> {
    let Some(value) = row.get(name) else {
        return Some(0);
    };
    let time_ms = value.as_n().ok()?.parse().ok()?;
    (time_ms <= now_ms + FURTHEST_MS).then_some(time_ms)
}

/// The line in a row, or `None` where it cannot be read.
pub(crate) fn line(row: &Attributes, now_ms: u64) -> Option<Line> {
    Some(Line {
        next_ms: time_ms(row, "next", now_ms)?,
        used_ms: time_ms(row, "used", now_ms)?,
    })
}
