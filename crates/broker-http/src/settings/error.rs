//! Errors of the settings: each has the name of a variable or member and the rule that it breaks, never its value.

use std::cell::RefCell;
use std::fmt;
use std::io;

use broker_core::arn::ArnError;
use broker_core::caller::CallerIssuer::{AwsIam, LambdaAuthorizer};
use broker_core::claim_name::ClaimNameError;
use broker_core::file::ExtensionError;
use broker_core::request::TagError;
use broker_core::upload_hosts::UploadHostError;
use broker_token::{PolicyError, Profile};

/// One fault of the settings; its text is one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError {
    name: Box<str>,
    rule: RuleError,
}

impl SettingsError {
    /// The variable or member at fault, e.g. `HANDLE_KEYS[1]` or `grant[2].resources`; counted from 0.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The rule that it breaks.
    #[must_use]
    pub const fn rule(&self) -> &RuleError {
        &self.rule
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.rule)
    }
}

/// A rule of the settings, stated as what is expected. Carries nothing of the value that breaks it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// Something that must be given is not.
    #[error("is required")]
    Required,
    /// A member that does not exist.
    #[error("is not a known member")]
    Unknown,
    /// A value of another type.
    #[error("must be {0}")]
    Type(&'static str),
    /// An empty text or list.
    #[error("must not be empty")]
    Empty,
    /// A list with more elements than allowed.
    #[error("must have at most {0} elements")]
    TooMany(usize),
    /// A number out of its range.
    #[error("must be from {min} to {max}")]
    Range {
        /// Smallest that is allowed.
        min: u64,
        /// Largest that is allowed.
        max: u64,
    },
    /// A number that is too small.
    #[error("must be at least {0}")]
    AtLeast(u64),
    /// A text that is not one of the allowed names.
    #[error("must be one of {}", .0.join(", "))]
    OneOf(&'static [&'static str]),
    /// A file that cannot be read.
    #[error("must name a readable file: {0}")]
    Unreadable(io::ErrorKind),
    /// A file that is not UTF-8.
    #[error("must name a file in UTF-8")]
    NotUtf8,
    /// A file that is not TOML.
    #[error("must name a TOML file: syntax error at line {line}, column {column}")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
    },
    /// Not the ARN that is expected.
    #[error("must be the ARN of {expected}: {fault}")]
    Arn {
        /// Whose ARN is expected.
        expected: &'static str,
        /// What is wrong with it.
        fault: ArnError,
    },
    /// No Cases domain, although a grant names cases.
    #[error("is required, because a grant names cases")]
    CasesDomain,
    /// A handle key that does not decode to 32 bytes.
    #[error("must be 64 hex digits or standard base64 of exactly 32 bytes")]
    HandleKey,
    /// A handle key that nobody drew at random.
    #[error("must be random, not one byte repeated: `openssl rand -hex 32` makes a key")]
    RepeatedHandleKeyByte,
    /// A handle key whose id another one has.
    #[error("must have another key id than the keys before it")]
    SameHandleKeyId,
    /// A text that names no table.
    #[error("must be a table's name: 3 to 255 of A-Z a-z 0-9 _ - .")]
    TableName,
    /// A text that names no event bus.
    #[error("must be the name or ARN of an event bus")]
    EventBus,
    /// Rows of uploads, although there is no table.
    #[error("must not be \"full\" without SHARED_TABLE")]
    WithoutTable,
    /// A base path that is malformed.
    #[error("must be empty or `/` and segments of A-Z a-z 0-9 - . _ ~, without a slash at the end")]
    BasePath,
    /// A bundle that holds something else than certificates, or nothing.
    #[error("must name a file of PEM certificates and nothing else, at least one")]
    CaBundle,
    /// A base path in which a route would be found.
    #[error("must have no segment `uploads` or `limits`, because the routes begin with these")]
    RouteInBasePath,
    /// An origin that is not as browsers send it.
    #[error(
        "must be an origin as browsers send it: https, http on localhost or a literal loopback address, or \
             an app's scheme://host; lower case, punycode, no default port, no slash"
    )]
    Origin,
    /// Not the name of a header that scripts may set.
    #[error(
        "must be the whole name of a request header: no pattern, not `cookie`, and none that begins with `x-amz-`"
    )]
    RequestHeader,
    /// An upload host that cannot be one.
    #[error("{0}")]
    UploadHost(UploadHostError),
    /// The id of an API that cannot be one.
    #[error("must be the id of an API: letters and digits")]
    ApiId,
    /// Evidence that shuts out other evidence.
    #[error("must not have both \"token\" and \"jwt\"")]
    TokenAndJwt,
    /// No issuer, although tokens are accepted.
    #[error("is required: at least one [[issuer]], because authentication.accept has \"token\" or \"jwt\"")]
    NoIssuer,
    /// An issuer, although no tokens are accepted.
    #[error("is never used, because authentication.accept has neither \"token\" nor \"jwt\"")]
    UnusedIssuer,
    /// No identity rule.
    #[error("is required: at least one [[identity]]")]
    NoIdentity,
    /// No grant.
    #[error("is required: at least one [[grant]]")]
    NoGrant,
    /// An endpoint that cannot be asked safely.
    #[error("must be https, or http on a literal loopback address")]
    Endpoint,
    /// A rule for issuers that their verifier needs.
    #[error("{0}")]
    Issuer(PolicyError),
    /// A member that tokens of the entry's profile have no use for.
    #[error("is read in profile {0} only")]
    OnlyInProfile(Profile),
    /// Scopes in an entry for ID tokens, which have none.
    #[error("must be empty in profile oidc-id: a token with scopes is not an ID token")]
    ScopesOfIdTokens,
    /// An issuer that is there twice.
    #[error("must differ from every other issuer's")]
    SameIssuer,
    /// A scope that is malformed.
    #[error("must be a single scope, without spaces")]
    Scope,
    /// Two places where signing keys could come from.
    #[error("must not stand beside `jwks_url`")]
    TwoKeySources,
    /// An issuer that nothing produces.
    #[error(
        "must be the url of an [[issuer]], or {:?} or {:?} where authentication.accept has \"iam\" or \"lambda\"",
        AwsIam.as_str(), LambdaAuthorizer.as_str()
    )]
    IssuerOfNothing,
    /// An issuer whose name is reserved for callers of other evidence.
    #[error(
        "must not be {:?} or {:?}, because its tokens would pose as such callers",
        AwsIam.as_str(), LambdaAuthorizer.as_str()
    )]
    ReservedIssuer,
    /// A subject that no IAM role has.
    #[error("must be arn:PARTITION:iam::ACCOUNT:role/NAME, without path or session")]
    IamSubject,
    /// A condition on the claims of a caller that has none.
    #[error("must not be there, because callers of {:?} have no claims", AwsIam.as_str())]
    NoClaims,
    /// A claim without its condition, or with two.
    #[error("must have exactly one of `equals` and `contains` beside it")]
    ClaimTest,
    /// A condition without its claim.
    #[error("must have `claim` beside it")]
    WithoutClaim,
    /// Not a valid name of a claim.
    #[error("{0}")]
    ClaimName(ClaimNameError),
    /// A claim that many providers let their users edit.
    #[error(
        "must be a claim that its subject cannot change; if this one is, list it in the issuer's \
             immutable_claims"
    )]
    EditableClaim,
    /// An array claim where the gateway flattens arrays.
    #[error("must not need an array claim, because under \"jwt\" the gateway flattens arrays")]
    FlattenedArray,
    /// A member of an object where the gateway flattens objects.
    #[error("must not be a JSON Pointer, because under \"jwt\" the gateway flattens objects")]
    FlattenedObject,
    /// A text that a flattened array or object could be.
    #[error(
        "must not begin with `[` or `map[`, because under \"jwt\" a flattened array or object would match"
    )]
    FlattenedText,
    /// A boolean where the gateway makes texts of booleans.
    #[error(
        "must be a string, because under \"jwt\" the gateway makes texts of booleans: \"true\" or \"false\""
    )]
    FlattenedFlag,
    /// Not a way to find a user.
    #[error(
        "must be {{ username_claim = \"...\" }}, {{ arn_claim = \"...\" }}, a user's ARN or \"on-behalf-of\""
    )]
    User,
    /// A user of another instance.
    #[error("must be a user of CONNECT_INSTANCE_ARN")]
    ForeignUser,
    /// A backend that could never name a user.
    #[error("must have a [[grant]] with `on_behalf_of` that its callers can use")]
    NobodyToName,
    /// Not a set of resources.
    #[error(
        "must be \"any-case\", \"any-contact\", \"own-contacts\", a list of ARNs, \
             {{ case_ids_claim = \"...\" }} or {{ case_customer_claim = \"...\" }}"
    )]
    Resources,
    /// A resource of another deployment.
    #[error("must be a case of CASES_DOMAIN_ARN or a contact of CONNECT_INSTANCE_ARN")]
    ForeignResource,
    /// A personal permission that others could use.
    #[error("must not stand beside own-contacts or a claim-based resource")]
    LendsWhatIsPersonal,
    /// Not a username of Connect.
    #[error("must be a username: 1 to 100 characters, no control characters, no outer spaces")]
    Username,
    /// Not an extension.
    #[error("{0}")]
    Extension(ExtensionError),
    /// An extension with its dot.
    #[error("must be without the leading dot")]
    LeadingDot,
    /// Not the key of a tag.
    #[error("{0}")]
    TagKey(TagError),
}

/// The faults found so far.
#[derive(Default)]
pub(super) struct Faults(RefCell<Vec<SettingsError>>);

impl Faults {
    pub(super) fn add(&self, name: impl Into<Box<str>>, rule: RuleError) {
        self.0.borrow_mut().push(SettingsError {
            name: name.into(),
            rule,
        });
    }

    /// `whole`, provided that there was no fault.
    ///
    /// INVARIANT: what could not be read has left a fault, so settings with a stand-in in them are never
    /// given away.
    pub(super) fn unless_any<T>(self, whole: Option<T>) -> Result<T, Vec<SettingsError>> {
        let faults = self.0.into_inner();
        match whole {
            Some(whole) if faults.is_empty() => Ok(whole),
            _ => Err(faults),
        }
    }
}
