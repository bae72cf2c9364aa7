//! Groups of questions: placed by the learner, listed for editors.

use crate::{
    Result, Store, Tx,
    pool::{on, on_tx, on_write},
    row::{Row, parsed, read},
};
use model::{
    AgentId, ConversationId, EntryId, GroupId, GroupState, Millis, MissedQuestion, QuestionGroup, Scope,
    WorkspaceId,
};
use sqlx::{AssertSqlSafe, QueryBuilder};

const COLUMNS: &str =
    "g.id, g.name, g.state, g.entry_id, g.count, g.worth, g.nearest_id, g.probability, g.first_at,
    g.last_at, v.question as nearest_question";
const FROM: &str = "from question_groups g
    left join entries e on e.id = g.nearest_id
    left join entry_versions v on v.entry_id = e.id and v.version = e.version";

read!(QuestionGroup, |row| QuestionGroup {
    id: GroupId(row.try_get("id")?),
    name: row.try_get("name")?,
    state: parsed("state", GroupState::from_code(row.try_get("state")?))?,
    entry_id: row.try_get::<Option<i64>, _>("entry_id")?.map(EntryId),
    count: row.try_get("count")?,
    worth: row.try_get("worth")?,
    nearest_id: row.try_get::<Option<i64>, _>("nearest_id")?.map(EntryId),
    nearest_question: row.try_get("nearest_question")?,
    probability: row.try_get("probability")?,
    first_at: row.try_get("first_at")?,
    last_at: row.try_get("last_at")?,
});

/// Where a page of groups begins: after this one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroupCursor {
    pub worth: f64,
    pub id: GroupId,
}

/// A group as the learner meets it.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    pub id: GroupId,
    pub state: GroupState,
    pub centre: Vec<u8>,
    pub count: i64,
}

read!(Standing, |row| Standing {
    id: GroupId(row.try_get("id")?),
    state: parsed("state", GroupState::from_code(row.try_get("state")?))?,
    centre: row.try_get("centre")?,
    count: row.try_get("count")?,
});

/// A group whose nearest entry may be another by now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unchecked {
    pub id: GroupId,
    pub name: String,
}

/// What the learner decided: the questions that join a group, which is new or known.
#[derive(Clone, Debug, PartialEq)]
pub struct Placement {
    /// None makes a new one.
    pub group: Option<GroupId>,
    pub name: String,
    pub centre: Vec<u8>,
    /// Row, and the vector to be kept with it.
    pub questions: Vec<(i64, Vec<u8>)>,
    /// Groups that became part of this one.
    pub merged: Vec<GroupId>,
}

impl Store {
    /// Questions that belong to no group yet, oldest first: row and text.
    pub async fn ungrouped_questions(
        &self,
        workspace: WorkspaceId,
        limit: i64,
    ) -> Result<Vec<(i64, String)>> {
        Ok(on!(&self.pool, |db| {
            sqlx::query_as(
            "select id, text from missed_questions where workspace_id = $1 and group_id is null and text <> ''
             order by id limit $2"
        )
        .bind(workspace.0)
        .bind(limit)
        .fetch_all(db)
        .await
        })?)
    }

