//! Sealing a stream, such as a backup, under a passphrase: AES-256-GCM in chunks, in the STREAM
//! construction, under a key that Argon2id makes from the passphrase and a salt.
//!
//! Invariant: what an [`Opener`] hands out was sealed under this passphrase, and it ends without an
//! error only where the sealed stream ended: what was changed, moved or cut off does not open.

#[cfg(test)]
mod tests;

use crate::{Error, random};
use aead_stream::{DecryptorBE32, EncryptorBE32};
use aes_gcm::{Aes256Gcm, aead::KeyInit};
use argon2::{Algorithm, Argon2, Params, Version};
use std::io::{self, BufRead, BufReader, Read, Write};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// How a sealed stream begins; nothing else that we write begins so.
pub const MAGIC: &[u8; 16] = b"octim sealed 1\r\n";
/// The fewest characters of a passphrase. Who has the file may try without end.
pub const MIN_CHARACTERS: usize = 16;

const CHUNK: usize = 64 * 1024;
const TAG: usize = 16;
const SALT: usize = 16;
/// Tells a wrong passphrase from a damaged stream.
const CHECK: usize = 16;
const NONCE: usize = 7;
const HEADER: usize = MAGIC.len() + SALT + CHECK + NONCE;
/// Argon2id with 64 MiB and 3 passes: fixed by the version in [`MAGIC`], so that a forged header cannot
/// ask for more.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;

/// What a stream is sealed under.
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// Space around it is ignored, as files end in a line break.
    pub fn new(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        if text.chars().count() < MIN_CHARACTERS {
            return Err(Error::Key("it has fewer than 16 characters"));
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    /// The cipher and the check value of a salt.
    fn derive(&self, salt: &[u8]) -> Result<(Aes256Gcm, [u8; CHECK]), Error> {
        const PARAMETERS: Error = Error::Internal("Argon2 parameters");
        let mut derived = Zeroizing::new([0; 32 + CHECK]);
        let params = Params::new(MEMORY_KIB, PASSES, 1, Some(derived.len())).map_err(|_| PARAMETERS)?;
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(self.0.as_bytes(), salt, &mut derived[..])
            .map_err(|_| PARAMETERS)?;
        let (key, rest) = derived.split_at(32);
        let cipher = Aes256Gcm::new_from_slice(key).map_err(|_| Error::Internal("key length"))?;
        let mut check = [0; CHECK];
        check.copy_from_slice(rest);
        Ok((cipher, check))
    }
}

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passphrase(redacted)")
    }
}

/// Seals what is written to it. Only [`Self::finish`] makes the stream whole.
pub struct Sealer<W: Write> {
    inner: W,
    encryptor: EncryptorBE32<Aes256Gcm>,
    header: [u8; HEADER],
    chunk: Vec<u8>,
}

impl<W: Write> Sealer<W> {
    pub fn new(mut inner: W, passphrase: &Passphrase) -> io::Result<Self> {
        let mut header = [0; HEADER];
        let (magic, rest) = header.split_at_mut(MAGIC.len());
        magic.copy_from_slice(MAGIC);
        random::fill(rest);
        let (cipher, check) = passphrase.derive(&rest[..SALT]).map_err(io::Error::other)?;
        rest[SALT..SALT + CHECK].copy_from_slice(&check);
        inner.write_all(&header)?;
        let encryptor = EncryptorBE32::from_aead(cipher, &nonce(&header).into());
        Ok(Self { inner, encryptor, header, chunk: Vec::with_capacity(CHUNK + TAG) })
    }

    /// Writes the end, without which the stream does not open.
    pub fn finish(mut self) -> io::Result<W> {
        self.encryptor.encrypt_last_in_place(&self.header, &mut self.chunk).map_err(too_long)?;
        self.inner.write_all(&self.chunk)?;
        Ok(self.inner)
    }
}

impl<W: Write> Write for Sealer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.chunk.len() == CHUNK {
            self.encryptor.encrypt_next_in_place(&self.header, &mut self.chunk).map_err(too_long)?;
            self.inner.write_all(&self.chunk)?;
            self.chunk.clear();
        }
        let taken = bytes.len().min(CHUNK - self.chunk.len());
        self.chunk.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    /// Whole chunks are written as they come; the rest waits for the end.
    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Reads what a [`Sealer`] wrote.
pub struct Opener<R: Read> {
    inner: BufReader<R>,
    /// None after the end.
    decryptor: Option<DecryptorBE32<Aes256Gcm>>,
    header: [u8; HEADER],
    chunk: Vec<u8>,
    read: usize,
}

impl<R: Read> Opener<R> {
    /// [`Error::SealedFormat`] for what is no sealed stream, [`Error::WrongPassphrase`] when this is not
    /// what it was sealed under.
    pub fn new(inner: R, passphrase: &Passphrase) -> Result<Self, Error> {
        let mut inner = BufReader::with_capacity(CHUNK + TAG, inner);
        let mut header = [0; HEADER];
        inner.read_exact(&mut header).map_err(|_| Error::SealedFormat)?;
        let (magic, rest) = header.split_at(MAGIC.len());
        if magic != MAGIC {
            return Err(Error::SealedFormat);
        }
        let (cipher, check) = passphrase.derive(&rest[..SALT])?;
        if !bool::from(check.ct_eq(&rest[SALT..SALT + CHECK])) {
            return Err(Error::WrongPassphrase);
        }
        let decryptor = Some(DecryptorBE32::from_aead(cipher, &nonce(&header).into()));
        Ok(Self { inner, decryptor, header, chunk: Vec::new(), read: 0 })
    }

    /// The next chunk; false at the end.
    fn advance(&mut self) -> io::Result<bool> {
        let Some(mut decryptor) = self.decryptor.take() else { return Ok(false) };
        self.chunk.clear();
        self.read = 0;
        (&mut self.inner).take((CHUNK + TAG) as u64).read_to_end(&mut self.chunk)?;
        if self.inner.fill_buf()?.is_empty() {
            decryptor.decrypt_last_in_place(&self.header, &mut self.chunk).map_err(damaged)?;
        } else {
            decryptor.decrypt_next_in_place(&self.header, &mut self.chunk).map_err(damaged)?;
            self.decryptor = Some(decryptor);
        }
        Ok(true)
    }
}

impl<R: Read> Read for Opener<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        while self.read == self.chunk.len() {
            if !self.advance()? {
                return Ok(0);
            }
        }
        let taken = target.len().min(self.chunk.len() - self.read);
        target[..taken].copy_from_slice(&self.chunk[self.read..self.read + taken]);
        self.read += taken;
        Ok(taken)
    }
}

fn nonce(header: &[u8; HEADER]) -> [u8; NONCE] {
    let mut nonce = [0; NONCE];
    nonce.copy_from_slice(&header[HEADER - NONCE..]);
    nonce
}

fn damaged(_: aes_gcm::aead::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "what is sealed was changed or cut off")
}

fn too_long(_: aes_gcm::aead::Error) -> io::Error {
    io::Error::other("too long to be sealed")
}
