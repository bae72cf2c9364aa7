//! `numbers.rs` as it is.

use crate::positions;

mod sync {
    pub use shuttle::sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    };
}

#[path = "../../src/numbers.rs"]
pub mod numbers;
