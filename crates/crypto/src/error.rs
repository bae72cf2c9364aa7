//! What can go wrong in this crate. No variant carries a secret or text from outside.

/// Failures of keys, stored hashes and sealed values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Longer than [`crate::password::MAX_BYTES`]; refused before any hashing.
    #[error("password is too long")]
    PasswordTooLong,
    /// So many passwords wait to be hashed that another would only time out.
    #[error("too many passwords are waiting to be checked")]
    PasswordQueueFull,
    /// The stored hash is not an Argon2id PHC string with sane costs.
    #[error("stored password hash is unreadable")]
    StoredHash,
    /// The text says which key and why; it never holds key bytes.
    #[error("unusable key: {0}")]
    Key(&'static str),
    /// A sealed value that is not in our format, or in one we no longer read.
    #[error("sealed value is malformed")]
    SealedFormat,
    /// Sealed with a key that is not on the ring.
    #[error("sealed value needs a key that is not on the ring")]
    UnknownKey,
    /// Changed after sealing, or moved from another place.
    #[error("sealed value does not belong here")]
    Tampered,
    /// The stream was sealed under another one.
    #[error("it was sealed under another key")]
    WrongPassphrase,
    /// A primitive or a worker thread refused; never caused by input.
    #[error("cryptographic operation failed: {0}")]
    Internal(&'static str),
}
