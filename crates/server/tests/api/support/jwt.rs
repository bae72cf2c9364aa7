//! Identities as a customer's site signs them.

use super::{START, Value, json, unique};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};

/// A key pair that is used nowhere else.
pub const PUBLIC_KEY: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA65RAiO0gII95vh5D7PMdVut1f6NLznj6I50Ha40CMDA=
-----END PUBLIC KEY-----
";
const PRIVATE_KEY: &str = "MC4CAQAwBQYDK2VwBCIEIA3hKhxkJLcAt8yPqtwBZmpg+5x/hGipY/oy0iBeieGP";

/// Good claims for a user of the site, valid for ten minutes from the start of a test.
pub fn claims(channel: &str, user: &str) -> Value {
    let now = START / 1_000;
    json!({"aud": channel, "sub": user, "iat": now, "exp": now + 600, "jti": unique("jti")})
}

pub fn hs256(secret: &str, claims: &Value) -> String {
    encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
}

pub fn eddsa(claims: &Value) -> String {
    let frame = |end: &str| format!("-----{end} PRIVATE KEY-----");
    let pem = format!("{}\n{PRIVATE_KEY}\n{}\n", frame("BEGIN"), frame("END"));
    let key = EncodingKey::from_ed_pem(pem.as_bytes()).unwrap();
    encode(&Header::new(Algorithm::EdDSA), claims, &key).unwrap()
}
