//! Whom Connect records: a caller becomes an Amazon Connect user, or is refused.

use crate::arn::{ConnectUserArn, InstanceArn};
use crate::caller::Caller;
use crate::ports::{Deadline, UpstreamError, UserDirectory};
use crate::request::Username;
use crate::rule::When;

/// One `[[identity]]` entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityRule {
    /// Which callers it is about.
    pub when: When,
    /// How their user is found.
    pub user: UserSource,
}

/// How a caller's Connect user is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserSource {
    /// The claim of this name is a username: exactly one user of the directory has it.
    UsernameClaim(Box<str>),
    /// The claim of this name is the user's ARN; it must be of the configured instance.
    ArnClaim(Box<str>),
    /// Always this user.
    Fixed(ConnectUserArn),
    /// The caller is a backend that names the user in each request.
    OnBehalfOf,
}

/// Whom a caller acts as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// As this user.
    User(ConnectUserArn),
    /// As the user that the request names.
    OnBehalfOf,
}

/// Why a caller has no identity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// No rule is about the caller.
    #[error("no identity rule matches")]
    NoRule,
    /// The rule's claim is absent or empty, or cannot be what the rule says that it is.
    #[error("identity rule {rule}: the claim is absent or unusable")]
    UnusableClaim {
        /// Position of the rule, from 0.
        rule: usize,
    },
    /// The ARN in the claim is of another instance.
    #[error("identity rule {rule}: the user belongs to another instance")]
    ForeignUser {
        /// Position of the rule, from 0.
        rule: usize,
    },
    /// The directory has no such user, or several.
    #[error("identity rule {rule}: the directory has no user, or several users, of that name")]
    UnknownUser {
        /// Position of the rule, from 0.
        rule: usize,
    },
    /// The directory could not be asked: neither an answer nor a refusal.
    #[error("identity rule {rule}: the directory could not be asked")]
    LookUp {
        /// Position of the rule, from 0.
        rule: usize,
        /// What went wrong.
        #[source]
        source: UpstreamError,
    },
}

/// The `[[identity]]` entries, in order.
#[derive(Clone, Debug, Default)]
pub struct IdentityRules(Vec<IdentityRule>);

impl IdentityRules {
    /// Rules that are asked in this order.
    #[must_use]
    pub fn new(rules: Vec<IdentityRule>) -> Self {
        Self(rules)
    }

    /// The rules, in the order in which they are asked.
    #[must_use]
    pub fn rules(&self) -> &[IdentityRule] {
        &self.0
    }

    /// The first rule about `caller`, with its position from 0.
    #[must_use]
    pub fn rule_for(&self, caller: &Caller) -> Option<(usize, &IdentityRule)> {
        self.0
            .iter()
            .enumerate()
            .find(|(_, rule)| rule.when.holds(caller).is_ok())
    }

    /// Whom `caller` acts as.
    ///
    /// # Errors
    /// The [`IdentityError`] that refuses the caller, or says that it could not be decided.
    pub async fn identify(
        &self,
        caller: &Caller,
        instance: &InstanceArn,
        directory: &impl UserDirectory,
        deadline: Deadline,
    ) -> Result<Identity, IdentityError> {
        let (rule, IdentityRule { user, .. }) = self.rule_for(caller).ok_or(IdentityError::NoRule)?;
        let unusable = IdentityError::UnusableClaim { rule };
        let found = match user {
            UserSource::OnBehalfOf => return Ok(Identity::OnBehalfOf),
            UserSource::Fixed(arn) => arn.clone(),
            UserSource::ArnClaim(name) => {
                let text = caller.claims.text(name).ok_or_else(|| unusable.clone())?;
                text.parse::<ConnectUserArn>().map_err(|_| unusable)?
            }
            UserSource::UsernameClaim(name) => {
                let username = caller
                    .claims
                    .text(name)
                    .and_then(Username::parse)
                    .ok_or(unusable)?;
                let found = directory.user_named(&username, deadline).await;
                found
                    .map_err(|source| IdentityError::LookUp { rule, source })?
                    .ok_or(IdentityError::UnknownUser { rule })?
            }
        };
        if !found.is_of(instance) {
            return Err(IdentityError::ForeignUser { rule });
        }
        Ok(Identity::User(found))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::caller::{Claim, Claims};

    const INSTANCE: &str = "arn:aws:connect:eu-west-1:111122223333:instance/i";

    /// A directory with one answer for everybody.
    struct Directory(Result<Option<ConnectUserArn>, UpstreamError>);

    impl UserDirectory for Directory {
        async fn user_named(
            &self,
            _: &Username,
            _: Deadline,
        ) -> Result<Option<ConnectUserArn>, UpstreamError> {
            self.0.clone()
        }
    }

    fn user(id: &str) -> ConnectUserArn {
        format!("{INSTANCE}/agent/{id}").parse().expect("valid")
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a deadline that the canned directory ignores"
    )]
    fn identify(source: UserSource, claim: Claim, directory: &Directory) -> Result<Identity, IdentityError> {
        let claims: Claims = [("user".into(), claim)].into_iter().collect();
        let caller = Caller {
            issuer: "https://idp".into(),
            subject: "s".into(),
            claims,
        };
        let rules = IdentityRules::new(vec![
            IdentityRule {
                when: When::issuer("https://other"),
                user: UserSource::Fixed(user("never")),
            },
            IdentityRule {
                when: When::issuer("https://idp"),
                user: source,
            },
            IdentityRule {
                when: When::issuer("https://idp"),
                user: UserSource::Fixed(user("later")),
            },
        ]);
        let instance = INSTANCE.parse().expect("valid");
        let mut future =
            std::pin::pin!(rules.identify(&caller, &instance, directory, Deadline(Instant::now())));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match future.as_mut().poll(&mut context) {
            std::task::Poll::Ready(identity) => identity,
            std::task::Poll::Pending => panic!("the canned directory never waits"),
        }
    }

