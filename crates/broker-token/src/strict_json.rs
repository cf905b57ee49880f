//! One parser pass over JSON from outside: what two parsers could read differently is refused.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Number, Value};

/// Depth allowed in headers, claims and key documents.
pub const TOKEN_DEPTH: usize = 32;

/// Why a document is not strict JSON; the text is a predicate, so a reader puts the subject in front.
///
/// Carries nothing of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Bytes that are not UTF-8.
    #[error("is not UTF-8")]
    NotUtf8,
    /// A byte order mark in front of the text.
    #[error("starts with a byte order mark")]
    ByteOrderMark,
    /// An object that has one member twice, escaped or not.
    #[error("has an object with the same member twice")]
    DuplicateMember,
    /// Arrays and objects nested beyond the limit.
    #[error("is nested more than {max_depth} levels deep")]
    TooDeep {
        /// Levels of arrays and objects that are allowed.
        max_depth: usize,
    },
    /// Anything else that RFC 8259 does not allow, trailing text, lone surrogates and numbers beyond
    /// a double's range among it.
    #[error("is not well-formed JSON")]
    Syntax,
    /// Well-formed JSON whose outermost value is not an object.
    #[error("is not a JSON object")]
    NotAnObject,
}

/// The value that `text` holds, nested at most `max_depth` levels.
///
/// A scalar has depth 0, `[]` and `{}` have depth 1. Integers within `u64` and `i64` stay integers;
/// `1.0`, `1e3`, `-0` and anything larger become floating-point numbers, for which `Value::as_u64` is
/// `None`. `\u0000` passes: it is the field's own rule that must refuse it. A `max_depth` beyond 127 is
/// cut short by `serde_json`'s own limit, as [`JsonError::Syntax`].
///
/// # Errors
/// The first [`JsonError`] met.
pub fn parse(text: &[u8], max_depth: usize) -> Result<Value, JsonError> {
    let text = std::str::from_utf8(text).map_err(|_| JsonError::NotUtf8)?;
    if text.starts_with('\u{feff}') {
        return Err(JsonError::ByteOrderMark);
    }
    let fault = Cell::new(JsonError::Syntax);
    let strict = Strict {
        levels_left: max_depth,
        max_depth,
        fault: &fault,
    };
    let mut parser = serde_json::Deserializer::from_str(text);
    let value = strict.deserialize(&mut parser).map_err(|_| fault.get())?;
    parser.end().map_err(|_| JsonError::Syntax)?;
    Ok(value)
}

/// The object that `text` holds, nested at most `max_depth` levels; see [`parse`].
///
/// # Errors
/// The first [`JsonError`] met.
pub fn parse_object(text: &[u8], max_depth: usize) -> Result<Map<String, Value>, JsonError> {
    match parse(text, max_depth)? {
        Value::Object(members) => Ok(members),
        _ => Err(JsonError::NotAnObject),
    }
}

/// Seed and visitor of one value; `fault` survives `serde_json`'s own error type.
#[derive(Clone, Copy)]
struct Strict<'f> {
    levels_left: usize,
    max_depth: usize,
    fault: &'f Cell<JsonError>,
}

