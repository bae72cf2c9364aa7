//! The same function over many items on the cores that there are. The result does not depend on how many.

use std::{num::NonZero, thread};

/// More would take the machine from those who chat.
const MOST: NonZero<usize> = NonZero::new(4).unwrap();

pub fn threads() -> NonZero<usize> {
    thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN).min(MOST)
}

pub fn map<T: Sync, R: Send>(items: &[T], f: impl Fn(&T) -> R + Sync) -> Vec<R> {
    map_with(items, || (), |(), item| f(item))
}

/// The same with something that each thread keeps for itself, and that must not change results.
pub fn map_with<T: Sync, R: Send, S>(
    items: &[T],
    state: impl Fn() -> S + Sync,
    f: impl Fn(&mut S, &T) -> R + Sync,
) -> Vec<R> {
    let part = |items: &[T]| {
        let mut state = state();
        items.iter().map(|item| f(&mut state, item)).collect::<Vec<R>>()
    };
    let threads = threads().get();
    if threads == 1 || items.len() < 2 * threads {
        return part(items);
    }
    let share = items.len().div_ceil(threads);
    thread::scope(|scope| {
        let workers: Vec<_> = items.chunks(share).map(|items| scope.spawn(|| part(items))).collect();
        let mut all = Vec::with_capacity(items.len());
        for worker in workers {
            match worker.join() {
                Ok(results) => all.extend(results),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn results_come_in_the_order_of_the_items() {
        let items: Vec<u32> = (0..1_000).collect();
        let doubled: Vec<u32> = items.iter().map(|x| 2 * x).collect();
        assert_eq!(super::map(&items, |x| 2 * x), doubled);
        assert!(super::map(&[], |x: &u32| *x).is_empty());
    }
}
