//! The one place that draws random numbers: a generator seeded by the operating system.
//!
//! Invariant: no other module names `rand`, so predictable randomness has one place to hide.

#![expect(clippy::disallowed_methods, reason = "this is the module that others are sent to")]

use rand::Rng as _;

/// Overwrites every byte of `target`.
pub fn fill(target: &mut [u8]) {
    rand::rng().fill_bytes(target);
}

/// `N` random bytes, for keys, salts and nonces.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut out = [0; N];
    fill(&mut out);
    out
}

/// A number in `0..bound` without bias, for jitter and sampling; 0 when `bound` is 0.
pub fn below(bound: u64) -> u64 {
    if bound == 0 { 0 } else { rand::random_range(0..bound) }
}

/// A code of `length` decimal digits that a person can read out.
pub fn digits(length: usize) -> String {
    (0..length).map(|_| char::from(b'0' + below(10) as u8)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_draws_differ_and_are_not_blank() {
        let (a, b) = (bytes::<32>(), bytes::<32>());
        assert_ne!(a, b);
        assert_ne!(a, [0; 32]);
    }

    #[test]
    fn below_stays_below_and_reaches_every_value() {
        let mut seen = [false; 5];
        for _ in 0..1_000 {
            seen[below(5) as usize] = true;
        }
        assert_eq!(seen, [true; 5]);
        assert_eq!(below(0), 0);
    }

    #[test]
    fn digits_are_decimal_and_as_long_as_asked() {
        let code = digits(40);
        assert_eq!(code.len(), 40);
        assert!(code.bytes().all(|byte| byte.is_ascii_digit()));
        assert!(code.bytes().any(|byte| byte != code.as_bytes()[0]));
    }
}