impl Strict<'_> {
    fn one_level_down<E: serde::de::Error>(self) -> Result<Self, E> {
        match self.levels_left.checked_sub(1) {
            Some(levels_left) => Ok(Self { levels_left, ..self }),
            None => Err(self.refuse(JsonError::TooDeep {
                max_depth: self.max_depth,
            })),
        }
    }

    fn refuse<E: serde::de::Error>(self, fault: JsonError) -> E {
        self.fault.set(fault);
        E::custom(fault)
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let element = self.one_level_down()?;
        let mut array = Vec::new();
        while let Some(value) = elements.next_element_seed(element)? {
            array.push(value);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let member = self.one_level_down()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            match object.entry(name) {
                Entry::Vacant(place) => drop(place.insert(members.next_value_seed(member)?)),
                Entry::Occupied(_) => return Err(self.refuse(JsonError::DuplicateMember)),
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_what_one_meaning_has() {
        let text = r#" {"a": [1, -2, 1.5, "\u00e9\ud83d\ude00", true, null], "b": {"a": {}}} "#;
        let expected = json!({"a": [1, -2, 1.5, "é😀", true, null], "b": {"a": {}}});
        assert_eq!(parse(text.as_bytes(), 3), Ok(expected));
    }

    #[test]
    fn refuses_what_two_parsers_could_read_differently() {
        let huge_number = "9".repeat(5000);
        let million_brackets = "[".repeat(1_000_000);
        let table: &[(&[u8], JsonError)] = &[
            (br#"{"a":1,"a":1}"#, JsonError::DuplicateMember),
            (br#"{"a":1,"\u0061":2}"#, JsonError::DuplicateMember),
            (br#"{"x":[{"a":1,"b":2,"a":3}]}"#, JsonError::DuplicateMember),
            (b"\xef\xbb\xbf{}", JsonError::ByteOrderMark),
            (b"{\"a\":\"\xff\"}", JsonError::NotUtf8),
            (b"{\"a\":\"\xed\xa0\x80\"}", JsonError::NotUtf8),
            (b"\xff\xfe{\0}\0", JsonError::NotUtf8),
            (br#"{"a":"\ud800"}"#, JsonError::Syntax),
            (br#"{"a":"\udc00"}"#, JsonError::Syntax),
            (br#"{"\ud800":1}"#, JsonError::Syntax),
            (b"{} {}", JsonError::Syntax),
            (b"{}\0", JsonError::Syntax),
            (b"{},", JsonError::Syntax),
            (b"{\"a\":1,}", JsonError::Syntax),
            (b"{a:1}", JsonError::Syntax),
            (b"{'a':1}", JsonError::Syntax),
            (b"[NaN]", JsonError::Syntax),
            (b"[Infinity]", JsonError::Syntax),
            (b"[1e400]", JsonError::Syntax),
            (b"[01]", JsonError::Syntax),
            (b"[+1]", JsonError::Syntax),
            (b"[.5]", JsonError::Syntax),
            (b"/**/{}", JsonError::Syntax),
            (b"{\"a\":\"\n\"}", JsonError::Syntax),
            (b"", JsonError::Syntax),
            (b" ", JsonError::Syntax),
            (b"{", JsonError::Syntax),
            (huge_number.as_bytes(), JsonError::Syntax),
            (million_brackets.as_bytes(), JsonError::TooDeep { max_depth: 32 }),
        ];
        for (text, expected) in table {
            let shown = String::from_utf8_lossy(&text[..text.len().min(40)]);
            assert_eq!(parse(text, 32), Err(*expected), "{shown}");
        }
    }

    #[test]
    fn depth_counts_arrays_and_objects_alike() {
        for (text, depth) in [
            ("1", 0),
            ("[]", 1),
            ("{}", 1),
            ("[[1]]", 2),
            (r#"{"a":[{}]}"#, 3),
            ("[[],[]]", 2),
        ] {
            assert!(parse(text.as_bytes(), depth).is_ok(), "{text} has depth {depth}");
            if let Some(less) = depth.checked_sub(1) {
                let fault = JsonError::TooDeep { max_depth: less };
                assert_eq!(parse(text.as_bytes(), less), Err(fault), "{text} within {less}");
            }
        }
    }

    #[test]
    fn only_integer_literals_within_64_bits_are_integers() {
        for (text, expected) in [
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("1.0", None),
            ("1e3", None),
            ("-0", None),
            ("-1", None),
            ("0", Some(0)),
        ] {
            let value = parse(text.as_bytes(), 0).expect("numbers parse");
            assert!(value.is_number(), "{text}: `arbitrary_precision` must stay off");
            assert_eq!(value.as_u64(), expected, "{text}");
        }
    }

    #[test]
    fn only_an_object_is_an_object() {
        for text in ["[]", "1", "null", "\"{}\"", "true"] {
            assert_eq!(
                parse_object(text.as_bytes(), 2),
                Err(JsonError::NotAnObject),
                "{text}"
            );
        }
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let scalar = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
        ];
        scalar.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(".{0,4}", inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(value in any_value()) {
            prop_assert_eq!(parse(value.to_string().as_bytes(), 32), Ok(value));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..256), depth in 0_usize..40) {
            let _ = parse(&bytes, depth);
        }

        #[test]
        fn accepts_nothing_that_serde_json_refuses(text in r#"[\[\]{}:,"a0-9.eE\\u\- ]{0,24}"#) {
            if let Ok(value) = parse(text.as_bytes(), 32) {
                prop_assert_eq!(serde_json::from_str::<Value>(&text).ok(), Some(value));
            }
        }
    }
}
