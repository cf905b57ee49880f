//! Judges CORS rules with a browser's preflights: one for each origin, and more if it is refused.

use broker_http::settings::Origin;
use broker_token::FetchError;
use http::{HeaderName, Response, header, request};
use url::Url;

use super::plain_http::PlainHttp;
use super::report::{Finding, Outcome};

/// Headers that an upload carries and that a preflight asks for. Source: the chat sibling of
/// `StartAttachedFileUpload`; Connect has not published its own.
const UPLOAD_HEADERS: [&str; 7] = [
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

/// The outcome if no page may call.
pub(super) fn no_browsers() -> Outcome {
    Outcome::Skipped("allowed_origins is empty: no browser may call".into())
}

pub(super) async fn bucket_cors(http: &PlainHttp, url: &Url, origins: &[Origin]) -> Outcome {
    if origins.is_empty() {
        return no_browsers();
    }
    let crossing = Crossing {
        http,
        url: url.clone(),
        method: "PUT",
        headers: &UPLOAD_HEADERS,
        server: Server::Bucket,
    };
    Outcome::of(crossing.findings(origins).await, || {
        format!(
            "{} takes PUT from {}",
            url.origin().ascii_serialization(),
            listed(origins)
        )
    })
}

/// The origins, as a text.
pub(super) fn listed(origins: &[Origin]) -> String {
    origins.iter().map(Origin::as_str).collect::<Vec<_>>().join(", ")
}

/// A request that scripts send to another origin, after a preflight.
pub(super) struct Crossing<'a> {
    pub(super) http: &'a PlainHttp,
    pub(super) url: Url,
    pub(super) method: &'a str,
    pub(super) headers: &'a [&'a str],
    pub(super) server: Server,
}

/// The server that answers preflights, which decides how it is corrected.
#[derive(Clone, Copy)]
pub(super) enum Server {
    Bucket,
    Api,
}

impl Server {
    const fn name(self) -> &'static str {
        match self {
            Self::Bucket => "bucket",
            Self::Api => "API",
        }
    }

    fn admit_origin(self, origin: &str) -> String {
        match self {
            Self::Bucket => format!("add \"{origin}\" to AllowedOrigins of {RULE}"),
            Self::Api => format!(
                "deploy with \"{origin}\" in parameter AllowedOrigins; if the broker answers preflights (CorsBy=broker, a REST \
                 API), deploy the rules whose allowed_origins has it"
            ),
        }
    }

    fn admit_method(self, method: &str) -> String {
        match self {
            Self::Bucket => format!("add \"{method}\" to AllowedMethods of {RULE}"),
            Self::Api => format!("allow {method} in the API's CORS, as infra/http-api.yaml does"),
        }
    }

    fn admit_headers(self) -> String {
        match self {
            Self::Bucket => format!("set AllowedHeaders to [\"*\"] in {RULE}"),
            Self::Api => {
                "deploy with parameter AllowedHeaders the same as allowed_headers; an API of your own allows \
                          Authorization, Content-Type and Idempotency-Key too"
                    .into()
            }
        }
    }
}

impl Crossing<'_> {
    /// The findings for each of `origins` whose pages could not send the request.
    pub(super) async fn findings(&self, origins: &[Origin]) -> Vec<Finding> {
        let mut findings = Vec::new();
        for origin in origins {
            let preflight = Preflight {
                crossing: self,
                origin,
            };
            findings.extend(preflight.finding().await);
        }
        findings
    }
}

struct Preflight<'a> {
    crossing: &'a Crossing<'a>,
    origin: &'a Origin,
}

