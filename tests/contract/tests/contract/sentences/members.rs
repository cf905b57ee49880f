//! The predicates in a problem's `errors`: each follows the name of a member.

use broker_core::file::FileNameError;
use serde_json::json;
use test_support::{Bench, upload_event};

fn file_name_errors() -> Vec<FileNameError> {
    use FileNameError as N;
    every![
        N::Length => N::Length,
        N::Unseen(_) => N::Unseen('\u{200b}'.into()),
        N::ControlCharacter(_) => N::ControlCharacter('\u{7}'.into()),
        N::RefusedCharacter(_) => N::RefusedCharacter('/'.into()),
        N::TooManyMarks(_) => N::TooManyMarks('\u{301}'.into()),
        N::OuterSpaceOrDot(_) => N::OuterSpaceOrDot(' '.into()),
        N::NoExtension => N::NoExtension,
        N::ExtensionCharacter(_) => N::ExtensionCharacter('\u{ff0e}'.into()),
        N::Device(_) => N::Device("NUL"),
        N::LookAlike(_) => N::LookAlike('\u{ff0f}'.into()),
        N::NotAscii(_) => N::NotAscii('\u{e9}'.into()),
    ]
}

#[tokio::test]
async fn every_fault_of_a_member_reads_as_a_predicate() {
    let mut lines = std::collections::BTreeSet::new();
    for (member, value) in [
        ("fileName", json!(null)),
        ("fileName", json!(7)),
        ("fileSizeInBytes", json!(0)),
        ("fileSizeInBytes", json!("5")),
        ("associatedResourceArn", json!(7)),
        ("associatedResourceArn", json!("x")),
        ("fileUseCaseType", json!("x")),
        ("urlExpiryInSeconds", json!(4)),
        ("tags", json!([])),
        ("tags", json!({"k": 1})),
        ("tags", json!({"a,b": "v"})),
        ("tags", json!({"aws:k": "v"})),
        ("tags", json!({"k": "v".repeat(257)})),
        ("tags", json!({"k": "\u{200b}"})),
        ("onBehalfOf", json!("")),
        ("createdBy", json!("x")),
    ] {
        let reply = Bench::for_tokens()
            .respond(&upload_event().member(member, value))
            .await;
        for fault in reply.json()["errors"].as_array().expect("faults") {
            let text = |name: &str| fault[name].as_str().expect("a text").to_owned();
            lines.insert(format!("{} {}", text("pointer"), text("detail")));
        }
    }
    lines.extend(
        file_name_errors()
            .iter()
            .map(|error| format!("/fileName {error}")),
    );
    let page: Vec<_> = lines.into_iter().collect();
    insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, { insta::assert_snapshot!("members", page.join("\n")) });
}
