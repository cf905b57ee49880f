//! ARNs of Amazon Connect and Amazon Connect Cases, and of the IAM roles that call the broker.
//!
//! Source: Service Authorization Reference, Amazon Connect and Amazon Connect Cases, resource types.

mod iam_role;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

pub use iam_role::IamRoleArn;

/// Partitions in which Amazon Connect exists.
const PARTITIONS: [&str; 2] = ["aws", "aws-us-gov"];

/// Longest id that an ARN may hold, in bytes.
const MAX_ID_LEN: usize = 500;

/// Why a text is not the ARN that was asked for. Carries nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArnError {
    /// One of the six colon-separated parts is missing or malformed.
    #[error("it is not an ARN")]
    NotAnArn,
    /// A partition without Amazon Connect.
    #[error("the ARN's partition is not known to Amazon Connect")]
    UnknownPartition,
    /// Another service's ARN.
    #[error("the ARN belongs to another service")]
    WrongService,
    /// Another kind of resource of the service.
    #[error("the ARN names another kind of resource")]
    WrongResource,
    /// An id that is empty, over 500 bytes, or holds a character outside `[A-Za-z0-9._=+-]`.
    #[error("the ARN's id is not 1 to {MAX_ID_LEN} letters, digits or any of . _ = + -")]
    BadId,
}

/// Service and resource part of an ARN whose partition, region and account are sound.
struct Parts<'a> {
    service: &'a str,
    resource: &'a str,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Result<Self, ArnError> {
        let mut parts = text.splitn(6, ':');
        let mut next = || parts.next().ok_or(ArnError::NotAnArn);
        let (arn, partition, service, region, account, resource) =
            (next()?, next()?, next()?, next()?, next()?, next()?);
        if arn != "arn" || !is_region(region) || !is_account(account) {
            return Err(ArnError::NotAnArn);
        }
        if !PARTITIONS.contains(&partition) {
            return Err(ArnError::UnknownPartition);
        }
        Ok(Self { service, resource })
    }

    /// The ids between the fixed segments of `shape`, e.g. `["instance", "agent"]`.
    fn ids(&self, service: &str, shape: &[&str]) -> Result<Vec<&'a str>, ArnError> {
        if self.service != service {
            return Err(ArnError::WrongService);
        }
        let segments: Vec<&str> = self.resource.split('/').collect();
        if segments.len() != shape.len() * 2 {
            return Err(ArnError::WrongResource);
        }
        let mut ids = Vec::with_capacity(shape.len());
        for (kind, pair) in shape.iter().zip(segments.chunks_exact(2)) {
            match pair {
                [found, id] if found == kind && is_id(id) => ids.push(*id),
                [found, _] if found == kind => return Err(ArnError::BadId),
                _ => return Err(ArnError::WrongResource),
            }
        }
        Ok(ids)
    }
}

fn is_region(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether `text` can be an id in an ARN: 1 to 500 bytes of `[A-Za-z0-9._=+-]`, neither `.` nor `..`.
///
/// In a path these two would name another resource, even percent-encoded.
#[must_use]
pub fn is_id(text: &str) -> bool {
    (1..=MAX_ID_LEN).contains(&text.len())
        && !matches!(text, "." | "..")
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._=+-".contains(&b))
}

/// The ARN of the instance or domain that contains the resource: `arn` without its last two segments.
fn container_of(arn: &str) -> &str {
    arn.rsplitn(3, '/').nth(2).unwrap_or_default()
}

/// Declares an ARN type: the whole text, split at the last id.
macro_rules! arn_type {
    ($(#[$doc:meta])* $name:ident, $service:literal, [$($segment:literal),+]) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Box<str>);

        impl $name {
            /// The whole ARN.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The last id, which Amazon Connect's operations take.
            #[must_use]
            pub fn id(&self) -> &str {
                self.0.rsplit('/').next().unwrap_or_default()
            }
        }

        impl FromStr for $name {
            type Err = ArnError;

            fn from_str(text: &str) -> Result<Self, ArnError> {
                Parts::of(text)?.ids($service, &[$($segment),+])?;
                Ok(Self(text.into()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

arn_type!(
    /// ARN of the Amazon Connect instance that this deployment serves.
    ///
    /// Shape: `arn:{partition}:connect:{region}:{account}:instance/{id}`.
    InstanceArn, "connect", ["instance"]
);
arn_type!(
    /// ARN of an Amazon Connect user (agent); sent upstream as `CreatedBy.ConnectUserArn`.
    ///
    /// Shape: `arn:{partition}:connect:{region}:{account}:instance/{id}/agent/{id}`.
    ConnectUserArn, "connect", ["instance", "agent"]
);
arn_type!(
    /// ARN of a contact (an email or a task).
    ///
    /// Shape: `arn:{partition}:connect:{region}:{account}:instance/{id}/contact/{id}`.
    ContactArn, "connect", ["instance", "contact"]
);
arn_type!(
    /// ARN of the Cases domain that this deployment serves.
    ///
    /// Shape: `arn:{partition}:cases:{region}:{account}:domain/{id}`.
    CasesDomainArn, "cases", ["domain"]
);
arn_type!(
    /// ARN of a case.
    ///
    /// Shape: `arn:{partition}:cases:{region}:{account}:domain/{id}/case/{id}`.
    CaseArn, "cases", ["domain", "case"]
);

impl InstanceArn {
    /// The region of the instance.
    #[must_use]
    pub fn region(&self) -> &str {
        self.0.split(':').nth(3).unwrap_or_default()
    }
}

impl ConnectUserArn {
    /// Whether this user belongs to `instance`.
    #[must_use]
    pub fn is_of(&self, instance: &InstanceArn) -> bool {
        container_of(&self.0) == instance.as_str()
    }
}

impl CasesDomainArn {
    /// The ARN of the case with `id` in this domain.
    ///
    /// # Errors
    /// [`ArnError::BadId`] if `id` is malformed.
    pub fn case(&self, id: &str) -> Result<CaseArn, ArnError> {
        format!("{}/case/{id}", self.0).parse()
    }
}

/// A resource that a file can be attached to; sent upstream as `associatedResourceArn`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ResourceArn {
    /// A case.
    Case(CaseArn),
    /// A contact.
    Contact(ContactArn),
}

impl ResourceArn {
    /// The whole ARN.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Case(arn) => arn.as_str(),
            Self::Contact(arn) => arn.as_str(),
        }
    }

    /// The id of the case or contact.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Case(arn) => arn.id(),
            Self::Contact(arn) => arn.id(),
        }
    }
}

impl FromStr for ResourceArn {
    type Err = ArnError;

    fn from_str(text: &str) -> Result<Self, ArnError> {
        match text.parse::<CaseArn>() {
            Err(ArnError::WrongService) => text.parse().map(Self::Contact),
            other => other.map(Self::Case),
        }
    }
}

/// The one Connect instance and, if given, the one Cases domain that this deployment serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// The instance.
    pub instance: InstanceArn,
    /// The Cases domain. Without it, no case belongs to the deployment.
    pub cases_domain: Option<CasesDomainArn>,
}

impl Deployment {
    /// Whether `resource` belongs to this deployment's instance or Cases domain.
    #[must_use]
    pub fn holds(&self, resource: &ResourceArn) -> bool {
        match resource {
            ResourceArn::Case(case) => self
                .cases_domain
                .as_ref()
                .is_some_and(|domain| container_of(case.as_str()) == domain.as_str()),
            ResourceArn::Contact(contact) => container_of(contact.as_str()) == self.instance.as_str(),
        }
    }
}
