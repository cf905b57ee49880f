//! The settings of a deployment: facts from the environment, rules from one TOML file.
//!
//! Everything is parsed before the first request, and every fault is reported at once: by name, with what
//! is expected, without its value. Nothing here touches the process's environment or file system; both
//! arrive as functions. The file is not deserialised but walked (`item`), because a deserialiser stops
//! at the first fault.

mod authentication;
mod ca_bundle;
mod environment;
mod error;
mod finisher;
mod grant;
mod handle_keys;
mod identity;
mod issuer;
mod item;
mod origin;
mod quota;
mod request_header;
mod rules;
mod rules_digest;
mod sources;
mod warning;
mod when;

#[cfg(test)]
mod tests;

use std::io;
use std::path::Path;

use broker_core::arn::Deployment;
use broker_core::grants::Grants;
use broker_core::identity::IdentityRules;
use broker_core::operation::Quotas;
use broker_core::request::UrlExpiry;
use broker_core::upload_hosts::UploadHosts;
use broker_token::Issuer;
use rustls_pki_types::TrustAnchor;

pub use authentication::{Authentication, EvidenceKind};
pub use environment::SharedState;
pub use error::{RuleError, SettingsError};
pub use finisher::FinisherSettings;
pub use handle_keys::{HandleKey, HandleKeys};
pub use origin::Origin;
pub use request_header::RequestHeader;
pub use rules_digest::RulesDigest;
pub use warning::Warning;

use environment::Environment;
use error::Faults;
use grant::ReadGrant;
use identity::ReadIdentity;
use rules::Rules;

/// All settings of a deployment, parsed.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The instance and the Cases domain: `CONNECT_INSTANCE_ARN`, `CASES_DOMAIN_ARN`.
    pub deployment: Deployment,
    /// The keys of upload handles: `HANDLE_KEYS`.
    pub handle_keys: HandleKeys,
    /// What is bound into handles beside the instance: `STAGE`.
    pub stage: Box<str>,
    /// What stands before the routes as the outside sees them: `BASE_PATH`; empty, or with a leading slash.
    pub base_path: Box<str>,
    /// Trusted instead of the built-in roots: the certificates in the file that `AWS_CA_BUNDLE` names.
    pub ca_bundle: Option<Vec<TrustAnchor<'static>>>,
    /// Sites and apps that may call from a browser; none where it is empty.
    pub allowed_origins: Vec<Origin>,
    /// Request headers that their scripts may set beside the broker's own.
    pub allowed_headers: Vec<RequestHeader>,
    /// Hosts to which files may be sent.
    pub upload_hosts: UploadHosts,
    /// The evidence about callers that is accepted.
    pub authentication: Authentication,
    /// The issuers whose tokens are accepted.
    pub issuers: Vec<Issuer>,
    /// The rules that map callers to Connect users.
    pub identity: IdentityRules,
    /// Who may do what with which resources.
    pub grants: Grants,
    /// Ceilings for everyone.
    pub limits: Ceilings,
    /// Connect's request quotas, by which calls are paced.
    pub quotas: Quotas,
    /// The table that all instances share: `SHARED_TABLE`. Without it each instance paces its own calls.
    pub shared_table: Option<Box<str>>,
    /// What is kept in that table: `SHARED_STATE`. More than the pace only where there is a table.
    pub shared_state: SharedState,
    /// The digest of the rules file.
    pub rules_digest: RulesDigest,
}

/// Ceilings for everyone, under what Connect reports: `[limits]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ceilings {
    /// Longest life of an upload URL.
    pub url_expiry: UrlExpiry,
    /// Whether file names must be ASCII.
    pub ascii_file_names: bool,
}

impl Settings {
    /// The settings that `lookup` (a variable's value) and `read` (a file's bytes) give.
    ///
    /// # Errors
    /// Every [`SettingsError`], at least one.
    pub fn from(
        lookup: impl Fn(&str) -> Option<String>,
        read: impl Fn(&Path) -> io::Result<Vec<u8>>,
    ) -> Result<Self, Vec<SettingsError>> {
        let faults = Faults::default();
        let environment = Environment::read(&lookup, &read, &faults);
        let handle_keys = HandleKeys::required(lookup("HANDLE_KEYS"), &faults);
        let rules = Rules::of(&environment, &read, &faults);
        faults.unless_any(rules.and_then(|rules| Self::of(environment, rules, handle_keys?)))
    }

    /// The settings, where no part is at fault.
    fn of(environment: Environment, rules: Rules, handle_keys: HandleKeys) -> Option<Self> {
        let deployment = environment.facts.deployment()?;
        let identities = rules.identities?.into_iter().filter_map(ReadIdentity::rule);
        let grants = rules.grants?.into_iter().filter_map(ReadGrant::grant);
        let authentication = rules.sources.authentication?;
        let issuers = rules.sources.issuers?.into_iter().map(|entry| entry.checked);
        Some(Self {
            handle_keys,
            stage: environment.stage,
            base_path: environment.base_path?,
            ca_bundle: environment.ca_bundle,
            allowed_origins: rules.allowed_origins?,
            allowed_headers: rules.allowed_headers?,
            upload_hosts: rules.upload_hosts?,
            issuers: issuers.collect::<Option<_>>()?,
            authentication,
            identity: IdentityRules::new(identities.collect()),
            grants: Grants::new(deployment.clone(), grants.collect()),
            limits: rules.limits?,
            quotas: rules.quotas?,
            shared_table: environment.shared_table,
            shared_state: environment.shared_state?,
            rules_digest: rules.digest,
            deployment,
        })
    }
}
