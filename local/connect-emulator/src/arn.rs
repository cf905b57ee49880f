use crate::configuration::Scope;
use crate::options::{Channel, Options, SeedCase, SeedContact, SeedUser};

/// ARNs of the instance and its domain, and who or what stands behind one.
impl Options {
    pub(crate) fn instance_arn(&self) -> String {
        format!(
            "arn:aws:connect:{}:{}:instance/{}",
            self.region, self.account, self.instance_id
        )
    }

    pub(crate) fn user_arn(&self, user_id: &str) -> String {
        format!("{}/agent/{user_id}", self.instance_arn())
    }

    pub(crate) fn contact_arn(&self, contact_id: &str) -> String {
        format!("{}/contact/{contact_id}", self.instance_arn())
    }

    pub(crate) fn file_arn(&self, file_id: &str) -> String {
        format!("{}/file/{file_id}", self.instance_arn())
    }

    pub(crate) fn domain_arn(&self) -> String {
        format!(
            "arn:aws:cases:{}:{}:domain/{}",
            self.region, self.account, self.cases_domain_id
        )
    }

    pub(crate) fn case_arn(&self, case_id: &str) -> String {
        format!("{}/case/{case_id}", self.domain_arn())
    }

    /// The role that the known credentials stand for, recorded where a call names no user.
    pub(crate) fn caller_arn(&self) -> String {
        format!("arn:aws:iam::{}:role/connect-emulator-caller", self.account)
    }

    pub(crate) fn user(&self, id: &str) -> Option<&SeedUser> {
        self.seeds.users.iter().find(|user| user.id == id)
    }

    pub(crate) fn case(&self, id: &str) -> Option<&SeedCase> {
        self.seeds.cases.iter().find(|case| case.id == id)
    }

    pub(crate) fn contact(&self, id: &str) -> Option<&SeedContact> {
        self.seeds.contacts.iter().find(|contact| contact.id == id)
    }

    /// The attachment scope of the case or contact with that ARN, where there is one.
    pub(crate) fn attachment_scope(&self, resource_arn: &str) -> Option<Scope> {
        if self
            .seeds
            .cases
            .iter()
            .any(|case| self.case_arn(&case.id) == resource_arn)
        {
            return Some(Scope::Case);
        }
        let contact = self
            .seeds
            .contacts
            .iter()
            .find(|one| self.contact_arn(&one.id) == resource_arn)?;
        match contact.channel {
            Channel::Chat => Some(Scope::Chat),
            Channel::Task => Some(Scope::Task),
            Channel::Email => Some(Scope::Email),
            Channel::Voice => None,
        }
    }
}
