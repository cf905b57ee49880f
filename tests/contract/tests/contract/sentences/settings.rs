//! The predicates about settings that an operator reads: each follows the name of a member.

use broker_core::arn::ArnError;
use broker_core::claim_name::ClaimNameError;
use broker_core::file::ExtensionError;
use broker_core::request::TagError;
use broker_core::upload_hosts::UploadHostError;
use broker_http::settings::RuleError;
use broker_token::{IssuerNameError, KeyDocumentError, KeyUrlError, PolicyError, Profile};

use super::{key_document_faults, key_url_errors};

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

fn policy_errors() -> Vec<PolicyError> {
    use PolicyError as E;
    let mut errors = every![
        E::Url(_) => E::Url(KeyUrlError::IpAddress),
        E::IssuerName(IssuerNameError::Length) => E::IssuerName(IssuerNameError::Length),
        E::IssuerName(IssuerNameError::Character) => E::IssuerName(IssuerNameError::Character),
        E::IssuerName(IssuerNameError::NotAUri) => E::IssuerName(IssuerNameError::NotAUri),
        E::QueryInUrl => E::QueryInUrl,
        E::Audiences => E::Audiences,
        E::Algorithms => E::Algorithms,
        E::Scopes => E::Scopes,
        E::Leeway => E::Leeway,
        E::MaxLifetime => E::MaxLifetime,
        E::JwksUrl(_) => E::JwksUrl(KeyUrlError::IpAddress),
        E::JwksFile(_) => E::JwksFile(KeyDocumentError::NoKeysArray),
    ];
    errors.truncate(errors.len() - 2);
    errors.extend(key_url_errors().into_iter().map(E::JwksUrl));
    errors.extend(key_document_faults().into_iter().map(E::JwksFile));
    errors
}

fn rules() -> Vec<RuleError> {
    use RuleError as R;
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
        R::OneOf(_) => R::OneOf(&["token", "jwt", "lambda", "iam"]),
        R::Unreadable(_) => R::Unreadable(not_found),
        R::NotUtf8 => R::NotUtf8,
        R::Syntax { .. } => R::Syntax { line: 2, column: 9 },
        R::CasesDomain => R::CasesDomain,
        R::HandleKey => R::HandleKey,
        R::RepeatedHandleKeyByte => R::RepeatedHandleKeyByte,
        R::SameHandleKeyId => R::SameHandleKeyId,
        R::TableName => R::TableName,
        R::EventBus => R::EventBus,
        R::WithoutTable => R::WithoutTable,
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
        R::OnlyInProfile(_) => R::OnlyInProfile(Profile::CognitoAccess),
        R::ScopesOfIdTokens => R::ScopesOfIdTokens,
        R::SameIssuer => R::SameIssuer,
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
        R::Issuer(_) => R::Issuer(PolicyError::QueryInUrl),
        R::TagKey(_) => R::TagKey(TagError::Key),
    ];
    rules.truncate(rules.len() - 4);
    rules.extend(arn_errors().into_iter().map(arn));
    rules.extend(upload_host_errors().into_iter().map(R::UploadHost));
    rules.extend(policy_errors().into_iter().map(R::Issuer));
    rules.extend(tag_errors().into_iter().map(R::TagKey));
    rules
}

/// What operators read of their settings: the name of a member stands in front.
#[test]
fn every_fault_of_the_settings_reads_as_a_predicate() {
    let lines: Vec<_> = rules().iter().map(|rule| format!("MEMBER: {rule}")).collect();
    insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, { insta::assert_snapshot!("settings", lines.join("\n")) });
}
