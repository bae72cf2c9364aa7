//! What a lane waits for. The test of interleavings puts its own in place of these.

pub use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{Instant, sleep, timeout},
};
