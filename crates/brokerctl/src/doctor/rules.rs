//! Judges the rules by what Connect has: Cases domain, limits, users, cases, contacts.

use broker_core::arn::{Deployment, InstanceArn};
use broker_core::file::Extension;
use broker_core::grants::{Action, Grant};
use broker_core::limits::FileLimits;
use broker_http::settings::Settings;

use super::call_error::CallError;
use super::look::{Look, listed};
use super::question::{ASSOCIATIONS, CASE, CONTACT, LIMITS, Question, USER, USERS};
use super::report::{Finding, Outcome};

pub(super) fn cases_domain(look: &Look, deployment: &Deployment) -> Outcome {
    let (Some(seen), Some(domain)) = (&look.domains, &deployment.cases_domain) else {
        return Outcome::Skipped("no grant names cases".into());
    };
    match seen.as_deref() {
        Err(refusal) => Outcome::Found(vec![ASSOCIATIONS.refused(refusal, deployment.instance.as_str())]),
        Ok(associated) if associated.iter().any(|arn| arn == domain.as_str()) => {
            Outcome::Ok(format!("{domain} is associated"))
        }
        Ok([]) => Outcome::fault(
            "the instance is associated with no Cases domain",
            format!("in the Connect console, Cases: enable the domain, or associate {domain}"),
        ),
        Ok([other, ..]) => Outcome::fault(
            format!("the instance is associated with {other}, CASES_DOMAIN_ARN is {domain}"),
            format!("set CASES_DOMAIN_ARN (parameter CasesDomainArn) to {other}"),
        ),
    }
}

pub(super) fn limits(look: &Look, settings: &Settings) -> Outcome {
    let instance = settings.deployment.instance.as_str();
    let refused = look.limits.iter().filter_map(|(scope, seen)| {
        let mut finding = LIMITS.refused(seen.as_ref().err()?, instance);
        finding.seen = format!("{} ({})", finding.seen, scope.name());
        Some(finding)
    });
    let mut findings: Vec<_> = refused.collect();
    let starting = settings.grants.entries().iter().enumerate();
    for (position, grant) in starting.filter(|(_, grant)| grant.actions.contains(&Action::Start)) {
        if let Some(service) = limits_for(grant, look) {
            findings.extend(beyond(position, grant, &service));
        }
    }
    Outcome::of(findings, || {
        let listed = look.limits.iter().filter_map(|(scope, seen)| {
            let FileLimits {
                max_file_size_bytes,
                allowed_extensions,
            } = seen.as_ref().ok()?;
            let extensions = allowed_extensions.len();
            Some(format!(
                "{} {max_file_size_bytes} bytes, {extensions} extensions",
                scope.name()
            ))
        });
        listed.collect::<Vec<_>>().join("; ")
    })
}

/// The widest limits that can apply to a resource of `grant`, if all of them are known.
fn limits_for(grant: &Grant, look: &Look) -> Option<FileLimits> {
    let about = look
        .limits
        .iter()
        .filter(|(scope, _)| grant.resources.are_of(*scope));
    let known: Option<Vec<_>> = about.map(|(_, seen)| seen.as_ref().ok()).collect();
    let mut known = known?.into_iter();
    let first = known.next()?.clone();
    Some(known.fold(first, FileLimits::or_wider))
}

/// Findings for what the grant allows and Connect refuses.
fn beyond(position: usize, grant: &Grant, service: &FileLimits) -> Vec<Finding> {
    let mut findings = Vec::new();
    let most = service.max_file_size_bytes;
    if let Some(own) = grant.max_file_size_bytes.filter(|own| *own > most) {
        findings.push(Finding::fault(
            format!("grant[{position}].max_file_size_bytes is {own}, Connect's own limit is {most}"),
            format!(
                "lower it to {most}, or raise Connect's: `aws connect update-attached-files-configuration \
                 --maximum-size-limit-in-bytes {own}`"
            ),
        ));
    }
    let own = grant.allowed_extensions.iter().flatten();
    let refused: Vec<_> = own
        .filter(|extension| !service.allowed_extensions.contains(*extension))
        .map(Extension::as_str)
        .collect();
    if !refused.is_empty() {
        let names = refused.join(", ");
        findings.push(Finding::fault(
            format!("grant[{position}].allowed_extensions has {names}, which Connect does not allow"),
            format!(
                "remove {names}, or allow them in Connect: `aws connect update-attached-files-configuration \
                 --extension-configuration ...`"
            ),
        ));
    }
    findings
}

