//! What `socket/sync.rs` gives, by shuttle.

pub use shuttle::sync::{
    Arc, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};
pub use std::sync::{OnceLock, PoisonError};

/// Nobody waits for it here: the tests ask whether it was rung.
#[derive(Default)]
pub struct Notify(AtomicBool);

impl Notify {
    pub fn notify_one(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    pub async fn notified(&self) {
        while !self.0.swap(false, Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
    }
}

pub mod mpsc {
    use shuttle::sync::mpsc;
    use std::future::{Ready, ready};

    pub struct Sender<T>(mpsc::SyncSender<T>);
    pub struct Receiver<T>(mpsc::Receiver<T>);

    pub fn channel<T>(room: usize) -> (Sender<T>, Receiver<T>) {
        let (sender, receiver) = mpsc::sync_channel(room);
        (Sender(sender), Receiver(receiver))
    }

    impl<T> Sender<T> {
        pub fn try_send(&self, item: T) -> Result<(), mpsc::TrySendError<T>> {
            self.0.try_send(item)
        }
    }

    impl<T> Receiver<T> {
        pub fn try_recv(&mut self) -> Result<T, mpsc::TryRecvError> {
            self.0.try_recv()
        }

        pub fn recv(&mut self) -> Ready<Option<T>> {
            ready(self.try_recv().ok())
        }
    }
}
