//! Tests that no name or id can change more of the request line than its own place.

use broker_core::arn::is_id;
use broker_core::file::FileName;
use broker_core::grants::Complete;
use broker_core::ports::{AttachedFiles, ClientToken};
use broker_core::upload::FileId;
use proptest::prelude::*;

use crate::testing::{Sent, Service, file_grant_of, json, soon, upload_grant_of, upload_request};

const PLACE: &str = "/attached-files/i-1";
const QUERY: &str = "?associatedResourceArn=\
                     arn%3Aaws%3Acases%3Aeu-west-1%3A111122223333%3Adomain%2Fd-1%2Fcase%2F";

fn sent_by<F: Future>(call: impl FnOnce(Service) -> F) -> Sent {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    let service = Service::answering([json(200, "{}")]);
    runtime.expect("a runtime").block_on(call(service.clone()));
    service.sent().pop().expect("a request")
}

/// RFC 3986: what may stand for itself in a path segment or in a query's value.
fn encoded(text: &str) -> String {
    let each = text.bytes().map(|b| match b {
        b if b.is_ascii_alphanumeric() || b"-._~".contains(&b) => char::from(b).to_string(),
        b => format!("%{b:02X}"),
    });
    each.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_name_stays_in_the_body_and_an_id_in_its_place(
        stem in r"[\p{L}\p{N}&%#=+;,'(){}\[\]@!$~ -]{1,60}",
        case in "[A-Za-z0-9._=+-]{1,60}",
    ) {
        let Ok(file_name) = FileName::parse(&format!("{}.pdf", stem.trim())) else {
            return Ok(());
        };
        prop_assume!(is_id(&case), "`.` and `..` are none");
        let mut request = upload_request();
        request.resource = format!("arn:aws:cases:eu-west-1:111122223333:domain/d-1/case/{case}").parse().expect("valid");
        request.file_name = file_name.clone();
        let sent = sent_by(|service| async move {
            let grant = upload_grant_of(request).await;
            service.connect().start_upload(grant, ClientToken::from_bytes(&[7; 32]), soon()).await.map(|_| ())
        });
        prop_assert_eq!(sent.target(), format!("{PLACE}{QUERY}{}", encoded(&case)));
        let body = sent.json();
        prop_assert_eq!(body["FileName"].as_str(), Some(file_name.as_str()));
    }

    #[test]
    fn a_file_id_is_one_segment_of_the_path(id in "[!-~]{1,60}") {
        // `.` and `..` are the segments that no encoding keeps in their place: no file id is one.
        prop_assume!(FileId::parse(&id).is_some());
        let sent = sent_by(|service| {
            let id = id.clone();
            async move { service.connect().complete_upload(file_grant_of::<Complete>(&id).await, soon()).await }
        });
        prop_assert_eq!(sent.target(), format!("{PLACE}/{}{QUERY}c-1", encoded(&id)));
    }
}
