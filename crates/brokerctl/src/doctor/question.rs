//! The read-only calls of the doctor, and what an operator must change if AWS refuses one.

use super::call_error::CallError;
use super::report::Finding;

/// The fix for a missing AWS CLI.
pub(super) const NO_CLI: &str = "install the AWS CLI, so that `aws --version` answers, or leave --stack out";

/// One read-only operation, by the names of permissions and of the AWS CLI.
pub(super) struct Question {
    /// The service, as actions name it.
    service: &'static str,
    pub(super) operation: &'static str,
    /// The action that allows it.
    action: &'static str,
    /// The part of the template that gives the function's role the same permission.
    role: Option<&'static str>,
}

/// The instance's storage for attachments.
pub(super) const STORAGE: Question = Question::new("connect", "ListInstanceStorageConfigs");
/// What the instance works with: its Cases domains, its scanner.
pub(super) const ASSOCIATIONS: Question = Question::new("connect", "ListIntegrationAssociations");
/// Connect's limits.
pub(super) const LIMITS: Question =
    Question::new("connect", "DescribeAttachedFilesConfiguration").in_role("always, by statement ReadLimits");
/// Users by name.
pub(super) const USERS: Question = Question::new("connect", "SearchUsers")
    .in_role("with parameter UsernameLookup=true, by statement Search");
/// A user by id.
pub(super) const USER: Question = Question::new("connect", "DescribeUser")
    .in_role("with parameter DescribeUserAllowed=true, by statement DescribeUser");
/// A contact's agent.
pub(super) const CONTACT: Question = Question::new("connect", "DescribeContact")
    .in_role("with parameter ContactLookup=true, by statement ReadContact");
/// A case's customer.
pub(super) const CASE: Question = Question::new("cases", "GetCase")
    .in_role("with parameter CaseCustomerLookup=true, by statement ReadCase");

/// The stack's parameters and outputs.
pub(super) const STACK: Question = Question::new("cloudformation", "DescribeStacks");
/// What a role may do.
pub(super) const ROLE: Question = Question::new("iam", "SimulatePrincipalPolicy");
/// The shared table.
pub(super) const TABLE: Question = Question::new("dynamodb", "DescribeTable");
/// When its rows expire.
pub(super) const TABLE_EXPIRY: Question = Question::new("dynamodb", "DescribeTimeToLive");
/// A function's state and role.
pub(super) const FUNCTION: Question = Question::new("lambda", "GetFunctionConfiguration");
/// Who may invoke a function.
pub(super) const FUNCTION_POLICY: Question = Question::new("lambda", "GetPolicy");
/// What is reserved for a function.
pub(super) const RESERVED: Question = Question::new("lambda", "GetFunctionConcurrency");
/// What the account's functions share.
pub(super) const ACCOUNT: Question = Question::new("lambda", "GetAccountSettings");
/// The schedule of a function.
pub(super) const RULES: Question = Question::new("events", "ListRuleNamesByTarget");
/// One rule of a schedule.
pub(super) const RULE: Question = Question::new("events", "DescribeRule");
/// Runs of a function.
pub(super) const METRIC: Question = Question::new("cloudwatch", "GetMetricStatistics");
/// The bucket's policy.
pub(super) const BUCKET_POLICY: Question = Question::new("s3", "GetBucketPolicy");
/// Whether the bucket's objects are locked.
pub(super) const BUCKET_LOCK: Question =
    Question::new("s3", "GetObjectLockConfiguration").by_action("GetBucketObjectLockConfiguration");
/// What the bucket encrypts with.
pub(super) const BUCKET_ENCRYPTION: Question =
    Question::new("s3", "GetBucketEncryption").by_action("GetEncryptionConfiguration");
/// A key's state.
pub(super) const KEY: Question = Question::new("kms", "DescribeKey");
/// Who gets the alarms.
pub(super) const SUBSCRIPTIONS: Question = Question::new("sns", "ListSubscriptionsByTopic");
/// The account's quotas.
pub(super) const QUOTAS: Question = Question::new("servicequotas", "ListServiceQuotas");
/// The function's log.
pub(super) const LOG: Question = Question::new("logs", "FilterLogEvents");

impl Question {
    const fn new(service: &'static str, operation: &'static str) -> Self {
        Self {
            service,
            operation,
            action: operation,
            role: None,
        }
    }

    const fn in_role(self, how: &'static str) -> Self {
        Self {
            role: Some(how),
            ..self
        }
    }

    const fn by_action(self, action: &'static str) -> Self {
        Self { action, ..self }
    }

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
                let Self { service, action, .. } = self;
                let allow = format!(
                    "allow {service}:{action} on {resource} to the credentials that ran this \
                     (docs/doctor.md has the whole policy)"
                );
                match self.role {
                    Some(how) => format!("{allow}; the function's role has it {how}"),
                    None => allow,
                }
            }
            CallError::NoCli => NO_CLI.into(),
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
            CallError::Other { .. } | CallError::Code { .. } => {
                let [service, operation] = self.command();
                format!("see what `aws {service} {operation} help` says about this code")
            }
        }
    }

    /// The command of the AWS CLI.
    pub(super) fn command(&self) -> [String; 2] {
        let service = match self.service {
            "cases" => "connectcases",
            "s3" => "s3api",
            "servicequotas" => "service-quotas",
            service => service,
        };
        let mut operation = String::new();
        for letter in self.operation.chars() {
            if letter.is_ascii_uppercase() && !operation.is_empty() {
                operation.push('-');
            }
            operation.push(letter.to_ascii_lowercase());
        }
        [service.to_owned(), operation]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls by the SDK, then calls by the AWS CLI.
    const ALL: [&Question; 25] = [
        &STORAGE,
        &ASSOCIATIONS,
        &LIMITS,
        &USERS,
        &USER,
        &CONTACT,
        &CASE,
        &STACK,
        &ROLE,
        &TABLE,
        &TABLE_EXPIRY,
        &FUNCTION,
        &FUNCTION_POLICY,
        &RESERVED,
        &ACCOUNT,
        &RULES,
        &RULE,
        &METRIC,
        &BUCKET_POLICY,
        &BUCKET_LOCK,
        &BUCKET_ENCRYPTION,
        &KEY,
        &SUBSCRIPTIONS,
        &QUOTAS,
        &LOG,
    ];

    #[test]
    fn the_documented_policies_allow_every_question() {
        let page = include_str!("../../../../docs/doctor.md");
        for Question { service, action, .. } in ALL {
            assert!(page.contains(&format!("\"{service}:{action}\"")), "{action}");
        }
    }

    #[test]
    fn what_gives_the_role_a_permission_is_in_the_template() {
        let permissions = include_str!("../../../../infra/permissions.yaml");
        let template = include_str!("../../../../infra/template.yaml");
        for Question { action, role, .. } in ALL {
            let Some(how) = role else {
                assert!(!permissions.contains(action), "{action}");
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
            (STORAGE, ["connect", "list-instance-storage-configs"]),
            (CASE, ["connectcases", "get-case"]),
            (QUOTAS, ["service-quotas", "list-service-quotas"]),
            (BUCKET_LOCK, ["s3api", "get-object-lock-configuration"]),
        ] {
            assert_eq!(question.command(), expected);
        }
    }
}
