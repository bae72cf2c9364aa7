//! Sources of knowledge and the pages that were read of them. A reading goes page by page, each
//! written when it is done, so that another node can go on where this one stopped.

use crate::{
    Error, Result, Store,
    pool::{on, on_tx, on_write},
    row::{Row, json, parsed, read},
};
use model::{
    AgentId, Differences, Millis, PageProblem, Source, SourceId, SourceScope, SourceState, WorkspaceId,
};
use sqlx::{AssertSqlSafe, QueryBuilder};

const COLUMNS: &str = "s.id, s.workspace_id, s.url, s.scope, s.category, s.articles, s.every_days, s.state, s.problem, s.round,
    s.started_at, s.finished_at, s.differences,
    (select count(*) from source_pages p where p.source_id = s.id and p.round = s.round) as pages,
    (select count(*) from source_pages p where p.source_id = s.id and p.round = s.round and p.state <> 'due')
        as pages_done,
    (select count(*) from source_pages p where p.source_id = s.id and p.round = s.round and p.state = 'failed')
        as pages_failed";

read!(Source, |row| Source {
    id: SourceId(row.try_get("id")?),
    workspace_id: WorkspaceId(row.try_get("workspace_id")?),
    url: row.try_get("url")?,
    scope: parsed("scope", SourceScope::from_code(row.try_get("scope")?))?,
    category: row.try_get("category")?,
    articles: row.try_get("articles")?,
    every_days: row.try_get("every_days")?,
    state: parsed("state", SourceState::from_code(row.try_get("state")?))?,
    problem: row.try_get::<Option<String>, _>("problem")?.as_deref().and_then(PageProblem::from_code),
    round: row.try_get("round")?,
    started_at: row.try_get("started_at")?,
    finished_at: row.try_get("finished_at")?,
    differences: json("differences", row.try_get("differences")?)?,
    pages: row.try_get("pages")?,
    pages_done: row.try_get("pages_done")?,
    pages_failed: row.try_get("pages_failed")?,
});

#[derive(Clone, Debug)]
pub struct NewSource {
    pub url: String,
    pub scope: SourceScope,
    pub category: String,
    pub articles: bool,
    pub every_days: Option<i64>,
}

/// A page as it was read last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourcePage {
    pub url: String,
    pub problem: Option<PageProblem>,
    /// As whoever read it wrote it.
    pub content: String,
}

read!(SourcePage, |row| SourcePage {
    url: row.try_get("url")?,
    problem: row.try_get::<Option<String>, _>("problem")?.as_deref().and_then(PageProblem::from_code),
    content: row.try_get("content")?,
});

/// What became of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageOutcome {
    Read(String),
    /// What was read before is kept.
    Failed(PageProblem),
    /// There is nothing any more, and a reason.
    Empty(PageProblem),
}

