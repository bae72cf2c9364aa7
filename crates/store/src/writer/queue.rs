//! The work of one lane: take what waits, have it written in one transaction, hand the outcomes on to whoever
//! publishes and answers.
//!
//! Invariants: what is acknowledged is stored, what is refused is not; everybody is answered, also those who
//! queued before the last handle was dropped; nothing is acknowledged before it is published.

use super::{
    Change, Committed, Health, PATIENCE, Publication, gather,
    sync::{Instant, mpsc, oneshot, sleep, timeout, watch},
};
use crate::{Error, Result};
use futures_util::FutureExt as _;
use std::{panic::AssertUnwindSafe, pin::Pin, task, time::Duration};

/// The most changes that one transaction takes: enough to share a flush, and few enough that the
/// answers to one batch go out while the next is being written.
pub const BATCH: usize = 800;
/// How often a transaction is tried that fails for a passing reason.
const TRIES: u32 = 7;
/// The pause before the second try; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(20);
/// How often it is tried whether something can be written again.
const PROBE: Duration = Duration::from_secs(1);

/// How to find messages that are stored already. The unique index refuses a second copy in any
/// case; the question is only whether looking for the first one beforehand is worth it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resends {
    /// Write, and look only for those that could not be applied. A transaction with a resend
    /// among the others fails with [`Error::Taken`], and is to be tried again as `Likely`.
    Rare,
    /// Look for all of them first.
    Likely,
}

/// What a lane writes on.
pub trait Ground: Send {
    /// All in one transaction, or nothing.
    fn write(
        &mut self,
        changes: &[&Change],
        resends: Resends,
    ) -> impl Future<Output = Result<Vec<Result<Committed>>>> + Send;
    /// A panic went through it: the next transaction begins anew.
    fn forget(&mut self);
    /// A flush failed, and nothing may be written any more.
    fn is_broken(&self) -> bool;
    /// Whether it is worth asking by itself if something can be written again.
    fn probes(&self) -> bool;
    fn probe(&mut self) -> impl Future<Output = Result<()>> + Send;
    /// After so long a lull it wants to be tended.
    fn lull(&self) -> Option<Duration>;
    /// Between two transactions: so many changes were received, none when there was a lull.
    fn tend(
        &mut self,
        received: Option<usize>,
        is_quiet: impl Fn() -> bool + Send,
    ) -> impl Future<Output = ()> + Send;
    /// When all is written.
    fn end(&mut self) -> impl Future<Output = ()> + Send;
}

/// A change that waits for its turn; in a box, because it is moved from hand to hand.
pub struct Request {
    change: Box<Change>,
    reply: oneshot::Sender<Result<Committed>>,
}

/// A change on its way to the disk; it goes on when this is dropped.
pub struct Pending(oneshot::Receiver<Result<Committed>>);

impl Request {
    pub fn new(change: Change) -> (Self, Pending) {
        let (reply, answer) = oneshot::channel();
        (Self { change: Box::new(change), reply }, Pending(answer))
    }
}

impl Future for Pending {
    type Output = Result<Committed>;

    fn poll(mut self: Pin<&mut Self>, context: &mut task::Context<'_>) -> task::Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|answer| answer.unwrap_or_else(|_| Err(stopped())))
    }
}

pub fn stopped() -> Error {
    Error::ReadOnly("the writer has stopped".to_owned())
}

/// What became of each request. A change is let go of by whoever answers, not by the lane, which has more to do.
pub type Answers = Vec<(Request, Result<Committed>)>;

/// Publishes and answers while the next transaction is being flushed.
pub async fn answer(mut answers: mpsc::Receiver<Answers>, publish: impl Fn(Publication)) {
    let stored = metrics::counter!("octim_messages_total");
    while let Some(batch) = answers.recv().await {
        for publication in gather(batch.iter().filter_map(|(_, outcome)| outcome.as_ref().ok())) {
            stored.increment(publication.messages.len() as u64);
            publish(publication);
        }
        for (request, outcome) in batch {
            drop(request.reply.send(outcome));
        }
    }
}

pub struct Lane<G> {
    ground: G,
    requests: mpsc::Receiver<Request>,
    report: watch::Sender<Health>,
    done: mpsc::Sender<Answers>,
    resends: Resends,
}

impl<G: Ground> Lane<G> {
    pub const fn new(
        ground: G,
        requests: mpsc::Receiver<Request>,
        report: watch::Sender<Health>,
        done: mpsc::Sender<Answers>,
    ) -> Self {
        Self { ground, requests, report, done, resends: Resends::Rare }
    }

