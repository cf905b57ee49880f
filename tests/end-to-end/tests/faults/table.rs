//! The faults, and the answer of each route to each fault.

use serde_json::{Value, json};

/// The routes that call one operation each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Start,
    Complete,
    Status,
    Delete,
}

impl Route {
    /// The operation behind the route.
    pub(crate) const fn operation(self) -> &'static str {
        match self {
            Self::Start => "StartAttachedFileUpload",
            Self::Complete => "CompleteAttachedFileUpload",
            Self::Status => "BatchGetAttachedFileMetadata",
            Self::Delete => "DeleteAttachedFile",
        }
    }

    /// The status of a request that succeeds.
    const fn success(self) -> u16 {
        match self {
            Self::Start => 201,
            Self::Complete | Self::Delete => 204,
            Self::Status => 200,
        }
    }
}

/// Number of listed calls of the operation. A call that stalled or was abandoned is not listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attempts {
    Exactly(usize),
    Several,
}

impl Attempts {
    pub(crate) const fn holds(self, seen: usize) -> bool {
        match self {
            Self::Exactly(expected) => seen == expected,
            Self::Several => seen > 1,
        }
    }
}

/// A route's answer: status, the problem's code, and the attempts it took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) attempts: Attempts,
}

/// A row of the table.
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    /// The fault for `PUT /_local/faults`, without the operation.
    armed: Value,
    pub(crate) answer: Answer,
}

impl Fault {
    /// The row's fault, armed for `operation`.
    pub(crate) fn armed_for(&self, operation: &str) -> Value {
        let mut armed = self.armed.clone();
        armed["operation"] = json!(operation);
        armed
    }
}

fn fault(name: &'static str, armed: Value, status: u16, code: &'static str, attempts: Attempts) -> Fault {
    let answer = Answer {
        status,
        code,
        attempts,
    };
    Fault { name, armed, answer }
}

/// The rows of `route`: those of every route, and its own. Uploads go to `store`.
pub(crate) fn of(route: Route, store: &str) -> Vec<Fault> {
    let own = match route {
        Route::Start => refused_starts()
            .into_iter()
            .chain(unusable_starts(store))
            .collect(),
        Route::Complete => complete(),
        Route::Status => status(),
        Route::Delete => delete(),
    };
    every_route(route.success()).into_iter().chain(own).collect()
}

const ONCE: Attempts = Attempts::Exactly(1);
const TWICE: Attempts = Attempts::Exactly(2);
const UNSEEN: Attempts = Attempts::Exactly(0);

fn error(code: &str) -> Value {
    json!({"kind": "error", "code": code})
}

fn always(mut armed: Value) -> Value {
    armed["times"] = json!(1_000);
    armed
}

fn every_route(success: u16) -> Vec<Fault> {
    use Attempts::Several;
    let status = |status: u16| json!({"kind": "error", "status": status, "code": "SomethingNew"});
    let denied = |name, code| fault(name, error(code), 502, "upstream-failed", ONCE);
    vec![
        denied("access denied", "AccessDeniedException"),
        fault(
            "credentials expired",
            json!({"kind": "error", "status": 403, "code": "ExpiredTokenException"}),
            502,
            "upstream-failed",
            ONCE,
        ),
        fault(
            "the clock is wrong",
            json!({"kind": "error", "status": 403, "code": "InvalidSignatureException"}),
            502,
            "upstream-failed",
            ONCE,
        ),
        fault("an unknown error", status(418), 502, "upstream-failed", ONCE),
        fault("a redirect", status(302), 502, "upstream-failed", ONCE),
        fault("throttled once", error("ThrottlingException"), success, "", TWICE),
        fault(
            "always throttled",
            always(error("ThrottlingException")),
            429,
            "too-many-requests",
            Several,
        ),
        fault(
            "a failure once",
            error("InternalServiceException"),
            success,
            "",
            TWICE,
        ),
        fault(
            "always failing",
            always(error("InternalServiceException")),
            503,
            "upstream-unavailable",
            Several,
        ),
        fault("unavailable once", status(503), success, "", TWICE),
        fault(
            "always unavailable",
            always(status(503)),
            503,
            "upstream-unavailable",
            Several,
        ),
        fault(
            "slow",
            json!({"kind": "delay", "delayMs": 300}),
            success,
            "",
            ONCE,
        ),
        fault(
            "stalled",
            json!({"kind": "delay", "delayMs": 60_000}),
            504,
            "upstream-timeout",
            UNSEEN,
        ),
        fault(
            "reset before",
            json!({"kind": "reset-before"}),
            success,
            "",
            TWICE,
        ),
        fault(
            "always reset before",
            always(json!({"kind": "reset-before"})),
            503,
            "upstream-unavailable",
            Several,
        ),
    ]
}

