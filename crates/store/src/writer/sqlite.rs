//! The writer's transactions on `SQLite`: prepared statements, a row each, on a connection of the
//! writer's own that never leaves its thread. A hop to another thread for each statement, as a
//! shared connection needs, would cost more than the statements.

use super::{
    checkpoint::Checkpoints,
    rows::{INSERT_SAID_IMAGE, Loaded, Written, json},
};
use crate::{
    Error, Result, assignments, bot, conversations,
    messages::{self, ClientKey},
    pool::Turn,
    ratings,
};
use model::{
    AgentId, ChannelId, ContactId, Conversation, ConversationId, Message, MessageId, Sender, Seq, Status,
    TeamId, WorkspaceId,
};
use rusqlite::{CachedStatement, Connection, OptionalExtension as _, Row, params};
use std::{
    collections::{BTreeSet, HashMap},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::sync::OwnedSemaphorePermit;

/// Bytes that the log keeps on the disk when it begins anew.
const LONGEST_LOG: i64 = 64 * 1024 * 1024;

/// The writer's connection, opened when it is first needed, and again after an error.
pub struct Sqlite {
    path: PathBuf,
    turn: Turn,
    connection: Option<Connection>,
    checkpoints: Checkpoints,
}

impl Sqlite {
    pub fn new(path: PathBuf, turn: Turn) -> Self {
        Self { checkpoints: Checkpoints::new(path.clone()), path, turn, connection: None }
    }

    /// Begins when nobody else in this process writes.
    pub async fn begin(&mut self) -> Result<Transaction<'_>> {
        let turn = self.turn.take().await?;
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => {
                let connection = connect(&self.path)?;
                Checkpoints::watch(&connection);
                none.insert(connection)
            }
        };
        // The write lock at once, so that a transaction cannot fail half-way for want of it.
        connection.prepare_cached("begin immediate")?.execute([])?;
        Ok(Transaction { connection, _turn: turn })
    }

    /// To be called between transactions: copies the log into the database when it is time.
    pub fn tend_log(&mut self) {
        if let Some(connection) = &self.connection {
            self.checkpoints.tend(connection);
        }
    }

    /// After an error nobody knows what the connection holds.
    pub fn forget(&mut self) {
        self.connection = None;
    }
}

/// A connection with the settings that the pool's have.
pub fn connect(path: &Path) -> Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "synchronous", if crate::pool::flushes() { "full" } else { "normal" })?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.pragma_update(None, "cache_size", -8192)?;
    // A log that a long reader made long is cut when it begins anew.
    connection.pragma_update(None, "journal_size_limit", LONGEST_LOG)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

pub struct Transaction<'a> {
    connection: &'a mut Connection,
    _turn: OwnedSemaphorePermit,
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        // SQLite may have rolled back by itself.
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("rollback")
        {
            tracing::error!(%error, "a transaction could not be rolled back");
        }
    }
}

