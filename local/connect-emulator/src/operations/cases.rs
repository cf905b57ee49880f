//! `GetCase` and `CreateCase`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::state::State;
use crate::state::case::Case;
use crate::state::error::OperationError;
use crate::state::records::Records;

/// Id of the only template of the Cases domain.
pub const CASE_TEMPLATE_ID: &str = "99999999-aaaa-4bbb-8ccc-000000000000";

/// Fields that a new case may have: those of Cases itself, because the domain has no others. Source: API reference,
/// `CreateCase` and `OnCaseUpdate`, without `status`, which begins as `open`.
const FIELDS: [&str; 6] = [
    "assigned_queue",
    "assigned_user",
    "case_reason",
    "customer_id",
    "summary",
    "title",
];

/// `GetCaseRequest`; the fields never fill a page.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GetInput {
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
pub(super) struct GetOutput {
    fields: Vec<Field>,
    template_id: &'static str,
}

#[derive(Deserialize, Serialize)]
struct Field {
    id: String,
    value: Value,
}

/// `CreateCaseRequest`. Tags are not recorded.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreateInput {
    domain_id: String,
    template_id: String,
    fields: Vec<Field>,
    performed_by: Option<PerformedBy>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PerformedBy {
    user_arn: Option<String>,
}

fn check_domain(state: &State, domain_id: &str) -> Result<(), OperationError> {
    (domain_id == state.options.cases_domain_id)
        .then_some(())
        .ok_or_else(|| OperationError::not_found("Domain", domain_id))
}

/// The requested fields that have a value in the case. A field that the domain does not know has none.
pub(super) fn get(state: &State, input: GetInput) -> Result<GetOutput, OperationError> {
    check_domain(state, &input.domain_id)?;
    let records = state.records();
    let mut cases = records.cases.iter();
    let case = cases
        .find(|case| case.id == input.case_id)
        .ok_or_else(|| OperationError::not_found("Case", &input.case_id))?;
    let fields = input.fields.into_iter();
    let fields = fields.filter_map(|FieldIdentifier { id }| {
        let value = case.fields.get(&id)?.clone();
        Some(Field { id, value })
    });
    Ok(GetOutput {
        fields: fields.collect(),
        template_id: CASE_TEMPLATE_ID,
    })
}

/// Creates an open case.
pub(super) fn create(
    state: &State,
    records: &mut Records,
    input: CreateInput,
) -> Result<Value, OperationError> {
    check_domain(state, &input.domain_id)?;
    if input.template_id != CASE_TEMPLATE_ID {
        return Err(OperationError::not_found("Template", &input.template_id));
    }
    let user_arn = input.performed_by.and_then(|by| by.user_arn);
    if user_arn.is_some_and(|arn| !state.is_user(&arn)) {
        return Err(OperationError::Invalid(
            "performedBy.userArn is not a user of the instance".into(),
        ));
    }
    let case = Case::open(Uuid::new_v4().to_string(), checked(input.fields)?);
    let answer = json!({ "caseId": case.id, "caseArn": state.options.case_arn(&case.id) });
    records.cases.push(case);
    Ok(answer)
}

/// The fields by id: the domain knows each, none comes twice, and the title is there.
fn checked(fields: Vec<Field>) -> Result<BTreeMap<String, Value>, OperationError> {
    let invalid = |message: String| Err(OperationError::Invalid(message.into()));
    let mut by_id = BTreeMap::new();
    for Field { id, value } in fields {
        if !FIELDS.contains(&id.as_str()) {
            return invalid(format!("The domain has no field {id} that a new case may have"));
        }
        if by_id.insert(id.clone(), value).is_some() {
            return invalid(format!("The field {id} is given twice"));
        }
    }
    let title = by_id.get("title").and_then(|title| title["stringValue"].as_str());
    if title.is_none_or(str::is_empty) {
        return invalid("The field title is required".to_owned());
    }
    Ok(by_id)
}
