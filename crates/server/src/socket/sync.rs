//! What threads share. The test of interleavings puts its own in place of these.

pub use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, atomic::AtomicBool,
};
pub use tokio::sync::Notify;
