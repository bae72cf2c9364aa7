//! What processes on one `PostgreSQL` tell each other with NOTIFY: the detour of the bus while Redis
//! is away. A text arrives at most once, whole, and in the order in which it was sent.

use crate::{
    Error, Result, Store,
    pool::{PATIENCE, Pool, within},
};
use sqlx::postgres::{PgListener, PgPoolOptions};

/// `PostgreSQL` takes less than 8,000 bytes at once; longer texts travel in pieces.
const PIECE: usize = 7_900;

/// What arrives on one channel.
pub struct Notices {
    listener: PgListener,
    /// The pieces so far of a text that is not whole yet.
    pieces: String,
}

impl Store {
    /// All of them or none.
    pub async fn notify(&self, channel: &str, texts: &[String]) -> Result<()> {
        let Pool::Postgres(pool) = &self.pool else { return Err(ONLY_POSTGRES) };
        let query = sqlx::query("select pg_notify($1, piece) from unnest($2::text[]) as piece");
        let query = query.bind(channel).bind(pieces(texts)).execute(pool);
        within(query).await?;
        Ok(())
    }

    /// On a connection of its own.
    pub async fn listen(&self, channel: &str) -> Result<Notices> {
        let Pool::Postgres(pool) = &self.pool else { return Err(ONLY_POSTGRES) };
        let options = (*pool.connect_options()).clone();
        let lasting = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
        let own = lasting.acquire_timeout(PATIENCE).connect_with(options).await?;
        let mut listener = PgListener::connect_with(&own).await?;
        within(listener.listen(channel)).await?;
        Ok(Notices { listener, pieces: String::new() })
    }
}

impl Notices {
    /// The next text; none when some may have been missed.
    pub async fn next(&mut self) -> Result<Option<String>> {
        loop {
            let Some(notice) = self.listener.try_recv().await? else {
                self.pieces.clear();
                return Ok(None);
            };
            let Some((mark, piece)) = notice.payload().split_once(':') else { continue };
            self.pieces.push_str(piece);
            if mark.ends_with('.') {
                return Ok(Some(std::mem::take(&mut self.pieces)));
            }
        }
    }
}

const ONLY_POSTGRES: Error = Error::Unsupported("only PostgreSQL carries notices");

/// Each with its number, as `PostgreSQL` drops what it has in the same transaction already, and with
/// a dot where a text ends.
fn pieces(texts: &[String]) -> Vec<String> {
    let mut pieces = Vec::new();
    for text in texts {
        let mut rest = text.as_str();
        loop {
            let end = rest.floor_char_boundary(PIECE);
            let (piece, others) = rest.split_at(end);
            let dot = if others.is_empty() { "." } else { "" };
            pieces.push(format!("{}{dot}:{piece}", pieces.len()));
            rest = others;
            if rest.is_empty() {
                break;
            }
        }
    }
    pieces
}
