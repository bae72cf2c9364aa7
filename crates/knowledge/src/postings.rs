//! The inverted index of all phrasings: which phrasing has which feature. Two rankings read it:
//! cosine of TF-IDF over all features, and BM25 over sounds and words.

use crate::{base::Base, columns::by_column, text::Feature};
use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
    sync::Arc,
};

/// BM25's usual constants.
const K1: f32 = 1.2;
const B: f32 = 0.75;
/// The lowest bits of a cell are the phrasing, or the column where a phrasing's cells stand together; the highest how
/// often the feature is in it.
const PHRASING: u32 = (1 << 28) - 1;
const MOST: u32 = 15;
/// A feature of more phrasings tells little in so large a base, and takes the longest to count.
const COMMON: usize = 10_000;

/// Features are hashes already.
#[derive(Clone, Copy, Debug, Default)]
pub struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 << 8) | u64::from(*byte);
        }
    }
    fn write_u32(&mut self, value: u32) {
        self.0 = u64::from(value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

type Columns = HashMap<Feature, u32, BuildHasherDefault<AsItIs>>;

#[derive(Clone, Debug, Default)]
pub struct Postings {
    columns: Columns,
    /// Where each column's cells begin in `cells`; one more than columns.
    starts: Vec<u32>,
    cells: Vec<u32>,
    sounds: Vec<bool>,
    /// What each column tells.
    idf: Arc<[f32]>,
    /// Of each phrasing's TF-IDF vector.
    norms: Vec<f32>,
    /// How many sounds each phrasing has.
    lengths: Vec<f32>,
    mean_length: f32,
    /// How many phrasings count: not those that were removed.
    living: f32,
}

/// How near each phrasing is to a question, and how much of the question each group of phrasings
/// together has.
pub struct Nearness {
    pub lexical: Vec<f32>,
    pub sound: Vec<f32>,
    pub covered: Vec<f32>,
}

/// A sparse vector of unit length: columns and their weights.
pub type Row = Vec<(u32, f32)>;

/// The vectors of many phrasings, one number for each cell: its column, and how often it stands there.
pub struct Packed {
    ends: Vec<u32>,
    cells: Vec<u32>,
    norms: Vec<f32>,
    idf: Arc<[f32]>,
}

impl Packed {
    pub fn row(&self, row: u32) -> impl Iterator<Item = (u32, f32)> {
        let row = row as usize;
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        let scale = 1.0 / self.norms[row].max(1e-6);
        self.cells[start as usize..self.ends[row] as usize].iter().map(move |cell| {
            let column = cell & PHRASING;
            (column, self.idf[column as usize] * frequency(cell >> 28) * scale)
        })
    }
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
    pub fn of(phrasings: impl Iterator<Item = Vec<Feature>>) -> Self {
        Self::empty().with(&|_| false, phrasings)
    }

    pub fn empty() -> Self {
        Self { starts: vec![0], ..Self::default() }
    }

    /// With more phrasings, which get the next numbers, and without those that are gone, whose
    /// numbers stay empty.
    pub fn with(&self, gone: &dyn Fn(usize) -> bool, added: impl Iterator<Item = Vec<Feature>>) -> Self {
        let mut columns = self.columns.clone();
        let mut sounds = self.sounds.clone();
        let mut lengths = self.lengths.clone();
        for (at, length) in lengths.iter_mut().enumerate() {
            if gone(at) {
                *length = 0.0;
            }
        }
        let first = lengths.len() as u32;
        // Phrasing after phrasing: the columns of each, and how often.
        let mut new: Vec<u32> = Vec::new();
        let mut ends: Vec<usize> = Vec::new();
        for features in added {
            lengths.push(features.iter().filter(|f| f.is_sound()).count() as f32);
            for (feature, count) in counted(&features) {
                let column = *columns.entry(feature).or_insert_with(|| {
                    sounds.push(feature.is_sound());
                    sounds.len() as u32 - 1
                });
                new.push(column | (count << 28));
            }
            ends.push(new.len());
        }
        let kept = || {
            let columns = 0..self.sounds.len();
            let cells =
                columns.flat_map(|column| self.column(column).iter().map(move |cell| (column, *cell)));
            cells.filter(|(_, cell)| !gone((cell & PHRASING) as usize))
        };
        let added = || {
            let begins = std::iter::once(0).chain(ends.iter().copied());
            let phrasings = (first..).zip(begins.zip(&ends));
            phrasings.flat_map(|(phrasing, (begin, end))| {
                let of_one = new[begin..*end].iter();
                of_one.map(move |cell| ((cell & PHRASING) as usize, phrasing | (cell & !PHRASING)))
            })
        };
        let (starts, cells) = by_column(sounds.len(), || kept().chain(added()));
        let mut this = Self { columns, starts, cells, sounds, lengths, ..Self::default() };
        this.measure();
        this
    }

    fn measure(&mut self) {
        let mut living = vec![false; self.lengths.len()];
        let mut squares = vec![0_f32; self.lengths.len()];
        for cell in &self.cells {
            living[(cell & PHRASING) as usize] = true;
        }
        self.living = living.iter().filter(|lives| **lives).count() as f32;
        self.mean_length = (self.lengths.iter().sum::<f32>() / self.living.max(1.0)).max(1.0);
        let idf = |column| ((1.0 + self.living) / (1.0 + self.column(column).len() as f32)).ln() + 1.0;
        self.idf = (0..self.sounds.len()).map(idf).collect();
        for column in 0..self.sounds.len() {
            let idf = self.idf(column);
            for cell in self.column(column) {
                let weight = idf * frequency(cell >> 28);
                squares[(cell & PHRASING) as usize] += weight * weight;
            }
        }
        self.norms = squares.into_iter().map(f32::sqrt).collect();
    }

    pub fn width(&self) -> usize {
        self.sounds.len()
    }

    fn column(&self, column: usize) -> &[u32] {
        &self.cells[self.starts[column] as usize..self.starts[column + 1] as usize]
    }

    /// A column's cells, unless it is too common.
    fn telling(&self, column: u32) -> &[u32] {
        let cells = self.column(column as usize);
        if cells.len() > COMMON { &[] } else { cells }
    }

    fn idf(&self, column: usize) -> f32 {
        self.idf[column]
    }

    fn sound_idf(&self, holding: f32) -> f32 {
        (1.0 + (self.living - holding + 0.5).max(0.0) / (holding + 0.5)).ln()
    }

    /// A text as its TF-IDF vector; features that no phrasing has count for its length only.
    pub fn row(&self, features: &[Feature]) -> Row {
        let unknown = (1.0 + self.living).ln() + 1.0;
        let mut square = 0_f32;
        let mut row: Row = Vec::new();
        for (feature, count) in counted(features) {
            let column = self.columns.get(&feature);
            let weight = column.map_or(unknown, |column| self.idf(*column as usize)) * frequency(count);
            square += weight * weight;
            row.extend(column.map(|column| (*column, weight)));
        }
        let norm = square.sqrt().max(1e-6);
        for (_, weight) in &mut row {
            *weight /= norm;
        }
        row
    }

    /// The vectors of a base's phrasings, by their numbers; those that are not in `rows` are empty.
    pub fn packed(&self, base: &Base, rows: &[u32]) -> Packed {
        let mut packed = self.pack();
        for row in rows {
            packed.ends.resize(*row as usize, packed.cells.len() as u32);
            packed.norms.resize(*row as usize, 0.0);
            self.push(&mut packed, &base.features(*row));
        }
        packed
    }

    /// The same, one after another.
    pub fn packed_in_order(&self, base: &Base, rows: &[u32]) -> Packed {
        let mut packed = self.pack();
        for row in rows {
            self.push(&mut packed, &base.features(*row));
        }
        packed
    }

    fn pack(&self) -> Packed {
        Packed { ends: Vec::new(), cells: Vec::new(), norms: Vec::new(), idf: Arc::clone(&self.idf) }
    }

    fn push(&self, packed: &mut Packed, features: &[Feature]) {
        let mut square = 0_f32;
        for (feature, count) in counted(features) {
            let Some(column) = self.columns.get(&feature) else { continue };
            square += (packed.idf[*column as usize] * frequency(count)).powi(2);
            packed.cells.push(column | (count << 28));
        }
        packed.norms.push(square.sqrt());
        packed.ends.push(packed.cells.len() as u32);
    }

    /// How much of a question each group of phrasings together has, in sounds and words; what no phrasing
    /// has counts as well. `group`: None for a phrasing that does not count.
    pub fn coverage(
        &self,
        question: &[Feature],
        groups: usize,
        group: impl Fn(usize) -> Option<usize>,
    ) -> Vec<f32> {
        let mut covered = vec![0_f32; groups];
        let mut all = 0_f32;
        for (feature, _) in counted(question).into_iter().filter(|(feature, _)| feature.is_sound()) {
            let column = self.columns.get(&feature);
            let cells = column.map_or(&[][..], |column| self.column(*column as usize));
            if cells.len() > COMMON {
                continue;
            }
            let idf = self.sound_idf(cells.len() as f32);
            all += idf;
            for group in cells.iter().filter_map(|cell| group((cell & PHRASING) as usize)) {
                covered[group] += idf;
            }
        }
        for share in &mut covered {
            *share /= all.max(1e-6);
        }
        covered
    }

    pub fn nearness(
        &self,
        question: &[Feature],
        row: &Row,
        groups: usize,
        group: impl Fn(usize) -> usize,
    ) -> Nearness {
        let mut covered = vec![0_f32; groups];
        // The last column that counted for a group, and one more.
        let mut last = vec![0_u32; groups];
        let mut lexical = vec![0_f32; self.lengths.len()];
        let mut sound = vec![0_f32; self.lengths.len()];
        for &(column, weight) in row {
            let weight = weight * self.idf(column as usize);
            for cell in self.telling(column) {
                lexical[(cell & PHRASING) as usize] += weight * frequency(cell >> 28);
            }
        }
        let mut all_sounds = 0_f32;
        let sounds = counted(question).into_iter().filter(|(feature, _)| feature.is_sound());
        for (round, (feature, _)) in (1_u32..).zip(sounds) {
            let column = self.columns.get(&feature);
            let cells = column.map_or(&[][..], |column| self.telling(*column));
            if column.is_some_and(|column| self.column(*column as usize).len() > COMMON) {
                continue;
            }
            let idf = self.sound_idf(cells.len() as f32) * (K1 + 1.0);
            all_sounds += idf;
            for cell in cells {
                let at = (cell & PHRASING) as usize;
                let group = group(at);
                if last[group] != round {
                    last[group] = round;
                    covered[group] += idf;
                }
                let times = (cell >> 28) as f32;
                sound[at] += idf * times / (times + K1 * (1.0 - B + B * self.lengths[at] / self.mean_length));
            }
        }
        for (score, own) in lexical.iter_mut().zip(&self.norms) {
            *score /= own.max(1e-6);
        }
        for score in &mut sound {
            *score /= all_sounds.max(1e-6);
        }
        for share in &mut covered {
            *share /= all_sounds.max(1e-6);
        }
        Nearness { lexical, sound, covered }
    }
}

/// The second time says less than the first.
fn frequency(count: u32) -> f32 {
    const TABLE: [f32; 16] = [
        0.0,
        1.0,
        1.693_147_2,
        2.098_612_3,
        2.386_294_4,
        2.609_438,
        2.791_759_5,
        2.945_910_1,
        3.079_441_5,
        3.197_224_6,
        3.302_585,
        3.397_895_3,
        3.484_906_7,
        3.564_949_4,
        3.639_057_4,
        3.708_050_2,
    ];
    TABLE[(count & MOST) as usize]
}

#[cfg(test)]
mod tests {
    use super::Postings;
    use crate::text::{Feature, features};

    fn all(texts: &[&str]) -> Vec<Vec<Feature>> {
        texts.iter().map(|text| features(text)).collect()
    }

    #[test]
    fn adding_and_removing_gives_the_scores_of_a_new_index() {
        let texts = all(&["怎么退货", "多久发货", "怎么换货呢"]);
        let rows = |of: &'static str| features(of);
        let new = Postings::of(texts[..2].iter().cloned());
        let old = all(&["退款多久到账"]);
        let mut edited = Postings::of(old.iter().chain(&texts[..1]).cloned());
        edited = edited.with(&|at| at == 0, texts[1..2].iter().cloned());
        let question = rows("怎么发货啊");
        let (a, b) = (
            new.nearness(&question, &new.row(&question), 1, |_| 0),
            edited.nearness(&question, &edited.row(&question), 1, |_| 0),
        );
        assert_eq!((a.lexical[0], a.sound[1]), (b.lexical[1], b.sound[2]));
        assert!(b.lexical[0].abs() < 1e-9);
    }

    #[test]
    fn an_equal_text_is_nearest() {
        let texts = all(&["怎么退货", "多久发货"]);
        let postings = Postings::of(texts.iter().cloned());
        let near = postings.nearness(&texts[1], &postings.row(&texts[1]), 1, |_| 0);
        assert!((near.lexical[1] - 1.0).abs() < 1e-4 && near.lexical[0] < 0.5);
    }
}
