//! `UserDirectory` over Amazon Connect: the user with a username.

use aws_sdk_connect::types::{StringComparisonType, StringCondition, UserSearchCriteria, UserSearchSummary};
use broker_core::arn::{ConnectUserArn, InstanceArn};
use broker_core::pace::Ledger;
use broker_core::ports::{CallContext, UpstreamError, UserDirectory};
use broker_core::request::Username;

use crate::connect::Connect;
use crate::wire;
use broker_core::operation::Operation;

/// Users in one answer: Connect's maximum.
const PAGE_SIZE: i32 = 500;

/// Maximum of pages that are read. An exact username has one match, or a few that differ in case.
const MAX_PAGES: usize = 4;

impl<L: Ledger> UserDirectory for Connect<L> {
    async fn user_named(
        &self,
        username: &Username,
        context: CallContext,
    ) -> Result<Option<ConnectUserArn>, UpstreamError> {
        let criteria = named_exactly(username);
        let (mut matches, mut page) = (Vec::new(), None);
        for _ in 0..MAX_PAGES {
            let send = || {
                let request = self.client.search_users();
                request
                    .instance_id(self.deployment.instance.id())
                    .search_criteria(criteria.clone())
                    .max_results(PAGE_SIZE)
                    .set_next_token(page.clone())
                    .send()
            };
            let answer = self
                .call(Operation::SearchUsers, context, wire::failure, send)
                .await?;
            let users = answer.users.unwrap_or_default();
            matches.extend(users.into_iter().filter(|user| is_named(user, username)));
            page = answer.next_token.filter(|token| !token.is_empty());
            if page.is_none() {
                return Ok(only_match(&matches, &self.deployment.instance));
            }
        }
        // There are more pages than were read, so the user is neither found nor absent.
        Err(UpstreamError::Unexpected)
    }
}

fn named_exactly(username: &Username) -> UserSearchCriteria {
    let condition = StringCondition::builder()
        .field_name("Username")
        .value(username.as_str())
        .comparison_type(StringComparisonType::Exact)
        .build();
    UserSearchCriteria::builder().string_condition(condition).build()
}

/// INVARIANT: names are compared byte for byte, because it is not known whether Connect's `EXACT` ignores case.
fn is_named(user: &UserSearchSummary, username: &Username) -> bool {
    user.username() == Some(username.as_str())
}

/// The ARN of the only match, if it is a user of `instance`.
fn only_match(matches: &[UserSearchSummary], instance: &InstanceArn) -> Option<ConnectUserArn> {
    match matches {
        [user] => user
            .arn()
            .and_then(|arn| arn.parse::<ConnectUserArn>().ok())
            .filter(|user| user.is_of(instance)),
        _ => None,
    }
}
