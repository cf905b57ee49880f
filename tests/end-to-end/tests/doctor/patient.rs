//! A deployment on the local stack as the doctor is told of it, and what the doctor says.

use std::collections::BTreeMap;
use std::process::Stdio;

use end_to_end_tests::{World, executable};
use local_stack::seeds::PEOPLE;
use local_stack::store::CorsRule;
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

use crate::issuer::Issuer;

/// Everything that a fault can change.
pub(crate) struct Patient {
    pub(crate) rules: String,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) cors: Vec<CorsRule>,
    /// What is armed at Connect.
    pub(crate) faults: Vec<Value>,
    /// A second issuer, which can be told to misbehave.
    pub(crate) issuer: Issuer,
    own_issuer: String,
}

/// What a run of the command left.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The report, as machines read it.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) status: i32,
    pub(crate) verdicts: Vec<(String, String)>,
    checks: Value,
}

impl Patient {
    /// A deployment whose rules make the doctor ask everything, with nothing wrong about it.
    pub(crate) async fn sound(world: &World) -> Self {
        let own_issuer = world.origins().oidc.clone();
        let rules = world.settings("broker.toml");
        let environment = world.settings("broker.env");
        let variables = environment.lines().filter_map(|line| line.split_once('='));
        let keys = world
            .http
            .send("GET", &format!("{own_issuer}/jwks.json"), &[], "")
            .await;
        Self {
            rules: format!("{rules}{}", further_rules(&own_issuer)),
            environment: variables
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            cors: vec![CorsRule {
                allowed_origins: vec![world.origins().page.clone()],
                allowed_methods: vec!["PUT".to_owned(), "GET".to_owned()],
                allowed_headers: vec!["*".to_owned()],
                ..CorsRule::default()
            }],
            faults: vec![],
            issuer: Issuer::start(keys.json()).await,
            own_issuer,
        }
    }

    /// Replaces `from`, which must be there, in rules and environment.
    pub(crate) fn replace(&mut self, from: &str, to: &str) {
        assert!(self.rules.contains(from), "{from} is in the rules");
        self.rules = self.rules.replace(from, to);
        for value in self.environment.values_mut() {
            *value = value.replace(from, to);
        }
    }

    /// Lets `url` be the issuer.
    pub(crate) fn issued_by(&mut self, url: &str) {
        let own = self.own_issuer.clone();
        self.replace(&own, url);
    }

    /// Sets a variable.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.environment.insert(name.to_owned(), value.to_owned());
    }

    /// Lets every call of `operation` fail.
    pub(crate) fn fails(&mut self, operation: &str, status: u16, code: &str) {
        let fault = serde_json::json!({
            "operation": operation, "times": 1000, "kind": "error", "status": status, "code": code,
        });
        self.faults.push(fault);
    }

    /// Lets every call of `operation` be answered with `value`.
    pub(crate) fn answers(&mut self, operation: &str, value: &Value) {
        let fault = serde_json::json!({
            "operation": operation, "times": 1000, "kind": "garbage", "value": value,
        });
        self.faults.push(fault);
    }

    /// Arms the faults and runs `brokerctl doctor` with further `arguments`.
    pub(crate) async fn run(&self, world: &World, arguments: &[&str]) -> Told {
        world.arm(&self.faults).await;
        world.stack().store().set_cors(self.cors.clone());
        let folder = TempDir::new().expect("a directory");
        std::fs::write(folder.path().join("broker.toml"), &self.rules).expect("written");
        let output = Command::new(executable("brokerctl"))
            .args(["doctor", "broker.toml"])
            .args(arguments)
            .current_dir(folder.path())
            .env_clear()
            .envs(&self.environment)
            .env("HOME", folder.path())
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .stdin(Stdio::null())
            .output()
            .await
            .expect("the command runs");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        let told = Told {
            status: output.status.code().expect("no signal"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        };
        self.is_discreet(&told);
        told
    }

    /// Nothing that opens anything may be told.
    fn is_discreet(&self, told: &Told) {
        let said = format!("{}{}", told.stdout, told.stderr);
        for secret in ["X-Amz-", "x-amz-signature", &self.environment["HANDLE_KEYS"]] {
            assert!(secret.is_empty() || !said.contains(secret), "{said}");
        }
    }

    /// The report that such a run prints with `--json`.
    pub(crate) async fn examine(&self, world: &World, arguments: &[&str]) -> Report {
        let told = self.run(world, &[&["--json"], arguments].concat()).await;
        let report: Value = serde_json::from_str(&told.stdout).unwrap_or_else(|_| panic!("{told:?}"));
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let checks = report["checks"].as_array().expect("a list").iter();
        Report {
            status: told.status,
            verdicts: checks
                .map(|check| (text(&check["check"]), text(&check["verdict"])))
                .collect(),
            checks: report["checks"].clone(),
        }
    }
}

impl Report {
    /// Everything that was found by `check`, with the fixes.
    pub(crate) fn found(&self, check: &str) -> String {
        let mut checks = self.checks.as_array().expect("a list").iter();
        let named = checks.find(|found| found["check"] == check).expect("a check");
        let findings = named["findings"].as_array().expect("a list").iter();
        let told = findings.map(|finding| format!("{} | {}", finding["seen"], finding["fix"]));
        told.collect::<Vec<_>>().join("\n")
    }
}

/// Rules that rest on everything that can be looked up.
fn further_rules(issuer: &str) -> String {
    let named = PEOPLE[0].username;
    format!(
        r#"
[[grant]]
when      = {{ issuer = "{issuer}" }}
resources = {{ case_customer_claim = "profile_arn" }}

[[grant]]
when      = {{ issuer = "{issuer}" }}
resources = "own-contacts"

[[grant]]
when                = {{ issuer = "{issuer}" }}
resources           = "any-case"
on_behalf_of        = ["{named}"]
max_file_size_bytes = 20971520
allowed_extensions  = ["pdf"]
"#
    )
}
