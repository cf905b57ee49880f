//! Maps a caller to the Connect user that an upload is attributed to.

use crate::arn::{ConnectUserArn, InstanceArn};
use crate::caller::{Caller, Shape};
use crate::claim_name::ClaimName;
use crate::ports::{CallContext, UpstreamError, UserDirectory};
use crate::refusals::Refusals;
use crate::request::Username;
use crate::rule::{MismatchError, When};

/// One `[[identity]]` entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityRule {
    /// The callers that the rule is about.
    pub when: When,
    /// The way to their user.
    pub user: UserSource,
}

/// The way from a caller to its Connect user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserSource {
    /// The user whose username is the claim of this name.
    UsernameClaim(ClaimName),
    /// The user whose ARN is the claim of this name.
    ArnClaim(ClaimName),
    /// Always this user.
    Fixed(ConnectUserArn),
    /// The caller is a backend that names the user in each request.
    OnBehalfOf,
}

/// The user that a caller acts as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// This user.
    User(ConnectUserArn),
    /// The user that each request names.
    OnBehalfOf,
}

/// Why a caller has no identity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// No rule is about the caller.
    #[error("no identity rule matches{}", Refusals::of("identity", .0))]
    NoRule(
        /// Each rule about the caller's issuer, by position from 0, and why it is not about the caller.
        Vec<(usize, MismatchError)>,
    ),
    /// The rule's claim is absent, empty, or not a username or ARN.
    #[error("identity[{rule}]: the claim `{claim}` is {found}, and must be {expected}")]
    UnusableClaim {
        /// Position of the rule, from 0.
        rule: usize,
        /// The claim that the rule names.
        claim: ClaimName,
        /// The shape of the claim.
        found: Shape,
        /// The value that the rule needs.
        expected: &'static str,
    },
    /// The user belongs to another instance.
    #[error("identity[{rule}]: the user belongs to another instance")]
    ForeignUser {
        /// Position of the rule, from 0.
        rule: usize,
    },
    /// The directory has no user of that name, or several.
    #[error("identity[{rule}]: the directory has no user, or several users, of that name")]
    UnknownUser {
        /// Position of the rule, from 0.
        rule: usize,
    },
    /// The directory could not be asked, so neither a user nor a refusal is known.
    #[error("identity[{rule}]: the directory could not be asked")]
    LookUp {
        /// Position of the rule, from 0.
        rule: usize,
        /// The error of the look-up.
        #[source]
        source: UpstreamError,
    },
}

impl IdentityError {
    /// Position of the rule that refused the caller or could not decide, from 0.
    #[must_use]
    pub const fn rule(&self) -> Option<usize> {
        match self {
            Self::NoRule(_) => None,
            Self::UnusableClaim { rule, .. }
            | Self::ForeignUser { rule }
            | Self::UnknownUser { rule }
            | Self::LookUp { rule, .. } => Some(*rule),
        }
    }
}

/// The `[[identity]]` entries, in order.
#[derive(Clone, Debug, Default)]
pub struct IdentityRules(Vec<IdentityRule>);

impl IdentityRules {
    /// The rules, in order.
    #[must_use]
    pub fn new(rules: Vec<IdentityRule>) -> Self {
        Self(rules)
    }

    /// The rules, in order.
    #[must_use]
    pub fn rules(&self) -> &[IdentityRule] {
        &self.0
    }

    /// The first rule about `caller`, with its position from 0.
    fn rule_for(&self, caller: &Caller) -> Option<(usize, &IdentityRule)> {
        self.0
            .iter()
            .enumerate()
            .find(|(_, rule)| rule.when.holds(caller).is_ok())
    }

