//! The bot asks a language model, where one is set up: to write an answer from the entries that came
//! nearest, or to say which of them answers. What it says is judged before it is said; when it says
//! nothing that holds, or not in time, the bot does what it would have done without it.

use super::{
    Bots, Scene,
    looking::{Asked, Drafted},
};
use crate::{
    Error, Result,
    llm::{Said, TURN},
};
use ::llm::{Checked, Passage};
use bot::{BotAction, LlmQuestion, LlmUse};
use model::{Evidence, LlmPart, LlmSettings, LlmTask, LlmVerdict, Outcome};
use tokio::time::Instant;

/// What a model makes of a question.
struct Written {
    part: LlmPart,
    /// What is said, and the place of the entry that it comes from.
    says: Option<(String, usize)>,
}

/// When the bot may ask.
pub fn use_of(settings: &LlmSettings) -> LlmUse {
    let does = |task| settings.choice(task).is_some();
    LlmUse {
        when_unsure: does(LlmTask::Answer) || does(LlmTask::Verify),
        when_sure: settings.answers_when_sure && does(LlmTask::Answer),
        looks_up: false,
    }
}

/// When a turn that begins now must be done with models.
pub fn deadline() -> Instant {
    Instant::now() + TURN
}

impl Bots {
    /// The actions with every question to a model replaced by what came of it.
    pub(super) async fn write(
        &self,
        scene: &Scene,
        settings: &LlmSettings,
        actions: Vec<BotAction>,
        until: Instant,
    ) -> Result<Vec<BotAction>> {
        let mut done = Vec::new();
        for action in actions {
            match action {
                BotAction::AskLlm(asked) => done.extend(self.written(scene, settings, *asked, until).await?),
                other => done.push(other),
            }
        }
        Ok(done)
    }

    async fn written(
        &self,
        scene: &Scene,
        settings: &LlmSettings,
        asked: LlmQuestion,
        until: Instant,
    ) -> Result<Vec<BotAction>> {
        let LlmQuestion { question, sources, evidence, otherwise } = asked;
        let variants: Vec<_> = sources.iter().map(|(_, entry)| entry.variant.clone()).collect();
        let passages: Vec<Passage> = sources
            .into_iter()
            .map(|(id, entry)| Passage { entry_id: Some(id), question: entry.question, answer: entry.answer })
            .collect();
        let typed = question.clone();
        let masked = blocking(move || knowledge::mask(&question).map_err(Error::internal)).await?;
        let is_sure = evidence.band.as_deref() == Some("answer");
        let written = if settings.choice(LlmTask::Answer).is_some() {
            let offered = self.connectors.tools(&scene.conversation).await?;
            let asked = Asked { typed, masked, offered };
            self.answer(scene, settings, &asked, &passages, is_sure, until).await?
        } else {
            self.select(scene, settings, &masked, &passages, until).await
        };
        let part = Some(Box::new(written.part));
        Ok(match written.says {
            Some((text, index)) => {
                let entry_id = passages.get(index).and_then(|passage| passage.entry_id);
                let variant = variants.into_iter().nth(index).flatten().map(Box::new);
                let outcome = Outcome::Answered;
                let evidence = Evidence { outcome, entry_id, variant, llm: part, ..evidence };
                vec![BotAction::Say { text, evidence }]
            }
            None => with_part(otherwise, part),
        })
    }

    /// It writes; every sentence must stand in the entries; and where the bot is not sure that they
    /// answer the question, a second look must agree.
    async fn answer(
        &self,
        scene: &Scene,
        settings: &LlmSettings,
        asked: &Asked,
        passages: &[Passage],
        is_sure: bool,
        until: Instant,
    ) -> Result<Written> {
        let whose = (scene.conversation.workspace_id, Some(scene.conversation.contact_id));
        let Drafted { said, version, question, sources, tools, veiled } =
            self.draft(scene, settings, asked, passages, until).await?;
        let mut part = LlmPart { tools, ..part_of(LlmTask::Answer, version, &said, passages) };
        let Ok(draft) = said.text else { return Ok(Written { part, says: None }) };
        let (encoder, known) = (self.encoder, sources.clone());
        let checked: Checked =
            blocking(move || Ok(::llm::check(&draft, &known, encoder().as_deref()))).await?;
        part.verdict = checked.verdict;
        part.sentences = checked.sentences;
        if checked.verdict != LlmVerdict::Used {
            return Ok(Written { part, says: None });
        }
        if !is_sure && settings.choice(LlmTask::Verify).is_some() {
            let prompt = ::llm::judge(&question, &checked.text, &sources);
            part.prompt = format!("{version} {}", prompt.version);
            let judged = self.llm.ask(whose, settings, LlmTask::Verify, prompt, Some(until)).await;
            part.tokens_in += judged.tokens_in;
            part.tokens_out += judged.tokens_out;
            part.ms += judged.ms;
            match judged.text {
                Ok(text) if ::llm::supported_of(&text) => {}
                Ok(_) => part.verdict = LlmVerdict::Rejected,
                Err(failure) => (part.verdict, part.failure) = (LlmVerdict::Failed, Some(failure)),
            }
            if part.verdict != LlmVerdict::Used {
                return Ok(Written { part, says: None });
            }
        }
        let first = part.sentences.first().and_then(|sentence| sentence.citations.first());
        let index = first.map_or(0, |number| usize::from(*number).saturating_sub(1));
        Ok(Written { part, says: Some((veiled.lift(&checked.text), index)) })
    }

    /// It says which entry answers, and that entry's own words are said.
    async fn select(
        &self,
        scene: &Scene,
        settings: &LlmSettings,
        question: &str,
        passages: &[Passage],
        until: Instant,
    ) -> Written {
        let whose = (scene.conversation.workspace_id, Some(scene.conversation.contact_id));
        let prompt = ::llm::select(question, passages);
        let version = prompt.version;
        let said = self.llm.ask(whose, settings, LlmTask::Verify, prompt, Some(until)).await;
        let mut part = part_of(LlmTask::Verify, version, &said, passages);
        let chosen = said.text.ok().and_then(|text| ::llm::entry_of(&text, passages));
        if chosen.is_some() {
            part.verdict = LlmVerdict::Used;
        }
        let says = chosen.and_then(|index| Some((passages.get(index)?.answer.clone(), index)));
        Written { part, says }
    }
}

fn part_of(task: LlmTask, prompt: &str, said: &Said, passages: &[Passage]) -> LlmPart {
    LlmPart {
        task,
        model: said.model.clone(),
        prompt: prompt.to_owned(),
        verdict: if said.text.is_ok() { LlmVerdict::NoAnswer } else { LlmVerdict::Failed },
        failure: said.text.as_ref().err().copied(),
        sources: passages.iter().filter_map(|passage| passage.entry_id).collect(),
        tools: Vec::new(),
        sentences: Vec::new(),
        tokens_in: said.tokens_in,
        tokens_out: said.tokens_out,
        ms: said.ms,
    }
}

/// The evidence of what is done instead says what the model did.
fn with_part(mut actions: Vec<BotAction>, part: Option<Box<LlmPart>>) -> Vec<BotAction> {
    for action in &mut actions {
        match action {
            BotAction::Say { evidence, .. }
            | BotAction::Clarify { evidence, .. }
            | BotAction::HandOff { evidence, .. } => evidence.llm.clone_from(&part),
            BotAction::AskLlm(_) => {}
        }
    }
    actions
}

pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}
