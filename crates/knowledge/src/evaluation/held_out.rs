//! How good a base is, from itself: phrasings are held out and asked, whole entries are held
//! out so that their questions are near the base but not in it, and everyday questions are far
//! from it (`rounds.rs`). Thresholds come from what is kept, never from what is asked.

use super::{
    Outcome, Report,
    rounds::{Learnt, Round, askable},
};
use crate::{Band, Encode, EntryId, Index, Ranking, Settings, Source, Thresholds};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

/// Up to so many phrasings three rounds are asked, above one.
const ROUNDS_UP_TO: usize = 1_500;
/// Above, every n-th entry stands for the base.
const MOST_PHRASINGS: usize = 6_000;
const CONFUSIONS: usize = 30;

/// One question that was asked, and what came of it.
#[derive(Clone, Debug)]
pub struct Asked {
    pub text: String,
    pub outcome: Outcome,
}

/// What a base says about itself.
#[derive(Clone, Debug)]
pub struct HeldOut {
    pub report: Report,
    /// All that was asked, round after round.
    pub asked: Vec<Asked>,
    /// Entries and phrasings that were looked at.
    pub entries: usize,
    pub phrasings: usize,
    /// The base was too large to be asked whole.
    pub sampled: bool,
    pub confusions: Vec<Confusion>,
    /// The probabilities from which on it answered and asked back, the mean of all rounds.
    pub thresholds: Thresholds,
}

/// Questions of one entry whose first candidate was another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confusion {
    pub wanted: EntryId,
    pub taken: EntryId,
    pub questions: usize,
    /// So many of them were answered, wrongly.
    pub answered: usize,
    pub example: String,
}

/// Remembers vectors, so that rounds over the same texts encode them once.
pub struct Remembered {
    encoder: Arc<dyn Encode>,
    known: Mutex<HashMap<String, Vec<f32>>>,
}

impl Remembered {
    pub fn over(encoder: Arc<dyn Encode>) -> Arc<dyn Encode> {
        Arc::new(Self { encoder, known: Mutex::default() })
    }
}

impl Encode for Remembered {
    fn encode(&self, text: &str) -> Vec<f32> {
        self.encode_all(&[text]).pop().unwrap_or_default()
    }

    fn encode_all(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut new: Vec<&str> = texts.iter().copied().filter(|text| !known.contains_key(*text)).collect();
        new.sort_unstable();
        new.dedup();
        for (text, vector) in new.iter().zip(self.encoder.encode_all(&new)) {
            known.insert((*text).to_owned(), vector);
        }
        texts.iter().map(|text| known[*text].clone()).collect()
    }
}

/// Holds out and asks. Entries with one phrasing can only be asked as strangers.
pub fn held_out(
    sources: &[Source],
    encoder: Option<Arc<dyn Encode>>,
    settings: &Settings,
    learnt: Learnt,
) -> HeldOut {
    let sources = askable(sources);
    let all: usize = sources.iter().map(|source| source.phrasings.len()).sum();
    let step = all.div_ceil(MOST_PHRASINGS).max(1);
    let sources: Vec<Source> = sources.into_iter().step_by(step).collect();
    let phrasings = sources.iter().map(|source| source.phrasings.len()).sum();
    let encoder = encoder.map(Remembered::over);
    let rounds = if phrasings <= ROUNDS_UP_TO { 3 } else { 1 };
    let mut asked = Vec::new();
    let mut thresholds = Thresholds { answer: 0.0, clarify: 0.0 };
    for round in 0..rounds {
        let outcomes = ask(Round::of(&sources, round, learnt), encoder.clone(), settings);
        if let Some(one) = outcomes.first() {
            thresholds.answer += one.outcome.ranking.thresholds.answer / rounds as f32;
            thresholds.clarify += one.outcome.ranking.thresholds.clarify / rounds as f32;
        }
        asked.extend(outcomes);
    }
    let outcomes: Vec<Outcome> = asked.iter().map(|one| one.outcome.clone()).collect();
    HeldOut {
        report: Report::of(&outcomes),
        entries: sources.len(),
        phrasings,
        sampled: step > 1,
        confusions: confusions(&asked),
        thresholds,
        asked,
    }
}

fn ask(round: Round, encoder: Option<Arc<dyn Encode>>, settings: &Settings) -> Vec<Asked> {
    let index = Index::build(round.kept, encoder, settings.clone());
    crate::parallel::map(&round.questions, |(text, wanted)| Asked {
        text: text.clone(),
        outcome: Outcome::of(&index, text, *wanted),
    })
}

/// The wrong first candidates of questions in scope, the most frequent pairs first.
fn confusions(asked: &[Asked]) -> Vec<Confusion> {
    let mut pairs: BTreeMap<(EntryId, EntryId), Confusion> = BTreeMap::new();
    for one in asked {
        let Ranking { band, candidates, .. } = &one.outcome.ranking;
        let (Some(wanted), Some(first)) = (one.outcome.wanted, candidates.first()) else { continue };
        if first.id == wanted {
            continue;
        }
        let pair = pairs.entry((wanted, first.id)).or_insert_with(|| Confusion {
            wanted,
            taken: first.id,
            questions: 0,
            answered: 0,
            example: one.text.clone(),
        });
        pair.questions += 1;
        pair.answered += usize::from(*band == Band::Answer);
    }
    let mut all: Vec<Confusion> = pairs.into_values().collect();
    all.sort_by_key(|pair| (std::cmp::Reverse((pair.answered, pair.questions)), pair.wanted, pair.taken));
    all.truncate(CONFUSIONS);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(id: i64, phrasings: &[&str]) -> Source {
        let phrasings = phrasings.iter().map(|text| (*text).to_owned()).collect();
        Source { id: EntryId(id), phrasings, answer: String::new(), passages: Vec::new() }
    }

    #[test]
    fn entries_that_ask_the_same_are_named_as_a_pair() {
        let mut sources = vec![
            source(1, &["怎么退货", "如何退货", "退货怎么操作", "我要退货怎么弄"]),
            source(2, &["怎样退货", "退货流程", "退货要怎么办理", "想退货怎么操作"]),
        ];
        for (at, word) in ["发票", "运费", "会员", "地址", "密码"].iter().enumerate() {
            let own = [
                format!("{word}怎么弄"),
                format!("请问{word}"),
                format!("关于{word}的问题"),
                format!("{word}在哪里看"),
            ];
            sources.push(source(10 + at as i64, &own.each_ref().map(String::as_str)));
        }
        let held = held_out(&sources, None, &Settings::default(), Learnt::TwoThirds);
        assert_eq!((held.entries, held.phrasings, held.sampled), (7, 28, false));
        assert!(
            held.report.in_scope > 10 && held.report.questions > held.report.in_scope,
            "{:?}",
            held.report
        );
        let pair = &held.confusions[0];
        let ids = [pair.wanted.0, pair.taken.0];
        assert!(ids == [1, 2] || ids == [2, 1], "{:?}", held.confusions);
        // The same again: nothing is drawn by lot.
        assert_eq!(held_out(&sources, None, &Settings::default(), Learnt::TwoThirds).report, held.report);
    }

    #[test]
    fn an_empty_base_and_one_with_single_phrasings_are_judged_without_a_question_in_scope() {
        for sources in [vec![], vec![source(1, &["怎么退货"])], vec![source(1, &[])]] {
            let held = held_out(&sources, None, &Settings::default(), Learnt::TwoThirds);
            assert_eq!((held.report.in_scope, held.confusions.len()), (0, 0));
        }
    }
}
