//! Many entries at once. An import goes in steps of a few hundred rows, so that messages are
//! stored in between; importing the same file again finds what is done already.

use super::{
    CONTENT, Change, NEWEST, NewEntry, STATE,
    write::{Owner, save_in, set_status_in},
};
use crate::{
    Result, Store, Tx,
    pool::{on, on_tx},
    row::Row,
};
use model::{AgentId, Entry, EntryContent, EntryId, EntrySource, EntryStatus, Millis, WorkspaceId};
use sqlx::AssertSqlSafe;

/// What an imported row becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The entry that gets a new version, and the version that is known; none is a new entry.
    pub known: Option<(EntryId, i64)>,
    pub content: EntryContent,
    /// The web page that it was read from.
    pub source: Option<EntrySource>,
}

/// Rows of one transaction.
const STEP: usize = 200;
/// Rows of one page when all are read.
const PAGE: i64 = 1_000;

impl Store {
    /// All entries with their newest version but the archived, by id.
    pub async fn all_entries(&self, workspace: WorkspaceId) -> Result<Vec<Entry>> {
        let mut all: Vec<Entry> = Vec::new();
        loop {
            let after = all.last().map_or(0, |entry| entry.id.0);
            let sql = format!(
                "select {STATE}, {CONTENT} {NEWEST} where e.workspace_id = $1 and e.id > $2
                     and e.status <> 'archived' order by e.id limit $3"
            );
            let rows = on!(&self.pool, |db| sqlx::query_as::<_, Row<Entry>>(AssertSqlSafe(sql))
                .bind(workspace.0)
                .bind(after)
                .bind(PAGE)
                .fetch_all(db)
                .await)?;
            let is_last = rows.len() < PAGE as usize;
            all.extend(rows.into_iter().map(|Row(entry)| entry));
            if is_last {
                return Ok(all);
            }
        }
    }

    /// Each step all or none. An entry that somebody changed meanwhile ends it with
    /// [`crate::Error::EntryChanged`].
    pub async fn import_entries(
        &self,
        workspace: WorkspaceId,
        rows: Vec<Import>,
        publish: bool,
        by: AgentId,
        now: Millis,
    ) -> Result<()> {
        for step in rows.chunks(STEP) {
            let mut tx = self.pool.begin().await?;
            let new: Vec<&Import> = step.iter().filter(|row| row.known.is_none()).collect();
            let entries: Vec<NewEntry> =
                new.iter().map(|row| NewEntry { content: row.content.clone(), owner: Some(by) }).collect();
            let ids = self.insert_in(&mut tx, workspace, &entries, publish, Some(by), now).await?;
            for (id, row) in ids.into_iter().zip(new) {
                set_source_in(&mut tx, id, row.source.as_ref()).await?;
            }
            for row in step {
                if let Some((id, version)) = row.known {
                    let change = Change { workspace, id, version, by: Some(by), at: now };
                    save_in(&mut tx, change, &row.content, Owner::Stays).await?;
                    set_source_in(&mut tx, id, row.source.as_ref()).await?;
                    if publish {
                        let saved = Change { version: version + 1, ..change };
                        set_status_in(&mut tx, saved, &[EntryStatus::Draft], EntryStatus::Published).await?;
                    }
                }
            }
            tx.commit().await?;
        }
        Ok(())
    }
}

/// What comes from no page leaves an entry's source as it is.
async fn set_source_in(tx: &mut Tx, id: EntryId, source: Option<&EntrySource>) -> Result<()> {
    let Some(source) = source else { return Ok(()) };
    on_tx!(tx, |db| sqlx::query("update entries set source_id = $2, source_page = $3 where id = $1")
        .bind(id.0)
        .bind(source.source_id.0)
        .bind(&source.page)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}
