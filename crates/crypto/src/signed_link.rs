//! Short-lived links to files: an HMAC over file, variant, principal and expiry.
//!
//! Invariant: a link lives at most five minutes and names who it was made for, so that whoever
//! serves the file can ask again whether that principal may still read it.

#[cfg(test)]
mod tests;

use crate::{Error, KeyRing, Purpose, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use model::{AttachmentId, Millis};
use sha2::Sha256;

/// Longer principals would make links that proxies cut.
const MAX_VALUE_BYTES: usize = 512;

/// How long a link works: 1 to 300 seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinkLifetime(u16);

impl LinkLifetime {
    pub const MAX: Self = Self(300);

    /// None when not within 1 to 300.
    pub fn from_seconds(seconds: u16) -> Option<Self> {
        (1..=Self::MAX.0).contains(&seconds).then_some(Self(seconds))
    }

    fn as_millis(self) -> Millis {
        Millis::from(self.0) * 1_000
    }
}

impl Default for LinkLifetime {
    fn default() -> Self {
        Self::MAX
    }
}

/// Whom a valid link was made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkGrant {
    pub principal: String,
    pub expires_at: Millis,
}

/// Why a link does not open its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkRefusal {
    /// Malformed, or signed by nobody we know, or for another file or variant.
    Forged,
    Expired,
}

impl LinkRefusal {
    /// The stable code that has a sentence in every language.
    pub fn code(self) -> &'static str {
        match self {
            Self::Forged => "link_invalid",
            Self::Expired => "link_expired",
        }
    }
}

/// Makes and checks links under the key ring's link keys.
#[derive(Clone)]
pub struct LinkSigner {
    newest: Hmac<Sha256>,
    all: Vec<Hmac<Sha256>>,
}

impl LinkSigner {
    pub fn new(ring: &KeyRing) -> Result<Self, Error> {
        let all = ring
            .derive_all(Purpose::Link)?
            .iter()
            .map(|key| Hmac::new_from_slice(key.as_slice()).map_err(|_| Error::Internal("HMAC")))
            .collect::<Result<Vec<_>, _>>()?;
        let newest = all.first().cloned().ok_or(Error::Internal("empty key ring"))?;
        Ok(Self { newest, all })
    }

    /// The query value `<expiry>.<principal>.<mac>`, safe in a URL as it is.
    pub fn sign(
        &self,
        file: AttachmentId,
        variant: &str,
        principal: &str,
        lifetime: LinkLifetime,
        now_ms: Millis,
    ) -> String {
        let expires_at = now_ms.saturating_add(lifetime.as_millis());
        let mac = self.newest.clone().chain_update(message(file, variant, principal, expires_at));
        let mac = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
        format!("{expires_at}.{}.{mac}", URL_SAFE_NO_PAD.encode(principal))
    }

    /// Whom the link was made for. May that principal still read the file? Ask before serving.
    pub fn verify(
        &self,
        file: AttachmentId,
        variant: &str,
        value: &str,
        now_ms: Millis,
    ) -> Result<LinkGrant, LinkRefusal> {
        let (expires_at, principal, mac) = read(value).ok_or(LinkRefusal::Forged)?;
        let message = message(file, variant, &principal, expires_at);
        let signed_by = |key: &Hmac<Sha256>| key.clone().chain_update(&message).verify_slice(&mac).is_ok();
        if !self.all.iter().any(signed_by) {
            return Err(LinkRefusal::Forged);
        }
        if now_ms >= expires_at {
            return Err(LinkRefusal::Expired);
        }
        Ok(LinkGrant { principal, expires_at })
    }
}

impl std::fmt::Debug for LinkSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LinkSigner(redacted)")
    }
}

fn read(value: &str) -> Option<(Millis, String, Vec<u8>)> {
    if value.len() > MAX_VALUE_BYTES {
        return None;
    }
    let (expires_at, rest) = value.split_once('.')?;
    let (principal, mac) = rest.split_once('.')?;
    let principal = String::from_utf8(URL_SAFE_NO_PAD.decode(principal).ok()?).ok()?;
    Some((expires_at.parse().ok()?, principal, URL_SAFE_NO_PAD.decode(mac).ok()?))
}

fn message(file: AttachmentId, variant: &str, principal: &str, expires_at: Millis) -> Vec<u8> {
    let (file, expires_at) = (file.0.to_be_bytes(), expires_at.to_be_bytes());
    digest::framed(&[b"octim file link", &file, variant.as_bytes(), principal.as_bytes(), &expires_at])
}
