//! The writer's transactions on `PostgreSQL`: a few statements over arrays on a connection of the writer's own. Where
//! people only talked and the lane remembers their conversations, the whole transaction is one statement, one round
//! trip; otherwise it takes four, whatever its size.
//!
//! Invariants: conversations are locked in the order of their ids, and before anything else, so that two writers
//! cannot wait for each other. Nothing is written for a conversation that is not in the version it was taken to be.

mod settle;
mod statements;

use super::{
    recent::Recent,
    rows::{INSERT_SAID_IMAGE, Loaded, Written},
};
use crate::{
    Error, Result, assignments, conversations,
    lineage::Lineage,
    messages::{self, ClientKey},
    pool::within,
    ratings,
    row::Row,
};
use model::{Conversation, ConversationId, Message, Sender, Seq, WorkspaceId};
pub use settle::CutOff;
use sqlx::{Connection as _, Executor as _, PgConnection, PgPool};
use statements::Talk;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, LazyLock},
};

/// All that the writer asks for are rows by their keys. A table with few rows would be read whole, with every version
/// that the last seconds left of them.
const BY_INDEX: &str = "set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off";

/// The writer's connection, taken out of the pool when it is first needed, and again after an error.
pub struct Postgres {
    pool: PgPool,
    connection: Option<PgConnection>,
    recent: Recent,
    lineage: Lineage,
    /// As the last transaction began.
    epoch: Arc<str>,
}

/// It begins on the server when there is something to ask or to write that one statement cannot.
pub struct Transaction<'a> {
    /// Until it began there.
    idle: Option<&'a mut PgConnection>,
    tx: Option<sqlx::Transaction<'a, sqlx::Postgres>>,
    recent: &'a mut Recent,
    /// Of the conversations that changes are applied to, by id.
    versions: BTreeMap<i64, i64>,
    /// What was written, as it is remembered after the commit.
    written: Vec<Arc<Conversation>>,
    /// Its end, if it is cut off; none while nothing was written.
    cut_off: Option<CutOff>,
}

impl Postgres {
    pub fn new(pool: PgPool, lineage: Lineage) -> Self {
        Self { pool, connection: None, recent: Recent::default(), epoch: lineage.epoch(), lineage }
    }

    pub async fn begin(&mut self) -> Result<Transaction<'_>> {
        if self.pool.is_closed() {
            return Err(sqlx::Error::PoolClosed.into());
        }
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => {
                let mut connection = self.pool.acquire().await?.detach();
                within(connection.execute(sqlx::raw_sql(BY_INDEX))).await?;
                none.insert(connection)
            }
        };
        self.epoch = self.lineage.epoch();
        Ok(Transaction {
            idle: Some(connection),
            tx: None,
            recent: &mut self.recent,
            versions: BTreeMap::new(),
            written: Vec::new(),
            cut_off: None,
        })
    }

    /// After an error nobody knows what the connection holds.
    pub fn forget(&mut self) {
        self.connection = None;
        self.recent.clear();
    }
}

