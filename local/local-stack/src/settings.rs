//! The broker's rules (`broker.toml`) for the local stack.

use serde_json::Value;

use crate::origins::Origins;
use crate::seeds::{AGENTS, Arns, BACKENDS, CUSTOMERS, PEOPLE, SERVICE_USER};
use crate::stack::Authorizer;

/// Settings of a broker whose Connect has no quotas.
pub const NO_QUOTA: &str = "
[quota]
start_attached_file_upload       = { rate = 1000, burst = 1000 }
complete_attached_file_upload    = { rate = 1000, burst = 1000 }
batch_get_attached_file_metadata = { rate = 1000, burst = 1000 }
delete_attached_file             = { rate = 1000, burst = 1000 }
search_users                     = { rate = 1000, burst = 1000 }
describe_contact                 = { rate = 1000, burst = 1000 }
get_case                         = { rate = 1000, burst = 1000 }
";

/// `client_id` of the local issuer's tokens.
pub const CLIENT_ID: &str = "upload-broker-local";

/// Scope of the local issuer's tokens, which the broker requires.
pub const SCOPE: &str = "broker/attachments.write";

/// Text of `broker.toml` for callers behind that authorizer, with `further` TOML after it.
#[must_use]
pub fn broker_toml(
    arns: &Arns,
    origins: &Origins,
    allowed_origins: &[String],
    authorizer: &Authorizer,
    further: &str,
) -> String {
    // An array of texts is written alike in JSON and TOML.
    let allowed_origins = Value::from(allowed_origins);
    let store = &origins.store;
    let rules = match authorizer {
        Authorizer::None => token_rules(arns, &origins.oidc),
        Authorizer::Lambda(_) => lambda_rules(),
        Authorizer::Iam => iam_rules(arns),
    };
    format!(
        r#"# Written by local-stack at its start: changes are lost.
allowed_origins = {allowed_origins}
upload_hosts    = ["{store}"]

{rules}
{further}"#
    )
}

/// Rules about the issuer's tokens.
fn token_rules(arns: &Arns, issuer: &str) -> String {
    let service_user = arns.user(SERVICE_USER.1);
    let agents = format!(r#"{{ issuer = "{issuer}", claim = "cognito:groups", contains = "{AGENTS}" }}"#);
    let customers =
        format!(r#"{{ issuer = "{issuer}", claim = "cognito:groups", contains = "{CUSTOMERS}" }}"#);
    let backends = format!(r#"{{ issuer = "{issuer}", claim = "cognito:groups", contains = "{BACKENDS}" }}"#);
    let named = format!(
        "on_behalf_of = [\"{}\", \"{}\"]\n",
        PEOPLE[0].username, PEOPLE[1].username
    );
    let (agents_grants, backends_grants) = (grants(&agents, ""), grants(&backends, &named));
    format!(
        r#"[authentication]
accept = ["token"]

[[issuer]]
url        = "{issuer}"
profile    = "cognito-access"
audiences  = ["{CLIENT_ID}"]
algorithms = ["RS256"]
scopes     = ["{SCOPE}"]
leeway_seconds = 0 # one machine, one clock

# Agents are Connect users of the same name; uploads of customers are attributed to one service user; backends name the
# user.
[[identity]]
when = {agents}
user = {{ username_claim = "username" }}

[[identity]]
when = {customers}
user = "{service_user}"

[[identity]]
when = {backends}
user = "on-behalf-of"

{agents_grants}
[[grant]]
when      = {customers}
resources = {{ case_ids_claim = "case_ids" }}

{backends_grants}"#
    )
}

/// Rules about the context of the Lambda authorizer, whose `username` is a Connect user.
fn lambda_rules() -> String {
    let when = r#"{ issuer = "lambda-authorizer" }"#;
    let grants = grants(when, "");
    format!(
        r#"[authentication]
accept = ["lambda"]

[[identity]]
when = {when}
user = {{ username_claim = "username" }}

{grants}"#
    )
}

/// Rules about the role of the stack's credentials, which acts for the user that each request names.
fn iam_rules(arns: &Arns) -> String {
    let when = format!(r#"{{ issuer = "aws-iam", subject = "{}" }}"#, arns.role());
    let grants = grants(&when, "on_behalf_of = true\n");
    format!(
        r#"[authentication]
accept = ["iam"]

[[identity]]
when = {when}
user = "on-behalf-of"

{grants}"#
    )
}

/// Grants of every case and every contact.
fn grants(when: &str, further: &str) -> String {
    let grant = |resources: &str| {
        format!(
            "[[grant]]\nwhen      = {when}\nresources = \"{resources}\"\ntag_keys  = [\"department\"]\n{further}\n"
        )
    };
    grant("any-case") + &grant("any-contact")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_toml_with_three_identities_and_five_grants() {
        let arns = Arns::of(&connect_emulator::Options::default());
        let origins = Origins {
            oidc: "http://127.0.0.1:4520".to_owned(),
            ..Origins::default()
        };
        let text = broker_toml(
            &arns,
            &origins,
            &[],
            &Authorizer::None,
            "[limits]\nurl_expiry_seconds = 60",
        );
        let settings: toml::Table = text.parse().expect("TOML");
        for (list, length) in [("issuer", 1), ("identity", 3), ("grant", 5)] {
            assert_eq!(settings[list].as_array().map(Vec::len), Some(length), "{list}");
        }
        assert_eq!(
            settings["identity"][1]["user"].as_str(),
            Some(arns.user(SERVICE_USER.1).as_str())
        );
        assert_eq!(
            settings["grant"][0]["when"]["issuer"].as_str(),
            Some("http://127.0.0.1:4520")
        );
        assert_eq!(settings["limits"]["url_expiry_seconds"].as_integer(), Some(60));
    }
}
