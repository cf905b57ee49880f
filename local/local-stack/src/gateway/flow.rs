//! The way of one request through the gateway.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, Response, StatusCode};
use http_body::Body as _;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::{Instant, timeout};

use super::api::Api;
use super::authorizer::{Authorized, Authorizer};
use super::cors::Cors;
use super::error::GatewayError;
use super::kind::Kind;
use super::passage::{Passage, PassageSink};
use super::request::ClientRequest;
use super::routes::Match;
use super::throttle::Bucket;
use super::{answer, event_v1, event_v2, routes};
use crate::instances::{Instances, InvokeError};

/// Largest request body. Source: API Gateway quotas, "Payload size", 10 MB for both kinds.
const MAX_BODY_BYTES: usize = 10 * 1024 * 1024;

/// The function behind the gateway.
pub trait Function: Send + Sync + 'static {
    /// The function's answer to `event`; both are JSON texts.
    fn invoke(&self, event: Bytes, trace_id: &str)
    -> impl Future<Output = Result<Bytes, InvokeError>> + Send;
}

impl Function for Instances {
    async fn invoke(&self, event: Bytes, trace_id: &str) -> Result<Bytes, InvokeError> {
        Instances::invoke(self, event, trace_id).await
    }
}

/// An API with the function behind it and the state of its throttle.
#[derive(Debug)]
pub(super) struct Gateway<F> {
    api: Api,
    function: Arc<F>,
    authorizer: Authorizer<F>,
    passages: PassageSink,
    bucket: Option<Mutex<Bucket>>,
}

/// Answers one HTTP request.
pub(super) async fn exchange<F: Function>(
    State(gateway): State<Arc<Gateway<F>>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response<Body> {
    let (head, body) = request.into_parts();
    let request = ClientRequest::new(head, peer.ip());
    gateway.answer(request, read(body).await).await
}

async fn read(body: Body) -> Result<Bytes, GatewayError> {
    if body.size_hint().lower() > MAX_BODY_BYTES as u64 {
        return Err(GatewayError::BodyTooLarge);
    }
    match Limited::new(body, MAX_BODY_BYTES).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(GatewayError::BodyTooLarge),
        Err(_) => Err(GatewayError::BodyBroken),
    }
}

impl<F: Function> Gateway<F> {
    pub(super) fn new(api: Api, function: Arc<F>, authorizer: Authorizer<F>, passages: PassageSink) -> Self {
        let bucket = api
            .throttle
            .map(|throttle| Mutex::new(Bucket::new(throttle, Instant::now())));
        Self {
            api,
            function,
            authorizer,
            passages,
            bucket,
        }
    }

    async fn answer(&self, mut request: ClientRequest, body: Result<Bytes, GatewayError>) -> Response<Body> {
        let started = Instant::now();
        let (mut response, refused) = match self.pass(&mut request, body).await {
            Ok(response) => (response, None),
            Err(error) => (error.response(self.api.kind), Some(error.to_string())),
        };
        let id = request.id;
        let ids = match self.api.kind {
            Kind::Http => vec![("apigw-requestid", id.extended())],
            Kind::Rest => vec![("x-amzn-requestid", id.rest()), ("x-amz-apigw-id", id.extended())],
        };
        for (name, value) in ids {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response
                    .headers_mut()
                    .insert(HeaderName::from_static(name), value);
            }
        }
        self.passages.send(&Passage {
            method: request.method,
            path: request.path,
            status: response.status().as_u16(),
            took: started.elapsed(),
            refused,
        });
        response
    }

    async fn pass(
        &self,
        request: &mut ClientRequest,
        body: Result<Bytes, GatewayError>,
    ) -> Result<Response<Body>, GatewayError> {
        self.admit()?;
        request.body = body?;
        let path = self
            .api
            .below_stage(&request.path)
            .ok_or(GatewayError::WrongStage)?
            .to_owned();
        let cors = self.cors();
        if let Some(headers) = cors.and_then(|cors| cors.preflight(request)) {
            return Ok(no_content(headers));
        }
        let matched = routes::find(&self.api.routes, self.api.kind, &request.method, &path)
            .ok_or(GatewayError::NotFound)?;
        let authorized = self.authorize(request, &path, &matched).await?;
        request.add_forwarded_headers();
        let event = self.event(request, &path, &matched, &authorized)?;
        let answer = self.invoke(event, &request.id.trace_id()).await?;
        let mut response = answer::response(self.api.kind, &answer)?;
        if let Some(cors) = cors {
            cors.apply(request, response.headers_mut());
        }
        Ok(response)
    }

    /// What the authorizer adds to the event. A preflight meets none, as in the templates.
    async fn authorize(
        &self,
        request: &ClientRequest,
        path: &str,
        matched: &Match,
    ) -> Result<Authorized, GatewayError> {
        match &self.authorizer {
            Authorizer::None => Ok(Authorized::default()),
            _ if request.method == "OPTIONS" => Ok(Authorized::default()),
            Authorizer::Iam(iam) => iam.authorize(&self.api, request),
            Authorizer::Lambda(lambda) => {
                let mut forwarded = request.clone();
                forwarded.add_forwarded_headers();
                let event = self.event(&forwarded, path, matched, &Authorized::default())?;
                lambda.authorize(&self.api, &forwarded, path, &event).await
            }
        }
    }

    fn event(
        &self,
        request: &ClientRequest,
        path: &str,
        matched: &Match,
        authorized: &Authorized,
    ) -> Result<Vec<u8>, GatewayError> {
        let event = match self.api.kind {
            Kind::Http => event_v2::event(&self.api, request, path, matched, authorized),
            Kind::Rest => event_v1::event(&self.api, request, path, matched, authorized),
        };
        // Strings, numbers and maps of strings always serialise.
        event.map_err(|_| GatewayError::BodyBroken)
    }

    /// The API's CORS configuration, which only HTTP APIs have.
    fn cors(&self) -> Option<&Cors> {
        match self.api.kind {
            Kind::Http => self.api.cors.as_ref(),
            Kind::Rest => None,
        }
    }

    fn admit(&self) -> Result<(), GatewayError> {
        let Some(bucket) = &self.bucket else { return Ok(()) };
        let admitted = bucket
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take(Instant::now());
        if admitted {
            Ok(())
        } else {
            Err(GatewayError::Throttled)
        }
    }

    async fn invoke(&self, event: Vec<u8>, trace_id: &str) -> Result<Bytes, GatewayError> {
        let answered = timeout(
            self.api.integration_timeout,
            self.function.invoke(event.into(), trace_id),
        );
        Ok(answered.await.map_err(|_| GatewayError::IntegrationTimeout)??)
    }
}

fn no_content(headers: HeaderMap) -> Response<Body> {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    *response.headers_mut() = headers;
    response
}
