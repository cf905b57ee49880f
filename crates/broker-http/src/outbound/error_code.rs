//! The error codes: one table of their names, statuses, titles and sentences.

use http::StatusCode;

/// Defines [`ErrorCode`] and what is fixed for each code from one list.
macro_rules! error_codes {
    ($($code:ident { $name:literal, $status:ident, retryable: $is_retryable:literal, $title:literal, $detail:literal })+) => {
        /// What went wrong. Clients decide by its name, so a name never changes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $(#[doc = $detail] $code,)+
        }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$code),+];

            /// Everything that is fixed for the code.
            #[must_use]
            pub const fn info(self) -> CodeInfo {
                match self {
                    $(Self::$code => CodeInfo {
                        name: $name,
                        status: StatusCode::$status,
                        is_retryable: $is_retryable,
                        title: $title,
                        detail: $detail,
                    },)+
                }
            }
        }
    };
}

/// The status, title and other parts that each error code fixes.
#[derive(Clone, Copy, Debug)]
pub struct CodeInfo {
    /// The member `code`, and the end of `type`.
    pub name: &'static str,
    /// The HTTP status.
    pub status: StatusCode,
    /// Whether the same request may succeed later.
    pub is_retryable: bool,
    /// The member `title`.
    pub title: &'static str,
    /// The member `detail`, unless the error has a more precise sentence.
    pub detail: &'static str,
}

error_codes! {
    MalformedRequest {
        "malformed-request", BAD_REQUEST, retryable: false, "Malformed request",
        "The request cannot be read."
    }
    Unauthenticated {
        "unauthenticated", UNAUTHORIZED, retryable: false, "Authentication required",
        "Credentials of exactly one accepted kind are required."
    }
    InvalidToken {
        "invalid-token", UNAUTHORIZED, retryable: false, "Invalid token",
        "The token is malformed, expired or not meant for this service."
    }
    Forbidden {
        "forbidden", FORBIDDEN, retryable: false, "Forbidden",
        "You may not use this resource, or it does not exist."
    }
    InsufficientScope {
        "insufficient-scope", FORBIDDEN, retryable: false, "Insufficient scope",
        "The token lacks a required scope."
    }
    NotFound {
        "not-found", NOT_FOUND, retryable: false, "Not found",
        "There is no such resource, or it is not yours."
    }
    MethodNotAllowed {
        "method-not-allowed", METHOD_NOT_ALLOWED, retryable: false, "Method not allowed",
        "This resource does not support that method."
    }
    Conflict {
        "conflict", CONFLICT, retryable: true, "Conflict",
        "Another request is changing the same resource."
    }
    UploadIncomplete {
        "upload-incomplete", CONFLICT, retryable: false, "Upload incomplete",
        "The file has not arrived completely; send it, then complete the upload."
    }
    AttachmentQuotaExceeded {
        "attachment-quota-exceeded", CONFLICT, retryable: false, "Attachment quota exceeded",
        "This resource has reached a limit on its attached files."
    }
    FileTooLarge {
        "file-too-large", PAYLOAD_TOO_LARGE, retryable: false, "File too large",
        "The file is larger than allowed."
    }
    BodyTooLarge {
        "body-too-large", PAYLOAD_TOO_LARGE, retryable: false, "Body too large",
        "The body is larger than allowed."
    }
    UnsupportedMediaType {
        "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE, retryable: false, "Unsupported media type",
        "The body must be application/json in UTF-8, without a Content-Encoding."
    }
    InvalidRequest {
        "invalid-request", UNPROCESSABLE_ENTITY, retryable: false, "Invalid request",
        "Some members are missing, unknown or out of range."
    }
    FileTypeNotAllowed {
        "file-type-not-allowed", UNPROCESSABLE_ENTITY, retryable: false, "File type not allowed",
        "Files of this type are not allowed."
    }
    TooManyRequests {
        "too-many-requests", TOO_MANY_REQUESTS, retryable: true, "Too many requests",
        "Amazon Connect's quota is used up for now."
    }
    Internal {
        "internal", INTERNAL_SERVER_ERROR, retryable: true, "Internal error",
        "The broker failed; the request may be repeated."
    }
    UpstreamFailed {
        "upstream-failed", BAD_GATEWAY, retryable: false, "Upstream failed",
        "Amazon Connect did not give a usable answer."
    }
    UpstreamUnavailable {
        "upstream-unavailable", SERVICE_UNAVAILABLE, retryable: true, "Upstream unavailable",
        "A service that the broker depends on does not answer."
    }
    UpstreamTimeout {
        "upstream-timeout", GATEWAY_TIMEOUT, retryable: true, "Upstream timeout",
        "Amazon Connect did not answer in time."
    }
}