impl Store {
    pub async fn insert_source(
        &self,
        workspace: WorkspaceId,
        new: &NewSource,
        by: AgentId,
        now: Millis,
    ) -> Result<SourceId> {
        let id = SourceId(self.ids.next(now));
        let differences = written(Differences::default())?;
        on_write!(&self.pool, |db| {
            sqlx::query(
            "insert into sources (id, workspace_id, url, scope, category, every_days, state, round, started_at,
                 due_at, differences, created_at, created_by, articles)
             values ($1, $2, $3, $4, $5, $6, 'reading', 0, $7, $7, $8, $7, $9, $10)"
        )
        .bind(id.0)
        .bind(workspace.0)
        .bind(&new.url)
        .bind(new.scope.code())
        .bind(&new.category)
        .bind(new.every_days)
        .bind(now)
        .bind(&differences)
        .bind(by.0)
        .bind(new.articles)
        .execute(db)
        .await
        .map(|_| ())
        })?;
        Ok(id)
    }

    /// Oldest first.
    pub async fn list_sources(&self, workspace: WorkspaceId) -> Result<Vec<Source>> {
        let sql = format!("select {COLUMNS} from sources s where s.workspace_id = $1 order by s.id");
        let rows = on!(&self.pool, |db| sqlx::query_as::<_, Row<Source>>(AssertSqlSafe(sql))
            .bind(workspace.0)
            .fetch_all(db)
            .await)?;
        Ok(rows.into_iter().map(|Row(source)| source).collect())
    }

    pub async fn find_source(&self, workspace: WorkspaceId, id: SourceId) -> Result<Option<Source>> {
        let sql = format!("select {COLUMNS} from sources s where s.workspace_id = $1 and s.id = $2");
        let row = on!(&self.pool, |db| sqlx::query_as::<_, Row<Source>>(AssertSqlSafe(sql))
            .bind(workspace.0)
            .bind(id.0)
            .fetch_optional(db)
            .await)?;
        Ok(row.map(|Row(source)| source))
    }

    /// Where its entries go, what they are, and when it is read again. A reading under way goes on.
    pub async fn set_source(&self, source: &Source, due_at: Option<Millis>) -> Result<()> {
        let done = on_write!(&self.pool, |db| sqlx::query(
            "update sources set category = $3, every_days = $4, articles = $6,
                 due_at = case when state = 'reading' then due_at else $5 end
             where workspace_id = $1 and id = $2"
        )
        .bind(source.workspace_id.0)
        .bind(source.id.0)
        .bind(&source.category)
        .bind(source.every_days)
        .bind(due_at)
        .bind(source.articles)
        .execute(db)
        .await
        .map(|done| done.rows_affected()))?;
        if done == 1 { Ok(()) } else { Err(Error::NotFound) }
    }

    /// To be read as soon as a node has time; nothing when it is being read.
    pub async fn ask_for_source(&self, workspace: WorkspaceId, id: SourceId, now: Millis) -> Result<()> {
        on_write!(&self.pool, |db| sqlx::query(
            "update sources set state = 'reading', started_at = $3, due_at = $3
             where workspace_id = $1 and id = $2 and state <> 'reading'"
        )
        .bind(workspace.0)
        .bind(id.0)
        .bind(now)
        .execute(db)
        .await
        .map(|_| ()))?;
        Ok(())
    }

    /// Forgets it; its entries stay.
    pub async fn delete_source(&self, workspace: WorkspaceId, id: SourceId) -> Result<()> {
        const STEPS: [&str; 3] = [
            "update entries set source_id = null, source_page = null where workspace_id = $1 and source_id = $2",
            "delete from source_pages where source_id in (select id from sources where workspace_id = $1 and id = $2)",
            "delete from sources where workspace_id = $1 and id = $2",
        ];
        let mut tx = self.pool.begin().await?;
        for step in STEPS {
            on_tx!(&mut tx, |db| sqlx::query(step)
                .bind(workspace.0)
                .bind(id.0)
                .execute(db)
                .await
                .map(|_| ()))?;
        }
        tx.commit().await
    }

    /// A source whose time has come, for this node alone until `until`. One that rested begins a
    /// new reading.
    pub async fn claim_source(
        &self,
        workspace: WorkspaceId,
        now: Millis,
        until: Millis,
    ) -> Result<Option<Source>> {
        let ready: Option<(i64,)> = on!(&self.pool, |db| sqlx::query_as(
            "select id from sources where workspace_id = $1 and due_at <= $2 and locked_until <= $2
             order by due_at, id limit 1"
        )
        .bind(workspace.0)
        .bind(now)
        .fetch_optional(db)
        .await)?;
        let Some((id,)) = ready else { return Ok(None) };
        let claimed = on_write!(&self.pool, |db| sqlx::query(
            "update sources set locked_until = $3, state = 'reading',
                 started_at = case when state = 'reading' then started_at else $2 end
             where id = $1 and locked_until <= $2 and due_at <= $2"
        )
        .bind(id)
        .bind(now)
        .bind(until)
        .execute(db)
        .await
        .map(|done| done.rows_affected()))?;
        if claimed == 0 { Ok(None) } else { self.find_source(workspace, SourceId(id)).await }
    }

    /// Goes on having it.
    pub async fn keep_source(&self, id: SourceId, until: Millis) -> Result<()> {
        on_write!(&self.pool, |db| sqlx::query("update sources set locked_until = $2 where id = $1")
            .bind(id.0)
            .bind(until)
            .execute(db)
            .await
            .map(|_| ()))?;
        Ok(())
    }

    /// Begins a reading with its first page.
    pub async fn begin_round(&self, source: &Source) -> Result<Source> {
        on_write!(&self.pool, |db| sqlx::query("update sources set round = $2 where id = $1")
            .bind(source.id.0)
            .bind(source.round + 1)
            .execute(db)
            .await
            .map(|_| ()))?;
        let source = Source { round: source.round + 1, ..source.clone() };
        self.add_source_pages(&source, std::slice::from_ref(&source.url)).await?;
        Ok(source)
    }

    /// Pages to be read in this reading; those that it knows already are left as they are.
    pub async fn add_source_pages(&self, source: &Source, urls: &[String]) -> Result<()> {
        if urls.is_empty() {
            return Ok(());
        }
        let mut tx = self.pool.begin().await?;
        let last: i64 = on_tx!(&mut tx, |db| sqlx::query_scalar(
            "select coalesce(max(place), 0) from source_pages where source_id = $1 and round = $2"
        )
        .bind(source.id.0)
        .bind(source.round)
        .fetch_one(db)
        .await)?;
        for (chunk, first) in urls.chunks(100).zip((last + 1..).step_by(100)) {
            on_tx!(&mut tx, |db| {
                let mut query = QueryBuilder::new(
                    "insert into source_pages (source_id, url, place, round, state, content) ",
                );
                query.push_values(chunk.iter().zip(first..), |mut row, (url, place)| {
                    row.push_bind(source.id.0)
                        .push_bind(url)
                        .push_bind(place)
                        .push_bind(source.round)
                        .push_bind("due")
                        .push_bind("[]");
                });
                query.push(
                    " on conflict (source_id, url) do update set place = excluded.place, round = excluded.round,
                          state = 'due', problem = null
                      where source_pages.round < excluded.round",
                );
                query.build().execute(db).await.map(|_| ())
            })?;
        }
        tx.commit().await
    }

    /// Pages that an earlier reading knew and this one did not find are read too. How many.
    pub async fn add_known_source_pages(&self, source: &Source) -> Result<u64> {
        Ok(on_write!(&self.pool, |db| {
            sqlx::query(
            "update source_pages set round = $2, state = 'due', problem = null where source_id = $1 and round < $2"
        )
        .bind(source.id.0)
        .bind(source.round)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
        })?)
    }

    pub async fn next_source_page(&self, source: &Source) -> Result<Option<String>> {
        Ok(on!(&self.pool, |db| sqlx::query_scalar(
            "select url from source_pages where source_id = $1 and round = $2 and state = 'due'
             order by place limit 1"
        )
        .bind(source.id.0)
        .bind(source.round)
        .fetch_optional(db)
        .await)?)
    }

    pub async fn finish_source_page(&self, source: &Source, url: &str, outcome: &PageOutcome) -> Result<()> {
        let (state, problem, content) = match outcome {
            PageOutcome::Read(content) => ("read", None, Some(content.as_str())),
            PageOutcome::Failed(problem) => ("failed", Some(problem.code()), None),
            PageOutcome::Empty(problem) => ("failed", Some(problem.code()), Some("[]")),
        };
        on_write!(&self.pool, |db| sqlx::query(
            "update source_pages set state = $3, problem = $4, content = coalesce($5, content)
             where source_id = $1 and url = $2"
        )
        .bind(source.id.0)
        .bind(url)
        .bind(state)
        .bind(problem)
        .bind(content)
        .execute(db)
        .await
        .map(|_| ()))?;
        Ok(())
    }

    /// Pages of the last reading, in the order in which they were found.
    pub async fn source_pages(&self, source: &Source) -> Result<Vec<SourcePage>> {
        let rows = on!(&self.pool, |db| {
            sqlx::query_as::<_, Row<SourcePage>>(
            "select url, problem, content from source_pages where source_id = $1 and round = $2 order by place, url"
        )
        .bind(source.id.0)
        .bind(source.round)
        .fetch_all(db)
        .await
        })?;
        Ok(rows.into_iter().map(|Row(page)| page).collect())
    }

    /// The reading is over. A failed one goes back to what was read before.
    pub async fn finish_source(
        &self,
        source: &Source,
        problem: Option<PageProblem>,
        due_at: Option<Millis>,
        now: Millis,
    ) -> Result<()> {
        let mut tx = self.pool.begin().await?;
        let state = if problem.is_none() { SourceState::Read } else { SourceState::Failed };
        on_tx!(&mut tx, |db| {
            sqlx::query(
            "update sources set state = $2, problem = $3, finished_at = $4, due_at = $5, locked_until = 0 where id = $1"
        )
        .bind(source.id.0)
        .bind(state.code())
        .bind(problem.map(PageProblem::code))
        .bind(now)
        .bind(due_at)
        .execute(db)
        .await
        .map(|_| ())
        })?;
        let rest = if problem.is_none() {
            "delete from source_pages where source_id = $1 and round < $2"
        } else {
            "update source_pages set round = $2 where source_id = $1"
        };
        on_tx!(&mut tx, |db| sqlx::query(rest)
            .bind(source.id.0)
            .bind(source.round)
            .execute(db)
            .await
            .map(|_| ()))?;
        // What there was no time for says what it said before.
        on_tx!(&mut tx, |db| sqlx::query(
            "update source_pages set state = 'read' where source_id = $1 and state = 'due'"
        )
        .bind(source.id.0)
        .execute(db)
        .await
        .map(|_| ()))?;
        tx.commit().await
    }

    pub async fn set_differences(&self, id: SourceId, differences: Differences) -> Result<()> {
        let text = written(differences)?;
        on_write!(&self.pool, |db| sqlx::query("update sources set differences = $2 where id = $1")
            .bind(id.0)
            .bind(&text)
            .execute(db)
            .await
            .map(|_| ()))?;
        Ok(())
    }
}

fn written(differences: Differences) -> Result<String> {
    serde_json::to_string(&differences).map_err(|_| Error::Corrupt("differences"))
}
