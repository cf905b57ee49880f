//! `SearchUsers`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::page::page;
use super::users::User;
use crate::options::SeedUser;
use crate::readings::UserSearch;
use crate::state::State;
use crate::state::error::OperationError;

const DEFAULT_MAX_RESULTS: usize = 100;

/// `SearchUsersRequest`. Seeded users have no tags and no hierarchy group, so a filter by these finds no user.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    next_token: Option<String>,
    max_results: Option<usize>,
    search_criteria: Option<Criteria>,
    search_filter: Option<Filter>,
}

/// `SearchUsersResponse`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    users: Vec<User>,
    approximate_total_count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Filter {
    tag_filter: Option<Value>,
    user_attribute_filter: Option<Value>,
}

/// The model's `UserSearchCriteria`; every given condition must hold.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Criteria {
    or_conditions: Option<Vec<Criteria>>,
    and_conditions: Option<Vec<Criteria>>,
    string_condition: Option<StringCondition>,
    list_condition: Option<Value>,
    hierarchy_group_condition: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StringCondition {
    field_name: Option<String>,
    value: Option<String>,
    comparison_type: Option<Comparison>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Comparison {
    StartsWith,
    Contains,
    Exact,
}

/// The users that match the criteria, in the order of the seeds.
pub(super) fn search(state: &State, input: &Input) -> Result<Output, OperationError> {
    let options = &state.options;
    let is_filtered = |filter: &Filter| filter.tag_filter.is_some() || filter.user_attribute_filter.is_some();
    let is_filtered = input.search_filter.as_ref().is_some_and(is_filtered);
    let mut found = Vec::new();
    for user in &options.seeds.users {
        let criteria = input.search_criteria.as_ref();
        let holds = criteria.map_or(Ok(true), |criteria| {
            criteria.hold(user, options.readings.user_search)
        })?;
        if holds && !is_filtered {
            found.push(User::new(options, user));
        }
    }
    let approximate_total_count = found.len();
    let max_results = input.max_results.unwrap_or(DEFAULT_MAX_RESULTS);
    let (users, next_token) = page(found, max_results, input.next_token.as_deref())?;
    Ok(Output {
        users,
        approximate_total_count,
        next_token,
    })
}

impl Criteria {
    fn hold(&self, user: &SeedUser, reading: UserSearch) -> Result<bool, OperationError> {
        let mut hold = self.list_condition.is_none() && self.hierarchy_group_condition.is_none();
        if let Some(condition) = &self.string_condition {
            hold &= condition.holds(user, reading)?;
        }
        for criteria in self.and_conditions.iter().flatten() {
            hold &= criteria.hold(user, reading)?;
        }
        if let Some(alternatives) = &self.or_conditions {
            let mut any = false;
            for criteria in alternatives {
                any |= criteria.hold(user, reading)?;
            }
            hold &= any;
        }
        Ok(hold)
    }
}

impl StringCondition {
    fn holds(&self, user: &SeedUser, reading: UserSearch) -> Result<bool, OperationError> {
        let (Some(field), Some(value), Some(comparison)) = (
            self.field_name.as_deref(),
            self.value.as_deref(),
            self.comparison_type,
        ) else {
            let message = "Invalid StringCondition: a member is missing";
            return Err(OperationError::Invalid(message.into()));
        };
        let subject = match field {
            "Username" => user.username.as_str(),
            "resourceId" => user.id.as_str(),
            // Searchable, but empty in every seeded user.
            "FirstName" | "LastName" | "RoutingProfileId" | "SecurityProfileId" => "",
            other => {
                return Err(OperationError::Invalid(
                    format!("Invalid FieldName {other}").into(),
                ));
            }
        };
        Ok(match reading {
            UserSearch::CaseSensitive => comparison.holds(subject, value),
            UserSearch::CaseInsensitive => comparison.holds(&subject.to_lowercase(), &value.to_lowercase()),
        })
    }
}

impl Comparison {
    fn holds(self, subject: &str, value: &str) -> bool {
        match self {
            Self::StartsWith => subject.starts_with(value),
            Self::Contains => subject.contains(value),
            Self::Exact => subject == value,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn condition(field: &str, comparison: &str, value: &str) -> Value {
        json!({ "StringCondition": { "FieldName": field, "ComparisonType": comparison, "Value": value } })
    }

    #[test]
    fn finds_the_users_that_match_the_criteria() {
        let user = SeedUser {
            username: "Alice.Smith".to_owned(),
            id: "u-1".to_owned(),
        };
        let name = |comparison: &str, value: &str| condition("Username", comparison, value);
        let both =
            |first, second| json!({ "AndConditions": [name("CONTAINS", first), name("CONTAINS", second)] });
        let either = |values: &[&str]| {
            let conditions = values.iter().map(|value| name("CONTAINS", value));
            json!({ "OrConditions": conditions.collect::<Vec<_>>() })
        };
        let in_group = || json!({ "HierarchyGroupCondition": { "Value": "g" } });
        for (criteria, insensitive, sensitive) in [
            (name("EXACT", "Alice.Smith"), true, true),
            (name("EXACT", "alice.smith"), true, false),
            (name("EXACT", "Alice"), false, false),
            (name("STARTS_WITH", "Alice"), true, true),
            (name("STARTS_WITH", "Smith"), false, false),
            (name("CONTAINS", "Smith"), true, true),
            (name("CONTAINS", "smith"), true, false),
            (condition("resourceId", "EXACT", "u-1"), true, true),
            (condition("LastName", "EXACT", "Smith"), false, false),
            (both("Ali", "Smi"), true, true),
            (both("Ali", "Bob"), false, false),
            (either(&["Bob", "Smi"]), true, true),
            (either(&["Bob"]), false, false),
            (in_group(), false, false),
            (json!({}), true, true),
        ] {
            let parsed: Criteria = serde_json::from_value(criteria.clone()).expect("modelled criteria");
            let hold = |reading| parsed.hold(&user, reading).expect("complete criteria");
            let found = (hold(UserSearch::CaseInsensitive), hold(UserSearch::CaseSensitive));
            assert_eq!(found, (insensitive, sensitive), "{criteria}");
        }
    }

    #[test]
    fn refuses_a_condition_that_is_incomplete_or_on_another_field() {
        let user = SeedUser {
            username: "alice".to_owned(),
            id: "u-1".to_owned(),
        };
        for criteria in [
            condition("Email", "EXACT", "a@example.com"),
            json!({ "StringCondition": { "FieldName": "Username" } }),
            json!({ "OrConditions": [condition("Username", "EXACT", "alice"), condition("Email", "EXACT", "a")] }),
        ] {
            let parsed: Criteria = serde_json::from_value(criteria.clone()).expect("modelled criteria");
            assert!(
                parsed.hold(&user, UserSearch::CaseInsensitive).is_err(),
                "{criteria}"
            );
        }
    }
}
