//! [`DocumentClient`]: fetches the discovery documents and signing keys of token issuers.

use std::error::Error;
use std::sync::OnceLock;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use broker_core::strict_url::StrictUrl;
use broker_token::{FetchDocument, FetchError, MAX_DOCUMENT_BYTES};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::http::connector;
use crate::roots::Roots;

/// Maximum duration of a whole exchange.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Suffix of the hosts whose certificates Amazon's own roots have signed, such as Cognito's.
const AWS_SUFFIX: &str = ".amazonaws.com";

/// A client for documents over the broker's one HTTP client. It follows no redirects and keeps its connections.
pub struct DocumentClient {
    given: SharedHttpConnector,
    /// Made when an issuer outside AWS needs it, because fewer authorities must be trusted for AWS's own hosts.
    web: Option<OnceLock<SharedHttpConnector>>,
    timeout: Duration,
}

impl DocumentClient {
    /// A client that trusts `amazon`'s roots for AWS's hosts and the web's for all others.
    #[must_use]
    pub fn with_built_in_roots(amazon: SharedHttpConnector) -> Self {
        Self {
            given: amazon,
            web: Some(OnceLock::new()),
            timeout: TIMEOUT,
        }
    }

    /// A client that trusts the roots of `operator`'s bundle and no other.
    #[must_use]
    pub fn with_bundle(operator: SharedHttpConnector) -> Self {
        Self {
            given: operator,
            web: None,
            timeout: TIMEOUT,
        }
    }

    fn connector_for(&self, url: &str) -> Result<&SharedHttpConnector, FetchError> {
        let url = StrictUrl::parse(url).map_err(|error| no_answer(&error))?;
        let Some(web) = self.web.as_ref().filter(|_| !url.host().ends_with(AWS_SUFFIX)) else {
            return Ok(&self.given);
        };
        if let Some(connector) = web.get() {
            return Ok(connector);
        }
        let connector = connector(&Roots::web()).map_err(|error| no_answer(&error))?;
        Ok(web.get_or_init(|| connector))
    }
}

impl FetchDocument for DocumentClient {
    async fn fetch(&self, url: &str) -> Result<Vec<u8>, FetchError> {
        let document = async {
            let request = HttpRequest::get(url).map_err(|error| no_answer(&error))?;
            let answer = self.connector_for(url)?.call(request).await;
            let answer = answer.map_err(|error| no_answer(&error))?;
            read(answer).await
        };
        let within = tokio::time::timeout(self.timeout, document).await;
        within.unwrap_or(Err(FetchError::Timeout))
    }
}

async fn read(answer: HttpResponse) -> Result<Vec<u8>, FetchError> {
    let status = answer.status().as_u16();
    if status != 200 {
        return Err(FetchError::Status(status));
    }
    read_body(answer.into_body()).await
}

/// The whole of `body`.
///
/// # Errors
/// [`FetchError::TooLarge`] above [`MAX_DOCUMENT_BYTES`], [`FetchError::NoAnswer`] if it breaks off.
pub async fn read_body(body: SdkBody) -> Result<Vec<u8>, FetchError> {
    let body = Limited::new(body, MAX_DOCUMENT_BYTES);
    match body.collect().await {
        Ok(body) => Ok(body.to_bytes().into()),
        Err(error) if error.is::<LengthLimitError>() => Err(FetchError::TooLarge),
        Err(error) => Err(no_answer(&*error)),
    }
}

/// The texts of `error` and of its causes.
fn no_answer(error: &dyn Error) -> FetchError {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    let words: Vec<String> = causes.map(ToString::to_string).collect();
    FetchError::NoAnswer(words.join(": "))
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    fn client(timeout: Duration) -> DocumentClient {
        let amazon = connector(&Roots::amazon()).expect("usable");
        DocumentClient {
            timeout,
            ..DocumentClient::with_built_in_roots(amazon)
        }
    }

    /// The address of a server that answers one request with `answer`, or keeps silent.
    async fn server(answer: Option<String>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a client");
            let read = stream.read(&mut [0; 4096]).await;
            if let (Ok(1..), Some(answer)) = (&read, answer) {
                stream.write_all(answer.as_bytes()).await.expect("sent");
                return;
            }
            std::future::pending::<()>().await;
        });
        format!("http://{address}/jwks.json")
    }

    fn answer(head: &str, body: &str) -> String {
        format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    }

    #[tokio::test]
    async fn a_document_is_a_whole_200_of_at_most_64_kib() {
        let largest = "x".repeat(MAX_DOCUMENT_BYTES);
        let too_large = format!("{largest}x");
        let chunked = format!(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{too_large}\r\n0\r\n\r\n",
            too_large.len()
        );
        for (what, answer, expected) in [
            ("small", answer("200 OK", "{}"), Ok(2)),
            ("empty", answer("200 OK", ""), Ok(0)),
            ("largest", answer("200 OK", &largest), Ok(MAX_DOCUMENT_BYTES)),
            (
                "too large",
                answer("200 OK", &too_large),
                Err(FetchError::TooLarge),
            ),
            ("too large in chunks", chunked, Err(FetchError::TooLarge)),
            (
                "another success",
                answer("203 OK", "{}"),
                Err(FetchError::Status(203)),
            ),
            (
                "a redirect",
                answer("302 Found\r\nlocation: http://127.0.0.1:9/", ""),
                Err(FetchError::Status(302)),
            ),
            (
                "not found",
                answer("404 Not Found", "{}"),
                Err(FetchError::Status(404)),
            ),
        ] {
            let url = server(Some(answer)).await;
            let document = client(TIMEOUT).fetch(&url).await;
            assert_eq!(document.map(|document| document.len()), expected, "{what}");
        }
    }

    #[tokio::test]
    async fn silence_ends_in_time() {
        let url = server(None).await;
        let document = client(Duration::from_millis(50)).fetch(&url).await;
        assert!(matches!(document, Err(FetchError::Timeout)), "{document:?}");
    }

    #[tokio::test]
    async fn a_document_that_is_cut_off_is_none() {
        let url = server(Some("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}".into())).await;
        let document = client(TIMEOUT).fetch(&url).await;
        assert!(matches!(document, Err(FetchError::NoAnswer(_))), "{document:?}");
    }

    #[tokio::test]
    async fn only_https_and_loopback_are_asked() {
        for url in [
            "http://example.com/jwks.json",
            "http://localhost/jwks.json",
            "http://169.254.169.254/latest",
            "http://127.0.0.1.example.com/",
            "ftp://127.0.0.1/",
            "file:///etc/passwd",
            "/jwks.json",
            "",
        ] {
            let document = client(TIMEOUT).fetch(url).await;
            assert!(
                matches!(document, Err(FetchError::NoAnswer(_))),
                "{url}: {document:?}"
            );
        }
    }

    #[test]
    fn the_webs_roots_are_trusted_for_foreign_hosts_only() {
        for (url, needs_web) in [
            ("https://cognito-idp.eu-west-1.amazonaws.com/pool", false),
            ("https://login.example.com/", true),
            ("https://amazonaws.com.example.com/", true),
            ("https://evilamazonaws.com/", true),
        ] {
            let client = client(TIMEOUT);
            client.connector_for(url).expect("acceptable");
            let is_made = client.web.as_ref().is_some_and(|web| web.get().is_some());
            assert_eq!(is_made, needs_web, "{url}");
        }
        let own = DocumentClient::with_bundle(connector(&Roots::amazon()).expect("usable"));
        own.connector_for("https://login.example.com/")
            .expect("acceptable");
        assert!(own.web.is_none());
    }
}
