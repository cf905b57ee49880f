//! An emulator with its store and clients, and a Start that succeeds.

use std::time::{Duration, SystemTime};

use aws_sdk_connect::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig};
use aws_sdk_connect::error::ProvideErrorMetadata;
use aws_sdk_connect::operation::get_attached_file::GetAttachedFileOutput;
use aws_sdk_connect::operation::start_attached_file_upload::StartAttachedFileUploadOutput;
use aws_sdk_connect::operation::start_attached_file_upload::builders::StartAttachedFileUploadFluentBuilder;
use aws_sdk_connect::types::{CreatedByInfo, FileUseCaseType};
use bytes::Bytes;
use connect_emulator::{
    Channel, Clock, ClockHand, Options, Running, SeedCase, SeedContact, SeedUser, Seeds, serve,
};
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use crate::store::{self, Objects};

pub(crate) const CASE_ID: &str = "cccccccc-0000-4000-8000-000000000001";
pub(crate) const EMAIL_ID: &str = "eeeeeeee-0000-4000-8000-000000000001";
pub(crate) const USER_ID: &str = "aaaaaaaa-0000-4000-8000-000000000001";
pub(crate) const PROFILE_ARN: &str = "arn:aws:profile:eu-west-1:111122223333:domains/d/profiles/p";

/// A running emulator with its store, and the clients of both.
pub(crate) struct Stack {
    pub(crate) options: Options,
    pub(crate) connect: aws_sdk_connect::Client,
    pub(crate) cases: aws_sdk_connectcases::Client,
    pub(crate) clock: ClockHand,
    pub(crate) objects: Objects,
    http: Client<HttpConnector, Full<Bytes>>,
    running: Running,
}

impl Stack {
    /// An emulator without quotas.
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// An emulator with changed options.
    pub(crate) async fn start_with(change: impl FnOnce(&mut Options)) -> Self {
        let (store_addr, objects) = store::serve().await;
        let (manual, clock) = Clock::manual(SystemTime::now());
        let mut options = Options {
            listen: "127.0.0.1:0".parse().expect("an address"),
            quota: None,
            seeds: seeds(),
            scan_delay: Duration::from_secs(1),
            clock: manual,
            ..Options::default()
        };
        options.store.endpoint = format!("http://{store_addr}");
        change(&mut options);
        let running = serve(options.clone()).await.expect("a free port");
        let config = sdk_config(&running, Credentials::new("test", "test", None, None, "tests"));
        Self {
            connect: aws_sdk_connect::Client::from_conf(config),
            cases: aws_sdk_connectcases::Client::from_conf(cases_config(&running)),
            clock,
            objects,
            http: Client::builder(TokioExecutor::new()).build_http(),
            options,
            running,
        }
    }

    /// A client that signs with other credentials.
    pub(crate) fn connect_as(&self, credentials: Credentials) -> aws_sdk_connect::Client {
        aws_sdk_connect::Client::from_conf(sdk_config(&self.running, credentials))
    }

    pub(crate) fn instance_arn(&self) -> String {
        format!(
            "arn:aws:connect:eu-west-1:111122223333:instance/{}",
            self.options.instance_id
        )
    }

    pub(crate) fn user_arn(&self) -> String {
        format!("{}/agent/{USER_ID}", self.instance_arn())
    }

    pub(crate) fn case_arn(&self) -> String {
        let domain = &self.options.cases_domain_id;
        format!("arn:aws:cases:eu-west-1:111122223333:domain/{domain}/case/{CASE_ID}")
    }

    pub(crate) fn email_arn(&self) -> String {
        format!("{}/contact/{EMAIL_ID}", self.instance_arn())
    }

    /// A Start that succeeds, for a test to change one thing.
    pub(crate) fn start_upload(&self) -> StartAttachedFileUploadFluentBuilder {
        self.connect
            .start_attached_file_upload()
            .instance_id(&self.options.instance_id)
            .file_name("scan 001.pdf")
            .file_size_in_bytes(5)
            .file_use_case_type(FileUseCaseType::Attachment)
            .associated_resource_arn(self.case_arn())
            .created_by(CreatedByInfo::ConnectUserArn(self.user_arn()))
    }

