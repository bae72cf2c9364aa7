//! Visitor identities that a site's backend signs as a JWT (HS256 or Ed25519).
//!
//! Invariant: the key decides the algorithm; the header only has to agree with it, and its
//! `kid`, `jku`, `jwk` and `x5u` are never read. The signature is checked before the claims.

mod claims;
#[cfg(test)]
mod tests;

use crate::Error;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use model::Millis;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The most bytes a token may have.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;
/// The longest time from `iat` to `exp`.
pub const MAX_LIFETIME_MS: Millis = 60 * 60 * 1_000;
/// How far a site's clock may be off.
pub const LEEWAY_MS: Millis = 60 * 1_000;
/// HS256 secrets shorter than this can be guessed offline from one token.
pub const MIN_SECRET_BYTES: usize = 32;
/// The one in use and the one it replaces.
pub const MAX_KEYS: usize = 2;

/// Who the site says the visitor is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedIdentity {
    /// The site's own id of its user, 1 to 200 characters.
    pub subject: String,
    /// The token's id. The caller accepts each once, and forgets it at `replay_until`.
    pub token_id: String,
    /// From this moment the token is refused anyway.
    pub replay_until: Millis,
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    /// Strings, numbers and booleans as text; the site's nulls are left out.
    pub attributes: BTreeMap<String, String>,
}

/// Why an identity token is refused. The site's developers see it; the visitor stays anonymous.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityRefusal {
    /// More than [`MAX_TOKEN_BYTES`].
    TooLong,
    /// Not three base64url parts of JSON, or a claim twice.
    Malformed,
    /// The header names another algorithm than the keys are for.
    WrongAlgorithm,
    /// No active key made this signature.
    BadSignature,
    /// For another channel.
    WrongAudience,
    Expired,
    /// `nbf` or `iat` lies in the future.
    NotYetValid,
    /// More than [`MAX_LIFETIME_MS`] from `iat` to `exp`.
    LifetimeTooLong,
    MissingClaim(&'static str),
    /// Of the wrong type, too long, or empty.
    InvalidClaim(&'static str),
}

impl IdentityRefusal {
    /// The stable code that has a sentence in every language.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooLong => "identity_too_long",
            Self::Malformed => "identity_malformed",
            Self::WrongAlgorithm => "identity_wrong_algorithm",
            Self::BadSignature => "identity_bad_signature",
            Self::WrongAudience => "identity_wrong_audience",
            Self::Expired => "identity_expired",
            Self::NotYetValid => "identity_not_yet_valid",
            Self::LifetimeTooLong => "identity_lifetime_too_long",
            Self::MissingClaim(_) => "identity_missing_claim",
            Self::InvalidClaim(_) => "identity_invalid_claim",
        }
    }

    /// The claim that is missing or invalid.
    pub fn claim(self) -> Option<&'static str> {
        match self {
            Self::MissingClaim(claim) | Self::InvalidClaim(claim) => Some(claim),
            _ => None,
        }
    }
}

/// A key that a site signs with, and with it the only algorithm it is good for.
#[derive(Clone)]
pub struct IdentityKey {
    algorithm: Algorithm,
    key: DecodingKey,
}

impl IdentityKey {
    /// A secret shared with the site. A PEM text is refused: it is somebody's public key.
    pub fn hs256(secret: &[u8]) -> Result<Self, Error> {
        if secret.len() < MIN_SECRET_BYTES {
            return Err(Error::Key("identity secret is shorter than 32 bytes"));
        }
        if secret.trim_ascii_start().starts_with(b"-----BEGIN") {
            return Err(Error::Key("identity secret is a PEM text"));
        }
        Ok(Self { algorithm: Algorithm::HS256, key: DecodingKey::from_secret(secret) })
    }

    /// The site's Ed25519 public key (SPKI PEM). A private key is refused: it belongs elsewhere.
    pub fn ed25519(pem: &str) -> Result<Self, Error> {
        let key = DecodingKey::from_ed_pem(pem.as_bytes())
            .map_err(|_| Error::Key("identity key is not an Ed25519 public key"))?;
        if key.try_get_as_bytes().map_or(0, <[u8]>::len) != 32 {
            return Err(Error::Key("identity key is not an Ed25519 public key"));
        }
        Ok(Self { algorithm: Algorithm::EdDSA, key })
    }

    fn is_for(&self, name: &str) -> bool {
        match self.algorithm {
            Algorithm::HS256 => name == "HS256",
            // RFC 9864 names the curve; older libraries name the scheme.
            _ => name == "EdDSA" || name == "Ed25519",
        }
    }
}

impl std::fmt::Debug for IdentityKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "IdentityKey({:?}, redacted)", self.algorithm)
    }
}

/// Checks the tokens of one channel.
#[derive(Clone, Debug)]
pub struct IdentityVerifier {
    audience: String,
    keys: Vec<IdentityKey>,
}

impl IdentityVerifier {
    /// `audience` is the channel's public key; without keys every token is refused.
    pub fn new(audience: impl Into<String>, keys: Vec<IdentityKey>) -> Result<Self, Error> {
        if keys.len() > MAX_KEYS {
            return Err(Error::Key("more than two active identity keys"));
        }
        Ok(Self { audience: audience.into(), keys })
    }

    /// The identity in `token`, if an active key signed it for this channel and it is valid now.
    /// Accepting each `token_id` only once is left to the caller, who has the storage for it.
    pub fn verify(&self, token: &str, now_ms: Millis) -> Result<VerifiedIdentity, IdentityRefusal> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(IdentityRefusal::TooLong);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(IdentityRefusal::Malformed)?;
        let (header, payload) = message.split_once('.').ok_or(IdentityRefusal::Malformed)?;
        if payload.contains('.') {
            return Err(IdentityRefusal::Malformed);
        }
        self.check_signature(&read_header(header)?, message, signature)?;
        claims::read(&decode(payload)?)?.into_identity(&self.audience, now_ms)
    }

    fn check_signature(
        &self,
        header: &Header,
        message: &str,
        signature: &str,
    ) -> Result<(), IdentityRefusal> {
        let mut keys = self.keys.iter().filter(|key| key.is_for(&header.alg)).peekable();
        if keys.peek().is_none() {
            return Err(IdentityRefusal::WrongAlgorithm);
        }
        let signed_by = |key: &IdentityKey| {
            crypto::verify(signature, message.as_bytes(), &key.key, key.algorithm).unwrap_or(false)
        };
        if keys.any(signed_by) { Ok(()) } else { Err(IdentityRefusal::BadSignature) }
    }
}

/// The parts of the header that may refuse a token; nothing in it can make one acceptable.
#[derive(Deserialize)]
struct Header {
    alg: String,
    typ: Option<String>,
    /// Extensions that a reader must understand; we understand none.
    crit: Option<serde::de::IgnoredAny>,
}

fn read_header(part: &str) -> Result<Header, IdentityRefusal> {
    let header: Header = serde_json::from_slice(&decode(part)?).map_err(|_| IdentityRefusal::Malformed)?;
    let other_kind = header.typ.as_ref().is_some_and(|typ| !typ.eq_ignore_ascii_case("JWT"));
    if other_kind || header.crit.is_some() { Err(IdentityRefusal::Malformed) } else { Ok(header) }
}

fn decode(part: &str) -> Result<Vec<u8>, IdentityRefusal> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| IdentityRefusal::Malformed)
}
