//! Settings of an issuer that pass every check, with one thing changed.

use broker_core::strict_url::UrlError;

use super::*;
use crate::algorithm::Algorithm;
use crate::issuer_name::IssuerNameError;
use crate::jwks::KeyDocumentError;
use crate::testing::{self, KEY_ID, SigningKey, jwks};
use crate::url_rule::KeyUrlError;

fn errors(policy: IssuerPolicy, keys: KeySource) -> Vec<PolicyError> {
    let parsed = Issuer::parse(IssuerSettings { policy, keys });
    parsed.err().unwrap_or_default()
}

#[test]
fn a_url_is_an_address_where_keys_are_discovered_and_a_name_elsewhere() {
    let unfitting = SigningKey::new(Algorithm::EdDSA, KEY_ID);
    let fitting = SigningKey::new(Algorithm::Es256, KEY_ID);
    let at = |url: &str| KeySource::JwksUrl(url.to_owned());
    let plain_http = KeyUrlError::Url(UrlError::PlainHttp);
    for (url, keys, expected) in [
        ("https://a.example", KeySource::Discovery, None),
        (
            "https://a.example/?tenant=1",
            KeySource::Discovery,
            Some(PolicyError::QueryInUrl),
        ),
        (
            "http://a.example",
            KeySource::Discovery,
            Some(PolicyError::Url(plain_http)),
        ),
        (
            "accounts.google.com",
            KeySource::Discovery,
            Some(PolicyError::Url(KeyUrlError::Url(UrlError::Scheme))),
        ),
        (
            "https://a.example/?tenant=1",
            at("https://keys.example.com/"),
            None,
        ),
        (
            "https://a.example",
            at("http://keys.example.com/"),
            Some(PolicyError::JwksUrl(plain_http)),
        ),
        (
            "acme com",
            at("https://keys.example.com/"),
            Some(PolicyError::IssuerName(IssuerNameError::Character)),
        ),
        ("acme.com", KeySource::Static(jwks([&fitting])), None),
        (
            "http://",
            KeySource::Static(jwks([&fitting])),
            Some(PolicyError::IssuerName(IssuerNameError::NotAUri)),
        ),
        (
            "https://a.example",
            KeySource::Static(b"{}".to_vec()),
            Some(PolicyError::JwksFile(KeyDocumentError::NoKeysArray)),
        ),
        (
            "https://a.example",
            KeySource::Static(jwks([&unfitting])),
            Some(PolicyError::JwksFile(KeyDocumentError::NoUsableKey)),
        ),
        (
            "acme\ncom",
            KeySource::Gateway,
            Some(PolicyError::IssuerName(IssuerNameError::Character)),
        ),
    ] {
        let policy = IssuerPolicy {
            url: url.to_owned(),
            ..testing::policy()
        };
        assert_eq!(
            errors(policy, keys.clone()),
            Vec::from_iter(expected),
            "{url} {keys:?}"
        );
    }
}

#[test]
fn every_broken_rule_is_reported_at_once_with_its_member() {
    let policy = IssuerPolicy {
        url: "acme com".to_owned(),
        leeway_secs: 61,
        ..testing::policy()
    };
    let found = errors(policy, KeySource::JwksUrl("http://keys.example.com/".to_owned()));
    let members: Vec<_> = found.iter().map(PolicyError::member).collect();
    assert_eq!(members, ["url", "leeway_seconds", "jwks_url"]);
}

#[test]
fn debug_names_the_keys_and_where_they_come_from() {
    let keys = KeySource::Static(jwks([&SigningKey::new(Algorithm::Es256, KEY_ID)]));
    let policy = testing::policy();
    let issuer = Issuer::parse(IssuerSettings { policy, keys }).expect("a sound issuer");
    assert!(format!("{issuer:?}").ends_with(r#", Fixed({"key-1"}))"#));
    assert!(format!("{:?}", issuer.behind_gateway()).ends_with(", Gateway)"));
}
