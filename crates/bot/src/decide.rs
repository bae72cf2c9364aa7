//! The decision itself, before rules of the channel have their say. In this order: a person is asked for, a limit is reached, an offered
//! choice is taken, questions are looked up, small talk, and what cannot be read.

mod lookup;
mod said;

use crate::{
    BotAction, Context, Entry, Knowledge, LlmQuestion, MAX_QUESTIONS, MAX_TURNS, Offered, Said, Turn,
    evidence::{answered, handed_off, unlooked},
    questions::{Question, Read, query, read},
    rules,
    signals::{self, SmallTalk},
    texts::{Text, about, language_of},
    words::{bare, short},
};
use knowledge::Band;
pub use lookup::resembling;
use lookup::{Looked, best, options};
use model::{Choices, EntryId, Evidence, HandOffReason, Locale, Outcome, Seq};
pub use said::Words;
use said::said;

/// What the bot does about everything that the visitor said since it last spoke.
pub fn decide(context: &Context) -> Vec<BotAction> {
    rules::apply(context, by_own_judgement(context))
}

fn by_own_judgement(context: &Context) -> Vec<BotAction> {
    let pending = pending(context.turns);
    let Some((seq, _)) = pending.last().copied() else { return Vec::new() };
    let texts: Vec<&str> = pending
        .iter()
        .filter_map(|(_, said)| match said {
            Said::Text(text) => Some(text.as_str()),
            Said::File { .. } => None,
        })
        .collect();
    let has_file = pending.iter().any(|(_, said)| matches!(said, Said::File { .. }));
    let locale = texts.last().map_or(context.locale, |text| language_of(text, context.locale));
    let decision = Decision { context, seq, locale, texts: &texts };

    if texts.iter().any(|text| signals::asks_for_person(text)) {
        return decision.hand_off(HandOffReason::Asked, None);
    }
    if context.counters.turns >= MAX_TURNS {
        return decision.hand_off(HandOffReason::TooLong, None);
    }
    if let Some(actions) = decision.take_choice() {
        return actions;
    }
    let found = read(texts.iter().copied());
    if found.questions.is_empty() {
        decision.without_question(&found, has_file)
    } else {
        decision.answer(&found.questions)
    }
}

/// What the visitor said since the bot last spoke.
fn pending(turns: &[Turn]) -> Vec<(Seq, &Said)> {
    let start = turns.iter().rposition(|turn| matches!(turn, Turn::Bot { .. })).map_or(0, |at| at + 1);
    turns[start..]
        .iter()
        .filter_map(|turn| match turn {
            Turn::Visitor { seq, said } => Some((*seq, said)),
            Turn::Bot { .. } => None,
        })
        .collect()
}

/// A decision while it is made.
struct Decision<'a> {
    context: &'a Context<'a>,
    /// The newest message of the visitor.
    seq: Seq,
    locale: Locale,
    texts: &'a [&'a str],
}

