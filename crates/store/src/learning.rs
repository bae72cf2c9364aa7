//! Questions that were not answered well, collected from the bot's turns, and the groups that
//! they form. Invariant: a question counts once, however often its turn is looked at.

mod groups;
mod mined;

pub use groups::{GroupCursor, Placement, Standing, Unchecked};
pub use mined::Awaiting;

use crate::{
    Result, Store,
    pool::{on, on_tx, on_write},
    row::{Row, json, parsed, read},
};
use model::{
    ConversationId, EntryId, Evidence, MessageId, Millis, MissReason, MissedQuestion, Seq, StoredTurn,
    WorkspaceId,
};

/// A turn that was not looked at since it was last judged.
#[derive(Clone, Debug, PartialEq)]
pub struct DueTurn {
    pub conversation: ConversationId,
    pub turn: StoredTurn,
    /// Grows with every judgement.
    pub version: i64,
}

read!(DueTurn, |row| DueTurn {
    conversation: ConversationId(row.try_get("conversation_id")?),
    turn: StoredTurn {
        message_id: MessageId(row.try_get("message_id")?),
        seq: row.try_get("seq")?,
        evidence: json::<Evidence>("evidence", row.try_get("evidence")?)?,
        verdict: row.try_get("verdict")?,
        helpful: row.try_get("helpful")?,
        created_at: row.try_get("created_at")?,
    },
    version: row.try_get("version")?,
});
read!(MissedQuestion, |row| MissedQuestion {
    conversation_id: ConversationId(row.try_get("conversation_id")?),
    seq: row.try_get("seq")?,
    text: row.try_get("text")?,
    reason: parsed("reason", MissReason::from_code(row.try_get("reason")?))?,
    answer: row.try_get("answer")?,
    asked_at: row.try_get("asked_at")?,
});

/// What a turn says about a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub conversation: ConversationId,
    pub seq: Seq,
    pub text: String,
    /// None takes back what a judgement had said.
    pub reason: Option<MissReason>,
    pub asked_at: Millis,
}

/// How the bot fared in a week, by its turns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WeekRow {
    /// Weeks since the start of the count.
    pub week: i64,
    pub answered: i64,
    pub clarified: i64,
    pub missed: i64,
    pub handed_off: i64,
    /// Of the answers: judged by an agent or the visitor, and found right or helpful.
    pub judged: i64,
    pub right: i64,
}

read!(WeekRow, |row| WeekRow {
    week: row.try_get("week")?,
    answered: row.try_get("answered")?,
    clarified: row.try_get("clarified")?,
    missed: row.try_get("missed")?,
    handed_off: row.try_get("handed_off")?,
    judged: row.try_get("judged")?,
    right: row.try_get("is_right")?,
});

const WEEK: Millis = 7 * 24 * 60 * 60 * 1_000;

impl Store {
    /// Whether this node may learn now; nobody else may until `until`.
    pub async fn lease_learning(&self, workspace: WorkspaceId, now: Millis, until: Millis) -> Result<bool> {
        let done = on_write!(&self.pool, |db| sqlx::query(
            "insert into learning_leases (workspace_id, until) values ($1, $3)
             on conflict (workspace_id) do update set until = $3 where learning_leases.until <= $2"
        )
        .bind(workspace.0)
        .bind(now)
        .bind(until)
        .execute(db)
        .await
        .map(|done| done.rows_affected()))?;
        Ok(done > 0)
    }

    /// Gives the lease back.
    pub async fn end_learning(&self, workspace: WorkspaceId) -> Result<()> {
        on_write!(&self.pool, |db| sqlx::query(
            "update learning_leases set until = 0 where workspace_id = $1"
        )
        .bind(workspace.0)
        .execute(db)
        .await
        .map(|_| ()))?;
        Ok(())
    }

    /// Turns that say something new, oldest first.
    pub async fn due_turns(&self, workspace: WorkspaceId, limit: i64) -> Result<Vec<DueTurn>> {
        let rows = on!(&self.pool, |db| sqlx::query_as::<_, Row<DueTurn>>(
            "select message_id, conversation_id, seq, evidence, verdict, helpful, created_at, version
             from bot_turns where workspace_id = $1 and version > learnt order by message_id limit $2"
        )
        .bind(workspace.0)
        .bind(limit)
        .fetch_all(db)
        .await)?;
        Ok(rows.into_iter().map(|Row(turn)| turn).collect())
    }

