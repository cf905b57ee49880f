//! `when`: the condition on a caller in every identity rule and every grant.

use std::fmt;

use crate::caller::{Caller, CallerIssuer, Claim, ScopeShapes, Shape};
use crate::claim_name::ClaimName;

/// SHA-256 of a `[[grant]]` entry as the rules file has it, whatever the order of its members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RuleHash(pub [u8; 32]);

/// The callers that a rule is about. All given members must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When {
    /// The caller's issuer, exactly.
    pub issuer: CallerIssuer,
    /// The caller's subject, exactly.
    pub subject: Option<Box<str>>,
    /// A scope that the caller holds.
    pub scope: Option<Box<str>>,
    /// A claim that the caller has.
    pub claim: Option<ClaimTest>,
}

/// A test on one claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimTest {
    /// The claim's name.
    pub name: ClaimName,
    /// The condition on its value.
    pub expected: Expected,
}

/// A condition on a claim's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// The value is this string.
    EqualsText(Box<str>),
    /// The value is this boolean.
    EqualsFlag(bool),
    /// The value is an array of strings with this element or, in a token, this one string. Substrings do not count.
    Contains(Box<str>),
}

impl Expected {
    /// Name of the condition in the settings.
    #[must_use]
    pub const fn member(&self) -> &'static str {
        match self {
            Self::EqualsText(_) | Self::EqualsFlag(_) => "equals",
            Self::Contains(_) => "contains",
        }
    }
}

/// The member of a [`When`] that does not hold. Its text continues a sentence about the rule. It names claims and
/// shapes, never a caller's values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MismatchError {
    /// Another issuer.
    Issuer,
    /// Another subject.
    Subject,
    /// The caller does not have the scope.
    Scope {
        /// The scope that the rule names.
        scope: Box<str>,
        /// The shapes of the claims that hold scopes.
        found: ScopeShapes,
    },
    /// The claim is absent, or has another type or value.
    Claim {
        /// The claim that the rule names.
        name: ClaimName,
        /// The condition that does not hold.
        member: &'static str,
        /// The shape of the claim.
        found: Shape,
    },
}

impl fmt::Display for MismatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Issuer => f.write_str("is about another issuer"),
            Self::Subject => f.write_str("is about another subject"),
            Self::Scope { scope, found } => {
                write!(
                    f,
                    "needs the scope `{scope}`, which the caller does not have: {found}"
                )
            }
            Self::Claim { name, member, found } => {
                write!(
                    f,
                    "needs `{member}` to hold for the claim `{name}`, which is {found}"
                )
            }
        }
    }
}

impl When {
    /// A condition on the issuer alone, which the settings call `name`.
    #[must_use]
    pub fn issuer(name: &str) -> Self {
        Self {
            issuer: CallerIssuer::named(name),
            subject: None,
            scope: None,
            claim: None,
        }
    }

    /// Checks that every given member holds for `caller`.
    ///
    /// # Errors
    /// The first member that does not hold.
    pub fn holds(&self, caller: &Caller) -> Result<(), MismatchError> {
        if self.issuer != caller.issuer {
            return Err(MismatchError::Issuer);
        }
        if self.subject.as_ref().is_some_and(|s| *s != caller.subject) {
            return Err(MismatchError::Subject);
        }
        if let Some(scope) = &self.scope
            && !caller.claims.has_scope(scope)
        {
            let (scope, found) = (scope.clone(), caller.claims.scope_shapes());
            return Err(MismatchError::Scope { scope, found });
        }
        self.claim.as_ref().map_or(Ok(()), |test| test.holds(caller))
    }

    /// Whether every caller that meets `other` meets this condition too, as the two conditions are written.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        fn is_given<T: PartialEq>(own: Option<&T>, others: Option<&T>) -> bool {
            own.is_none_or(|own| others == Some(own))
        }
        self.issuer == other.issuer
            && is_given(self.subject.as_ref(), other.subject.as_ref())
            && is_given(self.scope.as_ref(), other.scope.as_ref())
            && is_given(self.claim.as_ref(), other.claim.as_ref())
    }
}

