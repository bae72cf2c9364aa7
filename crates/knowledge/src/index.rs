//! A snapshot of a knowledge base that can be asked. Invariant: immutable; a change makes another.

use crate::{
    Band, CANDIDATES, Candidate, Encode, EntryId, Passage, Quote, Ranking, Settings, Source, answers,
    base::{Base, Old},
    calibration::Calibration,
    passages, stacker,
    systems::Systems,
    usual,
    vectors::Probe,
};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

/// Up to so many phrasings an edit learns everything anew: it takes about a second, and the result
/// is exactly that of a new index. Above, only what the edit touches is learnt, and the calibration stays.
const LEARNT_ANEW: usize = 1_500;
/// So many sentences of an article are phrasings; all are read in its passages.
const SENTENCES: usize = 100;

#[derive(Clone)]
pub struct Index {
    /// By number; an entry that was removed stays, without phrasings. Rivals come last.
    sources: Vec<Source>,
    settings: Settings,
    base: Base,
    systems: Systems,
    calibration: Calibration,
    /// The same without an encoder.
    fallback: Option<Arc<Self>>,
}

impl Index {
    /// Of several sources with one id the last counts; empty phrasings count for nothing.
    pub fn build(sources: Vec<Source>, encoder: Option<Arc<dyn Encode>>, settings: Settings) -> Self {
        Self::learn(Base::new(encoder), None, sources, settings)
    }

    fn learn(mut base: Base, old: Option<&Self>, sources: Vec<Source>, settings: Settings) -> Self {
        let by_id: BTreeMap<EntryId, Source> =
            sources.into_iter().map(|source| (source.id, source)).collect();
        let mut sources: Vec<Source> = by_id.into_values().collect();
        sources.iter_mut().for_each(prepare);
        let numbered: Vec<(usize, &Source)> = sources.iter().enumerate().collect();
        let answers = answers::tell(sources.iter());
        let old = old.map(Self::lent);
        base.extend(&numbered, answers, old.as_ref());
        let rivals = usual::rivals(&sources);
        if !rivals.is_empty() {
            let numbered: Vec<(usize, &Source)> = (sources.len()..).zip(&rivals).collect();
            base.extend_by_rivals(&numbered, old.as_ref());
            sources.extend(rivals);
        }
        let systems = Systems::learn(&base, base.rows());
        let calibration = Calibration::of(&base, &settings);
        Self { sources, settings, base, systems, calibration, fallback: None }
    }

    /// Questions that the encoder cannot encode are answered by `plain`, the same base without one.
    #[must_use]
    pub fn with_fallback(self, plain: Arc<Self>) -> Self {
        Self { fallback: Some(plain), ..self }
    }

    pub const fn fallback(&self) -> Option<&Arc<Self>> {
        self.fallback.as_ref()
    }

    /// The index after an edit: `changed` entries are new or replace those with their id.
    #[must_use]
    pub fn with(&self, changed: Vec<Source>, removed: &[EntryId]) -> Self {
        let fallback = self.fallback.as_ref().map(|plain| Arc::new(plain.with(changed.clone(), removed)));
        Self { fallback, ..self.edited(changed, removed) }
    }

    fn edited(&self, changed: Vec<Source>, removed: &[EntryId]) -> Self {
        let gone: HashSet<EntryId> = removed.iter().copied().collect();
        let touched: usize = changed.iter().map(|source| source.phrasings.len()).sum();
        let size = self.base.rows().len();
        if size <= LEARNT_ANEW || touched > size / 4 {
            let kept = self
                .sources
                .iter()
                .enumerate()
                .filter(|(number, source)| self.base.is_own(*number) && !source.phrasings.is_empty())
                .map(|(_, source)| source)
                .filter(|source| !gone.contains(&source.id));
            let sources = kept.cloned().chain(changed).collect();
            return Self::learn(self.base.emptied(), Some(self), sources, self.settings.clone());
        }
        self.touch(changed, &gone)
    }