    /// Groups that a question may join, oldest first: the open and ignored ones that were last
    /// asked for.
    pub async fn standing_groups(&self, workspace: WorkspaceId, limit: i64) -> Result<Vec<Standing>> {
        let rows = on!(&self.pool, |db| {
            sqlx::query_as::<_, Row<Standing>>(
            "select id, state, centre, count from (
                 select id, state, centre, count, last_at from question_groups
                 where workspace_id = $1 and state in ('open', 'ignored') order by last_at desc, id desc limit $2
             ) as newest order by id"
        )
        .bind(workspace.0)
        .bind(limit)
        .fetch_all(db)
        .await
        })?;
        Ok(rows.into_iter().map(|Row(group)| group).collect())
    }

    /// Vectors and texts of a group's newest questions.
    pub async fn vectors_of_group(&self, group: GroupId, limit: i64) -> Result<Vec<(String, Vec<u8>)>> {
        Ok(on!(&self.pool, |db| sqlx::query_as(
            "select text, vector from missed_questions where group_id = $1 and vector is not null
             order by asked_at desc, id desc limit $2"
        )
        .bind(group.0)
        .bind(limit)
        .fetch_all(db)
        .await)?)
    }

    /// Carries placements out, all or none. A question that was placed meanwhile stays there.
    pub async fn place_questions(
        &self,
        workspace: WorkspaceId,
        placements: &[Placement],
        now: Millis,
    ) -> Result<()> {
        let mut tx = self.pool.begin().await?;
        for placement in placements {
            let id = match placement.group {
                Some(id) => id,
                None => self.insert_group(&mut tx, workspace, placement, now).await?,
            };
            for (row, vector) in &placement.questions {
                on_tx!(&mut tx, |db| sqlx::query(
                    "update missed_questions set group_id = $3, vector = $4
                     where workspace_id = $1 and id = $2 and group_id is null"
                )
                .bind(workspace.0)
                .bind(row)
                .bind(id.0)
                .bind(vector)
                .execute(db)
                .await
                .map(|_| ()))?;
            }
            for merged in &placement.merged {
                absorb(&mut tx, workspace, *merged, id).await?;
            }
            recount(&mut tx, workspace, id, placement).await?;
        }
        tx.commit().await
    }

    async fn insert_group(
        &self,
        tx: &mut Tx,
        workspace: WorkspaceId,
        placement: &Placement,
        now: Millis,
    ) -> Result<GroupId> {
        let id = GroupId(self.ids.next(now));
        on_tx!(tx, |db| {
            sqlx::query(
            "insert into question_groups (id, workspace_id, name, state, count, worth, probability, checked_at,
                 checked_revision, centre, first_at, last_at, changed_at)
             values ($1, $2, $3, 'open', 0, 0, 0, 0, 0, $4, $5, $5, $5)"
        )
        .bind(id.0)
        .bind(workspace.0)
        .bind(&placement.name)
        .bind(&placement.centre)
        .bind(now)
        .execute(db)
        .await
        .map(|_| ())
        })?;
        Ok(id)
    }

    /// Open groups that were last looked at before `before`, or in an older state of the base,
    /// the longest ago first.
    pub async fn unchecked_groups(
        &self,
        workspace: WorkspaceId,
        before: Millis,
        revision: i64,
        limit: i64,
    ) -> Result<Vec<Unchecked>> {
        let rows: Vec<(i64, String)> = on!(&self.pool, |db| sqlx::query_as(
            "select id, name from question_groups
             where workspace_id = $1 and state = 'open' and (checked_at < $2 or checked_revision < $3)
             order by checked_at, id limit $4"
        )
        .bind(workspace.0)
        .bind(before)
        .bind(revision)
        .bind(limit)
        .fetch_all(db)
        .await)?;
        Ok(rows.into_iter().map(|(id, name)| Unchecked { id: GroupId(id), name }).collect())
    }

    /// The nearest entry of a group, how surely it answers, and from that what an answer is worth:
    /// the questions since `since`, by how unsure the base is.
    #[expect(clippy::too_many_arguments, reason = "the columns of one row")]
    pub async fn check_group(
        &self,
        workspace: WorkspaceId,
        group: GroupId,
        nearest: Option<EntryId>,
        probability: f64,
        revision: i64,
        since: Millis,
        now: Millis,
    ) -> Result<()> {
        on_write!(&self.pool, |db| {
            sqlx::query(
            "update question_groups set nearest_id = $3, probability = $4, checked_revision = $5, checked_at = $7,
                 worth = (1.0 - $4) * (select count(*) from missed_questions
                     where group_id = $2 and asked_at >= $6)
             where workspace_id = $1 and id = $2"
        )
        .bind(workspace.0)
        .bind(group.0)
        .bind(nearest.map(|id| id.0))
        .bind(probability)
        .bind(revision)
        .bind(since)
        .bind(now)
        .execute(db)
        .await
        .map(|_| ())
        })?;
        Ok(())
    }

    /// What is worth most first.
    pub async fn list_groups(
        &self,
        workspace: WorkspaceId,
        state: GroupState,
        after: Option<GroupCursor>,
        limit: i64,
    ) -> Result<Vec<QuestionGroup>> {
        let sql = format!(
            "select {COLUMNS} {FROM}
             where g.workspace_id = $1 and g.state = $2 and g.count > 0
               and ($3 is null or g.worth < $3 or g.worth = $3 and g.id < $4)
             order by g.worth desc, g.id desc limit $5"
        );
        let rows = on!(&self.pool, |db| sqlx::query_as::<_, Row<QuestionGroup>>(AssertSqlSafe(sql))
            .bind(workspace.0)
            .bind(state.code())
            .bind(after.map(|cursor| cursor.worth))
            .bind(after.map(|cursor| cursor.id.0))
            .bind(limit)
            .fetch_all(db)
            .await)?;
        Ok(rows.into_iter().map(|Row(group)| group).collect())
    }

    pub async fn find_group(&self, workspace: WorkspaceId, id: GroupId) -> Result<Option<QuestionGroup>> {
        let sql = format!("select {COLUMNS} {FROM} where g.workspace_id = $1 and g.id = $2");
        let row = on!(&self.pool, |db| sqlx::query_as::<_, Row<QuestionGroup>>(AssertSqlSafe(sql))
            .bind(workspace.0)
            .bind(id.0)
            .fetch_optional(db)
            .await)?;
        Ok(row.map(|Row(group)| group))
    }

    /// How many groups there are in each state.
    pub async fn count_groups(&self, workspace: WorkspaceId) -> Result<Vec<(GroupState, i64)>> {
        let rows: Vec<(String, i64)> = on!(&self.pool, |db| {
            sqlx::query_as(
            "select state, count(*) from question_groups where workspace_id = $1 and count > 0 group by state"
        )
        .bind(workspace.0)
        .fetch_all(db)
        .await
        })?;
        Ok(rows
            .into_iter()
            .filter_map(|(state, count)| Some((GroupState::from_code(&state)?, count)))
            .collect())
    }

    /// Questions of these groups by week from `start` on: group, week, count.
    pub async fn weeks_of_groups(
        &self,
        groups: &[GroupId],
        start: Millis,
    ) -> Result<Vec<(GroupId, i64, i64)>> {
        if groups.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<(i64, i64, i64)> = on!(&self.pool, |db| {
            let mut query = QueryBuilder::new("select group_id, (asked_at - ");
            query
                .push_bind(start)
                .push(") / 604800000 as week, count(*) from missed_questions where group_id in (");
            let mut list = query.separated(", ");
            for group in groups {
                list.push_bind(group.0);
            }
            query.push(") and asked_at >= ").push_bind(start).push(" group by 1, 2 order by 1, 2");
            query.build_query_as().fetch_all(db).await
        })?;
        Ok(rows.into_iter().map(|(group, week, count)| (GroupId(group), week, count)).collect())
    }

    /// A group's newest questions.
    pub async fn questions_of_group(
        &self,
        workspace: WorkspaceId,
        group: GroupId,
        limit: i64,
    ) -> Result<Vec<MissedQuestion>> {
        let rows = on!(&self.pool, |db| sqlx::query_as::<_, Row<MissedQuestion>>(
            "select conversation_id, seq, text, reason, answer, asked_at from missed_questions
             where workspace_id = $1 and group_id = $2 order by asked_at desc, id desc limit $3"
        )
        .bind(workspace.0)
        .bind(group.0)
        .bind(limit)
        .fetch_all(db)
        .await)?;
        Ok(rows.into_iter().map(|Row(question)| question).collect())
    }

    /// Questions of open groups that came nearest to an entry, newest first.
    pub async fn questions_near_entry(
        &self,
        workspace: WorkspaceId,
        entry: EntryId,
        limit: i64,
    ) -> Result<Vec<String>> {
        Ok(on!(&self.pool, |db| {
            sqlx::query_scalar(
            "select q.text from question_groups g join missed_questions q on q.group_id = g.id
             where g.workspace_id = $1 and g.nearest_id = $2 and g.state = 'open' order by q.id desc limit $3"
        )
        .bind(workspace.0)
        .bind(entry.0)
        .bind(limit)
        .fetch_all(db)
        .await
        })?)
    }

    /// Which of these conversations are in the scope.
    pub async fn conversations_in_scope(
        &self,
        scope: &Scope,
        ids: &[ConversationId],
    ) -> Result<Vec<ConversationId>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<i64> = on!(&self.pool, |db| {
            let mut query = QueryBuilder::new("select id from conversations where ");
            crate::scope::push(&mut query, scope, "");
            query.push(" and id in (");
            let mut list = query.separated(", ");
            for id in ids {
                list.push_bind(id.0);
            }
            query.push(")");
            query.build_query_scalar().fetch_all(db).await
        })?;
        Ok(rows.into_iter().map(ConversationId).collect())
    }

    /// What editors do with a group. False when it is not in one of the states `from`.
    pub async fn set_group_state(
        &self,
        workspace: WorkspaceId,
        id: GroupId,
        (from, to): (&[GroupState], GroupState),
        entry: Option<EntryId>,
        by: AgentId,
        now: Millis,
    ) -> Result<bool> {
        let is_from = |state: GroupState| if from.contains(&state) { state.code() } else { "" };
        let done = on_write!(&self.pool, |db| sqlx::query(
            "update question_groups set state = $3, entry_id = $4, changed_by = $5, changed_at = $6
             where workspace_id = $1 and id = $2 and state in ($7, $8, $9)"
        )
        .bind(workspace.0)
        .bind(id.0)
        .bind(to.code())
        .bind(entry.map(|id| id.0))
        .bind(by.0)
        .bind(now)
        .bind(is_from(GroupState::Open))
        .bind(is_from(GroupState::Ignored))
        .bind(is_from(GroupState::Taken))
        .execute(db)
        .await
        .map(|done| done.rows_affected()))?;
        Ok(done > 0)
    }
}

