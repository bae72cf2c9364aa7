//! Benefits and the record of their grants.
//!
//! Invariant: whoever grants holds the contact's row (in `SQLite`: the only write transaction), so
//! that two at once cannot give more than the limits allow; a code is given once.

use crate::{
    Error, Result, Store, Tx,
    pool::{on, on_tx, on_write},
    row::{Row, json, parsed, read},
};
use model::{
    AgentId, BenefitId, ContactId, ConversationId, GrantId, Millis, WorkspaceId,
    benefit::{Benefit, BenefitContent, BenefitKind, Grant, GrantLimits, GrantState, Source},
    job::Task,
};

/// Within so long the limits count.
const WINDOW: Millis = 24 * 60 * 60 * 1_000;
/// The most codes that wait in one list.
pub const MOST_CODES: i64 = 100_000;

const BENEFIT: &str = "b.id, b.workspace_id, b.content, b.created_at, (select count(*) from benefit_codes c
    where c.benefit_id = b.id and c.grant_id is null) as codes_left";
const GRANT: &str =
    "id, workspace_id, conversation_id, contact_id, benefit_id, name, kind, worth, state, code, reason,
    asked_by, asked_at, decided_by, decided_at, told_at";

read!(Benefit, |row| Benefit {
    id: BenefitId(row.try_get("id")?),
    workspace_id: WorkspaceId(row.try_get("workspace_id")?),
    content: json::<BenefitContent>("content", row.try_get("content")?)?,
    codes_left: row.try_get("codes_left")?,
    created_at: row.try_get("created_at")?,
});

read!(Grant, |row| Grant {
    id: GrantId(row.try_get("id")?),
    workspace_id: WorkspaceId(row.try_get("workspace_id")?),
    conversation_id: ConversationId(row.try_get("conversation_id")?),
    contact_id: ContactId(row.try_get("contact_id")?),
    benefit_id: BenefitId(row.try_get("benefit_id")?),
    name: row.try_get("name")?,
    kind: parsed("kind", BenefitKind::from_code(row.try_get("kind")?))?,
    worth: row.try_get("worth")?,
    state: parsed("state", GrantState::from_code(row.try_get("state")?))?,
    code: row.try_get("code")?,
    reason: row.try_get("reason")?,
    asked_by: AgentId(row.try_get("asked_by")?),
    asked_at: row.try_get("asked_at")?,
    decided_by: row.try_get::<Option<i64>, _>("decided_by")?.map(AgentId),
    decided_at: row.try_get("decided_at")?,
    told_at: row.try_get("told_at")?,
});

/// What an agent asks for.
#[derive(Clone, Debug)]
pub struct NewGrant {
    pub conversation: ConversationId,
    pub contact: ContactId,
    pub benefit: BenefitId,
    pub reason: String,
    /// Typed in by the agent, for a benefit whose codes come from elsewhere.
    pub code: Option<String>,
    pub by: AgentId,
}

/// What a contact got within the window, what waits for approval included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Got {
    pub count: i64,
    pub worth: i64,
}

read!(Got, |row| Got { count: row.try_get("got")?, worth: row.try_get("worth")? });

const GOT: &str = "select count(*) as got, cast(coalesce(sum(worth), 0) as bigint) as worth from grants
    where workspace_id = $1 and contact_id = $2 and state <> 'declined' and asked_at > $3";

impl Store {
    pub async fn list_benefits(&self, workspace: WorkspaceId) -> Result<Vec<Benefit>> {
        let sql = format!("select {BENEFIT} from benefits b where b.workspace_id = $1 order by b.id");
        let rows = on!(&self.pool, |db| sqlx::query_as::<_, Row<Benefit>>(sqlx::AssertSqlSafe(sql))
            .bind(workspace.0)
            .fetch_all(db)
            .await)?;
        Ok(rows.into_iter().map(|Row(benefit)| benefit).collect())
    }

    pub async fn find_benefit(&self, workspace: WorkspaceId, id: BenefitId) -> Result<Option<Benefit>> {
        let sql = format!("select {BENEFIT} from benefits b where b.workspace_id = $1 and b.id = $2");
        let row = on!(&self.pool, |db| sqlx::query_as::<_, Row<Benefit>>(sqlx::AssertSqlSafe(sql))
            .bind(workspace.0)
            .bind(id.0)
            .fetch_optional(db)
            .await)?;
        Ok(row.map(|Row(benefit)| benefit))
    }

    pub async fn insert_benefit(
        &self,
        workspace: WorkspaceId,
        content: &BenefitContent,
        now: Millis,
    ) -> Result<BenefitId> {
        let id = BenefitId(self.ids.next(now));
        let text = serde_json::to_string(content).map_err(|_| Error::Corrupt("content"))?;
        on_write!(&self.pool, |db| sqlx::query(
            "insert into benefits (id, workspace_id, content, created_at) values ($1, $2, $3, $4)"
        )
        .bind(id.0)
        .bind(workspace.0)
        .bind(text)
        .bind(now)
        .execute(db)
        .await
        .map(|_| ()))?;
        Ok(id)
    }

