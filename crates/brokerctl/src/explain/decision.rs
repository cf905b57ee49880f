//! Explains the decision of the rules about one use, step by step.

use std::time::Instant;

use broker_core::arn::{ConnectUserArn, InstanceArn, ResourceArn};
use broker_core::caller::Caller;
use broker_core::grants::{Action, Reach, Use};
use broker_core::identity::Identity;
use broker_core::pace::{Place, PlaceKey};
use broker_core::ports::{CallContext, Deadline, UpstreamError, UserDirectory};
use broker_core::request::Username;
use broker_http::settings::Settings;

use super::words;
use crate::Verdict;

/// The use that a caller wants.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) resource: &'a ResourceArn,
    pub(crate) action: Action,
    pub(crate) on_behalf_of: Option<&'a Username>,
}

/// One line for each rule that is asked about `wanted`, and the verdict, which is also the last line.
pub(crate) async fn explain(
    settings: &Settings,
    caller: &Caller,
    wanted: Wanted<'_>,
) -> (Vec<String>, Verdict) {
    let mut lines = identity_lines(settings, caller);
    let outcome = match acting_user(settings, caller, wanted.on_behalf_of).await {
        Ok(user) => grant_lines(settings, caller, &user, wanted, &mut lines),
        Err(denied) => Err(denied),
    };
    let (line, verdict) = match outcome {
        Ok(allowed) => (allowed, Verdict::Yes),
        Err(denied) => (format!("denied: {denied}"), Verdict::No),
    };
    lines.push(line);
    (lines, verdict)
}

/// One line for each identity rule, up to the one that decides.
fn identity_lines(settings: &Settings, caller: &Caller) -> Vec<String> {
    let mut lines = Vec::new();
    for (position, rule) in settings.identity.rules().iter().enumerate() {
        let holds = rule.when.holds(caller);
        let is_about_caller = holds.is_ok();
        let answer = holds.map_or_else(
            |mismatch| mismatch.to_string(),
            |()| format!("maps the caller to {}", words::user(&rule.user)),
        );
        lines.push(format!("identity[{position}]: {answer}"));
        if is_about_caller {
            break;
        }
    }
    lines
}

/// The user that the caller acts as, or why there is none.
async fn acting_user(
    settings: &Settings,
    caller: &Caller,
    on_behalf_of: Option<&Username>,
) -> Result<ConnectUserArn, String> {
    let instance = &settings.deployment.instance;
    let directory = LookedUp(instance);
    let context = CallContext {
        place: Place::InLine(PlaceKey([0; 16])),
        deadline: Deadline(Instant::now()),
    };
    let identity = settings
        .identity
        .identify(caller, instance, &directory, context)
        .await;
    let (_, identity) = identity.map_err(|error| error.to_string())?;
    match (on_behalf_of, identity) {
        (None, Identity::User(user)) => Ok(user),
        (None, Identity::OnBehalfOf) => Err("the caller must name a user: --on-behalf-of".into()),
        (Some(_), _) => directory.user().ok_or_else(|| "there is no such user".into()),
    }
}

/// Adds one line for each grant; the result names the grant that allows the use, or says why none does.
fn grant_lines(
    settings: &Settings,
    caller: &Caller,
    user: &ConnectUserArn,
    wanted: Wanted<'_>,
    lines: &mut Vec<String>,
) -> Result<String, String> {
    let reaches = settings.grants.reaches(Use {
        caller,
        user,
        on_behalf_of: wanted.on_behalf_of,
        resource: wanted.resource,
        action: wanted.action,
    });
    for (position, (grant, reach)) in settings.grants.entries().iter().zip(&reaches).enumerate() {
        let answer = match reach {
            Ok(reach) => reach.to_string(),
            Err(error) => error.to_string(),
        };
        lines.push(format!("grant[{position}] ({}): {answer}", grant.resources));
    }
    if !settings.deployment.holds(wanted.resource) {
        return Err("the resource belongs to another instance or Cases domain".into());
    }
    let first = |is_wanted: fn(&Reach) -> bool| {
        let is_wanted = |reach: &Result<Reach, _>| reach.as_ref().is_ok_and(is_wanted);
        reaches.iter().position(is_wanted)
    };
    if let Some(grant) = first(|reach| *reach == Reach::Granted) {
        return Ok(format!("allowed by grant[{grant}]"));
    }
    first(|_| true)
        .map(|grant| format!("allowed by grant[{grant}], if Connect confirms what it asks"))
        .ok_or_else(|| "no grant reaches the resource".into())
}

/// A directory in which every name exists. Only Connect knows the real user.
struct LookedUp<'a>(&'a InstanceArn);

impl LookedUp<'_> {
    fn user(&self) -> Option<ConnectUserArn> {
        format!("{}/agent/looked-up", self.0).parse().ok()
    }
}

impl UserDirectory for LookedUp<'_> {
    async fn user_named(
        &self,
        _: &Username,
        _: CallContext,
    ) -> Result<Option<ConnectUserArn>, UpstreamError> {
        Ok(self.user())
    }
}
