//! Looking a question up: alone, with what led to it, and as a continuation of the one before.

use super::Decision;
use crate::{
    Entry, Knowledge, MAX_OPTIONS, Turn,
    evidence::looked_up,
    questions::{Question, ellipsis, query},
    signals::is_vague,
    words::bare,
};
use knowledge::{Band, Candidate, Ranking, Scores};
use model::{Choice, EntryId, Evidence};

/// What was found for one question.
pub(super) struct Looked {
    /// The visitor's words, for quoting.
    pub asked: String,
    pub ranking: Ranking,
    pub evidence: Evidence,
}

impl Decision<'_> {
    /// Looks a question up alone, with what led to it, and as a continuation of the one
    /// before; the surest of these counts.
    pub(super) fn look_up(&self, question: &Question, knowledge: &dyn Knowledge) -> Looked {
        let looked = |text: &str, ranking: Ranking| {
            let evidence = looked_up(text, self.seq, &ranking, knowledge);
            Looked { asked: question.text.clone(), ranking, evidence }
        };
        let before = self.question_before();
        // "怎么办？" alone fits anything: what led to it is the question.
        if is_vague(&question.text) && (!question.lead.is_empty() || before.is_some()) {
            let (lead, known) = match before {
                _ if !question.lead.is_empty() => (question.lead.clone(), None),
                Some(before) => before,
                None => (String::new(), None),
            };
            let text = query(&format!("{lead} {}", question.text));
            let mut ranking = knowledge.rank(&text);
            if let Some(known) = known {
                without(&mut ranking, known);
            }
            return looked(&text, ranking);
        }
        let alone = query(&question.text);
        let mut best = looked(&alone, knowledge.rank(&alone));
        if best.ranking.band == Band::Answer {
            return best;
        }
        let mut others = Vec::new();
        if !question.lead.is_empty() {
            others.push((query(&format!("{} {}", question.lead, question.text)), None));
        }
        if let (Some(new), Some((before, answered))) = (ellipsis(&question.text), before) {
            others.push((query(&new), None));
            // Who asks the same again adds nothing to it.
            if !bare(&before).contains(&bare(&new)) {
                others.push((query(&format!("{before} {new}")), answered));
            }
        }
        for (text, known) in others {
            let mut ranking = knowledge.rank(&text);
            if let Some(known) = known {
                // The question before is part of this one, so that its own entry says nothing.
                without(&mut ranking, known);
            }
            if ranking.probability > best.ranking.probability {
                best = looked(&text, ranking);
            }
        }
        best
    }

    /// The question that the bot last answered or asked back about, and its entry.
    pub(super) fn question_before(&self) -> Option<(String, Option<EntryId>)> {
        self.context.turns.iter().rev().find_map(|turn| match turn {
            Turn::Bot { evidence: Some(evidence), .. } if evidence.band.is_some() => {
                Some((evidence.question.clone(), evidence.entry_id))
            }
            Turn::Bot { .. } | Turn::Visitor { .. } => None,
        })
    }
}

/// The entry that answers for sure, if it still answers.
pub(super) fn best(looked: &Looked, knowledge: &dyn Knowledge) -> Option<(EntryId, Entry)> {
    let first = looked.ranking.candidates.first().filter(|_| looked.ranking.band == Band::Answer)?;
    Some((first.id, knowledge.entry(first.id)?))
}

/// The likeliest entries that have anything in common with the question: a small base gives
/// even a random word some probability.
pub fn resembling(ranking: &Ranking) -> impl Iterator<Item = &Candidate> {
    let resembles = |scores: &Scores| scores.lexical > 0.0 || scores.pinyin > 0.0 || scores.encoder.is_some();
    ranking.candidates.iter().filter(move |candidate| resembles(&candidate.scores))
}

pub(super) fn options(ranking: &Ranking, knowledge: &dyn Knowledge) -> Vec<Choice> {
    let choices = resembling(ranking).filter_map(|candidate| {
        Some(Choice { label: knowledge.entry(candidate.id)?.question, entry_id: candidate.id })
    });
    choices.take(MAX_OPTIONS).collect()
}

/// The ranking without one entry; what is left is a guess, so that it is never sure.
fn without(ranking: &mut Ranking, entry: EntryId) {
    let was_first = ranking.candidates.first().is_some_and(|first| first.id == entry);
    ranking.candidates.retain(|candidate| candidate.id != entry);
    if was_first {
        ranking.probability = ranking.candidates.first().map_or(0.0, |next| next.probability);
        let offers = ranking.probability >= ranking.thresholds.clarify;
        ranking.band = if offers { Band::Clarify } else { Band::HandOff };
    }
}
