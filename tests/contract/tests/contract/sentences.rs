//! Every sentence that callers and operators read, in one place: the snapshots beside it are there to be read.

use std::fmt::Write as _;
use std::time::Duration;

use broker_core::arn::ArnError;
use broker_core::caller::Shape;
use broker_core::claim_name::{ClaimName, ClaimNameError};
use broker_core::file::{Extension, ExtensionError, FileNameError};
use broker_core::grants::{FileError, GrantError};
use broker_core::identity::IdentityError;
use broker_core::ports::{AttachmentQuota, UpstreamError};
use broker_core::request::TagError;
use broker_core::rule::MismatchError;
use broker_core::strict_url::{StrictUrl, UrlError};
use broker_core::ticket::ReplyError;
use broker_core::upload_hosts::UploadHostError;
use broker_http::clock_and_random::EntropyError;
use broker_http::error::BrokerError;
use broker_http::fault::MemberFault;
use broker_http::handle::HandleError;
use broker_http::inbound::body::BodyError;
use broker_http::inbound::event::EventError;
use broker_http::inbound::evidence::EvidenceError;
use broker_http::inbound::idempotency::IdempotencyKeyError;
use broker_http::inbound::route::RouteError;
use broker_http::settings::Rule;
use broker_token::strict_json::JsonFault;
use broker_token::{
    FetchError, IssuerNameFault, KeyDocumentFault, KeyFault, KeyUrlError, NoKeys, Part, PolicyFault, Profile,
    RefreshFault, SelfTestFailed, TokenFault, UnknownAlgorithm, UnknownProfile, VerifyError,
};
use serde_json::json;
use test_support::{Bench, upload_event};

/// Values of an error, one for each variant: a variant that is missing does not compile.
macro_rules! every {
    ($($pattern:pat => $value:expr),+ $(,)?) => {{
        let values = vec![$($value),+];
        for value in &values {
            match value { $($pattern => ()),+ }
        }
        values
    }};
}

fn json_faults() -> Vec<JsonFault> {
    use JsonFault as F;
    every![
        F::NotUtf8 => F::NotUtf8,
        F::ByteOrderMark => F::ByteOrderMark,
        F::DuplicateMember => F::DuplicateMember,
        F::TooDeep { .. } => F::TooDeep { max_depth: 8 },
        F::Syntax => F::Syntax,
        F::NotAnObject => F::NotAnObject,
    ]
}

fn body_errors() -> Vec<BodyError> {
    use BodyError as E;
    let fault = MemberFault::new("/fileName", "required", "is required");
    let mut errors = every![
        E::UnsupportedMediaType => E::UnsupportedMediaType,
        E::TooLarge => E::TooLarge,
        E::NotBase64 => E::NotBase64,
        E::Members(_) => E::Members(vec![fault]),
        E::Json(_) => E::Json(JsonFault::Syntax),
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
        E::Incomplete => E::Incomplete,
        E::Throttled { .. } => E::Throttled { retry_after: Duration::from_secs(2) },
        E::Unavailable => E::Unavailable,
        E::TimedOut => E::TimedOut,
        E::Unexpected => E::Unexpected,
        E::Unusable(_) => E::Unusable(ReplyError::Malformed),
    ];
    errors.pop();
    errors.extend(unusable_replies().into_iter().map(E::Unusable));
    errors
}

fn token_faults() -> Vec<TokenFault> {
    use TokenFault as F;
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
        F::Json { .. } => F::Json { part: Part::Header, fault: JsonFault::Syntax },
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
        E::KeysUnavailable(NoKeys::NeverFetched) => E::KeysUnavailable(NoKeys::NeverFetched),
        E::KeysUnavailable(NoKeys::NoneListed) => E::KeysUnavailable(NoKeys::NoneListed),
        E::KeysUnavailable(NoKeys::TooOld) => E::KeysUnavailable(NoKeys::TooOld),
        E::Invalid(_) => E::Invalid(TokenFault::Signature),
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
        E::Handle(_) => E::Handle(HandleError),
        E::UnsignableName(_) => E::UnsignableName(None),
        E::Entropy(_) => E::Entropy(EntropyError),
        E::Panic => E::Panic,
        E::Token(_) => E::Token(VerifyError::KeysUnavailable(NoKeys::TooOld)),
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
    insta::with_settings!({omit_expression => true}, { insta::assert_snapshot!("problems", page) });
}

