//! `brokerctl mint-link`: prints a link by which a guest without a login adds files to one case.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use broker_core::arn::{CaseArn, ResourceArn};
use broker_core::caller::{CallerIssuer, ClaimSource};
use broker_core::claim_name::ClaimName;
use broker_core::grants::{Action, Resources};
use broker_http::callers::checked_caller;
use broker_http::settings::{Origin, Settings};
use broker_token::{TokenVerifier, VerifyError};
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use serde_json::{Map, Value, json};
use url::Url;

use super::key::{CryptoError, LinkKey, LinkKeyError};
use crate::Verdict;
use crate::configuration::{Environment, LoadError, ReadError, read};
use crate::explain::{Offline, Wanted, explain};

/// What a guest's page does with its files.
const ACTIONS: [Action; 3] = [Action::Start, Action::Complete, Action::Read];

/// Prints a link by which a guest without a login adds files to one case, until it expires. The link is printed
/// only if the rules admit it: they verify its token, map it to a user, and grant it the case.
#[derive(Args)]
pub(crate) struct MintLink {
    /// The TOML file of the rules.
    #[arg(long, value_name = "CONFIG", value_parser = NonEmptyStringValueParser::new())]
    config: String,
    #[command(flatten)]
    environment: Environment,
    /// The `url` of the [[issuer]] whose `jwks_file` has the public key.
    #[arg(long)]
    issuer: String,
    /// The private key.
    #[arg(long, value_name = "FILE")]
    key_file: PathBuf,
    /// The case.
    #[arg(long, value_name = "ARN")]
    case: CaseArn,
    /// The page that uploads. It gets the token and the case in the fragment, which no server sees.
    #[arg(long, value_name = "URL", value_parser = parse_page)]
    page: Page,
    /// Lifetime of the link in minutes.
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u16).range(1..=1440))]
    minutes: u16,
    /// The guest's name in the audit log. By default each link has a random one.
    #[arg(long)]
    subject: Option<String>,
}

/// Why there is no link.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MintError {
    /// The settings cannot be used.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The key cannot be read.
    #[error(transparent)]
    Unreadable(#[from] ReadError),
    /// The key's file holds something else.
    #[error("--key-file: {0}")]
    Key(#[from] LinkKeyError),
    /// The rules do not know the issuer.
    #[error("--issuer: must be the `url` of an [[issuer]]")]
    Issuer,
    /// The rules have no grant for links.
    #[error(
        "no [[grant]] of the issuer has resources = {{ case_ids_claim = \"...\" }}, so no token of it is about one case"
    )]
    NoCaseGrant,
    /// The broker has no key to verify the link with.
    #[error("the [[issuer]] needs a `jwks_file`, and `accept` must hold \"token\"")]
    NoFixedKeys,
    /// The token could not be signed.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
}

/// The address of a page, without a fragment.
#[derive(Clone, Debug)]
struct Page {
    url: Url,
    origin: Origin,
}

/// A link, or why the rules deny it.
enum Minted {
    Link {
        token: String,
        subject: String,
        allowed: String,
    },
    Denied(Vec<String>),
}

impl MintLink {
    pub(crate) async fn run(&self) -> Result<Verdict, MintError> {
        let settings = self.environment.sound(&self.config, Some(&self.resource()))?;
        let key = LinkKey::parse(&read(&self.key_file)?)?;
        let now = SystemTime::now();
        let (token, subject, allowed) = match self.mint(&settings, &key, now).await? {
            Minted::Link {
                token,
                subject,
                allowed,
            } => (token, subject, allowed),
            Minted::Denied(lines) => {
                for line in lines {
                    println!("{line}");
                }
                return Ok(Verdict::No);
            }
        };
        let Page { url, origin } = &self.page;
        if !settings.allowed_origins.contains(origin) {
            eprintln!("warning: allowed_origins does not list {}", origin.as_str());
        }
        if is_readable_by_others(&self.key_file) {
            eprintln!(
                "warning: others may read {}, and so make links to any case",
                self.key_file.display()
            );
        }
        let expires = httpdate::fmt_http_date(now + self.lifetime());
        eprintln!("subject {subject}, expires {expires}, {allowed}");
        println!("{url}#token={token}&resource={}", self.case);
        Ok(Verdict::Yes)
    }

