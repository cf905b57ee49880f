//! One plain HTTP exchange, as a browser makes it with the bucket.

use std::error::Error;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector as _, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use broker_connect::read_body;
use broker_token::FetchError;
use http::{Response, request};

/// How long a whole exchange may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Exchanges without retries, redirects or credentials.
pub(super) struct PlainHttp(pub(super) SharedHttpConnector);

impl PlainHttp {
    /// The answer to one request, with a body of at most 64 KiB.
    pub(super) async fn send(
        &self,
        request: request::Builder,
        body: &'static [u8],
    ) -> Result<Response<Vec<u8>>, FetchError> {
        let exchange = tokio::time::timeout(TIMEOUT, self.exchange(request, body));
        exchange.await.unwrap_or(Err(FetchError::Timeout))
    }

    async fn exchange(
        &self,
        request: request::Builder,
        body: &'static [u8],
    ) -> Result<Response<Vec<u8>>, FetchError> {
        let request = request
            .body(SdkBody::from(body))
            .map_err(|error| no_answer(&error))?;
        let request = HttpRequest::try_from(request).map_err(|error| no_answer(&error))?;
        let answer = self.0.call(request).await.map_err(|error| no_answer(&error))?;
        let answer = answer.try_into_http1x().map_err(|error| no_answer(&error))?;
        let (head, body) = answer.into_parts();
        Ok(Response::from_parts(head, read_body(body).await?))
    }
}

fn no_answer(error: &dyn Error) -> FetchError {
    FetchError::NoAnswer(chain(Some(error)))
}

/// The texts of `first` and of its causes.
pub(super) fn chain(first: Option<&dyn Error>) -> String {
    let causes = std::iter::successors(first, |&error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
