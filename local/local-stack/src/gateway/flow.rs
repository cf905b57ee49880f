//! A request's way through the gateway.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::Full;
use tokio::time::{Instant, timeout};

use super::api::{Api, Kind};
use super::refusal::Refusal;
use super::request::ClientRequest;
use super::throttle::Bucket;
use super::{Function, Passage, PassageSink, answer, event_v1, event_v2, routes};

/// An API, the function behind it, and what is left of its rate.
#[derive(Debug)]
pub(super) struct Gateway<F> {
    api: Api,
    function: Arc<F>,
    passages: PassageSink,
    bucket: Option<Mutex<Bucket>>,
}

impl<F: Function> Gateway<F> {
    pub(super) fn new(api: Api, function: Arc<F>, passages: PassageSink) -> Self {
        let bucket = api
            .throttle
            .map(|throttle| Mutex::new(Bucket::new(throttle, Instant::now())));
        Self {
            api,
            function,
            passages,
            bucket,
        }
    }

    /// Answer to a request whose body may not have been readable.
    pub(super) async fn answer(
        &self,
        request: ClientRequest,
        body: Result<Bytes, Refusal>,
    ) -> Response<Full<Bytes>> {
        let started = Instant::now();
        let (id, method, path) = (request.id, request.method.clone(), request.path.clone());
        let (mut response, refused) = match self.pass(request, body).await {
            Ok(response) => (response, None),
            Err(refusal) => (refusal.response(self.api.kind), Some(refusal.to_string())),
        };
        let own_ids = match self.api.kind {
            Kind::Http => vec![("apigw-requestid", id.extended())],
            Kind::Rest => vec![("x-amzn-requestid", id.rest()), ("x-amz-apigw-id", id.extended())],
        };
        for (name, value) in own_ids {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response
                    .headers_mut()
                    .insert(HeaderName::from_static(name), value);
            }
        }
        let status = response.status().as_u16();
        self.passages.tell(&Passage {
            method,
            path,
            status,
            took: started.elapsed(),
            refused,
        });
        response
    }

    async fn pass(
        &self,
        mut request: ClientRequest,
        body: Result<Bytes, Refusal>,
    ) -> Result<Response<Full<Bytes>>, Refusal> {
        self.admit()?;
        request.body = body?;
        let path = self
            .api
            .below_stage(&request.path)
            .ok_or(Refusal::WrongStage)?
            .to_owned();
        let cors = self.api.cors.as_ref().filter(|_| self.api.kind == Kind::Http);
        if let Some(headers) = cors.and_then(|cors| cors.preflight(&request)) {
            return Ok(no_content(headers));
        }
        let matched =
            routes::meet(&self.api.routes, self.api.kind, &request.method, &path).ok_or(Refusal::NotFound)?;
        request.forwarded_fields();
        let event = match self.api.kind {
            Kind::Http => event_v2::event(&self.api, &request, &matched),
            Kind::Rest => event_v1::event(&self.api, &request, &path, &matched),
        };
        // Strings, numbers and maps of strings: JSON can say all of it, so this cannot fail.
        let event = event.map_err(|_| Refusal::BodyBroken)?;
        let answer = self.invoke(event, &request.id.trace_id()).await?;
        let mut response = answer::response(self.api.kind, &answer)?;
        if let Some(cors) = cors {
            cors.apply(&request, response.headers_mut());
        }
        Ok(response)
    }

    fn admit(&self) -> Result<(), Refusal> {
        let Some(bucket) = &self.bucket else { return Ok(()) };
        let admitted = bucket
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take(Instant::now());
        if admitted { Ok(()) } else { Err(Refusal::Throttled) }
    }

    async fn invoke(&self, event: Vec<u8>, trace_id: &str) -> Result<Bytes, Refusal> {
        let answered = timeout(
            self.api.integration_timeout,
            self.function.invoke(event.into(), trace_id),
        );
        Ok(answered.await.map_err(|_| Refusal::IntegrationTimeout)??)
    }
}

fn no_content(headers: http::HeaderMap) -> Response<Full<Bytes>> {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    *response.headers_mut() = headers;
    response
}