    /// A token that the rules admit at `now`.
    async fn mint(&self, settings: &Settings, key: &LinkKey, now: SystemTime) -> Result<Minted, MintError> {
        let id = random_id()?;
        let subject = self.subject.clone().unwrap_or_else(|| format!("link-{id}"));
        let token = key.token(&self.claims(settings, &id, &subject, now)?)?;
        let verifier = TokenVerifier::new(settings.issuers.clone(), Offline);
        let claims = match verifier.verify(&token, now).await {
            Ok(claims) => claims,
            Err(VerifyError::KeysUnavailable(_)) => return Err(MintError::NoFixedKeys),
            Err(fault @ (VerifyError::Invalid(_) | VerifyError::InsufficientScope { .. })) => {
                return Ok(Minted::Denied(vec![format!("denied: {fault}")]));
            }
        };
        let caller = checked_caller(ClaimSource::Token, &claims);
        let resource = self.resource();
        let mut allowed = String::new();
        for action in ACTIONS {
            let wanted = Wanted {
                resource: &resource,
                action,
                on_behalf_of: None,
            };
            let (mut lines, verdict) = explain(settings, &caller, wanted).await;
            if verdict != Verdict::Yes {
                lines.insert(0, format!("to {} a file:", action.name()));
                return Ok(Minted::Denied(lines));
            }
            allowed = lines.pop().unwrap_or_default();
        }
        Ok(Minted::Link {
            token,
            subject,
            allowed,
        })
    }

    /// The claims that the issuer's profile and the grants ask for.
    fn claims(
        &self,
        settings: &Settings,
        id: &str,
        subject: &str,
        now: SystemTime,
    ) -> Result<Value, MintError> {
        let mut issuers = settings.issuers.iter().map(broker_token::Issuer::policy);
        let policy = issuers
            .find(|policy| policy.url == self.issuer)
            .ok_or(MintError::Issuer)?;
        let mut claims = self.case_claims(settings)?;
        let issued = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let own = json!({
            "iss": self.issuer, "sub": subject, "aud": policy.audiences.first(), "client_id": "brokerctl",
            "jti": id, "iat": issued, "exp": issued + self.lifetime().as_secs(),
        });
        if let Value::Object(own) = own {
            claims.extend(own);
        }
        if !policy.scopes.is_empty() {
            claims.insert("scope".into(), policy.scopes.join(" ").into());
        }
        Ok(Value::Object(claims))
    }

    /// The case, in each claim from which a grant of the issuer takes cases.
    fn case_claims(&self, settings: &Settings) -> Result<Map<String, Value>, MintError> {
        let issuer = CallerIssuer::named(&self.issuer);
        let grants = settings.grants.entries().iter();
        let names = grants
            .filter(|grant| grant.when.issuer == issuer)
            .filter_map(|grant| match &grant.resources {
                Resources::CaseIdsClaim(name) => Some(name),
                Resources::AnyCase
                | Resources::AnyContact
                | Resources::Listed(_)
                | Resources::CaseCustomerClaim(_)
                | Resources::OwnContacts => None,
            });
        let claims: Map<_, _> = names
            .map(|name| (name.first().to_owned(), self.case_at(name)))
            .collect();
        if claims.is_empty() {
            Err(MintError::NoCaseGrant)
        } else {
            Ok(claims)
        }
    }

    /// The value of the claim that `name` begins with.
    fn case_at(&self, name: &ClaimName) -> Value {
        let inner: Vec<_> = name.rest().collect();
        let list = json!([self.case.to_string()]);
        inner
            .into_iter()
            .rev()
            .fold(list, |value, member| json!({ member: value }))
    }

