//! All systems' scores of all entries for a question, and what the stacker sees of the best of them.

use crate::{
    Scores,
    base::{Base, Question},
    classifier::Classifier,
    opposites::Stance,
    postings::Postings,
    vectors::Probe,
};

/// How many systems there are: by characters, by sound, the classifier by words; with an encoder
/// also the nearest vector, the nearest three, and the classifier by meaning.
pub const SYSTEMS: usize = 6;
const WITHOUT_ENCODER: usize = 3;
/// Of each system its score and its lead over every other entry; three opposites; the entry's size;
/// how much of the question its phrasings together have.
pub const FEATURES: usize = 2 * SYSTEMS + 5;
/// So many of each system's best are candidates.
const BEST: usize = 5;
const NOTHING: f32 = -1.0;
/// In bases with more phrasings vectors are compared with those entries only whose middle is near.
const ALL_COMPARED: usize = 20_000;
const COMPARED: usize = 300;

/// The systems, learnt from some phrasings of a base.
#[derive(Clone)]
pub struct Systems {
    pub postings: Postings,
    pub classifier: Classifier,
    stances: Vec<Stance>,
    /// Which phrasing of the base each phrasing in `postings` is.
    rows: Vec<u32>,
    sizes: Vec<f32>,
}

/// One entry that may be meant.
#[derive(Clone, Debug)]
pub struct Prospect {
    pub entry: usize,
    pub features: [f32; FEATURES],
    pub scores: Scores,
}

impl Systems {
    pub fn learn(base: &Base, rows: Vec<u32>) -> Self {
        let postings = Postings::of(rows.iter().map(|row| base.features(*row)));
        let classifier = Classifier::train(base, &rows, &postings);
        Self::of(base, rows, postings, classifier)
    }

    /// After an edit: `base` has new rows at its end and gaps; `changed` says which entries.
    pub fn relearn(&self, base: &Base, changed: &(dyn Fn(usize) -> bool + Sync)) -> Self {
        let added = (self.rows.len()..base.len()).map(|row| base.features(row as u32));
        let postings = self.postings.with(&|row| base.is_gone(row as u32), added);
        let classifier = self.classifier.relearn(base, &base.rows(), &postings, changed);
        Self::of(base, (0..base.len() as u32).collect(), postings, classifier)
    }

    fn of(base: &Base, rows: Vec<u32>, postings: Postings, classifier: Classifier) -> Self {
        let living: Vec<u32> = rows.iter().copied().filter(|row| !base.is_gone(*row)).collect();
        let stances = base.stances(&living);
        let mut sizes = vec![0_f32; base.entries()];
        for row in &living {
            sizes[base.owner(*row)] += 1.0;
        }
        let filled = sizes.iter().filter(|size| **size > 0.0).count().max(1);
        let mean = living.len() as f32 / filled as f32;
        for size in sizes.iter_mut().filter(|size| **size > 0.0) {
            *size = (*size / mean.max(1.0)).ln().clamp(-3.0, 3.0) + 4.0;
        }
        Self { postings, classifier, stances, rows, sizes }
    }

