//! One exchange of plain HTTP: what a browser would send to the bucket.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use broker_token::FetchError;

use crate::documents::{body_of, no_answer};

/// How long a whole exchange may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Exchanges without retries, redirects or credentials.
#[derive(Clone, Debug)]
pub struct PlainHttp(SharedHttpConnector);

/// A whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Name, in lower case, and value of each header.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The values of the headers called `name`, in lower case, joined by commas.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        let named = self.headers.iter().filter(|(header, _)| header == name);
        let values: Vec<_> = named.map(|(_, value)| value.as_str()).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }
}

impl PlainHttp {
    /// Exchanges over `connector`.
    #[must_use]
    pub const fn new(connector: SharedHttpConnector) -> Self {
        Self(connector)
    }

    /// The answer to one request.
    ///
    /// # Errors
    /// Why there is no whole answer of at most 64 KiB in time.
    pub async fn send(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Answer, FetchError> {
        let exchange = async {
            let mut request = HttpRequest::new(SdkBody::from(body));
            let refused = request.set_method(method).err();
            let refused = refused.or(request.set_uri(url).err());
            if let Some(error) = refused {
                return Err(no_answer(&error));
            }
            for (name, value) in headers {
                let inserted = request
                    .headers_mut()
                    .try_insert((*name).to_owned(), (*value).to_owned());
                inserted.map_err(|error| no_answer(&error))?;
            }
            let answer = self.0.call(request).await.map_err(|error| no_answer(&error))?;
            let status = answer.status().as_u16();
            let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
            let headers = answer.headers().iter().map(owned).collect();
            let body = body_of(answer).await?;
            Ok(Answer {
                status,
                headers,
                body,
            })
        };
        let within = tokio::time::timeout(TIMEOUT, exchange).await;
        within.unwrap_or(Err(FetchError::Timeout))
    }
}