    /// The first rule about `caller`, by position from 0, and the identity that it gives.
    ///
    /// # Errors
    /// An [`IdentityError`] that refuses the caller or reports a failed look-up.
    pub async fn identify(
        &self,
        caller: &Caller,
        instance: &InstanceArn,
        directory: &impl UserDirectory,
        context: CallContext,
    ) -> Result<(usize, Identity), IdentityError> {
        let (rule, IdentityRule { user, .. }) = self.rule_for(caller).ok_or_else(|| self.no_rule(caller))?;
        let unusable = |claim: &ClaimName, expected| IdentityError::UnusableClaim {
            rule,
            claim: claim.clone(),
            found: caller.claims.shape(claim),
            expected,
        };
        let found = match user {
            UserSource::OnBehalfOf => return Ok((rule, Identity::OnBehalfOf)),
            UserSource::Fixed(arn) => arn.clone(),
            UserSource::ArnClaim(claim) => {
                let arn = caller.claims.text(claim).and_then(|text| text.parse().ok());
                arn.ok_or_else(|| unusable(claim, "the ARN of a Connect user"))?
            }
            UserSource::UsernameClaim(claim) => {
                let username = caller.claims.text(claim).and_then(Username::parse);
                let username = username.ok_or_else(|| unusable(claim, "a Connect username"))?;
                let found = directory.user_named(&username, context).await;
                found
                    .map_err(|source| IdentityError::LookUp { rule, source })?
                    .ok_or(IdentityError::UnknownUser { rule })?
            }
        };
        if !found.is_of(instance) {
            return Err(IdentityError::ForeignUser { rule });
        }
        Ok((rule, Identity::User(found)))
    }

