//! The caller of an explanation: from a token, or from claims that are not checked.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use broker_core::caller::{Caller, CallerIssuer, ClaimSource, ScopeShapes};
use broker_http::callers::{caller, checked_caller, iam_caller, lambda_caller};
use broker_http::settings::{EvidenceKind, Settings};
use broker_token::strict_json::{JsonError, TOKEN_DEPTH, parse_object};
use broker_token::{
    Claims, FetchDocument, FetchError, Part, TokenError, TokenVerifier, VerifyError, check_context_claims,
    check_unproven_claims, restore_context_claims,
};
use clap::Args;
use serde_json::{Map, Value};

use super::flattened::flattened;
use crate::configuration::{ReadError, read};

/// Where the caller comes from.
#[derive(Args)]
pub(super) struct CallerArgs {
    /// A bearer token. It is verified where its issuer has a `jwks_file`; otherwise its claims are checked.
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "claims_file",
        required_unless_present = "claims_file"
    )]
    token_file: Option<PathBuf>,
    /// A JSON object of claims, which are not checked.
    #[arg(long, value_name = "FILE", requires = "issuer")]
    claims_file: Option<PathBuf>,
    /// The issuer of the claims: the url of an [[issuer]], "aws-iam" or "lambda-authorizer".
    #[arg(long, requires = "claims_file")]
    issuer: Option<String>,
    /// The subject of the claims, where it is not their `sub`.
    #[arg(long, requires = "claims_file")]
    subject: Option<String>,
}

/// A caller, and what proves it.
pub(crate) struct Found {
    pub(crate) caller: Caller,
    pub(crate) source: &'static str,
}

/// Why the broker would refuse a token.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RefusedTokenError {
    /// The token or its claims are at fault.
    #[error("{0}")]
    Fault(VerifyError),
    /// The token lacks a scope that its issuer's entry requires.
    #[error("the issuer's `scopes` are `{}`, and the token does not hold all of them: {found}", required.join("`, `"))]
    Scopes {
        /// The scopes that the entry lists.
        required: Vec<String>,
        /// The forms of the claims that scopes are read from.
        found: ScopeShapes,
    },
}

/// Why there is no caller.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallerError {
    /// A file cannot be read.
    #[error(transparent)]
    Unreadable(#[from] ReadError),
    /// The broker would refuse the token.
    #[error(transparent)]
    Refused(RefusedTokenError),
    /// The file does not hold claims.
    #[error("{} {fault}", path.display())]
    Claims {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: JsonError,
    },
    /// The claims have no subject.
    #[error("the claims have no text `sub`: give --subject")]
    NoSubject,
}

impl CallerArgs {
    /// The caller at `now`.
    pub(super) async fn read(&self, settings: &Settings, now: SystemTime) -> Result<Found, CallerError> {
        match (&self.token_file, &self.claims_file) {
            (Some(path), _) => {
                let token = read(path)?;
                let found = offline(token.trim(), settings, now).await;
                found.map_err(CallerError::Refused)
            }
            (None, Some(path)) => self.of_claims(path, settings),
            (None, None) => Err(CallerError::NoSubject),
        }
    }

    fn of_claims(&self, path: &Path, settings: &Settings) -> Result<Found, CallerError> {
        let claims =
            parse_object(read(path)?.as_bytes(), TOKEN_DEPTH).map_err(|fault| CallerError::Claims {
                path: path.into(),
                fault,
            })?;
        let sub = claims.get("sub").and_then(Value::as_str);
        let subject = self.subject.as_deref().or(sub).ok_or(CallerError::NoSubject)?;
        let caller = match CallerIssuer::named(self.issuer.as_deref().unwrap_or_default()) {
            CallerIssuer::AwsIam => iam_caller(subject),
            CallerIssuer::LambdaAuthorizer => {
                lambda_caller(ClaimSource::LambdaAuthorizerV2, subject, &claims)
            }
            issuer @ CallerIssuer::Token(_) if is_flattened(settings) => {
                let claims = restore_context_claims(flattened(&claims));
                caller(ClaimSource::JwtAuthorizer, issuer, subject, &claims)
            }
            issuer @ CallerIssuer::Token(_) => caller(ClaimSource::Token, issuer, subject, &claims),
        };
        Ok(Found {
            caller,
            source: "claims taken at their word",
        })
    }
}