    /// Until every handle is dropped and everything written.
    pub async fn run(mut self) {
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            let probes = self.ground.probes() && matches!(*self.report.borrow(), Health::ReadOnly(_));
            let pause = if probes { Some(PROBE) } else { self.ground.lull() };
            let receive = self.requests.recv_many(&mut batch, BATCH);
            let received = match pause {
                Some(pause) => timeout(pause, receive).await.ok(),
                None => Some(receive.await),
            };
            if received == Some(0) {
                break;
            }
            if probes && received.is_none() {
                self.probe().await;
            }
            if received.is_some() {
                self.write(&mut batch).await;
            }
            let requests = &self.requests;
            self.ground.tend(received, || requests.is_empty()).await;
        }
        self.ground.end().await;
    }

    /// Whether something can be written again: nobody is sent to a node that says it cannot.
    async fn probe(&mut self) {
        match self.ground.probe().await {
            Ok(()) => self.report(Health::Writable),
            Err(error) => {
                tracing::debug!(%error, "still nothing can be written");
                self.ground.forget();
            }
        }
    }

    async fn write(&mut self, batch: &mut Vec<Request>) {
        if self.ground.is_broken() {
            return self.fail(batch, &Error::ReadOnly("a flush to the disk failed".to_owned())).await;
        }
        let started = Instant::now();
        let changes: Vec<&Change> = batch.iter().map(|request| &*request.change).collect();
        let written = self.try_to_write(&changes, self.resends);
        // A panic takes the transaction with it; the next one gets a new connection.
        let written = AssertUnwindSafe(written).catch_unwind().await.unwrap_or_else(|_| {
            self.ground.forget();
            Err(Error::Poisonous)
        });
        metrics::histogram!("octim_commit_seconds").record(started.elapsed().as_secs_f64());
        metrics::histogram!("octim_commit_changes").record(changes.len() as f64);
        match written {
            Ok(outcomes) => {
                let found = outcomes.iter().flatten().any(|committed| committed.duplicate);
                self.resends = if found { Resends::Likely } else { Resends::Rare };
                self.report(Health::Writable);
                self.answer(batch, outcomes).await;
            }
            // Most likely a message that is stored already: look before writing.
            Err(Error::Taken(_)) if self.resends == Resends::Rare => {
                self.resends = Resends::Likely;
                Box::pin(self.write(batch)).await;
            }
            // Another node won a race for a unique index: one at a time, each finds its own answer.
            // Or a change names a row that is gone: it must not fail its neighbours.
            // Or it touches a damaged page, which is nobody else's.
            Err(Error::Taken(_) | Error::NotFound | Error::Poisonous | Error::Damaged(_))
                if batch.len() > 1 =>
            {
                self.write_singly(batch).await;
            }
            Err(Error::Taken(_)) => self.retry(batch).await,
            Err(error @ (Error::NotFound | Error::Poisonous)) => self.answer(batch, vec![Err(error)]).await,
            Err(error) => self.fail(batch, &error).await,
        }
    }

    /// Again and again while the reason to fail is a passing one.
    async fn try_to_write(
        &mut self,
        changes: &[&Change],
        resends: Resends,
    ) -> Result<Vec<Result<Committed>>> {
        let (mut pause, began) = (PAUSE, Instant::now());
        for _ in 1..TRIES {
            match self.ground.write(changes, resends).await {
                Err(error) if error.is_passing() && began.elapsed() < PATIENCE => {
                    tracing::warn!(%error, changes = changes.len(), "a transaction is tried again");
                    sleep(pause).await;
                    pause *= 2;
                }
                outcome => return outcome,
            }
        }
        self.ground.write(changes, resends).await
    }

    async fn write_singly(&mut self, batch: &mut Vec<Request>) {
        for request in batch.drain(..) {
            let mut one = vec![request];
            self.resends = Resends::Likely;
            Box::pin(self.write(&mut one)).await;
        }
    }

    /// The second try sees what the winner of the race wrote.
    async fn retry(&mut self, batch: &mut Vec<Request>) {
        let changes: Vec<&Change> = batch.iter().map(|request| &*request.change).collect();
        match self.try_to_write(&changes, Resends::Likely).await {
            Ok(outcomes) => self.answer(batch, outcomes).await,
            Err(error) => self.fail(batch, &error).await,
        }
    }

    async fn answer(&mut self, batch: &mut Vec<Request>, outcomes: Vec<Result<Committed>>) {
        let answers = batch.drain(..).zip(outcomes).collect();
        drop(self.done.send(answers).await);
    }

    async fn fail(&mut self, batch: &mut Vec<Request>, error: &Error) {
        let reason = error.to_string();
        tracing::error!(%error, changes = batch.len(), "a transaction failed; nothing of it was stored");
        let health = if self.ground.is_broken() { Health::Broken } else { Health::ReadOnly };
        self.report(health(reason.clone()));
        let outcomes = batch.iter().map(|_| Err(Error::ReadOnly(reason.clone()))).collect();
        self.answer(batch, outcomes).await;
    }

    fn report(&self, health: Health) {
        self.report.send_if_modified(|current| {
            // Nothing mends a failed flush but a new process.
            let modified = *current != health && !matches!(current, Health::Broken(_));
            if modified {
                *current = health;
            }
            modified
        });
    }
}
