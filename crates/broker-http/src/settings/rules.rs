//! The rules, from the TOML file.

use std::io;
use std::path::Path;

use broker_core::operation::Quotas;
use broker_core::request::UrlExpiry;
use broker_core::upload_hosts::UploadHosts;
use toml::Table;

use super::Ceilings;
use super::authentication::{Authentication, EvidenceKind};
use super::environment::{Environment, Facts};
use super::error::{Faults, RuleError};
use super::grant::ReadGrant;
use super::identity::ReadIdentity;
use super::issuer::Issuer;
use super::item::{Item, Section};
use super::origin::Origin;
use super::quota;
use super::request_header::RequestHeader;
use super::rules_digest::RulesDigest;
use super::sources::Sources;

/// What the file says. `None` stands for what is at fault.
pub(super) struct Rules {
    pub(super) allowed_origins: Option<Vec<Origin>>,
    pub(super) allowed_headers: Option<Vec<RequestHeader>>,
    pub(super) upload_hosts: Option<UploadHosts>,
    pub(super) sources: Sources,
    pub(super) identities: Option<Vec<ReadIdentity>>,
    pub(super) grants: Option<Vec<ReadGrant>>,
    pub(super) limits: Option<Ceilings>,
    pub(super) quotas: Option<Quotas>,
    pub(super) digest: RulesDigest,
}

/// The file as it was read, its members not looked at.
struct RulesFile {
    table: Table,
    digest: RulesDigest,
}

/// The file at `path`, where it is TOML.
fn load(path: &Path, read: impl Fn(&Path) -> io::Result<Vec<u8>>) -> Result<RulesFile, RuleError> {
    let bytes = read(path).map_err(|error| RuleError::Unreadable(error.kind()))?;
    let text = std::str::from_utf8(&bytes).map_err(|_| RuleError::NotUtf8)?;
    let table = text.parse().map_err(|error: toml::de::Error| {
        let start = error.span().map_or(0, |span| span.start);
        let before = text.get(..start).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        RuleError::Syntax {
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
        }
    })?;
    let digest = RulesDigest::of(&bytes);
    Ok(RulesFile { table, digest })
}

impl Rules {
    /// The rules in the file that the environment names.
    pub(super) fn of(
        environment: &Environment,
        read: impl Fn(&Path) -> io::Result<Vec<u8>>,
        faults: &Faults,
    ) -> Option<Self> {
        let directory = environment.config.parent().unwrap_or(Path::new(""));
        let read_beside = |path: &Path| read(&directory.join(path));
        match load(&environment.config, &read) {
            Ok(file) => Self::read(file, &environment.facts, read_beside, faults),
            Err(rule) => {
                faults.add("BROKER_CONFIG", rule);
                None
            }
        }
    }

    /// Reads every member and holds it against the deployment's facts; `read_file` is relative to the file.
    fn read(
        file: RulesFile,
        facts: &Facts,
        read_file: impl Fn(&Path) -> io::Result<Vec<u8>>,
        faults: &Faults,
    ) -> Option<Self> {
        let RulesFile { table, digest } = file;
        let rules = Item::root(table, faults).table(|file| {
            let allowed_origins = file.or("allowed_origins", vec![], read_origins);
            let allowed_headers = file.or("allowed_headers", vec![], RequestHeader::read_all);
            let upload_hosts = file.or("upload_hosts", UploadHosts::default(), |item| {
                read_upload_hosts(item, faults)
            });
            let sources = read_sources(file, read_file, faults);
            let identities = file.or("identity", vec![], |item| {
                ReadIdentity::read_all(item, facts, &sources)
            });
            let grants = file.or("grant", vec![], |item| ReadGrant::read_all(item, facts, &sources));
            let limits = file.or("limits", Ceilings::default(), Ceilings::read);
            let quotas = file.or("quota", Quotas::default(), quota::read);
            Some(Self {
                allowed_origins,
                allowed_headers,
                upload_hosts,
                sources,
                identities,
                grants,
                limits,
                quotas,
                digest,
            })
        })?;
        rules.check(facts, faults);
        Some(rules)
    }

    /// Reports what spans several entries.
    fn check(&self, facts: &Facts, faults: &Faults) {
        if self.identities.as_ref().is_some_and(Vec::is_empty) {
            faults.add("identity", RuleError::NoIdentity);
        }
        if self.grants.as_ref().is_some_and(Vec::is_empty) {
            faults.add("grant", RuleError::NoGrant);
        }
        let Some(grants) = &self.grants else { return };
        ReadGrant::check_all(grants, facts, faults);
        if let Some(identities) = &self.identities {
            ReadIdentity::check_all(identities, grants, faults);
        }
    }
}

fn read_sources(
    file: &mut Section<'_>,
    read_file: impl Fn(&Path) -> io::Result<Vec<u8>>,
    faults: &Faults,
) -> Sources {
    let authentication = file.or("authentication", Authentication::default(), Authentication::read);
    // Where `authentication` itself is at fault, nobody can tell: the fewest rules apply.
    let is_behind_gateway = authentication
        .as_ref()
        .is_none_or(|known| known.accept.contains(&EvidenceKind::Jwt));
    let issuers = file.or("issuer", vec![], |item| {
        Issuer::read_all(item, is_behind_gateway, read_file)
    });
    let sources = Sources {
        authentication,
        issuers,
    };
    sources.check(faults);
    sources
}

fn read_origins(item: &Item<'_>) -> Option<Vec<Origin>> {
    item.each(|origin| origin.parse(|text| Origin::parse(text).ok_or(RuleError::Origin)))
}

fn read_upload_hosts(item: &Item<'_>, faults: &Faults) -> Option<UploadHosts> {
    let entries = item.at_least_one(Item::string::<String>)?;
    UploadHosts::parse(entries.iter().map(String::as_str))
        .map_err(|found| {
            for (position, fault) in found {
                faults.add(format!("upload_hosts[{position}]"), RuleError::UploadHost(fault));
            }
        })
        .ok()
}

impl Ceilings {
    fn read(item: &Item<'_>) -> Option<Self> {
        item.table(|section| {
            let (min, max) = (UrlExpiry::MIN_SECS.into(), UrlExpiry::MAX_SECS.into());
            let url_expiry = section.or("url_expiry_seconds", UrlExpiry::default(), |item| {
                UrlExpiry::from_secs(item.number(min..=max)?)
            });
            let ascii_file_names = section.or("ascii_file_names", false, Item::flag);
            Some(Self {
                url_expiry: url_expiry?,
                ascii_file_names: ascii_file_names?,
            })
        })
    }
}
