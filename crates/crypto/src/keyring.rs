//! The key ring that encrypts database fields: AES-256-GCM under keys derived per purpose and
//! workspace, bound to the place (table, column, row) they were written for.
//!
//! Invariant: the newest root key writes, every root key on the ring reads; a value that was
//! changed, or moved to another place, does not open.

#[cfg(test)]
mod tests;

use crate::{Error, digest, random};
use aes_gcm::{
    Aes256Gcm,
    aead::{Aead, KeyInit, Payload},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use hkdf::Hkdf;
use model::WorkspaceId;
use sha2::Sha256;
use std::fmt;
use zeroize::Zeroizing;

const VERSION: &str = "v1";
const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;

/// A key of 256 random bits from which all others are derived. It never encrypts anything.
#[derive(Clone)]
pub struct RootKey {
    id: String,
    bytes: Zeroizing<[u8; KEY_BYTES]>,
}

impl RootKey {
    pub fn generate() -> Result<Self, Error> {
        Self::new(Zeroizing::new(random::bytes()))
    }

    /// Reads what [`Self::to_base64`] wrote; space around it is ignored, as files end in a line
    /// break.
    pub fn from_base64(text: &str) -> Result<Self, Error> {
        let text = text.trim().trim_end_matches('=');
        let decoded = STANDARD_NO_PAD.decode(text).or_else(|_| URL_SAFE_NO_PAD.decode(text));
        let decoded = Zeroizing::new(decoded.map_err(|_| Error::Key("root key is not base64"))?);
        let bytes: [u8; KEY_BYTES] =
            decoded.as_slice().try_into().map_err(|_| Error::Key("root key is not 32 bytes"))?;
        Self::new(Zeroizing::new(bytes))
    }

    /// The key as text, for the operator's key file.
    pub fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(self.bytes.as_slice()))
    }

    /// Names the key in what it sealed, and tells nothing about it.
    pub fn id(&self) -> &str {
        &self.id
    }

    fn new(bytes: Zeroizing<[u8; KEY_BYTES]>) -> Result<Self, Error> {
        if bytes.iter().all(|byte| *byte == bytes[0]) {
            return Err(Error::Key("root key is a placeholder"));
        }
        let mut id = [0; 8];
        expand(&bytes, &[b"octim key id"], &mut id)?;
        Ok(Self { id: digest::hex(&id), bytes })
    }
}

impl fmt::Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RootKey({}, redacted)", self.id)
    }
}

/// What a derived key is for; a value sealed for one purpose does not open for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Credentials we keep for others: TOTP seeds, channel secrets, mail passwords.
    Secret,
    /// Personal data of contacts.
    Personal,
    /// Message bodies.
    Message,
    /// Attachments.
    File,
    Backup,
}

impl Purpose {
    fn label(self) -> &'static [u8] {
        match self {
            Self::Secret => b"secret",
            Self::Personal => b"personal",
            Self::Message => b"message",
            Self::File => b"file",
            Self::Backup => b"backup",
        }
    }
}

/// The place a sealed value belongs to. A row copied elsewhere takes its ciphertext nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldContext {
    workspace: WorkspaceId,
    table: &'static str,
    column: &'static str,
    row: String,
}

impl FieldContext {
    /// `row` is the primary key, which must exist before the value is sealed.
    pub fn new(
        workspace: WorkspaceId,
        table: &'static str,
        column: &'static str,
        row: impl ToString,
    ) -> Self {
        Self { workspace, table, column, row: row.to_string() }
    }

    fn associated_data(&self, key_id: &str) -> Vec<u8> {
        let workspace = self.workspace.0.to_be_bytes();
        let (table, column) = (self.table.as_bytes(), self.column.as_bytes());
        let version = VERSION.as_bytes();
        digest::framed(&[version, key_id.as_bytes(), &workspace, table, column, self.row.as_bytes()])
    }
}

/// Root keys, newest first. Cheap enough to share behind an `Arc`; wiped when dropped.
#[derive(Clone, Debug)]
pub struct KeyRing {
    newest: RootKey,
    older: Vec<RootKey>,
}

