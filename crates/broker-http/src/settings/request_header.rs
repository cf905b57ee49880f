//! The request headers that scripts may set beside the broker's own.

use broker_core::byte_set::ByteSet;

use super::error::RuleError;
use super::item::Item;

/// Name of a request header, as `Access-Control-Allow-Headers` lists it.
///
/// Shape: a token of RFC 9110, section 5.6.2, without `*`: in that list it would stand for every header. `Cookie` and the
/// headers of an AWS signature (`x-amz-*`) would carry credentials that the broker never asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestHeader(Box<str>);

impl RequestHeader {
    /// The name, in the letters in which it is written.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        static BYTES: ByteSet =
            ByteSet::of(b"!#$%&'+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
        let lower = text.to_ascii_lowercase();
        let is_credential = lower == "cookie" || lower.starts_with("x-amz-");
        (!text.is_empty() && BYTES.makes_up(text) && !is_credential).then(|| Self(text.into()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn read_all(item: &Item<'_>) -> Option<Vec<Self>> {
        item.each(|name| name.parse(|text| Self::parse(text).ok_or(RuleError::RequestHeader)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_whole_names() {
        for text in [
            "sentry-trace",
            "baggage",
            "tracestate",
            "X-Amzn-Trace-Id",
            "x-datadog-sampling-priority",
            "x-cookie",
            "cookie2",
            "x-amz",
            "!#$%&'+-.^_`|~09AZaz",
        ] {
            assert_eq!(RequestHeader::parse(text).expect(text).as_str(), text);
        }
    }

    #[test]
    fn refuses_patterns_credentials_and_what_is_not_a_name() {
        for text in [
            "",
            "*",
            "x-datadog-*",
            "*-trace",
            "cookie",
            "Cookie",
            "x-amz-date",
            "X-Amz-Security-Token",
            "x-amz-",
            "a b",
            " baggage",
            "baggage ",
            "a,b",
            "a:b",
            "\"a\"",
            "a/b",
            "a\n",
            "\u{e9}",
        ] {
            assert_eq!(RequestHeader::parse(text), None, "{text:?}");
        }
    }
}
