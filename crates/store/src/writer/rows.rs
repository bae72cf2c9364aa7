//! What one transaction of the writer reads and writes, whichever the database is: `SQLite` by
//! prepared statements on the writer's own thread, `PostgreSQL` by few statements over arrays.

use super::{postgres, sqlite};
use crate::{Error, Result, assignments, bot, messages::ClientKey, ratings};
use model::{
    AttachmentId, Conversation, ConversationId, Message, Millis, Rating, Sender, Seq, Side, WorkspaceId,
    job::Task, lifecycle::Fact,
};
use sqlx::{Encode, QueryBuilder, Type};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

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

pub struct SaidImage {
    pub workspace: WorkspaceId,
    pub conversation: ConversationId,
    pub image: AttachmentId,
}

pub const INSERT_SAID_IMAGE: &str =
    "insert into said_images (workspace_id, conversation_id, attachment_id) values ($1, $2, $3)
     on conflict do nothing";

/// What a transaction will write at its end.
#[derive(Default)]
pub struct Written {
    /// Conversations to be stored whole.
    pub shaped: BTreeSet<ConversationId>,
    /// Conversations in which people only talked and read.
    pub went_on: BTreeSet<ConversationId>,
    pub messages: Vec<(WorkspaceId, Arc<Message>)>,
    pub facts: Vec<FactRow>,
    pub jobs: Vec<JobRow>,
    /// Attachment and the conversation in which it was sent.
    pub files: Vec<(i64, i64)>,
    /// Image of an answer, and where it was said.
    pub said_images: Vec<SaidImage>,
    pub bot_turns: Vec<bot::NewTurn>,
    pub reasons: Vec<assignments::NewReasons>,
}

impl Written {
    /// People talked and read, agents replied, and nothing else happened.
    pub fn is_talk(&self) -> bool {
        let Self { shaped, went_on: _, messages, facts: _, jobs, files, said_images, bot_turns, reasons } =
            self;
        !messages.is_empty()
            && shaped.is_empty()
            && jobs.is_empty()
            && files.is_empty()
            && said_images.is_empty()
            && bot_turns.is_empty()
            && reasons.is_empty()
    }

    /// A conversation changed: only in what changes while people talk, or in other ways too.
    pub fn touch(&mut self, id: ConversationId, went_on: bool) {
        if !went_on {
            self.went_on.remove(&id);
            self.shaped.insert(id);
        } else if !self.shaped.contains(&id) {
            self.went_on.insert(id);
        }
    }
}

/// The conversations of a transaction, as they are in memory.
pub type Loaded = HashMap<ConversationId, Arc<Conversation>>;

/// A transaction that is open; rolled back when dropped.
pub enum Rows<'a> {
    Sqlite(sqlite::Transaction<'a>),
    Postgres(postgres::Transaction<'a>),
}

/// The same question to either database.
macro_rules! on_rows {
    ($rows:expr, |$tx:ident| $sqlite:expr, $postgres:expr) => {
        match $rows {
            Rows::Sqlite($tx) => $sqlite,
            Rows::Postgres($tx) => crate::pool::within(async { $postgres }).await,
        }
    };
}

impl Rows<'_> {
    /// The active conversations of these contacts, by (channel, contact).
    pub async fn find_active(
        &mut self,
        places: &BTreeSet<(i64, i64)>,
    ) -> Result<HashMap<(i64, i64), ConversationId>> {
        if places.is_empty() {
            return Ok(HashMap::new());
        }
        on_rows!(self, |tx| tx.find_active(places), tx.find_active(places).await)
    }

    /// The rows with these ids, which ascend; locked against other writers until the end.
    pub async fn lock(&mut self, ids: &[i64]) -> Result<Vec<Arc<Conversation>>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        on_rows!(self, |tx| tx.lock(ids), tx.lock(ids).await)
    }

    /// The stored messages that these senders gave these client ids.
    pub async fn find_by_client(&mut self, keys: &[ClientKey]) -> Result<Vec<Message>> {
        on_rows!(self, |tx| tx.find_by_client(keys), tx.find_by_client(keys).await)
    }

    /// Messages of the other side after a position: what that side has not read.
    pub async fn count_unread(&mut self, id: ConversationId, reader: Side, read: Seq) -> Result<i64> {
        let kinds = match reader {
            Side::Visitor => ["agent", "bot"],
            Side::Staff => ["visitor", "visitor"],
        };
        on_rows!(self, |tx| tx.count_unread(id, kinds, read), tx.count_unread(id, kinds, read).await)
    }

    /// The contact of this conversation has one that is active.
    pub async fn has_active(&mut self, conversation: &Conversation) -> Result<bool> {
        let place = (conversation.channel_id.0, conversation.contact_id.0);
        Ok(!self.find_active(&BTreeSet::from([place])).await?.is_empty())
    }

    /// The attachment was uploaded by this sender and not sent yet.
    pub async fn is_unsent(&mut self, workspace: WorkspaceId, id: i64, sender: Sender) -> Result<bool> {
        on_rows!(self, |tx| tx.is_unsent(workspace, id, sender), tx.is_unsent(workspace, id, sender).await)
    }

    /// Keeps a rating; false when it is what is kept already.
    pub async fn rate(&mut self, workspace: WorkspaceId, rating: &Rating, at: Millis) -> Result<bool> {
        let row = ratings::Columns::of(workspace, rating, at)?;
        on_rows!(self, |tx| tx.rate(&row), tx.rate(&row).await)
    }

    /// Fails where nothing can be written.
    pub async fn probe(&mut self) -> Result<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(tx) => crate::pool::within(tx.probe()).await,
        }
    }

    /// Writes everything and commits.
    pub async fn finish(self, written: &Written, loaded: &Loaded) -> Result<()> {
        match self {
            Self::Sqlite(tx) => {
                tx.write(written, loaded)?;
                tx.commit()
            }
            Self::Postgres(tx) => tx.finish(written, loaded).await,
        }
    }

    /// When this returns, everything is on disk.
    pub async fn commit(self) -> Result<()> {
        match self {
            Self::Sqlite(tx) => tx.commit(),
            Self::Postgres(tx) => tx.commit().await,
        }
    }
}

/// `$1, $2, …` with the values bound; the last one repeats up to the next power of two, so that
/// the databases meet few different texts and keep them prepared.
pub fn push_list<'a, DB>(query: &mut QueryBuilder<DB>, values: &[i64])
where
    DB: sqlx::Database,
    i64: Encode<'a, DB> + Type<DB>,
{
    let length = values.len().next_power_of_two();
    let padded = values.iter().chain(std::iter::repeat(values.last().unwrap_or(&0))).take(length);
    let mut list = query.separated(", ");
    for value in padded {
        list.push_bind(*value);
    }
}

/// A value for a text column.
pub fn json(column: &'static str, value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|_| Error::Corrupt(column))
}
