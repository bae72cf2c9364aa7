//! The inverted index of all phrasings: which phrasing has which feature. Two rankings read it:
//! cosine of TF-IDF over all features, and BM25 over sounds and words.

use crate::text::Feature;
use std::collections::HashMap;

/// BM25's usual constants.
const K1: f32 = 1.2;
const B: f32 = 0.75;
/// The lowest bits of a posting are the phrasing, the highest how often the feature is in it.
const PHRASING: u32 = (1 << 28) - 1;
const MOST: u32 = 15;

#[derive(Clone, Debug, Default)]
pub struct Postings {
    /// Feature to column.
    columns: HashMap<u32, u32>,
    /// Where each column's postings begin in `cells`; one more than columns.
    starts: Vec<u32>,
    cells: Vec<u32>,
    sounds: Vec<bool>,
    /// Of each phrasing's TF-IDF vector.
    norms: Vec<f32>,
    /// How many sounds each phrasing has.
    lengths: Vec<f32>,
    mean_length: f32,
}

/// How near each phrasing is to a question.
pub struct Nearness {
    pub lexical: Vec<f32>,
    pub sound: Vec<f32>,
}

/// Each different feature of a text, and how often it stands there.
fn counted(features: &[Feature]) -> Vec<(Feature, u32)> {
    let mut sorted = features.to_vec();
    sorted.sort_unstable();
    let mut counted: Vec<(Feature, u32)> = Vec::with_capacity(sorted.len());
    for feature in sorted {
        match counted.last_mut() {
            Some((last, count)) if *last == feature => *count = (*count + 1).min(MOST),
            _ => counted.push((feature, 1)),
        }
    }
    counted
}

impl Postings {
    pub fn of(phrasings: &[Vec<Feature>]) -> Self {
        let mut columns = HashMap::new();
        let (mut sounds, mut sizes) = (Vec::new(), Vec::new());
        let mut lengths = Vec::with_capacity(phrasings.len());
        for features in phrasings {
            lengths.push(features.iter().filter(|f| f.sound).count() as f32);
            for (feature, _) in counted(features) {
                let column = *columns.entry(feature.hash).or_insert_with(|| {
                    sounds.push(feature.sound);
                    sizes.push(0_u32);
                    sizes.len() as u32 - 1
                });
                sizes[column as usize] += 1;
            }
        }
        let mut starts = Vec::with_capacity(sizes.len() + 1);
        let mut end = 0;
        for size in &sizes {
            starts.push(end);
            end += size;
        }
        starts.push(end);
        let mut free = starts.clone();
        let mut cells = vec![0; end as usize];
        for (phrasing, features) in phrasings.iter().enumerate() {
            for (feature, count) in counted(features) {
                let slot = &mut free[columns[&feature.hash] as usize];
                cells[*slot as usize] = phrasing as u32 | (count << 28);
                *slot += 1;
            }
        }
        let mean_length = lengths.iter().sum::<f32>() / lengths.len().max(1) as f32;
        let mut this = Self {
            columns,
            starts,
            cells,
            sounds,
            norms: Vec::new(),
            lengths,
            mean_length: mean_length.max(1.0),
        };
        this.norms = this.measure();
        this
    }

    fn measure(&self) -> Vec<f32> {
        let mut squares = vec![0_f32; self.lengths.len()];
        for column in 0..self.sounds.len() {
            let idf = self.idf(column);
            for posting in self.column(column) {
                let weight = idf * frequency(posting >> 28);
                squares[(posting & PHRASING) as usize] += weight * weight;
            }
        }
        squares.into_iter().map(f32::sqrt).collect()
    }

    fn column(&self, column: usize) -> &[u32] {
        &self.cells[self.starts[column] as usize..self.starts[column + 1] as usize]
    }

    fn idf(&self, column: usize) -> f32 {
        let holding = self.column(column).len() as f32;
        ((1.0 + self.lengths.len() as f32) / (1.0 + holding)).ln() + 1.0
    }

    fn sound_idf(&self, holding: f32) -> f32 {
        (1.0 + (self.lengths.len() as f32 - holding + 0.5) / (holding + 0.5)).ln()
    }

    pub fn nearness(&self, question: &[Feature]) -> Nearness {
        let mut lexical = vec![0_f32; self.lengths.len()];
        let mut sound = vec![0_f32; self.lengths.len()];
        let (mut square, mut all_sounds) = (0_f32, 0_f32);
        for (feature, count) in counted(question) {
            let Some(&column) = self.columns.get(&feature.hash) else {
                let idf = (1.0 + self.lengths.len() as f32).ln() + 1.0;
                square += (idf * frequency(count)).powi(2);
                all_sounds += if feature.sound { self.sound_idf(0.0) * (K1 + 1.0) } else { 0.0 };
                continue;
            };
            let column = column as usize;
            let postings = self.column(column);
            let idf = self.idf(column);
            let weight = idf * frequency(count);
            square += weight * weight;
            for posting in postings {
                lexical[(posting & PHRASING) as usize] += weight * idf * frequency(posting >> 28);
            }
            if !self.sounds[column] {
                continue;
            }
            let idf = self.sound_idf(postings.len() as f32) * (K1 + 1.0);
            all_sounds += idf;
            for posting in postings {
                let at = (posting & PHRASING) as usize;
                let times = (posting >> 28) as f32;
                sound[at] += idf * times / (times + K1 * (1.0 - B + B * self.lengths[at] / self.mean_length));
            }
        }
        let norm = square.sqrt().max(1e-6);
        for (score, own) in lexical.iter_mut().zip(&self.norms) {
            *score /= norm * own.max(1e-6);
        }
        for score in &mut sound {
            *score /= all_sounds.max(1e-6);
        }
        Nearness { lexical, sound }
    }
}

/// The second time says less than the first.
fn frequency(count: u32) -> f32 {
    1.0 + (count as f32).ln()
}
