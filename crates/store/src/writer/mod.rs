//! The one writer of conversations and messages.
//!
//! Changes queue up while the last commit is being flushed; the next transaction takes all
//! that waits (group commit, no artificial delay). Each caller is answered after the
//! commit, never before. A change that is refused, or panics, does not disturb its neighbours.

mod batch;
mod checkpoint;
mod database;
mod postgres;
mod publication;
mod rows;
mod sqlite;

use crate::{Error, Ids, Pool, Result, Store, lineage::Lineage, pool::PATIENCE, search};
use batch::Resends;
use database::Database;
use futures_util::FutureExt as _;
use model::{
    Action, Conversation, ConversationId, Message, Millis, NewConversation, Rating, Viewer, WorkspaceId,
};
pub use publication::Publication;
use publication::gather;
pub(crate) use rows::{Loaded, Written, push_list};
use std::{panic::AssertUnwindSafe, pin::Pin, sync::Arc, task, thread, time::Duration};
use tokio::{
    runtime::Handle,
    sync::{mpsc, oneshot, watch},
    time::{Instant, sleep, timeout},
};

/// The most changes that one transaction takes: enough to share a flush, and few enough that the
/// answers to one batch go out while the next is being written.
const BATCH: usize = 400;
/// Callers wait (they are not refused) when this many changes are queued.
const QUEUE: usize = 4096;
/// Transactions that may wait to be answered.
const ANSWERS: usize = 4;
/// On `PostgreSQL`, the most transactions that are under way at once.
const LANES: u32 = 4;
/// How often a transaction is tried that fails for a passing reason.
const TRIES: u32 = 7;
/// The pause before the second try; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(20);
/// How often it is tried whether something can be written again.
const PROBE: Duration = Duration::from_secs(1);
/// A lull after which `SQLite`'s messages are indexed for search.
const LULL: Duration = Duration::from_millis(200);
/// How many messages one indexing step takes.
const INDEX_STEP: usize = 200;
/// Under steady load they are indexed when so many wait and the writer could take more than it gets,
/// and at least this often in any case.
const INDEX_AT_LEAST: Duration = Duration::from_secs(10);

/// One thing to do with one conversation.
#[derive(Clone, Debug)]
pub struct Change {
    pub workspace_id: WorkspaceId,
    pub target: Target,
    /// The sender's own name for the message that is posted.
    pub client_id: Option<Arc<str>>,
    pub action: Action,
    /// With [`Action::Rate`]: the whole rating, which is kept in the same transaction.
    pub rating: Option<Arc<Rating>>,
    pub at: Millis,
}

#[derive(Clone, Debug)]
pub enum Target {
    /// One that the viewer may see; to anybody else it does not exist.
    Existing { id: ConversationId, viewer: Viewer },
    /// The contact's active conversation on the channel; opened when there is none.
    Active(NewConversation),
}

/// What was written.
#[derive(Clone, Debug)]
pub struct Committed {
    pub conversation: Arc<Conversation>,
    /// The state before, when the change altered who may see the conversation.
    pub before: Option<Arc<Conversation>>,
    /// What the change added, in order; for a resend the first copy.
    pub messages: Vec<Arc<Message>>,
    /// A resend: nothing was written.
    pub duplicate: bool,
    /// False when the change found everything as it wanted it.
    pub changed: bool,
    /// Job rows were written with it; the runner can be woken.
    pub has_jobs: bool,
}

/// Whether anything can be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    Writable,
    /// The last transaction failed; each new one is another try.
    ReadOnly(String),
    /// A flush to disk failed: what the kernel has kept is unknown, so the process must end
    /// and read the disk afresh.
    Broken(String),
}

struct Request {
    change: Change,
    reply: oneshot::Sender<Result<Committed>>,
}

/// Handle to the writing tasks; cheap to clone. They end when all handles are gone.
///
/// `SQLite` has one. On `PostgreSQL` there are several lanes, each with a connection of its own: a
/// conversation is always of the same one, so that its changes keep their order. Should two lanes meet
/// all the same (a contact's conversation is not known yet), they do as two nodes do: one waits for
/// the other's lock, or loses the race and finds the winner's row.
#[derive(Clone)]
pub struct Writer {
    queues: Arc<[mpsc::Sender<Request>]>,
    health: watch::Receiver<Health>,
}

/// A change on its way to the disk; it goes on when this is dropped.
pub struct Pending(oneshot::Receiver<Result<Committed>>);

impl Future for Pending {
    type Output = Result<Committed>;

    fn poll(mut self: Pin<&mut Self>, context: &mut task::Context<'_>) -> task::Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|answer| answer.unwrap_or_else(|_| Err(stopped())))
    }
}

fn stopped() -> Error {
    Error::ReadOnly("the writer has stopped".to_owned())
}

