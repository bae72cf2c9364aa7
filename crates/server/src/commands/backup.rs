//! `octim backup`: one archive, while the server runs.

use super::{folder, say};
use crate::{
    app,
    backup::{self, write::Order},
    cli::{self, Failure},
    config::{Config, Database},
};
use service::Clock;

pub async fn run(config: &Config, wanted: &cli::Backup) -> anyhow::Result<()> {
    if let Database::Sqlite { path } = &config.database
        && !path.exists()
    {
        return Err(Failure::NotSetUp(config.public_url.join("/setup")).into());
    }
    folder::prepare(config)?;
    let passphrase = backup::passphrase(wanted.key_file.as_deref().or(config.backup.key_file.as_deref()))?;
    let store = app::open_store(config).await?;
    let order = Order {
        config,
        store: &store,
        target: &wanted.file,
        passphrase: passphrase.as_ref(),
        with_files: true,
        at: Clock::System.now(),
    };
    let written = backup::write::write(order).await;
    store.close().await;
    let written = written?;
    say(format_args!(
        "{}: database, keys and {} files, {} bytes.",
        wanted.file.display(),
        written.files,
        written.bytes
    ));
    if passphrase.is_some() {
        say("It is sealed: without its key nobody can read it, you neither. Keep the key in another place.");
    } else {
        say("Keep it like a password: it holds the keys as well. (--key-file FILE seals it.)");
    }
    Ok(())
}
