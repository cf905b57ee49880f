//! Judges the deployed API as its callers meet it: a request without a token, and the preflights of browsers.

use broker_http::outbound::error_code::ErrorCode;
use broker_http::settings::{EvidenceKind, Origin, RequestHeader, Settings};
use broker_token::FetchError;
use http::{Response, header, request};
use serde_json::Value;
use url::Url;

use super::cors::{Crossing, Server, listed, no_browsers, shares};
use super::plain_http::PlainHttp;
use super::report::{Finding, Outcome};

/// What scripts of pages must be able to read, for a client that follows `Location` and waits its turn.
const READ: &str = "Location, Upload-Expires, Retry-After";

/// The headers of a start that a preflight asks for.
const SENT: [&str; 3] = ["authorization", "content-type", "idempotency-key"];

/// The API at an address.
pub(super) struct Api<'a> {
    pub(super) http: &'a PlainHttp,
    /// Ends before the routes, without a slash.
    pub(super) url: &'a Url,
    pub(super) settings: &'a Settings,
}

/// Where an answer without credentials came from, and what it says.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    /// The broker, with this code.
    Broker(String),
    /// API Gateway, with this message.
    Gateway(String),
    /// Something else.
    Stranger,
}

impl Api<'_> {
    /// The outcome of a request without a token.
    pub(super) async fn alive(&self) -> Outcome {
        let asked = format!("GET {}", self.route("limits"));
        let answer = match self.get(None).await {
            Ok(answer) => answer,
            Err(error) => {
                return Outcome::Found(vec![Finding {
                    seen: format!("{asked}: {error}"),
                    fix: "see that the address is right, and that it can be reached from this machine".into(),
                    is_passing: true,
                }]);
            }
        };
        let status = answer.status().as_u16();
        let mut findings = Vec::new();
        let verifies_tokens = self.settings.authentication.accept.contains(&EvidenceKind::Token);
        if let Some((why, fix, is_passing)) = objection(verifies_tokens, status, &Seen::of(&answer)) {
            let seen = format!("{asked}: {status}: {why}");
            findings.push(Finding {
                is_passing,
                ..Finding::fault(seen, fix)
            });
        }
        findings.extend(self.moved());
        Outcome::of(findings, || {
            format!("{} refuses a request without credentials, as it must", self.url)
        })
    }

    /// The finding for a `BASE_PATH` that is not the path of the address, because `Location` begins with it.
    fn moved(&self) -> Option<Finding> {
        let (own, path) = (&*self.settings.base_path, self.url.path().trim_end_matches('/'));
        (own != path).then(|| {
            Finding::fault(
                format!("BASE_PATH is {own:?}, and callers see {path:?}: Location leads them elsewhere"),
                "set BASE_PATH to the path that callers see (parameter DomainPath, or BasePath for an API of your own)",
            )
        })
    }

    /// The outcome of preflights from each allowed origin, and of a page's look at an answer.
    pub(super) async fn cors(&self) -> Outcome {
        let origins = &self.settings.allowed_origins;
        if origins.is_empty() {
            return no_browsers();
        }
        let further = self.settings.allowed_headers.iter().map(RequestHeader::as_str);
        let headers: Vec<_> = SENT.into_iter().chain(further).collect();
        let mut findings = self.crossing("uploads", "POST", &headers).findings(origins).await;
        if findings.is_empty() {
            findings = self
                .crossing("uploads/any", "DELETE", &SENT[..1])
                .findings(origins)
                .await;
        }
        if findings.is_empty() {
            for origin in origins {
                findings.extend(self.hidden(origin).await);
            }
        }
        Outcome::of(findings, || {
            format!("{} may be called from {}", self.url, listed(origins))
        })
    }

    fn crossing<'a>(&'a self, route: &str, method: &'a str, headers: &'a [&'a str]) -> Crossing<'a> {
        Crossing {
            http: self.http,
            url: self.route(route),
            method,
            headers,
            server: Server::Api,
        }
    }

    /// The finding if scripts of `origin` cannot read what they need.
    async fn hidden(&self, origin: &Origin) -> Option<Finding> {
        let answer = self.get(Some(origin)).await.ok()?;
        // API Gateway's own refusals have no such headers without an authorizer's gateway responses, and no client reads them.
        let is_brokers = matches!(Seen::of(&answer), Seen::Broker(_));
        (is_brokers && !shares(&answer, origin.as_str(), READ)).then(|| {
            Finding::fault(
                format!("scripts of {} cannot read {READ} in answers", origin.as_str()),
                "expose them in the API's CORS, as infra/http-api.yaml does",
            )
        })
    }

    async fn get(&self, origin: Option<&Origin>) -> Result<Response<Vec<u8>>, FetchError> {
        let mut request = request::Builder::new().uri(self.route("limits").as_str());
        if let Some(origin) = origin {
            request = request.header(header::ORIGIN, origin.as_str());
        }
        self.http.send(request, &[]).await
    }

    fn route(&self, route: &str) -> Url {
        let mut url = self.url.clone();
        let path = format!("{}/{route}", url.path().trim_end_matches('/'));
        url.set_path(&path);
        url
    }
}

