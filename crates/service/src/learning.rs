//! Learning: what the bot could not answer is collected, gathered into groups and shown to
//! editors; what agents answered is offered as an answer; the base is measured, and a change
//! that makes it worse asks first.
//!
//! Invariants: nothing that is learnt answers anybody before an editor published it; texts
//! are masked before they are stored; thinking happens on blocking threads, on one node of
//! a cluster at a time, and never in the way of messages.

mod actions;
pub mod advice;
mod collecting;
mod gathering;
mod importing;
mod measuring;
mod publishing;
mod suggesting;

pub use actions::{GroupDetail, GroupPage, Phrasings, Sample};
pub use advice::Judged;
pub use publishing::{Changed, Check};
pub use suggesting::Suggestion;

use crate::{
    Clock, Error, Result, Staff,
    bots::{Bots, EncoderSource},
    knowledge::Knowledge,
};
use knowledge::clusters::Space;
use model::{GroupState, Millis, Permission, WorkspaceId};
use std::sync::{Arc, OnceLock};
use store::{Store, learning::WeekRow};
use tokio::sync::{Mutex, Semaphore};

const DAY: Millis = 24 * 60 * 60 * 1_000;
const WEEK: Millis = 7 * DAY;
/// How many weeks a trend shows.
pub const WEEKS: i64 = 12;
/// How long another node leaves the work to this one.
const LEASE: Millis = 2 * 60 * 1_000;
/// Rounds of one run; what is left is for the next.
const ROUNDS: usize = 20;

#[derive(Clone)]
pub struct Learning {
    store: Store,
    clock: Clock,
    bots: Bots,
    knowledge: Knowledge,
    encoder: EncoderSource,
    space: Arc<OnceLock<Space>>,
    /// Held while this node learns.
    working: Arc<Mutex<()>>,
    measuring: Arc<Semaphore>,
    started_at: Millis,
}

/// How the bot fared: weeks from `start` on, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trend {
    pub start: Millis,
    pub weeks: Vec<WeekRow>,
    pub groups: Vec<(GroupState, i64)>,
}

impl Learning {
    pub fn new(store: Store, clock: Clock, bots: Bots, knowledge: Knowledge, encoder: EncoderSource) -> Self {
        let started_at = clock.now();
        Self {
            store,
            clock,
            bots,
            knowledge,
            encoder,
            space: Arc::default(),
            working: Arc::default(),
            measuring: Arc::new(Semaphore::new(1)),
            started_at,
        }
    }

    /// Begins a run in the background, unless one is under way.
    pub fn start(&self, workspace: WorkspaceId) {
        let Ok(working) = Arc::clone(&self.working).try_lock_owned() else { return };
        let learning = self.clone();
        tokio::spawn(async move {
            let _working = working;
            if let Err(error) = learning.work(workspace).await {
                tracing::warn!(%error, "learning failed; it will be tried again");
            }
        });
    }

    /// Everything that is to be learnt now, on one node at a time.
    pub async fn work(&self, workspace: WorkspaceId) -> Result<()> {
        let now = self.clock.now();
        if !self.has_work(workspace).await? {
            return Ok(());
        }
        if !self.store.lease_learning(workspace, now, now + LEASE).await? {
            return Ok(());
        }
        let learnt = self.learn(workspace).await;
        self.store.end_learning(workspace).await?;
        learnt
    }

    /// Looks without writing, because most of the time there is nothing.
    async fn has_work(&self, workspace: WorkspaceId) -> Result<bool> {
        Ok(!self.store.due_turns(workspace, 1).await?.is_empty()
            || !self.store.ungrouped_questions(workspace, 1).await?.is_empty()
            || !self.store.questions_awaiting_answer(workspace, 1).await?.is_empty()
            || !self.unchecked(workspace, 1).await?.is_empty()
            || self.is_measuring_due(workspace).await?)
    }

    async fn learn(&self, workspace: WorkspaceId) -> Result<()> {
        for _ in 0..ROUNDS {
            let collected = self.collect(workspace).await?;
            let mined = self.mine(workspace).await?;
            let gathered = self.gather(workspace).await?;
            if collected + mined + gathered == 0 {
                break;
            }
        }
        self.look_again(workspace).await?;
        if self.is_measuring_due(workspace).await? {
            self.measure_base(workspace).await?;
        }
        Ok(())
    }

    /// How the bot fared in the last weeks, and how much there is to do.
    pub async fn trend(&self, staff: &Staff) -> Result<Trend> {
        staff.require(Permission::EditKnowledge)?;
        let start = self.first_week();
        let weeks = self.store.bot_weeks(staff.workspace(), start).await?;
        Ok(Trend { start, weeks, groups: self.store.count_groups(staff.workspace()).await? })
    }

    /// When the oldest week of a trend begins.
    fn first_week(&self) -> Millis {
        (self.clock.now().div_euclid(WEEK) - WEEKS + 1) * WEEK
    }

    /// Where questions lie; the first call takes a second.
    async fn space(&self) -> Result<Arc<OnceLock<Space>>> {
        let (space, encoder) = (Arc::clone(&self.space), self.encoder);
        let ready = tokio::task::spawn_blocking(move || {
            space.get_or_init(|| Space::new(encoder()));
            space
        });
        ready.await.map_err(Error::internal)
    }
}

/// Runs on a blocking thread.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)
}