impl Writer {
    /// Starts the writing task. It ends, all work done, once every handle is dropped.
    ///
    /// `publish` is called for what was stored, after its commit and in the order of the log,
    /// before the callers are answered; it must not block.
    pub fn start(
        store: &Store,
        publish: impl Fn(Publication) + Send + 'static,
    ) -> (Self, tokio::task::JoinHandle<()>) {
        let (report, health) = watch::channel(Health::Writable);
        let (done, answers) = mpsc::channel(ANSWERS);
        let (wrote, behind) = mpsc::channel(1);
        let lanes = match &store.pool {
            Pool::Sqlite { .. } => 1,
            Pool::Postgres(pool) => (pool.options().get_max_connections() / 4).clamp(1, LANES),
        };
        let (queues, written): (Vec<_>, Vec<_>) = (0..lanes)
            .map(|_| {
                let (queue, requests) = mpsc::channel(QUEUE / lanes as usize);
                let task = Task {
                    database: Database::new(&store.pool, &store.lineage),
                    pool: store.pool.clone(),
                    ids: Arc::clone(&store.ids),
                    requests,
                    report: report.clone(),
                    done: done.clone(),
                    wrote: wrote.clone(),
                    resends: Resends::Rare,
                };
                (queue, run(task))
            })
            .unzip();
        drop((done, wrote));
        let indexing = match store.pool {
            Pool::Sqlite { .. } => None,
            Pool::Postgres(_) => Some(tokio::spawn(search::index_behind(store.pool.clone(), behind))),
        };
        let answering = tokio::spawn(answer(answers, publish));
        let writing = tokio::spawn(async move {
            for lane in written {
                // Its other end is dropped when the work is done.
                drop(lane.await);
            }
            if let Err(error) = answering.await {
                tracing::error!(%error, "answers were lost");
            }
            if let Some(indexing) = indexing {
                // It has logged what went wrong.
                drop(indexing.await);
            }
        });
        (Self { queues: queues.into(), health }, writing)
    }

    /// Queues a change behind those of its conversation that this caller queued before.
    pub async fn submit(&self, change: Change) -> Result<Pending> {
        let (reply, answer) = oneshot::channel();
        let lane = lane(&change.target, self.queues.len());
        self.queues[lane].send(Request { change, reply }).await.map_err(|_| stopped())?;
        Ok(Pending(answer))
    }

    /// Answers after the commit.
    pub async fn commit(&self, change: Change) -> Result<Committed> {
        self.submit(change).await?.await
    }

    pub fn health(&self) -> watch::Receiver<Health> {
        self.health.clone()
    }

    /// Changes that wait for the next transaction.
    pub fn depth(&self) -> usize {
        self.queues.iter().map(|queue| queue.max_capacity() - queue.capacity()).sum()
    }
}

