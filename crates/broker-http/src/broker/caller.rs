//! The caller that the event proves, as broker-core knows callers.

use broker_core::caller::{Caller, ClaimSource};
use broker_token::FetchDocument;

use super::Broker;
use crate::callers::{check_jwt_context, checked_caller, iam_caller, lambda_caller};
use crate::clock_and_random::ClockAndRandom;
use crate::error::BrokerError;
use crate::inbound::event::GatewayRequest;
use crate::inbound::evidence::{Evidence, evidence};
use crate::record::RequestRecord;

impl<P, F: FetchDocument, S: ClockAndRandom> Broker<P, F, S> {
    /// The caller that `request` proves.
    pub(super) async fn caller(
        &self,
        request: &GatewayRequest,
        record: &mut RequestRecord,
    ) -> Result<Caller, BrokerError> {
        let authentication = &self.settings.authentication;
        let evidence = evidence(request, &authentication.accept, &authentication.api_ids)?;
        let kind = evidence.kind();
        let now = self.system.now();
        let caller = match evidence {
            Evidence::Token(unverified_token) => {
                let verified = self.verifier.verify(unverified_token.0, now).await;
                record.looked_at_with_keys_aged(self.verifier.key_set_age(now));
                record.issuers_lack_keys(self.verifier.issuers_without_keys(now));
                checked_caller(ClaimSource::Token, &verified?)
            }
            Evidence::Jwt(claims) => {
                let checked = check_jwt_context(&self.settings.issuers, claims, now)?;
                checked_caller(ClaimSource::JwtAuthorizer, &checked)
            }
            Evidence::Lambda {
                source,
                subject,
                context,
            } => lambda_caller(source, &subject, &context),
            Evidence::Iam(role) => iam_caller(&role),
        };
        record.caller(kind, self.caller_hashes.of(&caller));
        Ok(caller)
    }
}
