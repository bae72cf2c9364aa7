//! The rows that one transaction of the writer reads and writes.
//!
//! Lists come in a few fixed lengths, so that the databases meet few different statement
//! texts and keep them prepared: parameters are padded, rows go in chunks.

use super::{Change, Target};
use crate::{Tx, bot, conversations, pool::on_tx, search};
use model::{Conversation, ConversationId, Message, Millis, Sender, WorkspaceId, job::Task, lifecycle::Fact};
use sqlx::{Database, Encode, QueryBuilder, Type};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

const CHUNKS: [usize; 5] = [256, 64, 16, 4, 1];

pub struct FactRow {
    pub id: i64,
    pub fact: Fact,
    pub at: Millis,
    pub conversation: ConversationId,
}

pub struct JobRow {
    pub id: i64,
    pub workspace: WorkspaceId,
    pub task: Task,
    pub at: Millis,
}

/// What a transaction will write at its end.
#[derive(Default)]
pub struct Written {
    /// Conversations to be stored whole.
    shaped: BTreeSet<ConversationId>,
    /// Conversations in which people only talked and read.
    went_on: BTreeSet<ConversationId>,
    pub messages: Vec<(WorkspaceId, Arc<Message>)>,
    pub facts: Vec<FactRow>,
    pub jobs: Vec<JobRow>,
    /// Attachment and the conversation in which it was sent.
    pub files: Vec<(i64, i64)>,
    pub bot_turns: Vec<bot::NewTurn>,
}

/// `$1, $2, …` with the values bound; the last one repeats up to the next power of two.
pub fn push_list<'a, DB>(query: &mut QueryBuilder<DB>, values: &[i64])
where
    DB: Database,
    i64: Encode<'a, DB> + Type<DB>,
{
    let length = values.len().next_power_of_two();
    let padded = values.iter().chain(std::iter::repeat(values.last().unwrap_or(&0))).take(length);
    let mut list = query.separated(", ");
    for value in padded {
        list.push_bind(*value);
    }
}

/// Runs of rows, each of a length in [`CHUNKS`].
fn chunks<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = CHUNKS.into_iter().find(|size| *size <= rows.len())?;
        let (chunk, rest) = rows.split_at(size);
        rows = rest;
        Some(chunk)
    })
}

impl Written {
    /// A conversation changed: only in what changes while people talk, or in other ways too.
    pub fn touch(&mut self, id: ConversationId, went_on: bool) {
        if !went_on {
            self.went_on.remove(&id);
            self.shaped.insert(id);
        } else if !self.shaped.contains(&id) {
            self.went_on.insert(id);
        }
    }

    pub async fn flush(
        &self,
        tx: &mut Tx,
        loaded: &HashMap<ConversationId, Arc<Conversation>>,
    ) -> crate::Result<()> {
        let find = |ids: &BTreeSet<ConversationId>| -> Vec<&Conversation> {
            ids.iter().filter_map(|id| loaded.get(id).map(Arc::as_ref)).collect()
        };
        for chunk in chunks(&find(&self.shaped)) {
            save_conversations(tx, chunk).await?;
        }
        for chunk in chunks(&find(&self.went_on)) {
            save_progress(tx, chunk).await?;
        }
        for chunk in chunks(&self.messages) {
            insert_messages(tx, chunk).await?;
        }
        for chunk in chunks(&self.facts) {
            insert_facts(tx, chunk, loaded).await?;
        }
        for chunk in chunks(&self.jobs) {
            insert_jobs(tx, chunk).await?;
        }
        for turn in &self.bot_turns {
            bot::insert(tx, turn).await?;
        }
        for (file, conversation) in &self.files {
            on_tx!(tx, |db| sqlx::query("update attachments set conversation_id = $1 where id = $2")
                .bind(conversation)
                .bind(file)
                .execute(db)
                .await
                .map(|_| ()))?;
        }
        Ok(())
    }
}

