//! The issuers of a deployment: their settings, which of them is meant, and their keys.

use serde_json::{Value, json};

use super::super::*;
use super::verified;
use crate::algorithm::Algorithm;
use crate::fetch::FetchError;
use crate::issuer_name::IssuerNameFault;
use crate::jwk::KeyFault;
use crate::jwks::{KeyDocumentFault, SkippedKey};
use crate::testing::{self, CannedFetch, ISSUER, KEY_ID, SigningKey, TokenBuilder, jwks};
use broker_core::strict_url::UrlError;

use crate::url_rule::KeyUrlError;

#[test]
fn every_fault_of_every_issuer_is_reported_at_once() {
    let sound = IssuerSettings {
        policy: testing::policy(),
        keys: KeySource::Discovery,
    };
    let with_url = |url: &str, keys| IssuerSettings {
        policy: IssuerPolicy {
            url: url.to_owned(),
            ..testing::policy()
        },
        keys,
    };
    let unfitting = SigningKey::new(Algorithm::EdDSA, KEY_ID);
    let fitting = SigningKey::new(Algorithm::Es256, KEY_ID);
    let settings = vec![
        sound.clone(),
        IssuerSettings {
            policy: IssuerPolicy {
                leeway_secs: 61,
                ..testing::policy()
            },
            keys: KeySource::JwksUrl("http://keys.example.com/".to_owned()),
        },
        with_url("https://a.example", KeySource::Static(b"{}".to_vec())),
        with_url("https://b.example", KeySource::Static(jwks([&unfitting]))),
        with_url("https://c.example/?tenant=1", KeySource::Discovery),
        with_url("http://d.example", KeySource::Discovery),
        with_url("accounts.google.com", KeySource::Discovery),
        with_url(
            "acme com",
            KeySource::JwksUrl("https://keys.example.com/".to_owned()),
        ),
        with_url("http://", KeySource::Static(jwks([&fitting]))),
        with_url("acme\ncom", KeySource::Gateway),
    ];
    let faults = TokenVerifier::new(settings, CannedFetch::new())
        .err()
        .expect("faults");
    let expected = [
        (1, PolicyFault::Leeway),
        (1, PolicyFault::DuplicateUrl),
        (1, PolicyFault::JwksUrl(KeyUrlError::Url(UrlError::PlainHttp))),
        (2, PolicyFault::JwksFile(KeyDocumentFault::NoKeys)),
        (3, PolicyFault::JwksFile(KeyDocumentFault::NoUsableKey)),
        (4, PolicyFault::QueryInUrl),
        (5, PolicyFault::Url(KeyUrlError::Url(UrlError::PlainHttp))),
        (6, PolicyFault::Url(KeyUrlError::Url(UrlError::Scheme))),
        (7, PolicyFault::IssuerName(IssuerNameFault::Character)),
        (8, PolicyFault::IssuerName(IssuerNameFault::NotAUri)),
        (9, PolicyFault::IssuerName(IssuerNameFault::Character)),
    ];
    assert_eq!(
        faults,
        expected.map(|(index, fault)| IssuerFault { index, fault })
    );
    assert_eq!(faults[0].to_string(), "issuer 1: `leeway_seconds` is over 60");
    assert!(TokenVerifier::new(vec![sound], CannedFetch::new()).is_ok());
}

#[test]
fn an_issuer_is_chosen_by_its_exact_name_and_then_only_its_keys_count() {
    let (ours, theirs) = (
        SigningKey::new(Algorithm::Es256, "a"),
        SigningKey::new(Algorithm::Es256, "b"),
    );
    let other_url = "https://login.example.com/other";
    let other = IssuerPolicy {
        url: other_url.to_owned(),
        ..testing::policy()
    };
    let settings = |policy, key| IssuerSettings {
        policy,
        keys: KeySource::Static(jwks([key])),
    };
    let issuers = vec![settings(testing::policy(), &ours), settings(other, &theirs)];
    let verifier = TokenVerifier::new(issuers, CannedFetch::new()).expect("sound settings");

    let unknown_key = Err(TokenFault::UnknownKey.into());
    for (issuer, key_id, signer, expected) in [
        (ISSUER, "a", &ours, Ok(())),
        (other_url, "b", &theirs, Ok(())),
        (ISSUER, "b", &theirs, unknown_key.clone()),
        (other_url, "a", &ours, unknown_key),
        (ISSUER, "a", &theirs, Err(TokenFault::Signature.into())),
    ] {
        let token = TokenBuilder::new()
            .claim("iss", issuer)
            .header("kid", key_id)
            .sign(signer);
        assert_eq!(
            verified(&verifier, &token).map(drop),
            expected,
            "{issuer} {key_id}"
        );
    }
    for issuer in [
        json!("https://login.example.com/tenant/"),
        json!("https://LOGIN.example.com/tenant"),
        json!("https://login.example.com/tenan"),
        json!([ISSUER]),
        json!(null),
        json!(""),
    ] {
        let token = TokenBuilder::new()
            .claim("iss", issuer.clone())
            .header("kid", "a")
            .sign(&ours);
        assert_eq!(
            verified(&verifier, &token),
            Err(TokenFault::UnknownIssuer.into()),
            "{issuer}"
        );
    }
    let nobody = TokenBuilder::new()
        .claim("iss", Value::Null)
        .without_claim("iss")
        .header("kid", "a")
        .sign(&ours);
    assert_eq!(
        verified(&verifier, &nobody),
        Err(TokenFault::UnknownIssuer.into())
    );
}

