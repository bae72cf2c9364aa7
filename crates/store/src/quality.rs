//! How good the base is: questions that must go on being answered, and what was measured.

use crate::{
    Result, Store,
    pool::{on, on_write},
    row::{Row, read},
};
use model::{AgentId, EntryId, Millis, RegressionId, WorkspaceId};

/// A question with the entry that must answer it, or with none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegressionQuestion {
    pub id: RegressionId,
    pub text: String,
    pub entry_id: Option<EntryId>,
    /// The entry's question as it stands.
    pub entry_question: Option<String>,
    pub created_at: Millis,
}

read!(RegressionQuestion, |row| RegressionQuestion {
    id: RegressionId(row.try_get("id")?),
    text: row.try_get("text")?,
    entry_id: row.try_get::<Option<i64>, _>("entry_id")?.map(EntryId),
    entry_question: row.try_get("entry_question")?,
    created_at: row.try_get("created_at")?,
});

/// One look at the base.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelRun {
    pub at: Millis,
    pub revision: i64,
    pub precision: f64,
    pub answered: f64,
    pub regression_right: i64,
    pub regression_total: i64,
    /// Everything that was measured, as whoever measured wrote it.
    pub report: String,
}

read!(ModelRun, |row| ModelRun {
    at: row.try_get("at")?,
    revision: row.try_get("revision")?,
    precision: row.try_get("precision_share")?,
    answered: row.try_get("answered_share")?,
    regression_right: row.try_get("regression_right")?,
    regression_total: row.try_get("regression_total")?,
    report: row.try_get("report")?,
});

impl Store {
    /// The whole set, oldest first.
    pub async fn regression_set(&self, workspace: WorkspaceId) -> Result<Vec<RegressionQuestion>> {
        let rows = on!(&self.pool, |db| sqlx::query_as::<_, Row<RegressionQuestion>>(
            "select r.id, r.text, r.entry_id, r.created_at, v.question as entry_question
             from regression_questions r
             left join entries e on e.id = r.entry_id
             left join entry_versions v on v.entry_id = e.id and v.version = e.version
             where r.workspace_id = $1 order by r.id"
        )
        .bind(workspace.0)
        .fetch_all(db)
        .await)?;
        Ok(rows.into_iter().map(|Row(question)| question).collect())
    }

    /// The same text again gets the new entry.
    pub async fn keep_regression_question(
        &self,
        workspace: WorkspaceId,
        text: &str,
        entry: Option<EntryId>,
        by: AgentId,
        now: Millis,
    ) -> Result<RegressionId> {
        let id: i64 = on_write!(&self.pool, |db| sqlx::query_scalar(
            "insert into regression_questions (id, workspace_id, text, entry_id, created_at, created_by)
             values ($1, $2, $3, $4, $5, $6)
             on conflict (workspace_id, text) do update set entry_id = $4 returning id"
        )
        .bind(self.ids.next(now))
        .bind(workspace.0)
        .bind(text)
        .bind(entry.map(|id| id.0))
        .bind(now)
        .bind(by.0)
        .fetch_one(db)
        .await)?;
        Ok(RegressionId(id))
    }

    /// False when there is no such question.
    pub async fn drop_regression_question(&self, workspace: WorkspaceId, id: RegressionId) -> Result<bool> {
        let done = on_write!(&self.pool, |db| {
            sqlx::query("delete from regression_questions where workspace_id = $1 and id = $2")
                .bind(workspace.0)
                .bind(id.0)
                .execute(db)
                .await
                .map(|done| done.rows_affected())
        })?;
        Ok(done > 0)
    }

    pub async fn insert_model_run(&self, workspace: WorkspaceId, run: &ModelRun) -> Result<()> {
        on_write!(&self.pool, |db| sqlx::query(
            "insert into model_runs (id, workspace_id, at, revision, precision_share, answered_share,
                 regression_right, regression_total, report) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        )
        .bind(self.ids.next(run.at))
        .bind(workspace.0)
        .bind(run.at)
        .bind(run.revision)
        .bind(run.precision)
        .bind(run.answered)
        .bind(run.regression_right)
        .bind(run.regression_total)
        .bind(&run.report)
        .execute(db)
        .await
        .map(|_| ()))?;
        Ok(())
    }

    /// The newest, oldest first.
    pub async fn list_model_runs(&self, workspace: WorkspaceId, limit: i64) -> Result<Vec<ModelRun>> {
        let rows = on!(&self.pool, |db| {
            sqlx::query_as::<_, Row<ModelRun>>(
            "select at, revision, precision_share, answered_share, regression_right, regression_total, report
             from model_runs where workspace_id = $1 order by id desc limit $2"
        )
        .bind(workspace.0)
        .bind(limit)
        .fetch_all(db)
        .await
        })?;
        Ok(rows.into_iter().rev().map(|Row(run)| run).collect())
    }
}