    #[test]
    fn the_first_matching_rule_decides_and_a_fault_in_it_refuses() {
        use IdentityError::{ForeignUser, LookUp, UnknownUser, UnusableClaim};
        let by_name = || UserSource::UsernameClaim("user".into());
        let by_arn = || UserSource::ArnClaim("user".into());
        let text = |text: &str| Claim::Text(text.into());
        let (knows, empty) = (Directory(Ok(Some(user("ada")))), Directory(Ok(None)));
        let down = Directory(Err(UpstreamError::Unavailable));
        let foreign = user("ada").as_str().replace("instance/i", "instance/j");
        let misled = Directory(Ok(Some(foreign.parse().expect("valid"))));
        let rule = 1;
        for (source, claim, directory, expected) in [
            (by_name(), text("ada"), &knows, Ok(Identity::User(user("ada")))),
            (by_name(), text("ada"), &empty, Err(UnknownUser { rule })),
            (by_name(), text("ada"), &misled, Err(ForeignUser { rule })),
            (
                by_name(),
                text("ada"),
                &down,
                Err(LookUp {
                    rule,
                    source: UpstreamError::Unavailable,
                }),
            ),
            (by_name(), text(""), &knows, Err(UnusableClaim { rule })),
            (by_name(), text(" ada"), &knows, Err(UnusableClaim { rule })),
            (
                by_name(),
                Claim::List(vec!["ada".into()]),
                &knows,
                Err(UnusableClaim { rule }),
            ),
            (
                by_arn(),
                text(user("ada").as_str()),
                &empty,
                Ok(Identity::User(user("ada"))),
            ),
            (by_arn(), text(&foreign), &empty, Err(ForeignUser { rule })),
            (by_arn(), text("ada"), &empty, Err(UnusableClaim { rule })),
            (by_arn(), Claim::Flag(true), &empty, Err(UnusableClaim { rule })),
            (
                UserSource::Fixed(user("bot")),
                Claim::Other,
                &empty,
                Ok(Identity::User(user("bot"))),
            ),
            (
                UserSource::OnBehalfOf,
                Claim::Other,
                &empty,
                Ok(Identity::OnBehalfOf),
            ),
        ] {
            let got = identify(source.clone(), claim.clone(), directory);
            assert_eq!(got, expected, "{source:?} {claim:?}");
        }
    }

    #[test]
    fn without_a_matching_rule_there_is_no_identity() {
        let caller = Caller {
            issuer: "x".into(),
            subject: "s".into(),
            claims: Claims::default(),
        };
        let entries = vec![IdentityRule {
            when: When::issuer("https://idp"),
            user: UserSource::OnBehalfOf,
        }];
        let rules = IdentityRules::new(entries.clone());
        assert_eq!(rules.rule_for(&caller), None);
        assert_eq!(rules.rules(), entries);
    }
}
