//! Who vouches for a caller.

use std::fmt;

/// The party that vouches for a caller: the issuer of its token, or what proves a caller without one.
///
/// INVARIANT: a token whose `iss` is `aws-iam` has the issuer `Token("aws-iam")`, so it cannot pose as a caller that
/// signed its request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallerIssuer {
    /// IAM: the caller signed its request with a role.
    AwsIam,
    /// The Lambda authorizer in front of the broker.
    LambdaAuthorizer,
    /// A token issuer, by its `iss`.
    Token(Box<str>),
}

impl CallerIssuer {
    /// The issuers that are no `[[issuer]]` of the settings.
    pub const RESERVED: [Self; 2] = [Self::AwsIam, Self::LambdaAuthorizer];

    /// The issuer that the settings call `name`.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let reserved = Self::RESERVED.into_iter().find(|issuer| issuer.as_str() == name);
        reserved.unwrap_or_else(|| Self::Token(name.into()))
    }

    /// The issuer's name in the settings.
    #[must_use]
    pub const fn as_str(&self) -> &str {
        match self {
            Self::AwsIam => "aws-iam",
            Self::LambdaAuthorizer => "lambda-authorizer",
            Self::Token(iss) => iss,
        }
    }

    /// Whether this is one of [`Self::RESERVED`].
    #[must_use]
    pub const fn is_reserved(&self) -> bool {
        match self {
            Self::AwsIam | Self::LambdaAuthorizer => true,
            Self::Token(_) => false,
        }
    }
}

impl fmt::Display for CallerIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reserved_name_stands_for_no_token_issuer() {
        for (name, expected) in [
            ("aws-iam", CallerIssuer::AwsIam),
            ("lambda-authorizer", CallerIssuer::LambdaAuthorizer),
            ("AWS-IAM", CallerIssuer::Token("AWS-IAM".into())),
            (
                "https://idp.example",
                CallerIssuer::Token("https://idp.example".into()),
            ),
        ] {
            let issuer = CallerIssuer::named(name);
            assert_eq!((issuer.as_str(), issuer.to_string().as_str()), (name, name));
            assert_eq!(
                issuer.is_reserved(),
                CallerIssuer::RESERVED.contains(&expected),
                "{name}"
            );
            assert_eq!(issuer, expected);
        }
        assert_ne!(CallerIssuer::Token("aws-iam".into()), CallerIssuer::AwsIam);
    }
}