    /// The entries that may be meant, in the order of their numbers.
    pub fn options(&self, base: &Base, question: &Question) -> Vec<Prospect> {
        let entries = base.entries();
        if question.features.is_empty() || entries == 0 {
            return Vec::new();
        }
        let row = self.postings.row(&question.features);
        let owner = |at: usize| base.owner(self.rows[at]);
        let near = self.postings.nearness(&question.features, &row, entries, owner);
        let probe = question.vector.as_deref().map(Probe::new);
        let vectors = base.vectors().zip(probe.as_ref());
        let compared = self.compared(question.vector.as_deref());
        let mut scores =
            vec![vec![NOTHING; entries]; if vectors.is_some() { SYSTEMS } else { WITHOUT_ENCODER }];
        let mut nearest = vec![[NOTHING; 3]; if vectors.is_some() { entries } else { 0 }];
        for (at, row) in self.rows.iter().enumerate() {
            if base.is_gone(*row) {
                continue;
            }
            let owner = base.owner(*row);
            let raise = |score: &mut f32, to: f32| *score = score.max(to);
            raise(&mut scores[0][owner], near.lexical[at]);
            raise(&mut scores[1][owner], near.sound[at]);
            if let Some((vectors, probe)) = vectors
                && compared.as_ref().is_none_or(|compared| compared[owner])
            {
                insert(&mut nearest[owner], vectors.cosine(*row as usize, probe));
            }
        }
        scores[2] = self.classifier.by_words(&row);
        if let Some(vector) = &question.vector {
            for (entry, best) in nearest.iter().enumerate() {
                scores[3][entry] = best[0];
                if best[0] <= NOTHING {
                    continue;
                }
                let seen = best.iter().filter(|score| **score > NOTHING);
                scores[4][entry] = seen.clone().sum::<f32>() / seen.count().max(1) as f32;
            }
            scores[5] = self.classifier.by_meaning(vector);
        }
        self.best(question, &scores, &near.covered)
    }

    /// Which entries' vectors are worth comparing; None: all.
    fn compared(&self, vector: Option<&[f32]>) -> Option<Vec<bool>> {
        let vector = vector.filter(|_| self.rows.len() > ALL_COMPARED)?;
        let near = self.classifier.nearness_of_centres(vector);
        let mut sorted = near.clone();
        let last = COMPARED.min(sorted.len()).checked_sub(1)?;
        let (_, least, _) = sorted.select_nth_unstable_by(last, |a, b| b.total_cmp(a));
        let least = *least;
        Some(near.into_iter().map(|score| score >= least).collect())
    }

    fn best(&self, question: &Question, scores: &[Vec<f32>], covered: &[f32]) -> Vec<Prospect> {
        let mut chosen: Vec<usize> = Vec::new();
        let mut leaders = Vec::with_capacity(scores.len());
        for system in scores {
            let top = top(system, &self.sizes);
            leaders.push((top.first().copied(), top.get(1).copied()));
            chosen.extend(top);
        }
        chosen.sort_unstable();
        chosen.dedup();
        let option = |entry: usize| {
            let mut features = [0_f32; FEATURES];
            for (at, (system, (first, second))) in scores.iter().zip(&leaders).enumerate() {
                let own = system[entry];
                let rival = if *first == Some(entry) { *second } else { *first };
                features[2 * at] = own;
                features[2 * at + 1] = rival.map_or(0.0, |rival| own - system[rival]);
            }
            let opposition = self.stances[entry].compare(&question.leaning);
            features[2 * SYSTEMS..2 * SYSTEMS + 3].copy_from_slice(&opposition);
            features[2 * SYSTEMS + 3] = self.sizes[entry] - 4.0;
            features[2 * SYSTEMS + 4] = covered[entry];
            let scores = Scores {
                lexical: scores[0][entry].max(0.0),
                pinyin: scores[1][entry].max(0.0),
                encoder: scores.get(3).map(|system| system[entry]),
                classifier: scores.last().map_or(0.0, |system| system[entry]),
                opposition: opposition[0] + opposition[2],
            };
            Prospect { entry, features, scores }
        };
        chosen.into_iter().map(option).collect()
    }
}

fn insert(best: &mut [f32; 3], score: f32) {
    if score > best[0] {
        *best = [score, best[0], best[1]];
    } else if score > best[1] {
        *best = [best[0], score, best[1]];
    } else if score > best[2] {
        best[2] = score;
    }
}

/// The entries with the highest scores, of those that have phrasings; equal ones by their number.
fn top(scores: &[f32], sizes: &[f32]) -> Vec<usize> {
    let mut best: Vec<usize> = Vec::with_capacity(BEST + 1);
    for (entry, score) in scores.iter().enumerate().filter(|(entry, _)| sizes[*entry] > 0.0) {
        if best.len() == BEST && scores[best[BEST - 1]] >= *score {
            continue;
        }
        let place = best.partition_point(|other| scores[*other] >= *score);
        best.insert(place, entry);
        best.truncate(BEST);
    }
    best
}