fn file_name_errors() -> Vec<FileNameError> {
    use FileNameError as N;
    every![
        N::Length => N::Length,
        N::Unseen(_) => N::Unseen('\u{200b}'.into()),
        N::ControlCharacter(_) => N::ControlCharacter('\u{7}'.into()),
        N::RefusedCharacter(_) => N::RefusedCharacter('/'.into()),
        N::TooManyMarks(_) => N::TooManyMarks('\u{301}'.into()),
        N::OuterSpaceOrDot(_) => N::OuterSpaceOrDot(' '.into()),
        N::NoExtension => N::NoExtension,
        N::ExtensionCharacter(_) => N::ExtensionCharacter('\u{ff0e}'.into()),
        N::Device(_) => N::Device("NUL"),
        N::LookAlike(_) => N::LookAlike('\u{ff0f}'.into()),
        N::NotAscii(_) => N::NotAscii('\u{e9}'.into()),
    ]
}

#[tokio::test]
async fn every_fault_of_a_member_reads_as_a_predicate() {
    let mut lines = std::collections::BTreeSet::new();
    for (member, value) in [
        ("fileName", json!(null)),
        ("fileName", json!(7)),
        ("fileSizeInBytes", json!(0)),
        ("fileSizeInBytes", json!("5")),
        ("associatedResourceArn", json!(7)),
        ("associatedResourceArn", json!("x")),
        ("fileUseCaseType", json!("x")),
        ("urlExpiryInSeconds", json!(4)),
        ("tags", json!([])),
        ("tags", json!({"k": 1})),
        ("tags", json!({"a,b": "v"})),
        ("tags", json!({"aws:k": "v"})),
        ("tags", json!({"k": "v".repeat(257)})),
        ("tags", json!({"k": "\u{200b}"})),
        ("onBehalfOf", json!("")),
        ("createdBy", json!("x")),
    ] {
        let reply = Bench::for_tokens()
            .respond(&upload_event().member(member, value))
            .await;
        for fault in reply.json()["errors"].as_array().expect("faults") {
            let text = |name: &str| fault[name].as_str().expect("a text").to_owned();
            lines.insert(format!("{} {}", text("pointer"), text("detail")));
        }
    }
    lines.extend(
        file_name_errors()
            .iter()
            .map(|error| format!("/fileName {error}")),
    );
    let page: Vec<_> = lines.into_iter().collect();
    insta::with_settings!({omit_expression => true}, { insta::assert_snapshot!("members", page.join("\n")) });
}

fn url_errors() -> Vec<UrlError> {
    use UrlError as E;
    every![
        E::Malformed(_) => StrictUrl::parse("https://").expect_err("no host"),
        E::Spelling => E::Spelling,
        E::Scheme => E::Scheme,
        E::UserInfo => E::UserInfo,
        E::Fragment => E::Fragment,
        E::Host => E::Host,
        E::PlainHttp => E::PlainHttp,
    ]
}

fn key_url_errors() -> Vec<KeyUrlError> {
    use KeyUrlError as E;
    let mut errors = every![
        E::TooLong => E::TooLong,
        E::IpAddress => E::IpAddress,
        E::Url(_) => E::Url(UrlError::Host),
    ];
    errors.pop();
    errors.extend(url_errors().into_iter().map(E::Url));
    errors
}

fn key_document_faults() -> Vec<KeyDocumentFault> {
    use KeyDocumentFault as F;
    every![
        F::TooLarge { .. } => F::TooLarge { size_bytes: 70_000 },
        F::Json(_) => F::Json(JsonFault::DuplicateMember),
        F::NoKeys => F::NoKeys,
        F::TooManyKeys { .. } => F::TooManyKeys { count: 101 },
        F::NoUsableKey => F::NoUsableKey,
    ]
}

