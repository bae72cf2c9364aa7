//! The end of the process: a soft stop (finish what you have), then a hard one (now).
//!
//! Invariant: the process ends within the grace period of a soft stop, or at once after a
//! second signal; whoever runs in the background is tracked and sees both.

use std::{future::Future, time::Duration};
use tokio::time::timeout;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How long a soft stop may take; service managers wait longer before they kill.
pub const GRACE: Duration = Duration::from_secs(10);
/// What tasks get after the hard stop to drop what they hold.
const LAST_MOMENT: Duration = Duration::from_millis(500);

/// A handle; clones are the same life.
#[derive(Clone, Debug, Default)]
pub struct Lifecycle {
    soft: CancellationToken,
    hard: CancellationToken,
    tasks: TaskTracker,
}

/// How the process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Every task finished.
    Clean,
    /// Some had to be cut off.
    Forced,
}

impl Lifecycle {
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancelled when nothing new should begin.
    pub fn soft(&self) -> CancellationToken {
        self.soft.clone()
    }

    /// Cancelled when nothing should go on.
    pub fn hard(&self) -> CancellationToken {
        self.hard.clone()
    }

    pub fn is_stopping(&self) -> bool {
        self.soft.is_cancelled()
    }

    /// Runs a task that ends by itself after a soft stop; a hard stop drops it.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let hard = self.hard.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = task => {}
                () = hard.cancelled() => {}
            }
        });
    }

    /// Begins the soft stop; again: the hard one.
    pub fn stop(&self) {
        if self.soft.is_cancelled() {
            tracing::warn!("stopping now; what was not finished is cut off");
            self.hard.cancel();
        } else {
            tracing::info!("stopping; again to stop at once");
            self.soft.cancel();
        }
    }

    /// Begins the soft stop unless it has begun.
    pub fn stop_if_running(&self) {
        self.soft.cancel();
    }

    /// SIGTERM and SIGINT stop; each further one stops harder.
    pub fn stop_on_signals(&self) -> std::io::Result<()> {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let life = self.clone();
        // Not tracked: it must outlast the others.
        tokio::spawn(async move {
            while !life.hard.is_cancelled() {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                life.stop();
            }
        });
        Ok(())
    }

    /// Waits for the soft stop, and then for the tasks, but not longer than `grace`.
    pub async fn ended(&self, grace: Duration) -> Ending {
        self.soft.cancelled().await;
        self.tasks.close();
        let finished = async {
            tokio::select! {
                () = self.tasks.wait() => true,
                () = self.hard.cancelled() => false,
            }
        };
        if timeout(grace, finished).await == Ok(true) {
            return Ending::Clean;
        }
        let unfinished = self.tasks.len();
        self.hard.cancel();
        drop(timeout(LAST_MOMENT, self.tasks.wait()).await);
        tracing::warn!(unfinished, "tasks did not finish in time");
        Ending::Forced
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn tasks_finish_after_a_soft_stop() {
        let life = Lifecycle::new();
        let soft = life.soft();
        life.spawn(async move { soft.cancelled().await });
        life.stop();
        assert_eq!(life.ended(GRACE).await, Ending::Clean);
        assert!(!life.hard().is_cancelled());
    }

    #[tokio::test(start_paused = true)]
    async fn task_that_does_not_finish_is_cut_off_after_the_grace_period() {
        let life = Lifecycle::new();
        life.spawn(std::future::pending());
        life.stop();
        let begun = tokio::time::Instant::now();
        assert_eq!(life.ended(GRACE).await, Ending::Forced);
        assert!(begun.elapsed() >= GRACE && begun.elapsed() < GRACE + LAST_MOMENT);
    }

    #[tokio::test(start_paused = true)]
    async fn second_stop_does_not_wait() {
        let life = Lifecycle::new();
        life.spawn(std::future::pending());
        life.stop();
        life.stop();
        let begun = tokio::time::Instant::now();
        assert_eq!(life.ended(GRACE).await, Ending::Forced);
        assert!(begun.elapsed() < GRACE);
    }

    #[tokio::test(start_paused = true)]
    async fn task_that_comes_late_is_waited_for() {
        let life = Lifecycle::new();
        life.stop();
        let (sender, receiver) = tokio::sync::oneshot::channel();
        life.spawn(async move { sender.send(()).unwrap() });
        assert_eq!(life.ended(GRACE).await, Ending::Clean);
        receiver.await.unwrap();
    }
}
