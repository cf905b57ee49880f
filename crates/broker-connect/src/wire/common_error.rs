//! Error codes that mean the same for every operation, whatever the status of the answer.

/// What such a code means. Not every operation has these codes in its model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommonError {
    /// Too many requests.
    Throttled,
    /// AWS knows the caller, and the caller may not do this.
    AccessDenied,
    /// AWS does not accept the credentials or the signature.
    NotAuthenticated,
}

impl CommonError {
    /// The meaning of `code`. Sources: `aws-runtime`, retry classifiers; AWS common errors.
    #[must_use]
    pub fn named(code: &str) -> Option<Self> {
        match code {
            "Throttling"
            | "ThrottlingException"
            | "ThrottledException"
            | "RequestThrottledException"
            | "TooManyRequestsException"
            | "RequestLimitExceeded"
            | "SlowDown" => Some(Self::Throttled),
            "AccessDenied" | "AccessDeniedException" | "NotAuthorized" => Some(Self::AccessDenied),
            "ExpiredToken"
            | "ExpiredTokenException"
            | "IncompleteSignature"
            | "IncompleteSignatureException"
            | "InvalidClientTokenId"
            | "InvalidSignatureException"
            | "MissingAuthenticationToken"
            | "MissingAuthenticationTokenException"
            | "RequestExpired"
            | "RequestTimeTooSkewed"
            | "SignatureDoesNotMatch"
            | "UnrecognizedClientException" => Some(Self::NotAuthenticated),
            _ => None,
        }
    }
}
