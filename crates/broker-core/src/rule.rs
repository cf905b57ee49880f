//! `when`: the condition on a caller that every identity rule and every grant begins with.

use crate::caller::{Caller, Claim};

/// Which callers a rule is about. All given members must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When {
    /// The caller's issuer, exactly.
    pub issuer: Box<str>,
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
    pub name: Box<str>,
    /// What must be true of its value.
    pub expected: Expected,
}

/// What must be true of a claim's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It is this string.
    EqualsText(Box<str>),
    /// It is this boolean.
    EqualsFlag(bool),
    /// It is an array of strings with this element; never a substring.
    Contains(Box<str>),
}

/// The member of a [`When`] that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// Another issuer.
    Issuer,
    /// Another subject.
    Subject,
    /// The scope is not held.
    Scope,
    /// The claim is absent, of another type, or says something else.
    Claim,
}

impl When {
    /// A condition on the issuer alone.
    #[must_use]
    pub fn issuer(issuer: &str) -> Self {
        Self {
            issuer: issuer.into(),
            subject: None,
            scope: None,
            claim: None,
        }
    }

    /// Whether every given member holds for `caller`; otherwise the first that does not.
    ///
    /// # Errors
    /// The first [`Mismatch`].
    pub fn holds(&self, caller: &Caller) -> Result<(), Mismatch> {
        let unless = |holds: bool, mismatch| if holds { Ok(()) } else { Err(mismatch) };
        unless(self.issuer == caller.issuer, Mismatch::Issuer)?;
        unless(
            self.subject.as_ref().is_none_or(|s| *s == caller.subject),
            Mismatch::Subject,
        )?;
        unless(
            self.scope.as_ref().is_none_or(|s| caller.claims.has_scope(s)),
            Mismatch::Scope,
        )?;
        unless(
            self.claim.as_ref().is_none_or(|test| test.holds(caller)),
            Mismatch::Claim,
        )
    }
}

impl ClaimTest {
    fn holds(&self, caller: &Caller) -> bool {
        match (&self.expected, caller.claims.get(&self.name)) {
            (Expected::EqualsText(wanted), Some(Claim::Text(text))) => wanted == text,
            (Expected::EqualsFlag(wanted), Some(Claim::Flag(flag))) => wanted == flag,
            (Expected::Contains(wanted), Some(Claim::List(items))) => items.contains(wanted),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(claim: Claim) -> Caller {
        let claims = [
            ("groups".into(), claim),
            ("scope".into(), Claim::Text("a b".into())),
        ];
        Caller {
            issuer: "https://idp".into(),
            subject: "ada".into(),
            claims: claims.into_iter().collect(),
        }
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
            (&contains, Claim::Text("agents".into()), false),
            (&contains, Claim::Text("[agents]".into()), false),
            (&contains, Claim::Other, false),
            (&equals, Claim::Text("agents".into()), true),
            (&equals, Claim::Text("agents ".into()), false),
            (&equals, list(&["agents"]), false),
            (&Expected::EqualsFlag(true), Claim::Flag(true), true),
            (&Expected::EqualsFlag(true), Claim::Flag(false), false),
            (&Expected::EqualsFlag(true), Claim::Text("true".into()), false),
        ] {
            let test = ClaimTest {
                name: "groups".into(),
                expected: expected.clone(),
            };
            let when = When {
                claim: Some(test),
                ..When::issuer("https://idp")
            };
            assert_eq!(
                when.holds(&caller(value.clone())).is_ok(),
                holds,
                "{expected:?} {value:?}"
            );
        }
    }

    #[test]
    fn every_given_member_must_hold() {
        let base = When::issuer("https://idp");
        let caller = caller(Claim::Other);
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
            (When::issuer("https://idp/"), Err(Mismatch::Issuer)),
            (
                When {
                    subject: some("Ada"),
                    ..base.clone()
                },
                Err(Mismatch::Subject),
            ),
            (
                When {
                    subject: some("ada"),
                    scope: some("c"),
                    ..base.clone()
                },
                Err(Mismatch::Scope),
            ),
        ] {
            assert_eq!(when.holds(&caller), expected, "{when:?}");
        }
    }
}
