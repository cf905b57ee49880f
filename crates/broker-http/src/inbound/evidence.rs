//! The evidence of its caller that an event holds, one function for each accepted kind.
//!
//! Headers such as `x-amzn-oidc-*` are never evidence, and neither is the context of a function URL.

use std::collections::BTreeSet;

use broker_core::arn::IamRoleArn;
use broker_core::byte_set::ByteSet;
use broker_core::caller::ClaimSource;
use broker_token::is_sound_subject;
use serde_json::{Map, Value};

use super::event::{GatewayRequest, PayloadFormat};
use crate::settings::EvidenceKind;

/// One piece of evidence. A token still has to be verified.
#[derive(Debug, PartialEq)]
pub enum Evidence<'a> {
    /// A bearer token that is not verified yet.
    Token(UnverifiedToken<'a>),
    /// Claims that an API Gateway JWT authorizer verified.
    Jwt(Map<String, Value>),
    /// The principal and context that a Lambda authorizer returned.
    Lambda {
        /// The payload format that the context has.
        source: ClaimSource,
        /// The principal: 1 to 255 characters without control characters.
        subject: String,
        /// The authorizer's context.
        context: Map<String, Value>,
    },
    /// ARN of the IAM role that signed the request, without path and session.
    Iam(IamRoleArn),
}

impl Evidence<'_> {
    /// The kind of evidence.
    #[must_use]
    pub const fn kind(&self) -> EvidenceKind {
        match self {
            Self::Token(_) => EvidenceKind::Token,
            Self::Jwt(_) => EvidenceKind::Jwt,
            Self::Lambda { .. } => EvidenceKind::Lambda,
            Self::Iam(_) => EvidenceKind::Iam,
        }
    }
}

/// A bearer token that is not verified yet. Its `Debug` is redacted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct UnverifiedToken<'a>(pub &'a str);

impl std::fmt::Debug for UnverifiedToken<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UnverifiedToken([redacted])")
    }
}

/// Why an event has no usable evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceError {
    /// There is no evidence of an accepted kind.
    #[error("the event has no evidence of an accepted kind")]
    Absent,
    /// There is evidence of two accepted kinds.
    #[error("the event has evidence of two accepted kinds")]
    Ambiguous,
    /// There are several `Authorization` values, or a bearer token that is not one token.
    #[error("the event does not have exactly one well-formed bearer token")]
    MalformedToken,
    /// `api_ids` is set, and the event names another API or none.
    #[error("the event names none of the APIs in `authentication.api_ids`")]
    OtherApi,
    /// The context has claims beside a `principalId`, so a Lambda authorizer wrote them.
    #[error("the authorizer's `claims` stand beside a `principalId`, so a Lambda authorizer wrote them")]
    ClaimsOfLambda,
    /// A Lambda authorizer's context has no principal, or one that cannot be a subject.
    #[error(
        "the Lambda authorizer's `{0}` is missing, or not 1 to 255 characters without control characters"
    )]
    Principal(&'static str),
}

/// The one piece of evidence of an accepted kind that `request` holds.
///
/// # Errors
/// [`EvidenceError`]
pub fn evidence<'a>(
    request: &'a GatewayRequest,
    accept: &BTreeSet<EvidenceKind>,
    api_ids: &BTreeSet<Box<str>>,
) -> Result<Evidence<'a>, EvidenceError> {
    if !may_answer(request.api_id.as_deref(), api_ids) {
        return Err(EvidenceError::OtherApi);
    }
    let mut found = Vec::with_capacity(1);
    for kind in accept {
        found.extend(match kind {
            EvidenceKind::Token => bearer_token(request)?.map(Evidence::Token),
            _ if request.is_function_url => None,
            EvidenceKind::Jwt => jwt_claims(request).map(Evidence::Jwt),
            EvidenceKind::Lambda => lambda_principal(request)?,
            EvidenceKind::Iam => iam_role(request).map(Evidence::Iam),
        });
    }
    let first = found.pop().ok_or_else(|| absence(request, accept))?;
    if found.is_empty() {
        Ok(first)
    } else {
        Err(EvidenceError::Ambiguous)
    }
}

/// The bearer token of the header `Authorization`. Other schemes are not evidence of this kind.
///
/// Source: RFC 6750, section 2.1: `Bearer`, one or more spaces, the token; RFC 9110, section 11.1: a scheme is compared
/// without case.
fn bearer_token(request: &GatewayRequest) -> Result<Option<UnverifiedToken<'_>>, EvidenceError> {
    let mut values = request.header_values("authorization");
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    let token = token.trim_start_matches(' ');
    let is_bearer = scheme.eq_ignore_ascii_case("bearer");
    if values.next().is_some() || (is_bearer && !is_token68(token)) {
        return Err(EvidenceError::MalformedToken);
    }
    Ok(is_bearer.then_some(UnverifiedToken(token)))
}

