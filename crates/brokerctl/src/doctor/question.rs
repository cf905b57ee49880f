//! The read-only calls of the doctor, and what an operator must change if AWS refuses one.

use super::call_error::CallError;
use super::report::Finding;

/// One read-only operation, by the names of permissions and of the AWS CLI.
pub(super) struct Question {
    service: &'static str,
    pub(super) operation: &'static str,
    /// The part of the template that gives the function's role the same permission.
    role: Option<&'static str>,
}

/// The instance's storage for attachments.
pub(super) const STORAGE: Question = Question {
    service: "connect",
    operation: "ListInstanceStorageConfigs",
    role: None,
};
/// The Cases domains of the instance.
pub(super) const ASSOCIATIONS: Question = Question {
    service: "connect",
    operation: "ListIntegrationAssociations",
    role: None,
};
/// Connect's limits.
pub(super) const LIMITS: Question = Question {
    service: "connect",
    operation: "DescribeAttachedFilesConfiguration",
    role: Some("always, by statement ReadLimits"),
};
/// Users by name.
pub(super) const USERS: Question = Question {
    service: "connect",
    operation: "SearchUsers",
    role: Some("with parameter UsernameLookup=true, by statement Search"),
};
/// A user by id.
pub(super) const USER: Question = Question {
    service: "connect",
    operation: "DescribeUser",
    role: Some("with parameter DescribeUserAllowed=true, by statement DescribeUser"),
};
/// A contact's agent.
pub(super) const CONTACT: Question = Question {
    service: "connect",
    operation: "DescribeContact",
    role: Some("with parameter ContactLookup=true, by statement ReadContact"),
};
/// A case's customer.
pub(super) const CASE: Question = Question {
    service: "cases",
    operation: "GetCase",
    role: Some("with parameter CaseCustomerLookup=true, by statement ReadCase"),
};

impl Question {
    /// The finding for `error` of this call about `resource`.
    pub(super) fn refused(&self, error: &CallError, resource: &str) -> Finding {
        Finding {
            seen: format!("{}: {error}", self.operation),
            fix: self.fix(error, resource),
            is_passing: error.is_passing(),
        }
    }

    fn fix(&self, error: &CallError, resource: &str) -> String {
        match error {
            CallError::AccessDenied { .. } => {
                let Self {
                    service, operation, ..
                } = self;
                let allow = format!(
                    "allow {service}:{operation} on {resource} to the credentials that ran this \
                     (docs/doctor.md has the whole policy)"
                );
                match self.role {
                    Some(how) => format!("{allow}; the function's role has it {how}"),
                    None => allow,
                }
            }
            CallError::Credentials { .. } => "renew the credentials, then run this again".into(),
            CallError::NotFound => format!("see that {resource} exists in this account and region"),
            CallError::Throttled => {
                "run this again in some seconds: each operation's quota is shared by all \
                                   callers of the account"
                    .into()
            }
            CallError::NoAnswer(_) | CallError::TimedOut => {
                "see that AWS can be reached from this machine, then run this again".into()
            }
            CallError::Other { status: 500.., .. } => "run this again later: AWS failed".into(),
            CallError::Other { .. } => {
                format!("see what `aws {} help` says about this code", self.command())
            }
        }
    }

    /// The command of the AWS CLI.
    fn command(&self) -> String {
        let service = if self.service == "cases" {
            "connectcases"
        } else {
            self.service
        };
        let mut command = format!("{service} ");
        for (position, letter) in self.operation.char_indices() {
            if letter.is_ascii_uppercase() && position > 0 {
                command.push('-');
            }
            command.push(letter.to_ascii_lowercase());
        }
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [&Question; 7] = [&STORAGE, &ASSOCIATIONS, &LIMITS, &USERS, &USER, &CONTACT, &CASE];

    #[test]
    fn the_documented_policy_allows_every_question() {
        let page = include_str!("../../../../docs/doctor.md");
        for Question {
            service, operation, ..
        } in ALL
        {
            assert!(
                page.contains(&format!("\"{service}:{operation}\"")),
                "{operation}"
            );
        }
    }

    #[test]
    fn what_gives_the_role_a_permission_is_in_the_template() {
        let permissions = include_str!("../../../../infra/permissions.yaml");
        let template = include_str!("../../../../infra/template.yaml");
        for Question { operation, role, .. } in ALL {
            let Some(how) = role else {
                assert!(!permissions.contains(operation), "{operation}");
                continue;
            };
            let (parameter, statement) = how.split_once("by statement ").expect("a statement");
            assert!(
                permissions.contains(&format!("Sid: {statement}\n")),
                "{statement}"
            );
            if let Some((_, parameter)) = parameter.split_once("with parameter ") {
                let (name, _) = parameter.split_once("=true").expect("a switch");
                assert!(template.contains(&format!("\n  {name}:\n")), "{name}");
            }
        }
    }

    #[test]
    fn an_operation_has_the_clis_name() {
        for (question, expected) in [
            (STORAGE, "connect list-instance-storage-configs"),
            (CASE, "connectcases get-case"),
        ] {
            assert_eq!(question.command(), expected);
        }
    }
}
