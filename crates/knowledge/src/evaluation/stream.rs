//! Learning from a stream of conversations, simulated: a base with few phrasings is asked one
//! question after the other; what it does not answer (or answers wrongly) an agent answers, and
//! the agent's label becomes a phrasing. Tests and `octim bench language --only learning` use it.

use super::{Outcome, Report, answered_at};
use crate::{Band, Encode, EntryId, Index, Settings, Source};
use std::{collections::BTreeMap, sync::Arc};

/// A question and the entry that answers it.
pub type Question = (String, Option<EntryId>);

/// How the base fares after so many questions.
#[derive(Clone, Debug)]
pub struct Step {
    pub seen: usize,
    /// Questions that an agent had to answer, and whose entry is known now.
    pub labels: usize,
    /// The most that could be answered with the precision that was asked for, whatever the thresholds.
    pub answered_at_target: f64,
    pub report: Report,
}

/// What streams by, and what the base is tested with meanwhile: never the same.
#[derive(Clone, Debug, Default)]
pub struct Stream {
    pub start: Vec<Source>,
    pub questions: Vec<Question>,
    pub test: Vec<Question>,
}

impl Stream {
    /// A base that begins with `most` phrasings of each entry. Every second question tests; the
    /// others stream by, mixed with the phrasings that the base does not know.
    pub fn new(sources: &[Source], questions: &[Question], most: usize) -> Self {
        let mut stream = Self::default();
        let mut rest: Vec<Vec<Question>> = Vec::new();
        for source in sources {
            let (known, unknown) = source.phrasings.split_at(most.min(source.phrasings.len()));
            stream.start.push(Source {
                id: source.id,
                phrasings: known.to_vec(),
                answer: source.answer.clone(),
                passages: source.passages.clone(),
            });
            rest.push(unknown.iter().map(|text| (text.clone(), Some(source.id))).collect());
        }
        let longest = rest.iter().map(Vec::len).max().unwrap_or(0);
        // The first unknown phrasing of every entry, then the second …
        let mut unknown = (0..longest).flat_map(|at| rest.iter().filter_map(move |own| own.get(at).cloned()));
        for (at, question) in questions.iter().enumerate() {
            if at % 2 == 1 {
                stream.test.push(question.clone());
                continue;
            }
            stream.questions.push(question.clone());
            stream.questions.extend(unknown.next());
        }
        stream.questions.extend(unknown);
        stream
    }

    /// The first step is the base as it begins; another follows after every `every` questions.
    pub fn run(
        &self,
        every: usize,
        most: usize,
        encoder: Option<Arc<dyn Encode>>,
        settings: &Settings,
    ) -> Vec<Step> {
        let mut sources: BTreeMap<EntryId, Source> =
            self.start.iter().map(|source| (source.id, source.clone())).collect();
        let mut index = Index::build(self.start.clone(), encoder, settings.clone());
        let target = f64::from(settings.target_precision);
        let mut steps = vec![self.step(&index, target, 0, 0)];
        let (mut seen, mut labels) = (0, 0);
        for part in self.questions[..most.min(self.questions.len())].chunks(every.max(1)) {
            let mut touched: BTreeMap<EntryId, Source> = BTreeMap::new();
            let outcomes = crate::parallel::map(part, |(text, wanted)| Outcome::of(&index, text, *wanted));
            for ((text, wanted), outcome) in part.iter().zip(outcomes) {
                let answered = outcome.ranking.band == Band::Answer && outcome.is_right();
                let Some(source) = wanted.and_then(|id| sources.get_mut(&id)).filter(|_| !answered) else {
                    continue;
                };
                labels += 1;
                source.phrasings.push(text.clone());
                touched.insert(source.id, source.clone());
            }
            seen += part.len();
            index = index.with(touched.into_values().collect(), &[]);
            steps.push(self.step(&index, target, seen, labels));
        }
        steps
    }

    fn step(&self, index: &Index, target: f64, seen: usize, labels: usize) -> Step {
        let outcomes = crate::parallel::map(&self.test, |(text, wanted)| Outcome::of(index, text, *wanted));
        Step {
            seen,
            labels,
            answered_at_target: answered_at(&outcomes, target),
            report: Report::of(&outcomes),
        }
    }
}
