//! How good a base is, from itself: phrasings are held out and asked, whole entries are held
//! out so that their questions are near the base but not in it, and everyday questions are far
//! from it. Thresholds come from what is kept, never from what is asked.

use super::{Outcome, Report};
use crate::{Band, Encode, EntryId, Index, Ranking, Settings, Source};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

const EVERYDAY: &str = include_str!("../everyday.txt");
/// Up to so many phrasings three rounds are asked, above one.
const ROUNDS_UP_TO: usize = 1_500;
/// Above, every n-th entry stands for the base.
const MOST_PHRASINGS: usize = 6_000;
/// Every sixth entry is held out whole, another sixth in each round.
const WHOLE: usize = 6;
/// Every so manyth everyday question is asked in a round.
const FAR_STEP: usize = 5;
const CONFUSIONS: usize = 30;

/// One question that was asked, and what came of it.
#[derive(Clone, Debug)]
pub struct Asked {
    pub text: String,
    pub outcome: Outcome,
}

/// What a base says about itself.
#[derive(Clone, Debug, Default)]
pub struct HeldOut {
    pub report: Report,
    /// Entries and phrasings that were looked at.
    pub entries: usize,
    pub phrasings: usize,
    /// The base was too large to be asked whole.
    pub sampled: bool,
    pub confusions: Vec<Confusion>,
    /// The probability from which on it answered, the mean of all rounds.
    pub threshold: f32,
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
struct Remembered {
    encoder: Arc<dyn Encode>,
    known: Mutex<HashMap<String, Vec<f32>>>,
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
pub fn held_out(sources: &[Source], encoder: Option<Arc<dyn Encode>>, settings: &Settings) -> HeldOut {
    let mut sources: Vec<Source> = sources.to_vec();
    sources.retain(|source| !source.phrasings.is_empty());
    sources.sort_by_key(|source| source.id);
    let all: usize = sources.iter().map(|source| source.phrasings.len()).sum();
    let step = all.div_ceil(MOST_PHRASINGS).max(1);
    let sources: Vec<Source> = sources.into_iter().step_by(step).collect();
    let phrasings = sources.iter().map(|source| source.phrasings.len()).sum();
    let encoder =
        encoder.map(|encoder| Arc::new(Remembered { encoder, known: Mutex::default() }) as Arc<dyn Encode>);
    let rounds = if phrasings <= ROUNDS_UP_TO { 3 } else { 1 };
    let mut asked = Vec::new();
    let mut threshold = 0.0;
    for round in 0..rounds {
        let (index, outcomes) = ask(&sources, round, encoder.clone(), settings);
        threshold += index / rounds as f32;
        asked.extend(outcomes);
    }
    let outcomes: Vec<Outcome> = asked.iter().map(|one| one.outcome.clone()).collect();
    HeldOut {
        report: Report::of(&outcomes),
        entries: sources.len(),
        phrasings,
        sampled: step > 1,
        confusions: confusions(&asked),
        threshold,
    }
}

/// One round: the threshold, and what was asked.
fn ask(
    sources: &[Source],
    round: usize,
    encoder: Option<Arc<dyn Encode>>,
    settings: &Settings,
) -> (f32, Vec<Asked>) {
    let mut kept = Vec::new();
    let mut questions: Vec<(String, Option<EntryId>)> = Vec::new();
    for (at, source) in sources.iter().enumerate() {
        if sources.len() >= WHOLE && at % WHOLE == round {
            questions.extend(source.phrasings.first().map(|text| (text.clone(), None)));
            questions.extend(source.phrasings.get(1 + round).map(|text| (text.clone(), None)));
            continue;
        }
        let mut own = source.clone();
        // A third of the phrasings, never the question itself.
        let held = |place: usize| place > 0 && (place + at) % 3 == round % 3;
        let out = source.phrasings.iter().enumerate().filter(|(place, _)| held(*place));
        questions.extend(out.map(|(_, text)| (text.clone(), Some(source.id))));
        let mut place = 0;
        own.phrasings.retain(|_| {
            place += 1;
            !held(place - 1)
        });
        kept.push(own);
    }
    questions.extend(EVERYDAY.lines().skip(round).step_by(FAR_STEP).map(|text| (text.to_owned(), None)));
    let index = Index::build(kept, encoder, settings.clone());
    let outcomes = crate::parallel::map(&questions, |(text, wanted)| Asked {
        text: text.clone(),
        outcome: Outcome::of(&index, text, *wanted),
    });
    let threshold = outcomes.first().map_or(0.0, |one| one.outcome.ranking.thresholds.answer);
    (threshold, outcomes)
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
        let held = held_out(&sources, None, &Settings::default());
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
        assert_eq!(held_out(&sources, None, &Settings::default()).report, held.report);
    }

    #[test]
    fn an_empty_base_and_one_with_single_phrasings_are_judged_without_a_question_in_scope() {
        for sources in [vec![], vec![source(1, &["怎么退货"])], vec![source(1, &[])]] {
            let held = held_out(&sources, None, &Settings::default());
            assert_eq!((held.report.in_scope, held.confusions.len()), (0, 0));
        }
    }
}
