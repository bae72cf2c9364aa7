//! One question to a business system: within bounds, with a line in the record.

use super::{
    Connectors, Values, place,
    results::{self, Rows},
    template::{self, Prepared},
};
use crate::{Error, Result};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use crypto::{Purpose, digest::sha256_hex};
use model::{
    Connector, ConversationId, Lookup, LookupBy, LookupOutcome, Millis,
    connector::{ConnectorAuth, ConnectorMethod},
};
use outbound::{Limits, Request};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// Bytes of an answer.
const BYTES: usize = 256 * 1024;
/// What an administrator sees of an answer that can be read, and of one that cannot.
const SHOWN: usize = 65_536;
const COMPLAINT: usize = 2_000;
/// Answers that are remembered on a node.
const REMEMBERED: usize = 500;

pub struct Ask<'a> {
    pub connector: &'a Connector,
    /// Of all placeholders.
    pub values: &'a Values,
    pub by: LookupBy,
    pub conversation: Option<ConversationId>,
    /// When there must be an answer, if that is before the connector's own time is up.
    pub until: Option<Instant>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Answered {
    pub outcome: LookupOutcome,
    pub rows: Rows,
    /// Of the server's answer.
    pub status: Option<u16>,
    /// What the server said, for an administrator alone.
    pub said: String,
    pub is_cached: bool,
    pub ms: i64,
}

/// Good answers by the request that they are for, for as long as the connector says.
#[derive(Clone, Default)]
pub struct Remembered(Arc<Mutex<HashMap<String, (Millis, Rows)>>>);

impl Remembered {
    fn get(&self, request: &str, now: Millis) -> Option<Rows> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (until, _)| *until > now);
        known.get(request).map(|(_, rows)| rows.clone())
    }

    fn put(&self, request: String, until: Millis, rows: &Rows) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(request, (until, rows.clone()));
    }
}

impl Connectors {
    /// Asks, or remembers what was answered to the same question; a trial always asks. A failure is an answer
    /// like any other; an error is about a value that cannot stand in the request.
    pub(super) async fn ask(&self, ask: Ask<'_>) -> Result<Answered> {
        let Connector { content, id, workspace_id, version, .. } = ask.connector;
        let request = template::prepare(content, ask.values)?;
        let began = Instant::now();
        let lasts = if matches!(ask.by, LookupBy::Trial(_)) { 0 } else { content.cache_s * 1_000 };
        // The whole request names it, and so whoever it is about.
        let name = sha256_hex(format!("{workspace_id} {id} {version} {request:?}").as_bytes());
        let known = if lasts > 0 { self.remembered.get(&name, self.clock.now()) } else { None };
        let mut answered = match known {
            Some(rows) => Answered { is_cached: true, ..Answered::of(Ok(rows)) },
            None => self.send(&ask, request).await?,
        };
        answered.ms = began.elapsed().as_millis() as i64;
        let now = self.clock.now();
        if lasts > 0 && answered.outcome.is_answer() && !answered.is_cached {
            self.remembered.put(name, now + lasts, &answered.rows);
        }
        let Answered { outcome, status, ms, .. } = answered;
        let line = Lookup { at: now, by: ask.by, conversation_id: ask.conversation, outcome, status, ms };
        self.store.record_lookup(*workspace_id, *id, &line).await?;
        metrics::counter!("octim_lookups_total", "outcome" => outcome.code()).increment(1);
        Ok(answered)
    }

    async fn send(&self, ask: &Ask<'_>, request: Prepared) -> Result<Answered> {
        let content = &ask.connector.content;
        let secret = self.secret(ask.connector)?;
        let credential = secret.as_deref().map(|secret| credential(&content.auth, secret));
        let own = Duration::from_millis(u64::try_from(content.timeout_ms).unwrap_or_default());
        let left = ask.until.map(|until| until.saturating_duration_since(Instant::now()));
        let limits = Limits { total: left.map_or(own, |left| own.min(left)), bytes: BYTES };
        let mut sent = match content.method {
            ConnectorMethod::Get => Request::get(request.url),
            ConnectorMethod::Post => Request::post_json(request.url, request.body.unwrap_or_default()),
        }
        .header("accept", "application/json")
        .plain_inside()
        .within(limits);
        let headers = request.headers.into_iter().chain(credential.clone().into_iter().flatten());
        for (name, value) in headers {
            sent = sent.private_header(&name, &value).ok_or(Error::Field("headers"))?;
        }
        let answer = match self.outbound.send(sent).await {
            Ok(answer) => answer,
            Err(error) => return Ok(Answered::of(Err(failed(&error)))),
        };
        let read = match answer.status {
            200..=299 if answer.body.is_empty() => Ok(Rows::default()),
            200..=299 => results::read(content, &answer.body),
            404 => Ok(Rows::default()),
            _ => Err(LookupOutcome::Status),
        };
        let is_readable = matches!(read, Ok(_) | Err(LookupOutcome::Unexpected)) && answer.status != 404;
        let longest = if is_readable { SHOWN } else { COMPLAINT };
        let said = String::from_utf8_lossy(&answer.body);
        let mut said = ::llm::visible(&said);
        // A server that says what it was told must not tell it on.
        let encoded = credential.flatten().and_then(|(_, value)| Some(value.rsplit(' ').next()?.to_owned()));
        for hidden in secret.into_iter().chain(encoded) {
            said = said.replace(&hidden, "***");
        }
        let said = said.chars().take(longest).collect();
        Ok(Answered { status: Some(answer.status), said, ..Answered::of(read) })
    }

    fn secret(&self, connector: &Connector) -> Result<Option<String>> {
        let place = place(connector.workspace_id, connector.id);
        let sealed = connector.sealed_secret.as_deref();
        let open = |sealed| Ok(self.keys.open_text(Purpose::Secret, &place, sealed)?.to_string());
        sealed.map(open).transpose()
    }
}

impl Answered {
    fn of(read: std::result::Result<Rows, LookupOutcome>) -> Self {
        let outcome = match &read {
            Ok(rows) if rows.rows.is_empty() => LookupOutcome::Nothing,
            Ok(_) => LookupOutcome::Found,
            Err(outcome) => *outcome,
        };
        let rows = read.unwrap_or_default();
        Self { outcome, rows, status: None, said: String::new(), is_cached: false, ms: 0 }
    }
}

/// The header that holds the secret.
fn credential(auth: &ConnectorAuth, secret: &str) -> Option<(String, String)> {
    let authorization = |value| Some(("authorization".to_owned(), value));
    match auth {
        ConnectorAuth::None => None,
        ConnectorAuth::Bearer => authorization(format!("Bearer {secret}")),
        ConnectorAuth::Basic { user } => {
            authorization(format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{secret}"))))
        }
        ConnectorAuth::Header { name } => Some((name.clone(), secret.to_owned())),
    }
}

const fn failed(error: &outbound::Error) -> LookupOutcome {
    match error {
        outbound::Error::Refused(_) => LookupOutcome::Refused,
        outbound::Error::Timeout => LookupOutcome::Timeout,
        outbound::Error::Unreachable(_) => LookupOutcome::Unreachable,
        outbound::Error::TooLarge(_) => LookupOutcome::TooLarge,
        outbound::Error::Resting(_) => LookupOutcome::Resting,
    }
}
