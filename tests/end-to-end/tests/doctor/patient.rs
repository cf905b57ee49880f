//! A deployment on the local stack, and the doctor's report about it.

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
    /// The token that the doctor is given.
    pub(crate) token: String,
    /// Faults that the emulated Connect has.
    pub(crate) faults: Vec<Value>,
    /// A second issuer, which can be output to misbehave.
    pub(crate) issuer: Issuer,
    own_issuer: String,
}

/// The outcome of one run of the command.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The report, read from its JSON.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) status: i32,
    pub(crate) verdicts: Vec<(String, String)>,
    checks: Value,
}

impl Patient {
    /// A sound deployment whose rules make the doctor ask everything.
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
            token: String::new(),
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

    /// Makes `url` the issuer.
    pub(crate) fn issued_by(&mut self, url: &str) {
        let own = self.own_issuer.clone();
        self.replace(&own, url);
    }

    /// Sets a variable.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.environment.insert(name.to_owned(), value.to_owned());
    }

    /// Makes every call of `operation` fail.
    pub(crate) fn fails(&mut self, operation: &str, status: u16, code: &str) {
        let fault = serde_json::json!({
            "operation": operation, "times": 1000, "kind": "error", "status": status, "code": code,
        });
        self.faults.push(fault);
    }

    /// Answers every call of `operation` with `value`.
    pub(crate) fn answers(&mut self, operation: &str, value: &Value) {
        let fault = serde_json::json!({
            "operation": operation, "times": 1000, "kind": "garbage", "value": value,
        });
        self.faults.push(fault);
    }

    /// Arms the faults and runs `brokerctl doctor` with further `arguments`.
    pub(crate) async fn run(&self, world: &World, arguments: &[String]) -> Output {
        world.arm(&self.faults).await;
        world.stack().store().set_cors(self.cors.clone());
        let folder = TempDir::new().expect("a directory");
        for (name, text) in [("broker.toml", &self.rules), ("token", &self.token)] {
            std::fs::write(folder.path().join(name), text).expect("written");
        }
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
        let output = Output {
            status: output.status.code().expect("no signal"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        };
        self.is_discreet(&output);
        output
    }

    /// The output must not hold a signature or a key.
    fn is_discreet(&self, output: &Output) {
        let said = format!("{}{}", output.stdout, output.stderr);
        for secret in [
            "X-Amz-",
            "x-amz-signature",
            &self.environment["HANDLE_KEYS"],
            &self.token,
        ] {
            assert!(secret.is_empty() || !said.contains(secret), "{said}");
        }
    }

    /// The report that such a run prints with `--json`.
    pub(crate) async fn examine(&self, world: &World, arguments: &[String]) -> Report {
        let output = self
            .run(world, &[&["--json".to_owned()], arguments].concat())
            .await;
        let report: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let checks = report["checks"].as_array().expect("a list").iter();
        Report {
            status: output.status,
            verdicts: checks
                .map(|check| (text(&check["check"]), text(&check["verdict"])))
                .collect(),
            checks: report["checks"].clone(),
        }
    }
}

impl Report {
    /// The findings of `check` with their fixes.
    pub(crate) fn found(&self, check: &str) -> String {
        let mut checks = self.checks.as_array().expect("a list").iter();
        let named = checks.find(|found| found["check"] == check).expect("a check");
        let findings = named["findings"].as_array().expect("a list").iter();
        let output = findings.map(|finding| format!("{} | {}", finding["seen"], finding["fix"]));
        output.collect::<Vec<_>>().join("\n")
    }
}

/// Rules that need every kind of look-up.
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