async fn absorb(tx: &mut Tx, workspace: WorkspaceId, from: GroupId, into: GroupId) -> Result<()> {
    on_tx!(tx, |db| sqlx::query(
        "update missed_questions set group_id = $3 where workspace_id = $1 and group_id = $2"
    )
    .bind(workspace.0)
    .bind(from.0)
    .bind(into.0)
    .execute(db)
    .await
    .map(|_| ()))?;
    on_tx!(tx, |db| sqlx::query("delete from question_groups where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(from.0)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Counts are what the rows say, never added up.
async fn recount(tx: &mut Tx, workspace: WorkspaceId, id: GroupId, placement: &Placement) -> Result<()> {
    on_tx!(tx, |db| sqlx::query(
        "update question_groups set name = $3, centre = $4, checked_at = 0,
             count = (select count(*) from missed_questions where group_id = $2),
             first_at = coalesce((select min(asked_at) from missed_questions where group_id = $2), first_at),
             last_at = coalesce((select max(asked_at) from missed_questions where group_id = $2), last_at)
         where workspace_id = $1 and id = $2"
    )
    .bind(workspace.0)
    .bind(id.0)
    .bind(&placement.name)
    .bind(&placement.centre)
    .execute(db)
    .await
    .map(|_| ()))?;
    Ok(())
}