    fn resource(&self) -> ResourceArn {
        ResourceArn::Case(self.case.clone())
    }

    fn lifetime(&self) -> Duration {
        Duration::from_mins(self.minutes.into())
    }
}

/// Whether the file's group or everybody may read it.
fn is_readable_by_others(file: &Path) -> bool {
    std::fs::metadata(file).is_ok_and(|metadata| metadata.permissions().mode() & 0o044 != 0)
}

fn random_id() -> Result<String, CryptoError> {
    let mut id = [0; 16];
    aws_lc_rs::rand::fill(&mut id).map_err(|_| CryptoError)?;
    Ok(URL_SAFE_NO_PAD.encode(id))
}

fn parse_page(text: &str) -> Result<Page, &'static str> {
    let url = Url::parse(text).map_err(|_| "must be a URL")?;
    if url.fragment().is_some() {
        return Err("must have no fragment, because the token becomes the fragment");
    }
    let origin = Origin::parse(&url.origin().ascii_serialization());
    let origin = origin.ok_or("must be https, or http on localhost or a literal loopback address")?;
    Ok(Page { url, origin })
}

#[cfg(test)]
mod tests {
    use std::io;

    use clap::Parser;

    use super::*;

    const RULES: &str = r#"
[[issuer]]
url = "upload-links"
profile = "rfc9068"
audiences = ["upload-broker"]
algorithms = ["ES256"]
jwks_file = "links.jwks.json"

[[identity]]
when = { issuer = "upload-links" }
user = "arn:aws:connect:eu-west-1:111122223333:instance/i-1/agent/u-guests"

[[grant]]
when = { issuer = "upload-links" }
resources = { case_ids_claim = "cases" }
"#;

    #[derive(Parser)]
    struct Arguments {
        #[command(flatten)]
        mint: MintLink,
    }

    #[tokio::test]
    async fn a_link_ends_after_its_minutes_and_the_issuers_leeway() {
        let key = LinkKey::generate().expect("a key");
        let jwks = key.jwks().to_string();
        let lookup = |name: &str| match name {
            "CONNECT_INSTANCE_ARN" => Some("arn:aws:connect:eu-west-1:111122223333:instance/i-1".into()),
            "CASES_DOMAIN_ARN" => Some("arn:aws:cases:eu-west-1:111122223333:domain/d-1".into()),
            "HANDLE_KEYS" => Some("0123456789abcdef".repeat(4)),
            "BROKER_CONFIG" => Some("broker.toml".into()),
            _ => None,
        };
        let settings = Settings::from(lookup, |path| match path.to_str() {
            Some("broker.toml") => Ok(RULES.into()),
            Some("links.jwks.json") => Ok(jwks.clone().into()),
            _ => Err(io::ErrorKind::NotFound.into()),
        });
        let settings = settings.expect("sound settings");
        let arguments = "mint-link --config broker.toml --issuer upload-links --key-file links.pem \
                         --page https://forms.example.com/ --minutes 5 \
                         --case arn:aws:cases:eu-west-1:111122223333:domain/d-1/case/c-1";
        let Arguments { mint } = Arguments::parse_from(arguments.split_whitespace());
        let now = UNIX_EPOCH + Duration::from_hours(500_000);
        let Ok(Minted::Link { token, .. }) = mint.mint(&settings, &key, now).await else {
            panic!("no link");
        };
        let verifier = TokenVerifier::new(settings.issuers, Offline);
        for (after_secs, is_admitted) in [(0, true), (299, true), (359, true), (360, false)] {
            let seen = verifier
                .verify(&token, now + Duration::from_secs(after_secs))
                .await;
            assert_eq!(
                seen.is_ok(),
                is_admitted,
                "after {after_secs} s: {:?}",
                seen.err()
            );
        }
    }
}
