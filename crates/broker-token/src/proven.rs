//! Remembers signatures already verified with this key: clients reuse a token, and RSA is a quarter of a warm call.
//!
//! INVARIANT: only this is remembered: this key made this signature over this text, which cannot change. The form,
//! issuer, times, audience, profile and scopes of a token are checked at every use, and its key is looked up in the
//! current set. The memory is part of the key, so it goes when the key is withdrawn.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest::{Context, Digest, SHA256};

/// Most signatures that are remembered of a key; then the oldest gives way.
const CAPACITY: usize = 128;

/// Fingerprints of the signatures that were proven last, the oldest first.
#[derive(Default)]
pub(crate) struct Proven(Mutex<VecDeque<Digest>>);

impl Proven {
    /// Whether `signature` over `signing_input` was proven before, or is by `verify` now.
    pub(crate) fn or(&self, signature: &[u8], signing_input: &str, verify: impl FnOnce() -> bool) -> bool {
        let fingerprint = fingerprint(signature, signing_input);
        let is_it = |known: &Digest| known.as_ref() == fingerprint.as_ref();
        if self.fingerprints().iter().any(is_it) {
            return true;
        }
        let is_genuine = verify();
        if is_genuine {
            let mut fingerprints = self.fingerprints();
            if fingerprints.len() == CAPACITY {
                fingerprints.pop_front();
            }
            fingerprints.push_back(fingerprint);
        }
        is_genuine
    }

    fn fingerprints(&self) -> MutexGuard<'_, VecDeque<Digest>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// SHA-256 over the length of the text, the text and the signature.
fn fingerprint(signature: &[u8], signing_input: &str) -> Digest {
    let mut context = Context::new(&SHA256);
    context.update(&signing_input.len().to_be_bytes());
    context.update(signing_input.as_bytes());
    context.update(signature);
    context.finish()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// The answer about a signature, and how often the key had to verify it.
    fn asked(proven: &Proven, signature: &[u8], text: &str, is_genuine: bool) -> (bool, u32) {
        let verified = Cell::new(0);
        let answer = proven.or(signature, text, || {
            verified.set(verified.get() + 1);
            is_genuine
        });
        (answer, verified.get())
    }

    #[test]
    fn a_signature_is_proven_once() {
        let proven = Proven::default();
        assert_eq!(asked(&proven, b"signature", "text", true), (true, 1));
        assert_eq!(asked(&proven, b"signature", "text", true), (true, 0));
    }

    #[test]
    fn a_forgery_is_looked_at_each_time() {
        let proven = Proven::default();
        for _ in 0..2 {
            assert_eq!(asked(&proven, b"signature", "text", false), (false, 1));
        }
        assert_eq!(asked(&proven, b"signature", "text", true), (true, 1));
    }

    #[test]
    fn what_was_proven_proves_nothing_else() {
        let proven = Proven::default();
        assert!(proven.or(b"signature", "text", || true));
        for (signature, text) in [
            (&b"signaturf"[..], "text"),
            (b"signature", "texu"),
            (b"ignature", "texts"),
            (b"tsignature", "tex"),
            (b"", "textsignature"),
            (b"textsignature", ""),
            (b"text", "signature"),
        ] {
            assert_eq!(asked(&proven, signature, text, false), (false, 1), "{text}");
        }
    }

    #[test]
    fn the_oldest_gives_way() {
        let proven = Proven::default();
        let names: Vec<String> = (0..=CAPACITY).map(|number| number.to_string()).collect();
        for name in &names {
            assert!(proven.or(b"signature", name, || true));
        }
        assert_eq!(proven.fingerprints().len(), CAPACITY);
        for name in &names[1..] {
            assert_eq!(asked(&proven, b"signature", name, false), (true, 0), "{name}");
        }
        assert_eq!(asked(&proven, b"signature", &names[0], true), (true, 1));
        assert_eq!(asked(&proven, b"signature", &names[1], false), (false, 1));
        assert_eq!(asked(&proven, b"signature", &names[2], false), (true, 0));
    }
}
