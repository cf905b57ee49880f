//! Asks the account: every call that the settings need, made once.

use broker_core::arn::ConnectUserArn;
use broker_core::grants::OnBehalfOf;
use broker_core::identity::UserSource;
use broker_core::limits::{FileLimits, Scope, ServiceLimits};
use broker_core::operation::Operation;
use broker_core::request::Username;
use broker_http::settings::Settings;

use super::account::{Account, AttachmentStorage};
use super::call_error::CallError;

/// A username to search for if the settings name none, to see whether the search is allowed.
const ABSENT_USER: &str = "upload-broker-doctor";

/// Why the account was asked nothing, or only once: every other call would fail in the same way.
pub(super) enum Obstacle {
    /// The calls would go to another region.
    Region,
    /// There are no credentials to sign with.
    NoCredentials,
    /// The error of the first call.
    Refused(CallError),
}

/// The answers; `None` if no rule needs one.
pub(super) struct Look {
    pub(super) storage: Result<Vec<AttachmentStorage>, CallError>,
    pub(super) domains: Option<Result<Vec<String>, CallError>>,
    pub(super) limits: Vec<(Scope, Result<FileLimits, CallError>)>,
    pub(super) unknown_names: Option<Result<Vec<Username>, CallError>>,
    pub(super) fixed_users: Vec<(usize, ConnectUserArn, Result<(), CallError>)>,
    pub(super) case: Option<Result<(), CallError>>,
    pub(super) contact: Option<Result<(), CallError>>,
}

impl Obstacle {
    /// The reason that the checks give; `is_clock_off` says that AWS refuses signatures because of their time.
    pub(super) const fn reason(&self, is_clock_off: bool) -> &'static str {
        match self {
            Self::Region => "the region is wrong",
            Self::NoCredentials => "there are no credentials",
            Self::Refused(CallError::Credentials { .. }) if is_clock_off => "this machine's clock is off",
            Self::Refused(CallError::Credentials { .. }) => "the credentials are not accepted",
            Self::Refused(CallError::NotFound) => "the instance was not found",
            Self::Refused(_) => "Connect did not answer",
        }
    }
}

impl Look {
    /// Makes every call, unless the error of the first one shows that all would fail.
    pub(super) async fn at(account: &Account, settings: &Settings) -> Result<Self, Obstacle> {
        use CallError::{Credentials, NoAnswer, NotFound, TimedOut};
        let storage = account.attachment_storage().await;
        if let Err(barring @ (Credentials { .. } | NoAnswer(_) | NotFound | TimedOut)) = storage {
            return Err(Obstacle::Refused(barring));
        }
        let needs = Needs::of(settings);
        let mut limits = Vec::new();
        for scope in &needs.scopes {
            limits.push((*scope, account.limits(*scope).await));
        }
        let mut fixed_users = Vec::new();
        for (rule, user) in needs.fixed_users {
            let outcome = account.user(&user).await;
            fixed_users.push((rule, user, outcome));
        }
        Ok(Self {
            storage,
            domains: given(needs.cases_domain, account.cases_domains()).await,
            limits,
            unknown_names: given(!needs.names.is_empty(), account.unknown_users(&needs.names)).await,
            fixed_users,
            case: given(needs.cases, account.may_read_cases()).await,
            contact: given(needs.contacts, account.may_read_contacts()).await,
        })
    }

    /// Connect's limits; the defaults for a scope that was not answered.
    pub(super) fn service_limits(&self) -> ServiceLimits {
        let mut limits = ServiceLimits::default();
        for (scope, seen) in &self.limits {
            let place = match scope {
                Scope::Case => &mut limits.case,
                Scope::Email => &mut limits.email,
                Scope::Task => &mut limits.task,
            };
            place.clone_from(seen.as_ref().unwrap_or(&FileLimits::default()));
        }
        limits
    }
}

async fn given<T>(is_needed: bool, answer: impl Future<Output = T>) -> Option<T> {
    if is_needed { Some(answer.await) } else { None }
}

/// The calls that the rules need.
struct Needs {
    cases_domain: bool,
    scopes: Vec<Scope>,
    names: Vec<Username>,
    fixed_users: Vec<(usize, ConnectUserArn)>,
    cases: bool,
    contacts: bool,
}

impl Needs {
    fn of(settings: &Settings) -> Self {
        let (grants, scopes) = (settings.grants.entries(), settings.grants.scopes());
        let rules = settings.identity.rules();
        let fixed = rules
            .iter()
            .enumerate()
            .filter_map(|(position, rule)| match &rule.user {
                UserSource::Fixed(user) => Some((position, user.clone())),
                UserSource::UsernameClaim(_) | UserSource::ArnClaim(_) | UserSource::OnBehalfOf => None,
            });
        Self {
            cases_domain: scopes.contains(&Scope::Case),
            scopes,
            names: names(settings),
            fixed_users: fixed.collect(),
            cases: grants
                .iter()
                .any(|grant| grant.resources.confirmed_by() == Some(Operation::GetCase)),
            contacts: grants
                .iter()
                .any(|grant| grant.resources.confirmed_by() == Some(Operation::DescribeContact)),
        }
    }
}

/// The usernames in the rules, or an absent one if rules look up users that only a request names.
fn names(settings: &Settings) -> Vec<Username> {
    let grants = settings.grants.entries();
    let mut names: Vec<_> = grants
        .iter()
        .flat_map(|grant| listed(&grant.on_behalf_of))
        .collect();
    names.sort();
    names.dedup();
    let looks_up = settings
        .identity
        .rules()
        .iter()
        .any(|rule| matches!(rule.user, UserSource::UsernameClaim(_) | UserSource::OnBehalfOf));
    let admits_others = grants
        .iter()
        .any(|grant| grant.on_behalf_of != OnBehalfOf::Nobody);
    if names.is_empty() && (looks_up || admits_others) {
        names.extend(Username::parse(ABSENT_USER));
    }
    names
}

/// The usernames that an entry lists.
pub(super) fn listed(on_behalf_of: &OnBehalfOf) -> Vec<Username> {
    match on_behalf_of {
        OnBehalfOf::Listed(names) => names.iter().cloned().collect(),
        OnBehalfOf::Nobody | OnBehalfOf::Anyone => vec![],
    }
}
