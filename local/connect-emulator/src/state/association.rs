//! The record of an integration association.

use serde_json::{Value, json};

use crate::options::Options;

/// Id of the association with the Cases domain.
const CASES_DOMAIN_ID: &str = "77777777-aaaa-4bbb-8ccc-888888888888";
/// Id of the association with the scanner that the options name.
const SCANNER_ID: &str = "77777777-aaaa-4bbb-8ccc-999999999999";
/// Type of the association that names the scanner.
pub(crate) const FILE_SCANNER: &str = "FILE_SCANNER";

/// An AWS resource that the instance uses.
#[derive(Clone, Debug)]
pub(crate) struct Association {
    pub(crate) id: String,
    /// The model's `IntegrationType`.
    pub(crate) kind: String,
    /// ARN of the resource.
    pub(crate) arn: String,
}

impl Association {
    /// The associations of an instance with these options.
    pub(crate) fn at_start(options: &Options) -> Vec<Self> {
        let association = |id: &str, kind: &str, arn| Self {
            id: id.to_owned(),
            kind: kind.to_owned(),
            arn,
        };
        let mut associations = vec![association(CASES_DOMAIN_ID, "CASES_DOMAIN", options.domain_arn())];
        if options.scanner.url.is_some() {
            associations.push(association(SCANNER_ID, FILE_SCANNER, options.scanner_arn()));
        }
        associations
    }

    /// ARN of the association itself.
    pub(crate) fn own_arn(&self, options: &Options) -> String {
        format!("{}/integration-association/{}", options.instance_arn(), self.id)
    }

    /// The model's `IntegrationAssociationSummary`.
    pub(crate) fn described(&self, options: &Options) -> Value {
        json!({
            "IntegrationAssociationId": self.id,
            "IntegrationAssociationArn": self.own_arn(options),
            "InstanceId": options.instance_id,
            "IntegrationType": self.kind,
            "IntegrationArn": self.arn,
        })
    }
}
