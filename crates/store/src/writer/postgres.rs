//! The writer's transactions on `PostgreSQL`: a few statements over arrays on a connection of the
//! writer's own, so that a batch costs four round trips whatever its size.
//!
//! Invariant: conversations are locked in the order of their ids, and before anything else, so that
//! two writers cannot wait for each other.

use super::rows::{INSERT_SAID_IMAGE, Loaded, Written, json};
use crate::{
    Error, Result, assignments, bot, conversations,
    lineage::Lineage,
    messages::{self, ClientKey},
    pool::{PATIENCE, within},
    ratings,
    row::Row,
};
use model::{Conversation, ConversationId, Message, MessageId, Sender, Seq, WorkspaceId};
use sqlx::{Connection as _, PgConnection, PgPool};
use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, LazyLock},
    time::Duration,
};
use tokio::time::{sleep, timeout};

/// How often an unknown end of a transaction is asked for.
const ASKED: u32 = 20;
const ASKED_EVERY: Duration = Duration::from_millis(50);

/// The writer's connection, taken out of the pool when it is first needed, and again after an error.
pub struct Postgres {
    pool: PgPool,
    connection: Option<PgConnection>,
    lineage: Lineage,
    /// As the last transaction began.
    epoch: Arc<str>,
}

pub struct Transaction<'a> {
    tx: sqlx::Transaction<'a, sqlx::Postgres>,
    /// Its number; none while nothing was written.
    id: Option<i64>,
}

impl Postgres {
    pub fn new(pool: PgPool, lineage: Lineage) -> Self {
        Self { pool, connection: None, epoch: lineage.epoch(), lineage }
    }

    pub async fn begin(&mut self) -> Result<Transaction<'_>> {
        if self.pool.is_closed() {
            return Err(sqlx::Error::PoolClosed.into());
        }
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(self.pool.acquire().await?.detach()),
        };
        self.epoch = self.lineage.epoch();
        Ok(Transaction { tx: within(connection.begin()).await?, id: None })
    }

    /// After an error nobody knows what the connection holds.
    pub fn forget(&mut self) {
        self.connection = None;
    }

    /// What became of a transaction whose commit was sent and not answered: true when it was
    /// committed, false when it never will be. `witness` is a message that it wrote, if it did: a server
    /// that crashed may have forgotten the transaction and given its number to another.
    pub async fn settle(&mut self, transaction: i64, witness: Option<MessageId>) -> Result<bool> {
        self.forget();
        let mut reason = "it is in progress, or forgotten".to_owned();
        let asked = async {
            for _ in 0..ASKED {
                match self.ask(transaction, witness).await {
                    Ok(Some(status)) if status == "committed" => return Some(true),
                    Ok(Some(status)) if status == "aborted" => return Some(false),
                    // Still in progress, or too old to be known.
                    Ok(_) => {}
                    Err(error) => reason = error.to_string(),
                }
                sleep(ASKED_EVERY).await;
            }
            None
        };
        let end = timeout(PATIENCE, asked).await.unwrap_or_default();
        // A promoted standby may have given the same number to another transaction.
        let end = end.filter(|_| self.lineage.epoch() == self.epoch);
        end.ok_or_else(|| {
            Error::ReadOnly(format!("the end of transaction {transaction} is unknown: {reason}"))
        })
    }

    async fn ask(&self, transaction: i64, witness: Option<MessageId>) -> Result<Option<String>> {
        let query = sqlx::query_scalar(
            "select case when status = 'committed' and $2 is not null
                         and not exists (select from messages where id = $2) then 'aborted' else status end
             from pg_xact_status($1::text::xid8) as status",
        );
        let query = query.bind(transaction.to_string()).bind(witness.map(|message| message.0));
        Ok(query.fetch_one(&self.pool).await?)
    }
}