async fn save_conversations(tx: &mut Tx, rows: &[&Conversation]) -> crate::Result<()> {
    on_tx!(tx, |db| {
        let mut query = QueryBuilder::new(format!("insert into conversations ({}) ", conversations::COLUMNS));
        query.push_values(rows, |mut row, c| {
            row.push_bind(c.id.0)
                .push_bind(c.workspace_id.0)
                .push_bind(c.channel_id.0)
                .push_bind(c.contact_id.0)
                .push_bind(&c.contact_name)
                .push_bind(c.team_id.map(|id| id.0))
                .push_bind(c.assignee_id.map(|id| id.0))
                .push_bind(c.status.code())
                .push_bind(c.last_seq)
                .push_bind(c.visitor_delivered)
                .push_bind(c.visitor_read)
                .push_bind(c.staff_delivered)
                .push_bind(c.staff_read)
                .push_bind(c.visitor_unread)
                .push_bind(c.staff_unread)
                .push_bind(&c.preview)
                .push_bind(c.preview_side.map(conversations::side_code))
                .push_bind(c.stars.map(i64::from))
                .push_bind(c.waiting_since)
                .push_bind(c.created_at)
                .push_bind(c.queued_at)
                .push_bind(c.assigned_at)
                .push_bind(c.resolved_at)
                .push_bind(c.active_at)
                .push_bind(c.version);
        });
        query.push(
            " on conflict (id) do update set team_id = excluded.team_id, assignee_id = excluded.assignee_id, \
             status = excluded.status, last_seq = excluded.last_seq, visitor_delivered = excluded.visitor_delivered, \
             visitor_read = excluded.visitor_read, staff_delivered = excluded.staff_delivered, \
             staff_read = excluded.staff_read, visitor_unread = excluded.visitor_unread, \
             staff_unread = excluded.staff_unread, preview = excluded.preview, preview_side = excluded.preview_side, \
             stars = excluded.stars, waiting_since = excluded.waiting_since, queued_at = excluded.queued_at, \
             assigned_at = excluded.assigned_at, resolved_at = excluded.resolved_at, active_at = excluded.active_at, \
             version = excluded.version",
        );
        query.build().execute(db).await.map(|_| ())
    })?;
    Ok(())
}

/// A narrower statement than [`save_conversations`]: it leaves most columns and indexes alone.
async fn save_progress(tx: &mut Tx, rows: &[&Conversation]) -> crate::Result<()> {
    on_tx!(tx, |db| {
        let mut query = QueryBuilder::new(
            "with progress (id, last_seq, visitor_delivered, visitor_read, staff_delivered, staff_read, \
             visitor_unread, staff_unread, preview, preview_side, waiting_since, active_at, version) as (",
        );
        query.push_values(rows, |mut row, c| {
            row.push_bind(c.id.0)
                .push_bind(c.last_seq)
                .push_bind(c.visitor_delivered)
                .push_bind(c.visitor_read)
                .push_bind(c.staff_delivered)
                .push_bind(c.staff_read)
                .push_bind(c.visitor_unread)
                .push_bind(c.staff_unread)
                .push_bind(&c.preview)
                .push_bind(c.preview_side.map(conversations::side_code))
                .push_bind(c.waiting_since)
                .push_bind(c.active_at)
                .push_bind(c.version);
        });
        query.push(
            ") update conversations set last_seq = progress.last_seq, \
             visitor_delivered = progress.visitor_delivered, visitor_read = progress.visitor_read, \
             staff_delivered = progress.staff_delivered, staff_read = progress.staff_read, \
             visitor_unread = progress.visitor_unread, staff_unread = progress.staff_unread, \
             preview = progress.preview, preview_side = progress.preview_side, \
             waiting_since = progress.waiting_since, active_at = progress.active_at, version = progress.version \
             from progress where conversations.id = progress.id",
        );
        query.build().execute(db).await.map(|_| ())
    })?;
    Ok(())
}

async fn insert_messages(tx: &mut Tx, rows: &[(WorkspaceId, Arc<Message>)]) -> crate::Result<()> {
    let contents = rows
        .iter()
        .map(|(_, message)| serde_json::to_string(&message.content))
        .collect::<Result<Vec<_>, serde_json::Error>>()
        .map_err(|_| crate::Error::Corrupt("content"))?;
    let rows = rows.iter().zip(contents);
    match tx {
        Tx::Sqlite(tx) => {
            let mut query = QueryBuilder::new(
                "insert into messages (id, workspace_id, conversation_id, seq, sender_kind, sender_id, client_id, content, created_at) ",
            );
            query.push_values(rows, |mut row, ((workspace, message), content)| {
                push_message!(row, workspace, message, content);
            });
            query.build().execute(&mut **tx).await?;
        }
        // Here the search terms live in the row itself.
        Tx::Postgres(tx) => {
            let mut query = QueryBuilder::new(
                "insert into messages (id, workspace_id, conversation_id, seq, sender_kind, sender_id, client_id, content, created_at, terms) ",
            );
            query.push_values(rows, |mut row, ((workspace, message), content)| {
                push_message!(row, workspace, message, content);
                row.push("array_to_tsvector(").push_bind_unseparated(search::content_terms(&message.content));
                row.push_unseparated("::text[])");
            });
            query.build().execute(&mut **tx).await?;
        }
    }
    Ok(())
}

macro_rules! push_message {
    ($row:ident, $workspace:ident, $message:ident, $content:ident) => {
        let (kind, sender) = $message.sender.columns();
        $row.push_bind($message.id.0)
            .push_bind($workspace.0)
            .push_bind($message.conversation_id.0)
            .push_bind($message.seq)
            .push_bind(kind)
            .push_bind(sender)
            .push_bind($message.client_id.as_deref())
            .push_bind($content)
            .push_bind($message.created_at);
    };
}
use push_message;

