//! A set of bytes, for quick checks of the long texts in every request.

/// A set of bytes.
pub struct ByteSet([bool; 256]);

impl ByteSet {
    /// The set of `members`.
    #[must_use]
    pub const fn of(members: &[u8]) -> Self {
        let mut set = [false; 256];
        let mut position = 0;
        while position < members.len() {
            set[members[position] as usize] = true;
            position += 1;
        }
        Self(set)
    }

    /// Whether every byte of `text` is in the set.
    #[must_use]
    pub fn makes_up(&self, text: &str) -> bool {
        text.bytes().all(|byte| self.0[usize::from(byte)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_made_up_of_members_only() {
        let set = ByteSet::of(b"a-~");
        for (text, expected) in [
            ("", true),
            ("a~-a", true),
            ("ab", false),
            ("a\0", false),
            ("-\u{e9}", false),
        ] {
            assert_eq!(set.makes_up(text), expected, "{text:?}");
        }
    }
}
