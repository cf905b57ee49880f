//! A rule that is withdrawn between the start of an upload and its end.

use local_stack::seeds::{CASE_IDS, PEOPLE};

use crate::{ends_of, send, start, world};

/// The finisher completes nothing under a rule that has changed: it reports the upload as abandoned and leaves it as it
/// is, but it acts on uploads of a rule that is there still.
#[tokio::test(flavor = "multi_thread")]
async fn a_rule_counts_only_while_it_is_there_word_for_word() {
    let world = world(None).await;
    let ada = world.caller(PEOPLE[0].username).await;
    let (case, contacts) = (
        world.arns().case(CASE_IDS[0]),
        local_stack::stack::ready_document(world.stack()),
    );
    let contact = contacts["seeds"]["contacts"][1]["arn"]
        .as_str()
        .expect("a task")
        .to_owned();
    send(&ada, "case.pdf", b"hello", &case).await;
    send(&ada, "contact.pdf", b"hello", &contact).await;
    let last = start(&ada, "last.pdf", 5, &contact).await;

    let rules = world.settings("broker.toml");
    let of_cases = "resources = \"any-case\"\ntag_keys  = [\"department\"]";
    assert!(rules.contains(of_cases), "{rules}");
    let changed = rules.replace(of_cases, "resources = \"any-case\"\ntag_keys  = []");
    world.rewrite_settings("broker.toml", &changed);
    assert!(world.kill_finisher(), "the next process reads the rules anew");

    let finisher = world.stack().finisher().expect("a finisher");
    let file_id = |name: &'static str| async {
        world.file(name).await["FileId"]
            .as_str()
            .expect("an id")
            .to_owned()
    };
    let (of_case, of_contact) = (file_id("case.pdf").await, file_id("contact.pdf").await);
    let is_completed = || async { world.file("contact.pdf").await["FileStatus"] == "APPROVED" };
    while !is_completed().await {
        // The first run may find the process that was killed.
        let _killed = finisher.run().await;
    }
    let events = world.stack().events().events();
    assert_eq!(ends_of(&events, &of_case), ["ABANDONED"]);
    assert_eq!(
        ends_of(&events, &of_contact),
        [""; 0],
        "its status is asked for later"
    );
    assert_eq!(world.file("case.pdf").await["FileStatus"], "DRAFTING");
    assert_eq!(ada.delete(&last).await.status, 204);
    world.end().await;
}
