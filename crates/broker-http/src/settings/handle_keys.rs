//! The keys under which upload handles are sealed.

use std::fmt;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::error::{Faults, RuleError, SettingsError};

/// The keys of `HANDLE_KEYS`, never none: the first seals, all open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandleKeys {
    first: HandleKey,
    others: Vec<HandleKey>,
}

/// One key of 32 bytes, and its id. Its `Debug` is redacted.
#[derive(Clone, PartialEq, Eq)]
pub struct HandleKey {
    id: [u8; 4],
    bytes: [u8; 32],
}

impl HandleKeys {
    /// The key that seals.
    #[must_use]
    pub const fn sealing(&self) -> &HandleKey {
        &self.first
    }

    /// All keys, the sealing one first.
    pub fn iter(&self) -> impl Iterator<Item = &HandleKey> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// The keys in `text`, a value of `HANDLE_KEYS`.
    ///
    /// # Errors
    /// Every fault, by the key's position, without the key.
    pub fn parse(text: &str) -> Result<Self, Vec<SettingsError>> {
        let faults = Faults::default();
        let keys = Self::read("HANDLE_KEYS", text, &faults);
        faults.unless_any(keys)
    }

    /// The keys in the value of `HANDLE_KEYS`, unless they leave a fault.
    pub(super) fn required(value: Option<String>, faults: &Faults) -> Option<Self> {
        let Some(text) = value.filter(|text| !text.is_empty()) else {
            faults.add("HANDLE_KEYS", RuleError::Required);
            return None;
        };
        Self::read("HANDLE_KEYS", &text, faults)
    }

    /// The keys in `text`, separated by commas.
    ///
    /// INVARIANT: no two keys have one id, so an id in a handle names one key.
    pub(super) fn read(name: &str, text: &str, faults: &Faults) -> Option<Self> {
        let mut keys: Vec<HandleKey> = Vec::new();
        for (position, text) in text.split(',').enumerate() {
            let rule = match HandleKey::parse(text) {
                Ok(key) if keys.iter().all(|other| other.id != key.id) => {
                    keys.push(key);
                    continue;
                }
                Ok(_) => RuleError::SameHandleKeyId,
                Err(rule) => rule,
            };
            faults.add(format!("{name}[{position}]"), rule);
        }
        let mut keys = keys.into_iter();
        Some(Self {
            first: keys.next()?,
            others: keys.collect(),
        })
    }
}

impl HandleKey {
    /// The first 4 bytes of the key's SHA-256.
    #[must_use]
    pub const fn id(&self) -> [u8; 4] {
        self.id
    }

    /// The key, for the cipher only.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// The key in `text`. One byte repeated is a placeholder that somebody forgot to replace.
    fn parse(text: &str) -> Result<Self, RuleError> {
        let bytes = decode(text).ok_or(RuleError::HandleKey)?;
        if bytes == [bytes[0]; 32] {
            return Err(RuleError::RepeatedHandleKeyByte);
        }
        let digest = digest::digest(&digest::SHA256, &bytes);
        let mut id = [0; 4];
        id.copy_from_slice(&digest.as_ref()[..4]);
        Ok(Self { id, bytes })
    }
}

/// The 32 bytes that `text` encodes.
fn decode(text: &str) -> Option<[u8; 32]> {
    let bytes = match text.len() {
        64 => hex::decode(text).ok()?,
        _ => STANDARD.decode(text).ok()?,
    };
    bytes.try_into().ok()
}

impl fmt::Debug for HandleKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HandleKey([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One key, as hex digits and as base64.
    const HEX: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    const BASE64: &str = "ASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4mrze8=";
    /// Its bytes.
    const BYTES: [u8; 32] = [
        0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x01,
        0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef,
    ];

    fn read(text: &str) -> Result<HandleKeys, Vec<String>> {
        let shown = |faults: Vec<SettingsError>| faults.iter().map(ToString::to_string).collect();
        HandleKeys::parse(text).map_err(shown)
    }

    #[test]
    fn hex_and_base64_of_the_same_bytes_are_the_same_key() {
        let key = read(HEX).expect("a key");
        assert_eq!(key, read(BASE64).expect("a key"));
        assert_eq!(key, read(&HEX.to_uppercase()).expect("a key"));
        assert_eq!(key.sealing().expose(), &BYTES);
    }

    #[test]
    fn the_first_key_seals_and_every_key_is_found_by_its_id() {
        let keys = read(&format!("{BASE64},{}", "fedcba9876543210".repeat(4))).expect("two keys");
        assert_eq!(keys.sealing().expose(), &BYTES);
        assert_eq!(keys.sealing().id(), [0x48, 0x84, 0xfd, 0xaa]);
        assert_eq!(keys.iter().count(), 2);
    }

    #[test]
    fn refuses_what_is_not_exactly_32_bytes() {
        let short = STANDARD.encode(&BYTES[1..]);
        let long = STANDARD.encode([&BYTES[..], &[7]].concat());
        for text in [
            "",
            "0123",
            &HEX[1..],
            &HEX.replacen('0', "g", 1),
            &BASE64[..43],
            &BASE64.replacen("8=", "9=", 1),
            &BASE64.replace('B', "-"),
            &format!(" {BASE64}"),
            &short,
            &long,
        ] {
            assert_eq!(
                read(text),
                Err(vec![format!("HANDLE_KEYS[0]: {}", RuleError::HandleKey)]),
                "{text:?}"
            );
        }
        assert_eq!(
            read(&format!("{HEX},")),
            Err(vec![format!("HANDLE_KEYS[1]: {}", RuleError::HandleKey)])
        );
    }

    #[test]
    fn refuses_one_byte_repeated() {
        for byte in [0x00, 0x07, 0xff] {
            let bytes = [byte; 32];
            for text in [hex::encode(bytes), STANDARD.encode(bytes)] {
                let expected = format!("HANDLE_KEYS[0]: {}", RuleError::RepeatedHandleKeyByte);
                assert_eq!(read(&text), Err(vec![expected]), "{text}");
            }
            for position in 0..bytes.len() {
                let mut bytes = bytes;
                bytes[position] ^= 1;
                assert!(read(&hex::encode(bytes)).is_ok(), "{byte} but at {position}");
            }
        }
    }

    #[test]
    fn refuses_a_key_that_is_there_twice() {
        let expected = vec![format!("HANDLE_KEYS[1]: {}", RuleError::SameHandleKeyId)];
        assert_eq!(read(&format!("{HEX},{BASE64}")), Err(expected));
    }

    #[test]
    fn debug_shows_no_key() {
        let shown = format!("{:?}", read(HEX).expect("a key"));
        assert!(
            shown.contains("[redacted]") && !shown.contains(char::is_numeric),
            "{shown}"
        );
    }
}