    /// False when there is none.
    pub async fn update_benefit(
        &self,
        workspace: WorkspaceId,
        id: BenefitId,
        content: &BenefitContent,
    ) -> Result<bool> {
        let text = serde_json::to_string(content).map_err(|_| Error::Corrupt("content"))?;
        let changed = on_write!(&self.pool, |db| sqlx::query(
            "update benefits set content = $3 where workspace_id = $1 and id = $2"
        )
        .bind(workspace.0)
        .bind(id.0)
        .bind(text)
        .execute(db)
        .await
        .map(|done| done.rows_affected()))?;
        Ok(changed > 0)
    }

    /// Adds codes to a list; those that were ever in it are left out. How many were new.
    pub async fn add_benefit_codes(
        &self,
        workspace: WorkspaceId,
        id: BenefitId,
        codes: &[String],
        now: Millis,
    ) -> Result<u64> {
        if self.find_benefit(workspace, id).await?.is_none() {
            return Err(Error::NotFound);
        }
        let mut tx = self.pool.begin().await?;
        let mut added = 0;
        for code in codes {
            let key = self.ids.next(now);
            added += on_tx!(&mut tx, |db| sqlx::query(
                "insert into benefit_codes (id, benefit_id, code) values ($1, $2, $3)
                 on conflict (benefit_id, code) do nothing"
            )
            .bind(key)
            .bind(id.0)
            .bind(code)
            .execute(db)
            .await
            .map(|done| done.rows_affected()))?;
        }
        tx.commit().await?;
        Ok(added)
    }

    /// Gives a benefit, or lets it wait for approval. [`Error::GrantLimit`] when it would be more
    /// than the contact may get, [`Error::NoCodes`] when the list is empty.
    pub async fn ask_grant(
        &self,
        workspace: WorkspaceId,
        new: NewGrant,
        limits: &GrantLimits,
        now: Millis,
    ) -> Result<Grant> {
        let benefit = self.find_benefit(workspace, new.benefit).await?.ok_or(Error::NotFound)?;
        let BenefitContent { name, kind, worth, source, .. } = benefit.content;
        let mut tx = self.pool.begin().await?;
        if let Tx::Postgres(db) = &mut tx {
            sqlx::query("select id from contacts where id = $1 for update")
                .bind(new.contact.0)
                .execute(&mut **db)
                .await?;
        }
        let got = got_in(&mut tx, workspace, new.contact, now).await?;
        if !crate::sabotage::is("no_grant_limit")
            && (got.count + 1 > limits.count || got.worth + worth > limits.worth)
        {
            return Err(Error::GrantLimit);
        }
        let id = GrantId(self.ids.next(now));
        let waits = worth >= limits.approval_from;
        let code = match source {
            Source::Codes if waits => None,
            Source::Codes => Some(take_code(&mut tx, new.benefit, id).await?),
            Source::Manual => new.code,
        };
        let state = if waits { GrantState::Pending } else { GrantState::Granted };
        on_tx!(&mut tx, |db| {
            sqlx::query(
            "insert into grants (id, workspace_id, conversation_id, contact_id, benefit_id, name, kind, worth, state,
             code, reason, asked_by, asked_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
        )
        .bind(id.0)
        .bind(workspace.0)
        .bind(new.conversation.0)
        .bind(new.contact.0)
        .bind(new.benefit.0)
        .bind(name)
        .bind(kind.code())
        .bind(worth)
        .bind(state.code())
        .bind(code)
        .bind(new.reason)
        .bind(new.by.0)
        .bind(now)
        .execute(db)
        .await
        .map(|_| ())
        })?;
        if state == GrantState::Granted {
            self.tell_later(&mut tx, workspace, id, now).await?;
        }
        tx.commit().await?;
        self.find_grant(workspace, id).await?.ok_or(Error::NotFound)
    }

    /// Approves or declines what waits; [`Error::GrantDecided`] when that was done already.
    pub async fn decide_grant(
        &self,
        workspace: WorkspaceId,
        id: GrantId,
        by: AgentId,
        approved: bool,
        now: Millis,
    ) -> Result<Grant> {
        let grant = self.find_grant(workspace, id).await?.ok_or(Error::NotFound)?;
        let benefit = self.find_benefit(workspace, grant.benefit_id).await?.ok_or(Error::NotFound)?;
        let mut tx = self.pool.begin().await?;
        let state = if approved { GrantState::Granted } else { GrantState::Declined };
        let changed = on_tx!(&mut tx, |db| sqlx::query(
            "update grants set state = $3, decided_by = $4, decided_at = $5
             where workspace_id = $1 and id = $2 and state = 'pending'"
        )
        .bind(workspace.0)
        .bind(id.0)
        .bind(state.code())
        .bind(by.0)
        .bind(now)
        .execute(db)
        .await
        .map(|done| done.rows_affected()))?;
        if changed == 0 {
            return Err(Error::GrantDecided);
        }
        if approved && benefit.content.source == Source::Codes {
            let code = take_code(&mut tx, grant.benefit_id, id).await?;
            on_tx!(&mut tx, |db| sqlx::query("update grants set code = $2 where id = $1")
                .bind(id.0)
                .bind(code)
                .execute(db)
                .await
                .map(|_| ()))?;
        }
        if approved {
            self.tell_later(&mut tx, workspace, id, now).await?;
        }
        tx.commit().await?;
        self.find_grant(workspace, id).await?.ok_or(Error::NotFound)
    }

