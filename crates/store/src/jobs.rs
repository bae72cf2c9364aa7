//! Claiming and finishing jobs; the [`crate::Writer`] inserts them with what asks for them.
//!
//! Invariant: a job is with one worker at a time, for as long as its lease lasts. A worker
//! whose lease was lost cannot put the job back under its successor's feet.

use crate::{
    Pool, Result, Store,
    pool::{on, on_write},
    row::{Row, read},
};
use model::{JobId, Millis, WorkspaceId, job::Job};

/// A claimed row; its task is parsed later, because one that this version cannot read must
/// not stand in the way of the others.
struct Claimed {
    id: i64,
    workspace_id: i64,
    task: String,
    attempts: i64,
    run_at: Millis,
}

read!(Claimed, |row| Claimed {
    id: row.try_get("id")?,
    workspace_id: row.try_get("workspace_id")?,
    task: row.try_get("task")?,
    attempts: row.try_get("attempts")?,
    run_at: row.try_get("run_at")?,
});

/// No job waits, and no lease lasts, longer than this. What lies further ahead was written before
/// the wall clock went back, and is due.
pub const HORIZON: Millis = 15 * 60 * 1_000;

/// How often a job that cannot be read is left for another node, with growing pauses: it takes longer
/// than an update of all nodes.
const UNREADABLE: i64 = 10;

/// How many jobs there are, for health checks and metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JobCounts {
    /// Due and not with a worker.
    pub ready: i64,
    /// Given up.
    pub dead: i64,
    /// Milliseconds since the oldest ready job was due; 0 when there is none.
    pub oldest_ms: i64,
}

read!(JobCounts, |row| JobCounts {
    ready: row.try_get("ready")?,
    dead: row.try_get("dead")?,
    oldest_ms: row.try_get("oldest")?,
});

const CLAIM_SQLITE: &str = "update jobs set attempts = attempts + 1, locked_until = $2
    where id in (select id from jobs where not dead and (run_at <= $1 or run_at > $4)
            and (locked_until <= $1 or locked_until > $4)
        order by run_at, id limit $3)
    returning id, workspace_id, task, attempts, run_at";

const CLAIM_POSTGRES: &str = "with ready as materialized (
        select id from jobs where not dead and (run_at <= $1 or run_at > $4)
            and (locked_until <= $1 or locked_until > $4)
        order by run_at, id limit $3 for update skip locked)
    update jobs set attempts = jobs.attempts + 1, locked_until = $2 from ready
    where jobs.id = ready.id
    returning jobs.id, jobs.workspace_id, jobs.task, jobs.attempts, jobs.run_at";

impl Store {
    /// Jobs that are due, oldest first, for this worker alone until `now + lease_ms`.
    pub async fn claim_jobs(&self, now: Millis, lease_ms: i64, limit: i64) -> Result<Vec<Job>> {
        let sql = match self.pool {
            Pool::Sqlite { .. } => CLAIM_SQLITE,
            Pool::Postgres(_) => CLAIM_POSTGRES,
        };
        let rows = on_write!(&self.pool, |db| sqlx::query_as::<_, Row<Claimed>>(sql)
            .bind(now)
            .bind(now + lease_ms)
            .bind(limit)
            .bind(now + if crate::sabotage::is("wall_timers") { Millis::MAX / 2 } else { HORIZON })
            .fetch_all(db)
            .await)?;
        let mut jobs = Vec::with_capacity(rows.len());
        for Row(claimed) in rows {
            match serde_json::from_str(&claimed.task) {
                Ok(task) => jobs.push(Job {
                    id: JobId(claimed.id),
                    workspace_id: WorkspaceId(claimed.workspace_id),
                    task,
                    attempts: claimed.attempts,
                    run_at: claimed.run_at,
                }),
                // Most likely a newer node wrote it during an update, and will take it.
                Err(error) if claimed.attempts < UNREADABLE => {
                    let (again, reason) =
                        (now + (1_000 << claimed.attempts), format!("unreadable task: {error}"));
                    self.postpone(claimed.id, claimed.attempts, again, &reason).await?;
                }
                Err(error) => {
                    let reason = format!("unreadable task: {error}");
                    self.bury(claimed.id, claimed.attempts, &reason).await?;
                }
            }
        }
        // `returning` promises no order.
        jobs.sort_by_key(|job| (job.run_at, job.id));
        Ok(jobs)
    }

    /// Done: the row goes away.
    pub async fn finish_job(&self, id: JobId) -> Result<()> {
        on_write!(&self.pool, |db| sqlx::query("delete from jobs where id = $1")
            .bind(id.0)
            .execute(db)
            .await
            .map(|_| ()))?;
        Ok(())
    }

    /// Once more at `run_at`. Nothing happens when another worker claimed the job meanwhile.
    pub async fn retry_job(&self, job: &Job, run_at: Millis, error: &str) -> Result<()> {
        self.postpone(job.id.0, job.attempts, run_at, error).await
    }

    async fn postpone(&self, id: i64, attempts: i64, run_at: Millis, error: &str) -> Result<()> {
        on_write!(&self.pool, |db| sqlx::query(
            "update jobs set run_at = $3, locked_until = 0, last_error = $4
             where id = $1 and attempts = $2"
        )
        .bind(id)
        .bind(attempts)
        .bind(run_at)
        .bind(error)
        .execute(db)
        .await
        .map(|_| ()))?;
        Ok(())
    }

    /// Given up; it stays for an operator to see. Nothing happens when another worker
    /// claimed the job meanwhile.
    pub async fn bury_job(&self, job: &Job, error: &str) -> Result<()> {
        self.bury(job.id.0, job.attempts, error).await
    }

    async fn bury(&self, id: i64, attempts: i64, error: &str) -> Result<()> {
        on_write!(&self.pool, |db| sqlx::query(
            "update jobs set dead = $3, last_error = $4 where id = $1 and attempts = $2"
        )
        .bind(id)
        .bind(attempts)
        .bind(true)
        .bind(error)
        .execute(db)
        .await
        .map(|_| ()))?;
        Ok(())
    }

    pub async fn count_jobs(&self, now: Millis) -> Result<JobCounts> {
        let Row(counts) = on!(&self.pool, |db| sqlx::query_as::<_, Row<JobCounts>>(
            "select count(*) filter (where not dead and run_at <= $1 and locked_until <= $1)
                 as ready,
                 count(*) filter (where dead) as dead,
                 coalesce($1 - min(run_at) filter (where not dead and run_at <= $1
                     and locked_until <= $1), 0) as oldest
             from jobs"
        )
        .bind(now)
        .fetch_one(db)
        .await)?;
        Ok(counts)
    }

    /// When the next job is due or its lease ends; none when nothing is to be done.
    pub async fn next_job_at(&self) -> Result<Option<Millis>> {
        Ok(on!(&self.pool, |db| sqlx::query_scalar(
            "select min(case when locked_until > run_at then locked_until else run_at end)
             from jobs where not dead"
        )
        .fetch_one(db)
        .await)?)
    }
}
