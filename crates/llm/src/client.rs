//! One question to a model, within bounds: how long, how many bytes, how much text, how often.

use crate::{
    retry::Tries,
    sse, tokens,
    tools::{Calls, Round, Tool, ToolCall},
    wire::{self, Piece, Request, StreamOptions, Usage, complaint},
};
use model::LlmFailure;
use outbound::{Breakers, Limits, Streaming};
use serde::Serialize;
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, sleep};

/// Bytes of an answer with everything around its text.
const BYTES: usize = 512 * 1024;
/// Characters of an answer's text.
const CHARACTERS: usize = 16_000;
/// What is read of an error.
const COMPLAINT: usize = 8 * 1024;
/// The most tokens that a server is believed to have used.
pub const MOST_TOKENS: i64 = 1_000_000;

/// Where a model is.
#[derive(Clone)]
pub struct Endpoint {
    /// Names it for the breaker; changes when the endpoint is changed.
    pub name: String,
    /// What comes before `/chat/completions`.
    pub base_url: String,
    pub key: Option<String>,
}

/// What is asked.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    pub model: String,
    pub system: String,
    pub user: String,
    /// What it may call; calling anything is a failure where there is nothing.
    pub tools: Vec<Tool>,
    /// What it called so far, and what came of it.
    pub rounds: Vec<Round>,
    pub max_tokens: u32,
    /// From the first try to the last byte.
    pub within: Duration,
}

impl Ask {
    /// About how many tokens it may use, in and out.
    pub fn at_most(&self) -> i64 {
        self.reads() + i64::from(self.max_tokens)
    }

    /// About how many tokens it reads.
    fn reads(&self) -> i64 {
        let tools: i64 = self
            .tools
            .iter()
            .map(|tool| tokens(&tool.description) + tokens(&tool.parameters.to_string()))
            .sum();
        let calls = self
            .rounds
            .iter()
            .flat_map(|round| &round.calls)
            .map(|call| tokens(&call.arguments))
            .sum::<i64>();
        let results =
            self.rounds.iter().flat_map(|round| &round.results).map(|result| tokens(result)).sum::<i64>();
        tokens(&self.system) + tokens(&self.user) + tools + calls + results
    }
}

/// What a model said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub text: String,
    /// What it wants to know first; then the text says nothing yet.
    pub calls: Vec<ToolCall>,
    pub tokens_in: i64,
    pub tokens_out: i64,
}

/// Why it said nothing. `detail` is the server's own word: for whoever set it up, never for a log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind:?}")]
pub struct Failure {
    pub kind: LlmFailure,
    pub status: Option<u16>,
    pub detail: String,
}

impl Failure {
    pub(crate) fn new(kind: LlmFailure) -> Self {
        Self { kind, status: None, detail: String::new() }
    }
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Client {
    outbound: outbound::Client,
    breakers: Arc<Breakers>,
    /// Before the second try.
    pub(crate) first_pause: Duration,
}

impl Client {
    pub fn new(outbound: outbound::Client) -> Self {
        Self { outbound, breakers: Arc::default(), first_pause: Duration::from_millis(400) }
    }

    /// For tests that do not want to wait.
    #[must_use]
    pub fn with_first_pause(self, first_pause: Duration) -> Self {
        Self { first_pause, ..self }
    }

    /// Whether an address may be asked, as far as that can be said without resolving it.
    pub fn check(&self, base_url: &str) -> Result<(), outbound::Refusal> {
        self.outbound.check(base_url)
    }

    /// Asks, again where that is worth it. An endpoint that fails again and again rests.
    pub async fn ask(&self, endpoint: &Endpoint, ask: &Ask) -> Result<Answer, Failure> {
        self.ask_and_hear(endpoint, ask, &mut |_| {}).await
    }

    /// [`Self::ask`], and `hear` is given the text while it comes. Whoever heard some of it may still
    /// be told of a failure.
    pub async fn ask_and_hear(
        &self,
        endpoint: &Endpoint,
        ask: &Ask,
        hear: &mut (dyn FnMut(&str) + Send),
    ) -> Result<Answer, Failure> {
        self.if_awake(endpoint, self.ask_anyhow(endpoint, ask, hear)).await
    }

