//! Reader of `CloudWatch`'s embedded metric format, which checks every rule of its specification.
//!
//! Source: "Specification: Embedded metric format", Amazon `CloudWatch` User Guide.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use serde_json::{Map, Value};

/// Units that `CloudWatch` knows and this project may use. Source: `MetricDatum`.
const UNITS: [&str; 3] = ["Count", "Milliseconds", "Seconds"];

/// Dimension sets of a metric, each in its written order.
pub(crate) type DimensionSets = BTreeSet<Vec<String>>;

/// Metrics of one line.
#[derive(Debug, Default)]
pub(crate) struct Embedded {
    /// Values by the metric's name.
    pub(crate) values: BTreeMap<String, Vec<u64>>,
    /// Unit and dimension sets by the metric's name.
    pub(crate) definitions: BTreeMap<String, (String, DimensionSets)>,
}

impl Embedded {
    /// The metrics of `line`, checked against every rule of the format.
    pub(crate) fn read(line: &Value) -> Self {
        let root = line.as_object().expect("an object");
        assert!(line.to_string().len() < 256 * 1024, "{line}");
        let head = members(&root["_aws"], &["CloudWatchMetrics", "Timestamp"]);
        is_recent(head["Timestamp"].as_u64().expect("milliseconds"));
        let mut read = Self::default();
        for directive in list(&head["CloudWatchMetrics"], 1..=100) {
            read.add(directive, root);
        }
        read.explains_every_member(root);
        read
    }

    fn add(&mut self, directive: &Value, root: &Map<String, Value>) {
        let directive = members(directive, &["Dimensions", "Metrics", "Namespace"]);
        assert_eq!(directive["Namespace"], "UploadBroker");
        let sets: DimensionSets = list(&directive["Dimensions"], 1..=10)
            .iter()
            .map(|set| names(set, root))
            .collect();
        for metric in list(&directive["Metrics"], 1..=100) {
            let metric = members(metric, &["Name", "Unit"]);
            let name = text(&metric["Name"], 1024);
            let unit = text(&metric["Unit"], 32);
            assert!(UNITS.contains(&unit), "{name}: {unit}");
            let twice = self.values.insert(name.to_owned(), numbers(&root[name]));
            assert_eq!(twice, None, "{name} is defined twice");
            self.definitions
                .insert(name.to_owned(), (unit.to_owned(), sets.clone()));
        }
    }

    /// Checks that every capitalised member is a metric or a dimension, because the record's own members are in lower case.
    fn explains_every_member(&self, root: &Map<String, Value>) {
        let capitalised = root.keys().filter(|name| name.starts_with(char::is_uppercase));
        let dimensions: BTreeSet<_> = self
            .definitions
            .values()
            .flat_map(|(_, sets)| sets)
            .flatten()
            .collect();
        for name in capitalised {
            assert!(
                self.values.contains_key(name) || dimensions.contains(name),
                "{name} is neither a metric nor a dimension"
            );
        }
    }

    /// The metric's only value, 0 if it has none.
    pub(crate) fn count(&self, name: &str) -> u64 {
        match self.values.get(name).map(Vec::as_slice) {
            None => 0,
            Some([value]) => *value,
            Some(values) => panic!("{name}: {values:?}"),
        }
    }
}

/// A dimension set, each name of which must be a text member of the root.
fn names(set: &Value, root: &Map<String, Value>) -> Vec<String> {
    let names = list(set, 1..=30).iter().map(|name| text(name, 250));
    names
        .map(|name| {
            let value = text(&root[name], 1024);
            assert!(value.is_ascii() && !value.trim().is_empty(), "{name}: {value:?}");
            name.to_owned()
        })
        .collect()
}

/// One number, or up to 100.
fn numbers(value: &Value) -> Vec<u64> {
    match value {
        Value::Array(_) => list(value, 1..=100).iter().map(number).collect(),
        one => vec![number(one)],
    }
}

fn number(value: &Value) -> u64 {
    value.as_u64().expect("a number")
}

fn members<'a>(value: &'a Value, expected: &[&str]) -> &'a Map<String, Value> {
    let object = value.as_object().expect("an object");
    assert_eq!(object.keys().collect::<Vec<_>>(), expected);
    object
}

fn list(value: &Value, lengths: std::ops::RangeInclusive<usize>) -> &[Value] {
    let list = value.as_array().expect("a list");
    assert!(lengths.contains(&list.len()), "{value}");
    list
}

fn text(value: &Value, most: usize) -> &str {
    let text = value.as_str().expect("text");
    assert!((1..=most).contains(&text.len()), "{text:?}");
    text
}

/// Checks that the line was written during the test. `CloudWatch` accepts two weeks.
fn is_recent(millis: u64) {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .expect("a time");
    let age = now
        .as_millis()
        .checked_sub(u128::from(millis))
        .expect("not in the future");
    assert!(age < 3_600_000, "{age} ms ago");
}