pub(super) fn users(look: &Look, settings: &Settings) -> Outcome {
    let instance = settings.deployment.instance.as_str();
    if look.unknown_names.is_none() && look.fixed_users.is_empty() {
        return Outcome::Skipped("no rule names or looks up a user".into());
    }
    let mut findings = match &look.unknown_names {
        Some(Err(refusal)) => vec![USERS.refused(refusal, instance)],
        Some(Ok(unknown)) => {
            let grants = settings.grants.entries().iter().enumerate();
            let names = grants.flat_map(|(position, grant)| {
                listed(&grant.on_behalf_of)
                    .into_iter()
                    .map(move |name| (position, name))
            });
            let absent = names.filter(|(_, name)| unknown.contains(name));
            absent
                .map(|(position, name)| no_user(position, name.as_str()))
                .collect()
        }
        None => vec![],
    };
    for (position, user, seen) in &look.fixed_users {
        findings.extend(match seen {
            Ok(()) => None,
            Err(CallError::NotFound) => Some(Finding::fault(
                format!("identity[{position}].user: the instance has no user {user}"),
                "`aws connect list-users --instance-id INSTANCE_ID` shows the ARNs of those it has",
            )),
            Err(refusal) => Some(USER.refused(refusal, user.as_str())),
        });
    }
    Outcome::of(findings, || "every user that the rules name is there".into())
}

fn no_user(position: usize, name: &str) -> Finding {
    Finding::fault(
        format!("grant[{position}].on_behalf_of: the directory has no user {name:?}"),
        "correct the name (capitals count), or add the user to the instance",
    )
}

pub(super) fn cases(look: &Look, deployment: &Deployment) -> Outcome {
    let Some(domain) = &deployment.cases_domain else {
        return Outcome::Skipped("there is no Cases domain".into());
    };
    let skipped = "no grant rests on a case's customer";
    readable(look.case.as_ref(), skipped, &CASE, &format!("{domain}/case/*"))
}

pub(super) fn contacts(look: &Look, instance: &InstanceArn) -> Outcome {
    let skipped = "no grant rests on a contact's agent";
    readable(
        look.contact.as_ref(),
        skipped,
        &CONTACT,
        &format!("{instance}/contact/*"),
    )
}

/// Whether the record of `question` may be read; `skipped` says why nothing was asked.
fn readable(
    seen: Option<&Result<(), CallError>>,
    skipped: &str,
    question: &Question,
    resource: &str,
) -> Outcome {
    match seen {
        None => Outcome::Skipped(skipped.into()),
        Some(Ok(())) => Outcome::Ok("may be read".into()),
        Some(Err(error)) => Outcome::Found(vec![question.refused(error, resource)]),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use broker_core::grants::{OnBehalfOf, Resources};
    use broker_core::limits::Scope;
    use broker_core::rule::{RuleHash, When};

    use super::*;

    fn look(limits: Vec<(Scope, Result<FileLimits, CallError>)>) -> Look {
        Look {
            storage: Ok(vec![]),
            domains: None,
            limits,
            unknown_names: None,
            fixed_users: vec![],
            case: None,
            contact: None,
        }
    }

    fn of_at_most(max_file_size_bytes: u64) -> FileLimits {
        FileLimits {
            max_file_size_bytes,
            ..FileLimits::default()
        }
    }

    #[test]
    fn a_contacts_limits_are_the_wider_of_email_and_task() {
        let grant = Grant {
            hash: RuleHash([0; 32]),
            when: When::issuer("i"),
            resources: Resources::AnyContact,
            actions: BTreeSet::from(Action::ALL),
            on_behalf_of: OnBehalfOf::Nobody,
            max_file_size_bytes: Some(20),
            allowed_extensions: None,
            tag_keys: BTreeSet::new(),
        };
        for (what, limits, expected) in [
            (
                "the wider one admits it",
                vec![
                    (Scope::Email, Ok(of_at_most(10))),
                    (Scope::Task, Ok(of_at_most(20))),
                ],
                Some(0),
            ),
            (
                "none admits it",
                vec![
                    (Scope::Email, Ok(of_at_most(10))),
                    (Scope::Task, Ok(of_at_most(19))),
                ],
                Some(1),
            ),
            (
                "those of cases do not count",
                vec![
                    (Scope::Case, Ok(of_at_most(99))),
                    (Scope::Email, Ok(of_at_most(10))),
                    (Scope::Task, Ok(of_at_most(10))),
                ],
                Some(1),
            ),
            (
                "what is not known is not judged",
                vec![
                    (Scope::Email, Ok(of_at_most(10))),
                    (Scope::Task, Err(CallError::Throttled)),
                ],
                None,
            ),
        ] {
            let judged = limits_for(&grant, &look(limits)).map(|limits| beyond(0, &grant, &limits).len());
            assert_eq!(judged, expected, "{what}");
        }
    }
}
