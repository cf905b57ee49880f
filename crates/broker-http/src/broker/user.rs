//! Maps a caller to the Connect user that an upload is attributed to.

use broker_core::arn::ConnectUserArn;
use broker_core::caller::Caller;
use broker_core::grants::{Action, GrantError};
use broker_core::identity::Identity;
use broker_core::ports::{CallContext, StartedUploads, UserDirectory as _};
use broker_core::request::Username;

use super::Broker;
use super::exchange::Exchange;
use crate::clock_and_random::ClockAndRandom;
use crate::error::BrokerError;
use crate::inbound::body::ActsFor;
use crate::ports::Ports;
use crate::settings::Settings;

impl<P: Ports, F: Send + Sync, S: ClockAndRandom, U: StartedUploads> Broker<P, F, S, U> {
    /// The caller's identity. A caller that always acts for others needs a grant that allows `action` for others.
    pub(super) async fn identity(
        &self,
        caller: &Caller,
        action: Action,
        context: CallContext,
        exchange: &mut Exchange<'_>,
    ) -> Result<Identity, BrokerError> {
        let Settings {
            identity,
            deployment,
            grants,
            ..
        } = &self.settings;
        let found = identity
            .identify(caller, &deployment.instance, &self.ports, context)
            .await;
        exchange.record.identity_rule = match &found {
            Ok((rule, _)) => Some(*rule),
            Err(error) => error.rule(),
        };
        let (_, identity) = found?;
        if identity == Identity::OnBehalfOf && !grants.allow_on_behalf_of(caller, action, None) {
            return Err(BrokerError::OnBehalfOf);
        }
        Ok(identity)
    }

    /// The users that the caller may act for, whatever its grants then allow.
    pub(super) fn acts_for(&self, caller: &Caller, identity: &Identity) -> ActsFor {
        let grants = &self.settings.grants;
        let is_granted = |action| grants.allow_on_behalf_of(caller, action, None);
        match identity {
            Identity::OnBehalfOf => ActsFor::Others,
            Identity::User(_) if Action::ALL.into_iter().any(is_granted) => ActsFor::ItselfOrOthers,
            Identity::User(_) => ActsFor::Itself,
        }
    }

    /// The user that Connect will record: the caller's own, or the user named in the request, if a grant allows that.
    pub(super) async fn acting_user(
        &self,
        caller: &Caller,
        identity: Identity,
        named: Option<&Username>,
        context: CallContext,
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
                let found = self.ports.user_named(name, context).await;
                let found = found.map_err(GrantError::LookUp)?;
                found
                    .filter(|user| user.is_of(&deployment.instance))
                    .ok_or(BrokerError::UnknownUser)
            }
        }
    }
}
