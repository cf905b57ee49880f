//! `CaseRecords` over Amazon Connect Cases: the customer of a case.

use aws_sdk_connectcases::operation::get_case::GetCaseOutput;
use aws_sdk_connectcases::types::{FieldIdentifier, FieldValueUnion};
use broker_core::arn::{CaseArn, ResourceArn};
use broker_core::pace::Ledger;
use broker_core::ports::{CallContext, CaseRecords, UpstreamError};

use crate::connect::Connect;
use crate::wire;
use broker_core::operation::Operation;

/// The field that holds the ARN of the case's customer profile. Source: Amazon Connect Cases, system fields.
const CUSTOMER_ID: &str = "customer_id";

impl<L: Ledger> CaseRecords for Connect<L> {
    async fn customer_of(
        &self,
        case: &CaseArn,
        context: CallContext,
    ) -> Result<Option<Box<str>>, UpstreamError> {
        let domain = self.deployment.cases_domain.as_ref();
        // INVARIANT: check the domain first. GetCase takes a bare id, so a foreign ARN would be looked up in our domain.
        let Some(domain) = domain.filter(|_| self.deployment.holds(&ResourceArn::Case(case.clone()))) else {
            return Ok(None);
        };
        let send = || async {
            let field = FieldIdentifier::builder().id(CUSTOMER_ID).build()?;
            let request = self.cases_client().get_case();
            request
                .domain_id(domain.id())
                .case_id(case.id())
                .fields(field)
                .send()
                .await
        };
        match self.call(Operation::GetCase, context, wire::failure, send).await {
            Ok(answer) => Ok(customer_in(answer)),
            // The case does not exist, or no case can have this id. Another call would change nothing.
            Err(error @ (UpstreamError::NotFound | UpstreamError::InvalidRequest)) => {
                tracing::warn!(case.id = case.id(), %error, "the case's customer cannot be read");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// The customer, if the field is present once and its value is a text that is not empty.
fn customer_in(answer: GetCaseOutput) -> Option<Box<str>> {
    let mut fields = answer.fields.into_iter().filter(|field| field.id == CUSTOMER_ID);
    match (fields.next()?.value?, fields.next()) {
        (FieldValueUnion::StringValue(customer), None) if !customer.is_empty() => Some(customer.into()),
        _ => None,
    }
}
