//! The caller that the event proves, as broker-core knows callers.

use broker_core::caller::{Caller, ClaimSource};
use broker_token::FetchDocument;

use super::Broker;
use crate::callers::{check_jwt_context, checked_caller, iam_caller, lambda_caller};
use crate::error::BrokerError;
use crate::inbound::event::GatewayRequest;
use crate::inbound::evidence::{Evidence, evidence};
use crate::log::Trail;
use crate::surroundings::Surroundings;

impl<P, F: FetchDocument, S: Surroundings> Broker<P, F, S> {
    /// The caller that `request` proves.
    pub(super) async fn caller(
        &self,
        request: &GatewayRequest,
        trail: &mut Trail,
    ) -> Result<Caller, BrokerError> {
        let authentication = &self.settings.authentication;
        let evidence = evidence(request, &authentication.accept, &authentication.api_ids)?;
        let kind = evidence.kind();
        let now = self.surroundings.now();
        let caller = match evidence {
            Evidence::Token(unverified_token) => {
                let verified = self.verifier.verify(unverified_token.0, now).await;
                trail.looked_at_with_keys_aged(self.verifier.key_set_age(now));
                trail.issuers_lack_keys(self.verifier.issuers_without_keys(now));
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
        trail.caller(kind, self.caller_hashes.of(&caller));
        Ok(caller)
    }
}