fn arn_errors() -> Vec<ArnError> {
    use ArnError as E;
    every![
        E::NotAnArn => E::NotAnArn,
        E::UnknownPartition => E::UnknownPartition,
        E::WrongService => E::WrongService,
        E::WrongResource => E::WrongResource,
        E::BadId => E::BadId,
    ]
}

fn tag_errors() -> Vec<TagError> {
    use TagError as E;
    every![
        E::Key => E::Key,
        E::ReservedKey => E::ReservedKey,
        E::Value => E::Value,
        E::ValueCharacter(_) => E::ValueCharacter('\u{200b}'.into()),
        E::TooMany => E::TooMany,
    ]
}

fn upload_host_errors() -> Vec<UploadHostError> {
    use UploadHostError as E;
    every![E::Malformed => E::Malformed, E::PlainHttp => E::PlainHttp]
}

fn rules() -> Vec<Rule> {
    use Rule as R;
    let not_found = std::io::ErrorKind::NotFound;
    let arn = |fault| R::Arn {
        expected: "a Cases domain",
        fault,
    };
    let mut rules = every![
        R::Required => R::Required,
        R::Unknown => R::Unknown,
        R::Type(_) => R::Type("a string"),
        R::Empty => R::Empty,
        R::TooMany(_) => R::TooMany(10),
        R::Range { .. } => R::Range { min: 5, max: 300 },
        R::AtLeast(_) => R::AtLeast(1),
        R::OneOf(_) => R::OneOf("token, jwt, lambda, iam"),
        R::Unreadable(_) => R::Unreadable(not_found),
        R::NotUtf8 => R::NotUtf8,
        R::Syntax { .. } => R::Syntax { line: 2, column: 9 },
        R::CasesDomain => R::CasesDomain,
        R::HandleKey => R::HandleKey,
        R::RepeatedHandleKeyByte => R::RepeatedHandleKeyByte,
        R::SameHandleKeyId => R::SameHandleKeyId,
        R::BasePath => R::BasePath,
        R::RouteInBasePath => R::RouteInBasePath,
        R::CaBundle => R::CaBundle,
        R::Origin => R::Origin,
        R::RequestHeader => R::RequestHeader,
        R::ApiId => R::ApiId,
        R::TokenAndJwt => R::TokenAndJwt,
        R::NoIssuer => R::NoIssuer,
        R::UnusedIssuer => R::UnusedIssuer,
        R::NoIdentity => R::NoIdentity,
        R::NoGrant => R::NoGrant,
        R::Endpoint => R::Endpoint,
        R::DiscoveryUrl(_) => R::DiscoveryUrl(KeyUrlError::IpAddress),
        R::IssuerName(_) => R::IssuerName(IssuerNameFault::Length),
        R::OnlyInProfile(_) => R::OnlyInProfile(Profile::CognitoAccess),
        R::ScopesOfIdTokens => R::ScopesOfIdTokens,
        R::QueryInUrl => R::QueryInUrl,
        R::SameIssuer => R::SameIssuer,
        R::Profile(_) => R::Profile(UnknownProfile),
        R::Algorithm(_) => R::Algorithm(UnknownAlgorithm),
        R::Scope => R::Scope,
        R::TwoKeySources => R::TwoKeySources,
        R::IssuerOfNothing => R::IssuerOfNothing,
        R::IamSubject => R::IamSubject,
        R::NoClaims => R::NoClaims,
        R::ClaimTest => R::ClaimTest,
        R::WithoutClaim => R::WithoutClaim,
        R::EditableClaim => R::EditableClaim,
        R::FlattenedArray => R::FlattenedArray,
        R::ReservedIssuer => R::ReservedIssuer,
        R::FlattenedObject => R::FlattenedObject,
        R::FlattenedText => R::FlattenedText,
        R::FlattenedFlag => R::FlattenedFlag,
        R::ClaimName(ClaimNameError::Empty) => R::ClaimName(ClaimNameError::Empty),
        R::ClaimName(ClaimNameError::EmptySegment) => R::ClaimName(ClaimNameError::EmptySegment),
        R::ClaimName(ClaimNameError::Escape) => R::ClaimName(ClaimNameError::Escape),
        R::User => R::User,
        R::ForeignUser => R::ForeignUser,
        R::NobodyToName => R::NobodyToName,
        R::Resources => R::Resources,
        R::ForeignResource => R::ForeignResource,
        R::LendsWhatIsPersonal => R::LendsWhatIsPersonal,
        R::Username => R::Username,
        R::Extension(_) => R::Extension(ExtensionError),
        R::LeadingDot => R::LeadingDot,
        R::Arn { .. } => arn(ArnError::NotAnArn),
        R::UploadHost(_) => R::UploadHost(UploadHostError::Malformed),
        R::Url(_) => R::Url(KeyUrlError::IpAddress),
        R::Keys(_) => R::Keys(KeyDocumentFault::NoKeys),
        R::TagKey(_) => R::TagKey(TagError::Key),
    ];
    rules.truncate(rules.len() - 5);
    rules.extend(arn_errors().into_iter().map(arn));
    rules.extend(upload_host_errors().into_iter().map(R::UploadHost));
    rules.extend(key_url_errors().into_iter().map(R::Url));
    rules.extend(key_document_faults().into_iter().map(R::Keys));
    rules.extend(tag_errors().into_iter().map(R::TagKey));
    rules
}

