//! What threads share. The test of interleavings puts its own in place of these.

pub use std::sync::{
    Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};
pub use tokio::sync::{Notify, mpsc};