impl Transaction<'_> {
    /// The connection, with the transaction begun and what was taken to be so found to be so.
    async fn open(&mut self) -> Result<&mut PgConnection> {
        if let Some(connection) = self.idle.take() {
            self.tx = Some(within(connection.begin()).await?);
            self.check_versions().await?;
        }
        match &mut self.tx {
            Some(tx) => Ok(tx),
            // It failed to begin.
            None => Err(Error::Stale),
        }
    }

    /// Locks the conversations that were remembered, if they still are as they were.
    async fn check_versions(&mut self) -> Result<()> {
        let (Some(tx), false) = (&mut self.tx, self.versions.is_empty()) else { return Ok(()) };
        let ids: Vec<i64> = self.versions.keys().copied().collect();
        let query =
            sqlx::query_as("select id, version from conversations where id = any($1) order by id for update");
        let found: Vec<(i64, i64)> = query.bind(ids).fetch_all(&mut **tx).await?;
        let expected = self.versions.iter().map(|(id, version)| (*id, *version));
        if found.into_iter().eq(expected) { Ok(()) } else { Err(self.stale()) }
    }

    /// Another node wrote to one of these conversations: the next try reads them.
    fn stale(&mut self) -> Error {
        self.recent.forget(self.versions.keys());
        Error::Stale
    }

    /// Writes everything and commits.
    pub async fn finish(mut self, written: &Written, loaded: &Loaded) -> Result<()> {
        if written.is_talk()
            && let Some(connection) = self.idle.take()
        {
            return self.finish_at_once(connection, written, loaded).await;
        }
        within(async {
            // Also what writes nothing was judged by what is remembered.
            self.open().await?;
            self.write(written, loaded).await
        })
        .await?;
        self.commit().await
    }

    /// In one statement, which is a transaction of its own.
    async fn finish_at_once(
        mut self,
        connection: &mut PgConnection,
        written: &Written,
        loaded: &Loaded,
    ) -> Result<()> {
        let went_on = find(&written.went_on, loaded);
        let talk = Talk::of(written, loaded, &self.versions, &went_on);
        match within(statements::save_talk(connection, &talk)).await {
            Ok(Some(_)) => {
                self.recent.keep(went_on.into_iter().cloned());
                Ok(())
            }
            Ok(None) => Err(self.stale()),
            Err(error) if error.is_passing() => {
                Err(CutOff::statement(&written.messages, self.versions).map_or(error, Error::Unsettled))
            }
            Err(error) => Err(error),
        }
    }

    pub async fn commit(self) -> Result<()> {
        let Some(tx) = self.tx else { return Ok(()) };
        match (within(tx.commit()).await.map_err(Error::from), self.cut_off) {
            (Ok(()), _) => {
                self.recent.keep(self.written);
                Ok(())
            }
            (Err(error), Some(cut_off)) if error.is_passing() => Err(Error::Unsettled(cut_off)),
            (Err(error), _) => Err(error),
        }
    }

    /// Takes a number, which only a transaction that writes has.
    pub async fn probe(&mut self) -> Result<()> {
        sqlx::query("select pg_current_xact_id()").execute(self.open().await?).await?;
        Ok(())
    }

    pub async fn find_active(
        &mut self,
        places: &BTreeSet<(i64, i64)>,
    ) -> Result<HashMap<(i64, i64), ConversationId>> {
        let (channels, contacts): (Vec<i64>, Vec<i64>) = places.iter().copied().unzip();
        let rows: Vec<(i64, i64, i64)> = sqlx::query_as(
            "select c.channel_id, c.contact_id, c.id from unnest($1::bigint[], $2::bigint[]) as p (channel, contact)
             join conversations c on c.channel_id = p.channel and c.contact_id = p.contact and c.status <> 'resolved'",
        )
        .bind(channels)
        .bind(contacts)
        .fetch_all(self.open().await?)
        .await?;
        Ok(rows.into_iter().map(|(channel, contact, id)| ((channel, contact), ConversationId(id))).collect())
    }

    /// Those that this lane wrote a moment ago are not asked for; whether they are still the same is found out
    /// when something is written, or read.
    pub async fn lock(&mut self, ids: &[i64]) -> Result<Vec<Arc<Conversation>>> {
        static SQL: LazyLock<String> = LazyLock::new(|| {
            let columns = conversations::COLUMNS;
            format!("select {columns} from conversations where id = any($1) order by id for update")
        });
        let recent = self.idle.as_ref().and_then(|_| self.recent.all(ids));
        let locked = if let Some(recent) = recent {
            recent
        } else {
            let query = sqlx::query_as::<_, Row<Conversation>>(SQL.as_str());
            let rows = query.bind(ids).fetch_all(self.open().await?).await?;
            rows.into_iter().map(|Row(conversation)| Arc::new(conversation)).collect()
        };
        self.versions.extend(locked.iter().map(|conversation| (conversation.id.0, conversation.version)));
        Ok(locked)
    }

    pub async fn rate(&mut self, row: &ratings::Columns<'_>) -> Result<bool> {
        let ratings::Columns { workspace, conversation, stars, tags, solved, text, at } = row;
        let save = sqlx::query(ratings::SAVE).bind(workspace).bind(conversation).bind(stars);
        let save = save.bind(tags).bind(solved).bind(text).bind(at);
        if save.execute(self.open().await?).await?.rows_affected() > 0 {
            return Ok(true);
        }
        let same = sqlx::query_scalar(ratings::SAME).bind(workspace).bind(conversation).bind(stars);
        let same = same.bind(tags).bind(solved).bind(text);
        ratings::judge(same.fetch_optional(self.open().await?).await?)
    }

    pub async fn find_by_client(&mut self, keys: &[ClientKey]) -> Result<Vec<Message>> {
        static SQL: LazyLock<String> = LazyLock::new(|| {
            let columns = messages::COLUMNS;
            format!(
                "select {columns} from unnest($1::text[], $2::bigint[], $3::text[]) as k (kind, sender, client)
                 join messages on sender_id = sender and client_id = client and sender_kind = kind"
            )
        });
        let rows = sqlx::query_as::<_, Row<Message>>(SQL.as_str())
            .bind(keys.iter().map(|key| key.0).collect::<Vec<_>>())
            .bind(keys.iter().map(|key| key.1).collect::<Vec<_>>())
            .bind(keys.iter().map(|key| &*key.2).collect::<Vec<_>>())
            .fetch_all(self.open().await?)
            .await?;
        Ok(rows.into_iter().map(|Row(message)| message).collect())
    }

    pub async fn count_unread(&mut self, id: ConversationId, kinds: [&str; 2], read: Seq) -> Result<i64> {
        let query = sqlx::query_scalar(
            "select count(*) from messages where conversation_id = $1 and seq > $2 and sender_kind in ($3, $4)",
        );
        Ok(query.bind(id.0).bind(read).bind(kinds[0]).bind(kinds[1]).fetch_one(self.open().await?).await?)
    }

    pub async fn is_unsent(&mut self, workspace: WorkspaceId, id: i64, sender: Sender) -> Result<bool> {
        let (kind, sender) = sender.columns();
        let row: Option<(i64,)> = sqlx::query_as(
            "select id from attachments where workspace_id = $1 and id = $2 and sender_kind = $3 and sender_id = $4
             and conversation_id is null for update",
        )
        .bind(workspace.0)
        .bind(id)
        .bind(kind)
        .bind(sender)
        .fetch_optional(self.open().await?)
        .await?;
        Ok(row.is_some())
    }

    pub async fn write(&mut self, written: &Written, loaded: &Loaded) -> Result<()> {
        let (shaped, went_on) = (find(&written.shaped, loaded), find(&written.went_on, loaded));
        if shaped.is_empty() && went_on.is_empty() {
            return Ok(());
        }
        let connection = self.open().await?;
        if !shaped.is_empty() {
            statements::save_conversations(connection, &shaped).await?;
        }
        // They are locked already.
        let expected = BTreeMap::new();
        let talk = Talk::of(written, loaded, &expected, &went_on);
        let number = statements::save_talk(connection, &talk).await?;
        if !written.jobs.is_empty() {
            statements::insert_jobs(connection, written).await?;
        }
        for turn in &written.bot_turns {
            statements::insert_bot_turn(connection, turn).await?;
        }
        for row in &written.reasons {
            sqlx::query(assignments::INSERT)
                .bind(row.workspace.0)
                .bind(row.conversation.0)
                .bind(row.seq)
                .bind(row.reasons()?)
                .execute(&mut *connection)
                .await?;
        }
        for said in &written.said_images {
            sqlx::query(INSERT_SAID_IMAGE)
                .bind(said.workspace.0)
                .bind(said.conversation.0)
                .bind(said.image.0)
                .execute(&mut *connection)
                .await?;
        }
        for (file, conversation) in &written.files {
            sqlx::query("update attachments set conversation_id = $1 where id = $2")
                .bind(conversation)
                .bind(file)
                .execute(&mut *connection)
                .await?;
        }
        self.cut_off = number.map(|number| CutOff::commit(number, &written.messages));
        self.written = shaped.into_iter().chain(went_on).cloned().collect();
        Ok(())
    }
}

/// The conversations with these ids, in their order.
fn find<'a>(ids: &BTreeSet<ConversationId>, loaded: &'a Loaded) -> Vec<&'a Arc<Conversation>> {
    ids.iter().filter_map(|id| loaded.get(id)).collect()
}
