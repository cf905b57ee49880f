//! The broker's rules in these runs: a verified access token, an ARN from a claim, every case.

use std::fmt::Write as _;

use crate::connect::DOMAIN_ARN;
use crate::issuer::{AUDIENCE, ISSUER};

/// The line of TOML for keys in a file beside the rules.
pub(crate) const KEYS_IN_A_FILE: &str = "jwks_file = \"jwks.json\"";

/// Rules with full strictness that take the issuer's keys from `keys`, a line of TOML.
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

/// `strict`, but the user is looked up by name in Connect and kept.
pub(crate) fn with_a_directory(keys: &str) -> String {
    strict(keys).replace(
        "arn_claim = \"connect_user_arn\"",
        "username_claim = \"username\"",
    )
}

/// `strict` with as many further grants as make `grants`: of other callers, so none of them decides.
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
