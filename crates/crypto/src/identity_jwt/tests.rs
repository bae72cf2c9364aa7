//! The attack corpus for identity tokens (security.md A04, A06), each next to a token that
//! differs only in the attacked property and is accepted.

mod content;
mod forgery;

use super::*;
use jsonwebtoken::EncodingKey;
use serde_json::{Value, json};

const NOW: Millis = 1_700_000_000_000;
const SECONDS: i64 = NOW / 1_000;
const AUDIENCE: &str = "channel-1";
const SECRET: &[u8; 32] = b"0123456789abcdef0123456789abcdef";
const OTHER_SECRET: &[u8; 32] = b"fedcba9876543210fedcba9876543210";

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn sign(header: &str, payload: &str, key: &EncodingKey, algorithm: Algorithm) -> String {
    let message = format!("{header}.{payload}");
    let signature = crypto::sign(message.as_bytes(), key, algorithm).unwrap();
    format!("{message}.{signature}")
}

fn hs256(header: &Value, claims: &Value) -> String {
    sign(&part(header), &part(claims), &EncodingKey::from_secret(SECRET), Algorithm::HS256)
}

fn header() -> Value {
    json!({"alg": "HS256", "typ": "JWT"})
}

fn claims() -> Value {
    json!({"aud": AUDIENCE, "sub": "user-7", "iat": SECONDS, "exp": SECONDS + 600, "jti": "j1"})
}

/// Good claims with some replaced.
fn with(changes: &Value) -> Value {
    let mut claims = claims();
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

fn verifier() -> IdentityVerifier {
    IdentityVerifier::new(AUDIENCE, vec![IdentityKey::hs256(SECRET).unwrap()]).unwrap()
}

fn verify(claims: &Value) -> Result<VerifiedIdentity, IdentityRefusal> {
    verifier().verify(&hs256(&header(), claims), NOW)
}
