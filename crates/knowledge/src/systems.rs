//! All systems' scores of all entries for a question, and what the stacker sees of the best of them.

use crate::{
    Scores,
    base::{Base, Question},
    choice::{self, Choice},
    classifier::Classifier,
    opposites::Stance,
    postings::Postings,
    stacker::{self, Nothing},
    vectors::Probe,
    words::Spoken,
};

/// How many systems there are. Not every base has all: some need an encoder, some answers.
pub const SYSTEMS: usize = 11;
const BY_WRITING: usize = 0;
const BY_SOUND: usize = 1;
const CLASSIFIER_OF_WORDS: usize = 2;
const WORDS_OF_ANSWER: usize = 3;
const NEAREST: usize = 4;
const NEAREST_THREE: usize = 5;
const CLASSIFIER_OF_MEANING: usize = 6;
const MIDDLE: usize = 7;
const MIDDLE_AGAINST_SPREAD: usize = 8;
const MEANING_OF_ANSWER: usize = 9;
const CHOICE: usize = 10;
/// Of each system its score and its lead over every other entry; three opposites; the entry's size;
/// how much of the question its phrasings together have; how many systems agree; how near the question
/// is for this entry's closeness, and for its crowd; that crowd; how much of the question it speaks of, word by
/// word, and how much is missed.
pub const FEATURES: usize = 2 * SYSTEMS + EXTRAS;
const EXTRAS: usize = 11;
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
    choice: Option<Choice>,
    stances: Vec<Stance>,
    spoken: Spoken,
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

/// What may be meant by a question, and what speaks for nothing of it.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub prospects: Vec<Prospect>,
    pub none: Nothing,
}

impl Systems {
    pub fn learn(base: &Base, rows: Vec<u32>) -> Self {
        let postings = Postings::of(rows.iter().map(|row| base.features(*row)));
        let classifier = Classifier::train(base, &rows, &postings);
        let choice = base.chooses().then(|| Choice::learn(base, &rows, &postings));
        Self::of(base, rows, postings, classifier, choice)
    }

    /// After an edit: `base` has new rows at its end and gaps; `changed` says which entries.
    pub fn relearn(&self, base: &Base, changed: &(dyn Fn(usize) -> bool + Sync)) -> Self {
        let added = (self.rows.len()..base.len()).map(|row| base.features(row as u32));
        let postings = self.postings.with(&|row| base.is_gone(row as u32), added);
        let classifier = self.classifier.relearn(base, &base.rows(), &postings, changed);
        Self::of(base, (0..base.len() as u32).collect(), postings, classifier, None)
    }

    fn of(
        base: &Base,
        rows: Vec<u32>,
        postings: Postings,
        classifier: Classifier,
        choice: Option<Choice>,
    ) -> Self {
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
        let spoken = base.words().spoken(living.iter().map(|row| (*row, base.owner(*row))), base.entries());
        Self { postings, classifier, choice, stances, spoken, rows, sizes }
    }

    /// The entries that may be meant, in the order of their numbers.
    pub fn options(&self, base: &Base, question: &Question) -> Options {
        self.options_among(base, question, &|_| true)
    }

