//! Time-based one-time codes (RFC 6238: SHA-1, 6 digits, 30 seconds) as a second factor.
//!
//! Invariant: a code matches one step; the caller stores the last step it accepted and refuses
//! any step that is not greater, so that no code works twice.

use crate::{Error, random};
use totp_rs::{Builder, Secret, Totp};
use zeroize::Zeroizing;

const ISSUER: &str = "OctIM";
/// 160 bits, the length of the HMAC's output, as RFC 4226 recommends.
const SECRET_BYTES: usize = 20;
const STEP_SECONDS: u64 = 30;

/// An agent's seed. Wiped from memory when dropped; stored only sealed by the key ring.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpSecret(Secret);

impl TotpSecret {
    pub fn generate() -> Self {
        Self(Secret::from(random::bytes::<SECRET_BYTES>()))
    }

    /// Reads a seed as [`Self::to_base32`] wrote it; at least 128 bits.
    pub fn from_base32(text: &str) -> Result<Self, Error> {
        let secret = Secret::try_from_base32(text).map_err(|_| Error::Key("TOTP seed is not base32"))?;
        if secret.as_bytes().len() < 16 {
            return Err(Error::Key("TOTP seed is shorter than 128 bits"));
        }
        Ok(Self(secret))
    }

    /// The seed as text, for typing into an authenticator and for sealing.
    pub fn to_base32(&self) -> Zeroizing<String> {
        Zeroizing::new(self.0.to_base32())
    }

    /// What the QR code holds. Colons in the account separate nothing and are dropped.
    pub fn otpauth_url(&self, account: &str) -> Result<Zeroizing<String>, Error> {
        let account: String = account.chars().filter(|c| *c != ':' && !c.is_control()).collect();
        let account = if account.is_empty() { ISSUER.to_owned() } else { account };
        let totp = builder(self.0.clone())
            .with_issuer(Some(ISSUER))
            .with_account_name(account)
            .build()
            .map_err(|_| Error::Internal("TOTP parameters"))?;
        totp.to_url().map(Zeroizing::new).map_err(|_| Error::Internal("TOTP URL"))
    }

    /// The step that `code` belongs to, if it is now's, the one before or the one after.
    /// Spaces and full-width digits, which input methods produce, are understood.
    pub fn check(&self, code: &str, now_ms: i64) -> Option<i64> {
        let seconds = u64::try_from(now_ms).ok()? / 1_000;
        let step = self.totp().check(&plain_digits(code)?, seconds)?;
        i64::try_from(step).ok()
    }

    /// The code an authenticator shows at that time.
    pub fn code_at(&self, now_ms: i64) -> String {
        self.totp().generate(u64::try_from(now_ms).unwrap_or(0) / 1_000).to_string()
    }

    fn totp(&self) -> Totp {
        builder(self.0.clone()).build_noncompliant()
    }
}

impl std::fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TotpSecret(redacted)")
    }
}

fn builder(secret: Secret) -> Builder {
    Builder::new().with_secret(secret).with_skew(1).with_digits(6).with_step_duration(STEP_SECONDS)
}

/// None when there is more than a code could hold, so that long input costs nothing.
fn plain_digits(code: &str) -> Option<String> {
    if code.len() > 64 {
        return None;
    }
    let plain = |c: char| match c {
        '\u{ff10}'..='\u{ff19}' => char::from_u32(u32::from(c) - 0xff10 + u32::from('0')).unwrap_or(c),
        other => other,
    };
    Some(code.chars().filter(|c| !c.is_whitespace()).map(plain).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000_000;
    const STEP_MS: i64 = 30_000;

    /// RFC 6238 appendix B, SHA-1, cut to six digits.
    #[test]
    fn codes_match_the_rfc_vectors() {
        let secret = TotpSecret(Secret::from(b"12345678901234567890".to_vec()));
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            assert_eq!(secret.code_at(seconds * 1_000), code);
            assert_eq!(secret.check(code, seconds * 1_000), Some(seconds / 30));
        }
    }

    #[test]
    fn code_is_good_for_one_step_around_and_names_its_step() {
        let secret = TotpSecret::generate();
        let code = secret.code_at(NOW);
        let step = NOW / STEP_MS;
        for (offset, expected) in [(-2, None), (-1, Some(step)), (0, Some(step)), (1, Some(step)), (2, None)]
        {
            assert_eq!(secret.check(&code, NOW + offset * STEP_MS), expected, "offset {offset}");
        }
    }

    #[test]
    fn replay_shows_the_same_step_again() {
        let secret = TotpSecret::generate();
        let code = secret.code_at(NOW);
        let first = secret.check(&code, NOW);
        assert!(first.is_some());
        assert_eq!(secret.check(&code, NOW + STEP_MS), first);
    }

    #[test]
    fn another_secret_refuses_the_code() {
        let seed = |text: &[u8; 20]| TotpSecret(Secret::from(text.to_vec()));
        let code = seed(b"aaaaaaaaaaaaaaaaaaaa").code_at(NOW);
        assert_eq!(seed(b"bbbbbbbbbbbbbbbbbbbb").check(&code, NOW), None);
    }

    #[test]
    fn typed_forms_are_understood_and_nonsense_is_not() {
        let secret = TotpSecret::generate();
        let code = secret.code_at(NOW);
        let full_width: String =
            code.chars().map(|c| char::from_u32(u32::from(c) - 0x30 + 0xff10).unwrap()).collect();
        let spaced = format!(" {} {} ", &code[..3], &code[3..]);
        assert!(secret.check(&full_width, NOW).is_some());
        assert!(secret.check(&spaced, NOW).is_some());
        let long = "1".repeat(100_000);
        for bad in ["", "12345", "1234567", "abcdef", "+12345", "-12345", "１２３４５a", "٣٣٣٣٣٣", &long]
        {
            assert_eq!(secret.check(bad, NOW), None, "{bad:.20}");
        }
        assert_eq!(secret.check(&code, -1), None);
    }

    #[test]
    fn url_names_issuer_account_and_seed() {
        let secret = TotpSecret::generate();
        let url = secret.otpauth_url("王:li@example.com").unwrap();
        assert!(url.starts_with("otpauth://totp/OctIM:"), "{}", *url);
        assert!(url.contains("issuer=OctIM") && url.contains(&format!("secret={}", *secret.to_base32())));
        assert!(secret.otpauth_url("").is_ok());
    }

    #[test]
    fn seed_survives_storage_and_bad_seeds_do_not_load() {
        let secret = TotpSecret::generate();
        assert!(TotpSecret::from_base32(&secret.to_base32()).unwrap() == secret);
        assert!(TotpSecret::from_base32("AAAA").is_err());
        assert!(TotpSecret::from_base32("not base32!").is_err());
        assert_eq!(format!("{secret:?}"), "TotpSecret(redacted)");
    }
}
