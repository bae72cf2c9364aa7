//! The root keys of field encryption, from where the configuration says.

use crate::config::{Keys, RootKeySource};
use anyhow::Context as _;
use crypto::{KeyRing, RootKey};
use secrecy::ExposeSecret as _;
use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

pub fn load(keys: &Keys) -> anyhow::Result<KeyRing> {
    let newest = match &keys.root {
        RootKeySource::Generated(path) => read_or_make(path)?,
        RootKeySource::File(path) => read(path)?,
        RootKeySource::Value(text) => RootKey::from_base64(text.expose_secret().trim())?,
    };
    let older = keys.previous.iter().map(|path| read(path)).collect::<anyhow::Result<Vec<_>>>()?;
    Ok(KeyRing::new(newest, older))
}

fn read(path: &Path) -> anyhow::Result<RootKey> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read the key file {}", path.display()))?;
    RootKey::from_base64(text.trim()).with_context(|| format!("{} is not a key", path.display()))
}

/// The first start makes a key that only the owner of the process can read.
fn read_or_make(path: &Path) -> anyhow::Result<RootKey> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(mut file) => {
            let key = RootKey::generate()?;
            file.write_all(key.to_base64().as_bytes())?;
            file.sync_all()?;
            Ok(key)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => read(path),
        Err(error) => Err(error).with_context(|| format!("cannot make the key file {}", path.display())),
    }
}
