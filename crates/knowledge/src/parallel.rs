//! The same function over many items on the cores that there are. The result does not depend on how many.

use std::{num::NonZero, thread};

/// More would take the machine from those who chat.
const MOST: usize = 4;

pub fn map<T: Sync, R: Send>(items: &[T], f: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(MOST);
    if threads == 1 || items.len() < 2 * threads {
        return items.iter().map(f).collect();
    }
    let part = items.len().div_ceil(threads);
    thread::scope(|scope| {
        let workers: Vec<_> =
            items.chunks(part).map(|items| scope.spawn(|| items.iter().map(&f).collect::<Vec<R>>())).collect();
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
