//! Texts to vectors, by the server that a workspace chose for it, within the budgets.

use super::{Llm, asking::may_have_cost};
use crate::Result;
use ::llm::{Embed, MOST_TEXTS};
use futures_util::future::join_all;
use model::{LlmChoice, LlmFailure, LlmTask, WorkspaceId};
use std::time::Duration;
use store::llm::LlmUsage;

/// Requests that are under way at once for one base.
const AT_ONCE: usize = 4;

/// Who encodes for a workspace.
#[derive(Clone)]
pub(crate) struct Embedder {
    llm: Llm,
    workspace: WorkspaceId,
    choice: LlmChoice,
    server: String,
    endpoint: ::llm::Endpoint,
}

impl Llm {
    /// None where the encoder inside the program does it.
    pub(crate) async fn embedder(&self, workspace: WorkspaceId) -> Result<Option<Embedder>> {
        let settings = self.choices(workspace).await?;
        let Some(choice) = settings.choice(LlmTask::Encode).cloned() else { return Ok(None) };
        let Some(endpoint) = self.store.find_llm_endpoint(workspace, choice.endpoint_id).await? else {
            return Ok(None);
        };
        let server = endpoint.name.clone();
        let endpoint = match self.opened(workspace, endpoint) {
            Ok(endpoint) => endpoint,
            Err(error) => {
                tracing::error!(%error, "the key of the server that encodes cannot be read; the built-in encoder does it");
                return Ok(None);
            }
        };
        Ok(Some(Embedder { llm: self.clone(), workspace, choice, server, endpoint }))
    }
}

impl Embedder {
    /// Server and model, as people know them.
    pub fn title(&self) -> String {
        format!("{} · {}", self.server, self.choice.model)
    }

    /// The same for whatever makes the same vectors.
    pub fn encoder(&self) -> String {
        format!("{}\n{}", self.endpoint.base_url, self.choice.model)
    }

    /// Changes with everything that decides how it is asked.
    pub fn name(&self) -> String {
        format!("{}\n{}\n{}", self.endpoint.name, self.choice.model, self.choice.timeout_s)
    }

    /// A vector for each text, in their order. Empty ones where the server failed; after that it is asked
    /// no further.
    pub async fn embed(&self, texts: &[String], within: Option<Duration>) -> Vec<Vec<f32>> {
        let mut vectors = Vec::with_capacity(texts.len());
        for texts in texts.chunks(MOST_TEXTS * AT_ONCE) {
            let parts = texts.chunks(MOST_TEXTS).map(|part| self.embed_part(part, within));
            let parts = join_all(parts).await;
            let failed = parts.iter().any(Option::is_none);
            for (embedded, texts) in parts.into_iter().zip(texts.chunks(MOST_TEXTS)) {
                vectors.extend(embedded.unwrap_or_else(|| vec![Vec::new(); texts.len()]));
            }
            if failed {
                break;
            }
        }
        vectors.resize(texts.len(), Vec::new());
        vectors
    }

    async fn embed_part(&self, texts: &[String], within: Option<Duration>) -> Option<Vec<Vec<f32>>> {
        let embedded = self.try_embed(texts, within).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "texts cannot be encoded");
            Err(LlmFailure::Failed)
        });
        let (task, outcome) = (LlmTask::Encode.code(), if embedded.is_ok() { "answered" } else { "failed" });
        metrics::counter!("octim_llm_questions_total", "task" => task, "outcome" => outcome).increment(1);
        embedded.inspect_err(|failure| tracing::info!(?failure, "a server encodes nothing")).ok()
    }

    async fn try_embed(
        &self,
        texts: &[String],
        within: Option<Duration>,
    ) -> Result<std::result::Result<Vec<Vec<f32>>, LlmFailure>> {
        let Self { llm, workspace, choice, endpoint, .. } = self;
        let timeout = Duration::from_secs(choice.timeout_s.into());
        let within = within.map_or(timeout, |within| within.min(timeout));
        let embed = Embed { model: &choice.model, texts, within };
        let Ok(_permit) = llm.asking.try_acquire() else { return Ok(Err(LlmFailure::Busy)) };
        let (day, reserved) = (llm.today(), embed.tokens());
        let settings = llm.choices(*workspace).await?;
        if !llm.store.reserve_tokens(*workspace, day, None, reserved, &settings).await? {
            return Ok(Err(LlmFailure::Budget));
        }
        let embedded = llm.client.embed(endpoint, &embed).await;
        let tokens_in = match &embedded {
            Ok(embedded) => embedded.tokens_in,
            Err(failure) if may_have_cost(failure.kind) => reserved,
            Err(_) => 0,
        };
        let failures = i64::from(embedded.is_err());
        let used = LlmUsage { day, task: LlmTask::Encode, calls: 1, failures, tokens_in, tokens_out: 0 };
        llm.store.settle_tokens(*workspace, None, reserved, &used).await?;
        Ok(embedded.map(|embedded| embedded.vectors).map_err(|failure| failure.kind))
    }
}
