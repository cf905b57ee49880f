//! Verdicts on tokens of a Cognito user pool, for a comparison with another verifier.
//!
//! `verdicts DIRECTORY` reads `jwks.json` and `tokens.jsonl`, lines of `{"name", "token"}`, and prints
//! lines of `{"name", "ours"}`.

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use broker_token::{
    Algorithm, FetchDocument, FetchError, Issuer, IssuerPolicy, IssuerSettings, KeySource, Profile,
    TokenVerifier,
};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Line {
    name: String,
    token: String,
}

/// Keys are a file, so nothing is fetched.
struct Offline;

impl FetchDocument for Offline {
    async fn fetch(&self, _url: &str) -> Result<Vec<u8>, FetchError> {
        Err(FetchError::Timeout)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let directory: PathBuf = std::env::args_os()
        .nth(1)
        .ok_or("usage: verdicts DIRECTORY")?
        .into();
    let verifier = verifier(fs::read(directory.join("jwks.json"))?)?;
    for line in fs::read_to_string(directory.join("tokens.jsonl"))?.lines() {
        let Line { name, token } = serde_json::from_str(line)?;
        let ours = verifier.verify(&token, SystemTime::now()).await.is_ok();
        println!("{}", json!({ "name": name, "ours": ours }));
    }
    Ok(())
}

fn verifier(jwks: Vec<u8>) -> Result<TokenVerifier<Offline>, String> {
    let policy = IssuerPolicy {
        url: "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE".to_owned(),
        profile: Profile::CognitoAccess,
        audiences: vec!["1example23456789".to_owned()],
        authorized_parties: vec![],
        resources: vec!["https://api.example.com".to_owned()],
        algorithms: vec![Algorithm::Rs256],
        scopes: vec!["broker/write".to_owned()],
        leeway_secs: 0,
        max_lifetime_secs: 24 * 60 * 60,
    };
    let keys = KeySource::Static(jwks);
    let issuer = Issuer::parse(IssuerSettings { policy, keys }).map_err(|errors| format!("{errors:?}"))?;
    Ok(TokenVerifier::new([issuer], Offline))
}
