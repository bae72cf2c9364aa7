//! One question for a task: who does it, within which budgets, and what it used.

use super::{Llm, kept::Kept};
use crate::Result;
use model::{ContactId, LlmFailure, LlmSettings, LlmTask, WorkspaceId};
use std::time::Duration;
use store::llm::LlmUsage;
use tokio::time::Instant;

/// All that models may take of one turn of the bot; its job is another's after a minute.
pub const TURN: Duration = Duration::from_secs(20);

/// What came of a question, and what it cost.
#[derive(Clone, Debug)]
pub struct Said {
    pub text: std::result::Result<String, LlmFailure>,
    /// What it wants to know first.
    pub calls: Vec<::llm::ToolCall>,
    pub model: String,
    pub tokens_in: i64,
    pub tokens_out: i64,
    pub ms: i64,
}

/// What a model may call, and what it called so far.
#[derive(Clone, Debug, Default)]
pub struct Talk {
    pub tools: Vec<::llm::Tool>,
    pub rounds: Vec<::llm::Round>,
}

/// Is given a text while it comes.
pub type Hear<'a> = &'a mut (dyn FnMut(&str) + Send);

struct Question {
    task: LlmTask,
    prompt: ::llm::Prompt,
    talk: Talk,
    until: Option<Instant>,
}

impl Said {
    fn nothing(failure: LlmFailure) -> Self {
        Self {
            text: Err(failure),
            calls: Vec::new(),
            model: String::new(),
            tokens_in: 0,
            tokens_out: 0,
            ms: 0,
        }
    }
}

impl Llm {
    /// Who may be asked for what in a workspace.
    pub(crate) async fn choices(&self, workspace: WorkspaceId) -> Result<LlmSettings> {
        Ok(self.store.llm_settings(workspace).await?)
    }

    /// Asks whoever does the task, until `until` at most. A failure is an answer like any other.
    pub(crate) async fn ask(
        &self,
        (workspace, contact): (WorkspaceId, Option<ContactId>),
        settings: &LlmSettings,
        task: LlmTask,
        prompt: ::llm::Prompt,
        until: Option<Instant>,
    ) -> Said {
        self.ask_with_tools((workspace, contact), settings, task, prompt, Talk::default(), until).await
    }

    /// The same for a model that may look things up.
    pub(crate) async fn ask_with_tools(
        &self,
        (workspace, contact): (WorkspaceId, Option<ContactId>),
        settings: &LlmSettings,
        task: LlmTask,
        prompt: ::llm::Prompt,
        talk: Talk,
        until: Option<Instant>,
    ) -> Said {
        let question = Question { task, prompt, talk, until };
        self.put((workspace, contact), settings, question, &mut |_| {}).await
    }

    /// [`Self::ask`] for somebody who reads along. Whoever heard some of it may still be told of a failure.
    pub(crate) async fn ask_and_hear(
        &self,
        (workspace, contact): (WorkspaceId, Option<ContactId>),
        settings: &LlmSettings,
        task: LlmTask,
        prompt: ::llm::Prompt,
        hear: Hear<'_>,
    ) -> Said {
        let question = Question { task, prompt, talk: Talk::default(), until: None };
        self.put((workspace, contact), settings, question, hear).await
    }

    async fn put(
        &self,
        (workspace, contact): (WorkspaceId, Option<ContactId>),
        settings: &LlmSettings,
        question: Question,
        hear: Hear<'_>,
    ) -> Said {
        let task = question.task;
        let said = self.try_ask((workspace, contact), settings, question, hear).await;
        let said = said.unwrap_or_else(|error| {
            tracing::warn!(%error, "a language model cannot be asked");
            Said::nothing(LlmFailure::Failed)
        });
        let outcome = if said.text.is_ok() { "answered" } else { "failed" };
        metrics::counter!("octim_llm_questions_total", "task" => task.code(), "outcome" => outcome)
            .increment(1);
        if let Err(failure) = &said.text {
            tracing::info!(task = task.code(), ?failure, ms = said.ms, "a language model gave nothing");
        }
        said
    }

    async fn try_ask(
        &self,
        (workspace, contact): (WorkspaceId, Option<ContactId>),
        settings: &LlmSettings,
        Question { task, prompt, talk, until }: Question,
        hear: Hear<'_>,
    ) -> Result<Said> {
        let Some(choice) = settings.choice(task) else { return Ok(Said::nothing(LlmFailure::Off)) };
        let Some(endpoint) = self.store.find_llm_endpoint(workspace, choice.endpoint_id).await? else {
            return Ok(Said::nothing(LlmFailure::Off));
        };
        let endpoint = self.opened(workspace, endpoint)?;
        let Ok(_permit) = self.asking.try_acquire() else { return Ok(Said::nothing(LlmFailure::Busy)) };
        let began = Instant::now();
        let timeout = Duration::from_secs(choice.timeout_s.into());
        let ask = ::llm::Ask {
            model: choice.model.clone(),
            system: prompt.system,
            user: prompt.user,
            tools: talk.tools,
            rounds: talk.rounds,
            max_tokens: prompt.max_tokens,
            within: until.map_or(timeout, |until| timeout.min(until.saturating_duration_since(began))),
        };
        let (day, reserved) = (self.today(), ask.at_most());
        if !self.store.reserve_tokens(workspace, day, contact, reserved, settings).await? {
            return Ok(Said::nothing(LlmFailure::Budget));
        }
        let tokens_in = reserved - i64::from(ask.max_tokens);
        let used = LlmUsage { day, task, calls: 1, failures: 0, tokens_in, tokens_out: 0 };
        let mut kept = Kept::new(self.store.clone(), (workspace, contact), reserved, used);
        let mut note = |text: &str| {
            kept.heard.push_str(text);
            hear(text);
        };
        let answer = self.client.ask_and_hear(&endpoint, &ask, &mut note).await;
        let (tokens_in, tokens_out) = match &answer {
            Ok(answer) => (answer.tokens_in, answer.tokens_out),
            Err(failure) if may_have_cost(failure.kind) => (tokens_in, ask.max_tokens.into()),
            Err(_) => (0, 0),
        };
        kept.settle(i64::from(answer.is_err()), tokens_in, tokens_out).await?;
        let (text, calls) = match answer {
            Ok(answer) => (Ok(answer.text), answer.calls),
            Err(failure) => (Err(failure.kind), Vec::new()),
        };
        Ok(Said {
            text,
            calls,
            model: ask.model,
            tokens_in,
            tokens_out,
            ms: began.elapsed().as_millis() as i64,
        })
    }
}

/// It may have worked all the time.
pub(super) const fn may_have_cost(failure: LlmFailure) -> bool {
    use LlmFailure as F;
    matches!(failure, F::Timeout | F::TooLong | F::Malformed | F::Empty | F::Tool)
}
