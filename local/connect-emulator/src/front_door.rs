//! The way of every request: signature, quota and model are checked here, and only then the operation runs.

pub(crate) mod reply;

mod call_error;
mod faults;
mod local;
pub(crate) mod sigv4;
mod throttle;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use bytes::Bytes;
use http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::clock::Iso8601;
use crate::front_door::call_error::CallError;
use crate::front_door::local::{Call, Local};
use crate::front_door::reply::{Outcome, Reply};
use crate::front_door::throttle::Throttle;
use crate::model::{Routed, WireRequest, read_input, route};
use crate::operations;
use crate::options::Options;
use crate::signing::Signer;
use crate::state::State;

/// Amazon Connect, behind everything that stands between the network and its operations.
pub(crate) struct FrontDoor {
    state: Arc<State>,
    local: Local,
    throttle: Mutex<Throttle>,
}

impl FrontDoor {
    pub(crate) fn new(options: Options) -> Self {
        Self {
            state: Arc::new(State::new(options)),
            local: Local::default(),
            throttle: Mutex::default(),
        }
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.state.options.clock.now()
    }

    /// Answers a local route or an operation.
    pub(crate) async fn answer(&self, request: &Request<Bytes>, request_id: &str) -> Outcome {
        if let Some(path) = request.uri().path().strip_prefix("/_local/") {
            let reply = self
                .local
                .answer(&self.state, request.method(), path, request.body());
            return Outcome::Answer(reply);
        }
        match route(request.method().as_str(), request.uri().path()) {
            Some(routed) => self.answer_operation(&routed, request, request_id).await,
            None => Outcome::Answer(Reply::error(
                StatusCode::NOT_FOUND,
                "UnknownOperationException",
                &json!({ "message": "no operation has this method and path" }),
            )),
        }
    }

    /// Answers an operation as the armed faults let it, and lists the call.
    async fn answer_operation(&self, routed: &Routed, request: &Request<Bytes>, request_id: &str) -> Outcome {
        let time = Iso8601(self.now());
        let plan = self.local.plan(&routed.operation.name);
        if !plan.delay.is_zero() {
            tokio::time::sleep(plan.delay).await;
        }
        let (status, outcome) = if let Some(outcome) = plan.instead(routed.service) {
            (outcome.status(), outcome)
        } else {
            let reply = self.reply(routed, request).await;
            (reply.status.as_u16(), plan.disturb(reply))
        };
        self.local.list(Call {
            operation: &routed.operation.name,
            status,
            time,
            request_id: request_id.to_owned(),
        });
        outcome
    }

    async fn reply(&self, routed: &Routed, request: &Request<Bytes>) -> Reply {
        match self.call(routed, request).await {
            Ok(output) => Reply::ok(&output),
            Err(error) => {
                tracing::debug!(operation = %routed.operation.name, %error, cause = ?error, "refused");
                error.render(routed.service, routed.operation)
            }
        }
    }

    /// Checks a call in AWS's order: the signature, the quota, the input.
    async fn call(&self, routed: &Routed, request: &Request<Bytes>) -> Result<Value, CallError> {
        self.check_signature(routed, request)?;
        self.check_quota(&routed.operation.name)?;
        let wire = WireRequest {
            labels: &routed.labels,
            query: request.uri().query().unwrap_or_default(),
            headers: request.headers(),
            body: request.body(),
        };
        let input = read_input(routed.service, routed.operation, &wire)?;
        Ok(operations::run(&self.state, &routed.operation.name, input).await?)
    }

    fn check_signature(&self, routed: &Routed, request: &Request<Bytes>) -> Result<(), CallError> {
        let options = &self.state.options;
        let expected = Signer {
            credentials: &options.credentials,
            region: &options.region,
            service: &routed.service.metadata.signing_name,
            time: self.now(),
        };
        Ok(sigv4::verify(request, &expected)?)
    }

    fn check_quota(&self, operation: &'static str) -> Result<(), CallError> {
        let Some(quota) = &self.state.options.quota else {
            return Ok(());
        };
        // A panic elsewhere leaves no bucket half filled.
        let mut throttle = self.throttle.lock().unwrap_or_else(PoisonError::into_inner);
        throttle
            .admits(operation, quota, self.now())
            .then_some(())
            .ok_or(CallError::Throttled)
    }
}
