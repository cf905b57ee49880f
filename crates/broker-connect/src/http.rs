//! One HTTP client for everything: HTTP/1.1, rustls over AWS-LC, static roots, kept connections.

use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector as TcpConnector;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;
use rustls::crypto::aws_lc_rs;

use crate::roots::Roots;

/// A pool of connections that trusts `roots`: https, and http for endpoints that say so. It follows no
/// redirects, uses no proxy and sets no time limit: the caller must.
///
/// # Errors
/// [`rustls::Error`] where the TLS stack refuses its settings; none is known to.
pub fn connector(roots: &Roots) -> Result<SharedHttpConnector, rustls::Error> {
    let tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots.store())
        .with_no_client_auth();
    let mut tcp = TcpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    let https = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .wrap_connector(tcp);
    let client = Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .build(https);
    Ok(SharedHttpConnector::new(Http1(client)))
}

/// `connector` in the form that the SDK takes. All clients share it, and its TLS settings are built once.
///
/// The SDK's own client builds the TLS settings again for each service, and speaks HTTP/2, which gains nothing for one
/// request at a time (docs/decisions/0004-roots-and-tls.md).
#[must_use]
pub fn http_client(connector: SharedHttpConnector) -> SharedHttpClient {
    http_client_fn(move |_, _| connector.clone())
}

#[derive(Clone, Debug)]
struct Http1(Client<HttpsConnector<TcpConnector>, SdkBody>);

impl HttpConnector for Http1 {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self(client) = self;
        let sent = request.try_into_http1x().map(|request| client.request(request));
        HttpConnectorFuture::new(async move {
            let answer = sent.map_err(|error| ConnectorError::user(error.into()))?.await;
            let answer = answer.map_err(no_answer)?.map(SdkBody::from_body_1_x);
            HttpResponse::try_from(answer).map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// Says whether the request itself or the network is the reason that no answer came.
fn no_answer(error: Error) -> ConnectorError {
    let mut causes = std::iter::successors(std::error::Error::source(&error), |cause| cause.source());
    let is_ours = causes.any(|cause| cause.downcast_ref().is_some_and(hyper::Error::is_user));
    let kind = if is_ours {
        ConnectorError::user
    } else {
        ConnectorError::io
    };
    kind(error.into())
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::net::SocketAddr;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use hyper::body::{Body, Bytes, Frame};
    use tokio::net::{TcpListener, TcpSocket};

    use super::*;

    /// A body that breaks where it is read.
    struct Broken;

    impl Body for Broken {
        type Data = Bytes;
        type Error = io::Error;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
            Poll::Ready(Some(Err(io::Error::other("broken"))))
        }
    }

    #[tokio::test]
    async fn no_answer_is_the_requests_fault_or_the_networks() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        // Bound, so that no other process takes the port, but not listening.
        let closed = TcpSocket::new_v4().expect("a socket");
        closed.bind(([127, 0, 0, 1], 0).into()).expect("a port");
        let connector = connector(&Roots::amazon()).expect("a connector");
        let send = |address: io::Result<SocketAddr>, body| {
            let mut request = HttpRequest::new(body);
            let url = format!("http://{}/", address.expect("an address"));
            request.set_uri(url).expect("a URL");
            request.set_method("PUT").expect("a method");
            connector.call(request)
        };
        let broken = send(listener.local_addr(), SdkBody::from_body_1_x(Broken)).await;
        assert!(broken.is_err_and(|error| error.is_user()), "the request's");
        let refused = send(closed.local_addr(), SdkBody::empty()).await;
        assert!(refused.is_err_and(|error| error.is_io()), "the network's");
    }

    #[test]
    fn the_built_in_roots_make_connectors() {
        for (name, roots) in [("amazon", Roots::amazon()), ("web", Roots::web())] {
            assert!(connector(&roots).is_ok(), "{name}");
        }
    }
}
