//! `ContactRecords` over Amazon Connect: the agent of a contact.

use aws_sdk_connect::types::Contact;
use broker_core::arn::{ContactArn, ResourceArn};
use broker_core::pace::Ledger;
use broker_core::ports::{CallContext, ContactRecords, UpstreamError};

use crate::connect::Connect;
use crate::wire;
use broker_core::operation::Operation;

impl<L: Ledger> ContactRecords for Connect<L> {
    async fn agent_of(
        &self,
        contact: &ContactArn,
        context: CallContext,
    ) -> Result<Option<Box<str>>, UpstreamError> {
        // INVARIANT: check the instance first. DescribeContact takes a bare id, so a foreign ARN would be looked up in ours.
        if !self.deployment.holds(&ResourceArn::Contact(contact.clone())) {
            return Ok(None);
        }
        let send = || {
            let request = self.client.describe_contact();
            request
                .instance_id(self.deployment.instance.id())
                .contact_id(contact.id())
                .send()
        };
        match self
            .call(Operation::DescribeContact, context, wire::failure, send)
            .await
        {
            Ok(answer) => Ok(answer.contact.and_then(agent_on)),
            // The contact does not exist, or no contact can have this id. Another call would change nothing.
            Err(UpstreamError::NotFound | UpstreamError::InvalidRequest) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The agent who accepted the contact, while it is open.
fn agent_on(contact: Contact) -> Option<Box<str>> {
    if contact.disconnect_timestamp.is_some() {
        return None;
    }
    let agent = contact.agent_info?.id?;
    (!agent.is_empty()).then(|| agent.into())
}
