//! Copying `SQLite`'s log into the database file, beside the writer.
//!
//! A second connection copies what is in the log while the writer goes on appending. What came in
//! meanwhile is little; the writer copies that itself, between two transactions, and only then can
//! the log begin anew. A reader that still needs the log puts that off, to the next time.

use super::sqlite;
use rusqlite::Connection;
use std::{
    cell::Cell,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
        mpsc,
    },
    thread::{self, JoinHandle},
};

/// Pages in the log after which it is copied. Pages that change often are copied less often so.
const PAGES: u32 = 4_000;
/// When the log could not begin anew, it is tried again so many pages later.
const AGAIN: u32 = 2_000;
/// The helper goes on until a pass finds fewer new pages than this.
const FEW: u32 = 200;
/// The most passes of the helper.
const PASSES: u32 = 4;

const IDLE: u8 = 0;
const COPYING: u8 = 1;
const COPIED: u8 = 2;

thread_local! {
    /// Pages in the log after the last commit of this thread.
    static LOG: Cell<u32> = const { Cell::new(0) };
}

pub struct Checkpoints {
    path: PathBuf,
    state: Arc<AtomicU8>,
    helper: Option<Helper>,
    /// The length of the log at which to copy it.
    at: u32,
    /// The length of the log when it was last seen.
    seen: u32,
}

struct Helper {
    wake: mpsc::Sender<()>,
    thread: JoinHandle<()>,
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        if let Some(Helper { wake, thread }) = self.helper.take() {
            drop(wake);
            // It has logged what went wrong.
            drop(thread.join());
        }
    }
}

impl Checkpoints {
    pub fn new(path: PathBuf) -> Self {
        Self { path, state: Arc::default(), helper: None, at: PAGES, seen: 0 }
    }

    /// Lets a connection count, instead of copying by itself.
    pub fn watch(connection: &Connection) {
        connection.wal_hook(Some(|_, pages| {
            LOG.set(pages.unsigned_abs());
            Ok(())
        }));
    }

    /// To be called by the writer between two transactions.
    pub fn tend(&mut self, connection: &Connection) {
        let log = LOG.get();
        if log < self.seen {
            self.at = PAGES; // it has begun anew
        }
        self.seen = log;
        let state = self.state.load(Ordering::Acquire);
        let due = state == IDLE && log >= self.at;
        if state == COPIED || due && !self.wake() {
            self.finish(connection);
        }
    }

    fn finish(&mut self, connection: &Connection) {
        copy(connection);
        self.at = LOG.get() + AGAIN;
        self.state.store(IDLE, Ordering::Release);
    }

    /// False when there is no helper.
    fn wake(&mut self) -> bool {
        if self.helper.is_none() {
            self.helper = start(self.path.clone(), Arc::clone(&self.state));
        }
        self.state.store(COPYING, Ordering::Release);
        let woken = self.helper.as_ref().is_some_and(|helper| helper.wake.send(()).is_ok());
        if !woken {
            self.helper = None;
        }
        woken
    }
}

fn start(path: PathBuf, state: Arc<AtomicU8>) -> Option<Helper> {
    let (wake, calls) = mpsc::channel();
    let run = move || {
        let mut connection = None;
        for () in calls {
            if connection.is_none() {
                connection = sqlite::connect(&path)
                    .inspect_err(|error| tracing::warn!(%error, "no second connection for the log"))
                    .ok();
            }
            if let Some(connection) = &connection {
                let mut before = 0;
                for _ in 0..PASSES {
                    let copied = copy(connection);
                    if copied < before + FEW {
                        break;
                    }
                    before = copied;
                }
            }
            state.store(COPIED, Ordering::Release);
        }
    };
    let thread = thread::Builder::new().name("checkpoint".to_owned()).spawn(run);
    thread.map(|thread| Helper { wake, thread }).ok()
}

/// Copies what no reader needs as it was; how many pages of the log are copied now.
fn copy(connection: &Connection) -> u32 {
    let copied = connection.query_row("pragma wal_checkpoint(passive)", [], |row| row.get::<_, i64>(2));
    match copied.map_err(crate::Error::from) {
        Ok(copied) => u32::try_from(copied).unwrap_or(0),
        Err(error) => {
            // The log grows until it can be copied; a failed flush has been noted and ends the process.
            tracing::warn!(%error, "the log could not be copied");
            0
        }
    }
}
