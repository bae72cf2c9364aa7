//! The claims of an identity token: which must be there, their types, sizes and times.
//!
//! Invariant: runs only on payloads whose signature was good; still trusts no size or type.

use super::{IdentityRefusal, LEEWAY_MS, MAX_LIFETIME_MS, VerifiedIdentity};
use model::Millis;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

const MAX_SUBJECT: usize = 200;
const MAX_TOKEN_ID: usize = 200;
const MAX_NAME: usize = 200;
/// RFC 5321's limit on a path, without its brackets.
const MAX_EMAIL: usize = 254;
const MAX_PHONE: usize = 50;
const MAX_ATTRIBUTES: usize = 50;
const MAX_ATTRIBUTE_NAME: usize = 100;
const MAX_ATTRIBUTE_BYTES: usize = 2 * 1024;
/// The last second of the year 9999; later times are nonsense.
const MAX_SECONDS: f64 = 253_402_300_799.0;

/// A claim that appears twice fails to parse, so no two readers can see different ones.
#[derive(Deserialize)]
pub(super) struct Claims {
    aud: Option<Value>,
    sub: Option<Value>,
    exp: Option<Value>,
    iat: Option<Value>,
    nbf: Option<Value>,
    jti: Option<Value>,
    name: Option<Value>,
    email: Option<Value>,
    phone: Option<Value>,
    attributes: Option<Value>,
}

pub(super) fn read(payload: &[u8]) -> Result<Claims, IdentityRefusal> {
    serde_json::from_slice(payload).map_err(|_| IdentityRefusal::Malformed)
}

impl Claims {
    pub(super) fn into_identity(
        self,
        audience: &str,
        now_ms: Millis,
    ) -> Result<VerifiedIdentity, IdentityRefusal> {
        check_audience(&required("aud", self.aud)?, audience)?;
        let expires_at = time("exp", &required("exp", self.exp)?)?;
        let issued_at = time("iat", &required("iat", self.iat)?)?;
        let not_before = self.nbf.map(|value| time("nbf", &value)).transpose()?;
        check_times(issued_at, not_before, expires_at, now_ms)?;
        Ok(VerifiedIdentity {
            subject: text("sub", required("sub", self.sub)?, MAX_SUBJECT)?,
            token_id: text("jti", required("jti", self.jti)?, MAX_TOKEN_ID)?,
            replay_until: expires_at + LEEWAY_MS,
            name: optional("name", self.name, MAX_NAME)?,
            email: optional("email", self.email, MAX_EMAIL)?,
            phone: optional("phone", self.phone, MAX_PHONE)?,
            attributes: self.attributes.map_or_else(|| Ok(BTreeMap::new()), attributes)?,
        })
    }
}

fn required(claim: &'static str, value: Option<Value>) -> Result<Value, IdentityRefusal> {
    value.ok_or(IdentityRefusal::MissingClaim(claim))
}

/// A string, or as some libraries always write it, a list of one. A list of several is refused:
/// such a token is good elsewhere too, and elsewhere may have handed it on.
fn check_audience(value: &Value, audience: &str) -> Result<(), IdentityRefusal> {
    let named = match value {
        Value::String(one) => one,
        Value::Array(list) => match list.as_slice() {
            [Value::String(one)] => one,
            _ => return Err(IdentityRefusal::WrongAudience),
        },
        _ => return Err(IdentityRefusal::InvalidClaim("aud")),
    };
    if named == audience && !audience.is_empty() { Ok(()) } else { Err(IdentityRefusal::WrongAudience) }
}

/// RFC 7519 `NumericDate`: seconds, possibly with a fraction.
fn time(claim: &'static str, value: &Value) -> Result<Millis, IdentityRefusal> {
    match value.as_f64() {
        Some(seconds) if (0.0..=MAX_SECONDS).contains(&seconds) => Ok((seconds * 1_000.0) as Millis),
        _ => Err(IdentityRefusal::InvalidClaim(claim)),
    }
}

fn check_times(
    issued_at: Millis,
    not_before: Option<Millis>,
    expires_at: Millis,
    now_ms: Millis,
) -> Result<(), IdentityRefusal> {
    if now_ms >= expires_at + LEEWAY_MS {
        return Err(IdentityRefusal::Expired);
    }
    if issued_at.max(not_before.unwrap_or(0)) > now_ms + LEEWAY_MS {
        return Err(IdentityRefusal::NotYetValid);
    }
    if expires_at <= issued_at {
        return Err(IdentityRefusal::InvalidClaim("exp"));
    }
    if expires_at - issued_at > MAX_LIFETIME_MS {
        return Err(IdentityRefusal::LifetimeTooLong);
    }
    Ok(())
}

/// Text of 1 to `max` characters without control characters, spaces around it cut off.
fn text(claim: &'static str, value: Value, max: usize) -> Result<String, IdentityRefusal> {
    let Value::String(text) = value else {
        return Err(IdentityRefusal::InvalidClaim(claim));
    };
    let text = text.trim();
    if text.is_empty() || text.chars().count() > max || text.chars().any(char::is_control) {
        return Err(IdentityRefusal::InvalidClaim(claim));
    }
    Ok(text.to_owned())
}

/// Like [`text`], but absent, null and empty all mean "not known".
fn optional(
    claim: &'static str,
    value: Option<Value>,
    max: usize,
) -> Result<Option<String>, IdentityRefusal> {
    match value {
        None => Ok(None),
        Some(Value::String(blank)) if blank.trim().is_empty() => Ok(None),
        Some(value) => text(claim, value, max).map(Some),
    }
}

fn attributes(value: Value) -> Result<BTreeMap<String, String>, IdentityRefusal> {
    let refused = IdentityRefusal::InvalidClaim("attributes");
    let Value::Object(map) = value else {
        return Err(refused);
    };
    if map.len() > MAX_ATTRIBUTES {
        return Err(refused);
    }
    let mut out = BTreeMap::new();
    for (name, value) in map {
        let value = match value {
            Value::Null => continue,
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            Value::Array(_) | Value::Object(_) => return Err(refused),
        };
        let named = !name.trim().is_empty() && name.chars().count() <= MAX_ATTRIBUTE_NAME;
        if !named || name.chars().any(char::is_control) || value.len() > MAX_ATTRIBUTE_BYTES {
            return Err(refused);
        }
        out.insert(name, value);
    }
    Ok(out)
}
