//! What the functions' roles must be allowed, from the rules and from the operations that the code calls.

use broker_core::grants::{Action, OnBehalfOf};
use broker_core::identity::UserSource;
use broker_core::limits::Scope;
use broker_core::operation::Operation;

use super::Deployed;

/// An id that no resource has.
pub(super) const ANY_ID: &str = "00000000-0000-4000-8000-000000000000";

/// One action on one resource, and the statement of the template that allows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Permission {
    pub(super) action: &'static str,
    pub(super) resource: String,
    pub(super) statement: &'static str,
}

impl Deployed<'_> {
    /// What the broker's role needs.
    pub(super) fn needs_of_broker(&self) -> Vec<Permission> {
        let operations = self.operations();
        let mut needs: Vec<_> = operations
            .iter()
            .flat_map(|operation| self.needs_of(*operation))
            .collect();
        if let Some(log) = self.stack.output("LogGroupName") {
            let place = self.place();
            let (partition, region, account) = (place.partition, place.region, place.account);
            let log = format!("arn:{partition}:logs:{region}:{account}:log-group:{log}:log-stream:x");
            needs.push(need("logs:PutLogEvents", log, "WriteLogs"));
        }
        needs.extend(self.needs_of_table("index/recent", "ListRows"));
        needs
    }

    /// What the finisher's role needs.
    pub(super) fn needs_of_finisher(&self) -> Vec<Permission> {
        let mut needs = [
            self.needs_of(Operation::CompleteAttachedFileUpload),
            self.needs_of(Operation::BatchGetAttachedFileMetadata),
        ]
        .concat();
        if self.stack.parameter("DeleteAllowed") != Some("false") {
            needs.extend(self.needs_of(Operation::DeleteAttachedFile));
        }
        needs.extend(self.needs_of_table("index/due", "FindDue"));
        if let Some(bus) = self.stack.output("EventBusArn") {
            needs.push(need("events:PutEvents", bus.into(), "ReportEnd"));
        }
        needs
    }

    /// The operations that the rules can lead to.
    fn operations(&self) -> Vec<Operation> {
        let (grants, rules) = (self.settings.grants.entries(), self.settings.identity.rules());
        let deletes = grants.iter().any(|grant| grant.actions.contains(&Action::Delete));
        let names_users = grants
            .iter()
            .any(|grant| grant.on_behalf_of != OnBehalfOf::Nobody)
            || rules
                .iter()
                .any(|rule| matches!(rule.user, UserSource::UsernameClaim(_) | UserSource::OnBehalfOf));
        let confirms = |operation| {
            grants
                .iter()
                .any(|grant| grant.resources.confirmed_by() == Some(operation))
        };
        let is_needed = |operation: &Operation| match operation {
            Operation::StartAttachedFileUpload
            | Operation::CompleteAttachedFileUpload
            | Operation::BatchGetAttachedFileMetadata
            | Operation::DescribeAttachedFilesConfiguration => true,
            Operation::DeleteAttachedFile => deletes,
            Operation::SearchUsers => names_users,
            Operation::DescribeContact | Operation::GetCase => confirms(*operation),
        };
        let all = Operation::PACED
            .into_iter()
            .chain([Operation::DescribeAttachedFilesConfiguration]);
        all.filter(is_needed).collect()
    }

    fn needs_of(&self, operation: Operation) -> Vec<Permission> {
        let instance = self.instance();
        let file = || format!("{instance}/file/{ANY_ID}");
        match operation {
            Operation::StartAttachedFileUpload => self.with_cases(
                need("connect:StartAttachedFileUpload", file(), "Start"),
                ("cases:CreateRelatedItem", "RelateToCase"),
            ),
            Operation::CompleteAttachedFileUpload => {
                vec![need("connect:CompleteAttachedFileUpload", file(), "Complete")]
            }
            Operation::BatchGetAttachedFileMetadata => {
                vec![need("connect:BatchGetAttachedFileMetadata", file(), "ReadStatus")]
            }
            Operation::DeleteAttachedFile => self.with_cases(
                need("connect:DeleteAttachedFile", file(), "Delete"),
                ("cases:DeleteRelatedItem", "UnrelateFromCase"),
            ),
            Operation::DescribeAttachedFilesConfiguration => vec![need(
                "connect:DescribeAttachedFilesConfiguration",
                instance.to_string(),
                "ReadLimits",
            )],
            Operation::SearchUsers => vec![
                need("connect:SearchUsers", instance.to_string(), "Search"),
                need(
                    "connect:ListUserProficiencies",
                    self.user(),
                    "SearchReadsProficiencies",
                ),
            ],
            Operation::DescribeContact => {
                vec![need(
                    "connect:DescribeContact",
                    format!("{instance}/contact/{ANY_ID}"),
                    "ReadContact",
                )]
            }
            Operation::GetCase => self.on_cases("cases:GetCase", "ReadCase"),
        }
    }

    /// `permission`, and the one on Cases that Connect needs if the rules name cases.
    fn with_cases(
        &self,
        permission: Permission,
        (action, statement): (&'static str, &'static str),
    ) -> Vec<Permission> {
        let mut permissions = vec![permission];
        if self.settings.grants.scopes().contains(&Scope::Case) {
            permissions.extend(self.on_cases(action, statement));
        }
        permissions
    }

    fn on_cases(&self, action: &'static str, statement: &'static str) -> Vec<Permission> {
        let domain = self.settings.deployment.cases_domain.as_ref();
        let case = domain.map(|domain| need(action, format!("{domain}/case/{ANY_ID}"), statement));
        Vec::from_iter(case)
    }

    /// What both functions do with the table, and the query of `index` with the statement that allows it.
    fn needs_of_table(&self, index: &str, statement: &'static str) -> Vec<Permission> {
        let Some(table) = self.stack.output("SharedTableArn") else {
            return vec![];
        };
        let mut needs: Vec<_> = [
            ("dynamodb:GetItem", "ReadRow"),
            ("dynamodb:PutItem", "PutRow"),
            ("dynamodb:UpdateItem", "UpdateRow"),
            ("dynamodb:DeleteItem", "DeleteRow"),
        ]
        .map(|(action, statement)| need(action, table.into(), statement))
        .into();
        if self.stack.parameter("SharedState") == Some("full") {
            needs.push(need("dynamodb:Query", format!("{table}/{index}"), statement));
        }
        if let Some(key) = self.stack.parameter("KmsKeyArn") {
            needs.push(need("kms:Decrypt", key.into(), "DecryptTableKey"));
        }
        needs
    }

    /// The context of each simulated call: the uploader that the broker names, and the service that uses the key.
    pub(super) fn context(&self) -> [(&'static str, String); 2] {
        [
            ("connect:UserArn", self.user()),
            (
                "kms:ViaService",
                format!("dynamodb.{}.amazonaws.com", self.place().region),
            ),
        ]
    }

    fn user(&self) -> String {
        format!("{}/agent/{ANY_ID}", self.instance())
    }
}

