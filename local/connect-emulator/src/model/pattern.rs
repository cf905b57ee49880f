//! Patterns of the models.

use serde::{Deserialize, Deserializer};

/// A `pattern` of the model. A value must match it as a whole.
///
/// The models write some patterns with anchors and some without; AWS's services match both against the
/// whole value. One of them looks ahead (`^(?!aws:)`), hence `fancy-regex`.
#[derive(Debug)]
pub(crate) struct Pattern {
    text: String,
    regex: fancy_regex::Regex,
}

impl Pattern {
    /// The pattern as the model writes it.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the whole value matches. If the search gives up, the value does not match.
    pub(crate) fn matches(&self, value: &str) -> bool {
        self.regex.is_match(value).unwrap_or(false)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let regex = fancy_regex::Regex::new(&format!(r"\A(?:{text})\z")).map_err(serde::de::Error::custom)?;
        Ok(Self { text, regex })
    }
}
