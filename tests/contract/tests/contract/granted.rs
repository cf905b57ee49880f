//! Properties over generated events: no call reaches Connect without a verified caller, a mapped user and a grant that
//! names the resource.

use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::Value;
use test_support::{Bench, CASES_DOMAIN, Event, INSTANCE, rest_upload_event, upload_event};

/// The caller and the request of a generated event, sound or not.
#[derive(Clone, Debug)]
struct Attempt {
    by_rest_api: bool,
    signing_seed: u8,
    has_token: bool,
    subject: &'static str,
    username: &'static str,
    groups: Value,
    case_ids: Value,
    expires_in: i64,
    resource: String,
    user_of_body: Option<&'static str>,
    route: usize,
    handle_of: usize,
}

fn attempts() -> impl Strategy<Value = Attempt> {
    let resources = vec![
        format!("{CASES_DOMAIN}/case/c-1"),
        format!("{CASES_DOMAIN}/case/c-2"),
        format!("{CASES_DOMAIN}/case/c-10"),
        format!("{CASES_DOMAIN}x/case/c-1"),
        format!("{INSTANCE}/contact/k-1"),
        format!("{INSTANCE}/contact/another-agents"),
        format!("{INSTANCE}x/contact/k-1"),
    ];
    let groups = vec![
        Value::from(vec!["agents"]),
        Value::from(vec!["x", "agents"]),
        "agents".into(),
        "agents staff".into(),
        Value::from(vec!["agent"]),
        Value::Null,
    ];
    let case_ids = vec![
        Value::from(vec!["c-1"]),
        Value::from(vec!["c-2", "c-1"]),
        Value::from(Vec::<String>::new()),
        "c-1".into(),
        "c-1 c-2".into(),
        serde_json::json!(["c-1", null]),
        Value::Null,
    ];
    let caller = (
        prop_oneof![4 => Just(1_u8), 1 => Just(2)],
        prop_oneof![5 => Just(true), 1 => Just(false)],
        prop::sample::select(vec!["8f2c1d4e-alice", "mallory"]),
        prop::sample::select(vec!["alice", "bob", "stranger"]),
        prop::sample::select(groups),
        prop::sample::select(case_ids),
        prop_oneof![4 => Just(600_i64), 1 => -4_000_i64..0],
    );
    let asked = (
        any::<bool>(),
        prop::sample::select(resources),
        prop::sample::select(vec![None, None, Some("alice"), Some("bob")]),
        0..4_usize,
        0..3_usize,
    );
    (caller, asked).prop_map(|(caller, asked)| {
        let (signing_seed, has_token, subject, username, groups, case_ids, expires_in) = caller;
        let (by_rest_api, resource, user_of_body, route, handle_of) = asked;
        Attempt {
            by_rest_api,
            signing_seed,
            has_token,
            subject,
            username,
            groups,
            case_ids,
            expires_in,
            resource,
            user_of_body,
            route,
            handle_of,
        }
    })
}

impl Attempt {
    fn event(&self, handle: &str) -> Event {
        let event = if self.by_rest_api {
            rest_upload_event()
        } else {
            upload_event()
        };
        let (method, path) = [
            ("POST", "/uploads".to_owned()),
            ("POST", format!("/uploads/{handle}/complete")),
            ("GET", format!("/uploads/{handle}")),
            ("DELETE", format!("/uploads/{handle}")),
        ][self.route]
            .clone();
        let mut event = event
            .claim("sub", self.subject)
            .claim("username", self.username)
            .claim("groups", self.groups.clone())
            .claim("case_ids", self.case_ids.clone())
            .claim("exp", 1_800_000_000 + self.expires_in)
            .claim("iat", 1_800_000_000 - 5_000)
            .signed_by(self.signing_seed)
            .member("associatedResourceArn", self.resource.as_str())
            .request(method, &path);
        if let Some(name) = self.user_of_body {
            event = event.member("onBehalfOf", name);
        }
        if self.route > 0 {
            event = event.body("");
        }
        if self.has_token {
            event
        } else {
            event.without_header("authorization")
        }
    }

