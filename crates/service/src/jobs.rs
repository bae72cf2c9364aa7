//! The job runner: takes job rows, runs each in isolation, retries with growing pauses.

use crate::{Result, Services};
use model::{
    Millis,
    job::{Job, Task},
};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::Notify,
    task::JoinSet,
    time::{Instant, timeout},
};

/// A claimed job is another worker's again after this long.
const LEASE: Millis = 60 * 1_000;
/// How often rows are looked for when nobody rings.
const POLL: Duration = Duration::from_secs(2);
/// How often waiting conversations are looked at again.
const SWEEP: Duration = Duration::from_secs(10);
/// The name of the lease of the node that looks, and how long it lasts.
const SWEEPER: &str = "sweeper";
const SWEEPER_LEASE: Millis = 25 * 1_000;
/// How long a number is kept for a node that says nothing.
const NUMBER_LEASE: Millis = 60 * 1_000;
const BATCH: i64 = 20;
/// How many turns of the bot are under way at once.
const TURNS: usize = 200;
/// How long a stopping runner waits for the bot.
const LAST_WORDS: Duration = Duration::from_secs(5);
/// After so many failures a person has to look at the job.
const ATTEMPTS: i64 = 10;
const _: () = assert!(pause(ATTEMPTS) < store::jobs::HORIZON && LEASE < store::jobs::HORIZON);

/// When the runner last came by; readiness depends on it. The wall clock may jump, this does not.
#[derive(Clone, Default)]
pub struct Heartbeat(Arc<Mutex<Option<Instant>>>);

impl Heartbeat {
    /// Since the runner last came by; none if it never did.
    pub fn age(&self) -> Option<Duration> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).map(|last| last.elapsed())
    }

    fn beat(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }
}

