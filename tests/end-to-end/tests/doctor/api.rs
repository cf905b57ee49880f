//! Tests of `--api`: the deployed API as its callers meet it.

use end_to_end_tests::World;
use local_stack::gateway::Kind;

use crate::issuer::ClosedPort;
use crate::patient::Patient;
use crate::table::Arm;
use crate::verdicts;

const SOUND: &[(&str, &str)] = &[("api", "ok"), ("api-cors", "ok")];

fn at(url: &str) -> [String; 2] {
    ["--api".to_owned(), url.to_owned()]
}

#[tokio::test]
async fn an_api_that_pages_can_call_is_sound() {
    for (kind, stage, gateway_cors) in [
        (Kind::Http, "$default", false),
        (Kind::Http, "$default", true),
        (Kind::Rest, "prod", false),
    ] {
        let world = World::start(|options| {
            (options.kind, options.stage, options.gateway_cors) = (kind, stage.to_owned(), gateway_cors);
        })
        .await;
        let patient = Patient::sound(&world).await;
        let report = patient.examine(&world, &at(&world.origins().api)).await;
        assert_eq!(report.verdicts, verdicts(SOUND), "{stage}: {report:?}");
        world.end().await;
    }
}

/// A fault, the path at which the doctor meets it, the verdicts that it changes, and text of the first verdict.
type Fault = (
    &'static str,
    Arm,
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static [&'static str],
);

const FAULTS: &[Fault] = &[
    (
        "another path",
        |_| (),
        "/x",
        &[("api", "wrong"), ("api-cors", "wrong")],
        &[
            "404: the broker knows no such route (not-found)",
            "callers see \\\"/x\\\"",
        ],
    ),
    (
        "another BASE_PATH",
        |patient| patient.set("BASE_PATH", "/prod"),
        "",
        &[("api", "wrong"), ("api-cors", "ok")],
        &["BASE_PATH is \\\"/prod\\\", and callers see \\\"\\\": Location leads them elsewhere"],
    ),
    (
        "an origin that was not deployed",
        |patient| {
            let own = patient.cors[0].allowed_origins[0].clone();
            let both = [own.clone(), "https://other.example.com".to_owned()];
            patient.replace(&format!("[\"{own}\"]"), &format!("{both:?}"));
            patient.cors[0].allowed_origins = both.into();
        },
        "",
        &[("api-cors", "wrong"), ("api", "ok")],
        &[
            "from https://other.example.com: ",
            "the origin is not allowed",
            "AllowedOrigins",
        ],
    ),
    (
        "a header that was not deployed",
        |patient| patient.rules = format!("allowed_headers = [\"baggage\"]\n{}", patient.rules),
        "",
        &[("api-cors", "wrong"), ("api", "ok")],
        &["not allowed are the headers baggage", "parameter AllowedHeaders"],
    ),
];

#[tokio::test]
async fn faults_of_the_api_are_named() {
    let world = World::start(|_| {}).await;
    for (what, arm, path, changes, words) in FAULTS {
        let mut patient = Patient::sound(&world).await;
        arm(&mut patient);
        let report = patient
            .examine(&world, &at(&format!("{}{path}", world.origins().api)))
            .await;
        assert_eq!(report.verdicts, verdicts(changes), "{what}: {report:#?}");
        for words in *words {
            let found = report.found(changes[0].0);
            assert!(found.contains(words), "{what}: {words} in {found}");
        }
    }
    world.end().await;
}

#[tokio::test]
async fn what_is_not_the_api_is_told_apart() {
    let world = World::start(|options| (options.kind, options.stage) = (Kind::Rest, "prod".to_owned())).await;
    let patient = Patient::sound(&world).await;
    let (api, closed) = (world.origins().api.clone(), ClosedPort::new());
    for (url, verdict, words) in [
        (
            api.replace("/prod", ""),
            "wrong",
            "403: API Gateway knows no such route",
        ),
        (
            world.origins().page.clone(),
            "wrong",
            "neither the broker nor API Gateway answers",
        ),
        (closed.origin(), "unknown", "no answer"),
    ] {
        let report = patient.examine(&world, &at(&url)).await;
        let api = report
            .verdicts
            .iter()
            .find(|(check, _)| check == "api")
            .expect("the check");
        let base_path_differs = if verdict == "unknown" { "unknown" } else { "wrong" };
        assert_eq!(api.1, base_path_differs, "{url}: {report:?}");
        assert!(report.found("api").contains(words), "{url}: {report:?}");
    }
    world.end().await;
}
