//! Settings that start without fault and are changed in one place.

mod faults;
mod finisher;
mod secrecy;
mod sound;
mod warnings;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::{FinisherSettings, Settings, SettingsError};

/// A file in which every member stands on a line of its own.
const EVERY_MEMBER: &str = include_str!("tests/every_member.toml");

const INSTANCE: &str = "arn:aws:connect:eu-west-1:111122223333:instance/i-1";
const DOMAIN: &str = "arn:aws:cases:eu-west-1:111122223333:domain/d-1";

/// Ed25519 key of RFC 8037, appendix A.
const JWKS: &str = r#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "k", "alg": "EdDSA",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

/// An environment and its files.
#[derive(Clone)]
struct Surroundings {
    variables: BTreeMap<String, String>,
    files: BTreeMap<PathBuf, Vec<u8>>,
}

/// Surroundings without fault: [`EVERY_MEMBER`] under the default name.
fn surroundings() -> Surroundings {
    let key = "0123456789abcdef".repeat(4);
    let variables = [
        ("CONNECT_INSTANCE_ARN", INSTANCE),
        ("CASES_DOMAIN_ARN", DOMAIN),
        ("HANDLE_KEYS", &key),
    ];
    let files = [("/opt/broker.toml", EVERY_MEMBER), ("/opt/jwks.json", JWKS)];
    Surroundings {
        variables: variables.map(|(name, text)| (name.into(), text.into())).into(),
        files: files.map(|(path, text)| (path.into(), text.into())).into(),
    }
}

impl Surroundings {
    fn variable(mut self, name: &str, text: &str) -> Self {
        self.variables.insert(name.into(), text.into());
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.variables.remove(name);
        self
    }

    fn file(mut self, path: &str, text: impl Into<Vec<u8>>) -> Self {
        self.files.insert(path.into(), text.into());
        self
    }

    fn rules(self, text: &str) -> Self {
        self.file("/opt/broker.toml", text)
    }

    /// With `old` replaced by `new` in the rules, once.
    fn with(self, old: &str, new: &str) -> Self {
        let rules = String::from_utf8(self.files[Path::new("/opt/broker.toml")].clone()).expect("UTF-8");
        assert!(rules.contains(old), "{old:?} is not in the rules");
        self.rules(&rules.replacen(old, new, 1))
    }

    fn settings(&self) -> Result<Settings, Vec<SettingsError>> {
        Settings::from(|name| self.variables.get(name).cloned(), |path| self.read(path))
    }

    fn finisher_settings(&self) -> Result<FinisherSettings, Vec<SettingsError>> {
        FinisherSettings::from(|name| self.variables.get(name).cloned(), |path| self.read(path))
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let found = self.files.get(path).cloned();
        found.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }

    /// The faults, in order, as operators read them; none where the settings are sound.
    fn faults(&self) -> Vec<String> {
        let faults = self.settings().err().unwrap_or_default();
        faults.iter().map(ToString::to_string).collect()
    }

    #[track_caller]
    fn assert_sound(&self, what: &str) {
        let faults = self.faults();
        assert!(faults.is_empty(), "{what}: {faults:#?}");
    }
}
