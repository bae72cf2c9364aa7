//! From a ranking to the evidence that is kept with what was said.

use crate::{Knowledge, MAX_OPTIONS, decide::Words};
use knowledge::{Band, Candidate, Ranking};
use model::{EntryId, Evidence, HandOffReason, Outcome, Seq, bot::ConsideredEntry};

/// The most candidates that are kept.
const KEPT: usize = 5;
const _: () = assert!(KEPT >= MAX_OPTIONS);

/// Evidence of something that was said without looking anything up.
pub fn unlooked(question: &str, seq: Seq, outcome: Outcome, version: String) -> Evidence {
    Evidence {
        question: question.to_owned(),
        question_seq: seq,
        outcome,
        hand_off: None,
        band: None,
        probability: None,
        answer_from: None,
        clarify_from: None,
        candidates: Vec::new(),
        entry_id: None,
        article: None,
        variant: None,
        index_version: version,
        llm: None,
        rule: None,
        soothing: false,
    }
}

/// Evidence of something that was looked up.
pub fn looked_up(query: &str, seq: Seq, ranking: &Ranking, knowledge: &dyn Knowledge) -> Evidence {
    let considered = |candidate: &Candidate| {
        Some(ConsideredEntry {
            entry_id: candidate.id,
            question: knowledge.entry(candidate.id)?.question,
            probability: candidate.probability,
            scores: scores(candidate),
        })
    };
    Evidence {
        band: Some(code(ranking.band).to_owned()),
        probability: Some(ranking.probability),
        answer_from: Some(ranking.thresholds.answer),
        clarify_from: Some(ranking.thresholds.clarify),
        candidates: ranking.candidates.iter().filter_map(considered).take(KEPT).collect(),
        ..unlooked(query, seq, Outcome::Missed, knowledge.version())
    }
}

pub fn answered(evidence: Evidence, entry: EntryId, words: &Words) -> Evidence {
    let (article, variant) = (words.article.clone(), words.variant.clone());
    Evidence { outcome: Outcome::Answered, entry_id: Some(entry), article, variant, ..evidence }
}

pub fn handed_off(evidence: Evidence, reason: HandOffReason) -> Evidence {
    Evidence { outcome: Outcome::HandedOff, hand_off: Some(reason), ..evidence }
}

const fn code(band: Band) -> &'static str {
    match band {
        Band::Answer => "answer",
        Band::Clarify => "clarify",
        Band::HandOff => "hand_off",
    }
}

fn scores(candidate: &Candidate) -> std::collections::BTreeMap<String, f32> {
    let scores = &candidate.scores;
    let named = [
        ("lexical", Some(scores.lexical)),
        ("pinyin", Some(scores.pinyin)),
        ("encoder", scores.encoder),
        ("classifier", Some(scores.classifier)),
        ("opposition", Some(scores.opposition)),
    ];
    named.into_iter().filter_map(|(name, score)| Some((name.to_owned(), score?))).collect()
}
