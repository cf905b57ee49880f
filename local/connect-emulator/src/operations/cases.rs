use serde::Deserialize;
use serde_json::{Value, json};

use crate::emulator::Emulator;
use crate::error::Refusal;
use crate::options::SeedCase;

/// The template of every seeded case.
const TEMPLATE_ID: &str = "99999999-aaaa-4bbb-8ccc-000000000000";

/// `GetCaseRequest`; the fields never fill a page.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Asked {
    domain_id: String,
    case_id: String,
    fields: Vec<FieldIdentifier>,
}

#[derive(Deserialize)]
struct FieldIdentifier {
    id: String,
}

/// The asked fields of a case that have a value; a field that the domain does not know has none.
pub(super) fn get(emulator: &Emulator, asked: &Asked) -> Result<Value, Refusal> {
    if asked.domain_id != emulator.options.cases_domain_id {
        return Err(Refusal::NotFound {
            kind: "Domain",
            id: asked.domain_id.clone(),
        });
    }
    let case = emulator
        .options
        .case(&asked.case_id)
        .ok_or_else(|| Refusal::NotFound {
            kind: "Case",
            id: asked.case_id.clone(),
        })?;
    let fields: Vec<Value> = asked
        .fields
        .iter()
        .filter_map(|field| Some(json!({ "id": field.id, "value": field_value(case, &field.id)? })))
        .collect();
    Ok(json!({ "fields": fields, "templateId": TEMPLATE_ID }))
}

/// The model's `FieldValueUnion`. A customer that was removed leaves an empty value behind.
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
