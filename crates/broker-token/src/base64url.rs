//! Base64url in its one canonical form: no padding, no spare bits, no other alphabet.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The bytes of `text`, or `None` where it is empty or not canonical.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD
        .decode(text)
        .ok()
        .filter(|bytes| !bytes.is_empty())
}

#[cfg(test)]
pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refuses_every_form_but_the_canonical_one() {
        for (text, expected) in [
            ("-_8", Some(vec![0xfb, 0xff])),
            ("", None),
            ("A", None),
            ("+/8", None),
            ("-_8=", None),
            ("-_9", None),
            ("AB", None),
            ("AA==", None),
            (" AA", None),
            ("AA\n", None),
            ("A A", None),
            ("ÄA", None),
        ] {
            assert_eq!(decode(text), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn bytes_have_one_text_and_text_has_one_meaning(text in "[A-Za-z0-9_-]{0,40}") {
            if let Some(bytes) = decode(&text) {
                prop_assert_eq!(encode(&bytes), text);
            }
        }
    }
}