    /// The visitor is told by a job of the same transaction.
    async fn tell_later(&self, tx: &mut Tx, workspace: WorkspaceId, id: GrantId, now: Millis) -> Result<()> {
        let task =
            serde_json::to_string(&Task::TellGrant { grant_id: id }).map_err(|_| Error::Corrupt("task"))?;
        let job = self.ids.next(now);
        on_tx!(tx, |db| sqlx::query(
            "insert into jobs (id, workspace_id, task, run_at, attempts, locked_until, dead, created_at)
             values ($1, $2, $3, $4, 0, 0, false, $4)"
        )
        .bind(job)
        .bind(workspace.0)
        .bind(task)
        .bind(now)
        .execute(db)
        .await
        .map(|_| ()))?;
        Ok(())
    }

    pub async fn note_grant_told(&self, workspace: WorkspaceId, id: GrantId, now: Millis) -> Result<()> {
        on_write!(&self.pool, |db| sqlx::query(
            "update grants set told_at = $3 where workspace_id = $1 and id = $2 and told_at is null"
        )
        .bind(workspace.0)
        .bind(id.0)
        .bind(now)
        .execute(db)
        .await
        .map(|_| ()))?;
        Ok(())
    }

    pub async fn find_grant(&self, workspace: WorkspaceId, id: GrantId) -> Result<Option<Grant>> {
        let sql = format!("select {GRANT} from grants where workspace_id = $1 and id = $2");
        let row = on!(&self.pool, |db| sqlx::query_as::<_, Row<Grant>>(sqlx::AssertSqlSafe(sql))
            .bind(workspace.0)
            .bind(id.0)
            .fetch_optional(db)
            .await)?;
        Ok(row.map(|Row(grant)| grant))
    }

    /// Of one conversation, oldest first.
    pub async fn list_grants_of(
        &self,
        workspace: WorkspaceId,
        conversation: ConversationId,
    ) -> Result<Vec<Grant>> {
        let sql = format!(
            "select {GRANT} from grants where workspace_id = $1 and conversation_id = $2 order by id"
        );
        let rows = on!(&self.pool, |db| sqlx::query_as::<_, Row<Grant>>(sqlx::AssertSqlSafe(sql))
            .bind(workspace.0)
            .bind(conversation.0)
            .fetch_all(db)
            .await)?;
        Ok(rows.into_iter().map(|Row(grant)| grant).collect())
    }

    /// All, newest first; `before` is the last of the page before.
    pub async fn list_grants(
        &self,
        workspace: WorkspaceId,
        state: Option<GrantState>,
        before: Option<GrantId>,
        limit: i64,
    ) -> Result<Vec<Grant>> {
        let sql = format!(
            "select {GRANT} from grants where workspace_id = $1 and (cast($2 as text) is null or state = $2) and id < $3
             order by id desc limit $4"
        );
        let rows = on!(&self.pool, |db| sqlx::query_as::<_, Row<Grant>>(sqlx::AssertSqlSafe(sql))
            .bind(workspace.0)
            .bind(state.map(GrantState::code))
            .bind(before.map_or(i64::MAX, |id| id.0))
            .bind(limit)
            .fetch_all(db)
            .await)?;
        Ok(rows.into_iter().map(|Row(grant)| grant).collect())
    }

    /// What a contact got lately.
    pub async fn grants_got(&self, workspace: WorkspaceId, contact: ContactId, now: Millis) -> Result<Got> {
        let Row(got) = on!(&self.pool, |db| sqlx::query_as::<_, Row<Got>>(GOT)
            .bind(workspace.0)
            .bind(contact.0)
            .bind(now - WINDOW)
            .fetch_one(db)
            .await)?;
        Ok(got)
    }
}

async fn got_in(tx: &mut Tx, workspace: WorkspaceId, contact: ContactId, now: Millis) -> Result<Got> {
    let Row(got) = on_tx!(tx, |db| sqlx::query_as::<_, Row<Got>>(GOT)
        .bind(workspace.0)
        .bind(contact.0)
        .bind(now - WINDOW)
        .fetch_one(db)
        .await)?;
    Ok(got)
}

/// The oldest code that nobody got.
async fn take_code(tx: &mut Tx, benefit: BenefitId, grant: GrantId) -> Result<String> {
    let lock = if matches!(tx, Tx::Postgres(_)) { " for update skip locked" } else { "" };
    let sql = format!(
        "update benefit_codes set grant_id = $2 where id = (select id from benefit_codes
         where benefit_id = $1 and grant_id is null order by id limit 1{lock}) returning code"
    );
    let code: Option<String> = on_tx!(tx, |db| sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(benefit.0)
        .bind(grant.0)
        .fetch_optional(db)
        .await)?;
    code.ok_or(Error::NoCodes)
}
