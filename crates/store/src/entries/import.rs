//! Many entries at once. An import goes in steps of a few hundred rows, so that messages are
//! stored in between; importing the same file again finds what is done already.

use super::{
    CONTENT, Change, NEWEST, NewEntry, STATE,
    write::{Owner, save_in, set_status_in},
};
use crate::{Result, Store, pool::on, row::Row};
use model::{AgentId, Entry, EntryContent, EntryId, EntryStatus, Millis, WorkspaceId};
use sqlx::AssertSqlSafe;

/// What an imported row becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Import {
    New(EntryContent),
    /// A new version of an entry.
    Changed {
        id: EntryId,
        version: i64,
        content: EntryContent,
    },
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
            let new: Vec<NewEntry> = step
                .iter()
                .filter_map(|row| match row {
                    Import::New(content) => Some(NewEntry { content: content.clone(), owner: Some(by) }),
                    Import::Changed { .. } => None,
                })
                .collect();
            self.insert_in(&mut tx, workspace, &new, publish, Some(by), now).await?;
            for row in step {
                if let Import::Changed { id, version, content } = row {
                    let change = Change { workspace, id: *id, version: *version, by: Some(by), at: now };
                    save_in(&mut tx, change, content, Owner::Stays).await?;
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
