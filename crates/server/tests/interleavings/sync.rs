//! What `socket/sync.rs` gives, by shuttle.

pub use shuttle::sync::{
    Arc, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard,
    atomic::{AtomicBool, Ordering},
};
pub use std::sync::PoisonError;

/// Nobody waits for it here: the tests ask whether it was rung.
#[derive(Default)]
pub struct Notify(AtomicBool);

impl Notify {
    pub fn notify_one(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    pub async fn notified(&self) {
        while !self.0.swap(false, Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
    }
}
