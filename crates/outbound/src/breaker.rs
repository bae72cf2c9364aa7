//! Lets a server that fails again and again rest: after some failures in a row it is not asked for
//! a while, then once to see. Nobody waits for a time-out in vain meanwhile.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// Failures in a row after which a server rests.
const PATIENCE: u32 = 5;
const REST: Duration = Duration::from_secs(30);
/// Servers that are remembered; when there are more, those that do not rest are forgotten.
const REMEMBERED: usize = 1_000;

#[derive(Default)]
pub struct Breakers(Mutex<HashMap<String, Breaker>>);

#[derive(Default)]
struct Breaker {
    failures: u32,
    /// Not asked before.
    rests_until: Option<Instant>,
}

impl Breakers {
    /// An error is how much longer the server rests.
    pub fn may_ask(&self, server: &str, now: Instant) -> Result<(), Duration> {
        let mut breakers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(breaker) = breakers.get_mut(server) else { return Ok(()) };
        match breaker.rests_until {
            Some(until) if until > now => Err(until - now),
            // This one goes to see; the others wait for what it finds.
            Some(_) => {
                breaker.rests_until = Some(now + REST);
                Ok(())
            }
            None => Ok(()),
        }
    }

    pub fn tell(&self, server: &str, worked: bool, now: Instant) {
        let mut breakers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if worked {
            breakers.remove(server);
            return;
        }
        if breakers.len() >= REMEMBERED {
            breakers.retain(|_, breaker| breaker.rests_until.is_some_and(|until| until > now));
        }
        let breaker = breakers.entry(server.to_owned()).or_default();
        breaker.failures += 1;
        if breaker.failures >= PATIENCE {
            breaker.rests_until = Some(now + REST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_rests_after_failures_in_a_row_and_is_tried_once_afterwards() {
        let (breakers, start) = (Breakers::default(), Instant::now());
        for _ in 1..PATIENCE {
            breakers.tell("a", false, start);
        }
        assert_eq!(breakers.may_ask("a", start), Ok(()));
        breakers.tell("a", false, start);
        assert_eq!(breakers.may_ask("a", start + Duration::from_secs(10)), Err(Duration::from_secs(20)));
        assert_eq!(breakers.may_ask("b", start), Ok(()));
        let later = start + REST;
        assert_eq!(breakers.may_ask("a", later), Ok(()));
        assert_eq!(breakers.may_ask("a", later), Err(REST));
        breakers.tell("a", true, later);
        assert_eq!(breakers.may_ask("a", later), Ok(()));
    }

    #[test]
    fn success_in_between_starts_the_count_anew() {
        let (breakers, now) = (Breakers::default(), Instant::now());
        for _ in 0..3 {
            for _ in 1..PATIENCE {
                breakers.tell("a", false, now);
            }
            breakers.tell("a", true, now);
        }
        assert_eq!(breakers.may_ask("a", now), Ok(()));
    }
}