    /// As though only these entries were there.
    pub fn options_among(
        &self,
        base: &Base,
        question: &Question,
        is_there: &dyn Fn(usize) -> bool,
    ) -> Options {
        let entries = base.entries();
        if question.features.is_empty() || entries == 0 {
            return Options::default();
        }
        let row = self.postings.row(&question.features);
        let owner = |at: usize| base.owner(self.rows[at]);
        let near = self.postings.nearness(&question.features, &row, entries, owner);
        let probe = question.vector.as_deref().map(Probe::new);
        let vectors = base.vectors().zip(probe.as_ref());
        let middles = probe.as_ref().map(|probe| self.classifier.nearness_of_centres(probe));
        let compared = self.compared(middles.as_deref());
        let mut scores: Scored = std::array::from_fn(|_| Vec::new());
        let (mut by_writing, mut by_sound) = (vec![NOTHING; entries], vec![NOTHING; entries]);
        let mut likeness: Vec<f32> = Vec::with_capacity(self.choice.as_ref().map_or(0, |_| self.rows.len()));
        let mut nearest = vec![[NOTHING; 3]; if vectors.is_some() { entries } else { 0 }];
        for (at, row) in self.rows.iter().enumerate() {
            if base.is_gone(*row) {
                continue;
            }
            let owner = base.owner(*row);
            let raise = |score: &mut f32, to: f32| *score = score.max(to);
            raise(&mut by_writing[owner], near.lexical[at]);
            raise(&mut by_sound[owner], near.sound[at]);
            let mut meaning = None;
            if let Some((vectors, probe)) = vectors
                && compared.as_ref().is_none_or(|compared| compared[owner])
            {
                let cosine = vectors.cosine(*row as usize, probe);
                insert(&mut nearest[owner], cosine);
                meaning = Some(cosine);
            }
            if self.choice.is_some() {
                likeness.push(choice::likeness(near.lexical[at], meaning));
            }
        }
        scores[BY_WRITING] = by_writing;
        scores[BY_SOUND] = by_sound;
        scores[CLASSIFIER_OF_WORDS] = self.classifier.by_words(&row);
        let answers = Some(base.answers()).filter(|answers| !answers.is_empty());
        if let Some(answers) = answers {
            scores[WORDS_OF_ANSWER] = answers.coverage(&question.features, entries);
        }
        if let Some((vector, probe)) = question.vector.as_ref().zip(probe.as_ref()) {
            scores[NEAREST] = nearest.iter().map(|best| best[0]).collect();
            scores[NEAREST_THREE] = nearest.iter().map(mean_of_seen).collect();
            scores[CLASSIFIER_OF_MEANING] = self.classifier.by_meaning(probe);
            scores[MIDDLE] = middles.unwrap_or_default();
            scores[MIDDLE_AGAINST_SPREAD] = self.classifier.by_middle(vector);
            if let Some(answers) = answers {
                scores[MEANING_OF_ANSWER] = answers.nearness(probe, NOTHING, entries);
            }
        }
        if let Some(choice) = &self.choice {
            scores[CHOICE] = choice.scores(&likeness, entries, is_there);
        }
        let known: f32 = row.iter().map(|(_, weight)| weight * weight).sum();
        let none = [1.0, stacker::length_of(question.features.len()), question.everyday, 1.0 - known];
        Options { prospects: self.best(base, question, &scores, &near.covered, is_there), none }
    }

    /// Which entries' vectors are worth comparing; None: all.
    fn compared(&self, near: Option<&[f32]>) -> Option<Vec<bool>> {
        let near = near.filter(|_| self.rows.len() > ALL_COMPARED)?;
        let mut sorted = near.to_vec();
        let last = COMPARED.min(sorted.len()).checked_sub(1)?;
        let (_, least, _) = sorted.select_nth_unstable_by(last, |a, b| b.total_cmp(a));
        let least = *least;
        Some(near.iter().map(|score| *score >= least).collect())
    }