    /// Even when it rests: for whoever tries an endpoint out.
    pub async fn ask_anyhow(
        &self,
        endpoint: &Endpoint,
        ask: &Ask,
        hear: &mut (dyn FnMut(&str) + Send),
    ) -> Result<Answer, Failure> {
        let mut tries = Tries::new(self.first_pause, ask.within);
        loop {
            let mut heard = false;
            let mut note = |text: &str| {
                heard = true;
                hear(text);
            };
            let (failure, asked_for) = match self.once(endpoint, ask, tries.left(), &mut note).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            match tries.again_after(failure.kind, asked_for) {
                Some(pause) if !heard => sleep(pause).await,
                _ => return Err(failure),
            }
        }
    }

    /// The failure, and after how long the server wants to be asked again.
    async fn once(
        &self,
        endpoint: &Endpoint,
        ask: &Ask,
        within: Duration,
        hear: &mut (dyn FnMut(&str) + Send),
    ) -> Result<Answer, (Failure, Option<Duration>)> {
        let body = Request {
            model: &ask.model,
            messages: wire::messages(&ask.system, &ask.user, &ask.rounds),
            max_tokens: ask.max_tokens,
            temperature: 0.2,
            stream: true,
            stream_options: StreamOptions { include_usage: true },
            tools: wire::offered(&ask.tools),
        };
        let limits = Limits { total: within, bytes: BYTES };
        let answer = self.post(endpoint, "/chat/completions", &body, limits).await?;
        read(answer, ask, hear).await.map_err(|failure| (failure, None))
    }

    /// An answer with the status 200, its body still to come.
    pub(crate) async fn post(
        &self,
        endpoint: &Endpoint,
        path: &str,
        body: &impl Serialize,
        limits: Limits,
    ) -> Result<Streaming, (Failure, Option<Duration>)> {
        let body = serde_json::to_vec(body).map_err(|_| (Failure::new(LlmFailure::Refused), None))?;
        let url = format!("{}{path}", endpoint.base_url.trim_end_matches('/'));
        let mut request = outbound::Request::post_json(url, body)
            .header("accept", "text/event-stream, application/json")
            .within(limits);
        if let Some(key) = &endpoint.key {
            request = request.bearer(key);
        }
        let answer = self.outbound.stream(request).await.map_err(|error| (failed(&error), None))?;
        if answer.status == 200 { Ok(answer) } else { Err(refused(answer, endpoint).await) }
    }

