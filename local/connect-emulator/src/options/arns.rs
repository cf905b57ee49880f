//! ARNs of the instance, its domain, and what belongs to them.

use super::Options;

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

    /// ARN of the function of [`ScannerOptions`](super::ScannerOptions).
    pub(crate) fn scanner_arn(&self) -> String {
        format!(
            "arn:aws:lambda:{}:{}:function:attachment-scanner",
            self.region, self.account
        )
    }

    /// Role that the caller's credentials belong to; the `CreatedBy` of an upload that names no user.
    pub(crate) fn caller_arn(&self) -> String {
        format!("arn:aws:iam::{}:role/connect-emulator-caller", self.account)
    }
}
