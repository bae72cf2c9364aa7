//! When a question is worth another try, and after which pause.

use model::LlmFailure;
use std::time::Duration;

/// Tries of one question.
pub const TRIES: u32 = 3;

/// Too many requests and errors of the server pass; nothing else does.
pub const fn is_worth_it(failure: LlmFailure) -> bool {
    matches!(failure, LlmFailure::Limited | LlmFailure::Failed | LlmFailure::Unreachable)
}

/// Before the try after `tries` others: what the server asks for, or twice as long as before; up to
/// half as much again, so that not all come back at once.
pub fn pause(first: Duration, tries: u32, asked_for: Option<Duration>) -> Duration {
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
