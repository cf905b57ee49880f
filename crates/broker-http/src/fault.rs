//! Faults of a body's members, as they are found and as they are answered.

use serde::Serialize;

/// One fault of a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MemberFault {
    /// JSON pointer (RFC 6901) to the member.
    pub pointer: String,
    /// Stable name of the fault.
    pub code: &'static str,
    /// What is expected, for people.
    pub detail: String,
}

impl MemberFault {
    /// A fault of the member at `pointer`.
    #[must_use]
    pub fn new(pointer: &str, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            pointer: pointer.to_owned(),
            code,
            detail: detail.into(),
        }
    }
}

/// JSON pointer (RFC 6901) through `names`.
#[must_use]
pub fn pointer(names: &[&str]) -> String {
    names.iter().fold(String::new(), |pointer, name| {
        pointer + "/" + &name.replace('~', "~0").replace('/', "~1")
    })
}
