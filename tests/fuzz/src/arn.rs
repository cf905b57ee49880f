//! ARNs: an accepted ARN is kept byte for byte.

use std::str::FromStr;

use broker_core::arn::{
    CaseArn, CasesDomainArn, ConnectUserArn, ContactArn, InstanceArn, ResourceArn, is_id,
};

/// Reads `bytes` as every kind of ARN.
///
/// # Panics
/// If an accepted ARN is rebuilt differently, or its id is not a valid id.
pub fn entry(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    keeps(text, InstanceArn::as_str, InstanceArn::id);
    keeps(text, ConnectUserArn::as_str, ConnectUserArn::id);
    keeps(text, ContactArn::as_str, ContactArn::id);
    keeps(text, CasesDomainArn::as_str, CasesDomainArn::id);
    keeps(text, CaseArn::as_str, CaseArn::id);
    keeps(text, ResourceArn::as_str, ResourceArn::id);
}

fn keeps<A: FromStr>(text: &str, whole: fn(&A) -> &str, id: fn(&A) -> &str) {
    let Ok(arn) = text.parse::<A>() else { return };
    assert_eq!(whole(&arn), text);
    assert!(is_id(id(&arn)), "{text:?}");
    let container = text.rsplit_once('/').map(|(container, _)| container);
    let rebuilt = container.map(|container| format!("{container}/{}", id(&arn)));
    assert_eq!(rebuilt.as_deref(), Some(text));
}
