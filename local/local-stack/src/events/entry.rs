//! One entry of `PutEvents`, and why EventBridge does not take it.
//!
//! Source: Amazon EventBridge API reference, `PutEventsRequestEntry` and `PutEventsResultEntry`.

use serde::Deserialize;
use serde_json::{Map, Value};

/// Longest `DetailType`.
const MAX_DETAIL_TYPE_CHARS: usize = 128;
/// What `Time` adds to the size of an entry.
const TIME_BYTES: usize = 14;

/// `PutEventsRequestEntry`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Entry {
    source: Option<String>,
    detail_type: Option<String>,
    detail: Option<String>,
    resources: Vec<String>,
    event_bus_name: Option<String>,
    time: Option<f64>,
}

/// An entry that EventBridge takes.
#[derive(Debug, PartialEq)]
pub(super) struct Accepted {
    pub(super) event_bus_name: String,
    pub(super) source: String,
    pub(super) detail_type: String,
    pub(super) detail: Map<String, Value>,
}

/// Why EventBridge does not take an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum EntryError {
    #[error("Parameter {0} is not valid. Reason: {0} is a required argument.")]
    Missing(&'static str),
    #[error(
        "Parameter DetailType is not valid. Reason: it has more than {MAX_DETAIL_TYPE_CHARS} characters."
    )]
    LongDetailType,
    #[error("Detail is malformed.")]
    Detail,
    #[error("Not authorized for the source.")]
    Source,
    #[error("A fault that was armed.")]
    Fault,
}

impl EntryError {
    /// `ErrorCode`.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Missing(_) | Self::LongDetailType => "InvalidArgument",
            Self::Detail => "MalformedDetail",
            Self::Source => "NotAuthorizedForSourceException",
            Self::Fault => "InternalFailure",
        }
    }
}

impl Entry {
    /// Size as EventBridge counts it.
    pub(super) fn size_bytes(&self) -> usize {
        let texts = [&self.source, &self.detail_type, &self.detail];
        let texts = texts.into_iter().flatten().chain(&self.resources);
        texts.map(String::len).sum::<usize>() + self.time.map_or(0, |_| TIME_BYTES)
    }

    /// Whether it has the members that every event needs.
    pub(super) fn is_complete(&self) -> bool {
        self.source.is_some() && self.detail_type.is_some() && self.detail.is_some()
    }

    /// The entry, if EventBridge takes it.
    pub(super) fn accepted(self) -> Result<Accepted, EntryError> {
        let source = required("Source", self.source)?;
        let detail_type = required("DetailType", self.detail_type)?;
        let detail = required("Detail", self.detail)?;
        if source.starts_with("aws.") {
            return Err(EntryError::Source);
        }
        if detail_type.chars().count() > MAX_DETAIL_TYPE_CHARS {
            return Err(EntryError::LongDetailType);
        }
        Ok(Accepted {
            event_bus_name: self.event_bus_name.unwrap_or_else(|| "default".to_owned()),
            source,
            detail_type,
            detail: serde_json::from_str(&detail).map_err(|_| EntryError::Detail)?,
        })
    }
}

fn required(name: &'static str, value: Option<String>) -> Result<String, EntryError> {
    value
        .filter(|text| !text.is_empty())
        .ok_or(EntryError::Missing(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn entry(changes: &Value) -> Entry {
        let mut entry = json!({"Source": "upload-broker", "DetailType": "Upload Approved", "Detail": "{}"});
        for (name, value) in changes.as_object().expect("members") {
            entry[name] = value.clone();
        }
        serde_json::from_value(entry).expect("an entry")
    }

    #[test]
    fn takes_what_eventbridge_takes() {
        let long = "x".repeat(129);
        for (changes, expected) in [
            (json!({}), None),
            (json!({"Source": null}), Some(EntryError::Missing("Source"))),
            (json!({"Source": ""}), Some(EntryError::Missing("Source"))),
            (
                json!({"DetailType": null}),
                Some(EntryError::Missing("DetailType")),
            ),
            (json!({"DetailType": long}), Some(EntryError::LongDetailType)),
            (json!({"Detail": null}), Some(EntryError::Missing("Detail"))),
            (json!({"Detail": "{"}), Some(EntryError::Detail)),
            (json!({"Detail": "[]"}), Some(EntryError::Detail)),
            (json!({"Source": "aws.connect"}), Some(EntryError::Source)),
        ] {
            assert_eq!(entry(&changes).accepted().err(), expected, "{changes}");
        }
    }

    #[test]
    fn counts_the_bytes_of_its_texts() {
        for (changes, expected) in [
            (json!({}), 30),
            (json!({"Time": 1.5}), 44),
            (json!({"Resources": ["arn", "é"]}), 35),
        ] {
            assert_eq!(entry(&changes).size_bytes(), expected, "{changes}");
        }
    }
}
