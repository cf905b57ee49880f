//! The deployment's facts, from the environment.

use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use broker_core::arn::{ArnError, CasesDomainArn, ContactArn, Deployment, InstanceArn, ResourceArn};
use broker_core::strict_url::StrictUrl;
use rustls_pki_types::TrustAnchor;
use strum::{EnumString, VariantNames};

use super::ca_bundle;
use super::error::{Faults, RuleError};

/// Where the rules are unless `BROKER_CONFIG` says otherwise: a Lambda layer.
const DEFAULT_CONFIG: &str = "/opt/broker.toml";

/// The SDK's own variables for other endpoints: whoever sets them owns the function, plain http they stay
/// refused.
const ENDPOINTS: [&str; 4] = [
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_CONNECT",
    "AWS_ENDPOINT_URL_CONNECTCASES",
    "AWS_ENDPOINT_URL_DYNAMODB",
];

/// What the environment says. `None` stands for what could not be read and has left a fault.
pub(super) struct Environment {
    pub(super) facts: Facts,
    pub(super) stage: Box<str>,
    pub(super) base_path: Option<Box<str>>,
    pub(super) ca_bundle: Option<Vec<TrustAnchor<'static>>>,
    /// The shared table's name, if a sound one is given.
    pub(super) shared_table: Option<Box<str>>,
    pub(super) shared_state: Option<SharedState>,
    pub(super) config: PathBuf,
}

/// The instance and the Cases domain that rules are held against.
pub(super) struct Facts {
    pub(super) instance: Option<InstanceArn>,
    pub(super) cases_domain: CasesDomain,
}

/// The Cases domain, as far as it is known.
pub(super) enum CasesDomain {
    Absent,
    AtFault,
    Given(CasesDomainArn),
}

impl Facts {
    /// The deployment, where no part is at fault.
    pub(super) fn deployment(self) -> Option<Deployment> {
        Some(Deployment {
            instance: self.instance?,
            cases_domain: self.cases_domain.given(),
        })
    }
}

impl Environment {
    /// Reads every variable; one that is empty counts as absent.
    pub(super) fn read(
        lookup: impl Fn(&str) -> Option<String>,
        read: impl Fn(&Path) -> io::Result<Vec<u8>>,
        faults: &Faults,
    ) -> Self {
        let given = |name: &str| lookup(name).filter(|text| !text.is_empty());
        for name in ENDPOINTS {
            check_endpoint(name, given(name), faults);
        }
        let required = |name: &str| {
            given(name).or_else(|| {
                faults.add(name, RuleError::Required);
                None
            })
        };
        Self {
            facts: Facts {
                instance: required("CONNECT_INSTANCE_ARN").and_then(|text| {
                    arn(
                        "CONNECT_INSTANCE_ARN",
                        &text,
                        "an Amazon Connect instance",
                        faults,
                    )
                }),
                cases_domain: CasesDomain::read(given("CASES_DOMAIN_ARN"), faults),
            },
            stage: given("STAGE").map_or_else(|| "default".into(), String::into_boxed_str),
            base_path: base_path(given("BASE_PATH").unwrap_or_default(), faults),
            ca_bundle: given("AWS_CA_BUNDLE").and_then(|path| ca_bundle_at(Path::new(&path), read, faults)),
            shared_table: given("SHARED_TABLE").and_then(|text| table_name(&text, faults)),
            shared_state: SharedState::read(given("SHARED_STATE"), given("SHARED_TABLE").is_some(), faults),
            config: given("BROKER_CONFIG").map_or_else(|| DEFAULT_CONFIG.into(), PathBuf::from),
        }
    }
}

/// Reports an endpoint that is not safe to call.
pub(super) fn check_endpoint(name: &str, endpoint: Option<String>, faults: &Faults) {
    if endpoint.is_some_and(|endpoint| StrictUrl::parse(&endpoint).is_err()) {
        faults.add(name, RuleError::Endpoint);
    }
}

