//! Strict JSON: whatever it accepts, `serde_json` accepts too and reads as the same value.

use broker_token::strict_json::{TOKEN_DEPTH, parse};
use serde_json::Value;

/// Reads `bytes` as strict JSON.
///
/// # Panics
/// If `bytes` are accepted although `serde_json` reads another value, a member is lost, or they nest too deep.
pub fn entry(bytes: &[u8]) {
    let Ok(value) = parse(bytes, TOKEN_DEPTH) else {
        return;
    };
    let usual = serde_json::from_slice::<Value>(bytes);
    assert_eq!(usual.ok().as_ref(), Some(&value));
    assert_eq!(members_written(bytes), members(&value));
    assert!(depth(&value) <= TOKEN_DEPTH);
    assert!(parse(value.to_string().as_bytes(), TOKEN_DEPTH).is_ok());
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn members(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(members).sum(),
        Value::Object(all) => all.values().map(|value| 1 + members(value)).sum(),
        _ => 0,
    }
}

/// Number of colons outside strings: one for each member, so duplicates count too.
fn members_written(json: &[u8]) -> usize {
    let (mut count, mut is_text, mut is_escaped) = (0, false, false);
    for byte in json {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => is_text = !is_text,
            b':' if !is_text => count += 1,
            _ => {}
        }
    }
    count
}
