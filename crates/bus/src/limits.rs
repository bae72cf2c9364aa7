//! Limits that all nodes count together. Invariant: no answer is no permission; whoever asks has
//! limits of its own, which hold in any case.

use crate::{Bus, cluster::Common};
use std::{num::NonZeroU32, time::Duration};
use tokio::time::Instant;

/// So long nobody waits for a Redis that did not answer.
const REST: Duration = Duration::from_secs(5);

/// GCRA by the clock of Redis, in microseconds: the key holds when the whole allowance is back.
/// Answers 0, or how long to wait.
const COUNT: &str = "
    local time = redis.call('TIME')
    local now = time[1] * 1000000 + time[2]
    local each, whole = tonumber(ARGV[1]), tonumber(ARGV[2])
    local full = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now) + each
    if full - now > whole then return full - now - whole end
    redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000))
    return 0";

impl Bus {
    /// Counts one use of what `key` names, of which there may be `count` at once and in each period.
    /// `Err` says how long to wait; none, that this node has to count alone.
    pub async fn count_use(
        &self,
        key: &str,
        count: NonZeroU32,
        period: Duration,
    ) -> Option<Result<(), Duration>> {
        match self {
            Self::Local(_) => None,
            Self::Cluster(bus) => match bus.common() {
                Some(common) if bus.is_connected() => common.count_use(key, count, period).await,
                _ => None,
            },
        }
    }
}

impl Common {
    async fn count_use(
        &self,
        key: &str,
        count: NonZeroU32,
        period: Duration,
    ) -> Option<Result<(), Duration>> {
        let rests = |silent: &Option<Instant>| silent.is_some_and(|since| since.elapsed() < REST);
        if rests(&self.silent_since()) {
            return None;
        }
        let (each, mut redis) = (period / count.get(), self.redis.clone());
        let mut script = redis::cmd("EVAL");
        script.arg(COUNT).arg(1).arg(self.key("limit", key));
        script.arg(each.as_micros() as u64).arg((each * count.get()).as_micros() as u64);
        let answer: Option<u64> = self.answered(script.query_async(&mut redis)).await;
        *self.silent_since() = if answer.is_none() { Some(Instant::now()) } else { None };
        let wait = answer?;
        Some(if wait == 0 { Ok(()) } else { Err(Duration::from_micros(wait)) })
    }
}
