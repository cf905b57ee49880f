//! The faults of a body's members, which a problem lists in `errors`.

use broker_core::file::FileName;
use serde::{Serialize, Serializer};

/// One fault of a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MemberFault {
    /// JSON pointer (RFC 6901) to the member.
    pub pointer: String,
    /// Stable name of the fault.
    pub code: &'static str,
    /// The rule that the member breaks, for people.
    pub detail: String,
    /// A file name that would be accepted instead. Only the caller sees it: its `Debug` is redacted.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_text")]
    pub suggestion: Option<FileName>,
}

impl MemberFault {
    /// A fault of the member at `pointer`.
    #[must_use]
    pub fn new(pointer: &str, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            pointer: pointer.to_owned(),
            code,
            detail: detail.into(),
            suggestion: None,
        }
    }

    /// The fault with a file name to use instead, if there is one.
    #[must_use]
    pub(crate) fn suggesting(self, suggestion: Option<FileName>) -> Self {
        Self { suggestion, ..self }
    }
}

#[expect(clippy::ref_option, reason = "serde passes a reference to the member")]
fn as_text<S: Serializer>(name: &Option<FileName>, serializer: S) -> Result<S::Ok, S::Error> {
    name.as_ref().map(FileName::as_str).serialize(serializer)
}

/// JSON pointer (RFC 6901) through `names`.
#[must_use]
pub fn pointer(names: &[&str]) -> String {
    names.iter().fold(String::new(), |pointer, name| {
        pointer + "/" + &name.replace('~', "~0").replace('/', "~1")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suggestion_is_shown_to_the_caller_and_to_nobody_else() {
        let fault = MemberFault::new("/fileName", "character", "x");
        let without = r#"{"pointer":"/fileName","code":"character","detail":"x"}"#;
        assert_eq!(serde_json::to_string(&fault).expect("JSON"), without);
        let fault = fault.suggesting(FileName::parse("ada.pdf").ok());
        let with = without.replace('}', r#","suggestion":"ada.pdf"}"#);
        assert_eq!(serde_json::to_string(&fault).expect("JSON"), with);
        assert!(!format!("{fault:?}").contains("ada"));
    }
}