impl Transaction<'_> {
    pub async fn commit(self) -> Result<()> {
        match (within(self.tx.commit()).await.map_err(Error::from), self.id) {
            (Err(error), Some(id)) if error.is_passing() => Err(Error::Unsettled(id)),
            (outcome, _) => outcome,
        }
    }

    /// Takes a number, which only a transaction that writes has.
    pub async fn probe(&mut self) -> Result<()> {
        sqlx::query("select pg_current_xact_id()").execute(&mut *self.tx).await?;
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
        .fetch_all(&mut *self.tx)
        .await?;
        Ok(rows.into_iter().map(|(channel, contact, id)| ((channel, contact), ConversationId(id))).collect())
    }

    pub async fn lock(&mut self, ids: &[i64]) -> Result<Vec<Conversation>> {
        static SQL: LazyLock<String> = LazyLock::new(|| {
            let columns = conversations::COLUMNS;
            format!("select {columns} from conversations where id = any($1) order by id for update")
        });
        let query = sqlx::query_as::<_, Row<Conversation>>(SQL.as_str());
        let rows = query.bind(ids).fetch_all(&mut *self.tx).await?;
        Ok(rows.into_iter().map(|Row(conversation)| conversation).collect())
    }

    pub async fn rate(&mut self, row: &ratings::Columns<'_>) -> Result<bool> {
        let ratings::Columns { workspace, conversation, stars, tags, solved, text, at } = row;
        let save = sqlx::query(ratings::SAVE).bind(workspace).bind(conversation).bind(stars);
        let save = save.bind(tags).bind(solved).bind(text).bind(at);
        if save.execute(&mut *self.tx).await?.rows_affected() > 0 {
            return Ok(true);
        }
        let same = sqlx::query_scalar(ratings::SAME).bind(workspace).bind(conversation).bind(stars);
        let same = same.bind(tags).bind(solved).bind(text);
        ratings::judge(same.fetch_optional(&mut *self.tx).await?)
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
            .fetch_all(&mut *self.tx)
            .await?;
        Ok(rows.into_iter().map(|Row(message)| message).collect())
    }

    pub async fn count_unread(&mut self, id: ConversationId, kinds: [&str; 2], read: Seq) -> Result<i64> {
        let query = sqlx::query_scalar(
            "select count(*) from messages where conversation_id = $1 and seq > $2 and sender_kind in ($3, $4)",
        );
        Ok(query.bind(id.0).bind(read).bind(kinds[0]).bind(kinds[1]).fetch_one(&mut *self.tx).await?)
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
        .fetch_optional(&mut *self.tx)
        .await?;
        Ok(row.is_some())
    }

    pub async fn write(&mut self, written: &Written, loaded: &Loaded) -> Result<()> {
        let find = |ids: &BTreeSet<ConversationId>| -> Vec<&Conversation> {
            ids.iter().filter_map(|id| loaded.get(id).map(Arc::as_ref)).collect()
        };
        let (shaped, went_on) = (find(&written.shaped), find(&written.went_on));
        if shaped.is_empty() && went_on.is_empty() {
            return Ok(());
        }
        if !shaped.is_empty() {
            self.save_conversations(&shaped).await?;
        }
        self.save_progress_and_messages(&went_on, &written.messages).await?;
        if !written.facts.is_empty() {
            self.insert_facts(written, loaded).await?;
        }
        if !written.jobs.is_empty() {
            self.insert_jobs(written).await?;
        }
        for turn in &written.bot_turns {
            self.insert_bot_turn(turn).await?;
        }
        for row in &written.reasons {
            sqlx::query(assignments::INSERT)
                .bind(row.workspace.0)
                .bind(row.conversation.0)
                .bind(row.seq)
                .bind(row.reasons()?)
                .execute(&mut *self.tx)
                .await?;
        }
        for said in &written.said_images {
            sqlx::query(INSERT_SAID_IMAGE)
                .bind(said.workspace.0)
                .bind(said.conversation.0)
                .bind(said.image.0)
                .execute(&mut *self.tx)
                .await?;
        }
        for (file, conversation) in &written.files {
            sqlx::query("update attachments set conversation_id = $1 where id = $2")
                .bind(conversation)
                .bind(file)
                .execute(&mut *self.tx)
                .await?;
        }
        Ok(())
    }

    async fn save_conversations(&mut self, rows: &[&Conversation]) -> Result<()> {
        static SQL: LazyLock<String> = LazyLock::new(|| {
            let (columns, upsert) = (conversations::COLUMNS, conversations::UPSERT);
            format!(
                "insert into conversations ({columns}) select * from unnest($1::bigint[], $2::bigint[],
                 $3::bigint[], $4::bigint[], $5::text[], $6::bigint[], $7::bigint[], $8::text[], $9::bigint[],
                 $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[],
                 $16::text[], $17::text[], $18::bigint[], $19::bigint[], $20::bigint[], $21::bigint[],
                 $22::bigint[], $23::bigint[], $24::bigint[], $25::bigint[], $26::text[], $27::bigint[],
                 $28::bigint[], $29::bigint[], $30::text[], $31::bigint[]) {upsert}"
            )
        });
        sqlx::query(SQL.as_str())
            .bind(column(rows, |c| c.id.0))
            .bind(column(rows, |c| c.workspace_id.0))
            .bind(column(rows, |c| c.channel_id.0))
            .bind(column(rows, |c| c.contact_id.0))
            .bind(column(rows, |c| c.contact_name.as_str()))
            .bind(column(rows, |c| c.team_id.map(|id| id.0)))
            .bind(column(rows, |c| c.assignee_id.map(|id| id.0)))
            .bind(column(rows, |c| c.status.code()))
            .bind(column(rows, |c| c.last_seq))
            .bind(column(rows, |c| c.visitor_delivered))
            .bind(column(rows, |c| c.visitor_read))
            .bind(column(rows, |c| c.staff_delivered))
            .bind(column(rows, |c| c.staff_read))
            .bind(column(rows, |c| c.visitor_unread))
            .bind(column(rows, |c| c.staff_unread))
            .bind(column(rows, |c| c.preview.as_str()))
            .bind(column(rows, |c| c.preview_side.map(conversations::side_code)))
            .bind(column(rows, |c| c.stars.map(i64::from)))
            .bind(column(rows, |c| c.waiting_since))
            .bind(column(rows, |c| c.created_at))
            .bind(column(rows, |c| c.queued_at))
            .bind(column(rows, |c| c.assigned_at))
            .bind(column(rows, |c| c.resolved_at))
            .bind(column(rows, |c| c.active_at))
            .bind(column(rows, |c| c.version))
            .bind(column(rows, |c| c.mood.map(|mood| mood.kind.code())))
            .bind(column(rows, |c| c.mood.map(|mood| i64::from(mood.strength))))
            .bind(column(rows, |c| c.mood.map(|mood| mood.seq)))
            .bind(column(rows, |c| i64::from(c.told)))
            .bind(column(rows, |c| c.help.map(|help| help.kind.code())))
            .bind(column(rows, |c| c.help.map(|help| help.seq)))
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    /// The statement of nearly every batch. It leaves most columns and indexes of conversations alone,
    /// and asks for the transaction's number on the way.
    async fn save_progress_and_messages(
        &mut self,
        rows: &[&Conversation],
        messages: &[(WorkspaceId, Arc<Message>)],
    ) -> Result<()> {
        let contents: Vec<String> =
            messages.iter().map(|(_, message)| json("content", &message.content)).collect::<Result<_>>()?;
        let searchable = messages.iter().filter(|(_, message)| message.content.searchable().is_some());
        let searchable: Vec<i64> = searchable.map(|(_, message)| message.id.0).collect();
        let query = sqlx::query_scalar(
            "with progress as (
                update conversations set last_seq = p.last_seq, visitor_delivered = p.visitor_delivered,
                visitor_read = p.visitor_read, staff_delivered = p.staff_delivered, staff_read = p.staff_read,
                visitor_unread = p.visitor_unread, staff_unread = p.staff_unread, preview = p.preview,
                preview_side = p.preview_side, waiting_since = p.waiting_since, active_at = p.active_at,
                version = p.version
                from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
                $7::bigint[], $8::bigint[], $9::text[], $10::text[], $11::bigint[], $12::bigint[], $13::bigint[])
                as p (id, last_seq, visitor_delivered, visitor_read, staff_delivered, staff_read, visitor_unread,
                staff_unread, preview, preview_side, waiting_since, active_at, version)
                where conversations.id = p.id
             ), added as (
                insert into messages (id, workspace_id, conversation_id, seq, sender_kind, sender_id, client_id,
                content, created_at)
                select * from unnest($14::bigint[], $15::bigint[], $16::bigint[], $17::bigint[], $18::text[],
                $19::bigint[], $20::text[], $21::text[], $22::bigint[])
             ), listed as (
                insert into messages_unindexed select * from unnest($23::bigint[])
             )
             select pg_current_xact_id()::text::bigint",
        );
        let id = query
            .bind(column(rows, |c| c.id.0))
            .bind(column(rows, |c| c.last_seq))
            .bind(column(rows, |c| c.visitor_delivered))
            .bind(column(rows, |c| c.visitor_read))
            .bind(column(rows, |c| c.staff_delivered))
            .bind(column(rows, |c| c.staff_read))
            .bind(column(rows, |c| c.visitor_unread))
            .bind(column(rows, |c| c.staff_unread))
            .bind(column(rows, |c| c.preview.as_str()))
            .bind(column(rows, |c| c.preview_side.map(conversations::side_code)))
            .bind(column(rows, |c| c.waiting_since))
            .bind(column(rows, |c| c.active_at))
            .bind(column(rows, |c| c.version))
            .bind(column(messages, |m| m.1.id.0))
            .bind(column(messages, |m| m.0.0))
            .bind(column(messages, |m| m.1.conversation_id.0))
            .bind(column(messages, |m| m.1.seq))
            .bind(column(messages, |m| m.1.sender.columns().0))
            .bind(column(messages, |m| m.1.sender.columns().1))
            .bind(column(messages, |m| m.1.client_id.as_deref()))
            .bind(contents)
            .bind(column(messages, |m| m.1.created_at))
            .bind(searchable)
            .fetch_one(&mut *self.tx)
            .await?;
        self.id = Some(id);
        Ok(())
    }

    async fn insert_facts(&mut self, written: &Written, loaded: &Loaded) -> Result<()> {
        let rows: Vec<_> =
            written.facts.iter().filter_map(|row| Some((row, loaded.get(&row.conversation)?))).collect();
        sqlx::query(
            "insert into conversation_events (id, workspace_id, conversation_id, channel_id, team_id, agent_id, kind, at)
             select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
             $7::text[], $8::bigint[])",
        )
        .bind(column(&rows, |(fact, _)| fact.id))
        .bind(column(&rows, |(_, c)| c.workspace_id.0))
        .bind(column(&rows, |(_, c)| c.id.0))
        .bind(column(&rows, |(_, c)| c.channel_id.0))
        .bind(column(&rows, |(_, c)| c.team_id.map(|id| id.0)))
        .bind(column(&rows, |(fact, _)| fact.fact.agent_id.map(|id| id.0)))
        .bind(column(&rows, |(fact, _)| fact.fact.kind))
        .bind(column(&rows, |(fact, _)| fact.at))
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    async fn insert_jobs(&mut self, written: &Written) -> Result<()> {
        let tasks: Vec<String> =
            written.jobs.iter().map(|row| json("task", &row.task)).collect::<Result<_>>()?;
        sqlx::query(
            "insert into jobs (id, workspace_id, task, run_at, attempts, locked_until, dead, created_at)
             select id, workspace_id, task, at, 0, 0, false, at
             from unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[]) as j (id, workspace_id, task, at)",
        )
        .bind(column(&written.jobs, |job| job.id))
        .bind(column(&written.jobs, |job| job.workspace.0))
        .bind(tasks)
        .bind(column(&written.jobs, |job| job.at))
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    async fn insert_bot_turn(&mut self, turn: &bot::NewTurn) -> Result<()> {
        sqlx::query(bot::INSERT)
            .bind(turn.message.0)
            .bind(turn.workspace.0)
            .bind(turn.conversation.0)
            .bind(turn.seq)
            .bind(turn.evidence.outcome.code())
            .bind(turn.evidence.entry_id.map(|id| id.0))
            .bind(turn.evidence()?)
            .bind(turn.at)
            .execute(&mut *self.tx)
            .await?;
        for entry in &turn.offered {
            sqlx::query(bot::INSERT_OFFERED)
                .bind(turn.message.0)
                .bind(entry.0)
                .bind(turn.workspace.0)
                .bind(turn.conversation.0)
                .bind(turn.seq)
                .bind(turn.at)
                .execute(&mut *self.tx)
                .await?;
        }
        Ok(())
    }
}

