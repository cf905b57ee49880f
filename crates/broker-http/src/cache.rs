//! The look-ups that identity and grants rest on, remembered for a moment.

use std::time::Duration;

use broker_core::arn::{CaseArn, ConnectUserArn, ContactArn};
use broker_core::ports::{CaseRecords, ContactRecords, Deadline, UpstreamError, UserDirectory};
use broker_core::request::Username;

use crate::memory::Memory;
use crate::surroundings::Surroundings;

/// How long a user's ARN is believed.
const USER_LIFE: Duration = Duration::from_mins(5);
/// How long it is believed that there is no such user.
const NO_USER_LIFE: Duration = Duration::from_secs(30);
/// How long a case's customer and a contact's agent are believed.
const RECORD_LIFE: Duration = Duration::from_secs(5);

/// The look-up ports behind caches. Failures are never remembered, and never taken for a refusal.
pub struct CachedLookUps<P, S> {
    inner: P,
    surroundings: S,
    users: Memory<Username, Option<ConnectUserArn>>,
    customers: Memory<CaseArn, Option<Box<str>>>,
    agents: Memory<ContactArn, Option<Box<str>>>,
}

impl<P, S: Surroundings> CachedLookUps<P, S> {
    /// Caches in front of `inner`.
    pub fn new(inner: P, surroundings: S) -> Self {
        let (users, customers, agents) = (Memory::default(), Memory::default(), Memory::default());
        Self {
            inner,
            surroundings,
            users,
            customers,
            agents,
        }
    }

    /// What stands behind the caches.
    pub const fn inner(&self) -> &P {
        &self.inner
    }
}

impl<P: UserDirectory, S: Surroundings> UserDirectory for CachedLookUps<P, S> {
    async fn user_named(
        &self,
        username: &Username,
        deadline: Deadline,
    ) -> Result<Option<ConnectUserArn>, UpstreamError> {
        let life = |user: &Option<_>| if user.is_some() { USER_LIFE } else { NO_USER_LIFE };
        let ask = self.inner.user_named(username, deadline);
        self.users
            .get_or_ask(username, || self.surroundings.now(), life, ask)
            .await
    }
}

impl<P: CaseRecords, S: Surroundings> CaseRecords for CachedLookUps<P, S> {
    async fn customer_of(
        &self,
        case: &CaseArn,
        deadline: Deadline,
    ) -> Result<Option<Box<str>>, UpstreamError> {
        let ask = self.inner.customer_of(case, deadline);
        self.customers
            .get_or_ask(case, || self.surroundings.now(), |_| RECORD_LIFE, ask)
            .await
    }
}

impl<P: ContactRecords, S: Surroundings> ContactRecords for CachedLookUps<P, S> {
    async fn agent_of(
        &self,
        contact: &ContactArn,
        deadline: Deadline,
    ) -> Result<Option<Box<str>>, UpstreamError> {
        let ask = self.inner.agent_of(contact, deadline);
        self.agents
            .get_or_ask(contact, || self.surroundings.now(), |_| RECORD_LIFE, ask)
            .await
    }
}
