//! `GetCase`.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::options::SeedCase;
use crate::state::State;
use crate::state::error::OperationError;

/// Template of every seeded case.
const TEMPLATE_ID: &str = "99999999-aaaa-4bbb-8ccc-000000000000";

/// `GetCaseRequest`; the fields never fill a page.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    domain_id: String,
    case_id: String,
    fields: Vec<FieldIdentifier>,
}

#[derive(Deserialize)]
struct FieldIdentifier {
    id: String,
}

/// `GetCaseResponse`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Output {
    fields: Vec<Field>,
    template_id: &'static str,
}

#[derive(Serialize)]
struct Field {
    id: String,
    value: Value,
}

/// The requested fields that have a value in the case. A field that the domain does not know has none.
pub(super) fn get(state: &State, input: Input) -> Result<Output, OperationError> {
    let options = &state.options;
    if input.domain_id != options.cases_domain_id {
        return Err(OperationError::not_found("Domain", &input.domain_id));
    }
    let mut cases = options.seeds.cases.iter();
    let case = cases
        .find(|case| case.id == input.case_id)
        .ok_or_else(|| OperationError::not_found("Case", &input.case_id))?;
    let fields = input.fields.into_iter();
    let fields = fields.filter_map(|FieldIdentifier { id }| {
        let value = field_value(case, &id)?;
        Some(Field { id, value })
    });
    Ok(Output {
        fields: fields.collect(),
        template_id: TEMPLATE_ID,
    })
}

/// The model's `FieldValueUnion`. A customer that was removed leaves an empty value.
fn field_value(case: &SeedCase, field_id: &str) -> Option<Value> {
    match field_id {
        "customer_id" => match case.customer_id.as_deref()? {
            "" => Some(json!({ "emptyValue": {} })),
            customer_id => Some(json!({ "stringValue": customer_id })),
        },
        "status" => Some(json!({ "stringValue": "open" })),
        "title" => Some(json!({ "stringValue": format!("Case {}", case.id) })),
        _ => None,
    }
}
