//! Rows as DynamoDB holds them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use broker_core::operation::Operation;
use broker_core::pace::{Line, PlaceKey};

/// A row's attributes by name.
pub(crate) type Attributes = HashMap<String, AttributeValue>;

/// A row whose times lie further ahead than this was not written by the broker.
const FURTHEST_MS: u64 = 24 * 60 * 60 * 1_000;

/// The attributes that are times.
pub(crate) const TIMES: [&str; 3] = ["next", "used", "at"];

/// A row's keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pk: String,
    sk: &'static str,
}

impl Key {
    /// The row of an operation's line.
    pub(crate) fn line(operation: Operation) -> Self {
        Self {
            pk: format!("pace#{}", operation.name()),
            sk: "line",
        }
    }

    /// The row of a caller's place.
    pub(crate) fn place(operation: Operation, key: PlaceKey) -> Self {
        Self {
            pk: format!("pace#{}#{}", operation.name(), hex::encode(key.0)),
            sk: "place",
        }
    }

    /// The row of a value that all instances share.
    pub(crate) fn value(key: [u8; 16]) -> Self {
        Self {
            pk: format!("value#{}", hex::encode(key)),
            sk: "value",
        }
    }

    pub(crate) fn pk(&self) -> &str {
        &self.pk
    }

    pub(crate) fn attributes(&self) -> Attributes {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        HashMap::from([
            ("pk".to_owned(), text(&self.pk)),
            ("sk".to_owned(), text(self.sk)),
        ])
    }
}

/// A number as DynamoDB takes it.
pub(crate) fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// A time in ms: 0 where there is none, `None` where it is not one that the broker wrote.
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
