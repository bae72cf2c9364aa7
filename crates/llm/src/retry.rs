//! When a question is worth another try, and after which pause.

use model::LlmFailure;
use std::time::Duration;
use tokio::time::Instant;

/// Tries of one question.
const TRIES: u32 = 3;

/// The tries of one question, and how much time they have together.
pub struct Tries {
    first_pause: Duration,
    deadline: Instant,
    done: u32,
}

impl Tries {
    pub fn new(first_pause: Duration, within: Duration) -> Self {
        Self { first_pause, deadline: Instant::now() + within, done: 0 }
    }

    pub fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// After how long a question that failed is asked again; None when it is not. `asked_for`: when the
    /// server wants to be asked again.
    pub fn again_after(&mut self, failure: LlmFailure, asked_for: Option<Duration>) -> Option<Duration> {
        self.done += 1;
        let pause = pause(self.first_pause, self.done, asked_for);
        let in_time = pause < self.left();
        (self.done < TRIES && is_worth_it(failure) && in_time).then_some(pause)
    }
}

/// Too many requests and errors of the server pass; nothing else does.
const fn is_worth_it(failure: LlmFailure) -> bool {
    matches!(failure, LlmFailure::Limited | LlmFailure::Failed | LlmFailure::Unreachable)
}

/// Before the try after `tries` others: what the server asks for, or twice as long as before; up to
/// half as much again, so that not all come back at once.
fn pause(first: Duration, tries: u32, asked_for: Option<Duration>) -> Duration {
    let base = asked_for.unwrap_or(first * 2_u32.pow(tries.saturating_sub(1)));
    base + base.mul_f64(crypto::random::below(500) as f64 / 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_are_spread() {
        let second = Duration::from_secs(1);
        for (tries, low) in [(1, 1_000), (2, 2_000), (3, 4_000)] {
            let pauses: Vec<u128> = (0..100).map(|_| pause(second, tries, None).as_millis()).collect();
            assert!(pauses.iter().all(|pause| (low..=low * 3 / 2).contains(pause)));
            assert!(pauses.iter().any(|pause| *pause != pauses[0]));
        }
        assert!(pause(second, 1, Some(7 * second)) >= 7 * second);
    }
}
