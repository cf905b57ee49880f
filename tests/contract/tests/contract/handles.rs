//! Handles: each opens for its caller, at its stage, with a known key and before it expires, and is unknown otherwise.

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use test_support::{Bench, CASES_DOMAIN, Event, INSTANCE, Rules, upload_event};

const NEW_AND_OLD_KEY: &str = "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210,\
     0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

const SECOND_ISSUER: &str = "https://second.example.com";

/// The handle of [`upload_event`] under the rules for tokens. It was sealed by the first version of the format.
const GOLDEN_HANDLE: &str = "AUiE_aoBAQEBAQEBAQEBAQHhkSjEywSsGYg95tS5kC67hZlG_NVOLzTpDrZqcOY5oG4Ci74p5wR5tDnV7QSP6n1X\
     zWJDisMh-HbnBEdNB5NWmx3zouaU9ZDJ_NZnKWr7wgkhW9oVJ-MQId0l42cDegQMcH8AE4_XM0Vx3k1VOb-hHntI\
     MdltMON0Xojck60TbI_NyYtNi1nyCaKDAHhB7UMFQ6SmYMyZx3q6xrAhM4hcbQjEdxFyt0gfDSPhHrTuiH9z9pU8\
     4MCtlVHDFw";

async fn handle() -> String {
    Bench::for_tokens().respond(&upload_event()).await.handle()
}

/// Every request that uses a handle.
fn uses(event: &Event, handle: &str) -> [Event; 3] {
    let event = event.clone().body("{}");
    [
        event
            .clone()
            .request("POST", &format!("/uploads/{handle}/complete")),
        event.clone().request("GET", &format!("/uploads/{handle}")),
        event.request("DELETE", &format!("/uploads/{handle}")),
    ]
}

/// The one answer to a handle that does not open.
async fn assert_unknown(bench: &Bench, event: &Event, handle: &str, what: &str) {
    for event in uses(event, handle) {
        let unknown = bench
            .respond(&event.clone().request("GET", "/uploads/unknown"))
            .await;
        assert_eq!(unknown.status, 404);
        let reply = bench.respond(&event).await;
        assert_eq!(reply, unknown, "{what}");
    }
    assert_eq!(bench.granted_calls(), Vec::<&str>::new(), "{what}");
}

#[tokio::test]
async fn a_handle_opens_for_its_caller() {
    let bench = Bench::for_tokens();
    let handle = bench.respond(&upload_event()).await.handle();
    let mut statuses = Vec::new();
    for event in uses(&upload_event(), &handle) {
        statuses.push(bench.respond(&event).await.status);
    }
    assert_eq!(statuses, [204, 200, 204]);
    assert_eq!(bench.granted_calls(), ["start", "complete", "status", "delete"]);
}

#[tokio::test]
async fn the_format_of_a_handle_stays() {
    assert_eq!(handle().await, GOLDEN_HANDLE, "as it is sealed");
    let event = upload_event().request("GET", &format!("/uploads/{GOLDEN_HANDLE}"));
    let reply = Bench::for_tokens().respond(&event).await;
    assert_eq!(reply.status, 200, "as it is opened");
}

#[tokio::test]
async fn a_handle_with_one_bit_changed_is_unknown() {
    let (bench, handle) = (Bench::for_tokens(), handle().await);
    let bytes = URL_SAFE_NO_PAD.decode(&handle).expect("base64url");
    let unknown = bench
        .respond(&upload_event().request("GET", "/uploads/unknown"))
        .await;
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let event = upload_event().request("GET", &format!("/uploads/{}", URL_SAFE_NO_PAD.encode(changed)));
        assert_eq!(bench.respond(&event).await, unknown, "bit {bit}");
    }
    assert_eq!(bench.granted_calls(), Vec::<&str>::new());
}

