//! The job runner: takes job rows, runs each in isolation, retries with growing pauses.

use crate::{Clock, Result, Services};
use model::{
    Millis,
    job::{Job, Task},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::{sync::Notify, task::JoinSet};

/// A claimed job is another worker's again after this long.
const LEASE: Millis = 60 * 1_000;
/// How often rows are looked for when nobody rings.
const POLL: Duration = Duration::from_secs(2);
/// How often waiting conversations are looked at again.
const SWEEP: Millis = 10 * 1_000;
const BATCH: i64 = 20;
/// After so many failures a person has to look at the job.
const ATTEMPTS: i64 = 10;

/// When the runner last came by; readiness depends on it.
#[derive(Clone, Default)]
pub struct Heartbeat(Arc<AtomicI64>);

impl Heartbeat {
    /// Milliseconds since the runner last came by.
    pub fn age(&self, clock: &Clock) -> Millis {
        clock.now() - self.0.load(Ordering::Relaxed)
    }

    fn beat(&self, clock: &Clock) {
        self.0.store(clock.now(), Ordering::Relaxed);
    }
}

/// Runs until `stop` rings; what it has begun it finishes.
pub async fn run(services: Services, heartbeat: Heartbeat, stop: Arc<Notify>) {
    let bell = services.conversations.jobs();
    let mut swept_at = 0;
    loop {
        heartbeat.beat(&services.clock);
        let worked = run_ready(&services).await;
        let now = services.clock.now();
        if now - swept_at >= SWEEP || now < swept_at {
            swept_at = now;
            sweep(&services).await;
            learn(&services).await;
        }
        if worked {
            continue;
        }
        tokio::select! {
            () = stop.notified() => return,
            () = bell.notified() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
}

/// Runs what is ready; true when there was something.
pub async fn run_ready(services: &Services) -> bool {
    let jobs = match services.store.claim_jobs(services.clock.now(), LEASE, BATCH).await {
        Ok(jobs) => jobs,
        Err(error) => {
            tracing::warn!(%error, "jobs cannot be read");
            return false;
        }
    };
    let worked = !jobs.is_empty();
    // The bot thinks beside the others: routing never waits for it.
    let (turns, others): (Vec<Job>, Vec<Job>) =
        jobs.into_iter().partition(|job| matches!(job.task, Task::BotTurn { .. }));
    let mut thinking = JoinSet::new();
    for turn in turns {
        let services = services.clone();
        thinking.spawn(async move { run_one(&services, turn).await });
    }
    for job in others {
        run_one(services, job).await;
    }
    thinking.join_all().await;
    worked
}

/// Work that comes with time, not with a commit: waiting conversations, ended sessions, unsent files.
pub async fn sweep(services: &Services) {
    let result = async {
        if let Some(workspace) = services.store.first_workspace().await? {
            services.routing.sweep(workspace.id).await?;
        }
        services.store.delete_expired_sessions(services.clock.now()).await?;
        services.attachments.sweep().await?;
        Result::Ok(())
    };
    if let Err(error) = result.await {
        tracing::warn!(%error, "sweep failed");
    }
}

/// Begins to learn in the background, unless that is under way.
async fn learn(services: &Services) {
    match services.store.first_workspace().await {
        Ok(workspace) => workspace.iter().for_each(|workspace| services.learning.start(workspace.id)),
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
    match job.task {
        Task::Route { conversation_id } => services.routing.route(job.workspace_id, conversation_id).await,
        Task::BotTurn { conversation_id, seq } => {
            services.bots.turn(job.workspace_id, conversation_id, seq, job.attempts).await
        }
    }
}

/// 1, 2, 4 … seconds, ten minutes at most.
fn pause(attempts: i64) -> Millis {
    1_000 << attempts.clamp(1, 10).min(9)
}
