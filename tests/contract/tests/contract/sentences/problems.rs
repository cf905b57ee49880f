//! The sentences of problems: the caller's, and behind it the log's.

use std::fmt::Write as _;
use std::time::Duration;

use broker_core::caller::Shape;
use broker_core::claim_name::ClaimName;
use broker_core::file::Extension;
use broker_core::grants::{FileError, GrantError};
use broker_core::identity::IdentityError;
use broker_core::pace::Wait;
use broker_core::ports::{AttachmentQuota, TableError, UpstreamError};
use broker_core::rule::MismatchError;
use broker_core::ticket::ReplyError;
use broker_http::clock_and_random::EntropyError;
use broker_http::error::BrokerError;
use broker_http::fault::MemberFault;
use broker_http::handle::HandleError;
use broker_http::inbound::body::BodyError;
use broker_http::inbound::evidence::EvidenceError;
use broker_http::inbound::idempotency::IdempotencyKeyError;
use broker_http::inbound::list_query::QueryError;
use broker_http::inbound::route::RouteError;
use broker_token::strict_json::JsonError;
use broker_token::{NoKeysError, Part, TokenError, VerifyError};

use super::json_faults;

fn body_errors() -> Vec<BodyError> {
    use BodyError as E;
    let fault = MemberFault::new("/fileName", "required", "is required");
    let mut errors = every![
        E::UnsupportedMediaType => E::UnsupportedMediaType,
        E::TooLarge => E::TooLarge,
        E::NotBase64 => E::NotBase64,
        E::Members(_) => E::Members(vec![fault]),
        E::Json(_) => E::Json(JsonError::Syntax),
    ];
    errors.pop();
    errors.extend(json_faults().into_iter().map(E::Json));
    errors
}

fn unusable_replies() -> Vec<ReplyError> {
    use ReplyError as R;
    every![
        R::Malformed => R::Malformed,
        R::NoFileId => R::NoFileId,
        R::NoUrl => R::NoUrl,
        R::ForeignUrl => R::ForeignUrl,
        R::HeaderName => R::HeaderName,
        R::HeaderValue => R::HeaderValue,
        R::HeaderNotAscii => R::HeaderNotAscii,
    ]
}

fn upstream_errors() -> Vec<UpstreamError> {
    use AttachmentQuota::{TotalFileCount, TotalFileSize, Unnamed};
    use UpstreamError as E;
    let mut errors = every![
        E::InvalidFileSize => E::InvalidFileSize,
        E::InvalidFileType => E::InvalidFileType,
        E::InvalidFileName => E::InvalidFileName,
        E::InvalidRequest => E::InvalidRequest,
        E::QuotaExceeded(TotalFileSize) => E::QuotaExceeded(TotalFileSize),
        E::QuotaExceeded(TotalFileCount) => E::QuotaExceeded(TotalFileCount),
        E::QuotaExceeded(Unnamed) => E::QuotaExceeded(Unnamed),
        E::AccessDenied => E::AccessDenied,
        E::NotFound => E::NotFound,
        E::Conflict => E::Conflict,
        E::Incomplete(_) => E::Incomplete(None),
        E::Throttled(_) => E::Throttled(Wait { retry_after: Duration::from_secs(2), position: 4 }),
        E::Unavailable => E::Unavailable,
        E::TimedOut => E::TimedOut,
        E::Unexpected => E::Unexpected,
        E::Unusable(_) => E::Unusable(ReplyError::Malformed),
    ];
    errors.pop();
    errors.extend(unusable_replies().into_iter().map(E::Unusable));
    errors
}

fn token_faults() -> Vec<TokenError> {
    use TokenError as F;
    let mut faults = every![
        F::TooLong { .. } => F::TooLong { size_bytes: 9_000 },
        F::NotThreeParts => F::NotThreeParts,
        F::NotBase64Url(Part::Header) => F::NotBase64Url(Part::Header),
        F::NotBase64Url(Part::Payload) => F::NotBase64Url(Part::Payload),
        F::NotBase64Url(Part::Signature) => F::NotBase64Url(Part::Signature),
        F::HeaderNotAllowed(_) => F::HeaderNotAllowed("crit"),
        F::UnknownAlgorithm => F::UnknownAlgorithm,
        F::KeyId => F::KeyId,
        F::Type => F::Type,
        F::UnknownIssuer => F::UnknownIssuer,
        F::AlgorithmNotPinned => F::AlgorithmNotPinned,
        F::Claim(_) => F::Claim("aud"),
        F::NoSubject => F::NoSubject,
        F::Subject => F::Subject,
        F::NoAudience => F::NoAudience,
        F::Resource => F::Resource,
        F::AuthorizedParty => F::AuthorizedParty,
        F::PayloadType => F::PayloadType,
        F::ClaimNotAllowed(_) => F::ClaimNotAllowed("nonce"),
        F::Expired => F::Expired,
        F::NotYetValid => F::NotYetValid,
        F::IssuedInTheFuture => F::IssuedInTheFuture,
        F::Lifetime => F::Lifetime,
        F::Audience => F::Audience,
        F::TokenUse => F::TokenUse,
        F::UnknownKey => F::UnknownKey,
        F::AlgorithmOfKey => F::AlgorithmOfKey,
        F::Signature => F::Signature,
        F::Json { .. } => F::Json { part: Part::Header, fault: JsonError::Syntax },
    ];
    faults.pop();
    faults.extend(json_faults().into_iter().map(|fault| F::Json {
        part: Part::Payload,
        fault,
    }));
    faults
}