impl ClaimTest {
    fn holds(&self, caller: &Caller) -> Result<(), MismatchError> {
        let claim = || caller.claims.get(&self.name);
        let is_met = match &self.expected {
            Expected::EqualsText(wanted) => claim() == Some(&Claim::Text(wanted.clone())),
            Expected::EqualsFlag(wanted) => claim() == Some(&Claim::Flag(*wanted)),
            Expected::Contains(wanted) => {
                let elements = caller.claims.list(&self.name);
                elements.is_some_and(|elements| elements.contains(wanted))
            }
        };
        if is_met {
            return Ok(());
        }
        Err(MismatchError::Claim {
            name: self.name.clone(),
            member: self.expected.member(),
            found: caller.claims.shape(&self.name),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caller::{CallerClaims, ClaimSource};

    fn caller(source: ClaimSource, claim: Claim) -> Caller {
        let claims = [
            ("groups".into(), claim),
            ("scope".into(), Claim::Text("a b".into())),
        ];
        Caller {
            issuer: CallerIssuer::named("https://idp"),
            subject: "ada".into(),
            claims: CallerClaims::new(source, claims),
        }
    }

    fn test(name: &str, expected: Expected) -> ClaimTest {
        let name = name.parse().expect("a claim's name");
        ClaimTest { name, expected }
    }

    #[test]
    fn a_claim_test_matches_whole_values_of_the_right_type_only() {
        let list = |items: &[&str]| Claim::List(items.iter().map(|&item| item.into()).collect());
        let contains = Expected::Contains("agents".into());
        let equals = Expected::EqualsText("agents".into());
        for (expected, value, holds) in [
            (&contains, list(&["staff", "agents"]), true),
            (&contains, list(&["agents-of-others"]), false),
            (&contains, list(&[]), false),
            (&contains, Claim::Text("agents staff".into()), false),
            (&contains, Claim::Text("[agents]".into()), false),
            (&contains, Claim::MixedList, false),
            (&contains, Claim::Null, false),
            (&equals, Claim::Text("agents".into()), true),
            (&equals, Claim::Text("agents ".into()), false),
            (&equals, list(&["agents"]), false),
            (&Expected::EqualsFlag(true), Claim::Flag(true), true),
            (&Expected::EqualsFlag(true), Claim::Flag(false), false),
            (&Expected::EqualsFlag(true), Claim::Text("true".into()), false),
        ] {
            let when = When {
                claim: Some(test("groups", expected.clone())),
                ..When::issuer("https://idp")
            };
            for source in [
                ClaimSource::Token,
                ClaimSource::JwtAuthorizer,
                ClaimSource::LambdaAuthorizerV2,
            ] {
                assert_eq!(
                    when.holds(&caller(source, value.clone())).is_ok(),
                    holds,
                    "{expected:?} {value:?} {source:?}"
                );
            }
        }
    }

    #[test]
    fn one_group_as_a_string_is_a_list_in_a_token_and_text_in_a_context() {
        let when = When {
            claim: Some(test("groups", Expected::Contains("agents".into()))),
            ..When::issuer("https://idp")
        };
        for (source, holds) in [
            (ClaimSource::Token, true),
            (ClaimSource::JwtAuthorizer, false),
            (ClaimSource::LambdaAuthorizerV1, false),
            (ClaimSource::LambdaAuthorizerV2, false),
        ] {
            let caller = caller(source, Claim::Text("agents".into()));
            assert_eq!(when.holds(&caller).is_ok(), holds, "{source:?}");
        }
    }

    #[test]
    fn a_mismatch_names_the_claim_and_what_stands_there_and_no_value() {
        let caller = caller(ClaimSource::Token, Claim::Text("secret".into()));
        let contains = |name| test(name, Expected::Contains("agents".into()));
        let base = When::issuer("https://idp");
        for (when, expected) in [
            (When::issuer("https://other"), "is about another issuer"),
            (
                When {
                    subject: Some("bob".into()),
                    ..base.clone()
                },
                "is about another subject",
            ),
            (
                When {
                    scope: Some("c".into()),
                    ..base.clone()
                },
                "needs the scope `c`, which the caller does not have: `scope` is a string, `scp` is absent",
            ),
            (
                When {
                    claim: Some(contains("groups")),
                    ..base.clone()
                },
                "needs `contains` to hold for the claim `groups`, which is a string",
            ),
            (
                When {
                    claim: Some(contains("/realm/roles")),
                    ..base.clone()
                },
                "needs `contains` to hold for the claim `/realm/roles`, which is absent",
            ),
            (
                When {
                    claim: Some(test("groups", Expected::EqualsFlag(true))),
                    ..base.clone()
                },
                "needs `equals` to hold for the claim `groups`, which is a string",
            ),
        ] {
            let mismatch = when.holds(&caller).expect_err("another caller");
            assert_eq!(mismatch.to_string(), expected);
        }
    }

    #[test]
    fn a_condition_covers_another_that_asks_for_the_same_and_more() {
        let base = When::issuer("i");
        let ada = When {
            subject: Some("ada".into()),
            ..base.clone()
        };
        let scoped = When {
            scope: Some("s".into()),
            ..base.clone()
        };
        let agents = When {
            claim: Some(test("groups", Expected::Contains("agents".into()))),
            ..base.clone()
        };
        let both = When {
            scope: Some("s".into()),
            ..agents.clone()
        };
        for (one, other, expected) in [
            (&base, &base, true),
            (&base, &both, true),
            (&ada, &ada, true),
            (&agents, &both, true),
            (&scoped, &both, true),
            (&both, &agents, false),
            (&both, &scoped, false),
            (&ada, &base, false),
            (&agents, &scoped, false),
            (&base, &When::issuer("j"), false),
        ] {
            assert_eq!(one.covers(other), expected, "{one:?} {other:?}");
        }
    }

    #[test]
    fn every_given_member_must_hold() {
        let base = When::issuer("https://idp");
        let caller = caller(ClaimSource::Token, Claim::Null);
        let found = caller.claims.scope_shapes();
        let some = |text: &str| Some(text.into());
        for (when, expected) in [
            (base.clone(), Ok(())),
            (
                When {
                    subject: some("ada"),
                    scope: some("b"),
                    ..base.clone()
                },
                Ok(()),
            ),
            (When::issuer("https://idp/"), Err(MismatchError::Issuer)),
            (
                When {
                    subject: some("Ada"),
                    ..base.clone()
                },
                Err(MismatchError::Subject),
            ),
            (
                When {
                    subject: some("ada"),
                    scope: some("c"),
                    ..base.clone()
                },
                Err(MismatchError::Scope {
                    scope: "c".into(),
                    found,
                }),
            ),
        ] {
            assert_eq!(when.holds(&caller), expected, "{when:?}");
        }
    }
}
