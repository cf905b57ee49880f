use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::calls::Call;
use crate::error::Refusal;
use crate::faults::Faults;
use crate::local;
use crate::model::{Routed, WireRequest, read_input, route};
use crate::operations;
use crate::options::Options;
use crate::reply::{Outcome, Reply};
use crate::sigv4::{self, Expected, SignedRequest};
use crate::state::State;
use crate::store::Store;
use crate::throttle::Throttle;

/// Amazon Connect, as far as this stand-in goes.
pub(crate) struct Emulator {
    pub(crate) options: Options,
    pub(crate) store: Store,
    state: Mutex<State>,
    calls: Mutex<Vec<Call>>,
    faults: Mutex<Faults>,
    throttle: Mutex<Throttle>,
}

impl Emulator {
    pub(crate) fn new(options: Options) -> Self {
        Self {
            store: Store::new(options.store.clone(), options.clock.clone()),
            options,
            state: Mutex::default(),
            calls: Mutex::default(),
            faults: Mutex::default(),
            throttle: Mutex::default(),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    pub(crate) fn calls(&self) -> MutexGuard<'_, Vec<Call>> {
        lock(&self.calls)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }

    /// What happens to a request: a local route, an operation, or nothing that the models know.
    pub(crate) async fn answer(&self, request: &Request<Bytes>, request_id: &str) -> Outcome {
        if let Some(local_path) = request.uri().path().strip_prefix("/_local/") {
            return Outcome::Answer(local::answer(self, request.method(), local_path, request.body()));
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

    async fn answer_operation(&self, routed: &Routed, request: &Request<Bytes>, request_id: &str) -> Outcome {
        let Routed {
            service, operation, ..
        } = routed;
        let time = self.options.clock.now();
        let plan = self.faults().plan(&operation.name);
        if !plan.delay.is_zero() {
            tokio::time::sleep(plan.delay).await;
        }
        let (status, outcome) = if let Some(outcome) = plan.instead(service) {
            (outcome.status(), outcome)
        } else {
            let reply = match self.call(routed, request).await {
                Ok(output) => Reply::ok(&output),
                Err(refusal) => {
                    tracing::debug!(operation = %operation.name, %refusal, cause = ?refusal, "refused");
                    refusal.render(service, operation)
                }
            };
            (reply.status.as_u16(), plan.disturb(reply))
        };
        let request_id = request_id.to_owned();
        self.calls().push(Call {
            operation: &operation.name,
            status,
            time,
            request_id,
        });
        outcome
    }

    /// The order of AWS's own questions: who, how often, what.
    async fn call(&self, routed: &Routed, request: &Request<Bytes>) -> Result<Value, Refusal> {
        self.authenticate(routed, request)?;
        self.throttle(&routed.operation.name)?;
        let wire = WireRequest {
            labels: &routed.labels,
            query: request.uri().query().unwrap_or_default(),
            headers: request.headers(),
            body: request.body(),
        };
        let input = read_input(routed.service, routed.operation, &wire)?;
        operations::run(self, &routed.operation.name, input).await
    }

    fn authenticate(&self, routed: &Routed, request: &Request<Bytes>) -> Result<(), Refusal> {
        let signed = SignedRequest {
            method: request.method().as_str(),
            target: request
                .uri()
                .path_and_query()
                .map_or("/", http::uri::PathAndQuery::as_str),
            headers: request.headers(),
            body: request.body(),
        };
        let expected = Expected {
            credentials: &self.options.credentials,
            region: &self.options.region,
            service: &routed.service.metadata.signing_name,
            now: self.options.clock.now(),
        };
        Ok(sigv4::verify(&signed, &expected)?)
    }

    fn throttle(&self, operation: &'static str) -> Result<(), Refusal> {
        let Some(quota) = &self.options.quota else {
            return Ok(());
        };
        let admitted = lock(&self.throttle).admits(operation, quota, self.options.clock.now());
        if admitted { Ok(()) } else { Err(Refusal::Throttled) }
    }
}

/// A panic elsewhere leaves nothing half-done behind these locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
