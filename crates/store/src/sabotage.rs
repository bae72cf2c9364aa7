//! Planted faults for the tests that prove our fault tests can fail: compiled in only with
//! the feature `sabotage`, chosen by the environment variable `OCTIM_SABOTAGE`.

#[cfg(feature = "sabotage")]
pub fn is(fault: &str) -> bool {
    std::env::var("OCTIM_SABOTAGE").is_ok_and(|chosen| chosen == fault)
}

#[cfg(not(feature = "sabotage"))]
pub const fn is(_fault: &str) -> bool {
    false
}

/// True once in `period` calls.
pub fn strikes(period: u32) -> bool {
    use std::sync::atomic::{AtomicU32, Ordering};
    static CALLS: AtomicU32 = AtomicU32::new(0);
    CALLS.fetch_add(1, Ordering::Relaxed) % period == period - 1
}
