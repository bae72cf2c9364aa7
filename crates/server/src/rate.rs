//! Rate limits: named, keyed, smooth (GCRA by `governor`). What guards the workspace is counted by
//! all nodes together, while Redis is there, and by each for itself in any case: without Redis, n
//! nodes let through n times as much at most.
//!
//! Invariant: memory is bounded. A key is forgotten when it has its whole allowance again,
//! and keys are kept as hashes under a seed of this process, so their length costs nothing.

mod limit;

pub use limit::{Limit, Rate, Rates};

use bus::Bus;
use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::NoOpMiddleware,
    state::keyed::DashMapStateStore,
};
use std::{
    hash::{BuildHasher as _, Hash, Hasher, RandomState},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

/// How often the caller of [`Limits::forget_idle`] should call it.
pub const FORGET_EVERY: Duration = Duration::from_mins(1);

const COUNT_EVERY: usize = 1_024;

/// So many keys of one limit within one period of forgetting are an attack.
const MANY_KEYS: usize = 100_000;

type Limiter<C> = RateLimiter<u64, DashMapStateStore<u64>, C, NoOpMiddleware<<C as Clock>::Instant>>;

struct Limited<C: Clock> {
    limiter: Limiter<C>,
    /// With more keys than this, idle ones are forgotten at once.
    forget_above: AtomicUsize,
    /// Counting the keys is dear, so it is done once in [`COUNT_EVERY`] uses.
    uses: AtomicUsize,
}

pub struct Limits<C: Clock = DefaultClock> {
    limiters: Vec<Limited<C>>,
    clock: C,
    seed: RandomState,
    rates: Rates,
    bus: Bus,
}

/// Refused; whole seconds until the next try can succeed, at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryAfter(pub u64);

impl Limits {
    pub fn new(rates: &Rates, bus: Bus) -> Self {
        Self::with_clock(rates, DefaultClock::default(), bus)
    }
}

impl<C: Clock + Clone> Limits<C> {
    pub fn with_clock(rates: &Rates, clock: C, bus: Bus) -> Self {
        let limiter = |limit| {
            let rate: Rate = rates.of(limit);
            let quota = Quota::with_period(rate.period / rate.count.get())
                .unwrap_or_else(|| Quota::per_second(rate.count))
                .allow_burst(rate.count);
            let store = DashMapStateStore::default();
            let limiter = RateLimiter::new(quota, store, clock.clone());
            Limited { limiter, forget_above: AtomicUsize::new(MANY_KEYS), uses: AtomicUsize::new(0) }
        };
        let limiters = Limit::ALL.into_iter().map(limiter).collect();
        Self { limiters, clock, seed: RandomState::new(), rates: rates.clone(), bus }
    }

    /// Counts one use of `limit` by whoever `key` names.
    pub async fn check(&self, limit: Limit, key: impl Hash) -> Result<(), RetryAfter> {
        self.check_here(limit, &key)?;
        let rate = self.rates.of(limit);
        if !limit.is_shared() || rate.is_relaxed() || store::sabotage::is("limits_apart") {
            return Ok(());
        }
        let name = name(limit, &key);
        drop(key);
        match Box::pin(self.bus.count_use(&name, rate.count, rate.period)).await {
            Some(Err(wait)) => Err(refused(limit, wait)),
            Some(Ok(())) | None => Ok(()),
        }
    }

    /// Counts on this node alone.
    fn check_here(&self, limit: Limit, key: impl Hash) -> Result<(), RetryAfter> {
        let Limited { limiter, forget_above, uses } = &self.limiters[limit as usize];
        let counts = uses.fetch_add(1, Ordering::Relaxed).is_multiple_of(COUNT_EVERY);
        if counts && limiter.len() > forget_above.load(Ordering::Relaxed) {
            limiter.retain_recent();
            // Twice of what is left, so that the work stays in proportion to the new keys.
            forget_above.store((limiter.len() * 2).max(MANY_KEYS), Ordering::Relaxed);
        }
        limiter
            .check_key(&self.seed.hash_one(key))
            .map_err(|not_yet| refused(limit, not_yet.wait_time_from(self.clock.now())))
    }

    /// Drops the keys that have their whole allowance again.
    pub fn forget_idle(&self) {
        for Limited { limiter, .. } in &self.limiters {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }

    #[cfg(test)]
    fn keys(&self) -> usize {
        self.limiters.iter().map(|limited| limited.limiter.len()).sum()
    }
}

fn refused(limit: Limit, wait: Duration) -> RetryAfter {
    metrics::counter!("octim_rate_limited_total", "limit" => limit.name()).increment(1);
    RetryAfter((wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1))
}

/// The same on every node, of any length of key, and without what it holds.
fn name(limit: Limit, key: &impl Hash) -> String {
    struct Bytes(Vec<u8>);
    impl Hasher for Bytes {
        fn finish(&self) -> u64 {
            0
        }

        fn write(&mut self, bytes: &[u8]) {
            self.0.extend_from_slice(bytes);
        }
    }
    let mut bytes = Bytes(Vec::new());
    key.hash(&mut bytes);
    format!("{}:{}", limit.name(), crypto::digest::sha256_hex(&bytes.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use governor::clock::FakeRelativeClock;

    fn limits() -> (Limits<FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        (Limits::with_clock(&Rates::default(), clock.clone(), Bus::local()), clock)
    }

    #[test]
    fn allowance_is_spent_and_comes_back_with_time() {
        let (limits, clock) = limits();
        for _ in 0..60 {
            limits.check_here(Limit::VisitorMessages, 7).unwrap();
        }
        assert_eq!(limits.check_here(Limit::VisitorMessages, 7), Err(RetryAfter(1)));
        clock.advance(Duration::from_secs(1));
        limits.check_here(Limit::VisitorMessages, 7).unwrap();
        assert!(limits.check_here(Limit::VisitorMessages, 7).is_err());
    }

    #[test]
    fn refusal_says_when_to_try_again_and_that_is_true() {
        let (limits, clock) = limits();
        for _ in 0..5 {
            limits.check_here(Limit::LoginByAddressAndAccount, "a").unwrap();
        }
        let RetryAfter(wait) = limits.check_here(Limit::LoginByAddressAndAccount, "a").unwrap_err();
        assert_eq!(wait, 60);
        clock.advance(Duration::from_secs(wait - 1));
        assert_eq!(limits.check_here(Limit::LoginByAddressAndAccount, "a"), Err(RetryAfter(1)));
        clock.advance(Duration::from_secs(1));
        limits.check_here(Limit::LoginByAddressAndAccount, "a").unwrap();
    }

    #[test]
    fn keys_and_limits_do_not_share_an_allowance() {
        let (limits, _) = limits();
        while limits.check_here(Limit::Uploads, 1).is_ok() {}
        limits.check_here(Limit::Uploads, 2).unwrap();
        limits.check_here(Limit::VisitorMessages, 1).unwrap();
    }

    #[test]
    fn key_with_its_whole_allowance_is_forgotten() {
        let (limits, clock) = limits();
        for key in 0..1_000 {
            limits.check_here(Limit::NewSessions, key).unwrap();
        }
        limits.forget_idle();
        assert_eq!(limits.keys(), 1_000, "they are not idle yet");
        clock.advance(Duration::from_hours(1));
        limits.forget_idle();
        assert_eq!(limits.keys(), 0);
    }

    #[test]
    fn flood_of_keys_does_not_wait_for_the_periodic_forgetting() {
        let (limits, clock) = limits();
        for key in 0..=MANY_KEYS {
            limits.check_here(Limit::Handshakes, key).unwrap();
        }
        clock.advance(Duration::from_hours(1));
        for key in 0..COUNT_EVERY {
            limits.check_here(Limit::Handshakes, key).unwrap();
        }
        assert!(limits.keys() <= COUNT_EVERY);
    }
}
