//! What an event proves about its caller: one arm per kind, and only kinds that are accepted.
//!
//! Headers such as `x-amzn-oidc-*` are never evidence; nor is anything that a function URL says.

use std::collections::BTreeSet;

use broker_core::byte_set::ByteSet;
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
        /// The principal.
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
pub enum NoEvidence {
    /// There is no evidence of an accepted kind.
    #[error("there is no evidence of an accepted kind")]
    Absent,
    /// There is evidence of two accepted kinds.
    #[error("there is evidence of two accepted kinds")]
    Ambiguous,
    /// There are several `Authorization` values, or a bearer token that is not one token.
    #[error("there is not exactly one well-formed bearer token")]
    MalformedToken,
    /// The event is of an API that is not answered.
    #[error("the event belongs to another API")]
    OtherApi,
}

/// The one piece of evidence of an accepted kind that `request` holds.
///
/// # Errors
/// [`NoEvidence`]
pub fn evidence<'a>(
    request: &'a GatewayRequest,
    accept: &BTreeSet<EvidenceKind>,
    api_ids: &BTreeSet<Box<str>>,
) -> Result<Evidence<'a>, NoEvidence> {
    if !api_ids.is_empty() && !api_ids.contains(request.api_id.as_str()) {
        return Err(NoEvidence::OtherApi);
    }
    let mut found = Vec::with_capacity(1);
    for kind in accept {
        found.extend(match kind {
            EvidenceKind::Token => bearer_token(request)?.map(Evidence::Token),
            _ if request.is_function_url => None,
            EvidenceKind::Jwt => jwt_claims(request).map(Evidence::Jwt),
            EvidenceKind::Lambda => lambda_context(request),
            EvidenceKind::Iam => iam_role(request).map(Evidence::Iam),
        });
    }
    let first = found.pop().ok_or(NoEvidence::Absent)?;
    if found.is_empty() {
        Ok(first)
    } else {
        Err(NoEvidence::Ambiguous)
    }
}

/// Source: RFC 6750, section 2.1: `Bearer`, one or more spaces, the token; RFC 9110, section 11.1: a scheme is compared
/// without case. Other schemes are no evidence of this kind.
fn bearer_token(request: &GatewayRequest) -> Result<Option<UnverifiedToken<'_>>, NoEvidence> {
    let mut values = request.header_values("authorization");
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    let token = token.trim_start_matches(' ');
    let is_bearer = scheme.eq_ignore_ascii_case("bearer");
    if values.next().is_some() || (is_bearer && !is_token68(token)) {
        return Err(NoEvidence::MalformedToken);
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

/// 2.0: `authorizer.jwt.claims`; 1.0: `authorizer.claims` of a Cognito authorizer.
fn jwt_claims(request: &GatewayRequest) -> Option<Map<String, Value>> {
    let holder = match request.format {
        PayloadFormat::V2 => request.authorizer.get("jwt")?.as_object()?,
        PayloadFormat::V1 => &request.authorizer,
    };
    holder.get("claims")?.as_object().cloned()
}

/// 2.0: `authorizer.lambda`, its `sub` the principal; 1.0: the authorizer itself, its `principalId`.
fn lambda_context<'a>(request: &GatewayRequest) -> Option<Evidence<'a>> {
    let (context, subject) = match request.format {
        PayloadFormat::V2 => (request.authorizer.get("lambda")?.as_object()?, "sub"),
        PayloadFormat::V1 if request.authorizer.contains_key("claims") => return None,
        PayloadFormat::V1 => (&request.authorizer, "principalId"),
    };
    let subject = context
        .get(subject)?
        .as_str()
        .filter(|subject| !subject.is_empty())?;
    Some(Evidence::Lambda {
        subject: subject.to_owned(),
        context: context.clone(),
    })
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
