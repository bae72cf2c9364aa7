//! Opaque bearer tokens: 256 random bits behind a prefix that tells what they are for.
//!
//! Invariant: the database sees only [`TokenHash`]; the text exists in the holder's hands and
//! for the length of one request, and never in `Debug`.

use crate::{digest, random};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use std::fmt;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

const SECRET_BYTES: usize = 32;

/// What a token opens; each kind has its own prefix, so one is never taken for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A logged-in agent's browser.
    AgentSession,
    /// A visitor's browser on one channel.
    VisitorSession,
    /// One socket connection, within seconds.
    SocketTicket,
}

impl TokenKind {
    /// Three letters and an underscore, so that secret scanners can find a leaked token.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::AgentSession => "sid_",
            Self::VisitorSession => "vst_",
            Self::SocketTicket => "wst_",
        }
    }
}

/// The text that the holder keeps; wiped from memory when dropped.
#[derive(Clone)]
pub struct Token(Zeroizing<String>);

impl Token {
    pub fn generate(kind: TokenKind) -> Self {
        let secret = Zeroizing::new(random::bytes::<SECRET_BYTES>());
        Self(Zeroizing::new(format!("{}{}", kind.prefix(), URL_SAFE_NO_PAD.encode(secret.as_slice()))))
    }

    /// Reads what a client sent; none unless it is a well-formed token of this kind.
    pub fn parse(kind: TokenKind, text: &str) -> Option<Self> {
        let body = text.strip_prefix(kind.prefix())?;
        // 43 characters is what 32 bytes take; anything longer is not even decoded.
        if body.len() != SECRET_BYTES.div_ceil(3) * 4 - 1 {
            return None;
        }
        let decoded = Zeroizing::new(URL_SAFE_NO_PAD.decode(body).ok()?);
        (decoded.len() == SECRET_BYTES).then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// The text itself, to be handed to its holder once.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What the database stores and looks up.
    pub fn hash(&self) -> TokenHash {
        TokenHash(digest::sha256_hex(self.0.as_bytes()))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(redacted)")
    }
}

/// SHA-256 of a token's text in hexadecimal. Unsalted and fast is enough for 256 random bits.
#[derive(Clone)]
pub struct TokenHash(String);

impl TokenHash {
    /// A hash as the database returned it.
    pub fn from_stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PartialEq for TokenHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for TokenHash {}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [TokenKind; 3] =
        [TokenKind::AgentSession, TokenKind::VisitorSession, TokenKind::SocketTicket];

    #[test]
    fn token_is_readable_only_as_its_own_kind() {
        for made in KINDS {
            let token = Token::generate(made);
            for read in KINDS {
                assert_eq!(
                    Token::parse(read, token.expose()).is_some(),
                    made == read,
                    "{made:?} as {read:?}"
                );
            }
        }
    }

    #[test]
    fn tokens_do_not_repeat_and_hash_to_what_was_stored() {
        let (a, b) = (Token::generate(TokenKind::SocketTicket), Token::generate(TokenKind::SocketTicket));
        assert_ne!(a.expose(), b.expose());
        assert_ne!(a.hash(), b.hash());
        assert_eq!(a.hash(), TokenHash::from_stored(a.hash().as_str()));
        assert_eq!(a.hash().as_str().len(), 64);
        assert!(!a.hash().as_str().contains(&a.expose()[4..]));
    }

    #[test]
    fn malformed_tokens_are_refused() {
        let good = Token::generate(TokenKind::AgentSession);
        let text = good.expose();
        let long = format!("{text}A");
        let padded = format!("{text}=");
        let spaced = format!(" {text}");
        let standard = format!("sid_{}", "+".repeat(43));
        for bad in
            ["", "sid_", &text[..46], &long, &padded, &spaced, &standard, "sid_口口口口口口口口口口口口口口x"]
        {
            assert!(Token::parse(TokenKind::AgentSession, bad).is_none(), "{bad}");
        }
        assert!(Token::parse(TokenKind::AgentSession, text).is_some());
    }

    #[test]
    fn debug_shows_nothing() {
        let token = Token::generate(TokenKind::VisitorSession);
        let shown = format!("{token:?} {:?}", token.hash());
        assert!(!shown.contains(token.expose()) && !shown.contains(token.hash().as_str()), "{shown}");
    }
}
