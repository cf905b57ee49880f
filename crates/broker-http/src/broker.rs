//! The broker: the questions that every request is asked, in order.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, SystemTime};

use broker_core::arn::ConnectUserArn;
use broker_core::caller::{Caller, Claim};
use broker_core::grants::{Action, Complete, Delete, FileAction, FileGrant, Read, UploadAsk};
use broker_core::identity::Identity;
use broker_core::ports::{
    AttachedFiles, CaseRecords, ContactRecords, Deadline, UpstreamError, UserDirectory,
};
use broker_core::request::{UploadRequest, Username};
use broker_core::ticket::{UnusableReply, UploadTicket};
use broker_core::upload::Upload;
use broker_token::{Claims, FetchDocument, TokenFault, TokenVerifier, VerifyError, check_context_claims};
use futures_util::FutureExt as _;
use futures_util::future::{Either, select};
use http::StatusCode;
use lambda_http::aws_lambda_events::apigw::ApiGatewayProxyResponse;
use serde_json::{Map, Value};
use tracing::Instrument as _;

use crate::cache::CachedLookUps;
use crate::error::BrokerError;
use crate::handle::{HandleError, HandleSealer};
use crate::inbound::body;
use crate::inbound::event::{GatewayRequest, NotAGatewayEvent};
use crate::inbound::evidence::{Evidence, evidence};
use crate::inbound::idempotency::{IdempotencyKey, client_token};
use crate::inbound::route::{Route, route};
use crate::limits::LimitsCache;
use crate::log::{Trail, span};
use crate::outbound::cors;
use crate::outbound::response::Answer;
use crate::settings::Settings;
use crate::surroundings::Surroundings;

/// Part of an invocation's time that is kept for answering.
const RESERVE: Duration = Duration::from_secs(1);

/// The broker of one deployment, over ports `P`, fetched keys `F` and surroundings `S`.
pub struct Broker<P, F, S> {
    settings: Settings,
    ports: CachedLookUps<P, S>,
    verifier: TokenVerifier<F>,
    sealer: HandleSealer,
    limits: LimitsCache,
    surroundings: S,
}

