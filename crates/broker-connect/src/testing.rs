//! Fixtures: a deployment, decided grants, and a service that answers from a script.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use broker_core::arn::{CaseArn, ContactArn, Deployment};
use broker_core::caller::{Caller, CallerClaims, CallerIssuer};
use broker_core::file::{FileName, FileSize};
use broker_core::grants::{
    Action, FileAction, FileGrant, Grant, Grants, OnBehalfOf, Resources, UploadAsk, UploadGrant,
};
use broker_core::limits::ServiceLimits;
use broker_core::operation::{Operation, Quota, Quotas};
use broker_core::pace::{MemoryLedger, Pace, Place, PlaceKey};
use broker_core::ports::{
    AttachedFiles as _, CallContext, CaseRecords, ClientToken, ContactRecords, Deadline, UpstreamError,
};
use broker_core::request::{Tags, UploadRequest, UrlExpiry};
use broker_core::rule::{RuleHash, When};
use broker_core::ticket::UploadTicket;
use broker_core::upload::{FileId, Upload};
use broker_core::upload_hosts::UploadHosts;

use crate::{Connect, SystemClock, http_client};

pub(crate) const INSTANCE: &str = "arn:aws:connect:eu-west-1:111122223333:instance/i-1";
pub(crate) const USER: &str = "arn:aws:connect:eu-west-1:111122223333:instance/i-1/agent/u-1";
pub(crate) const CONTACT: &str = "arn:aws:connect:eu-west-1:111122223333:instance/i-1/contact/ct-1";
pub(crate) const CASE: &str = "arn:aws:cases:eu-west-1:111122223333:domain/d-1/case/c-1";

pub(crate) fn deployment() -> Deployment {
    Deployment {
        instance: INSTANCE.parse().expect("valid"),
        cases_domain: Some(
            "arn:aws:cases:eu-west-1:111122223333:domain/d-1"
                .parse()
                .expect("valid"),
        ),
    }
}

/// A request that every grant here allows.
pub(crate) fn upload_request() -> UploadRequest {
    UploadRequest {
        file_name: FileName::parse("report.pdf").expect("valid"),
        file_size: FileSize::from_bytes(1_048_576).expect("valid"),
        resource: CASE.parse().expect("valid"),
        url_expiry: UrlExpiry::default(),
        tags: Tags::default(),
        on_behalf_of: None,
    }
}

pub(crate) async fn upload_grant() -> UploadGrant {
    upload_grant_of(upload_request()).await
}

pub(crate) async fn upload_grant_of(request: UploadRequest) -> UploadGrant {
    let ask = UploadAsk {
        caller: &caller(),
        user: &USER.parse().expect("valid"),
        request,
        limits: &ServiceLimits::default(),
    };
    let decided = grants().decide(ask, &NoRecords, soon()).await;
    decided.expect("everything is allowed here")
}

pub(crate) async fn file_grant<A: FileAction>() -> FileGrant<A> {
    file_grant_of("f-1").await
}

pub(crate) async fn file_grant_of<A: FileAction>(file_id: &str) -> FileGrant<A> {
    let upload = Upload {
        file_id: FileId::parse(file_id).expect("valid"),
        resource: CASE.parse().expect("valid"),
        user: USER.parse().expect("valid"),
        on_behalf_of: None,
        started_at: SystemTime::UNIX_EPOCH,
    };
    let decided = grants().decide_use(&caller(), upload, &NoRecords, soon()).await;
    decided.expect("everything is allowed here")
}

fn caller() -> Caller {
    Caller {
        issuer: CallerIssuer::named("https://idp"),
        subject: "ada".into(),
        claims: CallerClaims::default(),
    }
}

fn grants() -> Grants {
    let grant = Grant {
        hash: RuleHash([0; 32]),
        when: When::issuer("https://idp"),
        resources: Resources::AnyCase,
        actions: Action::ALL.into(),
        on_behalf_of: OnBehalfOf::Nobody,
        max_file_size_bytes: None,
        allowed_extensions: None,
        tag_keys: ["department".into()].into(),
    };
    Grants::new(deployment(), vec![grant])
}

/// Records that no grant here asks for.
struct NoRecords;

impl CaseRecords for NoRecords {
    async fn customer_of(&self, _: &CaseArn, _: CallContext) -> Result<Option<Box<str>>, UpstreamError> {
        Err(UpstreamError::Unexpected)
    }
}

impl ContactRecords for NoRecords {
    async fn agent_of(&self, _: &ContactArn, _: CallContext) -> Result<Option<Box<str>>, UpstreamError> {
        Err(UpstreamError::Unexpected)
    }
}

