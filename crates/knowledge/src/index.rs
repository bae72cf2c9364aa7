//! A snapshot of a knowledge base that can be asked. Invariant: immutable; a change makes another.

use crate::{
    Band, CANDIDATES, Candidate, Encode, EntryId, Ranking, Scores, Settings, Source, Thresholds,
    postings::Postings,
    text::{features, normalise},
};
use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

#[derive(Clone)]
pub struct Index {
    sources: Vec<Source>,
    encoder: Option<Arc<dyn Encode>>,
    settings: Settings,
    /// Of each phrasing: its entry's place in `sources`.
    owners: Vec<u32>,
    postings: Postings,
}

impl Index {
    /// Of several sources with one id the last counts; empty phrasings count for nothing.
    pub fn build(sources: Vec<Source>, encoder: Option<Arc<dyn Encode>>, settings: Settings) -> Self {
        let by_id: BTreeMap<EntryId, Source> =
            sources.into_iter().map(|source| (source.id, source)).collect();
        let sources: Vec<Source> = by_id.into_values().collect();
        let mut owners = Vec::new();
        let mut texts = Vec::new();
        for (at, source) in sources.iter().enumerate() {
            for phrasing in &source.phrasings {
                let features = features(&normalise(phrasing));
                if !features.is_empty() {
                    owners.push(at as u32);
                    texts.push(features);
                }
            }
        }
        Self { postings: Postings::of(&texts), sources, encoder, settings, owners }
    }

    /// The index after an edit: `changed` entries are new or replace those with their id.
    #[must_use]
    pub fn with(&self, changed: Vec<Source>, removed: &[EntryId]) -> Self {
        let removed: HashSet<EntryId> = removed.iter().copied().collect();
        let kept = self.sources.iter().filter(|source| !removed.contains(&source.id)).cloned();
        Self::build(kept.chain(changed).collect(), self.encoder.clone(), self.settings.clone())
    }

    pub fn answer(&self, question: &str) -> Ranking {
        let features = features(&normalise(question));
        let thresholds = Thresholds { answer: 0.8, clarify: 0.3 };
        let nothing = Ranking { band: Band::HandOff, probability: 0.0, candidates: Vec::new(), thresholds };
        if features.is_empty() || self.owners.is_empty() {
            return nothing;
        }
        let near = self.postings.nearness(&features);
        let mut scores = vec![Scores::default(); self.sources.len()];
        for (at, &owner) in self.owners.iter().enumerate() {
            let of = &mut scores[owner as usize];
            of.lexical = of.lexical.max(near.lexical[at]);
            of.pinyin = of.pinyin.max(near.sound[at]);
        }
        let strength = |scores: &Scores| scores.lexical + scores.pinyin;
        let mut order: Vec<usize> = (0..scores.len()).filter(|at| strength(&scores[*at]) > 0.0).collect();
        order.sort_by(|a, b| strength(&scores[*b]).total_cmp(&strength(&scores[*a])).then(a.cmp(b)));
        order.truncate(CANDIDATES);
        let weights: Vec<f32> = order.iter().map(|at| (6.0 * strength(&scores[*at])).exp()).collect();
        // What none of them weighs.
        let all: f32 = 6.0_f32.exp() + weights.iter().sum::<f32>();
        let candidates: Vec<Candidate> = order
            .iter()
            .zip(&weights)
            .map(|(&at, weight)| Candidate {
                id: self.sources[at].id,
                probability: weight / all,
                scores: scores[at],
            })
            .collect();
        let probability = candidates.first().map_or(0.0, |first| first.probability);
        let band = match probability {
            p if p >= thresholds.answer => Band::Answer,
            p if p >= thresholds.clarify => Band::Clarify,
            _ => Band::HandOff,
        };
        Ranking { band, probability, candidates, thresholds }
    }
}

#[cfg(test)]
mod tests {
    use super::{Band, EntryId, Index, Settings, Source};

    fn source(id: i64, phrasings: &[&str]) -> Source {
        Source { id: EntryId(id), phrasings: phrasings.iter().map(|&text| text.to_owned()).collect() }
    }

    fn shop() -> Index {
        let sources = vec![
            source(1, &["怎么退货", "我想把东西退了"]),
            source(2, &["多久发货", "什么时候能发出"]),
            source(3, &["how do I change my address", "wrong delivery address"]),
        ];
        Index::build(sources, None, Settings::default())
    }

    #[test]
    fn a_phrasing_of_the_base_is_answered_by_its_entry() {
        let ranking = shop().answer("我想把东西退了");
        assert_eq!((ranking.band, ranking.candidates[0].id), (Band::Answer, EntryId(1)));
    }

    #[test]
    fn a_text_that_says_nothing_is_handed_off() {
        for text in ["", "   ", "🙂🙂", "……！？", "\u{200b}\u{feff}"] {
            assert_eq!(shop().answer(text).band, Band::HandOff, "{text:?}");
        }
        assert_eq!(
            Index::build(Vec::new(), None, Settings::default()).answer("怎么退货").band,
            Band::HandOff
        );
    }

    #[test]
    fn an_edit_is_as_good_as_a_new_index() {
        let edited = shop().with(vec![source(2, &["订单取消"])], &[EntryId(3)]);
        assert_eq!(edited.answer("订单取消").candidates[0].id, EntryId(2));
        let fresh = Index::build(
            vec![source(1, &["怎么退货", "我想把东西退了"]), source(2, &["订单取消"])],
            None,
            Settings::default(),
        );
        assert_eq!(edited.answer("怎么取消订单"), fresh.answer("怎么取消订单"));
    }
}
