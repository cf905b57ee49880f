//! Claims in the form of an HTTP API's JWT authorizer: every value is a text.

use serde_json::{Map, Value};

/// `claims`, each as text; `null` is left out.
///
/// Shape: `true`, `1736928000`, `[a b]` for an array, `map[name:value]` for an object. A REST API joins
/// arrays with commas instead.
pub(super) fn flattened(claims: &Map<String, Value>) -> Map<String, Value> {
    let given = claims.iter().filter(|(_, value)| !value.is_null());
    given
        .map(|(name, value)| (name.clone(), text(value).into()))
        .collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(elements) => {
            let elements: Vec<_> = elements.iter().map(text).collect();
            format!("[{}]", elements.join(" "))
        }
        Value::Object(members) => {
            let members: Vec<_> = members
                .iter()
                .map(|(name, value)| format!("{name}:{}", text(value)))
                .collect();
            format!("map[{}]", members.join(" "))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_value_becomes_a_text() {
        let claims = json!({
            "text": "a", "flag": true, "number": 1_736_928_000, "null": null, "list": ["a", "b"], "empty": [],
            "mixed": ["a", 7], "object": {"b": ["c"], "a": true},
        });
        let expected = json!({
            "text": "a", "flag": "true", "number": "1736928000", "list": "[a b]", "empty": "[]",
            "mixed": "[a 7]", "object": "map[a:true b:[c]]",
        });
        let claims = claims.as_object().expect("an object");
        assert_eq!(Value::Object(flattened(claims)), expected);
    }
}
