//! What only a table can have: rows that cannot be read, other keys, no answer.

use std::collections::HashMap;
use std::time::SystemTime;

use aws_sdk_dynamodb::types::AttributeValue::{self, Bool, N, S};
use broker_core::pace::{Claim, Ledger as _, LedgerError, Line, PlaceKey};
use broker_core::ports::SharedValues as _;
use broker_table::StartError;

use crate::servers::{Server, take_faults};
use crate::slots::{NOON, START, moment};

/// Puts a row into a new table of `server`.
async fn with_row(
    server: &Server,
    pk: &str,
    sk: &str,
    attributes: &[(&str, AttributeValue)],
) -> broker_table::Table {
    let table = server.new_table().await;
    let mut request = server.client.put_item().table_name(table.name());
    for (name, value) in [("pk", S(pk.into())), ("sk", S(sk.into()))] {
        request = request.item(name, value);
    }
    for (name, value) in attributes {
        request = request.item(*name, value.clone());
    }
    request.send().await.expect("a row");
    table
}

#[tokio::test]
async fn a_line_that_cannot_be_read_counts_as_absent() {
    let late = (NOON + 24 * 60 * 60 * 1_000 + 1).to_string();
    for server in Server::all() {
        let mut unreadable = vec![
            vec![("next", N("-5".into())), ("used", N("5".into()))],
            vec![("next", N("1.5".into()))],
            vec![("next", N(late.clone())), ("used", N("5".into()))],
            vec![("next", N("5".into())), ("used", N(late.clone()))],
        ];
        if server.compares_types() {
            unreadable.push(vec![("next", S("soon".into())), ("used", N("5".into()))]);
            unreadable.push(vec![("next", N(NOON.to_string())), ("used", Bool(true))]);
        }
        for attributes in unreadable {
            let table = with_row(&server, "pace#StartAttachedFileUpload", "line", &attributes).await;
            let seen = Line {
                next_ms: NOON,
                used_ms: NOON,
            };
            let what = format!("{} {attributes:?}", server.name);
            for n in 0..5 {
                let (slot, _) = table.take(moment(0), 250, seen).await.expect(&what);
                assert_eq!(slot, Some(NOON - 1_800 + n * 500), "{what}");
            }
            assert_eq!(take_faults(), (0, 1), "{what}");
        }
    }
}

#[tokio::test]
async fn instances_share_values_by_key() {
    for server in Server::all() {
        let (table, [key, other]) = (server.new_table().await, [[1; 16], [2; 16]]);
        assert_eq!(table.shared_value(key).await, None, "{}", server.name);
        for value in [vec![0, 255, 7], vec![1]] {
            table.share_value(key, value.clone(), SystemTime::now()).await;
            assert_eq!(table.shared_value(key).await, Some(value), "{}", server.name);
        }
        assert_eq!(table.shared_value(other).await, None, "{}", server.name);
        let broken = with_row(
            &server,
            &format!("value#{}", "01".repeat(16)),
            "value",
            &[("value", S("text".into()))],
        )
        .await;
        assert_eq!(broken.shared_value(key).await, None, "{}", server.name);
    }
}

#[tokio::test]
async fn a_place_that_cannot_be_read_counts_as_absent() {
    for server in Server::all() {
        let mut unreadable = vec![N("-1".into()), N("99999999999999999".into())];
        unreadable.extend(server.compares_types().then(|| S("soon".into())));
        for at in unreadable {
            let table = with_row(
                &server,
                "pace#StartAttachedFileUpload#adadadadadadadadadadadadadadadad",
                "place",
                &[("at", at)],
            )
            .await;
            let key = PlaceKey([0xad; 16]);
            let claim = |place_ms| table.claim(START, key, place_ms, NOON);
            assert_eq!(claim(NOON + 500).await, Ok(Claim::New), "{}", server.name);
            assert_eq!(
                claim(NOON + 900).await,
                Ok(Claim::Held(NOON + 500)),
                "{}",
                server.name
            );
        }
    }
}

/// A row's attributes in order: texts with their values, times by name alone.
fn shown(row: &HashMap<String, AttributeValue>) -> Vec<String> {
    let mut attributes: Vec<_> = row
        .iter()
        .map(|(name, value)| match value {
            N(_) => name.clone(),
            other => format!("{name} {}", other.as_s().expect("a text or a number")),
        })
        .collect();
    attributes.sort();
    attributes
}

#[tokio::test]
async fn rows_hold_a_hash_and_times_and_nothing_else() {
    for server in Server::all() {
        let table = server.new_table().await;
        table.reserve(moment(0), Line::default()).await.expect("a slot");
        let claimed = table.claim(START, PlaceKey([0xad; 16]), NOON + 500, NOON).await;
        assert_eq!(claimed, Ok(Claim::New), "{}", server.name);
        let scanned = server.client.scan().table_name(table.name()).send().await;
        let mut rows: Vec<_> = scanned.expect("rows").items().iter().map(shown).collect();
        rows.sort();
        let place = format!("pk pace#StartAttachedFileUpload#{}", "ad".repeat(16));
        let expected = [
            vec!["at", "expires", place.as_str(), "sk place"],
            vec!["next", "pk pace#StartAttachedFileUpload", "sk line", "used"],
        ];
        assert_eq!(rows, expected, "{}", server.name);
    }
}

#[tokio::test]
async fn a_table_that_can_never_be_used_is_named_at_the_start() {
    for server in Server::all() {
        let found = server.new_table().await.connect().await;
        assert_eq!(found, Ok(()), "{}", server.name);
        let missing = server.table("none-such").connect().await;
        assert_eq!(missing, Err(StartError::NoTable), "{}", server.name);
        let other = server.table_with_keys(["id", "sort"]).await.connect().await;
        assert_eq!(other, Err(StartError::OtherKeys), "{}", server.name);
    }
}

#[tokio::test]
async fn a_server_that_is_away_is_told_and_is_no_reason_not_to_start() {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let silent = format!("http://{}", listener.local_addr().expect("an address"));
    for (what, url) in [("closed", "http://127.0.0.1:1"), ("silent", silent.as_str())] {
        let table = Server::new(what, url).hasty_table("any");
        assert_eq!(table.connect().await, Ok(()), "{what}");
        let answer = table.take(moment(0), 250, Line::default()).await;
        assert_eq!(answer, Err(LedgerError), "{what}");
        assert_eq!(take_faults(), (2, 0), "{what}");
    }
}
