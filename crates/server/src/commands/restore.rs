//! `octim restore`: fills a data folder or a database from a backup.

use super::{folder, say};
use crate::{backup, cli, config::Config};

pub async fn run(config: &Config, wanted: &cli::Restore) -> anyhow::Result<()> {
    let _lock = folder::lock(config)?;
    let passphrase = backup::passphrase(wanted.key_file.as_deref().or(config.backup.key_file.as_deref()))?;
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
