//! The broker's rules (`broker.toml`) for the local stack.

use serde_json::Value;

use crate::origins::Origins;
use crate::seeds::{AGENTS, Arns, CUSTOMERS, SERVICE_USER};

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

/// Text of `broker.toml`, with `further` TOML after it.
#[must_use]
pub fn broker_toml(arns: &Arns, origins: &Origins, allowed_origins: &[String], further: &str) -> String {
    let Origins {
        store, oidc: issuer, ..
    } = origins;
    // An array of texts is written alike in JSON and TOML.
    let allowed_origins = Value::from(allowed_origins);
    let service_user = arns.user(SERVICE_USER.1);
    let agents = format!(r#"{{ issuer = "{issuer}", claim = "cognito:groups", contains = "{AGENTS}" }}"#);
    let customers =
        format!(r#"{{ issuer = "{issuer}", claim = "cognito:groups", contains = "{CUSTOMERS}" }}"#);
    format!(
        r#"# Written by local-stack at its start: changes are lost.
allowed_origins = {allowed_origins}
upload_hosts    = ["{store}"]

[authentication]
accept = ["token"]

[[issuer]]
url        = "{issuer}"
profile    = "cognito-access"
audiences  = ["{CLIENT_ID}"]
algorithms = ["RS256"]
scopes     = ["{SCOPE}"]
leeway_seconds = 0 # one machine, one clock

# Agents are Connect users of the same name; uploads of customers are attributed to one service user.
[[identity]]
when = {agents}
user = {{ username_claim = "username" }}

[[identity]]
when = {customers}
user = "{service_user}"

[[grant]]
when      = {agents}
resources = "any-case"
tag_keys  = ["department"]

[[grant]]
when      = {agents}
resources = "any-contact"
tag_keys  = ["department"]

[[grant]]
when      = {customers}
resources = {{ case_ids_claim = "case_ids" }}

{further}"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_toml_with_two_identities_and_three_grants() {
        let arns = Arns::of(&connect_emulator::Options::default());
        let origins = Origins {
            oidc: "http://127.0.0.1:4520".to_owned(),
            ..Origins::default()
        };
        let text = broker_toml(&arns, &origins, &[], "[limits]\nurl_expiry_seconds = 60");
        let settings: toml::Table = text.parse().expect("TOML");
        for (list, length) in [("issuer", 1), ("identity", 2), ("grant", 3)] {
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
