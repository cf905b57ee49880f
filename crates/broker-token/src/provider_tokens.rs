//! Tokens as identity providers really write them: `tests/provider-tokens`, a file a token.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::algorithm::Algorithm;
use crate::claims::Claims;
use crate::error::VerifyError;
use crate::issuer::{IssuerSettings, KeySource};
use crate::policy::{IssuerPolicy, MAX_LEEWAY_SECS};
use crate::testing::{self, CannedFetch, KEY_ID, SigningKey, sign_parts};

/// One file of the table; its README says what the members mean.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProviderToken {
    provider: String,
    issuer: Issuer,
    #[serde(default)]
    key: Map<String, Value>,
    token: Option<String>,
    #[serde(default)]
    header: Value,
    #[serde(default)]
    claims: Value,
    accepted: Option<Accepted>,
    refused: Option<String>,
}

/// Members of an `[[issuer]]` in the settings, with the settings' defaults.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Issuer {
    url: String,
    profile: String,
    audiences: Vec<String>,
    #[serde(default)]
    authorized_parties: Vec<String>,
    #[serde(default)]
    resources: Vec<String>,
    #[serde(default)]
    algorithms: Vec<String>,
    #[serde(default)]
    scopes: Vec<String>,
    jwks_url: Option<String>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Accepted {
    subject: String,
    scopes: Vec<String>,
}

impl ProviderToken {
    /// The token, signed with the algorithm that its header names, or with another where that cannot be.
    fn sign(&self, key: &SigningKey) -> String {
        let signed = || {
            sign_parts(
                self.header.to_string().as_bytes(),
                self.claims.to_string().as_bytes(),
                key,
            )
        };
        self.token.clone().unwrap_or_else(signed)
    }

    fn signing_key(&self) -> SigningKey {
        let named = self.header.get("alg").and_then(Value::as_str);
        let algorithm = named.and_then(|name| name.parse().ok());
        SigningKey::new(algorithm.unwrap_or(Algorithm::Rs256), KEY_ID)
    }

    fn jwks(&self, key: &SigningKey) -> Vec<u8> {
        let mut jwk = key.jwk().as_object().expect("an object").clone();
        for (name, value) in &self.key {
            jwk.insert(name.clone(), value.clone());
        }
        jwk.retain(|_, value| !value.is_null());
        json!({ "keys": [jwk] }).to_string().into_bytes()
    }

    /// The answer of a verifier that finds the keys at the location in the issuer's entry.
    async fn verdict(&self) -> Result<Claims, VerifyError> {
        let key = self.signing_key();
        let fetch = CannedFetch::new();
        let url = self.issuer.url.as_str();
        let discovery = format!("{}/.well-known/openid-configuration", url.trim_end_matches('/'));
        let discovered = format!("{url}/discovered-keys");
        let document = json!({"issuer": url, "jwks_uri": discovered}).to_string();
        fetch.answer(&discovery, Ok(document.into_bytes()));
        let jwks_url = self.issuer.jwks_url.as_deref().unwrap_or(&discovered);
        fetch.answer(jwks_url, Ok(self.jwks(&key)));
        let verifier = testing::verifier([self.issuer.settings()], Arc::clone(&fetch));
        verifier.verify(&self.sign(&key), testing::now()).await
    }
}

impl Issuer {
    fn settings(&self) -> IssuerSettings {
        let parsed = |name: &String| name.parse().expect("an algorithm");
        let algorithms: Vec<Algorithm> = self.algorithms.iter().map(parsed).collect();
        let policy = IssuerPolicy {
            url: self.url.clone(),
            profile: self.profile.parse().expect("a profile"),
            audiences: self.audiences.clone(),
            authorized_parties: self.authorized_parties.clone(),
            resources: self.resources.clone(),
            algorithms: if algorithms.is_empty() {
                vec![Algorithm::Rs256]
            } else {
                algorithms
            },
            scopes: self.scopes.clone(),
            leeway_secs: MAX_LEEWAY_SECS,
            max_lifetime_secs: 86_400,
        };
        let keys = self.jwks_url.clone();
        IssuerSettings {
            policy,
            keys: keys.map_or(KeySource::Discovery, KeySource::JwksUrl),
        }
    }
}

/// Every token by the name of its file.
fn provider_tokens() -> BTreeMap<String, ProviderToken> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/provider-tokens");
    let files = fs::read_dir(directory).expect("the table");
    let paths = files.map(|file| file.expect("a file").path());
    paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .map(|path| {
            let text = fs::read(&path).expect("a readable file");
            let token = serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{path:?}: {error}"));
            let name = path.file_stem().expect("a name").to_string_lossy();
            (name.into_owned(), token)
        })
        .collect()
}

#[tokio::test]
async fn each_token_of_a_provider_is_accepted_or_refused_as_its_file_says() {
    for (name, row) in provider_tokens() {
        let verdict = row.verdict().await;
        match (&row.accepted, &row.refused, verdict) {
            (Some(expected), None, Ok(claims)) => {
                let accepted = Accepted {
                    subject: claims.subject().to_owned(),
                    scopes: claims.scopes().map(str::to_owned).collect(),
                };
                assert_eq!(accepted, *expected, "{name}");
                assert_eq!(claims.issuer(), row.issuer.url, "{name}");
                assert_eq!(Some(claims.members()), row.claims.as_object(), "{name}");
            }
            (None, Some(expected), Err(fault)) => {
                let fault = fault.to_string();
                let reason = fault.strip_prefix("token is invalid: ").unwrap_or(&fault);
                assert_eq!(reason, expected, "{name}");
            }
            (_, _, verdict) => panic!("{name}: {:?}", verdict.map(|claims| claims.members().clone())),
        }
    }
}

#[test]
fn each_file_is_another_token() {
    let tokens = provider_tokens();
    let providers: std::collections::BTreeSet<_> = tokens.values().map(|row| &row.provider).collect();
    assert_eq!(providers.len(), tokens.len());
}

#[test]
fn the_longest_list_of_groups_fits_into_a_token() {
    let tokens = provider_tokens();
    let row = &tokens["entra-150-groups"];
    let groups = row.claims["groups"].as_array().map(Vec::len);
    let size_bytes = row.sign(&row.signing_key()).len();
    assert_eq!(groups, Some(150));
    assert!(size_bytes > 8192, "{size_bytes} bytes were refused once");
}

/// A file of JSON is written anew before it is signed, so it cannot hold an exponent.
#[tokio::test]
async fn a_time_with_an_exponent_is_a_time() {
    for (exp, is_accepted) in [
        ("1.8000006e9", true),
        ("18000006e2", true),
        ("1.7e9", false),
        ("9e15", false),
    ] {
        let mut row = provider_tokens().remove("fraction-of-a-second").expect("a file");
        let payload =
            json!({"iss": row.issuer.url, "aud": "uploads", "sub": "ada.agent", "iat": 1_799_999_940});
        let payload = payload.to_string().replace('}', &format!(r#","exp":{exp}}}"#));
        let header = row.header.to_string();
        row.token = Some(sign_parts(
            header.as_bytes(),
            payload.as_bytes(),
            &row.signing_key(),
        ));
        assert_eq!(row.verdict().await.is_ok(), is_accepted, "{exp}");
    }
}
