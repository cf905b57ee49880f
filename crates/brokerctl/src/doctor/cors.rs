//! The bucket's CORS rules, as a browser meets them: one preflight for each origin, more where it is refused.

use broker_connect::diagnosis::{Answer, PlainHttp};
use broker_http::settings::Origin;
use broker_token::FetchError;

use super::report::{Finding, Outcome};
use super::storage::origin_of;

/// Headers that an upload carries and that a preflight asks for. Source: the chat sibling of
/// `StartAttachedFileUpload`; Connect has not published its own.
const HEADERS: [&str; 7] = [
    "content-disposition",
    "content-type",
    "x-amz-acl",
    "x-amz-meta-account_id",
    "x-amz-meta-contact_id",
    "x-amz-meta-initial_contact_id",
    "x-amz-meta-organization_id",
];

/// What S3 says where a bucket has no rules, and where there is no bucket.
const NO_RULES: &str = "CORS is not enabled";
const NO_BUCKET: &str = "Bucket not found";

/// Where the rules are described.
const RULE: &str = "the bucket's CORS rule (docs/setup-connect.md)";

pub(super) async fn bucket_cors(http: &PlainHttp, url: &str, origins: &[Origin]) -> Outcome {
    if origins.is_empty() {
        return Outcome::Skipped("allowed_origins is empty: no browser may call".into());
    }
    let mut findings = Vec::new();
    for origin in origins {
        let preflight = Preflight { http, url, origin };
        findings.extend(preflight.finding().await);
    }
    Outcome::of(findings, || {
        let all = origins.iter().map(Origin::as_str).collect::<Vec<_>>().join(", ");
        format!("{} takes PUT from {all}", origin_of(url))
    })
}

struct Preflight<'a> {
    http: &'a PlainHttp,
    url: &'a str,
    origin: &'a Origin,
}

impl Preflight<'_> {
    /// What keeps a browser from uploading, if anything does.
    async fn finding(&self) -> Option<Finding> {
        let answer = match self.ask("PUT", &HEADERS).await {
            Ok(answer) => answer,
            Err(error) => return Some(self.unanswered(&error)),
        };
        if allows(&answer, self.origin.as_str(), "PUT", &HEADERS) {
            return None;
        }
        let status = answer.status;
        let said = |words: &str| String::from_utf8_lossy(&answer.body).contains(words);
        let (why, fix) = if (300..400).contains(&status) {
            let region = answer
                .header("x-amz-bucket-region")
                .unwrap_or_else(|| "another region".into());
            (
                "the bucket is elsewhere".into(),
                format!("the bucket is in {region}: choose one in the instance's region"),
            )
        } else if said(NO_BUCKET) {
            (
                "there is no such bucket".into(),
                "make the bucket, or choose another in the Connect console, Data storage".into(),
            )
        } else if said(NO_RULES) {
            (
                "the bucket has no CORS rules".into(),
                "put the CORS rules of docs/setup-connect.md on the bucket".into(),
            )
        } else {
            self.refused_part().await
        };
        Some(Finding::fault(format!("{}: {status}: {why}", self.asked()), fix))
    }

    /// Which part of the preflight is refused, by asking for less, and what to change.
    async fn refused_part(&self) -> (String, String) {
        let origin = self.origin.as_str();
        if !self.is_allowed("PUT", &[]).await {
            return if self.is_allowed("GET", &[]).await {
                (
                    "PUT is not allowed".into(),
                    format!("add \"PUT\" to AllowedMethods of {RULE}"),
                )
            } else {
                (
                    "the origin is not allowed".into(),
                    format!("add \"{origin}\" to AllowedOrigins of {RULE}"),
                )
            };
        }
        let mut refused = Vec::new();
        for header in HEADERS {
            if !self.is_allowed("PUT", &[header]).await {
                refused.push(header);
            }
        }
        (
            format!("not allowed are the headers {}", refused.join(", ")),
            format!("set AllowedHeaders to [\"*\"] in {RULE}"),
        )
    }

    async fn is_allowed(&self, method: &str, headers: &[&str]) -> bool {
        let answer = self.ask(method, headers).await;
        answer.is_ok_and(|answer| allows(&answer, self.origin.as_str(), method, headers))
    }

    async fn ask(&self, method: &str, headers: &[&str]) -> Result<Answer, FetchError> {
        let names = headers.join(",");
        let mut sent = vec![
            ("origin", self.origin.as_str()),
            ("access-control-request-method", method),
        ];
        if !names.is_empty() {
            sent.push(("access-control-request-headers", &names));
        }
        self.http.send("OPTIONS", self.url, &sent, vec![]).await
    }

    fn unanswered(&self, error: &FetchError) -> Finding {
        Finding {
            seen: format!("{}: {error}", self.asked()),
            fix: "see that the bucket can be reached from this machine, then run this again".into(),
            is_passing: true,
        }
    }

    fn asked(&self) -> String {
        format!("OPTIONS {} from {}", origin_of(self.url), self.origin.as_str())
    }
}

/// Whether a browser would go on. Source: Fetch standard, CORS-preflight fetch.
fn allows(answer: &Answer, origin: &str, method: &str, headers: &[&str]) -> bool {
    let lists = |name: &str, wanted: &str| {
        let listed = answer.header(name).unwrap_or_default();
        let mut entries = listed.split(',').map(str::trim);
        entries.any(|entry| entry == "*" || entry.eq_ignore_ascii_case(wanted))
    };
    let admitted = answer.header("access-control-allow-origin");
    let is_admitted = admitted.is_some_and(|admitted| admitted == "*" || admitted == origin);
    (200..300).contains(&answer.status)
        && is_admitted
        && lists("access-control-allow-methods", method)
        && headers
            .iter()
            .all(|header| lists("access-control-allow-headers", header))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preflight_allows_what_a_browser_would_send() {
        let site = "https://portal.example.com";
        for (what, status, origin, methods, headers, expected) in [
            (
                "each by name",
                200,
                Some(site),
                "PUT, GET",
                "content-type, X-Amz-Acl",
                true,
            ),
            ("anything", 204, Some("*"), "*", "*", true),
            ("a refusal", 403, Some("*"), "*", "*", false),
            ("a redirect", 301, Some("*"), "*", "*", false),
            ("no origin", 200, None, "*", "*", false),
            (
                "another origin",
                200,
                Some("https://portal.example.com.evil.example"),
                "*",
                "*",
                false,
            ),
            ("another method", 200, Some("*"), "GET", "*", false),
            ("a header less", 200, Some("*"), "PUT", "content-type", false),
        ] {
            let sent = [
                ("access-control-allow-origin", origin),
                ("access-control-allow-methods", Some(methods)),
                ("access-control-allow-headers", Some(headers)),
            ];
            let answer = Answer {
                status,
                headers: sent
                    .iter()
                    .filter_map(|(name, value)| Some(((*name).to_owned(), (*value)?.to_owned())))
                    .collect(),
                body: vec![],
            };
            let asked = ["content-type", "x-amz-acl"];
            assert_eq!(allows(&answer, site, "PUT", &asked), expected, "{what}");
        }
    }
}
