//! Conversations: reading them. They are written by the [`crate::Writer`] only.

mod lists;

use crate::{
    Result, Store, Tx,
    pool::{on, on_tx},
    row::{Row, parsed, read},
};
use model::{
    AgentId, ChannelId, ContactId, Conversation, ConversationId, Help, HelpKind, Mood, MoodKind, Side,
    Status, TeamId, WorkspaceId,
};

pub use lists::{Counts, Listing, Order, Position};

pub(crate) const COLUMNS: &str = "id, workspace_id, channel_id, contact_id, contact_name, team_id, assignee_id, status, \
    last_seq, visitor_delivered, visitor_read, staff_delivered, staff_read, visitor_unread, staff_unread, preview, \
    preview_side, stars, waiting_since, created_at, queued_at, assigned_at, resolved_at, active_at, version, mood, \
    mood_strength, mood_seq, told, help_kind, help_seq";

/// How a row with all columns replaces the one that is there.
pub(crate) const UPSERT: &str = "on conflict (id) do update set team_id = excluded.team_id, \
    assignee_id = excluded.assignee_id, status = excluded.status, last_seq = excluded.last_seq, \
    visitor_delivered = excluded.visitor_delivered, visitor_read = excluded.visitor_read, \
    staff_delivered = excluded.staff_delivered, staff_read = excluded.staff_read, \
    visitor_unread = excluded.visitor_unread, staff_unread = excluded.staff_unread, preview = excluded.preview, \
    preview_side = excluded.preview_side, stars = excluded.stars, waiting_since = excluded.waiting_since, \
    queued_at = excluded.queued_at, assigned_at = excluded.assigned_at, resolved_at = excluded.resolved_at, \
    active_at = excluded.active_at, version = excluded.version, mood = excluded.mood, \
    mood_strength = excluded.mood_strength, mood_seq = excluded.mood_seq, told = excluded.told, \
    help_kind = excluded.help_kind, help_seq = excluded.help_seq";

pub(crate) const fn side_code(side: Side) -> &'static str {
    match side {
        Side::Visitor => "visitor",
        Side::Staff => "staff",
    }
}

pub(crate) fn side(code: &str) -> Option<Side> {
    [Side::Visitor, Side::Staff].into_iter().find(|side| side_code(*side) == code)
}

/// Of its three columns; none when they make no sense.
pub(crate) fn mood(kind: &str, strength: Option<i64>, seq: Option<i64>) -> Option<Mood> {
    Some(Mood { kind: MoodKind::from_code(kind)?, strength: u8::try_from(strength?).ok()?, seq: seq? })
}

/// Of its two columns; none when they make no sense.
pub(crate) fn help(kind: &str, seq: Option<i64>) -> Option<Help> {
    Some(Help { kind: HelpKind::from_code(kind)?, seq: seq? })
}

read!(Conversation, |row| Conversation {
    id: ConversationId(row.try_get("id")?),
    workspace_id: WorkspaceId(row.try_get("workspace_id")?),
    channel_id: ChannelId(row.try_get("channel_id")?),
    contact_id: ContactId(row.try_get("contact_id")?),
    contact_name: row.try_get("contact_name")?,
    team_id: row.try_get::<Option<i64>, _>("team_id")?.map(TeamId),
    assignee_id: row.try_get::<Option<i64>, _>("assignee_id")?.map(AgentId),
    status: parsed("status", Status::from_code(row.try_get("status")?))?,
    last_seq: row.try_get("last_seq")?,
    visitor_delivered: row.try_get("visitor_delivered")?,
    visitor_read: row.try_get("visitor_read")?,
    staff_delivered: row.try_get("staff_delivered")?,
    staff_read: row.try_get("staff_read")?,
    visitor_unread: row.try_get("visitor_unread")?,
    staff_unread: row.try_get("staff_unread")?,
    preview: row.try_get("preview")?,
    preview_side: row
        .try_get::<Option<String>, _>("preview_side")?
        .map(|code| parsed("preview_side", side(&code)))
        .transpose()?,
    stars: row.try_get::<Option<i64>, _>("stars")?.map(|stars| stars as i16),
    waiting_since: row.try_get("waiting_since")?,
    created_at: row.try_get("created_at")?,
    queued_at: row.try_get("queued_at")?,
    assigned_at: row.try_get("assigned_at")?,
    resolved_at: row.try_get("resolved_at")?,
    active_at: row.try_get("active_at")?,
    version: row.try_get("version")?,
    mood: match row.try_get::<Option<String>, _>("mood")? {
        Some(kind) => {
            let (strength, seq) = (row.try_get("mood_strength")?, row.try_get("mood_seq")?);
            Some(parsed("mood", mood(&kind, strength, seq))?)
        }
        None => None,
    },
    told: row.try_get::<i64, _>("told")? as u8,
    help: match row.try_get::<Option<String>, _>("help_kind")? {
        Some(kind) => Some(parsed("help_kind", help(&kind, row.try_get("help_seq")?))?),
        None => None,
    },
});

