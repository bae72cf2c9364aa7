//! What threads share. The test of interleavings puts its own in place of these.

pub use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};
