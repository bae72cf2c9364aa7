//! Ratings (满意度), which the [`crate::Writer`] keeps together with the notice of them. Invariant: a
//! visitor can change a rating once; sending the same one again changes nothing, so that a resend
//! after a lost answer costs nothing.

use crate::{
    Error, Result, Store,
    pool::on,
    row::{Row, json, read},
};
use model::{ConversationId, Millis, Rating, WorkspaceId};

const COLUMNS: &str = "conversation_id, stars, tags, solved, text, created_at, changed_at";

/// One statement decides between first, change and neither, so that two at once cannot both be the
/// change.
pub(crate) const SAVE: &str =
    "insert into ratings (workspace_id, conversation_id, stars, tags, solved, text, created_at)
     select workspace_id, id, $3, $4, $5, $6, $7 from conversations where workspace_id = $1 and id = $2
     on conflict (conversation_id) do update set stars = excluded.stars, tags = excluded.tags,
         solved = excluded.solved, text = excluded.text, changed_at = excluded.created_at
     where ratings.changed_at is null
         and (ratings.stars <> excluded.stars or ratings.tags <> excluded.tags
             or ratings.solved is distinct from excluded.solved
             or ratings.text <> excluded.text)";

/// Whether what is kept says the same.
pub(crate) const SAME: &str =
    "select stars = $3 and tags = $4 and solved is not distinct from $5 and text = $6
     from ratings where workspace_id = $1 and conversation_id = $2";

/// What is written.
pub(crate) struct Columns<'a> {
    pub workspace: i64,
    pub conversation: i64,
    pub stars: i64,
    pub tags: String,
    pub solved: Option<bool>,
    pub text: &'a str,
    pub at: Millis,
}

impl<'a> Columns<'a> {
    pub fn of(workspace: WorkspaceId, rating: &'a Rating, at: Millis) -> Result<Self> {
        Ok(Self {
            workspace: workspace.0,
            conversation: rating.conversation_id.0,
            stars: i64::from(rating.stars),
            tags: serde_json::to_string(&rating.tags).map_err(|_| Error::Corrupt("tags"))?,
            solved: rating.solved,
            text: &rating.text,
            at,
        })
    }
}

/// What it means that [`SAVE`] changed nothing, by the answer to [`SAME`]: false for a resend.
pub(crate) fn judge(same: Option<bool>) -> Result<bool> {
    match same {
        None => Err(Error::NotFound),
        Some(true) => Ok(false),
        Some(false) => Err(Error::AlreadyRated),
    }
}

read!(Rating, |row| Rating {
    conversation_id: ConversationId(row.try_get("conversation_id")?),
    stars: row.try_get::<i64, _>("stars")? as i16,
    tags: json("tags", row.try_get("tags")?)?,
    solved: row.try_get("solved")?,
    text: row.try_get("text")?,
    created_at: row.try_get("created_at")?,
    changed_at: row.try_get("changed_at")?,
});

impl Store {
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