    /// Why each rule is not about `caller`.
    fn no_rule(&self, caller: &Caller) -> IdentityError {
        let rules = self.0.iter().enumerate();
        let missed = rules.filter_map(|(position, rule)| Some((position, rule.when.holds(caller).err()?)));
        IdentityError::NoRule(
            missed
                .filter(|(_, missed)| *missed != MismatchError::Issuer)
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::caller::{CallerClaims, CallerIssuer, Claim, ClaimSource};
    use crate::pace::{Place, PlaceKey};
    use crate::ports::Deadline;

    fn name(text: &str) -> ClaimName {
        text.parse().expect("a claim's name")
    }

    const INSTANCE: &str = "arn:aws:connect:eu-west-1:111122223333:instance/i";

    /// A directory with one answer for everybody.
    struct Directory(Result<Option<ConnectUserArn>, UpstreamError>);

    impl UserDirectory for Directory {
        async fn user_named(
            &self,
            _: &Username,
            _: CallContext,
        ) -> Result<Option<ConnectUserArn>, UpstreamError> {
            self.0.clone()
        }
    }

    fn user(id: &str) -> ConnectUserArn {
        format!("{INSTANCE}/agent/{id}").parse().expect("valid")
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a context that the canned directory ignores"
    )]
    fn identify(
        source: UserSource,
        claim: Claim,
        directory: &Directory,
    ) -> Result<(usize, Identity), IdentityError> {
        let claims = CallerClaims::new(ClaimSource::Token, [("user".into(), claim)]);
        let caller = Caller {
            issuer: CallerIssuer::named("https://idp"),
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
        let mut future = std::pin::pin!(rules.identify(
            &caller,
            &instance,
            directory,
            CallContext {
                place: Place::InLine(PlaceKey([0; 16])),
                deadline: Deadline(Instant::now())
            }
        ));
        let mut task = std::task::Context::from_waker(std::task::Waker::noop());
        match future.as_mut().poll(&mut task) {
            std::task::Poll::Ready(identity) => identity,
            std::task::Poll::Pending => panic!("the canned directory never waits"),
        }
    }

    #[test]
    fn the_first_matching_rule_decides_and_a_fault_in_it_refuses() {
        use IdentityError::{ForeignUser, LookUp, UnknownUser};
        let by_name = || UserSource::UsernameClaim(name("user"));
        let by_arn = || UserSource::ArnClaim(name("user"));
        let text = |text: &str| Claim::Text(text.into());
        let (knows, empty) = (Directory(Ok(Some(user("ada")))), Directory(Ok(None)));
        let down = Directory(Err(UpstreamError::Unavailable));
        let foreign = user("ada").as_str().replace("instance/i", "instance/j");
        let misled = Directory(Ok(Some(foreign.parse().expect("valid"))));
        let rule = 1;
        let claim = || name("user");
        let no_name = |found| IdentityError::UnusableClaim {
            rule,
            claim: claim(),
            found,
            expected: "a Connect username",
        };
        let no_arn = |found| IdentityError::UnusableClaim {
            rule,
            claim: claim(),
            found,
            expected: "the ARN of a Connect user",
        };
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
            (by_name(), text(""), &knows, Err(no_name(Shape::EmptyText))),
            (by_name(), text(" ada"), &knows, Err(no_name(Shape::Text))),
            (
                by_name(),
                Claim::List(vec!["ada".into()]),
                &knows,
                Err(no_name(Shape::List)),
            ),
            (
                by_arn(),
                text(user("ada").as_str()),
                &empty,
                Ok(Identity::User(user("ada"))),
            ),
            (by_arn(), text(&foreign), &empty, Err(ForeignUser { rule })),
            (by_arn(), text("ada"), &empty, Err(no_arn(Shape::Text))),
            (by_arn(), Claim::Flag(true), &empty, Err(no_arn(Shape::Flag))),
            (
                UserSource::Fixed(user("bot")),
                Claim::Null,
                &empty,
                Ok(Identity::User(user("bot"))),
            ),
            (
                UserSource::OnBehalfOf,
                Claim::Null,
                &empty,
                Ok(Identity::OnBehalfOf),
            ),
        ] {
            let got = identify(source.clone(), claim.clone(), directory);
            let error_rule = got.as_ref().err().map(IdentityError::rule);
            assert_eq!(error_rule, expected.as_ref().err().map(|_| Some(rule)));
            let expected = expected.map(|identity| (rule, identity));
            assert_eq!(got, expected, "{source:?} {claim:?}");
        }
    }

    #[test]
    fn without_a_matching_rule_there_is_no_identity() {
        let caller = Caller {
            issuer: CallerIssuer::named("x"),
            subject: "s".into(),
            claims: CallerClaims::default(),
        };
        let entries = vec![IdentityRule {
            when: When::issuer("https://idp"),
            user: UserSource::OnBehalfOf,
        }];
        let rules = IdentityRules::new(entries.clone());
        assert_eq!(rules.rule_for(&caller), None);
        let error = rules.no_rule(&caller);
        assert_eq!(
            (error.to_string().as_str(), error.rule()),
            ("no identity rule matches", None)
        );
        assert_eq!(rules.rules(), entries);
    }

    #[test]
    fn a_refusal_names_the_rule_and_its_claim_and_no_value() {
        let secret = Claim::Text("secret name ".into());
        let knows = Directory(Ok(None));
        let refused = identify(UserSource::UsernameClaim(name("user")), secret.clone(), &knows);
        let expected = "identity[1]: the claim `user` is a string, and must be a Connect username";
        assert_eq!(
            refused.err().map(|error| error.to_string()),
            Some(expected.into())
        );

        let caller = Caller {
            issuer: CallerIssuer::named("https://idp"),
            subject: "s".into(),
            claims: CallerClaims::new(ClaimSource::Token, [("user".into(), secret)]),
        };
        let of = |issuer, subject: Option<&str>| IdentityRule {
            when: When {
                subject: subject.map(Into::into),
                ..When::issuer(issuer)
            },
            user: UserSource::OnBehalfOf,
        };
        let rules = IdentityRules::new(vec![of("https://other", None), of("https://idp", Some("bob"))]);
        let expected = "no identity rule matches: identity[1] is about another subject";
        assert_eq!(rules.no_rule(&caller).to_string(), expected);
    }
}
