//! The caller that a request proves.

use crate::ports::Ports;
use broker_core::caller::{Caller, ClaimSource};
use broker_core::pace::Place;
use broker_core::ports::{CallContext, StartedUploads};
use broker_core::request::Username;
use broker_token::{FetchDocument, check_context_claims};

use super::Broker;
use super::exchange::Exchange;
use crate::callers::{checked_caller, iam_caller, lambda_caller};
use crate::clock_and_random::ClockAndRandom;
use crate::error::BrokerError;
use crate::inbound::evidence::{Evidence, evidence};
use crate::record::CallerRecord;

impl<P: Ports, F: FetchDocument, S: ClockAndRandom, U: StartedUploads> Broker<P, F, S, U> {
    /// Checks the evidence of the request, and returns the caller that it proves, with its place in line.
    pub(super) async fn caller(
        &self,
        exchange: &mut Exchange<'_>,
    ) -> Result<(Caller, CallContext), BrokerError> {
        let authentication = &self.settings.authentication;
        let evidence = evidence(exchange.request, &authentication.accept, &authentication.api_ids)?;
        let kind: &'static str = evidence.kind().into();
        let now = self.system.now();
        let caller = match evidence {
            Evidence::Token(unverified_token) => {
                let verified = self.verifier.verify(unverified_token.0, now).await;
                exchange.record.key_set_age = self.verifier.key_set_age(now);
                exchange.record.issuers_without_keys = self.verifier.issuers_without_keys(now);
                checked_caller(ClaimSource::Token, &verified?)
            }
            Evidence::Jwt(claims) => {
                let checked = check_context_claims(&self.settings.issuers, claims, now)?;
                checked_caller(ClaimSource::JwtAuthorizer, &checked)
            }
            Evidence::Lambda {
                source,
                subject,
                context,
            } => lambda_caller(source, &subject, &context),
            Evidence::Iam(role) => iam_caller(role.as_str()),
        };
        let place = self.caller_hashes.place_of(&caller, None);
        let hash = place.into();
        exchange.record.caller = Some(CallerRecord { kind, hash });
        let context = CallContext {
            place: Place::InLine(place),
            deadline: exchange.deadline,
        };
        Ok((caller, context))
    }

    /// The same call for the user that the caller acts for, who has a place of its own, so that the users of one backend share
    /// fairly.
    pub(super) fn context_for(
        &self,
        caller: &Caller,
        named: Option<&Username>,
        context: CallContext,
    ) -> CallContext {
        match named {
            None => context,
            Some(_) => CallContext {
                place: Place::InLine(self.caller_hashes.place_of(caller, named)),
                ..context
            },
        }
    }
}