/// One column of many rows, as `unnest` takes it.
fn column<'a, T, V>(rows: &'a [T], value: impl Fn(&'a T) -> V) -> Vec<V> {
    rows.iter().map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::{Lineage, MessageId, Postgres};
    use sqlx::{PgPool, postgres::PgPoolOptions};

    const WRITE: &str = "insert into messages values ($1) returning pg_current_xact_id()::text::bigint";

    async fn settled(pool: &PgPool, transaction: i64, witness: Option<i64>) -> bool {
        let mut postgres = Postgres::new(pool.clone(), Lineage::default());
        postgres.settle(transaction, witness.map(MessageId)).await.unwrap()
    }

    #[tokio::test]
    async fn a_number_that_was_given_to_another_transaction_settles_nothing() {
        let Ok(url) = std::env::var("OCTIM_TEST_POSTGRES_URL") else {
            return eprintln!("skipped: OCTIM_TEST_POSTGRES_URL not set");
        };
        // One connection, so that all see its temporary table.
        let pool = PgPoolOptions::new().max_connections(1).connect(&url).await.unwrap();
        sqlx::query("create temporary table messages (id bigint primary key)").execute(&pool).await.unwrap();
        let committed: i64 = sqlx::query_scalar(WRITE).bind(1_i64).fetch_one(&pool).await.unwrap();
        let mut tx = pool.begin().await.unwrap();
        let aborted: i64 = sqlx::query_scalar(WRITE).bind(2_i64).fetch_one(&mut *tx).await.unwrap();
        tx.rollback().await.unwrap();

        assert!(settled(&pool, committed, Some(1)).await);
        assert!(settled(&pool, committed, None).await);
        assert!(!settled(&pool, committed, Some(2)).await, "it is not ours");
        assert!(!settled(&pool, aborted, Some(2)).await && !settled(&pool, aborted, None).await);
    }
}