impl Transaction<'_> {
    fn prepare(&self, sql: &str) -> Result<CachedStatement<'_>> {
        Ok(self.connection.prepare_cached(sql)?)
    }

    pub fn commit(self) -> Result<()> {
        self.prepare("commit")?.execute([])?;
        Ok(())
    }

    pub fn find_active(&self, places: &BTreeSet<(i64, i64)>) -> Result<HashMap<(i64, i64), ConversationId>> {
        let mut find = self.prepare(
            "select id from conversations where channel_id = ?1 and contact_id = ?2 and status <> 'resolved'",
        )?;
        let mut found = HashMap::new();
        for place in places {
            if let Some(id) = find.query_row([place.0, place.1], |row| row.get(0)).optional()? {
                found.insert(*place, ConversationId(id));
            }
        }
        Ok(found)
    }

    pub fn lock(&self, ids: &[i64]) -> Result<Vec<Arc<Conversation>>> {
        let columns = conversations::COLUMNS;
        let mut find = self.prepare(&format!("select {columns} from conversations where id = ?1"))?;
        let rows = ids.iter().filter_map(|id| {
            find.query_row([id], |row| Ok(conversation(row).map(Arc::new))).optional().transpose()
        });
        rows.map(|row| row?).collect()
    }

    pub fn rate(&self, row: &ratings::Columns<'_>) -> Result<bool> {
        // `$3` is a name here, and names are counted in the order in which they come.
        let numbered = |sql: &str| sql.replace('$', "?");
        let ratings::Columns { workspace, conversation, stars, tags, solved, text, at } = row;
        let all = params![workspace, conversation, stars, tags, solved, text, at];
        if self.prepare(&numbered(ratings::SAVE))?.execute(all)? > 0 {
            return Ok(true);
        }
        let these = params![workspace, conversation, stars, tags, solved, text];
        let mut same = self.prepare(&numbered(ratings::SAME))?;
        ratings::judge(same.query_row(these, |row| row.get(0)).optional()?)
    }

    pub fn find_by_client(&self, keys: &[ClientKey]) -> Result<Vec<Message>> {
        let columns = messages::COLUMNS;
        let mut find = self.prepare(&format!(
            "select {columns} from messages where sender_id = ?1 and client_id = ?2 and sender_kind = ?3"
        ))?;
        let rows = keys.iter().filter_map(|(kind, id, client)| {
            find.query_row(params![id, &**client, kind], |row| Ok(message(row))).optional().transpose()
        });
        rows.map(|row| row?).collect()
    }

    pub fn count_unread(&self, id: ConversationId, kinds: [&str; 2], read: Seq) -> Result<i64> {
        let mut count = self.prepare(
            "select count(*) from messages where conversation_id = ?1 and seq > ?2 and sender_kind in (?3, ?4)",
        )?;
        Ok(count.query_row(params![id.0, read, kinds[0], kinds[1]], |row| row.get(0))?)
    }

    pub fn is_unsent(&self, workspace: WorkspaceId, id: i64, sender: Sender) -> Result<bool> {
        let (kind, sender) = sender.columns();
        let mut find = self.prepare(
            "select 1 from attachments where workspace_id = ?1 and id = ?2 and sender_kind = ?3
             and sender_id = ?4 and conversation_id is null",
        )?;
        Ok(find.exists(params![workspace.0, id, kind, sender])?)
    }

    pub fn write(&self, written: &Written, loaded: &Loaded) -> Result<()> {
        let find = |ids: &BTreeSet<ConversationId>| -> Vec<&Arc<Conversation>> {
            ids.iter().filter_map(|id| loaded.get(id)).collect()
        };
        self.save_conversations(&find(&written.shaped))?;
        self.save_progress(&find(&written.went_on))?;
        self.insert_messages(&written.messages)?;
        self.insert_facts_and_jobs(written, loaded)?;
        for turn in &written.bot_turns {
            self.insert_bot_turn(turn)?;
        }
        for row in &written.reasons {
            self.prepare(assignments::INSERT)?.execute(params![
                row.workspace.0,
                row.conversation.0,
                row.seq,
                row.reasons()?,
            ])?;
        }
        for said in &written.said_images {
            self.prepare(INSERT_SAID_IMAGE)?.execute(params![
                said.workspace.0,
                said.conversation.0,
                said.image.0
            ])?;
        }
        for (file, conversation) in &written.files {
            self.prepare("update attachments set conversation_id = ?1 where id = ?2")?
                .execute([conversation, file])?;
        }
        Ok(())
    }

    fn save_conversations(&self, rows: &[&Arc<Conversation>]) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut save = self.prepare(&format!(
            "insert into conversations ({}) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15,
             ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31) {}",
            conversations::COLUMNS,
            conversations::UPSERT
        ))?;
        for c in rows {
            save.execute(params![
                c.id.0,
                c.workspace_id.0,
                c.channel_id.0,
                c.contact_id.0,
                c.contact_name,
                c.team_id.map(|id| id.0),
                c.assignee_id.map(|id| id.0),
                c.status.code(),
                c.last_seq,
                c.visitor_delivered,
                c.visitor_read,
                c.staff_delivered,
                c.staff_read,
                c.visitor_unread,
                c.staff_unread,
                c.preview,
                c.preview_side.map(conversations::side_code),
                c.stars,
                c.waiting_since,
                c.created_at,
                c.queued_at,
                c.assigned_at,
                c.resolved_at,
                c.active_at,
                c.version,
                c.mood.map(|mood| mood.kind.code()),
                c.mood.map(|mood| mood.strength),
                c.mood.map(|mood| mood.seq),
                c.told,
                c.help.map(|help| help.kind.code()),
                c.help.map(|help| help.seq),
            ])?;
        }
        Ok(())
    }

    /// Narrower statements: they leave most columns and indexes alone. This database moves the entries of every index
    /// that a statement might change, so that what lists are ordered by is named only where it did.
    fn save_progress(&self, rows: &[&Arc<Conversation>]) -> Result<()> {
        let mut save = self.prepare(
            "update conversations set last_seq = ?2, visitor_delivered = ?3, visitor_read = ?4, staff_delivered = ?5,
             staff_read = ?6, visitor_unread = ?7, staff_unread = ?8, preview = ?9, preview_side = ?10, version = ?11
             where id = ?1",
        )?;
        let mut place = self.prepare(
            "update conversations set waiting_since = ?2, active_at = ?3
             where id = ?1 and (waiting_since is not ?2 or active_at <> ?3)",
        )?;
        for c in rows {
            save.execute(params![
                c.id.0,
                c.last_seq,
                c.visitor_delivered,
                c.visitor_read,
                c.staff_delivered,
                c.staff_read,
                c.visitor_unread,
                c.staff_unread,
                c.preview,
                c.preview_side.map(conversations::side_code),
                c.version,
            ])?;
            place.execute(params![c.id.0, c.waiting_since, c.active_at])?;
        }
        Ok(())
    }

    fn insert_messages(&self, rows: &[(WorkspaceId, Arc<Message>)]) -> Result<()> {
        let mut insert = self.prepare(
            "insert into messages (id, workspace_id, conversation_id, seq, sender_kind, sender_id, client_id, content,
             created_at) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?;
        for (workspace, message) in rows {
            let content = json("content", &message.content)?;
            let (kind, sender) = message.sender.columns();
            insert.execute(params![
                message.id.0,
                workspace.0,
                message.conversation_id.0,
                message.seq,
                kind,
                sender,
                message.client_id.as_deref(),
                content,
                message.created_at,
            ])?;
        }
        Ok(())
    }

    fn insert_facts_and_jobs(&self, written: &Written, loaded: &Loaded) -> Result<()> {
        for row in &written.facts {
            let Some(conversation) = loaded.get(&row.conversation) else { continue };
            self.prepare(
                "insert into conversation_events (id, workspace_id, conversation_id, channel_id, team_id, agent_id,
                 kind, at) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                row.id,
                conversation.workspace_id.0,
                conversation.id.0,
                conversation.channel_id.0,
                conversation.team_id.map(|id| id.0),
                row.fact.agent_id.map(|id| id.0),
                row.fact.kind,
                row.at,
            ])?;
        }
        for job in &written.jobs {
            let task = json("task", &job.task)?;
            self.prepare(
                "insert into jobs (id, workspace_id, task, run_at, attempts, locked_until, dead, created_at)
                 values (?1, ?2, ?3, ?4, 0, 0, false, ?4)",
            )?
            .execute(params![job.id, job.workspace.0, task, job.at])?;
        }
        Ok(())
    }

    fn insert_bot_turn(&self, turn: &bot::NewTurn) -> Result<()> {
        self.prepare(bot::INSERT)?.execute(params![
            turn.message.0,
            turn.workspace.0,
            turn.conversation.0,
            turn.seq,
            turn.evidence.outcome.code(),
            turn.evidence.entry_id.map(|id| id.0),
            turn.evidence()?,
            turn.at,
        ])?;
        for entry in &turn.offered {
            self.prepare(bot::INSERT_OFFERED)?.execute(params![
                turn.message.0,
                entry.0,
                turn.workspace.0,
                turn.conversation.0,
                turn.seq,
                turn.at,
            ])?;
        }
        Ok(())
    }
}

