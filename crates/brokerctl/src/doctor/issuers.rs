//! Judges the issuers' discovery and key documents, which it fetches as the function does.

use broker_http::settings::{EvidenceKind, Settings};
use broker_token::{FetchDocument, FetchError, KeySurvey, RefreshFault, TokenVerifier};

use super::report::{Finding, Outcome};

/// Maximum of keys of a set whose faults are shown.
const SHOWN_KEYS: usize = 5;

pub(super) async fn issuers(settings: &Settings, documents: impl FetchDocument) -> Outcome {
    if !settings.authentication.accept.contains(&EvidenceKind::Token) {
        return Outcome::Skipped("the function verifies no tokens itself".into());
    }
    let Ok(verifier) = TokenVerifier::new(settings.issuers.clone(), documents) else {
        return Outcome::NotChecked("the settings of an issuer are at fault".into());
    };
    let surveys = verifier.survey_keys().await;
    let (mut findings, mut sound) = (Vec::new(), Vec::new());
    for (position, (issuer, survey)) in settings.issuers.iter().zip(surveys).enumerate() {
        let url = &issuer.policy.url;
        let name = format!("issuer[{position}] {url}");
        match survey {
            Ok(survey) if survey.usable_count > 0 => sound.push(described(url, &survey)),
            Ok(survey) => findings.push(unusable(&name, position, &survey)),
            Err(fault) => {
                let fix = fix(&fault, position, url);
                findings.push(Finding::fault(format!("{name}: {fault}"), fix));
            }
        }
    }
    Outcome::of(findings, || sound.join("; "))
}

fn described(url: &str, survey: &KeySurvey) -> String {
    let (usable, skipped) = (survey.usable_count, survey.skipped.len());
    let keys = if usable == 1 { "key" } else { "keys" };
    if skipped == 0 {
        format!("{url} has {usable} usable {keys}")
    } else {
        format!("{url} has {usable} usable {keys}, {skipped} not used")
    }
}

fn unusable(name: &str, position: usize, survey: &KeySurvey) -> Finding {
    let reasons = survey.skipped.iter().take(SHOWN_KEYS);
    let reasons: Vec<_> = reasons
        .map(|key| format!("keys[{}]: {}", key.index, key.fault))
        .collect();
    let reasons = if reasons.is_empty() {
        "the set is empty".into()
    } else {
        reasons.join("; ")
    };
    Finding::fault(
        format!("{name}: no key can be used: {reasons}"),
        format!(
            "set issuer[{position}].algorithms to what the issuer signs with, or have it publish keys with a `kid`"
        ),
    )
}

/// The fix for keys that cannot be fetched.
fn fix(fault: &RefreshFault, position: usize, url: &str) -> String {
    use RefreshFault::{
        Discovery, DiscoveryTooLarge, FetchDiscovery, FetchKeys, JwksUri, JwksUriIsLocal, Keys, NoJwksUri,
        OtherIssuer, Panic,
    };
    match fault {
        FetchDiscovery(FetchError::Status(300..=399)) | FetchKeys(FetchError::Status(300..=399)) => {
            format!(
                "redirects are not followed: set issuer[{position}].jwks_url to where the keys really are"
            )
        }
        FetchDiscovery(FetchError::Status(_)) => format!(
            "correct issuer[{position}].url, or set its jwks_url: {}/.well-known/openid-configuration must answer 200",
            url.trim_end_matches('/')
        ),
        FetchDiscovery(_) | FetchKeys(FetchError::Timeout | FetchError::NoAnswer(_)) => format!(
            "see that {url} can be reached, from here and from the function's network, over TLS that \
             AWS_CA_BUNDLE or the built-in roots trust"
        ),
        OtherIssuer => format!(
            "set issuer[{position}].url to the document's `issuer`, byte for byte (a slash at the end counts)"
        ),
        FetchKeys(_) => "see that the issuer's key document answers 200 with at most 64 KiB".into(),
        Discovery(_) | DiscoveryTooLarge { .. } | NoJwksUri | JwksUri(_) | JwksUriIsLocal => {
            format!(
                "set issuer[{position}].jwks_url to the issuer's key document: its discovery cannot be used"
            )
        }
        Panic => "report it: the broker's own code failed".into(),
        Keys(_) => format!("set issuer[{position}].jwks_url to a JWK set: what was found is none"),
    }
}