#[tokio::test]
async fn a_shortened_or_lengthened_handle_is_unknown() {
    let (bench, handle) = (Bench::for_tokens(), handle().await);
    let unknown = bench
        .respond(&upload_event().request("GET", "/uploads/unknown"))
        .await;
    for length in 1..handle.len() {
        let event = upload_event().request("GET", &format!("/uploads/{}", &handle[..length]));
        assert_eq!(bench.respond(&event).await, unknown, "{length} characters");
    }
    for text in [
        format!("{handle}A"),
        format!("A{handle}"),
        handle.repeat(2),
        "A".repeat(100_000),
    ] {
        assert_unknown(&bench, &upload_event(), &text, "longer").await;
    }
}

#[tokio::test]
async fn a_handle_written_otherwise_is_unknown() {
    let (bench, handle) = (Bench::for_tokens(), handle().await);
    let bytes = URL_SAFE_NO_PAD.decode(&handle).expect("base64url");
    for text in [
        format!("{handle}="),
        format!("{handle}=="),
        format!("{handle}%20"),
        format!("%41{}", &handle[1..]),
        handle.to_lowercase(),
        hex::encode(&bytes),
        URL_SAFE.encode([&bytes[..], &[0]].concat()),
    ] {
        assert_unknown(&bench, &upload_event(), &text, &text).await;
    }
}

/// A last group of two or three characters has unused bits. They must be zero, so that no two texts are one handle.
#[tokio::test]
async fn a_handle_with_another_last_character_is_unknown() {
    let (bench, mut lengths) = (Bench::for_tokens(), BTreeSet::new());
    for case_id in ["c", "c-", "c-1"] {
        let event = upload_event().claim("case_ids", vec![case_id]);
        let handle = Bench::for_tokens()
            .respond(&event.clone().starting_on(case_id))
            .await
            .handle();
        lengths.insert(handle.len() % 4);
        let alphabet = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['-', '_']);
        for last in alphabet.filter(|last| !handle.ends_with(*last)) {
            let text = format!("{}{last}", &handle[..handle.len() - 1]);
            assert_unknown(&bench, &event, &text, &text).await;
        }
    }
    assert_eq!(lengths.len(), 3, "not every length of a last group was tried");
}

#[tokio::test]
async fn another_callers_handle_is_unknown() {
    let handle = handle().await;
    for (what, event) in [
        ("another subject", upload_event().claim("sub", "mallory")),
        (
            "another subject of the same name",
            upload_event().claim("sub", "8F2C1D4E-ALICE"),
        ),
        ("another user of Connect", upload_event().claim("username", "bob")),
    ] {
        assert_unknown(&Bench::for_tokens(), &event, &handle, what).await;
    }
}

/// The rules for tokens, with a second issuer that is trusted just as the first.
fn rules_of_two_issuers() -> Rules {
    let second = format!(
        r#"
[[issuer]]
url = "{SECOND_ISSUER}"
profile = "oidc-access"
audiences = ["upload-broker"]
algorithms = ["EdDSA"]
jwks_file = "jwks.json"

[[identity]]
when = {{ issuer = "{SECOND_ISSUER}" }}
user = {{ username_claim = "username" }}

[[grant]]
when = {{ issuer = "{SECOND_ISSUER}" }}
resources = {{ case_ids_claim = "case_ids" }}

[[identity]]"#
    );
    Rules::accepting("token").with("[[identity]]", &second)
}

#[tokio::test]
async fn the_same_subject_of_another_issuer_is_another_caller() {
    let rules = rules_of_two_issuers();
    let (first, second) = (upload_event(), upload_event().claim("iss", SECOND_ISSUER));
    for (owner, other) in [(&first, &second), (&second, &first)] {
        let handle = Bench::new(&rules).respond(owner).await.handle();
        assert_unknown(&Bench::new(&rules), other, &handle, "another issuer").await;
        let [_, read, _] = uses(owner, &handle);
        assert_eq!(Bench::new(&rules).respond(&read).await.status, 200);
    }
}

