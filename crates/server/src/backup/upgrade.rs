//! Before a newer program changes the schema, the database is saved: the way back when the new
//! version does not please.
//!
//! Invariant: nothing is changed unless the archive is whole, or the operator has said that none is
//! wanted (`backup.before_upgrade = false`).

use super::{
    schedule::{file_name, make_folder},
    write::{self, Order},
};
use crate::config::Config;
use anyhow::Context as _;
use service::Clock;
use std::path::PathBuf;
use store::Store;

/// Saves a database whose schema is older than this program's. Where to, if that was needed.
pub async fn save(config: &Config, store: &Store) -> anyhow::Result<Option<PathBuf>> {
    let (schema, newest) = (store.schema().await?, store::newest_schema());
    if schema == 0 || schema >= newest {
        return Ok(None);
    }
    if !config.backup.before_upgrade || store::sabotage::is("unsaved_upgrade") {
        tracing::info!(from = schema, to = newest, "the schema changes; no backup is taken before");
        return Ok(None);
    }
    let folder = config.backup.folder.clone().unwrap_or_else(|| config.data_dir.join("backups"));
    let passphrase = super::passphrase(config.backup.key_file.as_deref())?;
    let at = Clock::System.now();
    make_folder(&folder)?;
    // Nodes that start at once each save it.
    let node = u16::from_be_bytes(crypto::random::bytes());
    let start = format!("before-schema-{newest}-{node:04x}");
    let target = folder.join(file_name(&start, at, passphrase.is_some())?);
    tracing::info!(from = schema, to = newest, file = %target.display(), "the schema changes; saving the database before");
    let order =
        Order { config, store, target: &target, passphrase: passphrase.as_ref(), with_files: false, at };
    write::write(order).await.context(
        "the database was not upgraded, because it could not be saved before \
         (backup.before_upgrade = false upgrades it without)",
    )?;
    Ok(Some(target))
}