/// Whether API Gateway verifies tokens, and turns their claims into texts.
fn is_flattened(settings: &Settings) -> bool {
    settings.authentication.accept.contains(&EvidenceKind::Jwt)
}

/// The caller of a token that nothing is fetched for. The claims alone are checked if its issuer's keys would have to be.
async fn offline(token: &str, settings: &Settings, now: SystemTime) -> Result<Found, RefusedTokenError> {
    match of_token(token, settings, Offline, now).await {
        Err(RefusedTokenError::Fault(VerifyError::KeysUnavailable(_))) => {
            let payload = payload(token);
            let claims = payload
                .clone()
                .and_then(|claims| check_unproven_claims(&settings.issuers, claims, now));
            let source = "token NOT verified: its issuer has no jwks_file; its claims fit";
            found(claims, ClaimSource::Token, source, &payload)
        }
        found => found,
    }
}

/// The caller that the broker would see, with keys that `documents` fetches. Under "jwt" the claims alone are checked,
/// because the gateway verifies the signature.
pub(crate) async fn of_token(
    token: &str,
    settings: &Settings,
    documents: impl FetchDocument,
    now: SystemTime,
) -> Result<Found, RefusedTokenError> {
    let issuers = &settings.issuers;
    let payload = payload(token);
    if is_flattened(settings) {
        let flattened = payload.clone().map(|claims| flattened(&claims));
        let claims = flattened.and_then(|claims| check_context_claims(issuers, claims, now));
        let source = "token NOT verified: API Gateway does that; its claims fit, as texts";
        return found(claims, ClaimSource::JwtAuthorizer, source, &payload);
    }
    let verifier = TokenVerifier::new(issuers.clone(), documents);
    let claims = verifier.verify(token, now).await;
    found(claims, ClaimSource::Token, "token verified", &payload)
}

fn found(
    claims: Result<Claims, VerifyError>,
    evidence: ClaimSource,
    source: &'static str,
    payload: &Result<Map<String, Value>, VerifyError>,
) -> Result<Found, RefusedTokenError> {
    match claims {
        Ok(claims) => Ok(Found {
            caller: checked_caller(evidence, &claims),
            source,
        }),
        Err(fault) => {
            let none = Map::new();
            Err(token_error(fault, evidence, payload.as_ref().unwrap_or(&none)))
        }
    }
}

fn token_error(fault: VerifyError, evidence: ClaimSource, payload: &Map<String, Value>) -> RefusedTokenError {
    match fault {
        VerifyError::InsufficientScope { required } => RefusedTokenError::Scopes {
            required,
            found: caller(evidence, CallerIssuer::named(""), "", payload)
                .claims
                .scope_shapes(),
        },
        VerifyError::Invalid(_) | VerifyError::KeysUnavailable(_) => RefusedTokenError::Fault(fault),
    }
}

/// The claims of a token whose signature is not verified.
fn payload(token: &str) -> Result<Map<String, Value>, VerifyError> {
    let payload = token.split('.').nth(1).ok_or(TokenError::NotThreeParts)?;
    let payload = URL_SAFE_NO_PAD.decode(payload);
    let payload = payload.map_err(|_| TokenError::NotBase64Url(Part::Payload))?;
    let claims = parse_object(&payload, TOKEN_DEPTH);
    let in_payload = |fault| TokenError::Json {
        part: Part::Payload,
        fault,
    };
    Ok(claims.map_err(in_payload)?)
}

/// Fetches nothing.
pub(crate) struct Offline;

impl FetchDocument for Offline {
    async fn fetch(&self, _: &str) -> Result<Vec<u8>, FetchError> {
        Err(FetchError::NoAnswer("this command is offline".into()))
    }
}
