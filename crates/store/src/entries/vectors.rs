//! Vectors of the texts of entries, by a hash of the text: what the encoder need not make again.

use crate::{
    Result, Store,
    pool::{on, on_write},
    writer::push_list,
};
use model::WorkspaceId;
use sqlx::QueryBuilder;

/// So many rows are read or written at a time.
const CHUNK: usize = 2_000;
/// Each has four values; `SQLite` takes 32,766 in a statement.
const WRITTEN: usize = 500;

/// What a text is known by, and its vector.
pub type EntryVector = (i64, Vec<u8>);

impl Store {
    /// Of one encoder: those after `after`, a part of them. The last part is empty.
    pub async fn entry_vectors(
        &self,
        workspace: WorkspaceId,
        encoder: i64,
        after: Option<i64>,
    ) -> Result<Vec<EntryVector>> {
        Ok(on!(&self.pool, |db| sqlx::query_as(
            "select text, vector from entry_vectors
             where workspace_id = $1 and encoder = $2 and ($3 is null or text > $3) order by text limit $4"
        )
        .bind(workspace.0)
        .bind(encoder)
        .bind(after)
        .bind(CHUNK as i64)
        .fetch_all(db)
        .await)?)
    }

    /// What is there already stays.
    pub async fn keep_entry_vectors(
        &self,
        workspace: WorkspaceId,
        encoder: i64,
        vectors: &[EntryVector],
    ) -> Result<()> {
        for chunk in vectors.chunks(WRITTEN) {
            on_write!(&self.pool, |db| {
                let mut query =
                    QueryBuilder::new("insert into entry_vectors (workspace_id, encoder, text, vector) ");
                query.push_values(chunk, |mut row, (text, vector)| {
                    row.push_bind(workspace.0).push_bind(encoder).push_bind(*text).push_bind(vector);
                });
                query.push(" on conflict do nothing").build().execute(db).await.map(|_| ())
            })?;
        }
        Ok(())
    }

    /// Drops vectors of these texts, and all of other encoders.
    pub async fn forget_entry_vectors(
        &self,
        workspace: WorkspaceId,
        encoder: i64,
        texts: &[i64],
    ) -> Result<()> {
        on_write!(&self.pool, |db| sqlx::query(
            "delete from entry_vectors where workspace_id = $1 and encoder <> $2"
        )
        .bind(workspace.0)
        .bind(encoder)
        .execute(db)
        .await
        .map(|_| ()))?;
        for chunk in texts.chunks(CHUNK) {
            on_write!(&self.pool, |db| {
                let mut query = QueryBuilder::new("delete from entry_vectors where workspace_id = ");
                query.push_bind(workspace.0).push(" and encoder = ").push_bind(encoder);
                query.push(" and text in (");
                push_list(&mut query, chunk);
                query.push(")").build().execute(db).await.map(|_| ())
            })?;
        }
        Ok(())
    }
}
