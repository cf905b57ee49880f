//! The broker: the questions that every request is asked, in order.

mod caller;
mod existing;
mod refresh;
mod start;
mod user;

use std::error::Error;
use std::iter::successors;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use broker_core::grants::Action;
use broker_core::ports::{
    AttachedFiles, AttachmentLimits, CaseRecords, ContactRecords, Deadline, UserDirectory,
};
use broker_core::upload::{FileId, FileStatus};
use broker_token::{FetchDocument, TokenVerifier};
use futures_util::FutureExt as _;
use http::StatusCode;
use lambda_http::aws_lambda_events::apigw::ApiGatewayProxyResponse;
use tracing::Instrument as _;

use crate::cache::CachedLookUps;
use crate::caller_hash::CallerHashes;
use crate::clock_and_random::ClockAndRandom;
use crate::error::BrokerError;
use crate::handle::HandleSealer;
use crate::inbound::event::{EventError, GatewayRequest};
use crate::inbound::route::{Route, route};
use crate::limits::LimitsCache;
use crate::memory::Memory;
use crate::name_digest::NameDigests;
use crate::outbound::cors;
use crate::outbound::response::Answer;
use crate::polls::Watched;
use crate::record::{RequestRecord, span};
use crate::settings::Settings;

/// Part of an invocation's time that is kept for answering.
const RESERVE: Duration = Duration::from_secs(1);

/// A request's answer, and what is to be written down of it.
pub struct Answered {
    /// The answer, as API Gateway takes it.
    pub response: ApiGatewayProxyResponse,
    /// The one record of the request.
    pub record: RequestRecord,
}

/// The broker of one deployment, over ports `P`, fetched keys `F` and system `S`.
pub struct Broker<P, F, S> {
    settings: Settings,
    ports: CachedLookUps<P, S>,
    verifier: TokenVerifier<F>,
    sealer: HandleSealer,
    caller_hashes: CallerHashes,
    name_digests: NameDigests,
    limits: LimitsCache,
    statuses: Memory<FileId, FileStatus>,
    watched: Watched,
    system: S,
}

impl<P, F, S> Broker<P, F, S>
where
    P: AttachedFiles + AttachmentLimits + UserDirectory + CaseRecords + ContactRecords,
    F: FetchDocument,
    S: ClockAndRandom + Clone,
{
    /// A broker with `settings`; `verifier` is that of its issuers.
    pub fn new(settings: Settings, ports: P, verifier: TokenVerifier<F>, system: S) -> Self {
        Self {
            sealer: HandleSealer::new(
                &settings.handle_keys,
                &settings.stage,
                settings.deployment.clone(),
            ),
            caller_hashes: CallerHashes::under(settings.handle_keys.sealing()),
            name_digests: NameDigests::under(settings.handle_keys.sealing()),
            ports: CachedLookUps::new(ports, system.clone()),
            limits: LimitsCache::new(settings.grants.scopes()),
            statuses: Memory::default(),
            watched: Watched::default(),
            settings,
            verifier,
            system,
        }
    }

    /// The answer to the request in `event`, and its record, for which the invocation has `remaining` time.
    ///
    /// # Errors
    /// [`EventError`]: everything else has an HTTP answer.
    pub async fn respond(&self, event: &str, remaining: Duration) -> Result<Answered, EventError> {
        let request = GatewayRequest::parse(event)?;
        let began = self.system.instant();
        let deadline = self.deadline(remaining.saturating_sub(RESERVE));
        let span = span(&request.request_id);
        let mut record = RequestRecord::of(&request);
        // On the heap: it is of many kilobytes, and would be moved with every future around it.
        let answering = Box::pin(self.answer(&request, deadline, &mut record));
        let answered = AssertUnwindSafe(answering).catch_unwind().instrument(span).await;
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
        let took = self.system.instant().saturating_duration_since(began);
        record.answered(answer.status.as_u16(), took);
        Ok(Answered {
            response: answer.into_gateway_response(),
            record,
        })
    }

    async fn answer(
        &self,
        request: &GatewayRequest,
        deadline: Deadline,
        record: &mut RequestRecord,
    ) -> Result<Answer, BrokerError> {
        let route = route(request, &self.settings.base_path).map_err(BrokerError::Route)?;
        record.route(route.name());
        match route {
            Route::Preflight => Ok(Answer::empty(StatusCode::NO_CONTENT)),
            Route::Start => self.start(request, deadline, record).await,
            Route::Complete(handle) => self.complete(request, handle, deadline, record).await,
            Route::Status(handle) => self.status(request, handle, deadline, record).await,
            Route::Delete(handle) => self.delete(request, handle, deadline, record).await,
            Route::Limits => self.limits(request, deadline, record).await,
        }
    }

    async fn limits(
        &self,
        request: &GatewayRequest,
        deadline: Deadline,
        record: &mut RequestRecord,
    ) -> Result<Answer, BrokerError> {
        let caller = self.caller(request, record).await?;
        self.identity(&caller, Action::Start, deadline, record).await?;
        let limits = self.latest_limits(deadline).await;
        Ok(Answer::limits(&self.settings.grants.limits(&caller, &limits)))
    }
}

/// What failed and why: the error's text and those of its causes, each that says something more.
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

impl<P, F, S: ClockAndRandom> Broker<P, F, S> {
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