/// The lower bits of ids are nearly always the same, so that the product's upper ones decide.
const fn lane(target: &Target, lanes: usize) -> usize {
    let place = match target {
        Target::Existing { id, .. } => id.0,
        Target::Active(new) => new.contact_id.0,
    };
    ((place as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize % lanes
}

/// On a thread of its own where writing is work for the CPU and waiting for the disk: `SQLite`.
fn run(task: Task) -> oneshot::Receiver<()> {
    let (end, ended) = oneshot::channel();
    let blocks = matches!(task.database, Database::Sqlite(_));
    let work = async move {
        task.run().await;
        drop(end);
    };
    if blocks {
        let runtime = Handle::current();
        thread::spawn(move || runtime.block_on(work));
    } else {
        tokio::spawn(work);
    }
    ended
}

/// Writes rows as they are, with the writer's own statements: no rule is applied and nobody is told.
pub(crate) async fn lay_down(pool: &Pool, written: &Written, loaded: &Loaded) -> Result<()> {
    let mut database = Database::new(pool, &Lineage::default());
    let mut rows = database.begin().await?;
    rows.write(written, loaded).await?;
    rows.commit().await
}

/// Publishes and answers while the next transaction is being flushed.
async fn answer(mut answers: mpsc::Receiver<Answers>, publish: impl Fn(Publication)) {
    let stored = metrics::counter!("octim_messages_total");
    while let Some(batch) = answers.recv().await {
        for publication in gather(batch.iter().filter_map(|(_, outcome)| outcome.as_ref().ok())) {
            stored.increment(publication.messages.len() as u64);
            publish(publication);
        }
        for (reply, outcome) in batch {
            drop(reply.send(outcome));
        }
    }
}

type Answers = Vec<(oneshot::Sender<Result<Committed>>, Result<Committed>)>;

struct Task {
    database: Database,
    /// For the search index.
    pool: Pool,
    ids: Arc<Ids>,
    requests: mpsc::Receiver<Request>,
    report: watch::Sender<Health>,
    done: mpsc::Sender<Answers>,
    /// Wakes who indexes behind `PostgreSQL`'s lanes.
    wrote: mpsc::Sender<()>,
    resends: Resends,
}

impl Task {
    async fn run(mut self) {
        let mut batch = Vec::with_capacity(BATCH);
        // How many messages wait for the search index: at the start, as many as there may be.
        let mut unindexed = if self.indexes_itself() { INDEX_STEP } else { 0 };
        let mut indexed_at = Instant::now();
        loop {
            let probes = self.is_to_probe();
            let pause = if probes { Some(PROBE) } else { (unindexed > 0).then_some(LULL) };
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
                self.database.tend_log();
            }
            if !self.indexes_itself() {
                // It is awake when there is no room.
                let _ = self.wrote.try_send(());
                continue;
            }
            unindexed += received.unwrap_or(0);
            let is_idle = received.is_none_or(|received| received < BATCH && unindexed >= INDEX_STEP);
            if is_idle || indexed_at.elapsed() > INDEX_AT_LEAST {
                let mut is_behind = self.index().await;
                while is_behind && self.requests.is_empty() {
                    is_behind = self.index().await;
                }
                unindexed = if is_behind { unindexed.saturating_sub(INDEX_STEP).max(1) } else { 0 };
                indexed_at = Instant::now();
            }
        }
        let ended = Instant::now();
        while self.indexes_itself() && ended.elapsed() < search::AT_THE_END && self.index().await {}
    }

    fn is_to_probe(&self) -> bool {
        matches!(self.pool, Pool::Postgres(_)) && matches!(*self.report.borrow(), Health::ReadOnly(_))
    }

    /// Whether something can be written again: nobody is sent to a node that says it cannot.
    async fn probe(&mut self) {
        let probed = async {
            let mut rows = self.database.begin().await?;
            rows.probe().await?;
            rows.commit().await
        };
        match probed.await {
            Ok(()) => self.report(Health::Writable),
            Err(error) => {
                tracing::debug!(%error, "still nothing can be written");
                self.database.forget();
            }
        }
    }

    const fn indexes_itself(&self) -> bool {
        matches!(self.pool, Pool::Sqlite { .. })
    }

    /// Indexes some messages for search; true when more are left.
    async fn index(&mut self) -> bool {
        let step = async {
            let mut tx = self.pool.begin().await?;
            let count = search::index_pending(&mut tx, INDEX_STEP as i64).await?;
            tx.commit().await?;
            Result::Ok(count)
        };
        match step.await {
            Ok(count) => count == INDEX_STEP,
            // The program ends; the next start goes on where this one was.
            Err(Error::Sql(sqlx::Error::PoolClosed)) => false,
            Err(error) => {
                tracing::warn!(%error, "search index is behind");
                false
            }
        }
    }

    async fn write(&mut self, batch: &mut Vec<Request>) {
        if crate::error::flush_failed() {
            return self.fail(batch, &Error::ReadOnly("a flush to the disk failed".to_owned())).await;
        }
        let started = Instant::now();
        let changes: Vec<&Change> = batch.iter().map(|request| &request.change).collect();
        let written = async {
            if crate::sabotage::is("ack_before_commit") {
                batch::write_without_commit(&mut self.database, &self.ids, &changes).await
            } else {
                self.try_to_write(&changes, self.resends).await
            }
        };
        // A panic takes the transaction with it; the next one gets a new connection.
        let written = AssertUnwindSafe(written).catch_unwind().await.unwrap_or_else(|_| {
            self.database.forget();
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
            match batch::write(&mut self.database, &self.ids, changes, resends).await {
                Err(error) if error.is_passing() && began.elapsed() < PATIENCE => {
                    tracing::warn!(%error, changes = changes.len(), "a transaction is tried again");
                    sleep(pause).await;
                    pause *= 2;
                }
                outcome => return outcome,
            }
        }
        batch::write(&mut self.database, &self.ids, changes, resends).await
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
        let changes: Vec<&Change> = batch.iter().map(|request| &request.change).collect();
        match self.try_to_write(&changes, Resends::Likely).await {
            Ok(outcomes) => self.answer(batch, outcomes).await,
            Err(error) => self.fail(batch, &error).await,
        }
    }

    async fn answer(&mut self, batch: &mut Vec<Request>, outcomes: Vec<Result<Committed>>) {
        let answers = batch.drain(..).map(|request| request.reply).zip(outcomes).collect();
        drop(self.done.send(answers).await);
    }

    async fn fail(&mut self, batch: &mut Vec<Request>, error: &Error) {
        let reason = error.to_string();
        tracing::error!(%error, changes = batch.len(), "a transaction failed; nothing of it was stored");
        let health = if crate::error::flush_failed() { Health::Broken } else { Health::ReadOnly };
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