    fn touch(&self, changed: Vec<Source>, gone: &HashSet<EntryId>) -> Self {
        let mut sources = self.sources.clone();
        let mut base = self.base.clone();
        let numbers: HashMap<EntryId, usize> =
            sources.iter().enumerate().map(|(number, source)| (source.id, number)).collect();
        for number in gone.iter().filter_map(|id| numbers.get(id)) {
            base.remove(*number);
            sources[*number].phrasings.clear();
        }
        let mut touched: BTreeMap<usize, Source> = BTreeMap::new();
        let by_id: BTreeMap<EntryId, Source> =
            changed.into_iter().map(|source| (source.id, source)).collect();
        for (id, mut source) in by_id {
            prepare(&mut source);
            let number = numbers.get(&id).copied().unwrap_or_else(|| {
                sources.push(Source {
                    id,
                    phrasings: Vec::new(),
                    answer: String::new(),
                    passages: Vec::new(),
                });
                sources.len() - 1
            });
            base.remove(number);
            sources[number] = source.clone();
            touched.insert(number, source);
        }
        let numbered: Vec<(usize, &Source)> =
            touched.iter().map(|(number, source)| (*number, source)).collect();
        let answers = !self.base.answers().is_empty();
        base.extend(&numbered, answers, Some(&self.lent()));
        let removed: HashSet<usize> = gone.iter().filter_map(|id| numbers.get(id).copied()).collect();
        let systems =
            self.systems.relearn(&base, &|number| touched.contains_key(&number) || removed.contains(&number));
        Self {
            sources,
            settings: self.settings.clone(),
            base,
            systems,
            calibration: self.calibration.clone(),
            fallback: None,
        }
    }

    /// Which row of the base holds a text: its vector need not be computed again.
    fn lent(&self) -> Old<'_> {
        let mut texts: Vec<std::slice::Iter<'_, String>> =
            self.sources.iter().map(|source| source.phrasings.iter()).collect();
        let mut rows = HashMap::new();
        for row in self.base.rows() {
            let own = &mut texts[self.base.owner(row)];
            if let Some(text) = own.find(|text| crate::text::says_something(text)) {
                rows.insert(text.as_str(), row);
            }
        }
        let answers = answers::rows_by_text(self.base.answers(), self.sources.iter().enumerate());
        Old { base: &self.base, rows, answers }
    }

    pub fn answer(&self, question: &str) -> Ranking {
        self.answer_among(question, &|_| true)
    }

    /// As though only these entries were there.
    pub fn answer_among(&self, question: &str, is_there: &dyn Fn(EntryId) -> bool) -> Ranking {
        let thresholds = self.calibration.thresholds;
        let text = question;
        let question = self.base.question(text);
        if let Some(plain) = self.fallback.as_ref().filter(|_| question.is_lost()) {
            return plain.answer_among(text, is_there);
        }
        let is_own = |entry: usize| self.base.is_own(entry);
        let is_there = |entry: usize| !is_own(entry) || is_there(self.sources[entry].id);
        let options = self.systems.options_among(&self.base, &question, &is_there);
        let features: Vec<_> = options.prospects.iter().map(|option| option.features).collect();
        let probabilities = stacker::probabilities(&self.calibration.weights, &features, &options.none);
        let mut candidates: Vec<Candidate> = options
            .prospects
            .iter()
            .zip(probabilities)
            .filter(|(option, _)| is_own(option.entry))
            .map(|(option, probability)| Candidate {
                id: self.sources[option.entry].id,
                probability: probability as f32,
                scores: option.scores,
            })
            .collect();
        candidates.sort_by(|a, b| b.probability.total_cmp(&a.probability).then(a.id.cmp(&b.id)));
        candidates.truncate(CANDIDATES);
        let probability = candidates.first().map_or(0.0, |first| first.probability);
        let band = match probability {
            _ if candidates.is_empty() => Band::HandOff,
            p if p >= thresholds.answer => Band::Answer,
            p if p >= thresholds.clarify => Band::Clarify,
            _ => Band::HandOff,
        };
        Ranking { band, probability, candidates, thresholds }
    }

    /// What answers a question in an article; none where the entry is none.
    pub fn quote(&self, article: EntryId, question: &str) -> Option<Quote> {
        let number = self.sources.iter().position(|source| source.id == article)?;
        let source = &self.sources[number];
        if source.passages.is_empty() {
            return None;
        }
        let asked = self.base.question(question);
        let probe = asked.vector.as_deref().filter(|_| !asked.is_lost()).map(Probe::new);
        let answers = self.base.answers();
        let near = |passage: Option<usize>| {
            let row = answers.rows(number).get(passage.map_or(0, |passage| passage + 1))?;
            answers.cosine(*row, probe.as_ref()?)
        };
        passages::quote(question, source, near)
    }
}

/// What an article says is asked for in nearly its own words. The same phrasing twice says nothing more.
fn prepare(source: &mut Source) {
    let sentences = source.passages.iter().flat_map(Passage::sentences).map(str::to_owned);
    source.phrasings.extend(sentences.take(SENTENCES));
    let mut seen = HashSet::new();
    source
        .phrasings
        .retain(|phrasing| crate::text::says_something(phrasing) && seen.insert(phrasing.clone()));
}

#[cfg(test)]
mod tests;