    /// Whether the token verifies and its caller is a Connect user. Written without the broker's code, to compare with it.
    fn is_known(&self) -> bool {
        let is_agent = elements(&self.groups).contains(&"agents".into());
        let is_verified = self.has_token && self.signing_seed == 1 && self.expires_in > -60;
        is_verified && is_agent && self.username != "stranger"
    }

    /// Whether the rules for tokens grant the resource.
    fn is_granted(&self, resource: &str) -> bool {
        let is_named = |id: &Value| {
            id.as_str()
                .is_some_and(|id| resource == format!("{CASES_DOMAIN}/case/{id}"))
        };
        let ids = elements(&self.case_ids);
        // One text that is not an id makes the whole claim unusable.
        let is_list = ids
            .iter()
            .all(|id| id.as_str().is_some_and(|id| !id.contains(' ')));
        let lists_case = is_list && ids.iter().any(is_named);
        let is_own_contact = self.username == "alice" && resource == format!("{INSTANCE}/contact/k-1");
        lists_case || is_own_contact
    }
}

/// The elements of an array. A text counts as an array of one.
fn elements(claim: &Value) -> Vec<Value> {
    match claim {
        Value::Array(elements) => elements.clone(),
        Value::String(_) => vec![claim.clone()],
        _ => vec![],
    }
}

/// Handles of alice's uploads to a case and to a contact, and one that belongs to no caller.
static HANDLES: LazyLock<[String; 3]> = LazyLock::new(|| {
    block_on(async {
        let bench = Bench::for_tokens();
        let contact = upload_event().member("associatedResourceArn", format!("{INSTANCE}/contact/k-1"));
        let (case, contact) = (
            bench.respond(&upload_event()).await,
            bench.respond(&contact).await,
        );
        [case.handle(), contact.handle(), "AQECAwQFBgcICQ".to_owned()]
    })
});

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime").block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_call_reaches_connect_without_caller_user_and_grant(attempt in attempts()) {
        let (bench, event) = (Bench::for_tokens(), attempt.event(&HANDLES[attempt.handle_of]));
        let reply = block_on(bench.respond(&event));
        let calls = bench.calls();
        let granted: Vec<_> = calls.iter().filter(|call| call.needs_grant()).collect();
        for call in &granted {
            prop_assert!(attempt.is_known(), "{call:?}");
            prop_assert!(attempt.is_granted(&call.about), "{call:?}");
            prop_assert_eq!(&call.given["user"], &Value::from(format!("{INSTANCE}/agent/u-{}", attempt.username)));
            prop_assert!(attempt.user_of_body.is_none() || attempt.route > 0);
        }
        prop_assert!(granted.len() <= 1);
        prop_assert_eq!(granted.len() == 1, reply.status < 300, "{:?}", reply);
    }

    #[test]
    fn an_event_with_a_changed_member_reaches_connect_only_with_its_token(
        pointer in prop::sample::select(vec![
            "/rawPath", "/body", "/headers/authorization", "/headers/content-type", "/requestContext/stage",
            "/requestContext/http/method", "/isBase64Encoded",
        ]),
        value in prop_oneof![
            "\\PC{0,40}".prop_map(Value::from),
            prop::sample::select(vec![
                Value::Null, true.into(), "OPTIONS".into(), "/uploads".into(), "Bearer x.y.z".into(),
            ]),
        ],
    ) {
        let event = upload_event().set(pointer, value);
        let bench = Bench::for_tokens();
        let is_answered = block_on(bench.try_respond(&event.text())).is_some();
        let has_token = event.value()["headers"]["authorization"] == "Bearer {token}";
        prop_assert!(bench.granted_calls().is_empty() || (is_answered && has_token));
    }
}
