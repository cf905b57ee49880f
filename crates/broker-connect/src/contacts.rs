//! The contacts of the Connect instance.

use aws_sdk_connect::types::Contact;
use broker_core::arn::{ContactArn, ResourceArn};
use broker_core::ports::{ContactRecords, Deadline, UpstreamError};

use crate::connect::Connect;
use crate::wire;
use broker_core::operation::Operation;

impl ContactRecords for Connect {
    async fn agent_of(
        &self,
        contact: &ContactArn,
        deadline: Deadline,
    ) -> Result<Option<Box<str>>, UpstreamError> {
        // INVARIANT: only ids are sent, so a contact of another instance would be read in ours.
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
            .call(Operation::DescribeContact, deadline, wire::failure, send)
            .await
        {
            Ok(answer) => Ok(answer.contact.and_then(agent_on)),
            // No such contact, or an id that no contact can have: asking again would change nothing.
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
