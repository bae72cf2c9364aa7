//! Texts to vectors, by the server that a workspace chose for it, within the budgets.

use super::Llm;
use crate::Result;
use ::llm::{Embed, MOST_TEXTS};
use model::{LlmChoice, LlmFailure, LlmTask, WorkspaceId};
use std::time::Duration;
use store::llm::LlmUsage;

/// Who encodes for a workspace.
#[derive(Clone)]
pub(crate) struct Embedder {
    llm: Llm,
    workspace: WorkspaceId,
    choice: LlmChoice,
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
        let endpoint = self.opened(workspace, endpoint)?;
        Ok(Some(Embedder { llm: self.clone(), workspace, choice, endpoint }))
    }
}

impl Embedder {
    /// The same for whatever makes the same vectors.
    pub fn encoder(&self) -> String {
        format!("{}\n{}", self.endpoint.base_url, self.choice.model)
    }

    /// Changes with everything that decides how it is asked.
    pub fn name(&self) -> String {
        format!("{}\n{}\n{}", self.endpoint.name, self.choice.model, self.choice.timeout_s)
    }

    /// A vector for each text, in their order, as many at once as one request takes. Empty ones from where
    /// on the server fails.
    pub async fn embed(&self, texts: &[String], within: Option<Duration>) -> Vec<Vec<f32>> {
        let mut vectors = Vec::with_capacity(texts.len());
        for part in texts.chunks(MOST_TEXTS) {
            let embedded = self.try_embed(part, within).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "texts cannot be encoded");
                Err(LlmFailure::Failed)
            });
            let outcome = if embedded.is_ok() { "answered" } else { "failed" };
            let task = LlmTask::Encode.code();
            metrics::counter!("octim_llm_questions_total", "task" => task, "outcome" => outcome).increment(1);
            match embedded {
                Ok(part) => vectors.extend(part),
                Err(failure) => {
                    tracing::info!(?failure, "a server encodes nothing");
                    break;
                }
            }
        }
        vectors.resize(texts.len(), Vec::new());
        vectors
    }

    async fn try_embed(
        &self,
        texts: &[String],
        within: Option<Duration>,
    ) -> Result<std::result::Result<Vec<Vec<f32>>, LlmFailure>> {
        let Self { llm, workspace, choice, endpoint } = self;
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
        let tokens_in = embedded.as_ref().map_or(0, |embedded| embedded.tokens_in);
        let failures = i64::from(embedded.is_err());
        let used = LlmUsage { day, task: LlmTask::Encode, calls: 1, failures, tokens_in, tokens_out: 0 };
        llm.store.settle_tokens(*workspace, None, reserved, &used).await?;
        Ok(embedded.map(|embedded| embedded.vectors).map_err(|failure| failure.kind))
    }
}
