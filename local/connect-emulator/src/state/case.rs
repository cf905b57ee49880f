//! The record of a case.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::options::SeedCase;

/// A case of the domain. Every case has the one template of the domain.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) id: String,
    /// The model's `FieldValueUnion` by field id.
    pub(crate) fields: BTreeMap<String, Value>,
}

impl Case {
    /// An open case with these fields.
    pub(crate) fn open(id: String, mut fields: BTreeMap<String, Value>) -> Self {
        fields.insert("status".to_owned(), json!({ "stringValue": "open" }));
        Self { id, fields }
    }
}

impl From<&SeedCase> for Case {
    /// A customer that was removed leaves an empty value.
    fn from(seed: &SeedCase) -> Self {
        let title = json!({ "stringValue": format!("Case {}", seed.id) });
        let mut fields = BTreeMap::from([("title".to_owned(), title)]);
        if let Some(customer_id) = &seed.customer_id {
            let value = match customer_id.as_str() {
                "" => json!({ "emptyValue": {} }),
                customer_id => json!({ "stringValue": customer_id }),
            };
            fields.insert("customer_id".to_owned(), value);
        }
        Self::open(seed.id.clone(), fields)
    }
}