impl Decision<'_> {
    fn say(&self, text: Text, outcome: Outcome) -> BotAction {
        let text = text.in_language(self.locale).to_owned();
        BotAction::Say { text, evidence: self.unlooked(outcome) }
    }

    fn unlooked(&self, outcome: Outcome) -> Evidence {
        let version = self.context.knowledge.map(Knowledge::version).unwrap_or_default();
        unlooked(&query(&self.texts.join(" ")), self.seq, outcome, version)
    }

    /// Tells the visitor truly whether somebody is there, and gives the conversation away.
    fn hand_off(&self, reason: HandOffReason, evidence: Option<Evidence>) -> Vec<BotAction> {
        let evidence = handed_off(evidence.unwrap_or_else(|| self.unlooked(Outcome::HandedOff)), reason);
        let staffed = self.context.staffing.has(None);
        let text = match reason {
            _ if !staffed => Text::LeftMessage,
            HandOffReason::NoAnswer | HandOffReason::Misses | HandOffReason::Unavailable => {
                Text::HandOffUnknown
            }
            _ => Text::HandOff,
        };
        let text = text.in_language(self.locale).to_owned();
        vec![
            BotAction::Say { text, evidence: evidence.clone() },
            BotAction::HandOff { reason, team: None, staffed, evidence },
        ]
    }

    /// One more question without an answer: other words, or a person when it was too often.
    fn miss(&self, text: Text, reason: HandOffReason, evidence: Evidence) -> Vec<BotAction> {
        let misses = self.context.counters.misses + 1;
        if misses >= usize::from(self.context.settings.hand_off_after) {
            return self.hand_off(reason, Some(evidence));
        }
        let text = text.in_language(self.locale).to_owned();
        vec![BotAction::Say { text, evidence: Evidence { outcome: Outcome::Missed, ..evidence } }]
    }

    /// The newest message takes one of the choices or follow-ups that were offered, or declines.
    fn take_choice(&self) -> Option<Vec<BotAction>> {
        let offered = self.context.turns.iter().rev().find_map(|turn| match turn {
            Turn::Bot { offered, .. } => Some(offered),
            Turn::Visitor { .. } => None,
        })?;
        let text = self.texts.last()?;
        let offered = match offered {
            Offered::Nothing => return None,
            Offered::FollowUps(follow_ups) => {
                let taken = follow_ups.iter().find(|one| bare(&one.question) == bare(text))?;
                return self.taken(&taken.question, taken.entry_id?);
            }
            Offered::Choices(choices) => choices,
        };
        if signals::declines_choices(text) {
            return Some(self.miss(Text::Missed, HandOffReason::NoAnswer, self.unlooked(Outcome::Missed)));
        }
        let by_label = || offered.options.iter().position(|option| bare(&option.label) == bare(text));
        let option = offered.options.get(signals::ordinal(text, offered.options.len()).or_else(by_label)?)?;
        self.taken(&option.label, option.entry_id)
    }

    /// The answer of an entry that was offered under this label.
    fn taken(&self, label: &str, id: EntryId) -> Option<Vec<BotAction>> {
        let knowledge = self.context.knowledge?;
        let entry = knowledge.entry(id)?;
        // What was asked says which words of an article are wanted, and not its title.
        let asked = self.question_before().map_or_else(|| label.to_owned(), |(question, _)| question);
        let words = said(knowledge, id, entry, &asked);
        let evidence = Evidence { question: label.to_owned(), ..self.unlooked(Outcome::Answered) };
        let evidence = answered(evidence, id, &words);
        Some(vec![BotAction::Say { text: words.text, evidence }])
    }

    fn answer(&self, questions: &[Question]) -> Vec<BotAction> {
        let Some(knowledge) = self.context.knowledge else {
            return self.hand_off(HandOffReason::Unavailable, None);
        };
        if knowledge.is_empty() {
            return self.hand_off(HandOffReason::NoAnswer, None);
        }
        let looked: Vec<Looked> = questions
            .iter()
            .rev()
            .take(MAX_QUESTIONS)
            .rev()
            .map(|question| self.look_up(question, knowledge))
            .collect();
        let several = looked.len() > 1;
        let mut actions = Vec::new();
        for one in &looked {
            let Some((id, entry)) = best(one, knowledge) else { continue };
            if self.is_repeated(one, id) {
                continue;
            }
            let is_said = |action: &BotAction| matches!(action, BotAction::Say { evidence, .. } if evidence.entry_id == Some(id));
            if actions.iter().any(is_said) {
                continue;
            }
            let words = said(knowledge, id, entry, &one.evidence.question);
            let evidence = answered(one.evidence.clone(), id, &words);
            let text = if several {
                format!("{}\n{}", about(&short(&one.asked, 40), self.locale), words.text)
            } else {
                words.text
            };
            let say = BotAction::Say { text, evidence };
            let writes = self.context.llm.when_sure && !several;
            actions.push(if writes { Self::written(one, knowledge, vec![say]) } else { say });
        }
        if let Some(open) = looked.iter().find(|one| best(one, knowledge).is_none()) {
            let asked_back = self.about_open(open, knowledge, actions.is_empty());
            // What somebody wants to know of their own matters often stands in several sentences.
            let as_a_whole = several && actions.is_empty() && self.context.llm.looks_up;
            if self.is_to_be_written(open) && (!several || as_a_whole) {
                let mut asked = Self::written(open, knowledge, asked_back);
                if let BotAction::AskLlm(asked) = &mut asked
                    && as_a_whole
                {
                    asked.question = self.texts.join("\n");
                }
                actions.push(asked);
            } else {
                actions.extend(asked_back);
            }
        }
        match looked.into_iter().next() {
            Some(first) if actions.is_empty() => {
                // With the entry, so that a third time is recognised too.
                let entry_id = best(&first, knowledge).map(|(id, _)| id);
                let evidence = Evidence { entry_id, ..first.evidence };
                self.miss(Text::Repeated, HandOffReason::Repeated, evidence)
            }
            _ => actions,
        }
    }

    /// A question that has no sure answer: offer the likeliest, or admit it.
    fn about_open(&self, open: &Looked, knowledge: &dyn Knowledge, alone: bool) -> Vec<BotAction> {
        let options = options(&open.ranking, knowledge);
        let patient = self.context.counters.clarifications < 2;
        if open.ranking.band != Band::HandOff && !options.is_empty() && patient {
            let prompt = Text::Clarify.in_language(self.locale);
            let prompt = if alone {
                prompt.to_owned()
            } else {
                format!("{}{prompt}", about(&short(&open.asked, 40), self.locale))
            };
            let evidence = Evidence { outcome: Outcome::Clarified, ..open.evidence.clone() };
            return vec![BotAction::Clarify { choices: Choices { prompt, options }, evidence }];
        }
        let evidence = open.evidence.clone();
        let spoken = self.texts.join(" ");
        if signals::is_upset(&spoken) {
            return self.hand_off(HandOffReason::Upset, Some(evidence));
        }
        if signals::is_urgent(&spoken) {
            return self.hand_off(HandOffReason::Urgent, Some(evidence));
        }
        if !patient {
            return self.hand_off(HandOffReason::Misses, Some(evidence));
        }
        if alone {
            return self.miss(Text::Missed, HandOffReason::Misses, evidence);
        }
        let text = format!(
            "{}\n{}",
            about(&short(&open.asked, 40), self.locale),
            Text::Missed.in_language(self.locale)
        );
        vec![BotAction::Say { text, evidence: Evidence { outcome: Outcome::Missed, ..evidence } }]
    }

    /// Unsure, with something to write from or to look up; and no model was asked this before.
    fn is_to_be_written(&self, open: &Looked) -> bool {
        let asked_before = |turn: &Turn| match turn {
            Turn::Bot { evidence: Some(evidence), .. } => {
                evidence.llm.is_some() && bare(&evidence.question) == bare(&open.evidence.question)
            }
            Turn::Bot { .. } | Turn::Visitor { .. } => false,
        };
        let looks_up = || {
            let spoken = self.texts.join(" ");
            // These want a person.
            self.context.llm.looks_up && !signals::is_upset(&spoken) && !signals::is_urgent(&spoken)
        };
        let has_entries = open.ranking.band == Band::Clarify && resembling(&open.ranking).next().is_some();
        self.context.llm.when_unsure
            && (has_entries || looks_up())
            && !self.context.turns.iter().any(asked_before)
    }

    fn written(looked: &Looked, knowledge: &dyn Knowledge, otherwise: Vec<BotAction>) -> BotAction {
        // Where no entry comes near, only what is looked up may be said.
        let is_near = looked.ranking.band != Band::HandOff;
        let sources = resembling(&looked.ranking)
            .filter(|_| is_near)
            .filter_map(|candidate| {
                let entry = knowledge.entry(candidate.id)?;
                let words = said(knowledge, candidate.id, entry.clone(), &looked.evidence.question);
                Some((candidate.id, Entry { answer: words.text, ..entry }))
            })
            .collect();
        BotAction::AskLlm(Box::new(LlmQuestion {
            question: looked.evidence.question.clone(),
            sources,
            evidence: looked.evidence.clone(),
            otherwise,
        }))
    }

    /// The very same question again, right after its answer.
    fn is_repeated(&self, looked: &Looked, entry: EntryId) -> bool {
        let last = self.context.turns.iter().rev().find_map(|turn| match turn {
            Turn::Bot { evidence: Some(evidence), .. } if evidence.outcome != Outcome::SmallTalk => {
                Some(evidence)
            }
            Turn::Bot { .. } | Turn::Visitor { .. } => None,
        });
        last.is_some_and(|last| {
            last.entry_id == Some(entry) && bare(&last.question) == bare(&looked.evidence.question)
        })
    }

    fn without_question(&self, found: &Read, has_file: bool) -> Vec<BotAction> {
        if has_file {
            return self.miss(Text::File, HandOffReason::File, self.unlooked(Outcome::Missed));
        }
        let kind = found.small_talk.iter().max_by_key(|kind| weight(**kind));
        let text = match kind {
            None => {
                return self.miss(Text::Wordless, HandOffReason::NoAnswer, self.unlooked(Outcome::Missed));
            }
            Some(SmallTalk::Insult) if self.was_insulted() => {
                return self.hand_off(HandOffReason::Upset, None);
            }
            Some(SmallTalk::Greeting) => {
                let own = &self.context.settings.greeting;
                if !own.is_empty() {
                    let evidence = self.unlooked(Outcome::SmallTalk);
                    return vec![BotAction::Say { text: own.clone(), evidence }];
                }
                Text::Greeting
            }
            Some(SmallTalk::Thanks) => Text::Thanks,
            Some(SmallTalk::Bye) => Text::Bye,
            Some(SmallTalk::Acknowledged) => Text::Acknowledged,
            Some(SmallTalk::Robot) => Text::Robot,
            Some(SmallTalk::Insult) => Text::Insult,
        };
        vec![self.say(text, Outcome::SmallTalk)]
    }

    /// Not for the first time.
    fn was_insulted(&self) -> bool {
        let insults = self.context.turns.iter().filter(|turn| match turn {
            Turn::Visitor { said: Said::Text(text), .. } => signals::is_insulting(text),
            _ => false,
        });
        insults.count() > 1
    }
}

/// Of several kinds in one breath the one that wants an answer most.
const fn weight(kind: SmallTalk) -> u8 {
    match kind {
        SmallTalk::Acknowledged => 0,
        SmallTalk::Greeting => 1,
        SmallTalk::Thanks => 2,
        SmallTalk::Bye => 3,
        SmallTalk::Robot => 4,
        SmallTalk::Insult => 5,
    }
}

#[cfg(test)]
mod tests;
