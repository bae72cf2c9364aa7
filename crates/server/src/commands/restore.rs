//! `octim restore`: fills a data folder or a database from a backup, or puts back files that were lost.

use super::{folder, say};
use crate::{backup, cli, config::Config};
use crypto::seal::Passphrase;
use std::path::Path;

pub async fn run(config: &Config, wanted: &cli::Restore) -> anyhow::Result<()> {
    let passphrase = backup::passphrase(wanted.key_file.as_deref().or(config.backup.key_file.as_deref()))?;
    if wanted.files_only {
        return put_back(config, &wanted.file, passphrase.as_ref()).await;
    }
    let _lock = folder::lock(config)?;
    let placed = backup::place::restore(config, &wanted.file, passphrase.as_ref()).await?;
    for path in &placed.keys {
        say(format_args!("Add {} to keys.previous_files.", path.display()));
    }
    if placed.manifest.has_files {
        say(format_args!("Restored the database and {} files; start it with octim serve.", placed.files));
    } else {
        say("Restored the database; this backup has no files, so put them back from where they are.");
    }
    Ok(())
}

async fn put_back(config: &Config, file: &Path, passphrase: Option<&Passphrase>) -> anyhow::Result<()> {
    let (before, after) = backup::files::put_back(config, file, passphrase).await?;
    let (lost, left) = (before.lost.len(), after.lost.len());
    say(format_args!("Of {} files {lost} were missing or damaged; {left} still are.", after.files));
    Ok(())
}