/// Source: RFC 9110, section 11.2.
fn is_token68(token: &str) -> bool {
    static BYTES: ByteSet =
        ByteSet::of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/");
    let body = token.trim_end_matches('=');
    !body.is_empty() && BYTES.makes_up(body)
}

/// Whether events of the API with this id are answered. An event without an id belongs to no API.
fn may_answer(api_id: Option<&str>, api_ids: &BTreeSet<Box<str>>) -> bool {
    api_ids.is_empty() || api_id.is_some_and(|id| api_ids.contains(id))
}

/// Why an event has no evidence of an accepted kind.
fn absence(request: &GatewayRequest, accept: &BTreeSet<EvidenceKind>) -> EvidenceError {
    if request.is_function_url {
        return EvidenceError::Absent;
    }
    let has_claims = request.authorizer.contains_key("claims");
    if accept.contains(&EvidenceKind::Jwt) && has_claims && has_lambda_context(request) {
        return EvidenceError::ClaimsOfLambda;
    }
    match lambda_context(request) {
        Some(LambdaContext { principal, .. }) if accept.contains(&EvidenceKind::Lambda) => {
            EvidenceError::Principal(principal)
        }
        Some(_) | None => EvidenceError::Absent,
    }
}

/// Whether a 1.0 event's context comes from a Lambda authorizer, which always names a principal. API Gateway's own
/// authorizers never do.
fn has_lambda_context(request: &GatewayRequest) -> bool {
    match request.format {
        PayloadFormat::V2 => false,
        PayloadFormat::V1 => request.authorizer.contains_key("principalId"),
    }
}

/// The claims that API Gateway verified. 2.0: `authorizer.jwt.claims`; 1.0: `authorizer.claims`.
///
/// INVARIANT: a Lambda authorizer may name a key of its context `claims`, and API Gateway does not check what it writes
/// there.
fn jwt_claims(request: &GatewayRequest) -> Option<Map<String, Value>> {
    let holder = match request.format {
        PayloadFormat::V2 => request.authorizer.get("jwt")?.as_object()?,
        PayloadFormat::V1 if has_lambda_context(request) => return None,
        PayloadFormat::V1 => &request.authorizer,
    };
    holder.get("claims")?.as_object().cloned()
}

/// The context of a Lambda authorizer, and the name of the member that holds its principal.
struct LambdaContext<'a> {
    source: ClaimSource,
    members: &'a Map<String, Value>,
    principal: &'static str,
}

/// 2.0: `authorizer.lambda` with the principal `sub`; 1.0: the authorizer itself with the principal `principalId`.
fn lambda_context(request: &GatewayRequest) -> Option<LambdaContext<'_>> {
    match request.format {
        PayloadFormat::V2 => Some(LambdaContext {
            source: ClaimSource::LambdaAuthorizerV2,
            members: request.authorizer.get("lambda")?.as_object()?,
            principal: "sub",
        }),
        PayloadFormat::V1 => has_lambda_context(request).then_some(LambdaContext {
            source: ClaimSource::LambdaAuthorizerV1,
            members: &request.authorizer,
            principal: "principalId",
        }),
    }
}

/// The evidence of a Lambda authorizer; none if it names no principal.
fn lambda_principal<'a>(request: &GatewayRequest) -> Result<Option<Evidence<'a>>, EvidenceError> {
    let Some(context) = lambda_context(request) else {
        return Ok(None);
    };
    let subject = context.members.get(context.principal).and_then(Value::as_str);
    let Some(subject) = subject.filter(|subject| !subject.is_empty()) else {
        return Ok(None);
    };
    if !is_sound_subject(subject) {
        return Err(EvidenceError::Principal(context.principal));
    }
    Ok(Some(Evidence::Lambda {
        source: context.source,
        subject: subject.to_owned(),
        context: context.members.clone(),
    }))
}

/// The role that signed the request. 2.0: `authorizer.iam.userArn`; 1.0: `identity.userArn`.
///
/// INVARIANT: the users of an identity pool share a role, so an event with a Cognito identity names no caller.
fn iam_role(request: &GatewayRequest) -> Option<IamRoleArn> {
    let (arn, has_cognito_identity) = match request.format {
        PayloadFormat::V2 => {
            let iam = request.authorizer.get("iam")?.as_object()?;
            let cognito = iam
                .get("cognitoIdentity")
                .is_some_and(|identity| !identity.is_null());
            (iam.get("userArn")?.as_str()?, cognito)
        }
        PayloadFormat::V1 => (
            request.signer.user_arn.as_deref()?,
            request.signer.cognito_identity_id.is_some(),
        ),
    };
    if has_cognito_identity {
        None
    } else {
        IamRoleArn::of_session(arn)
    }
}

#[cfg(test)]
mod tests;