/// What operators read of their settings: the name of a member stands in front.
#[test]
fn every_fault_of_the_settings_reads_as_a_predicate() {
    let lines: Vec<_> = rules().iter().map(|rule| format!("MEMBER: {rule}")).collect();
    insta::with_settings!({omit_expression => true}, { insta::assert_snapshot!("settings", lines.join("\n")) });
}

fn key_faults() -> Vec<KeyFault> {
    use KeyFault as F;
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

fn refresh_faults() -> Vec<RefreshFault> {
    use RefreshFault as F;
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
        F::Discovery(_) => F::Discovery(JsonFault::Syntax),
        F::Keys(_) => F::Keys(KeyDocumentFault::NoKeys),
    ];
    faults.truncate(faults.len() - 3);
    faults.extend(fetch_errors.into_iter().map(F::FetchDiscovery));
    faults.extend(json_faults().into_iter().map(F::Discovery));
    faults.extend(key_document_faults().into_iter().map(F::Keys));
    faults
}

fn policy_faults() -> Vec<PolicyFault> {
    use PolicyFault as F;
    every![
        F::Url(_) => F::Url(KeyUrlError::IpAddress),
        F::IssuerName(IssuerNameFault::Length) => F::IssuerName(IssuerNameFault::Length),
        F::IssuerName(IssuerNameFault::Character) => F::IssuerName(IssuerNameFault::Character),
        F::IssuerName(IssuerNameFault::NotAUri) => F::IssuerName(IssuerNameFault::NotAUri),
        F::QueryInUrl => F::QueryInUrl,
        F::DuplicateUrl => F::DuplicateUrl,
        F::Audiences => F::Audiences,
        F::Algorithms => F::Algorithms,
        F::Scopes => F::Scopes,
        F::Leeway => F::Leeway,
        F::MaxLifetime => F::MaxLifetime,
        F::JwksUrl(_) => F::JwksUrl(KeyUrlError::IpAddress),
        F::JwksFile(_) => F::JwksFile(KeyDocumentFault::Json(JsonFault::DuplicateMember)),
    ]
}

/// What operators read in the log, beside the faults of requests.
#[test]
fn every_line_about_keys_and_events_reads_as_a_sentence() {
    let mut lines: Vec<String> = Vec::new();
    lines.extend(key_faults().iter().map(ToString::to_string));
    lines.extend(refresh_faults().iter().map(ToString::to_string));
    lines.extend(policy_faults().iter().map(ToString::to_string));
    lines.extend([EventError.to_string(), SelfTestFailed.to_string()]);
    insta::with_settings!({omit_expression => true}, { insta::assert_snapshot!("log", lines.join("\n")) });
}
