//! Secrets in the configuration: given as a value, or as the path of a file that holds it.

use super::ConfigError;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer};
use std::path::PathBuf;

/// Reads numbers and booleans as the text they were, for a password may look like one.
#[derive(Debug)]
pub struct Secret(pub SecretString);

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(String::deserialize(deserializer)?.into()))
    }
}

pub fn both(key: &str) -> ConfigError {
    ConfigError::setting(key, format!("give either {key} or {key}_file, not both"))
}

/// The secret of `key`, or what the file of `{key}_file` says without its last line break.
pub fn one_of(
    key: &str,
    value: Option<Secret>,
    file: Option<PathBuf>,
) -> Result<Option<SecretString>, ConfigError> {
    let secret = match (value, file) {
        (Some(_), Some(_)) => return Err(both(key)),
        (None, None) => return Ok(None),
        (Some(Secret(value)), None) => value,
        (None, Some(path)) => {
            let text = std::fs::read_to_string(&path).map_err(|error| {
                let reason = format!("cannot read {}: {error}", path.display());
                ConfigError::setting(&format!("{key}_file"), reason)
            })?;
            let text = text.trim_end_matches(['\r', '\n']);
            if text.is_empty() {
                let reason = format!("{} is empty", path.display());
                return Err(ConfigError::setting(&format!("{key}_file"), reason));
            }
            text.to_owned().into()
        }
    };
    Ok(Some(secret).filter(|secret| !secret.expose_secret().is_empty()))
}

pub fn starts_with(secret: &SecretString, beginnings: &[&str]) -> bool {
    beginnings.iter().any(|beginning| secret.expose_secret().starts_with(beginning))
}