/// A call of some caller, with a deadline that no test reaches.
pub(crate) fn soon() -> CallContext {
    CallContext {
        place: Place::InLine(PlaceKey([1; 16])),
        deadline: Deadline(Instant::now() + Duration::from_mins(1)),
    }
}

/// A pace so high that no test reaches it, over memory; retries do not pause.
pub(crate) fn pace() -> Pace<MemoryLedger, SystemClock> {
    let quick = Quota {
        rate: 1_000,
        burst: 1_000,
    };
    let quotas = Operation::PACED.map(|operation| (operation, quick));
    Pace::new(Quotas::raised(quotas), None, SystemClock::new(|| 0.0))
}

/// What the scripted service does with one request.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Reply(u16, &'static [(&'static str, &'static str)], String),
    /// The connection breaks after the request was sent.
    Reset,
}

/// An answer with a JSON body.
pub(crate) fn json(status: u16, body: &str) -> Answer {
    Answer::Reply(status, &[("x-amzn-requestid", "r-1")], body.into())
}

/// An error as Connect puts it.
pub(crate) fn error(status: u16, code: &'static str) -> Answer {
    json(
        status,
        &format!(r#"{{"__type":"{code}","Message":"arn:aws:iam::111122223333:role/broker"}}"#),
    )
}

/// A request as it reaches the wire.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) uri: String,
    pub(crate) body: String,
    pub(crate) authorization: String,
    pub(crate) user_agent: String,
    /// In alphabetical order.
    pub(crate) header_names: Vec<String>,
}

impl Sent {
    /// The path and the query, without scheme and host.
    pub(crate) fn target(&self) -> &str {
        let (_, rest) = self.uri.split_once("://").expect("absolute");
        &rest[rest.find('/').expect("a path")..]
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("JSON")
    }
}

/// A service that answers from a script, the last answer again and again, and remembers what it was sent.
#[derive(Clone, Debug)]
pub(crate) struct Service(Arc<Mutex<(VecDeque<Answer>, Vec<Sent>)>>);

impl Service {
    pub(crate) fn answering(script: impl IntoIterator<Item = Answer>) -> Self {
        Self(Arc::new(Mutex::new((script.into_iter().collect(), Vec::new()))))
    }

    /// Amazon Connect over this service, with retries that do not pause.
    pub(crate) fn connect(&self) -> Connect<MemoryLedger> {
        let config = sdk_config(SharedHttpConnector::new(self.clone()), None);
        Connect::new(&config, deployment(), UploadHosts::default(), pace())
    }

    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.0.lock().expect("sound").1.clone()
    }
}

impl Connect<MemoryLedger> {
    /// Starts the upload that every grant here allows.
    pub(crate) async fn start(&self) -> Result<UploadTicket, UpstreamError> {
        let token = ClientToken::from_bytes(&[7; 32]);
        self.start_upload(upload_grant().await, token, soon()).await
    }
}

/// The configuration with which the SDKs send through `connector`.
pub(crate) fn sdk_config(connector: SharedHttpConnector, endpoint: Option<&str>) -> SdkConfig {
    let credentials = Credentials::from_keys("test", "test", None);
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http_client(connector));
    config.set_endpoint_url(endpoint.map(Into::into));
    config.build()
}

impl HttpConnector for Service {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let header = |name| request.headers().get(name).unwrap_or_default().to_owned();
        let mut header_names: Vec<_> = request
            .headers()
            .iter()
            .map(|(name, _)| name.to_owned())
            .collect();
        header_names.sort_unstable();
        let sent = Sent {
            method: request.method().into(),
            uri: request.uri().into(),
            body: String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned(),
            authorization: header("authorization"),
            user_agent: header("user-agent"),
            header_names,
        };
        let mut state = self.0.lock().expect("sound");
        state.1.push(sent);
        let answer = state.0.pop_front().expect("an answer");
        if state.0.is_empty() {
            state.0.push_back(answer.clone());
        }
        HttpConnectorFuture::ready(match answer {
            Answer::Reset => Err(ConnectorError::io("reset".into())),
            Answer::Reply(status, headers, body) => Ok(reply(status, headers, body)),
        })
    }
}

fn reply(status: u16, headers: &[(&'static str, &'static str)], body: String) -> HttpResponse {
    let status = StatusCode::try_from(status).expect("a status");
    let mut response = HttpResponse::new(status, SdkBody::from(body));
    for &(name, value) in headers {
        response.headers_mut().append(name, value);
    }
    response
}
