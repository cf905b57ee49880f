//! The finisher's settings: the broker's own, without what only requests need. It holds no handle keys.

use std::io;
use std::path::Path;

use broker_core::grants::Grants;
use broker_core::operation::Quotas;
use rustls_pki_types::TrustAnchor;

use super::environment::{Environment, check_endpoint};
use super::error::{Faults, RuleError};
use super::grant::ReadGrant;
use super::rules::Rules;
use super::{RulesDigest, SettingsError};

/// The SDK's variable for another endpoint of EventBridge.
const EVENTBRIDGE_ENDPOINT: &str = "AWS_ENDPOINT_URL_EVENTBRIDGE";

/// The settings of the finisher, parsed.
#[derive(Clone, Debug)]
pub struct FinisherSettings {
    /// The stage whose uploads it ends: `STAGE`.
    pub stage: Box<str>,
    /// Trusted instead of the built-in roots: the certificates in the file that `AWS_CA_BUNDLE` names.
    pub ca_bundle: Option<Vec<TrustAnchor<'static>>>,
    /// The grants in force, and their deployment.
    pub grants: Grants,
    /// Connect's request quotas.
    pub quotas: Quotas,
    /// The table with the uploads: `SHARED_TABLE`.
    pub shared_table: Box<str>,
    /// Name or ARN of the bus that receives the events: `EVENT_BUS`; `None` is the account's default bus.
    pub event_bus: Option<Box<str>>,
    /// The digest of the rules file.
    pub rules_digest: RulesDigest,
}

impl FinisherSettings {
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
        let given = |name: &str| lookup(name).filter(|text| !text.is_empty());
        if given("SHARED_TABLE").is_none() {
            faults.add("SHARED_TABLE", RuleError::Required);
        }
        check_endpoint(EVENTBRIDGE_ENDPOINT, given(EVENTBRIDGE_ENDPOINT), &faults);
        let event_bus = event_bus(given("EVENT_BUS"), &faults);
        let rules = Rules::of(&environment, &read, &faults);
        faults.unless_any(rules.and_then(|rules| Self::of(environment, rules, event_bus?)))
    }

    /// The settings, where no part is at fault.
    fn of(environment: Environment, rules: Rules, event_bus: Option<Box<str>>) -> Option<Self> {
        let deployment = environment.facts.deployment()?;
        let grants = rules.grants?.into_iter().filter_map(ReadGrant::grant);
        Some(Self {
            stage: environment.stage,
            ca_bundle: environment.ca_bundle,
            grants: Grants::new(deployment, grants.collect()),
            quotas: rules.quotas?,
            shared_table: environment.shared_table?,
            event_bus,
            rules_digest: rules.digest,
        })
    }
}

/// The bus, or the default one without a text, unless it leaves a fault.
///
/// Shape: the name or ARN of a bus, at most 1600 of `A-Z a-z 0-9 / . - _ :`. Source: API reference, `PutEvents`,
/// `EventBusName`.
#[expect(clippy::option_option, reason = "the outer one is a fault")]
fn event_bus(text: Option<String>, faults: &Faults) -> Option<Option<Box<str>>> {
    let Some(text) = text else { return Some(None) };
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/.-_:".contains(&byte);
    if text.len() > 1_600 || !text.bytes().all(is_allowed) {
        faults.add("EVENT_BUS", RuleError::EventBus);
        return None;
    }
    Some(Some(text.into()))
}