impl Preflight<'_> {
    /// The reason that a browser could not send the request, if there is one.
    async fn finding(&self) -> Option<Finding> {
        let Crossing { method, headers, .. } = self.crossing;
        let answer = match self.ask(method, headers).await {
            Ok(answer) => answer,
            Err(error) => return Some(self.unanswered(&error)),
        };
        if allows(&answer, self.origin.as_str(), method, headers) {
            return None;
        }
        let status = answer.status();
        let whole = match self.crossing.server {
            Server::Bucket => bucket_at_fault(&answer),
            Server::Api => None,
        };
        let (why, fix) = match whole {
            Some(fault) => fault,
            None => self.refused_part().await,
        };
        Some(Finding::fault(
            format!("{}: {}: {why}", self.asked(), status.as_u16()),
            fix,
        ))
    }

    /// The refused part of the preflight, found by asking for less, and the fix.
    async fn refused_part(&self) -> (String, String) {
        let Crossing {
            method,
            headers,
            server,
            ..
        } = self.crossing;
        let origin = self.origin.as_str();
        if !self.is_allowed(method, &[]).await {
            return if self.is_allowed("GET", &[]).await {
                (format!("{method} is not allowed"), server.admit_method(method))
            } else {
                ("the origin is not allowed".into(), server.admit_origin(origin))
            };
        }
        let mut refused = Vec::new();
        for header in *headers {
            if !self.is_allowed(method, &[header]).await {
                refused.push(*header);
            }
        }
        (
            format!("not allowed are the headers {}", refused.join(", ")),
            server.admit_headers(),
        )
    }

    async fn is_allowed(&self, method: &str, headers: &[&str]) -> bool {
        let answer = self.ask(method, headers).await;
        answer.is_ok_and(|answer| allows(&answer, self.origin.as_str(), method, headers))
    }

    async fn ask(&self, method: &str, headers: &[&str]) -> Result<Answer, FetchError> {
        let mut request = request::Builder::new()
            .method("OPTIONS")
            .uri(self.crossing.url.as_str())
            .header(header::ORIGIN, self.origin.as_str())
            .header(header::ACCESS_CONTROL_REQUEST_METHOD, method);
        if !headers.is_empty() {
            request = request.header(header::ACCESS_CONTROL_REQUEST_HEADERS, headers.join(","));
        }
        self.crossing.http.send(request, &[]).await
    }

    fn unanswered(&self, error: &FetchError) -> Finding {
        let server = self.crossing.server.name();
        Finding {
            seen: format!("{}: {error}", self.asked()),
            fix: format!("see that the {server} can be reached from this machine, then run this again"),
            is_passing: true,
        }
    }

    fn asked(&self) -> String {
        format!(
            "OPTIONS {} from {}",
            self.crossing.url.origin().ascii_serialization(),
            self.origin.as_str()
        )
    }
}

/// Why S3 answers no preflight at all, and the fix.
fn bucket_at_fault(answer: &Answer) -> Option<(String, String)> {
    let says = |words: &str| String::from_utf8_lossy(answer.body()).contains(words);
    if answer.status().is_redirection() {
        let region = values(answer, &BUCKET_REGION).next().unwrap_or("another region");
        Some((
            "the bucket is elsewhere".into(),
            format!("the bucket is in {region}: choose one in the instance's region"),
        ))
    } else if says(NO_BUCKET) {
        Some((
            "there is no such bucket".into(),
            "make the bucket, or choose another in the Connect console, Data storage".into(),
        ))
    } else if says(NO_RULES) {
        Some((
            "the bucket has no CORS rules".into(),
            "put the CORS rules of docs/setup-connect.md on the bucket".into(),
        ))
    } else {
        None
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
    answer.status().is_success()
        && admits(answer, origin)
        && lists(header::ACCESS_CONTROL_ALLOW_METHODS, method)
        && headers
            .iter()
            .all(|wanted| lists(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted))
}

/// Whether scripts of `origin` may read the answer and these headers of it. Source: Fetch standard, CORS check.
pub(super) fn shares(answer: &Answer, origin: &str, names: &str) -> bool {
    let exposed: Vec<_> = values(answer, &header::ACCESS_CONTROL_EXPOSE_HEADERS)
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    let is_exposed = |name: &str| exposed.contains(&name.trim().to_ascii_lowercase());
    admits(answer, origin) && (exposed.contains(&"*".to_owned()) || names.split(',').all(is_exposed))
}

fn admits(answer: &Answer, origin: &str) -> bool {
    let admitted: Vec<_> = values(answer, &header::ACCESS_CONTROL_ALLOW_ORIGIN).collect();
    admitted == ["*"] || admitted == [origin]
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
