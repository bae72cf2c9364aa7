//! How entries fare as the bot's answers: what visitors and agents thought of them, and whether they were
//! chosen where they were offered.

use crate::{
    Result, Store,
    pool::on,
    row::{Row, read},
};
use model::{EntryId, Millis, WorkspaceId};
use sqlx::{Database, Encode, QueryBuilder, Type};

/// Counts of the bot's answers with one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryRates {
    pub id: EntryId,
    pub answered: i64,
    /// By visitors.
    pub helpful: i64,
    pub unhelpful: i64,
    /// By agents.
    pub right: i64,
    pub wrong: i64,
    /// Among the choices when it asked back.
    pub offered: i64,
    /// And the bot's next message answered with it.
    pub chosen: i64,
}

read!(EntryRates, |row| EntryRates {
    id: EntryId(row.try_get("entry_id")?),
    answered: row.try_get("answered")?,
    helpful: row.try_get("helpful")?,
    unhelpful: row.try_get("unhelpful")?,
    right: row.try_get("is_right")?,
    wrong: row.try_get("is_wrong")?,
    offered: row.try_get("offered")?,
    chosen: row.try_get("chosen")?,
});

impl Store {
    /// Since a moment; entries that answered nothing and were not offered are left out.
    pub async fn entry_rates(
        &self,
        workspace: WorkspaceId,
        ids: &[EntryId],
        since: Millis,
    ) -> Result<Vec<EntryRates>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows = on!(&self.pool, |db| {
            let mut query = QueryBuilder::new(
                "select entry_id, sum(answered) as answered, sum(helpful) as helpful, sum(unhelpful) as unhelpful,
                     sum(is_right) as is_right, sum(is_wrong) as is_wrong, sum(offered) as offered,
                     sum(chosen) as chosen
                 from (select entry_id, 1 as answered, case when helpful then 1 else 0 end as helpful,
                     case when not helpful then 1 else 0 end as unhelpful,
                     case when verdict then 1 else 0 end as is_right,
                     case when not verdict then 1 else 0 end as is_wrong, 0 as offered, 0 as chosen
                 from bot_turns t where ",
            );
            push_of(&mut query, workspace, ids, since);
            query.push(
                " union all select entry_id, 0, 0, 0, 0, 0, 1,
                     case when (select case when next.outcome = 'answered' then next.entry_id end from bot_turns next
                         where next.conversation_id = t.conversation_id and next.seq > t.seq
                         order by next.seq limit 1) = t.entry_id then 1 else 0 end
                 from offered_entries t where ",
            );
            push_of(&mut query, workspace, ids, since);
            query.push(") as counted group by entry_id order by entry_id");
            query.build_query_as::<Row<EntryRates>>().fetch_all(db).await
        })?;
        Ok(rows.into_iter().map(|Row(rates)| rates).collect())
    }
}

/// The rows `t` of these entries since then.
fn push_of<DB: Database>(query: &mut QueryBuilder<DB>, workspace: WorkspaceId, ids: &[EntryId], since: Millis)
where
    i64: Encode<'static, DB> + Type<DB>,
{
    query.push("t.workspace_id = ").push_bind(workspace.0).push(" and t.created_at >= ").push_bind(since);
    query.push(" and t.entry_id in (");
    let mut list = query.separated(", ");
    for id in ids {
        list.push_bind(id.0);
    }
    query.push(")");
}
