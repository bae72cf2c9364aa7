//! What the writer says to `PostgreSQL`: each kind of row in one statement over arrays, one for each column.

use crate::{
    Result, bot, conversations,
    writer::rows::{FactRow, Loaded, Written, json},
};
use model::{Conversation, Message, WorkspaceId};
use sqlx::PgConnection;
use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

pub async fn save_conversations(connection: &mut PgConnection, rows: &[&Arc<Conversation>]) -> Result<()> {
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
        .execute(&mut *connection)
        .await?;
    Ok(())
}

/// People talked and read, agents replied, and nothing else happened.
pub struct Talk<'a> {
    /// The versions that these conversations must have.
    pub expected: &'a BTreeMap<i64, i64>,
    /// As they are to be.
    pub went_on: &'a [&'a Arc<Conversation>],
    pub messages: &'a [(WorkspaceId, Arc<Message>)],
    /// With the conversations that they are about.
    pub facts: Vec<(&'a FactRow, &'a Conversation)>,
}

impl<'a> Talk<'a> {
    pub fn of(
        written: &'a Written,
        loaded: &'a Loaded,
        expected: &'a BTreeMap<i64, i64>,
        went_on: &'a [&'a Arc<Conversation>],
    ) -> Self {
        let facts = written.facts.iter();
        let facts = facts.filter_map(|row| Some((row, &**loaded.get(&row.conversation)?))).collect();
        Self { expected, went_on, messages: &written.messages, facts }
    }
}

/// The statement of nearly every batch. It leaves most columns and indexes of conversations alone. What is to be
/// indexed is listed in rows that are short enough to stay in their page as they are. It answers with
/// the number of its transaction, or with none where a conversation is in another version: then it has written
/// nothing.
pub async fn save_talk(connection: &mut PgConnection, talk: &Talk<'_>) -> Result<Option<i64>> {
    let Talk { expected, went_on, messages, facts } = talk;
    let (ids, versions): (Vec<i64>, Vec<i64>) = expected.iter().unzip();
    let contents: Vec<String> =
        messages.iter().map(|(_, message)| json("content", &message.content)).collect::<Result<_>>()?;
    let searchable = messages.iter().filter(|(_, message)| message.content.searchable().is_some());
    let searchable: Vec<i64> = searchable.map(|(_, message)| message.id.0).collect();
    let query = sqlx::query_scalar(
        "with expected as (
            select c.id from unnest($1::bigint[], $2::bigint[]) as p (id, version)
            join conversations c on c.id = p.id and c.version = p.version order by c.id for update of c
         ), checked as (
            select count(*) = cardinality($1::bigint[]) as held from expected
         ), progress as (
            update conversations set last_seq = p.last_seq, visitor_delivered = p.visitor_delivered,
            visitor_read = p.visitor_read, staff_delivered = p.staff_delivered, staff_read = p.staff_read,
            visitor_unread = p.visitor_unread, staff_unread = p.staff_unread, preview = p.preview,
            preview_side = p.preview_side, waiting_since = p.waiting_since, active_at = p.active_at,
            version = p.version
            from unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[],
            $9::bigint[], $10::bigint[], $11::text[], $12::text[], $13::bigint[], $14::bigint[], $15::bigint[])
            as p (id, last_seq, visitor_delivered, visitor_read, staff_delivered, staff_read, visitor_unread,
            staff_unread, preview, preview_side, waiting_since, active_at, version)
            where conversations.id = p.id and (select held from checked)
         ), added as (
            insert into messages (id, workspace_id, conversation_id, seq, sender_kind, sender_id, client_id,
            content, created_at)
            select * from unnest($16::bigint[], $17::bigint[], $18::bigint[], $19::bigint[], $20::text[],
            $21::bigint[], $22::text[], $23::text[], $24::bigint[]) where (select held from checked)
         ), listed as (
            insert into search_backlog (first, messages)
            select min(id), array_agg(id) from unnest($25::bigint[]) with ordinality as m (id, place)
            where (select held from checked) group by place / 200
         ), noted as (
            insert into conversation_events (id, workspace_id, conversation_id, channel_id, team_id, agent_id, kind, at)
            select * from unnest($26::bigint[], $27::bigint[], $28::bigint[], $29::bigint[], $30::bigint[],
            $31::bigint[], $32::text[], $33::bigint[]) where (select held from checked)
         )
         select pg_current_xact_id()::text::bigint from checked where held",
    );
    let number = query
        .bind(ids)
        .bind(versions)
        .bind(column(went_on, |c| c.id.0))
        .bind(column(went_on, |c| c.last_seq))
        .bind(column(went_on, |c| c.visitor_delivered))
        .bind(column(went_on, |c| c.visitor_read))
        .bind(column(went_on, |c| c.staff_delivered))
        .bind(column(went_on, |c| c.staff_read))
        .bind(column(went_on, |c| c.visitor_unread))
        .bind(column(went_on, |c| c.staff_unread))
        .bind(column(went_on, |c| c.preview.as_str()))
        .bind(column(went_on, |c| c.preview_side.map(conversations::side_code)))
        .bind(column(went_on, |c| c.waiting_since))
        .bind(column(went_on, |c| c.active_at))
        .bind(column(went_on, |c| c.version))
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
        .bind(column(facts, |(fact, _)| fact.id))
        .bind(column(facts, |(_, c)| c.workspace_id.0))
        .bind(column(facts, |(_, c)| c.id.0))
        .bind(column(facts, |(_, c)| c.channel_id.0))
        .bind(column(facts, |(_, c)| c.team_id.map(|id| id.0)))
        .bind(column(facts, |(fact, _)| fact.fact.agent_id.map(|id| id.0)))
        .bind(column(facts, |(fact, _)| fact.fact.kind))
        .bind(column(facts, |(fact, _)| fact.at))
        .fetch_optional(&mut *connection)
        .await?;
    Ok(number)
}

pub async fn insert_jobs(connection: &mut PgConnection, written: &Written) -> Result<()> {
    let tasks: Vec<String> = written.jobs.iter().map(|row| json("task", &row.task)).collect::<Result<_>>()?;
    sqlx::query(
        "insert into jobs (id, workspace_id, task, run_at, attempts, locked_until, dead, created_at)
         select id, workspace_id, task, at, 0, 0, false, at
         from unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[]) as j (id, workspace_id, task, at)",
    )
    .bind(column(&written.jobs, |job| job.id))
    .bind(column(&written.jobs, |job| job.workspace.0))
    .bind(tasks)
    .bind(column(&written.jobs, |job| job.at))
    .execute(&mut *connection)
    .await?;
    Ok(())
}

pub async fn insert_bot_turn(connection: &mut PgConnection, turn: &bot::NewTurn) -> Result<()> {
    sqlx::query(bot::INSERT)
        .bind(turn.message.0)
        .bind(turn.workspace.0)
        .bind(turn.conversation.0)
        .bind(turn.seq)
        .bind(turn.evidence.outcome.code())
        .bind(turn.evidence.entry_id.map(|id| id.0))
        .bind(turn.evidence()?)
        .bind(turn.at)
        .execute(&mut *connection)
        .await?;
    for entry in &turn.offered {
        sqlx::query(bot::INSERT_OFFERED)
            .bind(turn.message.0)
            .bind(entry.0)
            .bind(turn.workspace.0)
            .bind(turn.conversation.0)
            .bind(turn.seq)
            .bind(turn.at)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// One column of many rows, as `unnest` takes it.
fn column<'a, T, V>(rows: &'a [T], value: impl Fn(&'a T) -> V) -> Vec<V> {
    rows.iter().map(value).collect()
}
