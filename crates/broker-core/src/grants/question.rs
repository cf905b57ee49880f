//! The facts that Connect must confirm before a grant reaches a resource.

use std::fmt;

use crate::arn::{CaseArn, ConnectUserArn, ContactArn};
use crate::ports::{CallContext, CaseRecords, ContactRecords, UpstreamError};

/// A fact that Connect must confirm before a grant reaches a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// The case belongs to this customer.
    CustomerOf(CaseArn, Box<str>),
    /// The contact is open and its agent is this user.
    AgentOf(ContactArn, ConnectUserArn),
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CustomerOf(..) => "GetCase says that the case's customer_id equals the claim",
            Self::AgentOf(..) => "DescribeContact says that the contact is open and its agent is the user",
        })
    }
}

impl Question {
    /// Whether Connect confirms the fact.
    pub(super) async fn is_confirmed<R: CaseRecords + ContactRecords>(
        &self,
        records: &R,
        context: CallContext,
    ) -> Result<bool, UpstreamError> {
        match self {
            Self::CustomerOf(case, customer) => {
                Ok(records.customer_of(case, context).await?.as_ref() == Some(customer))
            }
            Self::AgentOf(contact, user) => {
                Ok(records.agent_of(contact, context).await?.as_deref() == Some(user.id()))
            }
        }
    }
}
