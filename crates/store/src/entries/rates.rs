//! How entries fare as the bot's answers, by what visitors and agents thought of them.

use crate::{
    Result, Store,
    pool::on,
    row::{Row, read},
};
use model::{EntryId, Millis, WorkspaceId};
use sqlx::QueryBuilder;

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
}

read!(EntryRates, |row| EntryRates {
    id: EntryId(row.try_get("entry_id")?),
    answered: row.try_get("answered")?,
    helpful: row.try_get("helpful")?,
    unhelpful: row.try_get("unhelpful")?,
    right: row.try_get("is_right")?,
    wrong: row.try_get("is_wrong")?,
});

impl Store {
    /// Since a moment; entries that answered nothing are left out.
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
                "select entry_id, count(*) as answered, count(*) filter (where helpful) as helpful,
                     count(*) filter (where not helpful) as unhelpful, count(*) filter (where verdict) as is_right,
                     count(*) filter (where not verdict) as is_wrong
                 from bot_turns where workspace_id = ",
            );
            query.push_bind(workspace.0).push(" and created_at >= ").push_bind(since);
            query.push(" and entry_id in (");
            let mut list = query.separated(", ");
            for id in ids {
                list.push_bind(id.0);
            }
            query.push(") group by entry_id order by entry_id");
            query.build_query_as::<Row<EntryRates>>().fetch_all(db).await
        })?;
        Ok(rows.into_iter().map(|Row(rates)| rates).collect())
    }
}
