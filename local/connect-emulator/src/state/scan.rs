//! The stand-in's virus scan, which finds the EICAR test string.

/// The EICAR test string, in two parts so that no scanner takes this file for a virus.
const EICAR: [&[u8]; 2] = [
    br"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR",
    b"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
];

/// Search for the EICAR test string in bytes that arrive in pieces.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// End of the bytes so far, one byte shorter than the string.
    tail: Vec<u8>,
    found: bool,
}

impl Scan {
    pub(crate) fn update(&mut self, data: &[u8]) {
        let eicar = EICAR.concat();
        self.tail.extend_from_slice(data);
        self.found |= self
            .tail
            .windows(eicar.len())
            .any(|window| window[0] == eicar[0] && window == eicar);
        let surplus = self.tail.len().saturating_sub(eicar.len() - 1);
        self.tail.drain(..surplus);
    }

    pub(crate) fn is_clean(&self) -> bool {
        !self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_string_wherever_the_pieces_are_cut() {
        let eicar = EICAR.concat();
        let file = [b"before".as_slice(), &eicar, b"after"].concat();
        for piece_size in 1..=file.len() {
            let mut scan = Scan::default();
            file.chunks(piece_size).for_each(|piece| scan.update(piece));
            assert!(!scan.is_clean(), "in pieces of {piece_size}");
        }
    }

    #[test]
    fn finds_nothing_in_the_string_less_a_byte() {
        let eicar = EICAR.concat();
        for missing in 0..eicar.len() {
            let mut scan = Scan::default();
            scan.update(&eicar[..missing]);
            scan.update(&eicar[missing + 1..]);
            assert!(scan.is_clean(), "without byte {missing}");
        }
    }
}
