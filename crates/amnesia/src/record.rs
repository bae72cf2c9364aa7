//! The layout of a journal: `u32` length and path of its file, then one record a write:
//! checksum, offset, old size (`u64` each), length (`u32`), the bytes that were there before.
//! A record that is cut short belongs to a write that did not happen.

/// Bytes before the old bytes of a record; the checksum covers all after itself.
pub const HEAD: usize = 28;

/// FNV-1a.
pub fn checksum(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
