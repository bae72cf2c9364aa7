//! How the threads of a node may meet over its numbers: `src/numbers.rs` on the locks of shuttle, which
//! tries schedules by the thousand. In the twin the lock keeps nobody out.
#![expect(clippy::duplicate_mod, reason = "once with each lock")]

mod broken;
mod whole;

use std::{collections::VecDeque, panic::catch_unwind};

const SCHEDULES: usize = 3_000;
/// Fewer than are published.
const QUEUE: usize = 2;

/// What `numbers.rs` takes from its neighbour.
mod positions {
    #[derive(Clone, Copy, Debug)]
    pub struct Position {
        pub seq: u64,
        pub lost: u64,
    }
}

/// Two threads publish, a third sends and repeats the position.
macro_rules! publishing {
    ($numbers:path) => {
        || {
            use shuttle::{
                sync::{Arc, Mutex},
                thread,
            };
            let numbers = Arc::new(<$numbers>::default());
            let queue = Arc::new(Mutex::new(VecDeque::new()));
            let publish = |queue: &Mutex<VecDeque<u64>>, seq| {
                let mut queue = queue.lock().unwrap();
                let has_room = queue.len() < QUEUE;
                if has_room {
                    queue.push_back(seq);
                }
                has_room
            };
            let publishers = [(); 2].map(|()| {
                let (numbers, queue) = (Arc::clone(&numbers), Arc::clone(&queue));
                thread::spawn(move || {
                    for _ in 0..2 {
                        numbers.give(|seq| publish(&queue, seq));
                    }
                })
            });
            let mut said: Vec<u64> = Vec::new();
            for _ in 0..3 {
                let batch: Vec<u64> = queue.lock().unwrap().drain(..).collect();
                for seq in &batch {
                    assert!(said.last() < Some(seq), "{seq} is said after {said:?}");
                    said.push(*seq);
                }
                numbers.done(batch.len());
                if let Some(idle) = numbers.idle() {
                    let told = said.iter().filter(|seq| **seq <= idle.seq).count() as u64;
                    assert!(told + idle.lost >= idle.seq, "{idle:?}, and only {said:?} were said");
                }
                thread::yield_now();
            }
            for publisher in publishers {
                publisher.join().unwrap();
            }
        }
    };
}

#[test]
fn repeated_position_names_nothing_that_still_waits() {
    shuttle::check_random(publishing!(whole::numbers::Numbers), SCHEDULES);
}

#[test]
fn lock_that_keeps_nobody_out_is_noticed() {
    let found = catch_unwind(|| shuttle::check_random(publishing!(broken::numbers::Numbers), SCHEDULES));
    assert!(found.is_err(), "the planted bug was not found");
}
