//! The ARN of the IAM role that signed a request.

use std::fmt;
use std::str::FromStr;

use super::{ArnError, PARTITIONS, is_account};

/// ARN of an IAM role; the subject of callers that sign their requests.
///
/// Shape: `arn:{partition}:iam::{account}:role/{name}`, without path or session. Source: IAM, `CreateRole`, `RoleName`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IamRoleArn(Box<str>);

impl IamRoleArn {
    /// The role of the session `arn:{partition}:sts::{account}:assumed-role/{name}/{session}`.
    ///
    /// The session's name does not identify a caller, because every caller that assumes the role chooses its own.
    #[must_use]
    pub fn of_session(arn: &str) -> Option<Self> {
        let parts: Vec<&str> = arn.split(':').collect();
        let ["arn", partition, "sts", "", account, resource] = parts.as_slice() else {
            return None;
        };
        let segments: Vec<&str> = resource.split('/').collect();
        let ["assumed-role", name, session] = segments.as_slice() else {
            return None;
        };
        let role = format!("arn:{partition}:iam::{account}:role/{name}");
        role.parse().ok().filter(|_| is_name(session))
    }

    /// The whole ARN.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IamRoleArn {
    type Err = ArnError;

    fn from_str(text: &str) -> Result<Self, ArnError> {
        let parts: Vec<&str> = text.split(':').collect();
        let ["arn", partition, service, "", account, resource] = parts.as_slice() else {
            return Err(ArnError::NotAnArn);
        };
        if !is_account(account) {
            return Err(ArnError::NotAnArn);
        }
        if !PARTITIONS.contains(partition) {
            return Err(ArnError::UnknownPartition);
        }
        if *service != "iam" {
            return Err(ArnError::WrongService);
        }
        match resource.strip_prefix("role/") {
            Some(name) if is_name(name) => Ok(Self(text.into())),
            Some(_) => Err(ArnError::BadId),
            None => Err(ArnError::WrongResource),
        }
    }
}

impl fmt::Display for IamRoleArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether `text` may be the name of a role or of a session.
fn is_name(text: &str) -> bool {
    let is_character = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b);
    (1..=64).contains(&text.len()) && text.bytes().all(is_character)
}

#[cfg(test)]
mod tests {
    use super::ArnError::{BadId, NotAnArn, UnknownPartition, WrongResource, WrongService};
    use super::*;

    #[test]
    fn a_role_has_neither_path_nor_session() {
        for (text, expected) in [
            ("arn:aws:iam::111122223333:role/portal-backend", None),
            (
                "arn:aws-us-gov:iam::111122223333:role/Portal_Backend+=,.@-1",
                None,
            ),
            (
                &format!("arn:aws:iam::111122223333:role/{}", "a".repeat(64)),
                None,
            ),
            (
                &format!("arn:aws:iam::111122223333:role/{}", "a".repeat(65)),
                Some(BadId),
            ),
            ("portal-backend", Some(NotAnArn)),
            ("arn:aws:iam::111122223333:role/path/portal-backend", Some(BadId)),
            ("arn:aws:iam::111122223333:role/", Some(BadId)),
            ("arn:aws:iam::111122223333:role/*", Some(BadId)),
            ("arn:aws:iam::11112222333:role/portal-backend", Some(NotAnArn)),
            ("arn:aws:iam::11112222333x:role/portal-backend", Some(NotAnArn)),
            (
                "arn:aws:iam:eu-west-1:111122223333:role/portal-backend",
                Some(NotAnArn),
            ),
            ("arn:aws:iam::111122223333:role/portal:backend", Some(NotAnArn)),
            (
                "arn:other:iam::111122223333:role/portal-backend",
                Some(UnknownPartition),
            ),
            ("ARN:aws:iam::111122223333:role/portal-backend", Some(NotAnArn)),
            ("arn:aws:iam::111122223333:user/ada", Some(WrongResource)),
            ("arn:aws:iam::111122223333:root", Some(WrongResource)),
            (
                "arn:aws:sts::111122223333:assumed-role/portal-backend/session",
                Some(WrongService),
            ),
            ("arn:aws:sts::111122223333:federated-user/ada", Some(WrongService)),
        ] {
            assert_eq!(text.parse::<IamRoleArn>().err(), expected, "{text}");
        }
    }

    #[test]
    fn a_session_names_its_role() {
        let role = "arn:aws:iam::111122223333:role/portal";
        for (arn, expected) in [
            ("arn:aws:sts::111122223333:assumed-role/portal/i-0abc", Some(role)),
            ("arn:aws:sts::111122223333:assumed-role/portal", None),
            ("arn:aws:sts::111122223333:assumed-role/portal/a/b", None),
            ("arn:aws:sts::111122223333:assumed-role/portal/", None),
            ("arn:aws:sts::111122223333:assumed-role//i-0abc", None),
            ("arn:aws:sts::111122223333:assumed-role/*/i-0abc", None),
            (
                "arn:aws:sts:eu-west-1:111122223333:assumed-role/portal/i-0abc",
                None,
            ),
            ("arn:aws:sts::1111222233:assumed-role/portal/i-0abc", None),
            ("arn:aws-cn:sts::111122223333:assumed-role/portal/i-0abc", None),
            ("arn:aws:iam::111122223333:assumed-role/portal/i-0abc", None),
            ("ARN:aws:sts::111122223333:assumed-role/portal/i-0abc", None),
            (role, None),
        ] {
            let found = IamRoleArn::of_session(arn);
            assert_eq!(found.as_ref().map(IamRoleArn::as_str), expected, "{arn}");
        }
    }
}