/// Why the answer is not the one that a sound deployment gives, the fix, and whether it may pass.
fn objection(verifies_tokens: bool, status: u16, seen: &Seen) -> Option<(String, &'static str, bool)> {
    let fault = |why: String, fix| Some((why, fix, false));
    match (seen, status) {
        (Seen::Broker(code), 401) if code == ErrorCode::Unauthenticated.info().name && verifies_tokens => {
            None
        }
        (Seen::Gateway(_), 401 | 403) if !verifies_tokens => None,
        (Seen::Broker(code), 401) if code == ErrorCode::Unauthenticated.info().name => fault(
            "the broker answers itself, so no authorizer stands before it".into(),
            "set parameter Authorizer to what `accept` in the rules says, or attach the authorizer to the routes",
        ),
        (Seen::Broker(code), 404) => fault(
            format!("the broker knows no such route ({code})"),
            "give --api the address that ends before /uploads, and set BASE_PATH to its path",
        ),
        (Seen::Broker(code), _) => fault(
            format!("the broker answers {code}"),
            "see the function's log: the request record has the reason",
        ),
        (Seen::Gateway(message), 401) => fault(
            format!("API Gateway asks for credentials before the broker does ({message})"),
            "set parameter Authorizer=none, or write what stands before the broker into `accept` of the rules",
        ),
        (Seen::Gateway(message), 403 | 404) => fault(
            format!("API Gateway knows no such route, or wants an API key or another source ({message})"),
            "correct the stage and path in --api (output ApiUrl of the stack has them), DomainPath, ApiKeyRequired or the \
             web ACL",
        ),
        (Seen::Gateway(_), 429) => Some((
            "the API is throttled".into(),
            "run this again, or raise RateLimit",
            true,
        )),
        (Seen::Gateway(message), 500..) => fault(
            format!("the function fails, or API Gateway may not invoke it ({message})"),
            "see the function's log; without a line there, the invoke permission on the alias is missing",
        ),
        (Seen::Gateway(_) | Seen::Stranger, _) => fault(
            "neither the broker nor API Gateway answers".into(),
            "give --api the address of the API, and see what proxy stands before it",
        ),
    }
}

impl Seen {
    fn of(answer: &Response<Vec<u8>>) -> Self {
        let kind = answer.headers().get(header::CONTENT_TYPE);
        let is_problem = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/problem+json"));
        let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        match (&body["code"], &body["message"]) {
            (Value::String(code), _) if is_problem => Self::Broker(shown(code)),
            (_, Value::String(message)) => Self::Gateway(shown(message)),
            _ => Self::Stranger,
        }
    }
}

/// A text of a server, as far as it is shown.
fn shown(text: &str) -> String {
    text.chars()
        .filter(|letter| letter.is_ascii_alphanumeric() || " -".contains(*letter))
        .take(64)
        .collect()
}

/// An address of the API: https, or http on this machine.
pub(super) fn parse_url(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "must be a URL")?;
    let is_plain = url.query().is_none() && url.fragment().is_none();
    match Origin::parse(&url.origin().ascii_serialization()) {
        Some(_) if is_plain => Ok(url),
        Some(_) => Err("must end before the routes, without a query or a fragment"),
        None => Err("must be https, or http on localhost or a literal loopback address"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_what_stands_before_the_broker() {
        let broker = |code: &str| Seen::Broker(code.into());
        let gateway = |message: &str| Seen::Gateway(message.into());
        for (verifies_tokens, status, seen, expected) in [
            (true, 401, broker("unauthenticated"), None),
            (
                false,
                401,
                broker("unauthenticated"),
                Some("no authorizer stands before it"),
            ),
            (false, 401, gateway("Unauthorized"), None),
            (false, 403, gateway("Missing Authentication Token"), None),
            (
                true,
                401,
                gateway("Unauthorized"),
                Some("asks for credentials before the broker"),
            ),
            (true, 403, gateway("Forbidden"), Some("knows no such route")),
            (true, 404, gateway("Not Found"), Some("knows no such route")),
            (false, 404, gateway("Not Found"), Some("knows no such route")),
            (
                true,
                404,
                broker("not-found"),
                Some("the broker knows no such route"),
            ),
            (
                true,
                401,
                broker("invalid-token"),
                Some("the broker answers invalid-token"),
            ),
            (true, 500, broker("internal"), Some("the broker answers internal")),
            (true, 429, gateway("Too Many Requests"), Some("throttled")),
            (
                true,
                500,
                gateway("Internal Server Error"),
                Some("the function fails"),
            ),
            (
                true,
                503,
                gateway("Service Unavailable"),
                Some("the function fails"),
            ),
            (true, 200, Seen::Stranger, Some("neither the broker")),
            (false, 403, Seen::Stranger, Some("neither the broker")),
        ] {
            let found = objection(verifies_tokens, status, &seen).map(|(why, ..)| why);
            match expected {
                None => assert_eq!(found, None, "{status} {seen:?}"),
                Some(words) => assert!(found.is_some_and(|why| why.contains(words)), "{status} {seen:?}"),
            }
        }
    }

    #[test]
    fn an_answer_is_told_by_its_form() {
        for (kind, body, expected) in [
            (
                "application/problem+json",
                r#"{"code": "unauthenticated"}"#,
                Seen::Broker("unauthenticated".into()),
            ),
            (
                "application/json",
                r#"{"message": "Forbidden"}"#,
                Seen::Gateway("Forbidden".into()),
            ),
            (
                "application/json",
                r#"{"code": "unauthenticated"}"#,
                Seen::Stranger,
            ),
            ("text/html", "<html>", Seen::Stranger),
        ] {
            let answer = Response::builder()
                .header(header::CONTENT_TYPE, kind)
                .body(body.into());
            assert_eq!(Seen::of(&answer.expect("an answer")), expected, "{body}");
        }
    }

    #[test]
    fn an_address_ends_before_the_routes() {
        for (text, is_address) in [
            ("https://api.example.com/prod", true),
            ("http://127.0.0.1:3000", true),
            ("http://localhost:3000/", true),
            ("http://api.example.com", false),
            ("https://api.example.com/?a=b", false),
            ("https://api.example.com/#a", false),
            ("api.example.com", false),
        ] {
            assert_eq!(parse_url(text).is_ok(), is_address, "{text}");
        }
    }
}