impl<P, F, S> Broker<P, F, S>
where
    P: AttachedFiles + UserDirectory + CaseRecords + ContactRecords,
    F: FetchDocument,
    S: Surroundings + Clone,
{
    /// A broker with `settings`; `verifier` is that of its issuers.
    pub fn new(settings: Settings, ports: P, verifier: TokenVerifier<F>, surroundings: S) -> Self {
        Self {
            sealer: HandleSealer::new(
                &settings.handle_keys,
                &settings.stage,
                settings.deployment.clone(),
            ),
            ports: CachedLookUps::new(ports, surroundings.clone()),
            limits: LimitsCache::default(),
            settings,
            verifier,
            surroundings,
        }
    }

    /// Fetches signing keys and limits side by side; failures are logged and have no other effect.
    pub async fn warm_up(&self, within: Duration) {
        let now = self.surroundings.now();
        let limits = self
            .limits
            .refresh(self.ports.inner(), now, self.deadline(within));
        futures_util::future::join(self.verifier.warm_up(now), limits).await;
    }

    /// The answer to the request in `event`, for which the invocation has `remaining` time.
    ///
    /// # Errors
    /// [`NotAGatewayEvent`]: everything else has an HTTP answer.
    pub async fn respond(
        &self,
        event: &str,
        remaining: Duration,
    ) -> Result<ApiGatewayProxyResponse, NotAGatewayEvent> {
        let request = GatewayRequest::parse(event)?;
        let began = self.surroundings.instant();
        let deadline = self.deadline(remaining.saturating_sub(RESERVE));
        let span = span(&request.request_id);
        let mut trail = Trail::default();
        let answering = AssertUnwindSafe(self.answer(&request, deadline, &mut trail)).catch_unwind();
        let answered = answering
            .instrument(span.clone())
            .await
            .unwrap_or(Err(BrokerError::Panic));
        let (answer, outcome) = match answered {
            Ok(answer) => (answer, "ok"),
            Err(error) => {
                trail.fault(error.to_string());
                let problem = error.into_problem(self.settings.authentication.accepts_tokens());
                let outcome = problem.code.name();
                (problem.into_answer(&request.request_id), outcome)
            }
        };
        let mut answer = answer.with_common_headers(&request.request_id);
        let is_preflight = request.method == "OPTIONS";
        cors::share(
            &mut answer.headers,
            &self.settings.allowed_origins,
            request.header("origin"),
            is_preflight,
        );
        let took = self.surroundings.instant().saturating_duration_since(began);
        span.in_scope(|| trail.write(answer.status.as_u16(), outcome, took));
        Ok(answer.into_gateway_response())
    }

    async fn answer(
        &self,
        request: &GatewayRequest,
        deadline: Deadline,
        trail: &mut Trail,
    ) -> Result<Answer, BrokerError> {
        let route = route(request, &self.settings.base_path).map_err(BrokerError::Route)?;
        trail.route(route.name());
        match route {
            Route::Preflight => Ok(Answer::empty(StatusCode::NO_CONTENT)),
            Route::Start => self.start(request, deadline, trail).await,
            Route::Complete(handle) => {
                let grant = self
                    .use_upload::<Complete>(request, handle, deadline, trail)
                    .await?;
                self.files().complete_upload(grant, deadline).await?;
                Ok(Answer::empty(StatusCode::NO_CONTENT))
            }
            Route::Status(handle) => {
                let grant = self.use_upload::<Read>(request, handle, deadline, trail).await?;
                let ask_again = poll_interval(grant.upload().started_at, self.surroundings.now());
                Ok(Answer::status(
                    &self.files().file_status(grant, deadline).await?,
                    ask_again,
                ))
            }
            Route::Delete(handle) => {
                let grant = self
                    .use_upload::<Delete>(request, handle, deadline, trail)
                    .await?;
                self.files().delete_file(grant, deadline).await?;
                Ok(Answer::empty(StatusCode::NO_CONTENT))
            }
            Route::Limits => self.limits(request, deadline, trail).await,
        }
    }

    async fn start(
        &self,
        request: &GatewayRequest,
        deadline: Deadline,
        trail: &mut Trail,
    ) -> Result<Answer, BrokerError> {
        let caller = self.caller(request, trail).await?;
        let identity = self.identity(&caller, Action::Start, deadline).await?;
        let key = IdempotencyKey::of(request)?;
        let must_name_user = identity == Identity::OnBehalfOf;
        let asked = body::upload_request(request, self.settings.limits, must_name_user)?;
        let user = self
            .acting_user(&caller, identity, asked.on_behalf_of.as_ref(), deadline)
            .await?;
        trail.user(&user, asked.on_behalf_of.as_ref());
        trail.resource(&asked.resource);
        trail.size_bytes(asked.file_size.bytes());
        let (ticket, upload) = self
            .granted(&caller, user, asked, key.as_ref(), deadline, trail)
            .await?;
        let handle = self.sealer.seal(&caller, &upload, &self.surroundings)?;
        Ok(Answer::created(&ticket, &self.settings.base_path, &handle))
    }

    /// Starts the upload, once a grant admits it.
    async fn granted(
        &self,
        caller: &Caller,
        user: ConnectUserArn,
        asked: UploadRequest,
        key: Option<&IdempotencyKey>,
        deadline: Deadline,
        trail: &mut Trail,
    ) -> Result<(UploadTicket, Upload), BrokerError> {
        let token = client_token(caller, &user, key, &asked, &self.surroundings)?;
        let (resource, on_behalf_of) = (asked.resource.clone(), asked.on_behalf_of.clone());
        let is_ascii = asked.file_name.is_ascii();
        let limits = self.limits.current();
        let ask = UploadAsk {
            caller,
            user: &user,
            request: asked,
            limits: &limits,
        };
        let grant = self.settings.grants.decide(ask, &self.ports, deadline).await?;
        trail.grant(grant.rule());
        let started_at = self.surroundings.now();
        let starting = self.beside_refresh(self.files().start_upload(grant, token, deadline), deadline);
        let ticket = starting.await.map_err(|error| match error {
            UpstreamError::Unusable(UnusableReply::HeaderNotAscii) if !is_ascii => {
                BrokerError::UnsignableName
            }
            error => error.into(),
        })?;
        trail.file(&ticket.file_id);
        let file_id = ticket.file_id.clone();
        Ok((
            ticket,
            Upload {
                file_id,
                resource,
                user,
                on_behalf_of,
                started_at,
            },
        ))
    }

    /// Permission for `A` on the upload whose handle is `handle`.
    async fn use_upload<A: FileAction>(
        &self,
        request: &GatewayRequest,
        handle: &str,
        deadline: Deadline,
        trail: &mut Trail,
    ) -> Result<FileGrant<A>, BrokerError> {
        let caller = self.caller(request, trail).await?;
        let identity = self.identity(&caller, A::ACTION, deadline).await?;
        if A::ACTION == Action::Complete {
            body::nothing(request)?;
        }
        let upload = self.sealer.open(handle, &caller, self.surroundings.now())?;
        trail.upload(&upload);
        let is_same_user = match identity {
            Identity::User(user) => upload.on_behalf_of.is_some() || user == upload.user,
            Identity::OnBehalfOf => upload.on_behalf_of.is_some(),
        };
        if !is_same_user {
            return Err(HandleError.into());
        }
        let grant = self
            .settings
            .grants
            .decide_use::<A, _>(&caller, upload, &self.ports, deadline)
            .await?;
        trail.grant(grant.rule());
        Ok(grant)
    }

    async fn limits(
        &self,
        request: &GatewayRequest,
        deadline: Deadline,
        trail: &mut Trail,
    ) -> Result<Answer, BrokerError> {
        let caller = self.caller(request, trail).await?;
        self.identity(&caller, Action::Start, deadline).await?;
        self.limits
            .refresh(self.files(), self.surroundings.now(), deadline)
            .await;
        Ok(Answer::limits(
            &self.settings.grants.limits(&caller, &self.limits.current()),
        ))
    }

    /// Who calls.
    async fn caller(&self, request: &GatewayRequest, trail: &mut Trail) -> Result<Caller, BrokerError> {
        let authentication = &self.settings.authentication;
        let evidence = evidence(request, &authentication.accept, &authentication.api_ids)?;
        let kind = evidence.kind();
        let now = self.surroundings.now();
        let caller = match evidence {
            Evidence::Token(unverified_token) => {
                caller_of(&self.verifier.verify(unverified_token.0, now).await?)
            }
            Evidence::Jwt(claims) => caller_of(&self.check_context(claims, now)?),
            Evidence::Lambda { subject, context } => Caller {
                issuer: "lambda-authorizer".into(),
                subject: subject.into(),
                claims: context
                    .iter()
                    .map(|(name, value)| (name.as_str().into(), claim_of(value)))
                    .collect(),
            },
            Evidence::Iam(role) => Caller {
                issuer: "aws-iam".into(),
                subject: role.into(),
                claims: broker_core::caller::Claims::default(),
            },
        };
        trail.caller(kind, &caller);
        Ok(caller)
    }

    fn check_context(&self, claims: Map<String, Value>, now: SystemTime) -> Result<Claims, VerifyError> {
        let issuer = claims.get("iss").and_then(Value::as_str);
        let policies = self.settings.issuers.iter().map(|issuer| &issuer.policy);
        let policy = policies
            .into_iter()
            .find(|policy| Some(policy.url.as_str()) == issuer);
        check_context_claims(policy.ok_or(TokenFault::UnknownIssuer)?, claims, now)
    }

    /// Whom the caller acts as; one who acts for others needs a grant that allows it.
    async fn identity(
        &self,
        caller: &Caller,
        action: Action,
        deadline: Deadline,
    ) -> Result<Identity, BrokerError> {
        let Settings {
            identity,
            deployment,
            grants,
            ..
        } = &self.settings;
        let identity = identity
            .identify(caller, &deployment.instance, &self.ports, deadline)
            .await?;
        if identity == Identity::OnBehalfOf && !grants.allow_on_behalf_of(caller, action, None) {
            return Err(BrokerError::OnBehalfOf);
        }
        Ok(identity)
    }

    /// The user that Connect will record: the caller's own, or the one that it may name.
    async fn acting_user(
        &self,
        caller: &Caller,
        identity: Identity,
        named: Option<&Username>,
        deadline: Deadline,
    ) -> Result<ConnectUserArn, BrokerError> {
        match (named, identity) {
            (None, Identity::User(user)) => Ok(user),
            (None, Identity::OnBehalfOf) => Err(BrokerError::OnBehalfOf),
            (Some(name), _) => {
                let Settings {
                    grants, deployment, ..
                } = &self.settings;
                if !grants.allow_on_behalf_of(caller, Action::Start, Some(name)) {
                    return Err(BrokerError::OnBehalfOf);
                }
                let found = self.ports.user_named(name, deadline).await;
                let found = found.map_err(broker_core::grants::Denied::LookUp)?;
                found
                    .filter(|user| user.is_of(&deployment.instance))
                    .ok_or(BrokerError::UnknownUser)
            }
        }
    }

    /// Runs `call` with a refresh of what is stale beside it; the refresh never delays it.
    async fn beside_refresh<T>(&self, call: impl Future<Output = T>, deadline: Deadline) -> T {
        let now = self.surroundings.now();
        let limits = self.limits.refresh(self.files(), now, deadline);
        let refresh = futures_util::future::join(self.verifier.warm_up(now), limits);
        match select(std::pin::pin!(call), std::pin::pin!(refresh)).await {
            Either::Left((result, _)) => result,
            Either::Right((_, call)) => call.await,
        }
    }

    const fn files(&self) -> &P {
        self.ports.inner()
    }

    fn deadline(&self, within: Duration) -> Deadline {
        Deadline(self.surroundings.instant() + within)
    }
}

fn caller_of(claims: &Claims) -> Caller {
    let members = claims.members().iter();
    Caller {
        issuer: claims.issuer().into(),
        subject: claims.subject().into(),
        claims: members
            .map(|(name, value)| (name.as_str().into(), claim_of(value)))
            .collect(),
    }
}

/// INVARIANT: an array with one element that is no string is no list.
fn claim_of(value: &Value) -> Claim {
    match value {
        Value::String(text) => Claim::Text(text.as_str().into()),
        Value::Bool(flag) => Claim::Flag(*flag),
        Value::Array(items) => {
            let texts: Option<Vec<Box<str>>> =
                items.iter().map(|item| item.as_str().map(Into::into)).collect();
            texts.map_or(Claim::Other, Claim::List)
        }
        Value::Null | Value::Number(_) | Value::Object(_) => Claim::Other,
    }
}

/// How long a client waits before it asks again: longer, the older the upload is.
fn poll_interval(started_at: SystemTime, now: SystemTime) -> Duration {
    let age = now.duration_since(started_at).unwrap_or_default();
    Duration::from_secs((age.as_secs() / 10).clamp(1, 10))
}