fn need(action: &'static str, resource: String, statement: &'static str) -> Permission {
    Permission {
        action,
        resource,
        statement,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{deployed, settings};
    use super::*;
    use crate::doctor::stack::tests::stack;

    const TABLE: &str = "arn:aws:dynamodb:eu-west-1:111122223333:table/t";

    /// A stack with everything that a role can need.
    fn full() -> crate::doctor::stack::Stack {
        let key = "arn:aws:kms:eu-west-1:111122223333:key/k";
        let bus = "arn:aws:events:eu-west-1:111122223333:event-bus/b";
        stack(
            &[("SharedState", "full"), ("KmsKeyArn", key)],
            &[
                ("SharedTableArn", TABLE),
                ("EventBusArn", bus),
                ("LogGroupName", "log"),
            ],
        )
    }

    #[test]
    fn every_statement_is_in_the_templates() {
        let (stack, settings) = (full(), settings("\"own-contacts\""));
        let deployed = deployed(&stack, &settings);
        for (needs, template) in [
            (
                deployed.needs_of_broker(),
                include_str!("../../../../../infra/permissions.yaml"),
            ),
            (
                deployed.needs_of_finisher(),
                include_str!("../../../../../infra/finisher.yaml"),
            ),
        ] {
            for Permission {
                action, statement, ..
            } in needs
            {
                assert!(
                    template.contains(&format!("Sid: {statement}\n")),
                    "{action}: {statement}"
                );
                assert!(template.contains(action), "{action}");
            }
        }
    }

    #[test]
    fn the_rules_decide_which_actions_are_needed() {
        let stack = stack(&[], &[]);
        for (resources, further) in [
            ("\"any-contact\"", &[][..]),
            (
                "\"any-case\"",
                &["cases:CreateRelatedItem", "cases:DeleteRelatedItem"],
            ),
            ("\"own-contacts\"", &["connect:DescribeContact"]),
            (
                "{ case_customer_claim = \"profile_arn\" }",
                &[
                    "cases:CreateRelatedItem",
                    "cases:DeleteRelatedItem",
                    "cases:GetCase",
                ],
            ),
        ] {
            let settings = settings(resources);
            let needs = deployed(&stack, &settings).needs_of_broker();
            let mut found: Vec<_> = needs.iter().map(|need| need.action).collect();
            let always = [
                "connect:StartAttachedFileUpload",
                "connect:CompleteAttachedFileUpload",
                "connect:BatchGetAttachedFileMetadata",
                "connect:DeleteAttachedFile",
                "connect:DescribeAttachedFilesConfiguration",
                "connect:SearchUsers",
                "connect:ListUserProficiencies",
            ];
            let mut expected = [&always, further].concat();
            found.sort_unstable();
            expected.sort_unstable();
            assert_eq!(found, expected, "{resources}");
        }
    }
}