fn verify_errors() -> Vec<VerifyError> {
    use VerifyError as E;
    let required = vec!["uploads".to_owned()];
    let mut errors = every![
        E::InsufficientScope { .. } => E::InsufficientScope { required },
        E::KeysUnavailable(NoKeysError::NeverFetched) => E::KeysUnavailable(NoKeysError::NeverFetched),
        E::KeysUnavailable(NoKeysError::NoneListed) => E::KeysUnavailable(NoKeysError::NoneListed),
        E::KeysUnavailable(NoKeysError::TooOld) => E::KeysUnavailable(NoKeysError::TooOld),
        E::Invalid(_) => E::Invalid(TokenError::Signature),
    ];
    errors.pop();
    errors.extend(token_faults().into_iter().map(E::Invalid));
    errors
}

fn identity_errors() -> Vec<IdentityError> {
    use IdentityError as E;
    let source = UpstreamError::Unavailable;
    let claim: ClaimName = "username".parse().expect("a name");
    every![
        E::NoRule(_) => E::NoRule(vec![(0, MismatchError::Subject)]),
        E::UnusableClaim { .. } => E::UnusableClaim { rule: 0, claim, found: Shape::Number, expected: "text" },
        E::ForeignUser { .. } => E::ForeignUser { rule: 0 },
        E::UnknownUser { .. } => E::UnknownUser { rule: 0 },
        E::LookUp { .. } => E::LookUp { rule: 0, source },
    ]
}

fn denials() -> Vec<GrantError> {
    let extension = Extension::parse("pdf").expect("an extension");
    let mut denials = every![
        GrantError::Forbidden(_) => GrantError::Forbidden(vec![]),
        GrantError::LookUp(_) => GrantError::LookUp(UpstreamError::TimedOut),
        GrantError::File(_) => GrantError::File(vec![]),
    ];
    denials.pop();
    let faults = every![
        FileError::TooLarge { .. } => FileError::TooLarge { max_file_size_bytes: 20_971_520 },
        FileError::TypeNotAllowed { .. } => FileError::TypeNotAllowed { allowed_extensions: vec![extension] },
        FileError::TagNotAllowed { .. } => FileError::TagNotAllowed { key: "department".into() },
    ];
    denials.extend(faults.iter().map(|fault| GrantError::File(vec![fault.clone()])));
    denials.push(GrantError::File(faults));
    denials
}

fn broker_errors() -> Vec<BrokerError> {
    use BrokerError as E;
    use EvidenceError::{Absent, Ambiguous, ClaimsOfLambda, MalformedToken, OtherApi, Principal};
    let fault = MemberFault::new("/next", "invalid", "must be `next` of an earlier answer");
    let mut errors = every![
        E::Route(RouteError::UnknownPath) => E::Route(RouteError::UnknownPath),
        E::Route(RouteError::OtherMethod(_)) => E::Route(RouteError::OtherMethod("GET, OPTIONS")),
        E::Evidence(Absent) => E::Evidence(Absent),
        E::Evidence(Ambiguous) => E::Evidence(Ambiguous),
        E::Evidence(MalformedToken) => E::Evidence(MalformedToken),
        E::Evidence(OtherApi) => E::Evidence(OtherApi),
        E::Evidence(ClaimsOfLambda) => E::Evidence(ClaimsOfLambda),
        E::Evidence(Principal(_)) => E::Evidence(Principal("principalId")),
        E::OnBehalfOf => E::OnBehalfOf,
        E::UnknownUser => E::UnknownUser,
        E::Key(_) => E::Key(IdempotencyKeyError),
        E::Query(_) => E::Query(QueryError(vec![fault])),
        E::Table(_) => E::Table(TableError),
        E::Handle(_) => E::Handle(HandleError),
        E::UnsignableName(_) => E::UnsignableName(None),
        E::Entropy(_) => E::Entropy(EntropyError),
        E::Panic => E::Panic,
        E::Token(_) => E::Token(VerifyError::KeysUnavailable(NoKeysError::TooOld)),
        E::Identity(_) => E::Identity(IdentityError::NoRule(vec![])),
        E::Body(_) => E::Body(BodyError::TooLarge),
        E::Denied(_) => E::Denied(GrantError::Forbidden(vec![])),
        E::Upstream(_) => E::Upstream(UpstreamError::TimedOut),
    ];
    errors.truncate(errors.len() - 5);
    errors.extend(verify_errors().into_iter().map(E::Token));
    errors.extend(identity_errors().into_iter().map(E::Identity));
    errors.extend(body_errors().into_iter().map(E::Body));
    errors.extend(denials().into_iter().map(E::Denied));
    errors.extend(upstream_errors().into_iter().map(E::Upstream));
    errors
}

/// What the caller reads, and behind it what the log says.
#[test]
fn every_problem_reads_as_a_sentence() {
    let mut page = String::new();
    for error in broker_errors() {
        let logged = error.to_string();
        let problem = error.into_problem(true);
        let info = problem.code.info();
        let detail = &problem.detail;
        writeln!(
            page,
            "{} {}. {detail} (log: {logged})",
            info.status.as_u16(),
            info.title
        )
        .expect("a text");
        for fault in &problem.errors {
            writeln!(page, "    {} {}", fault.pointer, fault.detail).expect("a text");
        }
        let is_sentence = detail.starts_with(|c: char| c.is_ascii_uppercase()) && detail.ends_with('.');
        assert!(is_sentence, "{detail}");
        assert!(!logged.ends_with('.'), "{logged}");
    }
    insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, { insta::assert_snapshot!("problems", page) });
}