async fn insert_facts(
    tx: &mut Tx,
    rows: &[FactRow],
    loaded: &HashMap<ConversationId, Arc<Conversation>>,
) -> crate::Result<()> {
    let rows = rows.iter().filter_map(|row| Some((row, loaded.get(&row.conversation)?)));
    on_tx!(tx, |db| {
        let mut query = QueryBuilder::new(
            "insert into conversation_events (id, workspace_id, conversation_id, channel_id, team_id, agent_id, kind, at) ",
        );
        query.push_values(rows, |mut row, (fact, conversation)| {
            row.push_bind(fact.id)
                .push_bind(conversation.workspace_id.0)
                .push_bind(conversation.id.0)
                .push_bind(conversation.channel_id.0)
                .push_bind(conversation.team_id.map(|id| id.0))
                .push_bind(fact.fact.agent_id.map(|id| id.0))
                .push_bind(fact.fact.kind)
                .push_bind(fact.at);
        });
        query.build().execute(db).await.map(|_| ())
    })?;
    Ok(())
}

async fn insert_jobs(tx: &mut Tx, rows: &[JobRow]) -> crate::Result<()> {
    let tasks = rows
        .iter()
        .map(|row| serde_json::to_string(&row.task))
        .collect::<Result<Vec<_>, serde_json::Error>>()
        .map_err(|_| crate::Error::Corrupt("task"))?;
    on_tx!(tx, |db| {
        let mut query = QueryBuilder::new(
            "insert into jobs (id, workspace_id, task, run_at, attempts, locked_until, dead, created_at) ",
        );
        query.push_values(rows.iter().zip(&tasks), |mut row, (job, task)| {
            row.push_bind(job.id)
                .push_bind(job.workspace.0)
                .push_bind(task)
                .push_bind(job.at)
                .push_bind(0_i64)
                .push_bind(0_i64)
                .push_bind(false)
                .push_bind(job.at);
        });
        query.build().execute(db).await.map(|_| ())
    })?;
    Ok(())
}

/// The active conversations of the contacts that changes name.
pub async fn find_active(
    tx: &mut Tx,
    changes: &[&Change],
) -> crate::Result<HashMap<(i64, i64), ConversationId>> {
    let contacts: BTreeSet<i64> = changes
        .iter()
        .filter_map(|change| match &change.target {
            Target::Active(new) => Some(new.contact_id.0),
            Target::Existing { .. } => None,
        })
        .collect();
    if contacts.is_empty() {
        return Ok(HashMap::new());
    }
    let contacts: Vec<i64> = contacts.into_iter().collect();
    let rows: Vec<(i64, i64, i64)> = on_tx!(tx, |db| {
        let mut query = QueryBuilder::new(
            "select channel_id, contact_id, id from conversations where status <> 'resolved' and contact_id in (",
        );
        push_list(&mut query, &contacts);
        query.push(")").build_query_as().fetch_all(db).await
    })?;
    Ok(rows.into_iter().map(|(channel, contact, id)| ((channel, contact), ConversationId(id))).collect())
}

pub async fn has_active(tx: &mut Tx, conversation: &Conversation) -> crate::Result<bool> {
    let row: Option<(i64,)> = on_tx!(tx, |db| sqlx::query_as(
        "select id from conversations where channel_id = $1 and contact_id = $2 and status <> 'resolved'"
    )
    .bind(conversation.channel_id.0)
    .bind(conversation.contact_id.0)
    .fetch_optional(db)
    .await)?;
    Ok(row.is_some())
}

/// The attachment was uploaded by this sender and not sent yet.
pub async fn is_unsent(tx: &mut Tx, workspace: WorkspaceId, id: i64, sender: Sender) -> crate::Result<bool> {
    let (kind, sender) = sender.columns();
    let word = tx.word("", " for update");
    let sql = format!(
        "select id from attachments where workspace_id = $1 and id = $2 and sender_kind = $3 and sender_id = $4 \
         and conversation_id is null{word}"
    );
    let row: Option<(i64,)> = on_tx!(tx, |db| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(workspace.0)
        .bind(id)
        .bind(kind)
        .bind(sender)
        .fetch_optional(db)
        .await)?;
    Ok(row.is_some())
}

#[cfg(test)]
mod tests {
    use super::chunks;

    #[test]
    fn chunks_cover_all_rows_in_order() {
        for length in [0, 1, 3, 5, 63, 64, 65, 256, 999] {
            let rows: Vec<usize> = (0..length).collect();
            let joined: Vec<usize> = chunks(&rows).flatten().copied().collect();
            assert_eq!(joined, rows);
            assert!(chunks(&rows).all(|chunk| super::CHUNKS.contains(&chunk.len())));
        }
    }
}
