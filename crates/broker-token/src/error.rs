//! Errors of verification: what the caller may learn, and which rule was broken, for logs and tests.

use std::fmt;

use crate::strict_json::JsonError;

/// Why verification yields no claims.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The token is not one of ours, whatever the reason: callers see one answer.
    #[error("token is invalid: {0}")]
    Invalid(#[from] TokenError),
    /// The token is genuine and lacks a scope.
    #[error("token lacks a scope that its issuer's entry requires")]
    InsufficientScope {
        /// Every scope that is required, for the `scope` of the challenge (RFC 6750 section 3).
        required: Vec<String>,
    },
    /// The issuer has no signing key to judge the token by; try later.
    #[error("no signing keys of the issuer: {0}")]
    KeysUnavailable(#[from] NoKeysError),
}

/// Why an issuer has no signing keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoKeysError {
    /// No key document ever arrived.
    #[error("none were fetched yet")]
    NeverFetched,
    /// The last key document that arrived lists no key that can be used: the issuer has withdrawn its keys.
    #[error("its key document lists none that can be used")]
    NoneListed,
    /// No key document has arrived for [`MAX_UNCONFIRMED_AGE`](crate::MAX_UNCONFIRMED_AGE), so the last keys are no
    /// longer trusted.
    #[error("none were fetched for {} hours", crate::MAX_UNCONFIRMED_AGE.as_secs() / 3600)]
    TooOld,
}

/// Rule that a token, or the claims of a gateway's context, broke.
///
/// Callers learn only that the token is invalid. Carries nothing of the token, so it may be logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Longer than [`MAX_TOKEN_BYTES`](crate::MAX_TOKEN_BYTES).
    #[error("token is {size_bytes} bytes, the limit is {}", crate::MAX_TOKEN_BYTES)]
    TooLong {
        /// Length of the token.
        size_bytes: usize,
    },
    /// Not a compact JWS: not three parts between dots (an encrypted token has five), or an empty one.
    #[error("token is not a signed JWT, which has three parts (it may be opaque or encrypted)")]
    NotThreeParts,
    /// A part that is not canonical base64url, or a signature longer than any key could make.
    #[error("{0} is not canonical base64url")]
    NotBase64Url(Part),
    /// A header or payload that is not a strict JSON object.
    #[error("{part} {fault}")]
    Json {
        /// The part in question.
        part: Part,
        /// What is wrong with it.
        fault: JsonError,
    },
    /// A header member that changes the token's meaning in a way that this verifier does not support.
    #[error("header must not have `{0}`")]
    HeaderNotAllowed(&'static str),
    /// `alg` absent, not a string, or not an [`Algorithm`](crate::Algorithm).
    #[error(
        "header `alg` is missing or none of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA"
    )]
    UnknownAlgorithm,
    /// `kid` absent, not a string, or not 1..256 bytes long.
    #[error("header `kid` is missing or malformed")]
    KeyId,
    /// `typ` belongs to a kind of token that the profile does not admit.
    #[error("header `typ` belongs to another kind of token than the issuer's `profile`")]
    Type,
    /// `iss` absent, not a string, or not a configured issuer.
    #[error("claim `iss` is the `url` of no configured issuer")]
    UnknownIssuer,
    /// An algorithm that the issuer's entry does not list.
    #[error("header `alg` is not in the issuer's `algorithms`")]
    AlgorithmNotPinned,
    /// A required claim is absent, or a claim does not have the type and form of its definition.
    #[error("claim `{0}` is missing or malformed")]
    Claim(&'static str),
    /// A claim whose presence says that this is another kind of token.
    #[error("claim `{0}` belongs to another kind of token than the issuer's `profile`")]
    ClaimNotAllowed(&'static str),
    /// `sub` absent.
    #[error("claim `sub` is missing: the issuer must write it, for applications (client credentials) too")]
    NoSubject,
    /// `sub` that is longer than a subject may be, or holds control characters.
    #[error("claim `sub` is over 255 characters or has control characters")]
    Subject,
    /// `aud` absent.
    #[error(
        "claim `aud` is missing: a setting at the identity provider adds it \
         (a token template, an audience mapper, or the API that the client names in its request)"
    )]
    NoAudience,
    /// `aud` of a Cognito access token that was requested for an API that the entry does not list.
    #[error("claim `aud` has no value that the issuer's `resources` list")]
    Resource,
    /// `azp` of an ID token that was issued to a client that the entry does not list.
    #[error("claim `azp` is in neither `audiences` nor `authorized_parties` of the issuer")]
    AuthorizedParty,
    /// `typ` among the claims names a kind of token that the profile does not admit.
    #[error("claim `typ` belongs to another kind of token than the issuer's `profile`")]
    PayloadType,
    /// `exp` has passed.
    #[error("token has expired")]
    Expired,
    /// `nbf` is still to come.
    #[error("token is not valid yet")]
    NotYetValid,
    /// `iat` is still to come.
    #[error("token was issued in the future")]
    IssuedInTheFuture,
    /// More time between `iat` and `exp` than the issuer's entry allows, or none.
    #[error("token lives longer than the issuer's `max_lifetime_seconds`, or not at all")]
    Lifetime,
    /// No value of `aud`, or of `client_id`, that the issuer's entry lists.
    #[error("token is for another audience: none of the issuer's `audiences` is in its `aud` or `client_id`")]
    Audience,
    /// `token_use` belongs to another kind of token.
    #[error("claim `token_use` belongs to another kind of token than the issuer's `profile`")]
    TokenUse,
    /// A `kid` that the issuer's keys do not have.
    #[error("header `kid` names none of the issuer's signing keys")]
    UnknownKey,
    /// A key that is bound to another algorithm than the header names.
    #[error("signing key is for another algorithm")]
    AlgorithmOfKey,
    /// A signature that the key did not make.
    #[error("signature was not made by the signing key")]
    Signature,
}

/// Part of a compact JWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The JOSE header.
    Header,
    /// The claims.
    Payload,
    /// The signature.
    Signature,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "header",
            Self::Payload => "payload",
            Self::Signature => "signature",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_names_the_part_of_the_token_that_it_is_in() {
        for (part, expected) in [
            (Part::Header, "header is not canonical base64url"),
            (Part::Payload, "payload is not canonical base64url"),
            (Part::Signature, "signature is not canonical base64url"),
        ] {
            assert_eq!(TokenError::NotBase64Url(part).to_string(), expected);
        }
    }
}