#[test]
fn an_issuer_whose_keys_are_not_discovered_may_have_any_name() {
    let key = SigningKey::new(Algorithm::Es256, KEY_ID);
    for name in [
        "http://adfs.example.com/adfs/services/trust",
        "accounts.google.com",
        "acme.com",
        "urn:example:issuer",
    ] {
        let settings = |keys| IssuerSettings {
            policy: IssuerPolicy {
                url: name.to_owned(),
                ..testing::policy()
            },
            keys,
        };
        let at_url = KeySource::JwksUrl("https://keys.example.com/".to_owned());
        assert!(TokenVerifier::new(vec![settings(at_url)], CannedFetch::new()).is_ok());
        let issuers = vec![settings(KeySource::Static(jwks([&key])))];
        let verifier = TokenVerifier::new(issuers, CannedFetch::new()).expect("sound settings");
        let token = TokenBuilder::new().claim("iss", name);
        let claims = verified(&verifier, &token.sign(&key)).expect("a valid token");
        assert_eq!(claims.issuer(), name);
        let other = token.claim("iss", format!("{name}/")).sign(&key);
        assert_eq!(verified(&verifier, &other), Err(TokenFault::UnknownIssuer.into()));
    }
}

#[tokio::test]
async fn behind_a_gateway_nothing_is_fetched_and_nothing_is_verified() {
    let settings = IssuerSettings {
        policy: testing::policy(),
        keys: KeySource::Gateway,
    };
    let fetch = CannedFetch::new();
    let verifier = TokenVerifier::new(vec![settings], Arc::clone(&fetch)).expect("sound settings");
    verifier.warm_up(testing::now()).await;
    let token = TokenBuilder::new().sign(&SigningKey::new(Algorithm::Es256, KEY_ID));
    let unavailable = VerifyError::KeysUnavailable(NoKeys::NeverFetched);
    assert_eq!(verified(&verifier, &token), Err(unavailable));
    assert_eq!(
        verifier.issuers_without_keys(testing::now()),
        0,
        "its keys are the gateway's"
    );
    assert_eq!(verifier.survey_keys().await, [Ok(KeySurvey::default())]);
    assert_eq!(verifier.key_set_age(testing::now()), None);
    assert_eq!(fetch.calls(), [""; 0]);
}

#[tokio::test]
async fn a_survey_counts_the_keys_of_each_issuer_and_says_why_it_cannot() {
    let (good, other) = (
        SigningKey::new(Algorithm::Rs256, KEY_ID),
        SigningKey::new(Algorithm::Es256, "other"),
    );
    let at = |url: &str, keys| IssuerSettings {
        policy: IssuerPolicy {
            url: url.into(),
            algorithms: vec![Algorithm::Rs256],
            ..testing::policy()
        },
        keys,
    };
    let issuers = vec![
        at("https://a.example", KeySource::Static(jwks([&good]))),
        at(
            "https://b.example",
            KeySource::JwksUrl("https://b.example/jwks".into()),
        ),
        at("https://c.example", KeySource::Discovery),
        at("https://d.example", KeySource::Discovery),
    ];
    let fetch = CannedFetch::new();
    fetch.answer("https://b.example/jwks", Ok(jwks([&other])));
    let discovery = json!({"issuer": "https://elsewhere.example", "jwks_uri": "https://c.example/jwks"});
    fetch.answer(
        "https://c.example/.well-known/openid-configuration",
        Ok(discovery.to_string().into()),
    );
    let surveyed = TokenVerifier::new(issuers, fetch)
        .expect("sound")
        .survey_keys()
        .await;
    let skipped = SkippedKey {
        index: 0,
        fault: KeyFault::AlgorithmNotPinned,
    };
    let survey = |usable_count, skipped| {
        Ok(KeySurvey {
            usable_count,
            skipped,
        })
    };
    let expected = [
        survey(1, vec![]),
        survey(0, vec![skipped]),
        Err(RefreshFault::OtherIssuer),
        Err(RefreshFault::FetchDiscovery(FetchError::Status(404))),
    ];
    assert_eq!(surveyed, expected);
}
