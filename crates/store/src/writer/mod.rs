//! The one writer of conversations and messages.
//!
//! Changes queue up while the last commit is being flushed; the next transaction takes all
//! that waits (group commit, no artificial delay). Each caller is answered after the
//! commit, never before. A change that is refused, or panics, does not disturb its neighbours.

mod batch;
mod checkpoint;
mod database;
mod ground;
mod postgres;
mod publication;
mod queue;
mod recent;
mod rows;
mod sqlite;
mod sync;

use crate::{Pool, Result, Store, lineage::Lineage, pool::PATIENCE, search};
use database::Database;
use ground::OnDatabase;
use model::{
    Action, Conversation, ConversationId, Message, Millis, NewConversation, Rating, Viewer, WorkspaceId,
};
pub use postgres::CutOff;
pub use publication::Publication;
use publication::gather;
pub use queue::Pending;
use queue::{Lane, Request, answer, stopped};
pub(crate) use rows::{Loaded, Written, push_list};
use std::{sync::Arc, thread};
use tokio::{
    runtime::Handle,
    sync::{mpsc, oneshot, watch},
};

/// Callers wait (they are not refused) when this many changes are queued.
const QUEUE: usize = 4096;
/// Transactions that may wait to be answered.
const ANSWERS: usize = 4;
/// On `PostgreSQL`, the most transactions that are under way at once.
const LANES: u32 = 2;

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
    /// Its state; later changes of the same transaction may be in it, but none of who may see it.
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
        let blocks = matches!(store.pool, Pool::Sqlite { .. }) && !store.on_one_thread;
        let (queues, written): (Vec<_>, Vec<_>) = (0..lanes)
            .map(|_| {
                let (queue, requests) = mpsc::channel(QUEUE / lanes as usize);
                let ground = OnDatabase::new(store, wrote.clone());
                let lane = Lane::new(ground, requests, report.clone(), done.clone());
                (queue, run(lane, blocks))
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
        let lane = lane(&change.target, self.queues.len());
        let (request, pending) = Request::new(change);
        self.queues[lane].send(request).await.map_err(|_| stopped())?;
        Ok(pending)
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

/// On a thread of its own where writing is work for the CPU and waiting for the disk.
fn run(lane: Lane<OnDatabase>, blocks: bool) -> oneshot::Receiver<()> {
    let (end, ended) = oneshot::channel();
    let work = async move {
        lane.run().await;
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
    let rows = database.begin().await?;
    rows.finish(written, loaded).await
}
