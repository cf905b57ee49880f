//! What an event proves about its caller: one arm per kind, and only kinds that are accepted.
//!
//! Headers such as `x-amzn-oidc-*` are never evidence; nor is anything that a function URL says.

use std::collections::BTreeSet;

use broker_core::byte_set::ByteSet;
use broker_core::caller::ClaimSource;
use broker_token::is_sound_subject;
use serde_json::{Map, Value};

use super::event::{GatewayRequest, PayloadFormat};
use crate::settings::EvidenceKind;

/// What an event proves, or claims to prove in the case of a token.
#[derive(Debug, PartialEq)]
pub enum Evidence<'a> {
    /// A bearer token, not verified yet.
    Token(UnverifiedToken<'a>),
    /// Claims that an API Gateway JWT authorizer verified.
    Jwt(Map<String, Value>),
    /// What a Lambda authorizer says about its principal.
    Lambda {
        /// The payload format in which it says so.
        source: ClaimSource,
        /// The principal: 1 to 255 characters, none of them a control character.
        subject: String,
        /// The authorizer's context.
        context: Map<String, Value>,
    },
    /// ARN of the IAM role that signed the request, without path or session.
    Iam(String),
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

/// A bearer token that nobody looked at yet. Its `Debug` is redacted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct UnverifiedToken<'a>(pub &'a str);

impl std::fmt::Debug for UnverifiedToken<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UnverifiedToken([redacted])")
    }
}

/// Why an event proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceError {
    /// There is no evidence of an accepted kind.
    #[error("there is no evidence of an accepted kind")]
    Absent,
    /// There is evidence of two accepted kinds.
    #[error("there is evidence of two accepted kinds")]
    Ambiguous,
    /// There are several `Authorization` values, or a bearer token that is not one token.
    #[error("there is not exactly one well-formed bearer token")]
    MalformedToken,
    /// `api_ids` is set, and the event belongs to another API or does not name its API.
    #[error("the event names none of the APIs in `authentication.api_ids`")]
    OtherApi,
    /// The context has claims beside a `principalId`, so that a Lambda authorizer wrote them.
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

/// Source: RFC 6750, section 2.1: `Bearer`, one or more spaces, the token; RFC 9110, section 11.1: a scheme is compared
/// without case. Other schemes are no evidence of this kind.
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

/// Whether events of the API with this id are answered; one without an id is of none of `api_ids`.
fn may_answer(api_id: Option<&str>, api_ids: &BTreeSet<Box<str>>) -> bool {
    api_ids.is_empty() || api_id.is_some_and(|id| api_ids.contains(id))
}

/// Why an event holds nothing of an accepted kind.
fn absence(request: &GatewayRequest, accept: &BTreeSet<EvidenceKind>) -> EvidenceError {
    if request.is_function_url {
        return EvidenceError::Absent;
    }
    let has_claims = request.authorizer.contains_key("claims");
    if accept.contains(&EvidenceKind::Jwt) && has_claims && is_of_lambda_authorizer(request) {
        return EvidenceError::ClaimsOfLambda;
    }
    match lambda_context(request) {
        Some(LambdaContext { principal, .. }) if accept.contains(&EvidenceKind::Lambda) => {
            EvidenceError::Principal(principal)
        }
        Some(_) | None => EvidenceError::Absent,
    }
}

/// Whether a 1.0 event's context is that of a Lambda authorizer, which always names a principal; one of
/// API Gateway's own authorizers never does.
fn is_of_lambda_authorizer(request: &GatewayRequest) -> bool {
    match request.format {
        PayloadFormat::V2 => false,
        PayloadFormat::V1 => request.authorizer.contains_key("principalId"),
    }
}

/// 2.0: `authorizer.jwt.claims`; 1.0: `authorizer.claims`.
///
/// INVARIANT: a Lambda authorizer may call a key of its context `claims`, and what it writes there was not
/// checked by API Gateway.
fn jwt_claims(request: &GatewayRequest) -> Option<Map<String, Value>> {
    let holder = match request.format {
        PayloadFormat::V2 => request.authorizer.get("jwt")?.as_object()?,
        PayloadFormat::V1 if is_of_lambda_authorizer(request) => return None,
        PayloadFormat::V1 => &request.authorizer,
    };
    holder.get("claims")?.as_object().cloned()
}

/// The context of a Lambda authorizer, and the member that names its principal.
struct LambdaContext<'a> {
    source: ClaimSource,
    members: &'a Map<String, Value>,
    principal: &'static str,
}

/// 2.0: `authorizer.lambda`, its `sub` the principal; 1.0: the authorizer itself, its `principalId`.
fn lambda_context(request: &GatewayRequest) -> Option<LambdaContext<'_>> {
    match request.format {
        PayloadFormat::V2 => Some(LambdaContext {
            source: ClaimSource::LambdaAuthorizerV2,
            members: request.authorizer.get("lambda")?.as_object()?,
            principal: "sub",
        }),
        PayloadFormat::V1 => is_of_lambda_authorizer(request).then_some(LambdaContext {
            source: ClaimSource::LambdaAuthorizerV1,
            members: &request.authorizer,
            principal: "principalId",
        }),
    }
}

/// What a Lambda authorizer says; nothing where it names no principal.
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

/// 2.0: `authorizer.iam.userArn`; 1.0: `identity.userArn`.
///
/// INVARIANT: users of an identity pool share a role, so an event with a Cognito identity names nobody.
fn iam_role(request: &GatewayRequest) -> Option<String> {
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
        role_of_session(arn)
    }
}

/// `arn:P:iam::ACCOUNT:role/NAME` of an assumed-role session's ARN; session names are no identity.
fn role_of_session(arn: &str) -> Option<String> {
    let parts: Vec<&str> = arn.split(':').collect();
    let [
        "arn",
        partition @ ("aws" | "aws-us-gov"),
        "sts",
        "",
        account,
        resource,
    ] = parts.as_slice()
    else {
        return None;
    };
    let segments: Vec<&str> = resource.split('/').collect();
    let ["assumed-role", role, session] = segments.as_slice() else {
        return None;
    };
    let is_name = |text: &str, max: usize| {
        (1..=max).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b))
    };
    let is_account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    let fits = is_account && is_name(role, 64) && is_name(session, 64);
    fits.then(|| format!("arn:{partition}:iam::{account}:role/{role}"))
}

#[cfg(test)]
mod tests;