    fn best(
        &self,
        base: &Base,
        question: &Question,
        scores: &Scored,
        covered: &[f32],
        is_there: &dyn Fn(usize) -> bool,
    ) -> Vec<Prospect> {
        let mut chosen: Vec<usize> = Vec::new();
        let mut leaders = Vec::with_capacity(scores.len());
        for system in scores {
            // A system that the base lacks leads with nothing.
            let top = if system.is_empty() { Vec::new() } else { top(system, &self.sizes, is_there) };
            leaders.push((top.first().copied(), top.get(1).copied()));
            chosen.extend(top);
        }
        chosen.sort_unstable();
        chosen.dedup();
        let systems = scores.iter().filter(|system| !system.is_empty()).count();
        let of = |system: usize, entry: usize| scores[system].get(entry).copied();
        let spoken: Vec<&[u32]> = chosen.iter().map(|entry| self.spoken[*entry].as_slice()).collect();
        let spoken = base.words().coverage(&question.words, &spoken);
        let option = |(entry, spoken): (usize, [f32; 2])| {
            let mut features = [0_f32; FEATURES];
            let present =
                scores.iter().zip(&leaders).enumerate().filter(|(_, (system, _))| !system.is_empty());
            for (at, (system, (first, second))) in present {
                let own = system[entry];
                let rival = if *first == Some(entry) { *second } else { *first };
                features[2 * at] = own;
                features[2 * at + 1] = rival.map_or(0.0, |rival| own - system[rival]);
            }
            let opposition = self.stances[entry].compare(&question.leaning);
            features[2 * SYSTEMS..2 * SYSTEMS + 3].copy_from_slice(&opposition);
            features[2 * SYSTEMS + 3] = self.sizes[entry] - 4.0;
            features[2 * SYSTEMS + 4] = covered[entry];
            // Entries with equal scores both lead.
            let leads = |(system, (first, _)): &(&Vec<f32>, &(Option<usize>, _))| {
                first.is_some_and(|first| system[entry] >= system[first])
            };
            let first = scores.iter().zip(&leaders).filter(leads).count();
            features[2 * SYSTEMS + 5] = first as f32 / systems.max(1) as f32;
            if let Some((nearest, middle)) = of(NEAREST, entry).zip(of(MIDDLE, entry)) {
                let [closeness, crowd] = self.classifier.density(entry);
                features[2 * SYSTEMS + 6] = if closeness > 0.0 { nearest - closeness } else { 0.0 };
                features[2 * SYSTEMS + 7] = middle - crowd;
                features[2 * SYSTEMS + 8] = crowd;
            }
            features[2 * SYSTEMS + 9..].copy_from_slice(&spoken);
            let classifier = of(CLASSIFIER_OF_MEANING, entry).or_else(|| of(CLASSIFIER_OF_WORDS, entry));
            let scores = Scores {
                lexical: scores[BY_WRITING][entry].max(0.0),
                pinyin: scores[BY_SOUND][entry].max(0.0),
                encoder: of(NEAREST, entry),
                answer: of(MEANING_OF_ANSWER, entry),
                classifier: classifier.unwrap_or(0.0),
                opposition: opposition[0] + opposition[2],
            };
            Prospect { entry, features, scores }
        };
        chosen.into_iter().zip(spoken).map(option).collect()
    }
}

/// Each system's score of every entry; empty where the base lacks the system.
type Scored = [Vec<f32>; SYSTEMS];

fn mean_of_seen(best: &[f32; 3]) -> f32 {
    let seen = best.iter().filter(|score| **score > NOTHING);
    match seen.clone().count() {
        0 => NOTHING,
        count => seen.sum::<f32>() / count as f32,
    }
}

/// Puts a score among the best three.
pub fn insert(best: &mut [f32; 3], score: f32) {
    if score > best[0] {
        *best = [score, best[0], best[1]];
    } else if score > best[1] {
        *best = [best[0], score, best[1]];
    } else if score > best[2] {
        best[2] = score;
    }
}

/// The entries with the highest scores, of those that have phrasings and are there; equal ones by
/// their number.
fn top(scores: &[f32], sizes: &[f32], is_there: &dyn Fn(usize) -> bool) -> Vec<usize> {
    let mut best: Vec<usize> = Vec::with_capacity(BEST + 1);
    for (entry, score) in scores.iter().enumerate().filter(|(entry, _)| sizes[*entry] > 0.0) {
        let is_worse = best.len() == BEST && scores[best[BEST - 1]] >= *score;
        if is_worse || !is_there(entry) {
            continue;
        }
        let place = best.partition_point(|other| scores[*other] >= *score);
        best.insert(place, entry);
        best.truncate(BEST);
    }
    best
}