/// What is kept in the table that all instances share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, EnumString, VariantNames)]
#[strum(serialize_all = "lowercase")]
pub enum SharedState {
    /// The pace of calls.
    #[default]
    Pace,
    /// The pace, and a row for each upload that may end without its caller.
    Full,
}

impl SharedState {
    fn read(text: Option<String>, has_table: bool, faults: &Faults) -> Option<Self> {
        let rule = match text.map(|text| text.parse()) {
            None => return Some(Self::default()),
            Some(Ok(Self::Full)) if !has_table => RuleError::WithoutTable,
            Some(Ok(state)) => return Some(state),
            Some(Err(_)) => RuleError::OneOf(Self::VARIANTS),
        };
        faults.add("SHARED_STATE", rule);
        None
    }
}

/// A table's name, unless it leaves a fault.
///
/// Shape: 3 to 255 of `A-Z a-z 0-9 _ - .`. Source: Amazon DynamoDB, naming rules.
fn table_name(text: &str, faults: &Faults) -> Option<Box<str>> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    if (3..=255).contains(&text.len()) && text.bytes().all(is_allowed) {
        return Some(text.into());
    }
    faults.add("SHARED_TABLE", RuleError::TableName);
    None
}

impl Facts {
    /// Whether `resource` is of this deployment, or nobody can tell because of another fault.
    pub(super) fn may_hold(&self, resource: &ResourceArn) -> bool {
        match resource {
            ResourceArn::Case(case) => match &self.cases_domain {
                CasesDomain::Given(domain) => domain.case(case.id()).as_ref() == Ok(case),
                CasesDomain::Absent | CasesDomain::AtFault => true,
            },
            ResourceArn::Contact(contact) => {
                let of = |instance: &InstanceArn| format!("{instance}/contact/{}", contact.id()).parse();
                let own: Option<Result<ContactArn, ArnError>> = self.instance.as_ref().map(of);
                own.is_none_or(|own| own.as_ref() == Ok(contact))
            }
        }
    }
}

impl CasesDomain {
    fn read(text: Option<String>, faults: &Faults) -> Self {
        let Some(text) = text else { return Self::Absent };
        arn("CASES_DOMAIN_ARN", &text, "a Cases domain", faults).map_or(Self::AtFault, Self::Given)
    }

    /// The domain, where there is one.
    fn given(self) -> Option<CasesDomainArn> {
        match self {
            Self::Given(domain) => Some(domain),
            Self::Absent | Self::AtFault => None,
        }
    }
}

fn arn<T: FromStr<Err = ArnError>>(
    name: &str,
    text: &str,
    expected: &'static str,
    faults: &Faults,
) -> Option<T> {
    let parsed = text.parse();
    parsed
        .map_err(|fault| faults.add(name, RuleError::Arn { expected, fault }))
        .ok()
}

/// A path is built from it, so it holds nothing that clients would resolve or decode.
fn base_path(text: String, faults: &Faults) -> Option<Box<str>> {
    let is_unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    let is_segment =
        |segment: &str| !matches!(segment, "" | "." | "..") && segment.bytes().all(is_unreserved);
    let is_path = |path: &str| path.split('/').all(is_segment);
    let is_route = |segment: &str| ["uploads", "limits"].contains(&segment);
    let rule = if !text.is_empty() && !text.strip_prefix('/').is_some_and(is_path) {
        RuleError::BasePath
    } else if text.split('/').any(is_route) {
        RuleError::RouteInBasePath
    } else {
        return Some(text.into());
    };
    faults.add("BASE_PATH", rule);
    None
}

fn ca_bundle_at(
    path: &Path,
    read: impl Fn(&Path) -> io::Result<Vec<u8>>,
    faults: &Faults,
) -> Option<Vec<TrustAnchor<'static>>> {
    let pem = read(path).map_err(|error| RuleError::Unreadable(error.kind()));
    let anchors = pem.and_then(|pem| ca_bundle::parse(&pem).ok_or(RuleError::CaBundle));
    anchors.map_err(|rule| faults.add("AWS_CA_BUNDLE", rule)).ok()
}
