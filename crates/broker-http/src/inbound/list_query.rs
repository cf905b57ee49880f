//! Reads the query of `GET /uploads`, and reports every fault of it at once.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use broker_core::ports::Listed;
use broker_core::request::Username;
use broker_core::upload::FileId;

use super::event::GatewayRequest;
use crate::fault::MemberFault;

/// Members of the query are malformed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("faults in members of the query: {}", .0.len())]
pub struct QueryError(pub Vec<MemberFault>);

/// The part of a list that is asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct ListQuery {
    /// The user that a backend named when it started the uploads. Without it, the list has the caller's own.
    pub on_behalf_of: Option<Username>,
    /// Where the page before ended.
    pub after: Option<Listed>,
}

impl ListQuery {
    /// The query of `request`. Members that the route does not know are ignored.
    ///
    /// # Errors
    /// [`QueryError`]
    pub fn of(request: &GatewayRequest) -> Result<Self, QueryError> {
        let mut faults = Vec::new();
        let on_behalf_of = request.query("onBehalfOf").and_then(|name| {
            let user = Username::parse(name);
            if user.is_none() {
                faults.push(MemberFault::new(
                    "/onBehalfOf",
                    "invalid",
                    "must be a Connect username",
                ));
            }
            user
        });
        let after = request.query("next").and_then(|text| {
            let after = decoded(text);
            if after.is_none() {
                faults.push(MemberFault::new(
                    "/next",
                    "invalid",
                    "must be `next` of an earlier answer",
                ));
            }
            after
        });
        if faults.is_empty() {
            Ok(Self { on_behalf_of, after })
        } else {
            Err(QueryError(faults))
        }
    }
}

/// Where a page ends, as an opaque text for the caller. It shows no more than the caller's own file id and its time.
#[must_use]
pub(crate) fn encoded(last: &Listed) -> String {
    let started = last
        .started_at
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    URL_SAFE_NO_PAD.encode(format!("{} {}", started.as_secs(), last.file_id.as_str()))
}

fn decoded(text: &str) -> Option<Listed> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let (secs, file_id) = text.split_once(' ')?;
    let started_at = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(secs.parse().ok()?))?;
    let file_id = FileId::parse(file_id)?;
    Some(Listed { started_at, file_id })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn read(query: &Value) -> Result<ListQuery, QueryError> {
        let event = json!({
            "version": "2.0", "rawPath": "/uploads", "queryStringParameters": query,
            "requestContext": {"apiId": "a", "requestId": "r", "stage": "$default", "http": {"method": "GET"}},
        });
        ListQuery::of(&GatewayRequest::parse(&event.to_string()).expect("an event"))
    }

    #[test]
    fn every_fault_of_a_query_is_named_at_once() {
        let no_file = URL_SAFE_NO_PAD.encode("1800000000");
        let bad_file = URL_SAFE_NO_PAD.encode("1800000000 ..");
        let late = URL_SAFE_NO_PAD.encode(format!("{} f-1", u64::MAX));
        for (query, expected) in [
            (json!({"onBehalfOf": " alice"}), vec!["/onBehalfOf"]),
            (json!({"onBehalfOf": ""}), vec!["/onBehalfOf"]),
            (json!({"next": ""}), vec!["/next"]),
            (json!({"next": "?"}), vec!["/next"]),
            (json!({"next": no_file}), vec!["/next"]),
            (json!({"next": bad_file}), vec!["/next"]),
            (json!({"next": late}), vec!["/next"]),
            (
                json!({"next": "?", "onBehalfOf": "a\nb"}),
                vec!["/onBehalfOf", "/next"],
            ),
        ] {
            let QueryError(faults) = read(&query).expect_err("a fault");
            let pointers: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
            assert_eq!(pointers, expected, "{query}");
        }
    }

    #[test]
    fn a_query_may_be_absent_and_may_have_other_members() {
        let nothing = ListQuery {
            on_behalf_of: None,
            after: None,
        };
        assert_eq!(read(&Value::Null), Ok(nothing));
        let named = ListQuery {
            on_behalf_of: Username::parse("alice"),
            after: None,
        };
        assert_eq!(read(&json!({"onBehalfOf": "alice", "_": "17"})), Ok(named));
    }

    proptest! {
        #[test]
        fn where_a_page_ends_is_read_as_it_was_written(secs in 0..1_u64 << 40, id in "[!-~]{3,256}") {
            let last = Listed {
                started_at: SystemTime::UNIX_EPOCH + Duration::from_secs(secs),
                file_id: FileId::parse(&id).expect("an id"),
            };
            let read = read(&json!({"next": encoded(&last)})).expect("a query");
            prop_assert_eq!(read.after, Some(last));
        }
    }
}
