//! Ratings (满意度). Invariant: a visitor can change a rating once; sending the same one
//! again changes nothing, so that a resend after a lost answer costs nothing.

use crate::{
    Error, Result, Store, Tx,
    pool::{on, on_tx},
    row::{Row, json, read},
};
use model::{ConversationId, Millis, Rating, WorkspaceId};

const COLUMNS: &str = "conversation_id, stars, tags, solved, text, created_at, changed_at";

read!(Rating, |row| Rating {
    conversation_id: ConversationId(row.try_get("conversation_id")?),
    stars: row.try_get::<i64, _>("stars")? as i16,
    tags: json("tags", row.try_get("tags")?)?,
    solved: row.try_get("solved")?,
    text: row.try_get("text")?,
    created_at: row.try_get("created_at")?,
    changed_at: row.try_get("changed_at")?,
});

fn says_the_same(one: &Rating, other: &Rating) -> bool {
    one.stars == other.stars && one.tags == other.tags && one.solved == other.solved && one.text == other.text
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedRating {
    pub rating: Rating,
    /// False for a resend of what was stored.
    pub changed: bool,
}

impl Store {
    /// [`Error::AlreadyRated`] when it was changed once already, [`Error::NotFound`] when
    /// the conversation is not of this workspace. The times in `rating` are set here.
    pub async fn save_rating(
        &self,
        workspace: WorkspaceId,
        rating: &Rating,
        now: Millis,
    ) -> Result<SavedRating> {
        let mut tx = self.pool.begin().await?;
        let saved = save(&mut tx, workspace, rating, now).await?;
        tx.commit().await?;
        Ok(saved)
    }

    pub async fn find_rating(
        &self,
        workspace: WorkspaceId,
        conversation: ConversationId,
    ) -> Result<Option<Rating>> {
        let sql = format!("select {COLUMNS} from ratings where workspace_id = $1 and conversation_id = $2");
        let row = on!(&self.pool, |db| sqlx::query_as::<_, Row<Rating>>(sqlx::AssertSqlSafe(sql))
            .bind(workspace.0)
            .bind(conversation.0)
            .fetch_optional(db)
            .await)?;
        Ok(row.map(|Row(rating)| rating))
    }
}

/// One statement decides between first, change and refusal, so that two at once cannot both
/// be the change.
pub(crate) async fn save(
    tx: &mut Tx,
    workspace: WorkspaceId,
    new: &Rating,
    now: Millis,
) -> Result<SavedRating> {
    let conversation = new.conversation_id;
    let tags = serde_json::to_string(&new.tags).map_err(|_| Error::Corrupt("tags"))?;
    let sql = format!(
        "insert into ratings (workspace_id, conversation_id, stars, tags, solved, text, created_at)
         select workspace_id, id, $3, $4, $5, $6, $7 from conversations
         where workspace_id = $1 and id = $2
         on conflict (conversation_id) do update set stars = excluded.stars, tags = excluded.tags,
             solved = excluded.solved, text = excluded.text, changed_at = excluded.created_at
         where ratings.changed_at is null
             and (ratings.stars <> excluded.stars or ratings.tags <> excluded.tags
                 or ratings.solved is distinct from excluded.solved
                 or ratings.text <> excluded.text)
         returning {COLUMNS}"
    );
    let row = on_tx!(tx, |db| sqlx::query_as::<_, Row<Rating>>(sqlx::AssertSqlSafe(sql))
        .bind(workspace.0)
        .bind(conversation.0)
        .bind(i64::from(new.stars))
        .bind(tags)
        .bind(new.solved)
        .bind(&new.text)
        .bind(now)
        .fetch_optional(db)
        .await)?;
    if let Some(Row(rating)) = row {
        return Ok(SavedRating { rating, changed: true });
    }
    let sql = format!("select {COLUMNS} from ratings where workspace_id = $1 and conversation_id = $2");
    let row = on_tx!(tx, |db| sqlx::query_as::<_, Row<Rating>>(sqlx::AssertSqlSafe(sql))
        .bind(workspace.0)
        .bind(conversation.0)
        .fetch_optional(db)
        .await)?;
    match row {
        None => Err(Error::NotFound),
        Some(Row(rating)) if says_the_same(new, &rating) => Ok(SavedRating { rating, changed: false }),
        Some(_) => Err(Error::AlreadyRated),
    }
}
