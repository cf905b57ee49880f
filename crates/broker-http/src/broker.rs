//! The broker: asks a request the questions of its route, in order, and answers it.

mod caller;
mod exchange;
mod existing;
mod limits;
mod refresh;
mod start;
mod uploads;
mod user;

use std::error::Error;
use std::iter::successors;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use broker_core::ports::{Deadline, StartedUploads};
use broker_token::{FetchDocument, TokenVerifier};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use http::StatusCode;
use lambda_http::aws_lambda_events::apigw::ApiGatewayProxyResponse;
use tracing::{Instrument as _, info_span};

use self::exchange::Exchange;
use crate::caller_hash::CallerHashes;
use crate::clock_and_random::ClockAndRandom;
use crate::error::BrokerError;
use crate::handle::HandleSealer;
use crate::inbound::event::{EventError, GatewayRequest};
use crate::inbound::route::{Route, route};
use crate::name_digest::NameDigests;
use crate::outbound::cors;
use crate::outbound::response::Answer;
use crate::ports::Ports;
use crate::record::RequestRecord;
use crate::remembered::{LimitsCache, RememberingPorts, SharedUsers};
use crate::settings::Settings;

/// Part of an invocation's time that is kept for answering.
const RESERVE: Duration = Duration::from_secs(1);

/// The answer to a request, and the record of it.
pub struct Answered {
    /// The answer, as API Gateway takes it.
    pub response: ApiGatewayProxyResponse,
    /// The request record.
    pub record: RequestRecord,
}

/// The broker of one deployment, over ports `P`, fetched keys `F`, system `S` and rows of uploads `U`.
pub struct Broker<P, F, S, U> {
    settings: Settings,
    ports: RememberingPorts<P, S>,
    verifier: TokenVerifier<F>,
    sealer: HandleSealer,
    caller_hashes: CallerHashes,
    name_digests: NameDigests,
    limits: LimitsCache,
    system: S,
    uploads: Option<U>,
}

impl<P: Ports, F: FetchDocument, S: ClockAndRandom + Clone, U: StartedUploads> Broker<P, F, S, U> {
    /// A broker with `settings`; `verifier` is that of its issuers. Without `uploads` it keeps no rows of what it starts.
    pub fn new(
        settings: Settings,
        ports: P,
        verifier: TokenVerifier<F>,
        system: S,
        uploads: Option<U>,
    ) -> Self {
        Self {
            sealer: HandleSealer::new(
                &settings.handle_keys,
                &settings.stage,
                settings.deployment.clone(),
            ),
            caller_hashes: CallerHashes::under(settings.handle_keys.sealing()),
            name_digests: NameDigests::under(settings.handle_keys.sealing()),
            ports: RememberingPorts::new(ports, shared_users(&settings), system.clone()),
            limits: LimitsCache::new(settings.grants.scopes()),
            settings,
            verifier,
            system,
            uploads,
        }
    }

    /// Answers the request in `event`, for which the invocation has `remaining` time.
    ///
    /// # Errors
    /// [`EventError`]: everything else has an HTTP answer.
    pub async fn respond(&self, event: &str, remaining: Duration) -> Result<Answered, EventError> {
        let request = GatewayRequest::parse(event)?;
        let began = self.system.instant();
        let mut exchange = Exchange {
            request: &request,
            deadline: self.deadline(remaining.saturating_sub(RESERVE)),
            record: RequestRecord::of(&request),
        };
        let span = info_span!("request", request_id = request.request_id);
        // Boxed: this future is several kilobytes, and every future that contains it would copy it. Its type is hidden,
        // because the compiler gives up on one that goes as deep as the SDK.
        let answering: BoxFuture<'_, _> = Box::pin(self.answer(&mut exchange));
        let answered = AssertUnwindSafe(answering).catch_unwind().instrument(span).await;
        let mut record = exchange.record;
        let answer = answered
            .unwrap_or(Err(BrokerError::Panic))
            .unwrap_or_else(|error| {
                let fault = with_causes(&error);
                let problem = error.into_problem(self.settings.authentication.accepts_tokens());
                record.refused(problem.code, fault);
                problem.into_answer(&request.request_id)
            });
        let mut answer = answer.with_common_headers(&request.request_id);
        let is_preflight = request.method == "OPTIONS";
        let origin = request.header("origin");
        cors::share(&mut answer.headers, &self.settings, origin, is_preflight);
        record.status = answer.status.as_u16();
        let took = self.system.instant().saturating_duration_since(began);
        record.duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        Ok(Answered {
            response: answer.into_gateway_response(),
            record,
        })
    }

    async fn answer(&self, exchange: &mut Exchange<'_>) -> Result<Answer, BrokerError> {
        let has_list = self.uploads.is_some();
        let route = route(exchange.request, &self.settings.base_path, has_list);
        let route = route.map_err(BrokerError::Route)?;
        exchange.record.route = Some(route.name());
        match route {
            Route::Preflight => Ok(Answer::empty(StatusCode::NO_CONTENT)),
            Route::Start => self.start(exchange).await,
            Route::List => self.list(exchange).await,
            Route::Complete(handle) => self.complete(handle, exchange).await,
            Route::Status(handle) => self.status(handle, exchange).await,
            Route::Delete(handle) => self.delete(handle, exchange).await,
            Route::Limits => self.limits(exchange).await,
        }
    }
}

/// The users that all instances share, if they share a table.
fn shared_users(settings: &Settings) -> Option<SharedUsers> {
    settings.shared_table.as_ref()?;
    let instance = settings.deployment.instance.clone();
    Some(SharedUsers::under(settings.handle_keys.sealing(), instance))
}

/// The error's text, and the text of each cause that says something more.
fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    for cause in successors(error.source(), |&cause| cause.source()) {
        let cause = cause.to_string();
        if !text.ends_with(&cause) {
            text = text + ": " + &cause;
        }
    }
    text
}

impl<P, F, S: ClockAndRandom, U> Broker<P, F, S, U> {
    fn deadline(&self, within: Duration) -> Deadline {
        Deadline(self.system.instant() + within)
    }
}

#[cfg(test)]
mod tests {
    use broker_core::grants::GrantError;
    use broker_core::ports::UpstreamError;

    use super::*;

    #[test]
    fn a_fault_says_why_and_nothing_twice() {
        for (error, expected) in [
            (
                BrokerError::from(GrantError::LookUp(UpstreamError::TimedOut)),
                "a look-up failed: timed out",
            ),
            (
                BrokerError::from(GrantError::LookUp(UpstreamError::AccessDenied)),
                "a look-up failed: access was denied",
            ),
            (
                BrokerError::from(UpstreamError::TimedOut),
                "Amazon Connect: timed out",
            ),
        ] {
            assert_eq!(with_causes(&error), expected);
        }
    }
}
