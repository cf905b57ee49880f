//! Tests of `--deep`: one real upload, which leaves nothing behind.

use end_to_end_tests::World;
use local_stack::seeds::{CASE_IDS, SERVICE_USER};
use serde_json::{Value, json};

use crate::patient::Patient;
use crate::table::Arm;
use crate::verdicts;

/// Arguments for an upload to a case.
fn deep(world: &World) -> Vec<String> {
    for_upload(world.arns().user(SERVICE_USER.1), world.arns().case(CASE_IDS[0]))
}

fn for_upload(user: String, case: String) -> Vec<String> {
    vec![
        "--deep".into(),
        "--user-arn".into(),
        user,
        "--resource".into(),
        case,
    ]
}

#[tokio::test]
async fn an_upload_goes_all_the_way_and_is_deleted() {
    let world = World::start(|_| {}).await;
    let patient = Patient::sound(&world).await;
    world.forget_calls().await;
    let report = patient.examine(&world, &deep(&world)).await;
    assert_eq!(report.status, 0, "{report:?}");
    assert_eq!(report.verdicts, verdicts(&[("upload", "ok")]), "{report:?}");
    let calls = world.calls().await;
    for operation in [
        "StartAttachedFileUpload",
        "CompleteAttachedFileUpload",
        "DeleteAttachedFile",
    ] {
        let count = calls.iter().filter(|call| **call == operation).count();
        assert_eq!(count, 1, "{operation} in {calls:?}");
    }
    assert_eq!(world.files().await, Vec::<Value>::new());
    world.end().await;
}

#[tokio::test]
async fn without_it_nothing_is_started() {
    let world = World::start(|_| {}).await;
    let patient = Patient::sound(&world).await;
    world.forget_calls().await;
    patient.examine(&world, &[]).await;
    let calls = world.calls().await;
    assert!(
        !calls.contains(&"StartAttachedFileUpload".to_owned()),
        "{calls:?}"
    );
    world.end().await;
}

#[tokio::test]
async fn the_step_that_fails_is_named_and_nothing_is_left() {
    let world = World::start(|_| {}).await;
    let faults: [(&str, Arm, &str, &str); _] = [
        (
            "Start is denied",
            |patient| patient.fails("StartAttachedFileUpload", 403, "AccessDeniedException"),
            "wrong",
            "cases:CreateRelatedItem",
        ),
        (
            "Start is throttled",
            |patient| patient.fails("StartAttachedFileUpload", 429, "ThrottlingException"),
            "unknown",
            "StartAttachedFileUpload: throttled",
        ),
        (
            "the store refuses the PUT",
            |patient| {
                let changed = json!({"content-type": "text/plain", "x-amz-meta-other": "x"});
                let fault =
                    json!({"operation": "StartAttachedFileUpload", "kind": "headers", "value": changed});
                patient.faults.push(fault);
            },
            "wrong",
            "PUT: 403",
        ),
        (
            "Complete is denied",
            |patient| patient.fails("CompleteAttachedFileUpload", 403, "AccessDeniedException"),
            "wrong",
            "allow connect:CompleteAttachedFileUpload to",
        ),
        (
            "the status is denied",
            |patient| patient.fails("BatchGetAttachedFileMetadata", 403, "AccessDeniedException"),
            "wrong",
            "allow connect:BatchGetAttachedFileMetadata to",
        ),
    ];
    for (what, arm, verdict, words) in faults {
        let mut patient = Patient::sound(&world).await;
        arm(&mut patient);
        let report = patient.examine(&world, &deep(&world)).await;
        assert_eq!(
            report.verdicts,
            verdicts(&[("upload", verdict)]),
            "{what}: {report:?}"
        );
        assert!(report.found("upload").contains(words), "{what}: {report:?}");
        assert_eq!(world.files().await, Vec::<Value>::new(), "{what}");
    }
    world.end().await;
}

#[tokio::test]
async fn what_cannot_be_deleted_is_told() {
    let world = World::start(|_| {}).await;
    let mut patient = Patient::sound(&world).await;
    patient.fails("DeleteAttachedFile", 403, "AccessDeniedException");
    let report = patient.examine(&world, &deep(&world)).await;
    let file = world.files().await.remove(0);
    let file_id = file["FileId"].as_str().expect("an id");
    let found = report.found("upload");
    for words in [
        &format!("file {file_id} is left on arn:"),
        "cases:DeleteRelatedItem",
    ] {
        assert!(found.contains(words), "{found}");
    }
    world.end().await;
}

#[tokio::test]
async fn an_upload_stays_inside_of_the_deployment() {
    let world = World::start(|_| {}).await;
    let patient = Patient::sound(&world).await;
    world.forget_calls().await;
    let (user, case) = (world.arns().user(SERVICE_USER.1), world.arns().case(CASE_IDS[0]));
    let foreign_case = case.replace("domain/", "domain/other");
    let foreign_user = user.replace("instance/", "instance/other");
    for arguments in [for_upload(user, foreign_case), for_upload(foreign_user, case)] {
        let report = patient.examine(&world, &arguments).await;
        assert!(
            report.found("upload").contains("belongs to another instance"),
            "{report:?}"
        );
    }
    assert!(
        !world
            .calls()
            .await
            .contains(&"StartAttachedFileUpload".to_owned())
    );
    world.end().await;
}

#[tokio::test]
async fn a_url_that_leads_elsewhere_is_neither_used_nor_told() {
    let world = World::start(|_| {}).await;
    let mut patient = Patient::sound(&world).await;
    let foreign = "https://files.example.com/a?X-Amz-Signature=s";
    patient
        .faults
        .push(json!({"operation": "StartAttachedFileUpload", "kind": "url", "value": foreign}));
    let report = patient.examine(&world, &deep(&world)).await;
    let found = report.found("upload");
    for words in [
        "cannot be deleted without its id",
        "add the host that Connect signs for to upload_hosts",
    ] {
        assert!(found.contains(words), "{found}");
    }
    assert!(!found.contains("files.example.com"), "{found}");
    world.end().await;
}