impl KeyRing {
    pub fn new(newest: RootKey, older: Vec<RootKey>) -> Self {
        Self { newest, older }
    }

    /// `v1.<key id>.<base64url of nonce, ciphertext and tag>`. Nonces are random: with one key
    /// per purpose and workspace, 2³² values each stay far from a collision worth having.
    pub fn seal(&self, purpose: Purpose, context: &FieldContext, plain: &[u8]) -> Result<String, Error> {
        let nonce = random::bytes::<NONCE_BYTES>();
        let aad = context.associated_data(&self.newest.id);
        let sealed = cipher(&self.newest, purpose, context.workspace)?
            .encrypt((&nonce).into(), Payload { msg: plain, aad: &aad })
            .map_err(|_| Error::Internal("AES-GCM"))?;
        let body = URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat());
        Ok(format!("{VERSION}.{}.{body}", self.newest.id))
    }

    /// What was sealed for this purpose at this place.
    pub fn open(
        &self,
        purpose: Purpose,
        context: &FieldContext,
        sealed: &str,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let (key_id, body) = parts(sealed)?;
        let key = self.keys().find(|key| key.id == key_id).ok_or(Error::UnknownKey)?;
        let body = URL_SAFE_NO_PAD.decode(body).map_err(|_| Error::SealedFormat)?;
        let (nonce, ciphertext) = body.split_first_chunk::<NONCE_BYTES>().ok_or(Error::SealedFormat)?;
        let aad = context.associated_data(key_id);
        cipher(key, purpose, context.workspace)?
            .decrypt(nonce.into(), Payload { msg: ciphertext, aad: &aad })
            .map(Zeroizing::new)
            .map_err(|_| Error::Tampered)
    }

    /// [`Self::open`] for what was text.
    pub fn open_text(
        &self,
        purpose: Purpose,
        context: &FieldContext,
        sealed: &str,
    ) -> Result<Zeroizing<String>, Error> {
        let plain = self.open(purpose, context, sealed)?;
        let text = std::str::from_utf8(&plain).map_err(|_| Error::SealedFormat)?;
        Ok(Zeroizing::new(text.to_owned()))
    }

    /// True when an older key sealed it, so that rotation should seal it anew.
    pub fn is_outdated(&self, sealed: &str) -> Result<bool, Error> {
        parts(sealed).map(|(key_id, _)| key_id != self.newest.id)
    }

    fn keys(&self) -> impl Iterator<Item = &RootKey> {
        std::iter::once(&self.newest).chain(&self.older)
    }
}

fn parts(sealed: &str) -> Result<(&str, &str), Error> {
    let rest = sealed.strip_prefix(VERSION).and_then(|rest| rest.strip_prefix('.'));
    rest.and_then(|rest| rest.split_once('.')).ok_or(Error::SealedFormat)
}

fn cipher(key: &RootKey, purpose: Purpose, workspace: WorkspaceId) -> Result<Aes256Gcm, Error> {
    let derived = derive(key, purpose, workspace)?;
    Aes256Gcm::new_from_slice(derived.as_slice()).map_err(|_| Error::Internal("AES-GCM"))
}

fn derive(
    key: &RootKey,
    purpose: Purpose,
    workspace: WorkspaceId,
) -> Result<Zeroizing<[u8; KEY_BYTES]>, Error> {
    let mut out = Zeroizing::new([0; KEY_BYTES]);
    let info: [&[u8]; 3] = [b"octim field key", purpose.label(), &workspace.0.to_be_bytes()];
    expand(&key.bytes, &info, out.as_mut_slice())?;
    Ok(out)
}

fn expand(root: &[u8; KEY_BYTES], info: &[&[u8]], out: &mut [u8]) -> Result<(), Error> {
    Hkdf::<Sha256>::new(None, root).expand(&digest::framed(info), out).map_err(|_| Error::Internal("HKDF"))
}
