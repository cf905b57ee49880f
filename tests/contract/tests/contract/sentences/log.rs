//! The lines about keys and events that an operator reads in the log.

use broker_http::inbound::event::EventError;
use broker_token::strict_json::JsonError;
use broker_token::{FetchError, KeyDocumentError, KeyError, KeyUrlError, RefreshError, SelfTestError};

use super::{json_faults, key_document_faults};

fn key_faults() -> Vec<KeyError> {
    use KeyError as F;
    every![
        F::NotAnObject => F::NotAnObject,
        F::KeyId => F::KeyId,
        F::DuplicateKeyId => F::DuplicateKeyId,
        F::Private => F::Private,
        F::Use => F::Use,
        F::Operations => F::Operations,
        F::Kind => F::Kind,
        F::AlgorithmNotPinned => F::AlgorithmNotPinned,
        F::AlgorithmNotOfKind => F::AlgorithmNotOfKind,
        F::AlgorithmAmbiguous => F::AlgorithmAmbiguous,
        F::Member(_) => F::Member("n"),
        F::Modulus => F::Modulus,
        F::Exponent => F::Exponent,
        F::Point => F::Point,
    ]
}

fn refresh_faults() -> Vec<RefreshError> {
    use RefreshError as F;
    let fetch_errors = every![
        FetchError::Timeout => FetchError::Timeout,
        FetchError::Status(_) => FetchError::Status(302),
        FetchError::TooLarge => FetchError::TooLarge,
        FetchError::NoAnswer(_) => FetchError::NoAnswer("connection refused".to_owned()),
    ];
    let mut faults = every![
        F::DiscoveryTooLarge { .. } => F::DiscoveryTooLarge { size_bytes: 70_000 },
        F::OtherIssuer => F::OtherIssuer,
        F::NoJwksUri => F::NoJwksUri,
        F::JwksUri(_) => F::JwksUri(KeyUrlError::IpAddress),
        F::JwksUriIsLocal => F::JwksUriIsLocal,
        F::FetchKeys(_) => F::FetchKeys(FetchError::Timeout),
        F::Panic => F::Panic,
        F::FetchDiscovery(_) => F::FetchDiscovery(FetchError::Timeout),
        F::Discovery(_) => F::Discovery(JsonError::Syntax),
        F::Keys(_) => F::Keys(KeyDocumentError::NoKeysArray),
    ];
    faults.truncate(faults.len() - 3);
    faults.extend(fetch_errors.into_iter().map(F::FetchDiscovery));
    faults.extend(json_faults().into_iter().map(F::Discovery));
    faults.extend(key_document_faults().into_iter().map(F::Keys));
    faults
}

/// Log messages for operators, beside the faults of requests.
#[test]
fn every_line_about_keys_and_events_reads_as_a_sentence() {
    let mut lines: Vec<String> = Vec::new();
    lines.extend(key_faults().iter().map(ToString::to_string));
    lines.extend(refresh_faults().iter().map(ToString::to_string));
    lines.extend([EventError.to_string(), SelfTestError.to_string()]);
    insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, { insta::assert_snapshot!("log", lines.join("\n")) });
}
