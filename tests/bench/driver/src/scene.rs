//! Everything that handlers need in a run: Connect's double, the issuer, and files.

use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::authority::Authority;
use local_stack::oidc::Issuer;

use crate::connect::{self, DOMAIN_ARN, INSTANCE_ARN};
use crate::event;
use crate::https::Https;
use crate::issuer::{AUDIENCE, ISSUER, JWKS_PATH, agent, issuer};
use crate::silent::Silent;

/// Where the system keeps the certificate authorities that a handler without a bundle of its own decodes.
const SYSTEM_ROOTS: &str = "/etc/ssl/certs/ca-certificates.crt";

/// A scene that lasts for all runs.
pub(crate) struct Scene {
    folder: TempDir,
    /// Connect's double.
    pub(crate) connect: Https,
    /// Server that never answers, in Connect's place.
    pub(crate) silent: Silent,
    issuer: Issuer,
    keys: Https,
}

impl Scene {
    /// A scene with new keys.
    pub(crate) async fn set() -> Result<Self, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let authority = Authority::new()?;
        let issuer = issuer()?;
        let system_roots = fs::read_to_string(SYSTEM_ROOTS)?;
        fs::write(folder.path().join("own-roots.pem"), &authority.bundle)?;
        fs::write(
            folder.path().join("all-roots.pem"),
            system_roots + &authority.bundle,
        )?;
        fs::write(folder.path().join("jwks.json"), issuer.jwks().to_string())?;
        fs::create_dir(folder.path().join("home"))?;
        let connect = Https::start(authority.server()?, connect::routes()).await?;
        let keys = Https::start(authority.server()?, issuer.routes()).await?;
        Ok(Self {
            folder,
            connect,
            silent: Silent::start().await?,
            issuer,
            keys,
        })
    }

    /// A file of this scene.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Copies the files whose names start with `prefix` to `folder`, which outlasts this scene.
    pub(crate) fn keep(&self, prefix: &str, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        for entry in fs::read_dir(self.folder.path())? {
            let entry = entry?;
            if entry
                .file_name()
                .as_encoded_bytes()
                .starts_with(prefix.as_bytes())
            {
                fs::copy(entry.path(), folder.join(entry.file_name()))?;
            }
        }
        Ok(())
    }

    /// The event that every handler answers, with each of `tokens` tokens.
    pub(crate) fn events(&self, tokens: usize) -> Result<Vec<Bytes>, Box<dyn Error>> {
        let event = |number| {
            let jti = format!("5e1b0a36-0000-4000-8000-{number:012}");
            Ok(event::upload(&self.token(&json!({"jti": jti}))?, 0))
        };
        (1..=tokens).map(event).collect()
    }

    /// An access token with `more` claims.
    pub(crate) fn token(&self, more: &Value) -> Result<String, Box<dyn Error>> {
        Ok(self.issuer.token(&agent(more))?)
    }

    /// URL of the issuer's keys.
    pub(crate) fn jwks_url(&self) -> String {
        self.keys.url() + JWKS_PATH
    }

    /// The line of the broker's rules with that URL.
    pub(crate) fn published_keys(&self) -> String {
        format!("jwks_url = {:?}", self.jwks_url())
    }

    /// Environment of every handler. Its home has no settings for AWS tools.
    pub(crate) fn environment(&self, runtime_api: String) -> Vec<(String, OsString)> {
        let own = |name: &str| self.file(name).into_os_string();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let text = |text: &str| OsString::from(text);
        [
            ("PATH", path),
            ("HOME", own("home")),
            ("AWS_LAMBDA_RUNTIME_API", runtime_api.into()),
            ("AWS_LAMBDA_FUNCTION_NAME", text("bench")),
            ("AWS_LAMBDA_FUNCTION_VERSION", text("$LATEST")),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", text("256")),
            ("AWS_REGION", text("eu-west-1")),
            ("AWS_DEFAULT_REGION", text("eu-west-1")),
            ("AWS_ACCESS_KEY_ID", text("ASIAEXAMPLE")),
            ("AWS_SECRET_ACCESS_KEY", text("example-secret")),
            ("AWS_SESSION_TOKEN", "0123456789abcdef".repeat(50).into()),
            ("AWS_EC2_METADATA_DISABLED", text("true")),
            ("AWS_ENDPOINT_URL_CONNECT", self.connect.url().into()),
            ("CONNECT_INSTANCE_ARN", text(INSTANCE_ARN)),
            ("CASES_DOMAIN_ARN", text(DOMAIN_ARN)),
            (
                "CONNECT_USER_ARN",
                format!("{INSTANCE_ARN}/agent/aaaaaaaa-0000-4000-8000-000000000001").into(),
            ),
            ("ISSUER", text(ISSUER)),
            ("AUDIENCE", text(AUDIENCE)),
            ("JWKS_FILE", own("jwks.json")),
            ("JWKS_URL", self.jwks_url().into()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    /// Variables that make a handler trust this scene's servers beside the system's roots.
    pub(crate) fn system_trust(&self) -> Vec<(String, OsString)> {
        let names = ["SSL_CERT_FILE", "AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"];
        let bundles = ["all-roots.pem", "all-roots.pem", "own-roots.pem"];
        let pairs = names.into_iter().zip(bundles);
        pairs
            .map(|(name, bundle)| (name.to_owned(), self.file(bundle).into()))
            .collect()
    }

    /// Setting under which Connect never answers.
    pub(crate) fn nobody_to_connect_to(&self) -> (String, OsString) {
        ("AWS_ENDPOINT_URL_CONNECT".into(), self.silent.url().into())
    }

    /// The broker's own settings; `rules` is the file with its rules.
    pub(crate) fn broker_settings(&self, rules: &Path) -> Vec<(String, OsString)> {
        vec![
            ("BROKER_CONFIG".into(), rules.into()),
            ("HANDLE_KEYS".into(), "0123456789abcdef".repeat(4).into()),
            ("AWS_CA_BUNDLE".into(), self.file("own-roots.pem").into()),
        ]
    }
}
