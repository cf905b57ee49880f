//! Mutations of inputs.

use fastrand::Rng;

/// Length limit of a mutated input, in bytes.
const MAX_BYTES: usize = 8 * 1024;

/// One of `inputs`, changed in one to four places.
pub(crate) fn mutated(inputs: &[Vec<u8>], rng: &mut Rng) -> Vec<u8> {
    let mut bytes = one_of(inputs, rng).to_vec();
    for _ in 0..rng.usize(1..=4) {
        match rng.u8(0..5) {
            0 => flip(&mut bytes, rng),
            1 => insert(&mut bytes, rng),
            2 => drop(bytes.drain(range_of(&bytes, rng))),
            3 => splice(&mut bytes, one_of(inputs, rng), rng),
            _ => repeat(&mut bytes, rng),
        }
    }
    bytes.truncate(MAX_BYTES);
    bytes
}

fn one_of<'a>(inputs: &'a [Vec<u8>], rng: &mut Rng) -> &'a [u8] {
    &inputs[rng.usize(..inputs.len())]
}

fn range_of(bytes: &[u8], rng: &mut Rng) -> std::ops::Range<usize> {
    let start = rng.usize(..=bytes.len());
    start..rng.usize(start..=bytes.len().min(start + 32))
}

fn flip(bytes: &mut [u8], rng: &mut Rng) {
    if let Some(at) = rng.choice(0..bytes.len()) {
        bytes[at] ^= 1 << rng.u8(..8);
    }
}

fn insert(bytes: &mut Vec<u8>, rng: &mut Rng) {
    let mut encoded = [0; 4];
    let c = if rng.bool() {
        rng.char(' '..='~')
    } else {
        rng.char(..)
    };
    let at = rng.usize(..=bytes.len());
    bytes.splice(at..at, c.encode_utf8(&mut encoded).bytes());
}

fn splice(bytes: &mut Vec<u8>, other: &[u8], rng: &mut Rng) {
    let piece = &other[range_of(other, rng)];
    bytes.splice(range_of(bytes, rng), piece.iter().copied());
}

fn repeat(bytes: &mut Vec<u8>, rng: &mut Rng) {
    let piece = bytes[range_of(bytes, rng)].repeat(rng.usize(1..=64));
    let at = rng.usize(..=bytes.len());
    bytes.splice(at..at, piece);
}