    /// Asks one that does not rest, and notes how that went.
    pub(crate) async fn if_awake<T>(
        &self,
        endpoint: &Endpoint,
        asking: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        if self.breakers.may_ask(&endpoint.name, Instant::now()).is_err() {
            return Err(Failure::new(LlmFailure::Resting));
        }
        let answer = asking.await;
        let worked = !matches!(&answer, Err(failure) if failure.kind != LlmFailure::Tool);
        self.breakers.tell(&endpoint.name, worked, Instant::now());
        answer
    }
}

/// What the text is put together from.
#[derive(Default)]
struct Reading {
    text: String,
    characters: usize,
    usage: Option<Usage>,
    calls: Calls,
    has_tools: bool,
    /// The model said that it is done.
    done: bool,
}

impl Reading {
    fn take(&mut self, data: &str, hear: &mut (dyn FnMut(&str) + Send)) -> Result<(), Failure> {
        if data == "[DONE]" {
            self.done = true;
            return Ok(());
        }
        let piece: Piece = serde_json::from_str(data).map_err(|_| Failure::new(LlmFailure::Malformed))?;
        if piece.error.is_some_and(|error| !error.is_null()) {
            return Err(Failure { detail: String::new(), ..Failure::new(LlmFailure::Failed) });
        }
        self.usage = piece.usage.or(self.usage);
        let Some(choice) = piece.choices.first() else { return Ok(()) };
        if choice.wants_tool() && (!self.has_tools || choice.wants_function()) {
            return Err(Failure::new(LlmFailure::Tool));
        }
        let calls = choice.calls().map_err(|_| Failure::new(LlmFailure::Tool))?;
        self.calls.take(calls).map_err(|_| Failure::new(LlmFailure::Tool))?;
        self.done |= choice.finish_reason.is_some();
        if let Some(text) = choice.delta.as_ref().and_then(|delta| delta.content.as_deref()) {
            self.characters += text.chars().count();
            if self.characters > CHARACTERS {
                return Err(Failure::new(LlmFailure::TooLong));
            }
            self.text.push_str(text);
            hear(text);
        }
        Ok(())
    }
}

async fn read(
    mut answer: Streaming,
    ask: &Ask,
    hear: &mut (dyn FnMut(&str) + Send),
) -> Result<Answer, Failure> {
    let broken = |_| Failure::new(LlmFailure::Malformed);
    let is_stream = answer
        .headers
        .get("content-type")
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.starts_with("text/event-stream"));
    let mut reading = Reading { has_tools: !ask.tools.is_empty(), ..Reading::default() };
    if is_stream {
        let mut events = sse::Events::default();
        while let Some(piece) = answer.piece().await.map_err(|error| failed(&error))? {
            for data in events.feed(&piece).map_err(broken)? {
                reading.take(&data, hear)?;
            }
        }
        for data in events.rest().map_err(broken)? {
            reading.take(&data, hear)?;
        }
        if !reading.done {
            // It broke off: half an answer may mean the contrary of the whole one.
            return Err(Failure::new(LlmFailure::Malformed));
        }
    } else {
        let body = whole(&mut answer).await?;
        let text = std::str::from_utf8(&body).map_err(|_| Failure::new(LlmFailure::Malformed))?;
        reading.take(text.trim(), hear)?;
    }
    let text = without_thoughts(&reading.text).trim().to_owned();
    if text.is_empty() && reading.calls.is_empty() {
        return Err(Failure::new(LlmFailure::Empty));
    }
    let counted = |told: i64, ours: i64| if told > 0 { told.min(MOST_TOKENS) } else { ours };
    let told = reading.usage.unwrap_or(Usage { prompt_tokens: 0, completion_tokens: 0 });
    Ok(Answer {
        tokens_in: counted(told.prompt_tokens, ask.reads()),
        tokens_out: counted(told.completion_tokens, tokens(&reading.text)),
        text,
        calls: reading.calls.done(),
    })
}

pub async fn whole(answer: &mut Streaming) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while let Some(piece) = answer.piece().await.map_err(|error| failed(&error))? {
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

/// Some models think aloud first.
fn without_thoughts(text: &str) -> &str {
    let trimmed = text.trim_start();
    match trimmed.strip_prefix("<think>") {
        Some(rest) => rest.split_once("</think>").map_or("", |(_, said)| said),
        None => trimmed,
    }
}

async fn refused(mut answer: Streaming, endpoint: &Endpoint) -> (Failure, Option<Duration>) {
    let status = answer.status;
    let kind = match status {
        401 | 403 => LlmFailure::Unauthorised,
        404 => LlmFailure::NotFound,
        402 | 429 => LlmFailure::Limited,
        500.. => LlmFailure::Failed,
        _ => LlmFailure::Refused,
    };
    let asked_for = answer.headers.get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
    let mut body = Vec::new();
    while let Ok(Some(piece)) = answer.piece().await {
        body.extend_from_slice(&piece);
        if body.len() > COMPLAINT {
            break;
        }
    }
    let mut detail = complaint(&body);
    if let Some(key) = endpoint.key.as_deref().filter(|key| !key.is_empty()) {
        detail = detail.replace(key, "***");
    }
    let detail = crate::blocks::visible(&detail).chars().take(300).collect();
    (Failure { kind, status: Some(status), detail }, asked_for.map(Duration::from_secs))
}

fn failed(error: &outbound::Error) -> Failure {
    use outbound::Error as E;
    let kind = match error {
        E::Refused(_) => LlmFailure::Address,
        E::Timeout => LlmFailure::Timeout,
        E::Unreachable(_) => LlmFailure::Unreachable,
        E::TooLarge(_) => LlmFailure::TooLong,
        E::Resting(_) => LlmFailure::Resting,
    };
    let detail = if let E::Refused(refusal) = error { refusal.to_string() } else { String::new() };
    Failure { kind, status: None, detail }
}
