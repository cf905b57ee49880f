//! The issuers of a deployment: their settings, which of them is meant, and their keys.

use serde_json::{Value, json};

use super::super::*;
use super::verified;
use crate::algorithm::Algorithm;
use crate::fetch::FetchError;
use crate::issuer::{IssuerSettings, KeySource};
use crate::jwk::KeyError;
use crate::jwks::SkippedKey;
use crate::testing::{self, CannedFetch, ISSUER, KEY_ID, SigningKey, TokenBuilder, jwks};

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
    let verifier = testing::verifier(issuers, CannedFetch::new());

    let unknown_key = Err(TokenError::UnknownKey.into());
    for (issuer, key_id, signer, expected) in [
        (ISSUER, "a", &ours, Ok(())),
        (other_url, "b", &theirs, Ok(())),
        (ISSUER, "b", &theirs, unknown_key.clone()),
        (other_url, "a", &ours, unknown_key),
        (ISSUER, "a", &theirs, Err(TokenError::Signature.into())),
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
            Err(TokenError::UnknownIssuer.into()),
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
        Err(TokenError::UnknownIssuer.into())
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
        assert!(Issuer::parse(settings(at_url)).is_ok());
        let issuers = vec![settings(KeySource::Static(jwks([&key])))];
        let verifier = testing::verifier(issuers, CannedFetch::new());
        let token = TokenBuilder::new().claim("iss", name);
        let claims = verified(&verifier, &token.sign(&key)).expect("a valid token");
        assert_eq!(claims.issuer(), name);
        let other = token.claim("iss", format!("{name}/")).sign(&key);
        assert_eq!(verified(&verifier, &other), Err(TokenError::UnknownIssuer.into()));
    }
}

#[tokio::test]
async fn behind_a_gateway_nothing_is_fetched_and_nothing_is_verified() {
    let settings = IssuerSettings {
        policy: testing::policy(),
        keys: KeySource::Gateway,
    };
    let fetch = CannedFetch::new();
    let verifier = testing::verifier(vec![settings], Arc::clone(&fetch));
    verifier.warm_up(testing::now()).await;
    let token = TokenBuilder::new().sign(&SigningKey::new(Algorithm::Es256, KEY_ID));
    let unavailable = VerifyError::KeysUnavailable(NoKeysError::NeverFetched);
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
    let surveyed = testing::verifier(issuers, fetch).survey_keys().await;
    let skipped = SkippedKey {
        index: 0,
        fault: KeyError::AlgorithmNotPinned,
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
        Err(RefreshError::OtherIssuer),
        Err(RefreshError::FetchDiscovery(FetchError::Status(404))),
    ];
    assert_eq!(surveyed, expected);
}
