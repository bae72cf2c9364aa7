//! What became of a transaction whose end was asked for and not answered.

use super::Postgres;
use crate::{Error, Result, pool::PATIENCE};
use model::{Message, MessageId, WorkspaceId};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::time::{sleep, timeout};

/// How often an unknown end of a transaction is asked for.
const ASKED: u32 = 20;
const ASKED_EVERY: Duration = Duration::from_millis(50);

/// A transaction whose end was asked for and not answered. The witness is a message that it wrote, if it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CutOff {
    /// Its commit was sent; it has a number.
    Commit { number: i64, witness: Option<MessageId> },
    /// It was one statement, for conversations in certain versions. Perhaps it has not even begun.
    Statement { conversations: Vec<i64>, witness: MessageId },
}

impl CutOff {
    pub(super) fn commit(number: i64, messages: &[(WorkspaceId, Arc<Message>)]) -> Self {
        Self::Commit { number, witness: messages.first().map(|(_, message)| message.id) }
    }

    pub(super) fn statement(
        messages: &[(WorkspaceId, Arc<Message>)],
        versions: BTreeMap<i64, i64>,
    ) -> Option<Self> {
        let (_, message) = messages.first()?;
        Some(Self::Statement { conversations: versions.into_keys().collect(), witness: message.id })
    }
}

impl Postgres {
    /// True when it was committed, false when it never will be.
    pub async fn settle(&mut self, cut_off: &CutOff) -> Result<bool> {
        self.forget();
        let mut reason = "it is in progress, or forgotten".to_owned();
        let asked = async {
            for _ in 0..ASKED {
                let end = match cut_off {
                    CutOff::Commit { number, witness } => self.ask(*number, *witness).await,
                    CutOff::Statement { conversations, witness } => {
                        self.fence(conversations, *witness).await.map(Some)
                    }
                };
                match end {
                    Ok(Some(end)) => return Some(end),
                    Ok(None) => {}
                    Err(error) => reason = error.to_string(),
                }
                sleep(ASKED_EVERY).await;
            }
            None
        };
        let end = timeout(PATIENCE, asked).await.unwrap_or_default();
        // A promoted standby may have given the same number to another transaction.
        let end = end.filter(|_| self.lineage.epoch() == self.epoch);
        end.ok_or_else(|| Error::ReadOnly(format!("the end of {cut_off:?} is unknown: {reason}")))
    }

    /// None while it is in progress, or when it is too old to be known. A server that crashed may have forgotten
    /// the transaction and given its number to another, which has not written the witness.
    async fn ask(&self, number: i64, witness: Option<MessageId>) -> Result<Option<bool>> {
        let query = sqlx::query_scalar(
            "select case when status = 'committed' and $2 is not null
                         and not exists (select from messages where id = $2) then 'aborted' else status end
             from pg_xact_status($1::text::xid8) as status",
        );
        let query = query.bind(number.to_string()).bind(witness.map(|message| message.0));
        let status: Option<String> = query.fetch_one(&self.pool).await?;
        Ok(match status.as_deref() {
            Some("committed") => Some(true),
            Some("aborted") => Some(false),
            _ => None,
        })
    }

    /// Waits for the statement, should it be at work: it holds the rows. If it has not stored its witness then, it
    /// may still be on its way. So the conversations get other versions than it expects, and it will write nothing.
    async fn fence(&self, conversations: &[i64], witness: MessageId) -> Result<bool> {
        let mut tx = self.pool.begin().await?;
        sqlx::query("select from conversations where id = any($1) order by id for update")
            .bind(conversations)
            .execute(&mut *tx)
            .await?;
        let is_stored: bool = sqlx::query_scalar("select exists (select from messages where id = $1)")
            .bind(witness.0)
            .fetch_one(&mut *tx)
            .await?;
        if !is_stored {
            sqlx::query("update conversations set version = version + 1 where id = any($1)")
                .bind(conversations)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(is_stored)
    }
}

#[cfg(test)]
mod tests {
    use super::{CutOff, MessageId, Postgres};
    use crate::lineage::Lineage;
    use sqlx::{PgPool, postgres::PgPoolOptions};

    const WRITE: &str = "insert into messages values ($1) returning pg_current_xact_id()::text::bigint";

    async fn settled(pool: &PgPool, transaction: i64, witness: Option<i64>) -> bool {
        let mut postgres = Postgres::new(pool.clone(), Lineage::default());
        let cut_off = CutOff::Commit { number: transaction, witness: witness.map(MessageId) };
        postgres.settle(&cut_off).await.unwrap()
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

    #[tokio::test]
    async fn statement_that_may_still_come_finds_another_version() {
        let Ok(url) = std::env::var("OCTIM_TEST_POSTGRES_URL") else {
            return eprintln!("skipped: OCTIM_TEST_POSTGRES_URL not set");
        };
        let pool = PgPoolOptions::new().max_connections(1).connect(&url).await.unwrap();
        for sql in [
            "create temporary table messages (id bigint primary key)",
            "create temporary table conversations (id bigint primary key, version bigint)",
            "insert into conversations values (1, 5), (2, 7), (3, 9)",
        ] {
            sqlx::query(sql).execute(&pool).await.unwrap();
        }
        let cut_off = CutOff::Statement { conversations: vec![1, 2], witness: MessageId(4) };
        let mut postgres = Postgres::new(pool.clone(), Lineage::default());
        assert!(!postgres.settle(&cut_off).await.unwrap());
        let versions = "select version from conversations order by id";
        let fenced: Vec<i64> = sqlx::query_scalar(versions).fetch_all(&pool).await.unwrap();
        assert_eq!(fenced, [6, 8, 9]);

        sqlx::query("insert into messages values (4)").execute(&pool).await.unwrap();
        assert!(postgres.settle(&cut_off).await.unwrap(), "it had come before");
        let same: Vec<i64> = sqlx::query_scalar(versions).fetch_all(&pool).await.unwrap();
        assert_eq!(same, fenced);
    }
}