impl Store {
    pub async fn find_conversation(
        &self,
        workspace: WorkspaceId,
        id: ConversationId,
    ) -> Result<Option<Conversation>> {
        let sql = format!("select {COLUMNS} from conversations where workspace_id = $1 and id = $2");
        let row = on!(&self.pool, |db| sqlx::query_as::<_, Row<Conversation>>(sqlx::AssertSqlSafe(sql))
            .bind(workspace.0)
            .bind(id.0)
            .fetch_optional(db)
            .await)?;
        Ok(row.map(|Row(conversation)| conversation))
    }

    /// The conversation of a contact on a channel that is queued or open.
    pub async fn find_active_conversation(
        &self,
        workspace: WorkspaceId,
        channel: ChannelId,
        contact: ContactId,
    ) -> Result<Option<Conversation>> {
        let sql = format!(
            "select {COLUMNS} from conversations
             where workspace_id = $1 and channel_id = $2 and contact_id = $3 and status <> 'resolved'"
        );
        let row = on!(&self.pool, |db| sqlx::query_as::<_, Row<Conversation>>(sqlx::AssertSqlSafe(sql))
            .bind(workspace.0)
            .bind(channel.0)
            .bind(contact.0)
            .fetch_optional(db)
            .await)?;
        Ok(row.map(|Row(conversation)| conversation))
    }

    /// Conversations of one contact, newest first.
    pub async fn list_conversations_of(
        &self,
        workspace: WorkspaceId,
        contact: ContactId,
        limit: i64,
    ) -> Result<Vec<Conversation>> {
        let sql = format!(
            "select {COLUMNS} from conversations where workspace_id = $1 and contact_id = $2 order by id desc limit $3"
        );
        let rows = on!(&self.pool, |db| sqlx::query_as::<_, Row<Conversation>>(sqlx::AssertSqlSafe(sql))
            .bind(workspace.0)
            .bind(contact.0)
            .bind(limit)
            .fetch_all(db)
            .await)?;
        Ok(rows.into_iter().map(|Row(conversation)| conversation).collect())
    }

    /// Open conversations of each agent who has any: the load that routing weighs.
    pub async fn count_open_by_agent(&self, workspace: WorkspaceId) -> Result<Vec<(AgentId, i64)>> {
        let rows: Vec<(i64, i64)> = on!(&self.pool, |db| sqlx::query_as(
            "select assignee_id, count(*) from conversations
             where workspace_id = $1 and status = 'open' and assignee_id is not null group by assignee_id"
        )
        .bind(workspace.0)
        .fetch_all(db)
        .await)?;
        Ok(rows.into_iter().map(|(agent, count)| (AgentId(agent), count)).collect())
    }

    /// Messages of active conversations that no screen of the other side has received: those
    /// for visitors, those for staff (what the bot has waits for nobody).
    pub async fn count_undelivered(&self) -> Result<(i64, i64)> {
        Ok(on!(&self.pool, |db| {
            sqlx::query_as(
            "select
                cast(coalesce(sum(case when visitor_delivered < last_seq then visitor_unread end), 0) as bigint),
                cast(coalesce(sum(case when staff_delivered < last_seq and status <> 'bot' then staff_unread end), 0) as bigint)
             from conversations where status <> 'resolved'"
        )
        .fetch_one(db)
        .await
        })?)
    }
}

/// The conversations whose `column` (`contact_id`, `team_id`) is `value`, locked in the same
/// order as the writer does, so that neither waits for the other for ever.
pub(crate) async fn lock_where(
    tx: &mut Tx,
    workspace: WorkspaceId,
    column: &'static str,
    value: i64,
) -> Result<Vec<ConversationId>> {
    let sql = format!(
        "select id from conversations where workspace_id = $1 and {column} = $2 order by id{}",
        tx.word("", " for update")
    );
    let ids: Vec<i64> = on_tx!(tx, |db| sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(workspace.0)
        .bind(value)
        .fetch_all(db)
        .await)?;
    Ok(ids.into_iter().map(ConversationId).collect())
}
