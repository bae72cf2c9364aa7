//! Virtual time. Everything runs on one thread; only the database's connections have others, and time stands
//! still while these are at work.

use service::Clock;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};
use store::Store;
use testkit::chaos::Dice;
use tokio::{
    runtime::Builder,
    task::yield_now,
    time::{advance, sleep},
};

/// Nothing happens between two ticks.
const TICK: Duration = Duration::from_millis(10);

/// How often it is looked whether the database is done.
const LOOK: Duration = Duration::from_micros(20);

/// Runs `work` on a runtime of its own, whose time moves only by [`pass`].
pub fn run<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    // What other threads wake waits until nothing else is left to do here.
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .global_queue_interval(u32::MAX)
        .event_interval(u32::MAX)
        .build()?;
    // Paused time leaps ahead when nobody has anything to do, but not while something blocks.
    let (end, ended) = mpsc::channel::<()>();
    runtime.spawn_blocking(move || ended.recv());
    let done = runtime.block_on(work);
    drop(end);
    done
}

/// Lets time pass, for ever. `held` connections are nobody's work.
pub async fn pass(store: Store, clock: Clock, held: Arc<AtomicUsize>) {
    loop {
        // Comes back when everybody else has done what there was to do.
        yield_now().await;
        if store.connections_in_use() > held.load(Ordering::Relaxed) {
            thread::park_timeout(LOOK);
            continue;
        }
        advance(TICK).await;
        clock.advance(TICK.as_millis() as i64);
    }
}

/// Now and then nothing can be read for a moment, for ever.
pub async fn slow_down(store: Store, held: Arc<AtomicUsize>, mut dice: Dice) {
    loop {
        wait(dice.roll(100)).await;
        let Ok(reader) = store::sabotage::hold_reader(&store).await else { return };
        held.store(1, Ordering::Relaxed);
        wait(dice.roll(80)).await;
        held.store(0, Ordering::Relaxed);
        drop(reader);
    }
}

pub async fn wait(milliseconds: u64) {
    sleep(Duration::from_millis(milliseconds)).await;
}
