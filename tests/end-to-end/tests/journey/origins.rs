//! Pages of other origins, whose browser asks API, store and issuer for permission first.

use end_to_end_tests::{Answer, World, ask};
use local_stack::seeds::{CASE_IDS, PEOPLE};

/// A page on a development server, and one that no part admits.
const DEV: &str = "http://localhost:5173";
const ELSEWHERE: &str = "http://localhost:5174";

async fn preflight(world: &World, url: &str, method: &str, origin: &str) -> Answer {
    let headers = [
        ("origin", origin),
        ("access-control-request-method", method),
        ("access-control-request-headers", "content-type"),
    ];
    world.http.send("OPTIONS", url, &headers, "").await
}

fn admitted(answer: &Answer) -> Option<&str> {
    answer.header("access-control-allow-origin")
}

async fn a_page_uploads_where_its_origin_is_admitted(gateway_cors: bool) {
    let world = World::start(|options| {
        options.gateway_cors = gateway_cors;
        options.dev_origins = DEV.parse().expect("an origin");
    })
    .await;
    let (api, issuer) = (&world.origins().api, &world.origins().oidc);
    let ada = world.caller(PEOPLE[0].username).await;
    let case = world.arns().case(CASE_IDS[0]);
    let page = world.origins().page.clone();
    let calls = [
        ("POST", format!("{api}/uploads")),
        ("POST", format!("{issuer}/token")),
    ];
    for (origin, expected) in [(DEV, Some(DEV)), (&page, Some(&page)), (ELSEWHERE, None)] {
        for (method, url) in &calls {
            let answer = preflight(&world, url, method, origin).await;
            assert_eq!(admitted(&answer), expected, "{origin} {url}: {answer:?}");
        }
        let created = ada
            .start_with(&ask("a.pdf", 5, &case), &[("origin", origin)])
            .await;
        assert_eq!(admitted(&created), expected, "{origin}: {created:?}");
        let ticket = ada.ticket(&created);
        let asked = preflight(&world, &ticket.url, "PUT", origin).await;
        assert_eq!(admitted(&asked), expected, "{origin}: {asked:?}");
        assert_eq!(asked.status, if expected.is_some() { 200 } else { 403 });
    }
    world.end().await;
}

#[tokio::test]
async fn a_page_uploads_where_the_broker_admits_its_origin() {
    a_page_uploads_where_its_origin_is_admitted(false).await;
}

#[tokio::test]
async fn a_page_uploads_where_the_gateway_admits_its_origin() {
    a_page_uploads_where_its_origin_is_admitted(true).await;
}
