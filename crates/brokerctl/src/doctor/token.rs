//! Judges one token, as the broker would: verifies it with fetched keys, maps its caller, and asks the rules.

use std::time::SystemTime;

use broker_connect::Connect;
use broker_core::arn::ResourceArn;
use broker_core::grants::{GrantError, UploadAsk};
use broker_core::identity::{Identity, IdentityError};
use broker_core::limits::ServiceLimits;
use broker_core::pace::MemoryLedger;
use broker_core::ports::UpstreamError;
use broker_http::settings::Settings;
use broker_token::{FetchDocument, VerifyError};

use super::report::{Finding, Outcome};
use super::upload::{soon, trial_request};
use crate::explain::{Found, RefusedTokenError, of_token};

/// The token, and what its caller wants to do.
pub(super) struct Bearer<'a> {
    pub(super) token: &'a str,
    pub(super) resource: Option<&'a ResourceArn>,
}

impl Bearer<'_> {
    pub(super) async fn outcome(
        &self,
        settings: &Settings,
        documents: impl FetchDocument,
        account: Option<(&Connect<MemoryLedger>, &ServiceLimits)>,
    ) -> Outcome {
        let found = match of_token(self.token, settings, documents, SystemTime::now()).await {
            Ok(found) => found,
            Err(RefusedTokenError::Fault(VerifyError::KeysUnavailable(_))) => {
                return Outcome::NotChecked("its issuer's keys did not arrive".into());
            }
            Err(error) => return refused(&error),
        };
        let Some((connect, limits)) = account else {
            return Outcome::NotChecked("Connect could not be asked".into());
        };
        match self.use_of(&found, settings, connect, limits).await {
            Ok(text) => Outcome::Ok(format!("{}; {text}", found.source)),
            Err(finding) => Outcome::Found(vec![finding]),
        }
    }

    /// What the caller may do, in words.
    async fn use_of(
        &self,
        Found { caller, .. }: &Found,
        settings: &Settings,
        connect: &Connect<MemoryLedger>,
        limits: &ServiceLimits,
    ) -> Result<String, Finding> {
        let instance = &settings.deployment.instance;
        let identity = settings
            .identity
            .identify(caller, instance, connect, soon())
            .await;
        let (rule, identity) = identity.map_err(|error| unmapped(&error))?;
        let user = match identity {
            Identity::User(user) => user,
            Identity::OnBehalfOf => return Ok(format!("identity[{rule}]: each request names the user")),
        };
        let mapped = format!("identity[{rule}] maps it to {user}");
        let Some(resource) = self.resource else {
            return Ok(format!("{mapped}; with --resource, the grants are asked too"));
        };
        let ask = UploadAsk {
            caller,
            user: &user,
            request: trial_request(resource, limits)?,
            limits,
        };
        match settings.grants.decide(ask, connect, soon()).await {
            Ok(grant) => Ok(format!("{mapped}; grant[{}] allows a start", grant.rule())),
            Err(GrantError::File(_)) => Ok(format!(
                "{mapped}; a grant reaches the resource, but does not allow a text file"
            )),
            Err(denied @ GrantError::Forbidden(_)) => Err(Finding::fault(
                format!("{mapped}; {denied}"),
                "give this caller a grant, or name another --resource (`brokerctl explain` shows each grant)",
            )),
            Err(GrantError::LookUp(error)) => Err(Finding {
                is_passing: may_pass(&error),
                ..Finding::fault(
                    format!("{mapped}; whether a grant reaches the resource is not known: {error}"),
                    "run this again; if access was denied, allow what the checks `cases` and `contacts` name",
                )
            }),
        }
    }
}

fn refused(error: &RefusedTokenError) -> Outcome {
    Outcome::fault(
        error.to_string(),
        "correct the [[issuer]], or have the identity provider issue the token that it describes \
         (docs/identity-providers.md); a token that has expired says nothing: take a new one",
    )
}

const fn may_pass(error: &UpstreamError) -> bool {
    use UpstreamError::{Throttled, TimedOut, Unavailable};
    matches!(error, Throttled(_) | TimedOut | Unavailable)
}

fn unmapped(error: &IdentityError) -> Finding {
    let (seen, is_passing) = match error {
        IdentityError::LookUp { source, .. } => (format!("{error}: SearchUsers: {source}"), may_pass(source)),
        error => (error.to_string(), false),
    };
    let fix = match error {
        IdentityError::NoRule(_) => "write an [[identity]] that is about this caller",
        IdentityError::UnusableClaim { .. } => {
            "have the identity provider put the username into this claim, or name another claim"
        }
        IdentityError::ForeignUser { .. } => "name a user of CONNECT_INSTANCE_ARN",
        IdentityError::UnknownUser { .. } => {
            "give the person a Connect user whose username is the claim's value, byte for byte (`aws connect search-users`)"
        }
        IdentityError::LookUp { .. } => "run this again; if access was denied, allow connect:SearchUsers",
    };
    Finding {
        is_passing,
        ..Finding::fault(seen, fix)
    }
}