    /// Stores what turns said, and that they said it; all or none. A question that is known
    /// already only gets a reason that weighs more.
    pub async fn learn_from_turns(
        &self,
        workspace: WorkspaceId,
        turns: &[DueTurn],
        findings: &[Finding],
    ) -> Result<()> {
        let mut tx = self.pool.begin().await?;
        for finding in findings {
            let known: Option<(i64, String)> = on_tx!(&mut tx, |db| sqlx::query_as(
                "select id, reason from missed_questions
                 where workspace_id = $1 and conversation_id = $2 and seq = $3 and text = $4"
            )
            .bind(workspace.0)
            .bind(finding.conversation.0)
            .bind(finding.seq)
            .bind(&finding.text)
            .fetch_optional(db)
            .await)?;
            match (known, finding.reason) {
                (None, Some(reason)) => self.insert_missed(&mut tx, workspace, finding, reason).await?,
                (Some((id, before)), Some(reason)) => {
                    if MissReason::from_code(&before).is_none_or(|before| before < reason) {
                        reconsider(&mut tx, workspace, id, reason).await?;
                    }
                }
                (Some((id, before)), None) => {
                    let by_people = [MissReason::Unhelpful, MissReason::Wrong].map(MissReason::code);
                    if by_people.contains(&before.as_str()) {
                        forget(&mut tx, workspace, id).await?;
                    }
                }
                (None, None) => {}
            }
        }
        for due in turns {
            on_tx!(&mut tx, |db| sqlx::query(
                "update bot_turns set learnt = $3 where workspace_id = $1 and message_id = $2 and learnt < $3"
            )
            .bind(workspace.0)
            .bind(due.turn.message_id.0)
            .bind(due.version)
            .execute(db)
            .await
            .map(|_| ()))?;
        }
        tx.commit().await
    }

    async fn insert_missed(
        &self,
        tx: &mut crate::Tx,
        workspace: WorkspaceId,
        finding: &Finding,
        reason: MissReason,
    ) -> Result<()> {
        on_tx!(tx, |db| {
            sqlx::query(
            "insert into missed_questions (id, workspace_id, conversation_id, seq, text, reason, awaits_answer,
                 asked_at) values ($1, $2, $3, $4, $5, $6, $7, $8)"
        )
        .bind(self.ids.next(finding.asked_at))
        .bind(workspace.0)
        .bind(finding.conversation.0)
        .bind(finding.seq)
        .bind(&finding.text)
        .bind(reason.code())
        .bind(reason == MissReason::HandedOff)
        .bind(finding.asked_at)
        .execute(db)
        .await
        .map(|_| ())
        })?;
        Ok(())
    }

    /// How the bot fared, week by week from `start` on.
    pub async fn bot_weeks(&self, workspace: WorkspaceId, start: Millis) -> Result<Vec<WeekRow>> {
        let rows = on!(&self.pool, |db| sqlx::query_as::<_, Row<WeekRow>>(
            "select (created_at - $2) / $3 as week,
                 count(*) filter (where outcome = 'answered') as answered,
                 count(*) filter (where outcome = 'clarified') as clarified,
                 count(*) filter (where outcome = 'missed') as missed,
                 count(distinct conversation_id) filter (where outcome = 'handed_off') as handed_off,
                 count(*) filter (where outcome = 'answered' and (verdict is not null or helpful is not null))
                     as judged,
                 count(*) filter (where outcome = 'answered' and coalesce(verdict, helpful)) as is_right
             from bot_turns where workspace_id = $1 and created_at >= $2
             group by 1 order by 1"
        )
        .bind(workspace.0)
        .bind(start)
        .bind(WEEK)
        .fetch_all(db)
        .await)?;
        Ok(rows.into_iter().map(|Row(week)| week).collect())
    }

    /// What visitors asked that an entry answered, and that an agent or the visitor called right,
    /// as it was looked up, newest first.
    pub async fn confirmed_questions(
        &self,
        workspace: WorkspaceId,
        entry: EntryId,
        limit: i64,
    ) -> Result<Vec<String>> {
        let rows: Vec<String> = on!(&self.pool, |db| sqlx::query_scalar(
            "select evidence from bot_turns
             where workspace_id = $1 and entry_id = $2 and outcome = 'answered' and coalesce(verdict, helpful)
             order by message_id desc limit $3"
        )
        .bind(workspace.0)
        .bind(entry.0)
        .bind(limit)
        .fetch_all(db)
        .await)?;
        let question = |evidence: String| {
            let evidence: Evidence = serde_json::from_str(&evidence).ok()?;
            // A choice that was taken repeats the entry's own words.
            evidence.band.as_ref()?;
            Some(evidence.question)
        };
        Ok(rows.into_iter().filter_map(question).collect())
    }
}

async fn reconsider(tx: &mut crate::Tx, workspace: WorkspaceId, id: i64, reason: MissReason) -> Result<()> {
    on_tx!(tx, |db| sqlx::query(
        "update missed_questions set reason = $3, awaits_answer = awaits_answer or $4
         where workspace_id = $1 and id = $2"
    )
    .bind(workspace.0)
    .bind(id)
    .bind(reason.code())
    .bind(reason == MissReason::HandedOff)
    .execute(db)
    .await
    .map(|_| ()))?;
    Ok(())
}

async fn forget(tx: &mut crate::Tx, workspace: WorkspaceId, id: i64) -> Result<()> {
    let group: Option<i64> = on_tx!(tx, |db| sqlx::query_scalar(
        "delete from missed_questions where workspace_id = $1 and id = $2 returning group_id"
    )
    .bind(workspace.0)
    .bind(id)
    .fetch_one(db)
    .await)?;
    if let Some(group) = group {
        on_tx!(tx, |db| sqlx::query(
            "update question_groups set
                 count = (select count(*) from missed_questions where group_id = $2)
             where workspace_id = $1 and id = $2"
        )
        .bind(workspace.0)
        .bind(group)
        .execute(db)
        .await
        .map(|_| ()))?;
    }
    Ok(())
}
