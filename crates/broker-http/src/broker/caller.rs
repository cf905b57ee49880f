//! Who calls: what the event proves, as broker-core knows callers.

use std::time::SystemTime;

use broker_core::caller::{Caller, Claim};
use broker_token::{Claims, FetchDocument, TokenFault, VerifyError, check_context_claims};
use serde_json::{Map, Value};

use super::Broker;
use crate::error::BrokerError;
use crate::inbound::event::GatewayRequest;
use crate::inbound::evidence::{Evidence, evidence};
use crate::log::Trail;
use crate::surroundings::Surroundings;

impl<P, F: FetchDocument, S: Surroundings> Broker<P, F, S> {
    /// Who calls.
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
                caller_of(&verified?)
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
        trail.caller(kind, self.caller_hashes.of(&caller));
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
