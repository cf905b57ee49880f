//! The place of an issuer's keys, and the fetch of the document that lists them.

use serde_json::Value;

use crate::fetch::{FetchDocument, FetchError, MAX_DOCUMENT_BYTES};
use crate::jwks::KeyDocumentError;
use crate::strict_json::{self, JsonError};
use crate::url_rule::{KeyUrlError, key_url};

/// Location of one issuer's keys.
#[derive(Clone, Debug)]
pub(crate) enum KeyLocation {
    /// At a URL of the settings.
    JwksUrl(String),
    /// Where the issuer's discovery document says (OIDC Discovery 1.0 section 4).
    Discovery { issuer: String },
}

/// Reason why keys could not be fetched; logged beside the issuer. Carries nothing of the documents.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefreshError {
    /// The discovery document did not arrive.
    #[error("discovery document: {0}")]
    FetchDiscovery(FetchError),
    /// The discovery document is over [`MAX_DOCUMENT_BYTES`].
    #[error("discovery document is {size_bytes} bytes, the limit is {MAX_DOCUMENT_BYTES}")]
    DiscoveryTooLarge {
        /// Length of the document.
        size_bytes: usize,
    },
    /// The discovery document is not a strict JSON object.
    #[error("discovery document {0}")]
    Discovery(#[from] JsonError),
    /// The `issuer` of the discovery document is not the issuer, byte for byte.
    #[error("discovery document belongs to another issuer")]
    OtherIssuer,
    /// The discovery document has no `jwks_uri`.
    #[error("discovery document has no `jwks_uri`")]
    NoJwksUri,
    /// The `jwks_uri` is a URL that is not fetched.
    #[error("`jwks_uri` of the discovery document: {0}")]
    JwksUri(KeyUrlError),
    /// The `jwks_uri` leads to this machine, and the issuer does not.
    #[error("`jwks_uri` of the discovery document leads to this machine, and the issuer's URL does not")]
    JwksUriIsLocal,
    /// The key document did not arrive.
    #[error("key document: {0}")]
    FetchKeys(FetchError),
    /// The key document cannot be used.
    #[error("key document {0}")]
    Keys(#[from] KeyDocumentError),
    /// The fetch panicked.
    #[error("the fetch panicked")]
    Panic,
}

impl KeyLocation {
    /// The document with the keys, unread.
    pub(crate) async fn fetch(&self, fetch: &impl FetchDocument) -> Result<Vec<u8>, RefreshError> {
        match self {
            Self::JwksUrl(url) => fetch.fetch(url).await.map_err(RefreshError::FetchKeys),
            Self::Discovery { issuer } => {
                let document = fetch.fetch(&discovery_url(issuer)).await;
                let document = document.map_err(RefreshError::FetchDiscovery)?;
                let url = jwks_uri(issuer, &document)?;
                fetch.fetch(&url).await.map_err(RefreshError::FetchKeys)
            }
        }
    }
}

fn discovery_url(issuer: &str) -> String {
    let base = issuer.strip_suffix('/').unwrap_or(issuer);
    format!("{base}/.well-known/openid-configuration")
}

/// The `jwks_uri` of a discovery document that is `issuer`'s own and points nowhere it should not.
fn jwks_uri(issuer: &str, document: &[u8]) -> Result<String, RefreshError> {
    if document.len() > MAX_DOCUMENT_BYTES {
        return Err(RefreshError::DiscoveryTooLarge {
            size_bytes: document.len(),
        });
    }
    let mut document = strict_json::parse_object(document, strict_json::TOKEN_DEPTH)?;
    if document.get("issuer").and_then(Value::as_str) != Some(issuer) {
        return Err(RefreshError::OtherIssuer);
    }
    let Some(Value::String(url)) = document.remove("jwks_uri") else {
        return Err(RefreshError::NoJwksUri);
    };
    let is_issuer_local = || key_url(issuer).is_ok_and(|issuer| issuer.is_loopback());
    if key_url(&url).map_err(RefreshError::JwksUri)?.is_loopback() && !is_issuer_local() {
        return Err(RefreshError::JwksUriIsLocal);
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use broker_core::strict_url::UrlError;
    use serde_json::json;

    use super::*;

    const ISSUER: &str = "https://login.example.com/tenant";

    #[test]
    fn discovery_appends_to_the_issuer_less_one_slash() {
        for (issuer, expected) in [
            (
                ISSUER,
                "https://login.example.com/tenant/.well-known/openid-configuration",
            ),
            (
                "https://a.example/",
                "https://a.example/.well-known/openid-configuration",
            ),
            (
                "https://a.example//",
                "https://a.example//.well-known/openid-configuration",
            ),
        ] {
            assert_eq!(discovery_url(issuer), expected);
        }
    }

    #[test]
    fn a_discovery_document_is_of_its_issuer_and_points_outside() {
        let keys = "https://keys.example.com/jwks";
        for (document, expected) in [
            (
                json!({"issuer": ISSUER, "jwks_uri": keys, "x": 1}),
                Ok(keys.to_owned()),
            ),
            (
                json!({"issuer": "https://login.example.com/tenant/", "jwks_uri": keys}),
                Err(RefreshError::OtherIssuer),
            ),
            (
                json!({"issuer": [ISSUER], "jwks_uri": keys}),
                Err(RefreshError::OtherIssuer),
            ),
            (json!({"jwks_uri": keys}), Err(RefreshError::OtherIssuer)),
            (json!({"issuer": ISSUER}), Err(RefreshError::NoJwksUri)),
            (
                json!({"issuer": ISSUER, "jwks_uri": [keys]}),
                Err(RefreshError::NoJwksUri),
            ),
            (
                json!({"issuer": ISSUER, "jwks_uri": "http://keys.example.com/jwks"}),
                Err(RefreshError::JwksUri(KeyUrlError::Url(UrlError::PlainHttp))),
            ),
            (
                json!({"issuer": ISSUER, "jwks_uri": "https://169.254.169.254/latest/meta-data"}),
                Err(RefreshError::JwksUri(KeyUrlError::IpAddress)),
            ),
            (
                json!({"issuer": ISSUER, "jwks_uri": "http://127.0.0.1:9001/2018-06-01/runtime/invocation/next"}),
                Err(RefreshError::JwksUriIsLocal),
            ),
            (json!([]), Err(RefreshError::Discovery(JsonError::NotAnObject))),
        ] {
            assert_eq!(
                jwks_uri(ISSUER, document.to_string().as_bytes()),
                expected,
                "{document}"
            );
        }
    }

    #[test]
    fn a_local_issuer_may_have_local_keys() {
        let document = json!({"issuer": "http://127.0.0.1:4520", "jwks_uri": "http://127.0.0.1:4520/jwks"});
        let url = jwks_uri("http://127.0.0.1:4520", document.to_string().as_bytes());
        assert_eq!(url.as_deref(), Ok("http://127.0.0.1:4520/jwks"));
    }

    #[test]
    fn a_discovery_document_is_strict_json_of_bounded_size() {
        let twice = format!(
            r#"{{"issuer":"{ISSUER}","jwks_uri":"https://a.example","jwks_uri":"https://b.example"}}"#
        );
        assert_eq!(
            jwks_uri(ISSUER, twice.as_bytes()),
            Err(JsonError::DuplicateMember.into())
        );
        assert_eq!(jwks_uri(ISSUER, b"<html>"), Err(JsonError::Syntax.into()));
        let own = json!({"issuer": ISSUER, "jwks_uri": "https://a.example"}).to_string();
        let largest = format!("{own}{}", " ".repeat(65_536 - own.len()));
        assert_eq!(
            jwks_uri(ISSUER, largest.as_bytes()).as_deref(),
            Ok("https://a.example")
        );
        let size_bytes = 65_537;
        let huge = vec![b' '; size_bytes];
        assert_eq!(
            jwks_uri(ISSUER, &huge),
            Err(RefreshError::DiscoveryTooLarge { size_bytes })
        );
    }
}