fn refused_starts() -> Vec<Fault> {
    let reason = |code, reason| json!({"kind": "error", "code": code, "reason": reason});
    let invalid = |name| reason("InvalidRequestException", name);
    let exceeded = |name| reason("ServiceQuotaExceededException", name);
    let quota = |name, armed| fault(name, armed, 409, "attachment-quota-exceeded", ONCE);
    vec![
        fault(
            "invalid",
            error("InvalidRequestException"),
            422,
            "invalid-request",
            ONCE,
        ),
        fault(
            "size refused",
            invalid("INVALID_FILE_SIZE"),
            413,
            "file-too-large",
            ONCE,
        ),
        fault(
            "type refused",
            invalid("INVALID_FILE_TYPE"),
            422,
            "file-type-not-allowed",
            ONCE,
        ),
        fault(
            "name refused",
            invalid("INVALID_FILE_NAME"),
            422,
            "invalid-request",
            ONCE,
        ),
        quota("total size", exceeded("TOTAL_FILE_SIZE_EXCEEDED")),
        quota("total count", exceeded("TOTAL_FILE_COUNT_EXCEEDED")),
        quota("a total without a reason", error("ServiceQuotaExceededException")),
        fault(
            "conflict",
            error("ResourceConflictException"),
            409,
            "conflict",
            ONCE,
        ),
    ]
}

/// Rows about answers that were lost or are unusable: one file at most, and no wrong URL reaches the caller.
fn unusable_starts(store: &str) -> Vec<Fault> {
    let unusable = |name, armed| fault(name, armed, 502, "upstream-failed", ONCE);
    let garbage = |value: Value| json!({"kind": "garbage", "value": value});
    let headers = |value: Value| json!({"kind": "headers", "value": value});
    let url = |value: &str| json!({"kind": "url", "value": value});
    let good_url = json!({"Url": format!("{store}/key"), "HeadersToInclude": {}});
    vec![
        fault("reset after", json!({"kind": "reset-after"}), 201, "", TWICE),
        fault(
            "always reset after",
            always(json!({"kind": "reset-after"})),
            503,
            "upstream-unavailable",
            Attempts::Several,
        ),
        fault("truncated once", json!({"kind": "truncate"}), 201, "", TWICE),
        fault(
            "always truncated",
            always(json!({"kind": "truncate"})),
            502,
            "upstream-failed",
            Attempts::Several,
        ),
        fault(
            "only the needed members",
            garbage(json!({"FileId": "f", "UploadUrlMetadata": good_url})),
            201,
            "",
            ONCE,
        ),
        unusable("HTML", json!({"kind": "garbage"})),
        unusable("another type", garbage(json!([1, 2]))),
        unusable("no members", garbage(json!({}))),
        unusable(
            "a FileId that is a path",
            garbage(json!({"FileId": "..", "UploadUrlMetadata": good_url})),
        ),
        unusable("no FileId", garbage(json!({"UploadUrlMetadata": good_url}))),
        unusable("no URL", json!({"kind": "url"})),
        unusable("a URL elsewhere", url("https://evil.example/k")),
        unusable("a URL with a user", url(&store.replacen("://", "://u:p@", 1))),
        unusable("a URL that is a script", url("javascript:alert(1)")),
        unusable("a header name with a space", headers(json!({"bad name": "x"}))),
        unusable(
            "a header with a line break",
            headers(json!({"x-a": "a\r\nset-cookie: b"})),
        ),
        unusable("a header without a value", headers(json!({"x-a": ""}))),
    ]
}

/// Rows about a refused Complete, after which the broker reads the file's status: the upload is incomplete.
fn complete() -> Vec<Fault> {
    let doubted = |name, armed| fault(name, armed, 409, "upload-incomplete", ONCE);
    vec![
        doubted("invalid", error("InvalidRequestException")),
        doubted("not found", error("ResourceNotFoundException")),
        doubted(
            "conflict",
            json!({"kind": "error", "status": 409, "code": "ResourceConflictException"}),
        ),
    ]
}

fn status() -> Vec<Fault> {
    let unusable = |name, armed| fault(name, armed, 502, "upstream-failed", ONCE);
    let garbage = |value: Value| json!({"kind": "garbage", "value": value});
    let of_file = |code: &str| garbage(json!({"Files": [], "Errors": [{"ErrorCode": code}]}));
    vec![
        fault(
            "not found",
            error("ResourceNotFoundException"),
            404,
            "not-found",
            ONCE,
        ),
        fault(
            "no such file",
            of_file("ResourceNotFoundException"),
            404,
            "not-found",
            ONCE,
        ),
        fault("no members", garbage(json!({})), 404, "not-found", ONCE),
        unusable("the file may not be read", of_file("AccessDeniedException")),
        unusable("an unknown error of the file", of_file("SomethingNew")),
        unusable("HTML", json!({"kind": "garbage"})),
        unusable(
            "another file",
            garbage(json!({"Files": [{"FileId": "other", "FileStatus": "APPROVED"}]})),
        ),
        fault("reset after", json!({"kind": "reset-after"}), 200, "", TWICE),
        fault("truncated once", json!({"kind": "truncate"}), 200, "", TWICE),
    ]
}

fn delete() -> Vec<Fault> {
    vec![
        fault("not found", error("ResourceNotFoundException"), 204, "", ONCE),
        fault(
            "invalid",
            error("InvalidRequestException"),
            422,
            "invalid-request",
            ONCE,
        ),
        fault(
            "gone, and the answer lost",
            json!({"kind": "reset-after"}),
            204,
            "",
            TWICE,
        ),
    ]
}
