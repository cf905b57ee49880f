//! The caller of an explanation: from a token, or from claims that are taken at their word.

use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{fs, io};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use broker_core::caller::{Caller, Claim};
use broker_http::settings::{EvidenceKind, Settings};
use broker_token::strict_json::{JsonFault, TOKEN_DEPTH, parse_object};
use broker_token::{FetchDocument, FetchError, TokenFault, TokenVerifier, VerifyError, check_context_claims};
use clap::Args;
use serde_json::{Map, Value};

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

/// What is known of the caller.
pub(super) enum Told {
    /// Who it is.
    Caller {
        /// The caller.
        caller: Caller,
        /// What that rests on.
        source: &'static str,
    },
    /// The broker would refuse the token.
    Refused(VerifyError),
}

/// Why there is no caller.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallerError {
    /// A file cannot be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// A file of claims that is none.
    #[error("{}: {fault}", path.display())]
    Claims {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: JsonFault,
    },
    /// Claims without a subject.
    #[error("the claims have no text `sub`: give --subject")]
    NoSubject,
    /// The issuers' settings cannot verify tokens.
    #[error("the settings' issuers are at fault")]
    Issuers,
}

impl CallerArgs {
    /// The caller at `now`.
    pub(super) async fn read(&self, settings: &Settings, now: SystemTime) -> Result<Told, CallerError> {
        match (&self.token_file, &self.claims_file) {
            (Some(path), _) => {
                let token = read(path)?;
                of_token(token.trim(), settings, now).await
            }
            (None, Some(path)) => self.of_claims(path),
            (None, None) => Err(CallerError::NoSubject),
        }
    }

    fn of_claims(&self, path: &Path) -> Result<Told, CallerError> {
        let claims =
            parse_object(read(path)?.as_bytes(), TOKEN_DEPTH).map_err(|fault| CallerError::Claims {
                path: path.into(),
                fault,
            })?;
        let sub = claims.get("sub").and_then(Value::as_str);
        let subject = self.subject.as_deref().or(sub).ok_or(CallerError::NoSubject)?;
        Ok(Told::Caller {
            caller: caller(self.issuer.as_deref().unwrap_or_default(), subject, &claims),
            source: "claims taken at their word",
        })
    }
}

/// The caller whom the broker would see. Under "jwt" the gateway verifies the signature, so claims are all
/// that is checked; so it is where the keys would have to be fetched.
async fn of_token(token: &str, settings: &Settings, now: SystemTime) -> Result<Told, CallerError> {
    let (claims, source) = if settings.authentication.accept.contains(&EvidenceKind::Jwt) {
        let claims = check_claims(token, settings, now);
        (
            claims,
            "token NOT verified: API Gateway does that; its claims fit",
        )
    } else {
        let keys = TokenVerifier::new(settings.issuers.clone(), Offline);
        let keys = keys.map_err(|_| CallerError::Issuers)?;
        match keys.verify(token, now).await {
            Err(VerifyError::KeysUnavailable(_)) => {
                let claims = check_claims(token, settings, now);
                (
                    claims,
                    "token NOT verified: its issuer has no jwks_file; its claims fit",
                )
            }
            claims => (claims, "token verified"),
        }
    };
    Ok(match claims {
        Ok(claims) => Told::Caller {
            caller: caller(claims.issuer(), claims.subject(), claims.members()),
            source,
        },
        Err(fault) => Told::Refused(fault),
    })
}

/// The claims of a token whose signature is not looked at.
fn check_claims(
    token: &str,
    settings: &Settings,
    now: SystemTime,
) -> Result<broker_token::Claims, VerifyError> {
    let payload = token.split('.').nth(1).ok_or(TokenFault::NotThreeParts)?;
    let payload = URL_SAFE_NO_PAD.decode(payload);
    let payload = payload.map_err(|_| TokenFault::NotBase64Url(broker_token::Part::Payload))?;
    let claims = parse_object(&payload, TOKEN_DEPTH).map_err(|fault| TokenFault::Json {
        part: broker_token::Part::Payload,
        fault,
    })?;
    let issuer = claims.get("iss").and_then(Value::as_str);
    let mut policies = settings.issuers.iter().map(|issuer| &issuer.policy);
    let policy = policies.find(|policy| Some(policy.url.as_str()) == issuer);
    check_context_claims(policy.ok_or(TokenFault::UnknownIssuer)?, claims, now)
}

fn caller(issuer: &str, subject: &str, claims: &Map<String, Value>) -> Caller {
    let claims = claims
        .iter()
        .map(|(name, value)| (name.as_str().into(), claim(value)));
    Caller {
        issuer: issuer.into(),
        subject: subject.into(),
        claims: claims.collect(),
    }
}

/// INVARIANT: as the broker reads them; an array with one element that is no string is no list.
fn claim(value: &Value) -> Claim {
    match value {
        Value::String(text) => Claim::Text(text.as_str().into()),
        Value::Bool(flag) => Claim::Flag(*flag),
        Value::Array(elements) => {
            let texts = elements.iter().map(|element| element.as_str().map(Into::into));
            texts
                .collect::<Option<Vec<_>>>()
                .map_or(Claim::Other, Claim::List)
        }
        Value::Null | Value::Number(_) | Value::Object(_) => Claim::Other,
    }
}

fn read(path: &Path) -> Result<String, CallerError> {
    fs::read_to_string(path).map_err(|source| CallerError::Unreadable {
        path: path.into(),
        source,
    })
}

/// Fetches nothing.
struct Offline;

impl FetchDocument for Offline {
    async fn fetch(&self, _: &str) -> Result<Vec<u8>, FetchError> {
        Err(FetchError::NoAnswer("explanations are offline".into()))
    }
}
