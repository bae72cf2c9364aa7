//! Backups that the server takes by itself, as `[backup]` says.
//!
//! Invariant: one node takes one at a time; what came of it stands in the database, where every node,
//! `/metrics` and `octim doctor` see it.

use super::write::{self, Order, Written};
use crate::config::Config;
use anyhow::Context as _;
use jiff::Timestamp;
use model::Millis;
use serde::{Deserialize, Serialize};
use service::Clock;
use std::{
    fs,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use store::Store;
use tokio::time::{MissedTickBehavior, interval};

/// How often it is looked whether one is due.
const LOOK: Duration = Duration::from_secs(30);
const LEASE: Millis = 10 * 60 * 1_000;
/// After a failure, unless backups are taken more often.
const RETRY: Millis = 15 * 60 * 1_000;
const NAME: &str = "backup";

/// What came of the last tries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    pub tried_at: Option<Millis>,
    /// When the newest whole one was begun.
    pub done_at: Option<Millis>,
    pub bytes: u64,
    /// Of the last try, if it failed.
    pub error: Option<String>,
}

impl State {
    pub async fn read(store: &Store) -> store::Result<Self> {
        let text = store.find_meta(NAME).await?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    async fn write(&self, store: &Store) -> anyhow::Result<()> {
        Ok(store.update_meta(NAME, &serde_json::to_string(self)?).await?)
    }

    fn is_due(&self, now: Millis, every: Millis) -> bool {
        // A time ahead of now was written before the wall clock went back.
        let passed = |since: Option<Millis>, wait| since.is_none_or(|at| at > now || now - at >= wait);
        passed(self.done_at, every) && (self.error.is_none() || passed(self.tried_at, RETRY.min(every)))
    }
}

/// Looks for ever, and takes one whenever it is due.
pub async fn run(config: Arc<Config>, store: Store, clock: Clock) {
    if config.backup.folder.is_none() {
        return std::future::pending().await;
    }
    let holder = format!("{:016x}", u64::from_be_bytes(crypto::random::bytes()));
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        look.tick().await;
        if let Err(error) = look_once(&config, &store, &clock, &holder).await {
            tracing::warn!(error = format!("{error:#}"), "it is not known whether a backup is due");
        }
    }
}

/// Takes one if it is due and no other node does; whether it did.
pub async fn look_once(
    config: &Arc<Config>,
    store: &Store,
    clock: &Clock,
    holder: &str,
) -> anyhow::Result<bool> {
    let every = config.backup.every.as_millis() as Millis;
    if !State::read(store).await?.is_due(clock.now(), every)
        || !store.lease(NAME, holder, clock.now(), LEASE).await?
    {
        return Ok(false);
    }
    // Another node may have finished in between.
    let mut state = State::read(store).await?;
    let is_due = state.is_due(clock.now(), every);
    if is_due {
        let at = clock.now();
        state.tried_at = Some(at);
        match while_leased(store, clock, holder, take(config, store, at)).await {
            Ok((path, written)) => {
                tracing::info!(file = %path.display(), bytes = written.bytes, files = written.files, "backup taken");
                state = State { done_at: Some(at), bytes: written.bytes, error: None, ..state };
            }
            Err(error) => {
                let error = format!("{error:#}");
                tracing::error!(error, "a backup failed");
                state.error = Some(error);
            }
        }
        state.write(store).await?;
    }
    store.end_lease(NAME, holder).await?;
    Ok(is_due)
}

/// Prolongs the lease for as long as the work takes.
async fn while_leased<T>(
    store: &Store,
    clock: &Clock,
    holder: &str,
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    let mut work = std::pin::pin!(work);
    let mut prolong = interval(Duration::from_millis(LEASE as u64 / 4));
    loop {
        tokio::select! {
            done = &mut work => return done,
            _ = prolong.tick() => {
                store.lease(NAME, holder, clock.now(), LEASE).await?;
            }
        }
    }
}

async fn take(config: &Arc<Config>, store: &Store, at: Millis) -> anyhow::Result<(PathBuf, Written)> {
    let folder = config.backup.folder.clone().context("backup.folder is not set")?;
    let (config, store) = (Arc::clone(config), store.clone());
    write::apart(move |runtime| {
        make_folder(&folder)?;
        let passphrase = super::passphrase(config.backup.key_file.as_deref())?;
        let target = folder.join(file_name("octim", at, passphrase.is_some())?);
        let order = Order {
            config: &config,
            store: &store,
            target: &target,
            passphrase: passphrase.as_ref(),
            with_files: true,
            at,
        };
        let written = runtime.block_on(write::write(order))?;
        delete_old(&folder, config.backup.keep)?;
        Ok((target, written))
    })
    .await
}

pub(super) fn make_folder(folder: &Path) -> anyhow::Result<()> {
    let cannot = || format!("cannot make the folder {}", folder.display());
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).with_context(cannot)
}

/// Such as `octim-20261129T061200Z.tar`, so that names are in the order of time.
pub(super) fn file_name(start: &str, at: Millis, is_sealed: bool) -> anyhow::Result<String> {
    let at = Timestamp::from_millisecond(at)?.strftime("%Y%m%dT%H%M%SZ");
    Ok(format!("{start}-{at}.tar{}", if is_sealed { ".sealed" } else { "" }))
}

/// The archives that this module wrote into a folder, oldest first.
pub fn list(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.file_name().and_then(|name| name.to_str()).is_some_and(is_ours) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn is_ours(name: &str) -> bool {
    let rest = name
        .strip_prefix("octim-")
        .and_then(|rest| rest.strip_suffix(".tar").or_else(|| rest.strip_suffix(".tar.sealed")));
    rest.is_some_and(|time| {
        time.len() == 16 && time.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'T' | b'Z'))
    })
}

/// Keeps the newest, and nothing that a killed server left half written.
fn delete_old(folder: &Path, keep: usize) -> anyhow::Result<()> {
    let found = list(folder)?;
    let mut old: Vec<PathBuf> = found[..found.len().saturating_sub(keep)].to_vec();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let whole = name.strip_suffix(".partial").or_else(|| name.strip_suffix(".database"));
        if whole.is_some_and(is_ours) {
            old.push(path);
        }
    }
    for path in old {
        fs::remove_file(&path).with_context(|| format!("cannot delete {}", path.display()))?;
    }
    Ok(())
}
