//! Runs the command on files of its own.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

/// Rules of a portal: agents by their token, a backend by its role.
pub(crate) const RULES: &str = r#"
[authentication]
accept = ["token", "iam"]

[[issuer]]
url = "https://login.example.com"
profile = "oidc-access"
audiences = ["broker"]
algorithms = ["EdDSA"]

[[identity]]
when = { issuer = "https://login.example.com", claim = "groups", contains = "agents" }
user = { username_claim = "username" }

[[identity]]
when = { issuer = "aws-iam", subject = "arn:aws:iam::111122223333:role/backend" }
user = "on-behalf-of"

[[grant]]
when = { issuer = "https://login.example.com" }
resources = { case_ids_claim = "case_ids" }

[[grant]]
when = { issuer = "https://login.example.com" }
resources = "own-contacts"
actions = ["start"]

[[grant]]
when = { issuer = "aws-iam" }
resources = ["arn:aws:cases:eu-west-1:111122223333:domain/d-1/case/c-1"]
on_behalf_of = ["ada"]
"#;

/// Variables that fit [`RULES`].
pub(crate) const ENVIRONMENT: &str = "\
# facts of the deployment
CONNECT_INSTANCE_ARN=arn:aws:connect:eu-west-1:111122223333:instance/i-1
CASES_DOMAIN_ARN=arn:aws:cases:eu-west-1:111122223333:domain/d-1

HANDLE_KEYS=ASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4mrze8=
";

/// A directory with `broker.toml` and `broker.env`, removed at the end.
pub(crate) struct Files(TempDir);

/// What a run of the command left.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Files {
    pub(crate) fn new(rules: &str, environment: &str) -> Self {
        let files = Self(TempDir::new().expect("a directory"));
        files.write("broker.toml", rules);
        files.write("broker.env", environment);
        files
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("a file");
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs the command in the directory, in an environment of `variables` alone.
    pub(crate) fn run_in(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Ran {
        let output = Command::new(PathBuf::from(env!("CARGO_BIN_EXE_brokerctl")))
            .args(arguments)
            .current_dir(self.0.path())
            .env_clear()
            .envs(variables.iter().copied())
            .output()
            .expect("the command runs");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Ran {
            status: output.status.code().expect("no signal"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_in(&[], arguments)
    }
}
