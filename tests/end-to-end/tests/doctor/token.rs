//! Tests of `--token-file`: one token, verified and mapped as the broker would.

use end_to_end_tests::World;
use serde_json::Value;

use crate::patient::Patient;
use crate::table::Arm;
use crate::verdicts;

/// A token of this person with this lifetime in seconds.
struct Holder(&'static str, i64);

/// The token's holder, its fault, the resource's index in the seeds, the verdicts that differ, and text of `token`.
type Row = (
    Holder,
    Arm,
    usize,
    &'static [(&'static str, &'static str)],
    &'static str,
);

const ROWS: &[Row] = &[
    (Holder("ada.agent", 300), |_| (), 7, &[("token", "ok")], ""),
    (Holder("carl.customer", 300), |_| (), 0, &[("token", "ok")], ""),
    (
        Holder("carl.customer", 300),
        |_| (),
        8,
        &[("token", "wrong")],
        "no grant reaches the resource",
    ),
    (
        Holder("carl.customer", 300),
        |patient| patient.fails("DescribeContact", 500, "InternalServiceException"),
        8,
        &[("token", "unknown"), ("contacts", "unknown")],
        "is not known: unavailable",
    ),
    (
        Holder("ada.agent", -300),
        |_| (),
        0,
        &[("token", "wrong")],
        "token has expired",
    ),
    (
        Holder("ursula.unknown", 300),
        |_| (),
        0,
        &[("token", "wrong")],
        "the directory has no user",
    ),
    (
        Holder("ada.agent", 300),
        |patient| patient.replace("upload-broker-local", "another-api"),
        0,
        &[("token", "wrong")],
        "token is for another audience",
    ),
    (
        Holder("ada.agent", 300),
        |patient| patient.fails("SearchUsers", 403, "AccessDeniedException"),
        0,
        &[("token", "wrong"), ("users", "wrong")],
        "SearchUsers: access was denied",
    ),
    (
        Holder("ada.agent", 300),
        |patient| patient.fails("SearchUsers", 500, "InternalServiceException"),
        0,
        &[("token", "unknown"), ("users", "unknown")],
        "SearchUsers: unavailable",
    ),
    (
        Holder("ada.agent", 300),
        |patient| {
            let elsewhere = format!("jwks_url = \"{}/keys\"\naudiences", patient.issuer.url("down"));
            patient.replace("audiences", &elsewhere);
        },
        0,
        &[("token", "not-checked"), ("issuers", "wrong")],
        "",
    ),
];

#[tokio::test]
async fn a_token_is_judged_as_the_broker_would() {
    let world = World::start(|_| {}).await;
    let resources = resources(&world).await;
    for (Holder(name, lifetime), arm, resource, changes, words) in ROWS {
        let mut patient = Patient::sound(&world).await;
        patient.token = world.token(name, Some(*lifetime)).await;
        arm(&mut patient);
        let arguments = ["--token-file", "token", "--resource", &resources[*resource]].map(str::to_owned);
        let report = patient.examine(&world, &arguments).await;
        assert_eq!(report.verdicts, verdicts(changes), "{name}: {report:#?}");
        assert!(
            report.found("token").contains(words),
            "{name}: {words} in {report:?}"
        );
    }
    world.end().await;
}

/// ARNs of the eight cases, then of the contacts.
async fn resources(world: &World) -> Vec<String> {
    let url = format!("{}/seeds.json", world.origins().page);
    let seeds = world.http.send("GET", &url, &[], "").await.json();
    let of_kind = |kind: &str| seeds[kind].as_array().expect("a list").clone();
    let arn = |seed: Value| seed["arn"].as_str().expect("an ARN").to_owned();
    [of_kind("cases"), of_kind("contacts")]
        .concat()
        .into_iter()
        .map(arn)
        .collect()
}