/// In the order of [`conversations::COLUMNS`].
fn conversation(row: &Row) -> Result<Conversation> {
    let status: String = row.get(7)?;
    let side: Option<String> = row.get(16)?;
    let mood: Option<String> = row.get(25)?;
    let mood = match mood {
        Some(kind) => {
            let found = conversations::mood(&kind, row.get(26)?, row.get(27)?);
            Some(found.ok_or(Error::Corrupt("mood"))?)
        }
        None => None,
    };
    let help: Option<String> = row.get(29)?;
    let help = match help {
        Some(kind) => Some(conversations::help(&kind, row.get(30)?).ok_or(Error::Corrupt("help_kind"))?),
        None => None,
    };
    Ok(Conversation {
        id: ConversationId(row.get(0)?),
        workspace_id: WorkspaceId(row.get(1)?),
        channel_id: ChannelId(row.get(2)?),
        contact_id: ContactId(row.get(3)?),
        contact_name: row.get(4)?,
        team_id: row.get::<_, Option<i64>>(5)?.map(TeamId),
        assignee_id: row.get::<_, Option<i64>>(6)?.map(AgentId),
        status: Status::from_code(&status).ok_or(Error::Corrupt("status"))?,
        last_seq: row.get(8)?,
        visitor_delivered: row.get(9)?,
        visitor_read: row.get(10)?,
        staff_delivered: row.get(11)?,
        staff_read: row.get(12)?,
        visitor_unread: row.get(13)?,
        staff_unread: row.get(14)?,
        preview: row.get(15)?,
        preview_side: side
            .map(|code| conversations::side(&code).ok_or(Error::Corrupt("preview_side")))
            .transpose()?,
        stars: row.get(17)?,
        waiting_since: row.get(18)?,
        created_at: row.get(19)?,
        queued_at: row.get(20)?,
        assigned_at: row.get(21)?,
        resolved_at: row.get(22)?,
        active_at: row.get(23)?,
        version: row.get(24)?,
        mood,
        told: row.get(28)?,
        help,
    })
}

/// In the order of [`messages::COLUMNS`].
fn message(row: &Row) -> Result<Message> {
    let (kind, content): (String, String) = (row.get(3)?, row.get(6)?);
    Ok(Message {
        id: MessageId(row.get(0)?),
        conversation_id: ConversationId(row.get(1)?),
        seq: row.get(2)?,
        sender: Sender::from_columns(&kind, row.get(4)?).ok_or(Error::Corrupt("sender_kind"))?,
        client_id: row.get::<_, Option<String>>(5)?.map(Arc::from),
        content: serde_json::from_str(&content).map_err(|_| Error::Corrupt("content"))?,
        created_at: row.get(7)?,
    })
}
