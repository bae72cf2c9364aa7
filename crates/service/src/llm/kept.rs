//! Tokens that are kept for a question until it is known what it used.
//! Invariant: they are settled once, also when nobody waits for the answer any more: the request to the
//! model is broken off then, and what it read and what had come of it until then counts.

use crate::{Error, Result};
use model::{ContactId, WorkspaceId};
use store::{Store, llm::LlmUsage};
use tokio::{runtime::Handle, task::JoinHandle};

pub struct Kept {
    store: Store,
    whose: (WorkspaceId, Option<ContactId>),
    tokens: i64,
    /// As if nothing came. None: it is settled.
    used: Option<LlmUsage>,
    /// All that came so far.
    pub heard: String,
}

impl Kept {
    pub const fn new(
        store: Store,
        whose: (WorkspaceId, Option<ContactId>),
        tokens: i64,
        used: LlmUsage,
    ) -> Self {
        Self { store, whose, tokens, used: Some(used), heard: String::new() }
    }

    /// What it used in the end.
    pub async fn settle(mut self, failures: i64, tokens_in: i64, tokens_out: i64) -> Result<()> {
        let Some(used) = self.used.take() else { return Ok(()) };
        let settling = self.begin(LlmUsage { failures, tokens_in, tokens_out, ..used }, &Handle::current());
        Ok(settling.await.map_err(Error::internal)??)
    }

    /// In a task of its own, which nobody's going interrupts.
    fn begin(&self, used: LlmUsage, runtime: &Handle) -> JoinHandle<store::Result<()>> {
        let (store, (workspace, contact), tokens) = (self.store.clone(), self.whose, self.tokens);
        runtime.spawn(async move { store.settle_tokens(workspace, contact, tokens, &used).await })
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let Some(used) = self.used.take() else { return };
        // Without one the process ends, and the tokens stay taken.
        let Ok(runtime) = Handle::try_current() else { return };
        metrics::counter!("octim_llm_questions_total", "task" => used.task.code(), "outcome" => "cancelled")
            .increment(1);
        let tokens_out = if self.heard.is_empty() { 0 } else { ::llm::tokens(&self.heard) };
        drop(self.begin(LlmUsage { tokens_out, ..used }, &runtime));
    }
}