/// Runs until `stop` rings; what it has begun it finishes.
pub async fn run(services: Services, heartbeat: Heartbeat, stop: Arc<Notify>) {
    let bell = services.conversations.jobs();
    let mut swept_at: Option<Instant> = None;
    let mut thinking = JoinSet::new();
    loop {
        heartbeat.beat();
        let worked = begin_ready(&services, &mut thinking).await;
        if swept_at.is_none_or(|at| at.elapsed() >= SWEEP) {
            swept_at = Some(Instant::now());
            let services = services.clone();
            let round = async move {
                if let Err(error) = keep_number(&services).await {
                    tracing::warn!(%error, "this node's number may be another's");
                }
                if is_sweeper(&services).await {
                    sweep(&services).await;
                    learn(&services).await;
                }
            };
            if let Err(error) = tokio::spawn(round).await {
                tracing::error!(%error, "a sweep panicked");
            }
        }
        if worked {
            continue;
        }
        tokio::select! {
            () = stop.notified() => break,
            () = bell.notified() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
    // A turn that waits for others longer than this is somebody else's after its lease.
    drop(timeout(LAST_WORDS, thinking.join_all()).await);
    if services.bus.is_cluster() && services.store.end_lease(SWEEPER, &services.node).await.is_err() {
        tracing::debug!("the lease of the sweeper will run out");
    }
}

/// Before anything is written, and again and again: ids hold the number of the node.
pub async fn keep_number(services: &Services) -> Result<()> {
    if services.bus.is_cluster() {
        services.store.keep_number(&services.node, services.clock.now(), NUMBER_LEASE).await?;
    }
    Ok(())
}

/// One node of a cluster sweeps; another one begins when nothing is heard of it.
async fn is_sweeper(services: &Services) -> bool {
    if !services.bus.is_cluster() {
        return true;
    }
    let held = services.store.lease(SWEEPER, &services.node, services.clock.now(), SWEEPER_LEASE).await;
    held.inspect_err(|error| tracing::warn!(%error, "nobody knows who sweeps")).unwrap_or_default()
}

/// Runs what is ready to its end; true when there was something.
pub async fn run_ready(services: &Services) -> bool {
    let mut thinking = JoinSet::new();
    let worked = begin_ready(services, &mut thinking).await;
    thinking.join_all().await;
    worked
}

/// Runs what is ready, and begins the turns of the bot: it may wait for a language model, and
/// routing never waits for it.
async fn begin_ready(services: &Services, thinking: &mut JoinSet<()>) -> bool {
    while thinking.try_join_next().is_some() {}
    if thinking.len() >= TURNS {
        thinking.join_next().await;
    }
    let jobs = match services.store.claim_jobs(services.clock.now(), LEASE, BATCH).await {
        Ok(jobs) => jobs,
        Err(error) => {
            tracing::warn!(%error, "jobs cannot be read");
            return false;
        }
    };
    let worked = !jobs.is_empty();
    let (turns, others): (Vec<Job>, Vec<Job>) =
        jobs.into_iter().partition(|job| matches!(job.task, Task::BotTurn { .. }));
    for turn in turns {
        let services = services.clone();
        thinking.spawn(async move { run_one(&services, turn).await });
    }
    for job in others {
        run_one(services, job).await;
    }
    worked
}

/// Work that comes with time, not with a commit: waiting conversations, ended sessions, unsent files.
pub async fn sweep(services: &Services) {
    let result = async {
        let workspace = services.store.first_workspace().await?;
        if let Some(workspace) = workspace.filter(|_| !store::sabotage::is("lose_jobs")) {
            services.routing.sweep(workspace.id).await?;
        }
        services.store.delete_expired_sessions(services.clock.now()).await?;
        services.store.delete_expired_tickets(services.clock.now()).await?;
        services.attachments.sweep().await?;
        Result::Ok(())
    };
    if let Err(error) = result.await {
        tracing::warn!(%error, "sweep failed");
    }
}

/// Begins to read web pages that are due and to learn, in the background, unless that is under way.
async fn learn(services: &Services) {
    match services.store.first_workspace().await {
        Ok(workspace) => workspace.iter().for_each(|workspace| {
            services.sources.start(workspace.id);
            services.learning.start(workspace.id);
        }),
        Err(error) => tracing::warn!(%error, "nothing can be learnt now"),
    }
}

/// A panic or an error of one job is that job's own.
async fn run_one(services: &Services, job: Job) {
    let work = tokio::spawn(perform(services.clone(), job.clone()));
    let failure = match work.await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(panic) => Some(panic.to_string()),
    };
    let outcome = if failure.is_none() { "done" } else { "failed" };
    metrics::counter!("octim_jobs_total", "kind" => job.task.kind(), "outcome" => outcome).increment(1);
    let now = services.clock.now();
    let settled = match failure {
        None => services.store.finish_job(job.id).await,
        Some(error) if job.attempts >= ATTEMPTS => {
            tracing::error!(job = %job.id, error, "job given up");
            services.store.bury_job(&job, &error).await
        }
        Some(error) => {
            tracing::warn!(job = %job.id, attempts = job.attempts, error, "job failed; it will be tried again");
            services.store.retry_job(&job, now + pause(job.attempts), &error).await
        }
    };
    if let Err(error) = settled {
        tracing::warn!(job = %job.id, %error, "job could not be settled; its lease will run out");
    }
}

async fn perform(services: Services, job: Job) -> Result<()> {
    store::sabotage::poison("job", "poison:job");
    if store::sabotage::is("lose_jobs") {
        return Ok(());
    }
    match job.task {
        Task::TellGrant { grant_id } => services.benefits.tell(job.workspace_id, grant_id).await,
        Task::Route { conversation_id } => services.routing.route(job.workspace_id, conversation_id).await,
        Task::BotTurn { conversation_id, seq } => {
            services.bots.turn(job.workspace_id, conversation_id, seq, job.attempts).await
        }
    }
}

/// 1, 2, 4 … seconds, ten minutes at most.
const fn pause(attempts: i64) -> Millis {
    1_000 << if attempts < 9 { attempts } else { 9 }
}
