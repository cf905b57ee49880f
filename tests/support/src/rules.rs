//! Sound settings, one set for each kind of evidence.

use std::io;
use std::path::Path;

use broker_http::settings::Settings;

use crate::keys::TestKey;

/// The Connect instance of the tests.
pub const INSTANCE: &str = "arn:aws:connect:eu-west-1:111122223333:instance/i-1";
/// The Cases domain of the tests.
pub const CASES_DOMAIN: &str = "arn:aws:cases:eu-west-1:111122223333:domain/d-1";

/// The rules and the environment of a deployment.
#[derive(Clone)]
pub struct Rules {
    text: String,
    variables: Vec<(&'static str, String)>,
}

impl Rules {
    /// Rules under which evidence of `kind` is accepted: `token`, `jwt`, `lambda` or `iam`.
    ///
    /// # Panics
    /// If there is no such kind.
    #[must_use]
    pub fn accepting(kind: &str) -> Self {
        let text = match kind {
            "token" => include_str!("rules/token.toml"),
            "jwt" => include_str!("rules/jwt.toml"),
            "lambda" => include_str!("rules/lambda.toml"),
            "iam" => include_str!("rules/iam.toml"),
            other => panic!("no evidence is of kind {other:?}"),
        };
        Self::of(text)
    }

    /// The rules in `text`.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let variables = vec![
            ("CONNECT_INSTANCE_ARN", INSTANCE.to_owned()),
            ("CASES_DOMAIN_ARN", CASES_DOMAIN.to_owned()),
            ("HANDLE_KEYS", "0123456789abcdef".repeat(4)),
        ];
        Self {
            text: text.to_owned(),
            variables,
        }
    }

    /// The rules with `old` replaced by `new`.
    ///
    /// # Panics
    /// If `old` is not in the rules.
    #[must_use]
    pub fn with(mut self, old: &str, new: &str) -> Self {
        assert!(self.text.contains(old), "{old:?} is not in the rules");
        self.text = self.text.replace(old, new);
        self
    }

    /// The environment with the variable `name` set to `value`.
    #[must_use]
    pub fn variable(mut self, name: &'static str, value: &str) -> Self {
        self.variables.retain(|(known, _)| *known != name);
        self.variables.push((name, value.to_owned()));
        self
    }

    /// The environment of a deployment that keeps rows of uploads.
    #[must_use]
    pub fn keeping_rows(self) -> Self {
        self.variable("SHARED_TABLE", "upload-broker")
            .variable("SHARED_STATE", "full")
    }

    /// The settings.
    ///
    /// # Panics
    /// If they are not sound.
    #[must_use]
    pub fn settings(&self) -> Settings {
        let lookup = |name: &str| {
            let found = self.variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| value.clone())
        };
        let read = |path: &Path| match path.file_name().and_then(|name| name.to_str()) {
            Some("broker.toml") => Ok(self.text.clone().into_bytes()),
            Some("jwks.json") => Ok(TestKey::of_seed(1).jwks().to_string().into_bytes()),
            _ => Err(io::Error::from(io::ErrorKind::NotFound)),
        };
        Settings::from(lookup, read).unwrap_or_else(|faults| panic!("{faults:#?}"))
    }
}
