//! Judges the bucket's CORS rules with a browser's preflights: one for each origin, and more if it is refused.

use broker_http::settings::Origin;
use broker_token::FetchError;
use http::{HeaderName, Response, header, request};
use url::Url;

use super::plain_http::PlainHttp;
use super::report::{Finding, Outcome};

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

/// Texts of S3 for a bucket without rules, and for a bucket that does not exist.
const NO_RULES: &str = "CORS is not enabled";
const NO_BUCKET: &str = "Bucket not found";

/// S3's header for the region of the bucket.
const BUCKET_REGION: HeaderName = HeaderName::from_static("x-amz-bucket-region");

type Answer = Response<Vec<u8>>;

/// The rule, and where it is described.
const RULE: &str = "the bucket's CORS rule (docs/setup-connect.md)";

pub(super) async fn bucket_cors(http: &PlainHttp, url: &Url, origins: &[Origin]) -> Outcome {
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
        format!("{} takes PUT from {all}", url.origin().ascii_serialization())
    })
}

struct Preflight<'a> {
    http: &'a PlainHttp,
    url: &'a Url,
    origin: &'a Origin,
}

impl Preflight<'_> {
    /// The reason that a browser could not upload, if there is one.
    async fn finding(&self) -> Option<Finding> {
        let answer = match self.ask("PUT", &HEADERS).await {
            Ok(answer) => answer,
            Err(error) => return Some(self.unanswered(&error)),
        };
        if allows(&answer, self.origin.as_str(), "PUT", &HEADERS) {
            return None;
        }
        let status = answer.status();
        let says = |words: &str| String::from_utf8_lossy(answer.body()).contains(words);
        let (why, fix) = if status.is_redirection() {
            let region = values(&answer, &BUCKET_REGION).next().unwrap_or("another region");
            (
                "the bucket is elsewhere".into(),
                format!("the bucket is in {region}: choose one in the instance's region"),
            )
        } else if says(NO_BUCKET) {
            (
                "there is no such bucket".into(),
                "make the bucket, or choose another in the Connect console, Data storage".into(),
            )
        } else if says(NO_RULES) {
            (
                "the bucket has no CORS rules".into(),
                "put the CORS rules of docs/setup-connect.md on the bucket".into(),
            )
        } else {
            self.refused_part().await
        };
        Some(Finding::fault(
            format!("{}: {}: {why}", self.asked(), status.as_u16()),
            fix,
        ))
    }

    /// The refused part of the preflight, found by asking for less, and the fix.
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
        let mut request = request::Builder::new()
            .method("OPTIONS")
            .uri(self.url.as_str())
            .header(header::ORIGIN, self.origin.as_str())
            .header(header::ACCESS_CONTROL_REQUEST_METHOD, method);
        if !headers.is_empty() {
            request = request.header(header::ACCESS_CONTROL_REQUEST_HEADERS, headers.join(","));
        }
        self.http.send(request, &[]).await
    }

    fn unanswered(&self, error: &FetchError) -> Finding {
        Finding {
            seen: format!("{}: {error}", self.asked()),
            fix: "see that the bucket can be reached from this machine, then run this again".into(),
            is_passing: true,
        }
    }

    fn asked(&self) -> String {
        format!(
            "OPTIONS {} from {}",
            self.url.origin().ascii_serialization(),
            self.origin.as_str()
        )
    }
}

/// Whether a browser would go on. Source: Fetch standard, CORS-preflight fetch.
fn allows(answer: &Answer, origin: &str, method: &str, headers: &[&str]) -> bool {
    let lists = |name: HeaderName, wanted: &str| {
        let mut entries = values(answer, &name)
            .flat_map(|value| value.split(','))
            .map(str::trim);
        entries.any(|entry| entry == "*" || entry.eq_ignore_ascii_case(wanted))
    };
    let admitted: Vec<_> = values(answer, &header::ACCESS_CONTROL_ALLOW_ORIGIN).collect();
    answer.status().is_success()
        && (admitted == ["*"] || admitted == [origin])
        && lists(header::ACCESS_CONTROL_ALLOW_METHODS, method)
        && headers
            .iter()
            .all(|wanted| lists(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted))
}

fn values<'a>(answer: &'a Answer, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let values = answer.headers().get_all(name).into_iter();
    values.filter_map(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preflight_allows_what_a_browser_would_send() {
        let site = "https://portal.example.com";
        for (what, status, origins, methods, headers, expected) in [
            (
                "each by name",
                200,
                vec![site],
                "PUT, GET",
                "content-type, X-Amz-Acl",
                true,
            ),
            ("anything", 204, vec!["*"], "*", "*", true),
            ("a refusal", 403, vec!["*"], "*", "*", false),
            ("a redirect", 301, vec!["*"], "*", "*", false),
            ("no origin", 200, vec![], "*", "*", false),
            (
                "another origin",
                200,
                vec!["https://portal.example.com.evil.example"],
                "*",
                "*",
                false,
            ),
            ("two origins", 200, vec![site, site], "*", "*", false),
            ("another method", 200, vec!["*"], "GET", "*", false),
            ("a header less", 200, vec!["*"], "PUT", "content-type", false),
        ] {
            let mut answer = Response::builder()
                .status(status)
                .header(header::ACCESS_CONTROL_ALLOW_METHODS, methods)
                .header(header::ACCESS_CONTROL_ALLOW_HEADERS, headers);
            for origin in origins {
                answer = answer.header(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            }
            let answer = answer.body(vec![]).expect("an answer");
            let asked = ["content-type", "x-amz-acl"];
            assert_eq!(allows(&answer, site, "PUT", &asked), expected, "{what}");
        }
    }
}