#[tokio::test]
async fn a_handle_of_another_cases_domain_is_unknown() {
    let handle = handle().await;
    let other = CASES_DOMAIN.replace("d-1", "d-2");
    let rules = Rules::accepting("token").variable("CASES_DOMAIN_ARN", &other);
    assert_unknown(&Bench::new(&rules), &upload_event(), &handle, "domain").await;
}

#[tokio::test]
async fn a_handle_of_another_stage_or_key_is_unknown() {
    let handle = handle().await;
    let token = || Rules::accepting("token");
    for (what, rules) in [
        ("stage", token().variable("STAGE", "prod")),
        (
            "key",
            token().variable("HANDLE_KEYS", &"fedcba9876543210".repeat(4)),
        ),
    ] {
        assert_unknown(&Bench::new(&rules), &upload_event(), &handle, what).await;
    }
}

/// The caller is a backend that names the user, so that only the instance is compared and no user's ARN.
#[tokio::test]
async fn a_handle_of_another_instance_is_unknown() {
    let backend = Event::read(include_str!(
        "../../../../events/iam-backend-uploads-pdf-on-behalf-of-alice.json"
    ));
    let rules = Rules::accepting("iam");
    let handle = Bench::new(&rules).respond(&backend).await.handle();
    let other = rules.variable("CONNECT_INSTANCE_ARN", &INSTANCE.replace("i-1", "i-2"));
    assert_unknown(&Bench::new(&other), &backend, &handle, "instance").await;
}

#[tokio::test]
async fn a_rolled_key_opens_until_it_is_retired() {
    let old = handle().await;
    let rolled = Bench::new(&Rules::accepting("token").variable("HANDLE_KEYS", NEW_AND_OLD_KEY));
    let [_, read, _] = uses(&upload_event(), &old);
    assert_eq!(rolled.respond(&read).await.status, 200);
    let new = rolled.respond(&upload_event()).await.handle();
    assert_unknown(
        &Bench::for_tokens(),
        &upload_event(),
        &new,
        "sealed with the new key",
    )
    .await;
}

#[tokio::test]
async fn a_handle_is_of_use_for_a_day() {
    let lasting = upload_event().claim("exp", 1_800_000_000 + 86_000);
    let bench = Bench::for_tokens();
    let handle = bench.respond(&lasting).await.handle();
    bench
        .clock
        .advance(Duration::from_hours(24) - Duration::from_secs(1));
    let later = lasting
        .claim("iat", 1_800_000_000 + 86_399)
        .claim("exp", 1_800_000_000 + 90_000);
    let [_, read, _] = uses(&later, &handle);
    assert_eq!(bench.respond(&read).await.status, 200);
    bench.clock.advance(Duration::from_secs(1));
    let reply = bench.respond(&read).await;
    assert_eq!(
        (reply.status, bench.granted_calls()),
        (404, vec!["start", "status"])
    );
}

#[tokio::test]
async fn a_withdrawn_grant_ends_every_use_at_once() {
    let handle = handle().await;
    let withdrawn = Rules::accepting("token").with(
        "resources = { case_ids_claim = \"case_ids\" }",
        "resources = \"any-contact\"",
    );
    let narrowed = |actions: &str| {
        let grant = "resources = { case_ids_claim = \"case_ids\" }";
        Rules::accepting("token").with(grant, &format!("{grant}\nactions = [{actions}]"))
    };
    for (rules, statuses) in [
        (withdrawn, [403, 403, 403]),
        (narrowed("\"start\""), [403, 403, 403]),
        (narrowed("\"start\", \"complete\""), [204, 403, 403]),
        (narrowed("\"start\", \"read\""), [403, 200, 403]),
        (narrowed("\"start\", \"delete\""), [403, 403, 204]),
    ] {
        let bench = Bench::new(&rules);
        let mut found = Vec::new();
        for event in uses(&upload_event(), &handle) {
            found.push(bench.respond(&event).await.status);
        }
        assert_eq!(found, statuses);
        let allowed = statuses.iter().filter(|status| **status < 300).count();
        assert_eq!(bench.granted_calls().len(), allowed);
    }
}
