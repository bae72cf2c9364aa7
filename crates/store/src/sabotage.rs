//! Planted faults for the tests that prove our fault tests can fail: compiled in only with
//! the feature `sabotage`, chosen by the environment variable `OCTIM_SABOTAGE` (several with commas).

#[cfg(feature = "sabotage")]
pub fn is(fault: &str) -> bool {
    std::env::var("OCTIM_SABOTAGE").is_ok_and(|chosen| chosen.split(',').any(|one| one == fault))
}

#[cfg(not(feature = "sabotage"))]
pub const fn is(_fault: &str) -> bool {
    false
}

/// The planted fault `poison`: panics where the text names the place (`poison:writer`, …).
#[cfg(feature = "sabotage")]
pub fn poison(place: &str, text: &str) {
    if text.strip_prefix("poison:") == Some(place) {
        if is("poison_kills") {
            std::process::abort();
        }
        assert!(!is("poison"), "poisoned {place}");
    }
}

#[cfg(not(feature = "sabotage"))]
pub const fn poison(_place: &str, _text: &str) {}

/// True once in `period` calls.
pub fn strikes(period: u32) -> bool {
    use std::sync::atomic::{AtomicU32, Ordering};
    static CALLS: AtomicU32 = AtomicU32::new(0);
    CALLS.fetch_add(1, Ordering::Relaxed) % period == period - 1
}
