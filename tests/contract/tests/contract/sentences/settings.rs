//! The predicates about settings that an operator reads: each follows the name of a member.

use broker_core::arn::ArnError;
use broker_core::claim_name::ClaimNameError;
use broker_core::file::ExtensionError;
use broker_core::request::TagError;
use broker_core::upload_hosts::UploadHostError;
use broker_http::settings::Rule;
use broker_token::{
    IssuerNameFault, KeyDocumentFault, KeyUrlError, Profile, UnknownAlgorithm, UnknownProfile,
};

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
    insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, { insta::assert_snapshot!("settings", lines.join("\n")) });
}