    /// Starts an upload and sends the bytes.
    pub(crate) async fn upload(&self, bytes: &'static [u8]) -> String {
        let size = i64::try_from(bytes.len()).expect("a small file");
        let started = self
            .start_upload()
            .file_size_in_bytes(size)
            .send()
            .await
            .expect("started");
        assert_eq!(self.put(&started, bytes).await, StatusCode::OK);
        started.file_id.expect("a file id")
    }

    /// Sends bytes to the upload URL with the headers that came with it.
    pub(crate) async fn put(
        &self,
        started: &StartAttachedFileUploadOutput,
        bytes: &'static [u8],
    ) -> StatusCode {
        let metadata = started.upload_url_metadata().expect("where to upload");
        let mut request = Request::put(metadata.url().expect("a URL"));
        for (name, value) in metadata.headers_to_include().expect("headers") {
            request = request.header(name, value);
        }
        let request = request.body(Full::from(bytes)).expect("a request");
        self.http.request(request).await.expect("an answer").status()
    }

    /// Completes an upload, or gives the error's code.
    pub(crate) async fn complete(&self, file_id: &str) -> Result<(), String> {
        let call = self
            .connect
            .complete_attached_file_upload()
            .instance_id(&self.options.instance_id)
            .file_id(file_id)
            .associated_resource_arn(self.case_arn());
        call.send().await.map(drop).map_err(|error| code(&error))
    }

    /// A file's record, or the error's code.
    pub(crate) async fn get(&self, file_id: &str) -> Result<GetAttachedFileOutput, String> {
        let call = self
            .connect
            .get_attached_file()
            .instance_id(&self.options.instance_id)
            .file_id(file_id)
            .associated_resource_arn(self.case_arn());
        call.send().await.map_err(|error| code(&error))
    }

    /// A file's status, or the error's code.
    pub(crate) async fn status(&self, file_id: &str) -> Result<String, String> {
        let file = self.get(file_id).await?;
        Ok(file.file_status.expect("a status").as_str().to_owned())
    }

    /// A plain request to the emulator, unsigned.
    pub(crate) async fn local(&self, method: &str, path: &str, body: &str) -> (StatusCode, Value) {
        let uri = format!("http://{}{path}", self.running.addr);
        let request = Request::builder()
            .method(method)
            .uri(uri)
            .body(Full::from(body.to_owned()));
        let response = self
            .http
            .request(request.expect("a request"))
            .await
            .expect("an answer");
        let status = response.status();
        let body = response
            .into_body()
            .collect()
            .await
            .expect("a whole answer")
            .to_bytes();
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    /// The bytes behind a URL of the store.
    pub(crate) async fn download(&self, url: &str) -> Bytes {
        let response = self
            .http
            .get(url.parse().expect("a URL"))
            .await
            .expect("an answer");
        assert_eq!(response.status(), StatusCode::OK);
        response
            .into_body()
            .collect()
            .await
            .expect("a whole answer")
            .to_bytes()
    }
}

/// AWS's name for an error.
pub(crate) fn code(error: &impl ProvideErrorMetadata) -> String {
    error.code().unwrap_or("no code").to_owned()
}

fn sdk_config(running: &Running, credentials: Credentials) -> aws_sdk_connect::Config {
    aws_sdk_connect::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(credentials)
        .endpoint_url(format!("http://{}", running.addr))
        .retry_config(RetryConfig::disabled())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build()
}

fn cases_config(running: &Running) -> aws_sdk_connectcases::Config {
    aws_sdk_connectcases::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "tests"))
        .endpoint_url(format!("http://{}", running.addr))
        .retry_config(RetryConfig::disabled())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build()
}

fn seeds() -> Seeds {
    let case = |id: &str, customer_id: Option<&str>| SeedCase {
        id: id.to_owned(),
        customer_id: customer_id.map(str::to_owned),
    };
    let contact = |id: &str, channel, ended| SeedContact {
        id: id.to_owned(),
        channel,
        agent_id: Some(USER_ID.to_owned()),
        ended,
    };
    let user = |username: &str, id: &str| SeedUser {
        username: username.to_owned(),
        id: id.to_owned(),
    };
    Seeds {
        users: vec![
            user("alice", USER_ID),
            user("bob", "u-2"),
            user("alice.smith", "u-3"),
        ],
        cases: vec![
            case(CASE_ID, Some(PROFILE_ARN)),
            case("case-2", None),
            case("case-3", Some("")),
        ],
        contacts: vec![
            contact(EMAIL_ID, Channel::Email, false),
            contact("call-1", Channel::Voice, true),
        ],
    }
}
