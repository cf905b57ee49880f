//! The `[[grant]]` entries, and the permissions that they give.
//!
//! INVARIANT: only [`decide`] makes an [`UploadGrant`] or, for a caller, a [`FileGrant`], and only [`finish`] makes a
//! [`FileGrant`] for the finisher. [`crate::ports`] takes them by value, so an upstream call that no grant allows does
//! not compile.

mod decide;
mod finish;
mod question;
mod reach;
mod resources;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::marker::PhantomData;

pub use decide::{FileError, GrantError, UploadAsk};
pub use finish::FinishError;
pub use question::Question;
pub use reach::{ClaimError, Reach, ReachError, Use};
pub use resources::Resources;

use crate::arn::{ConnectUserArn, Deployment};
use crate::caller::Caller;
use crate::file::Extension;
use crate::limits::{FileLimits, Scope, ServiceLimits};
use crate::request::{UploadRequest, Username};
use crate::rule::{RuleHash, When};
use crate::upload::Upload;

/// One `[[grant]]` entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The entry's hash, by which the row of an upload names the grant that allowed it.
    pub hash: RuleHash,
    /// The callers that the grant is about.
    pub when: When,
    /// The resources that they may use.
    pub resources: Resources,
    /// The actions that they may take.
    pub actions: BTreeSet<Action>,
    /// The users that they may act for.
    pub on_behalf_of: OnBehalfOf,
    /// The largest size in bytes, below Connect's own limit.
    pub max_file_size_bytes: Option<u64>,
    /// The allowed extensions, among those that Connect allows.
    pub allowed_extensions: Option<BTreeSet<Extension>>,
    /// Tag keys that callers may set.
    pub tag_keys: BTreeSet<Box<str>>,
}

/// An action on an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// Start it.
    Start,
    /// Complete it.
    Complete,
    /// Read its status.
    Read,
    /// Delete it.
    Delete,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 4] = [Self::Start, Self::Complete, Self::Read, Self::Delete];

    /// The action's name in a grant.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Complete => "complete",
            Self::Read => "read",
            Self::Delete => "delete",
        }
    }
}

/// The users that a backend may act for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OnBehalfOf {
    /// No user.
    #[default]
    Nobody,
    /// Every user of the instance.
    Anyone,
    /// These users.
    Listed(BTreeSet<Username>),
}

impl OnBehalfOf {
    fn admits(&self, name: &Username) -> bool {
        match self {
            Self::Nobody => false,
            Self::Anyone => true,
            Self::Listed(names) => names.contains(name),
        }
    }
}

/// An action on a started upload, as a type.
pub trait FileAction {
    /// The action.
    const ACTION: Action;
}

/// Completing an upload.
#[derive(Debug)]
pub enum Complete {}
/// Reading an upload's status.
#[derive(Debug)]
pub enum Read {}
/// Deleting an upload.
#[derive(Debug)]
pub enum Delete {}

impl FileAction for Complete {
    const ACTION: Action = Action::Complete;
}
impl FileAction for Read {
    const ACTION: Action = Action::Read;
}
impl FileAction for Delete {
    const ACTION: Action = Action::Delete;
}

/// Permission to start one upload.
#[derive(Debug, PartialEq, Eq)]
pub struct UploadGrant {
    rule: usize,
    user: ConnectUserArn,
    request: UploadRequest,
}

impl UploadGrant {
    /// Position of the `[[grant]]` that allowed it, from 0.
    #[must_use]
    pub const fn rule(&self) -> usize {
        self.rule
    }

    /// The Connect user that the upload is attributed to.
    #[must_use]
    pub const fn user(&self) -> &ConnectUserArn {
        &self.user
    }

    /// The request.
    #[must_use]
    pub const fn request(&self) -> &UploadRequest {
        &self.request
    }
}

/// Permission for one action on one started upload.
#[derive(Debug)]
pub struct FileGrant<A> {
    rule: usize,
    upload: Upload,
    action: PhantomData<fn() -> A>,
}

impl<A> FileGrant<A> {
    /// Position of the `[[grant]]` that allowed it, from 0.
    #[must_use]
    pub const fn rule(&self) -> usize {
        self.rule
    }

    /// The upload.
    #[must_use]
    pub const fn upload(&self) -> &Upload {
        &self.upload
    }
}

/// The `[[grant]]` entries of one deployment.
#[derive(Clone, Debug)]
pub struct Grants {
    deployment: Deployment,
    entries: Vec<Grant>,
}

impl Grants {
    /// The grants of one deployment.
    #[must_use]
    pub const fn new(deployment: Deployment, entries: Vec<Grant>) -> Self {
        Self { deployment, entries }
    }

    /// The deployment.
    #[must_use]
    pub const fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    /// The grants, in order.
    #[must_use]
    pub fn entries(&self) -> &[Grant] {
        &self.entries
    }

    /// Whether a grant lets `caller` take `action` for the user `name` or, without a name, for any user.
    #[must_use]
    pub fn allow_on_behalf_of(&self, caller: &Caller, action: Action, name: Option<&Username>) -> bool {
        self.entries.iter().any(|grant| {
            let admits = match name {
                Some(name) => grant.on_behalf_of.admits(name),
                None => grant.on_behalf_of != OnBehalfOf::Nobody,
            };
            admits && grant.actions.contains(&action) && grant.when.holds(caller).is_ok()
        })
    }

    /// The scopes that the grants are about.
    #[must_use]
    pub fn scopes(&self) -> Vec<Scope> {
        let is_granted = |scope: &Scope| self.entries.iter().any(|grant| grant.resources.are_of(*scope));
        Scope::ALL.into_iter().filter(is_granted).collect()
    }

    /// For each scope the widest limits of the grants that let `caller` start uploads. A scope without a grant is left
    /// out.
    #[must_use]
    pub fn limits(&self, caller: &Caller, service: &ServiceLimits) -> Vec<(Scope, FileLimits)> {
        let of_scope = |scope: Scope| {
            let grants = self.entries.iter().filter(|grant| grant.resources.are_of(scope));
            let matching = grants
                .filter(|grant| grant.actions.contains(&Action::Start) && grant.when.holds(caller).is_ok());
            let limits = matching.map(|grant| grant.limits_under(service.of(scope)));
            limits
                .reduce(|widest, other| widest.or_wider(&other))
                .map(|limits| (scope, limits))
        };
        Scope::ALL.into_iter().filter_map(of_scope).collect()
    }
}

impl Grant {
    /// Connect's limits, narrowed by this grant.
    fn limits_under(&self, service: &FileLimits) -> FileLimits {
        let own = self.max_file_size_bytes.unwrap_or(u64::MAX);
        let is_allowed = |extension: &&Extension| {
            self.allowed_extensions
                .as_ref()
                .is_none_or(|own| own.contains(*extension))
        };
        FileLimits {
            max_file_size_bytes: service.max_file_size_bytes.min(own),
            allowed_extensions: service
                .allowed_extensions
                .iter()
                .filter(is_allowed)
                .cloned()
                .collect(),
        }
    }
}
