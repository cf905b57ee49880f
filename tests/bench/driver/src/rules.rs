//! The broker's rules: a verified access token, the user's ARN from a claim, a grant for every case.

use std::fmt::Write as _;

use crate::connect::DOMAIN_ARN;
use crate::issuer::{AUDIENCE, ISSUER};

/// The line of TOML for keys in a file.
pub(crate) const KEYS_IN_A_FILE: &str = "jwks_file = \"jwks.json\"";

/// Rules with every check; `keys` is the line of TOML that says where the issuer's keys are.
pub(crate) fn strict(keys: &str) -> String {
    format!(
        r#"allowed_origins = ["https://portal.example.com"]

[authentication]
accept  = ["token"]
api_ids = ["a1b2c3"]

[[issuer]]
url        = "{ISSUER}"
profile    = "cognito-access"
audiences  = ["{AUDIENCE}"]
algorithms = ["RS256"]
scopes     = ["broker/attachments.write"]
{keys}

[[identity]]
when = {{ issuer = "{ISSUER}", claim = "cognito:groups", contains = "agents" }}
user = {{ arn_claim = "connect_user_arn" }}

[[grant]]
when                = {{ issuer = "{ISSUER}", scope = "broker/attachments.write" }}
resources           = "any-case"
max_file_size_bytes = 20971520
allowed_extensions  = ["pdf", "png"]
"#
    )
}

/// `rules` for a broker that calls the stand-in for Connect, which has no quota.
pub(crate) fn without_quota(rules: &str) -> String {
    let quota = "{ rate = 1000, burst = 1000 }";
    format!("{rules}\n[quota]\nstart_attached_file_upload = {quota}\nsearch_users = {quota}\n")
}

/// `strict`, but the broker looks the user up in Connect by name, and caches the answer.
pub(crate) fn with_a_directory(keys: &str) -> String {
    strict(keys).replace(
        "arn_claim = \"connect_user_arn\"",
        "username_claim = \"username\"",
    )
}

/// `strict` with `grants` grants in all; the additional ones are for other callers.
pub(crate) fn with_grants(keys: &str, grants: usize) -> String {
    let mut rules = strict(keys);
    for number in 1..grants {
        let _ = write!(
            rules,
            r#"
[[grant]]
when               = {{ issuer = "{ISSUER}", subject = "caller-{number}" }}
resources          = ["{DOMAIN_ARN}/case/case-{number}"]
allowed_extensions = ["pdf"]
"#
        );
    }
    rules
}
