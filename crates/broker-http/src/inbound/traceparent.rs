//! The header `traceparent`: the id of the trace that the caller puts a request into, for the log.
//!
//! Source: W3C Trace Context, sections 3.2 and 4.3.

use serde::Serialize;

use super::event::GatewayRequest;

/// Length of a header of version 00, and the least length in later versions.
const LEN: usize = 55;

/// Id of a trace: 32 lower-case hex digits, not all zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct TraceId(Box<str>);

impl TraceId {
    /// The trace of `request`; none if the header is absent, malformed or there twice.
    #[must_use]
    pub fn of(request: &GatewayRequest) -> Option<Self> {
        Self::parse(request.header("traceparent")?)
    }

    fn parse(header: &str) -> Option<Self> {
        let (known, rest) = header.split_at_checked(LEN)?;
        let mut parts = known.split('-');
        let mut next = |len| parts.next().filter(|part| is_hex(part, len));
        let version = next(2).filter(|version| *version != "ff")?;
        let (trace, parent) = (next(32)?, next(16)?);
        next(2)?;
        let ends = rest.is_empty() || (version != "00" && rest.starts_with('-'));
        (ends && !is_zero(trace) && !is_zero(parent)).then(|| Self(trace.into()))
    }
}

fn is_hex(text: &str, len: usize) -> bool {
    text.len() == len && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_zero(text: &str) -> bool {
    text.bytes().all(|b| b == b'0')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    fn header(version: &str, rest: &str) -> String {
        format!("{version}-{TRACE}-00f067aa0ba902b7-01{rest}")
    }

    #[test]
    fn the_trace_is_that_of_a_header_in_its_form() {
        for header in [
            header("00", ""),
            header("01", ""),
            header("cc", "-what-the-future-will-be-like"),
            header("fe", "-"),
        ] {
            let trace = TraceId::parse(&header).map(|trace| trace.0);
            assert_eq!(trace.as_deref(), Some(TRACE), "{header}");
        }
    }

    #[test]
    fn what_is_no_traceparent_is_ignored() {
        let sound = header("00", "");
        for header in [
            String::new(),
            sound[1..].to_owned(),
            sound[..54].to_owned(),
            header("ff", ""),
            header("0F", ""),
            header("00", "-01"),
            header("00", "-"),
            header("01", "x"),
            header("00", "0"),
            sound.to_uppercase(),
            sound.replace('-', "_"),
            sound.replace(TRACE, &"0".repeat(32)),
            sound.replace("00f067aa0ba902b7", "0000000000000000"),
            sound.replace("4b", "4g"),
            sound.replace("-01", "-0x"),
            sound.replace("-4b", "--b"),
            format!(" {sound}"),
            format!("{sound} "),
            format!("{sound},{sound}"),
            format!("\u{e9}{}", &sound[..53]),
            format!("{}\u{e9}", &sound[..54]),
        ] {
            assert_eq!(TraceId::parse(&header), None, "{header:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_is_32_lower_case_hex_digits(
            header in "[0-9a-fg]{2}-[0-9a-f]{31,33}-[0-9a-fA]{16}-[0-9a-f]{2}(-.{0,9})?"
        ) {
            if let Some(TraceId(trace)) = TraceId::parse(&header) {
                prop_assert!(is_hex(&trace, 32) && !is_zero(&trace));
                prop_assert_eq!(&header[3..35], &*trace);
            }
        }
    }
}
