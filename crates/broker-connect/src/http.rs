//! One HTTP client for everything: rustls over AWS-LC, static roots, kept connections.

use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext};
use aws_smithy_http_client::{Connector, HttpClientError};
use aws_smithy_runtime_api::client::http::{SharedHttpClient, SharedHttpConnector, http_client_fn};

use crate::roots::Roots;

/// A pool of connections that trusts `roots`: https, and http for endpoints that say so. It follows no
/// redirects and sets no time limit: whoever calls does.
///
/// # Errors
/// [`HttpClientError`] where the TLS stack refuses its settings; none is known to.
pub fn connector(roots: &Roots) -> Result<SharedHttpConnector, HttpClientError> {
    let tls = TlsContext::builder()
        .with_trust_store(roots.trust_store())
        .build()?;
    let connector = Connector::builder()
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .tls_context(tls)
        .build();
    Ok(SharedHttpConnector::new(connector))
}

/// `connector` as the SDK takes it. All clients share it, and its TLS settings are built once.
///
/// The SDK's own client builds them once more per service, to see that they can be.
#[must_use]
pub fn http_client(connector: SharedHttpConnector) -> SharedHttpClient {
    http_client_fn(move |_, _| connector.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_roots_make_connectors() {
        for (name, roots) in [("amazon", Roots::amazon()), ("web", Roots::web())] {
            assert!(connector(&roots).is_ok(), "{name}");
        }
    }
}
