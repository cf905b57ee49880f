//! An authenticated caller: issuer, subject and claims.

mod issuer;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

pub use issuer::CallerIssuer;

use crate::claim_name::ClaimName;

/// An authenticated caller. Its identity is the pair of issuer and subject, never one of them.
#[derive(Clone, PartialEq, Eq)]
pub struct Caller {
    /// The issuer.
    pub issuer: CallerIssuer,
    /// The subject, unique for this issuer.
    pub subject: Box<str>,
    /// The other claims.
    pub claims: CallerClaims,
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("issuer", &self.issuer.as_str())
            .finish_non_exhaustive()
    }
}

/// A claim's value, as far as rules can test it.
#[derive(Clone, PartialEq, Eq)]
pub enum Claim {
    /// A string.
    Text(Box<str>),
    /// `true` or `false`.
    Flag(bool),
    /// An array in which every element is a string.
    List(Vec<Box<str>>),
    /// An array with an element that is not a string: no rule matches it.
    MixedList,
    /// An object: rules match its members only, through a pointer.
    Object(BTreeMap<Box<str>, Claim>),
    /// A number: no rule matches it.
    Number,
    /// `null`: no rule matches it.
    Null,
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Claim({}, [redacted])", Shape::of(Some(self)))
    }
}

/// The origin of a caller's claims, which decides how rules may read them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClaimSource {
    /// Nowhere: an IAM role has no claims.
    #[default]
    Nowhere,
    /// A token that the broker verified: every value has the type that the issuer gave it.
    Token,
    /// A JWT or Cognito authorizer of API Gateway, which turns every value into text.
    JwtAuthorizer,
    /// A Lambda authorizer, in payload format 1.0: a flat context.
    LambdaAuthorizerV1,
    /// A Lambda authorizer, in payload format 2.0: a context with real arrays and objects.
    LambdaAuthorizerV2,
}

impl ClaimSource {
    /// Whether a JSON Pointer may lead into objects.
    const fn has_objects(self) -> bool {
        match self {
            Self::Token | Self::LambdaAuthorizerV2 => true,
            Self::Nowhere | Self::JwtAuthorizer | Self::LambdaAuthorizerV1 => false,
        }
    }

    /// Whether a string counts as a list of one, because issuers write a single group as a string.
    const fn may_shorten_lists(self) -> bool {
        match self {
            Self::Token => true,
            Self::Nowhere | Self::JwtAuthorizer | Self::LambdaAuthorizerV1 | Self::LambdaAuthorizerV2 => {
                false
            }
        }
    }
}

/// The claims of a caller, by name.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct CallerClaims {
    source: ClaimSource,
    members: BTreeMap<Box<str>, Claim>,
}

impl CallerClaims {
    /// The claims `members`, as `source` wrote them.
    #[must_use]
    pub fn new(source: ClaimSource, members: impl IntoIterator<Item = (Box<str>, Claim)>) -> Self {
        let members = members.into_iter().collect();
        Self { source, members }
    }

    /// The claim that `name` points at.
    #[must_use]
    pub fn get(&self, name: &ClaimName) -> Option<&Claim> {
        if name.is_pointer() && !self.source.has_objects() {
            return None;
        }
        let first = self.members.get(name.first())?;
        name.rest().try_fold(first, |claim, segment| match claim {
            Claim::Object(members) => members.get(segment),
            Claim::Text(_)
            | Claim::Flag(_)
            | Claim::List(_)
            | Claim::MixedList
            | Claim::Number
            | Claim::Null => None,
        })
    }

    /// The claim that `name` points at, if it is a non-empty string.
    #[must_use]
    pub fn text(&self, name: &ClaimName) -> Option<&str> {
        match self.get(name)? {
            Claim::Text(text) => Some(&**text).filter(|text| !text.is_empty()),
            Claim::Flag(_)
            | Claim::List(_)
            | Claim::MixedList
            | Claim::Object(_)
            | Claim::Number
            | Claim::Null => None,
        }
    }

    /// The elements of the claim that `name` points at, if it is an array of strings or, in a token, one non-empty
    /// string.
    #[must_use]
    pub fn list(&self, name: &ClaimName) -> Option<&[Box<str>]> {
        match self.get(name)? {
            Claim::List(elements) => Some(elements),
            Claim::Text(text) if self.source.may_shorten_lists() && !text.is_empty() => {
                Some(std::slice::from_ref(text))
            }
            Claim::Text(_)
            | Claim::Flag(_)
            | Claim::MixedList
            | Claim::Object(_)
            | Claim::Number
            | Claim::Null => None,
        }
    }

    /// The shape of the claim that `name` points at.
    #[must_use]
    pub fn shape(&self, name: &ClaimName) -> Shape {
        Shape::of(self.get(name))
    }

    /// Whether the caller has the scope `scope`: the claims `scope` and `scp` hold scopes, each as a string of words or
    /// as an array of strings.
    #[must_use]
    pub(crate) fn has_scope(&self, scope: &str) -> bool {
        ["scope", "scp"].iter().any(|name| match self.members.get(*name) {
            Some(Claim::Text(text)) => text.split(' ').any(|word| word == scope),
            Some(Claim::List(words)) => words.iter().any(|word| &**word == scope),
            None
            | Some(Claim::Flag(_) | Claim::MixedList | Claim::Object(_) | Claim::Number | Claim::Null) => {
                false
            }
        })
    }

    /// The shapes of the claims `scope` and `scp`.
    #[must_use]
    pub fn scope_shapes(&self) -> ScopeShapes {
        let shape = |name| Shape::of(self.members.get(name));
        ScopeShapes {
            scope: shape("scope"),
            scp: shape("scp"),
        }
    }
}

impl fmt::Debug for CallerClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CallerClaims({} of them, [redacted])", self.members.len())
    }
}

/// The shape of a claim, without its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Nothing.
    Absent,
    /// A string.
    Text,
    /// The empty string.
    EmptyText,
    /// `true` or `false`.
    Flag,
    /// An array of strings.
    List,
    /// An array with an element that is not a string.
    MixedList,
    /// An object.
    Object,
    /// A number.
    Number,
    /// `null`.
    Null,
}

impl Shape {
    fn of(claim: Option<&Claim>) -> Self {
        match claim {
            None => Self::Absent,
            Some(Claim::Text(text)) if text.is_empty() => Self::EmptyText,
            Some(Claim::Text(_)) => Self::Text,
            Some(Claim::Flag(_)) => Self::Flag,
            Some(Claim::List(_)) => Self::List,
            Some(Claim::MixedList) => Self::MixedList,
            Some(Claim::Object(_)) => Self::Object,
            Some(Claim::Number) => Self::Number,
            Some(Claim::Null) => Self::Null,
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Absent => "absent",
            Self::Text => "a string",
            Self::EmptyText => "an empty string",
            Self::Flag => "a boolean",
            Self::List => "an array of strings",
            Self::MixedList => "an array with an element that is not a string",
            Self::Object => "an object",
            Self::Number => "a number",
            Self::Null => "null",
        })
    }
}

/// The shapes of the two claims that can hold scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScopeShapes {
    scope: Shape,
    scp: Shape,
}

impl fmt::Display for ScopeShapes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`scope` is {}, `scp` is {}", self.scope, self.scp)
    }
}
