//! Passwords, opaque tokens, visitor identities, second factors, encryption of fields and of backups.
//!
//! Invariant: no clock and no storage here. Times come in as epoch milliseconds, randomness
//! comes only from [`random`], and nothing secret has a readable `Debug`.

pub mod digest;
mod error;
pub mod identity_jwt;
pub mod keyring;
pub mod password;
pub mod random;
pub mod seal;
pub mod token;
pub mod totp;

pub use error::Error;
pub use identity_jwt::{IdentityKey, IdentityRefusal, IdentityVerifier, VerifiedIdentity};
pub use keyring::{FieldContext, KeyRing, Purpose, RootKey};
pub use password::{PasswordCost, Passwords, Weakness};
pub use token::{Token, TokenHash, TokenKind};
pub use totp::TotpSecret;
