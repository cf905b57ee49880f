//! File names in many scripts, on their way to Connect and the store.

use end_to_end_tests::{Caller, World, ask};
use local_stack::seeds::{CASE_IDS, PEOPLE};
use percent_encoding::percent_decode_str;

const ADA: &str = PEOPLE[0].username;

/// Starts a world in which Connect writes names into headers as this reading says.
async fn world_with(reading: &str) -> World {
    let readings = serde_json::json!({"fileNameHeader": reading});
    World::start(|options| options.readings = serde_json::from_value(readings).expect("a reading")).await
}

/// Uploads a file of that name, and fails unless Connect and the store have its name and its bytes.
async fn assert_travels(world: &World, ada: &Caller, name: &str) {
    let case = world.arns().case(CASE_IDS[0]);
    let ticket = ada.upload(name, name.as_bytes(), &case).await;
    assert_eq!(ada.final_status(&ticket).await, "APPROVED", "{name}");
    let file = world.file(name).await;
    let id = file["FileId"].as_str().expect("an id");
    assert_eq!(
        file["FileName"].as_str().map(str::as_bytes),
        Some(name.as_bytes())
    );
    assert_eq!(world.store().remove(id).as_deref(), Some(name.as_bytes()));
    let disposition = world.disposition(id).expect("a Content-Disposition");
    let stored = disposition
        .strip_prefix("attachment; filename=\"")
        .and_then(|rest| rest.strip_suffix('"'))
        .or_else(|| disposition.strip_prefix("attachment; filename*=UTF-8''"));
    let stored = stored.map(|name| percent_decode_str(name).collect::<Vec<u8>>());
    assert_eq!(stored.as_deref(), Some(name.as_bytes()), "{disposition}");
}

#[tokio::test]
async fn a_name_in_any_script_reaches_connect_and_the_store_byte_for_byte() {
    for reading in ["percent-encoded", "rfc5987"] {
        let world = world_with(reading).await;
        let ada = world.caller(ADA).await;
        for name in [
            "議事録：第１回.pdf",
            "請求書／領収書.pdf",
            "本当ですか？.pdf",
            "葛\u{e0100}飾区.pdf",
            "❤\u{fe0f} 2\u{fe0f}\u{20e3} 🎉.pdf",
            "گزارش سالانه.pdf",
            "ᠨ\u{180b}.pdf",
        ] {
            assert_travels(&world, &ada, name).await;
        }
        world.end().await;
    }
}

#[tokio::test]
async fn a_name_that_is_refused_comes_back_with_one_that_travels() {
    let world = World::start(|_| ()).await;
    let ada = world.caller(ADA).await;
    for (refused, character, suggestion) in [
        (
            "👨\u{200d}👩\u{200d}👧.png",
            "U+200D ZERO WIDTH JOINER",
            "👨👩👧.png",
        ),
        (
            "گزارش می\u{200c}خواهم.pdf",
            "U+200C ZERO WIDTH NON-JOINER",
            "گزارش می خواهم.pdf",
        ),
        ("What is due?.pdf", "U+003F QUESTION MARK", "What is due_.pdf"),
    ] {
        let answer = ada.start(&ask(refused, 5, &world.arns().case(CASE_IDS[0]))).await;
        assert_eq!(answer.outcome(), (422, "invalid-request".to_owned()), "{refused}");
        let problem = answer.json();
        let fault = &problem["errors"][0];
        let detail = fault["detail"].as_str().expect("a detail");
        assert!(detail.contains(character), "{fault}");
        assert_eq!(fault["suggestion"], suggestion);
        assert_travels(&world, &ada, suggestion).await;
    }
    world.end().await;
}

#[tokio::test]
async fn where_connect_cannot_sign_a_name_one_in_ascii_is_suggested() {
    let world = world_with("as-is").await;
    let ada = world.caller(ADA).await;
    let case = world.arns().case(CASE_IDS[0]);
    let answer = ada.start(&ask("Prüfbericht.pdf", 5, &case)).await;
    assert_eq!(answer.outcome(), (422, "invalid-request".to_owned()));
    let suggestion = answer.json()["errors"][0]["suggestion"].clone();
    assert_eq!(suggestion, "Prufbericht.pdf");
    assert_travels(&world, &ada, "Prufbericht.pdf").await;
    world.end().await;
}
