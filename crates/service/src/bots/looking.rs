//! The draft of an answer, by a model that may look things up for the visitor first.
//!
//! Invariants: at most three calls a turn; a call that is not one that may be drops the draft; what tells who
//! somebody is stays here behind labels, in the question and in what is found.

use super::{Bots, Scene, writing::blocking};
use crate::{
    Error, Result,
    connectors::Offered,
    llm::{Said, Talk},
};
use ::llm::{Passage, Round};
use knowledge::Veiled;
use model::{LlmFailure, LlmSettings, LlmTask, LookupOutcome, connector::ToolUse};
use tokio::time::Instant;

/// Calls of a turn.
const CALLS: usize = 3;

/// What a model is asked.
pub struct Asked {
    /// As the visitor typed it.
    pub typed: String,
    /// Without what tells who somebody is.
    pub masked: String,
    /// What it may look up.
    pub offered: Vec<Offered>,
}

/// What it wrote, and from what.
pub struct Drafted {
    pub said: Said,
    /// Of the prompt.
    pub version: &'static str,
    /// The question as it was asked.
    pub question: String,
    /// The entries, and then what was found.
    pub sources: Vec<Passage>,
    pub tools: Vec<ToolUse>,
    /// What stands behind the labels.
    pub veiled: Veiled,
}

impl Bots {
    pub(super) async fn draft(
        &self,
        scene: &Scene,
        settings: &LlmSettings,
        asked: &Asked,
        passages: &[Passage],
        until: Instant,
    ) -> Result<Drafted> {
        if !asked.offered.is_empty() {
            return self.draft_with_tools(scene, settings, asked, passages, until).await;
        }
        let whose = (scene.conversation.workspace_id, Some(scene.conversation.contact_id));
        let prompt = ::llm::answer(&asked.masked, passages);
        let version = prompt.version;
        let said = self.llm.ask(whose, settings, LlmTask::Answer, prompt, Some(until)).await;
        let (question, sources) = (asked.masked.clone(), passages.to_vec());
        Ok(Drafted { said, version, question, sources, tools: Vec::new(), veiled: Veiled::default() })
    }

    async fn draft_with_tools(
        &self,
        scene: &Scene,
        settings: &LlmSettings,
        asked: &Asked,
        passages: &[Passage],
        until: Instant,
    ) -> Result<Drafted> {
        let whose = (scene.conversation.workspace_id, Some(scene.conversation.contact_id));
        let typed = asked.typed.clone();
        let veiled = blocking(move || ::knowledge::veil(&typed).map_err(Error::internal)).await?;
        let mut talk =
            Talk { tools: asked.offered.iter().map(|one| one.tool.clone()).collect(), rounds: Vec::new() };
        let mut looked = Looked { veiled, sources: passages.to_vec(), tools: Vec::new() };
        let (mut tokens_in, mut tokens_out, mut ms) = (0, 0, 0);
        loop {
            let prompt = ::llm::answer_with_tools(&looked.veiled.text, passages);
            let version = prompt.version;
            let mut said = self
                .llm
                .ask_with_tools(whose, settings, LlmTask::Answer, prompt, talk.clone(), Some(until))
                .await;
            tokens_in += said.tokens_in;
            tokens_out += said.tokens_out;
            ms += said.ms;
            let calls = std::mem::take(&mut said.calls);
            if said.text.is_ok() && !calls.is_empty() {
                let began = Instant::now();
                let results = self.call(scene, &asked.offered, &calls, &mut looked, until).await?;
                ms += began.elapsed().as_millis() as i64;
                match results {
                    Some(results) => {
                        talk.rounds.push(Round { calls, results });
                        continue;
                    }
                    None => said.text = Err(LlmFailure::Tool),
                }
            }
            let Looked { veiled, sources, tools } = looked;
            let said = Said { tokens_in, tokens_out, ms, ..said };
            return Ok(Drafted { said, version, question: veiled.text.clone(), sources, tools, veiled });
        }
    }

    /// Does what the model asks for, in order; none when one of the calls is not one that may be.
    async fn call(
        &self,
        scene: &Scene,
        offered: &[Offered],
        calls: &[::llm::ToolCall],
        looked: &mut Looked,
        until: Instant,
    ) -> Result<Option<Vec<String>>> {
        if looked.tools.len() + calls.len() > CALLS {
            return Ok(None);
        }
        let mut results = Vec::new();
        for call in calls {
            let Some(one) = offered.iter().find(|one| one.tool.name == call.name) else { return Ok(None) };
            let lift = |text: &str| looked.veiled.lift(text);
            let called = self.connectors.call(&scene.conversation, one, &call.arguments, lift, until).await?;
            let outcome = called.used.outcome;
            looked.tools.push(called.used);
            let Some(answer) = called.answer else { return Ok(None) };
            let answer = looked.cover(answer).await?;
            let passage = Passage { entry_id: None, question: one.connector.name.clone(), answer };
            if outcome == LookupOutcome::Found {
                looked.sources.push(passage.clone());
                results.push(::llm::found(looked.sources.len(), &passage));
            } else {
                results.push(passage.answer);
            }
        }
        Ok(Some(results))
    }
}

/// What is known while calls are answered.
struct Looked {
    veiled: Veiled,
    sources: Vec<Passage>,
    tools: Vec<ToolUse>,
}

impl Looked {
    /// A text with labels for what tells who somebody is.
    async fn cover(&mut self, text: String) -> Result<String> {
        let mut veiled = std::mem::take(&mut self.veiled);
        let (veiled, covered) = blocking(move || {
            let covered = veiled.also(&text).map_err(Error::internal)?;
            Ok((veiled, covered))
        })
        .await?;
        self.veiled = veiled;
        Ok(covered)
    }
}
