//! SHA-256 as text, and the framing that keeps the parts of a signed message apart.

use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// The SHA-256 digest as 64 lower-case hexadecimal characters.
pub fn sha256_hex(data: &[u8]) -> String {
    hex(&Sha256::digest(data))
}

/// The first eight bytes of the SHA-256 digest, for finding what is the same.
pub fn sha256_start(data: &[u8]) -> [u8; 8] {
    std::array::from_fn({
        let digest = Sha256::digest(data);
        move |at| digest[at]
    })
}

/// The same for what comes in pieces.
#[derive(Clone, Default)]
pub struct Digesting(Sha256);

impl Digesting {
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// Of everything so far.
    pub fn to_hex(&self) -> String {
        hex(&self.0.clone().finalize())
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        // Writing to a string cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// Joins parts with their lengths, so that ("a", "bc") and ("ab", "c") differ.
pub(crate) fn framed(parts: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::with_capacity(parts.iter().map(|part| part.len() + 8).sum());
    for part in parts {
        out.extend_from_slice(&(part.len() as u64).to_be_bytes());
        out.extend_from_slice(part);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sha256_matches_the_fips_180_vector() {
        assert_eq!(sha256_hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn pieces_have_the_digest_of_the_whole() {
        let mut digest = Digesting::default();
        digest.update(b"a");
        digest.update(b"bc");
        assert_eq!(digest.to_hex(), sha256_hex(b"abc"));
    }

    #[test]
    fn framing_keeps_parts_apart() {
        assert_ne!(framed(&[b"a", b"bc"]), framed(&[b"ab", b"c"]));
        assert_ne!(framed(&[b"ab"]), framed(&[b"ab", b""]));
    }
}
