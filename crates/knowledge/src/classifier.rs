//! Linear classifiers, one decision for each entry, learnt against the phrasings of the entries
//! that are most like it. Invariant: an entry's decision depends on its own phrasings and those
//! neighbours only, so that an edit learns anew what it touches.

use crate::{
    base::Base,
    columns::by_column,
    postings::{Packed, Postings, Row},
    shape::{Cluster, Shape},
    svm::{self, Options, Rows},
    vectors::{Probe, Vectors, unit},
};

/// How many phrasings of others an entry is told from, at least, and all entries together, about.
const FEWEST: usize = 300;
const ALL: usize = 450_000;
const MOST: usize = 3_000;
/// Few entries with many phrasings each are told from more, or else each would know its two nearest only.
const ALL_OF_FEW: usize = 140_000;
/// How many weights of words all entries keep together, about, and each.
const WORDS: usize = 2_000_000;
const FEWEST_WORDS: usize = 200;
const MOST_WORDS: usize = 20_000;
/// So many neighbours make an entry's crowd.
const CROWD: usize = 5;
/// Dimensions of the sketch that finds neighbours when there are no vectors.
const SKETCH: usize = 256;
const BY_WORDS: Options = Options { cost: 1.0, bias: 1.0, rounds: 30 };
const BY_MEANING: Options = Options { cost: 3.0, bias: 1.0, rounds: 30 };

#[derive(Clone, Debug, Default)]
pub struct Classifier {
    /// Of each entry's decision by words.
    biases: Vec<f32>,
    /// Of each entry its weights (none without vectors), and the bias.
    meaning: Vectors,
    meaning_biases: Vec<f32>,
    /// The weights of words by column: which entries have one for it.
    starts: Vec<u32>,
    cells: Vec<(u32, f32)>,
    /// A point in the middle of each entry's phrasings.
    centres: Vectors,
    shape: Shape,
    clusters: Vec<Cluster>,
    /// How near each entry's neighbours are to its middle.
    crowds: Vec<f32>,
}

struct Sparse<'a> {
    packed: &'a Packed,
    rows: &'a [u32],
}

impl Rows for Sparse<'_> {
    fn len(&self) -> usize {
        self.rows.len()
    }
    fn squared(&self, _: usize) -> f32 {
        1.0
    }
    fn dot(&self, row: usize, weights: &[f32]) -> f32 {
        self.packed.row(self.rows[row]).map(|(column, x)| weights[column as usize] * x).sum()
    }
    fn add(&self, row: usize, scale: f32, weights: &mut [f32]) {
        for (column, x) in self.packed.row(self.rows[row]) {
            weights[column as usize] += scale * x;
        }
    }
}

struct Dense<'a> {
    vectors: &'a Vectors,
    rows: &'a [u32],
}

impl Rows for Dense<'_> {
    fn len(&self) -> usize {
        self.rows.len()
    }
    fn squared(&self, _: usize) -> f32 {
        1.0
    }
    fn dot(&self, row: usize, weights: &[f32]) -> f32 {
        self.vectors.dot(self.rows[row] as usize, weights)
    }
    fn add(&self, row: usize, scale: f32, weights: &mut [f32]) {
        self.vectors.add(self.rows[row] as usize, scale, &mut weights[..self.vectors.width()]);
    }
}

/// What one entry learnt.
struct Decision {
    words: Vec<(u32, f32)>,
    bias: f32,
    meaning: Vec<f32>,
    crowd: f32,
}

impl Classifier {
    /// `rows` are the base's phrasings that may be learnt from; `postings` holds them.
    pub fn train(base: &Base, rows: &[u32], postings: &Postings) -> Self {
        Self::default().relearn(base, rows, postings, &|_| true)
    }

    /// Learns the entries of `changed` anew, with everything else as it was.
    pub fn relearn(
        &self,
        base: &Base,
        rows: &[u32],
        postings: &Postings,
        changed: &(dyn Fn(usize) -> bool + Sync),
    ) -> Self {
        let entries = base.entries();
        let mut of_entry: Vec<Vec<u32>> = vec![Vec::new(); entries];
        for row in rows {
            of_entry[base.owner(*row)].push(*row);
        }
        let width = base.vectors().map_or(SKETCH, Vectors::width);
        let mut centres = if self.biases.is_empty() { Vectors::new(width) } else { self.centres.clone() };
        centres.resize(entries);
        let todo: Vec<usize> =
            (0..entries).filter(|entry| changed(*entry) || self.biases.len() <= *entry).collect();
        let middles = crate::parallel::map(&todo, |entry| centre(base, &of_entry[*entry], postings));
        for (entry, middle) in todo.iter().zip(&middles) {
            centres.set(*entry, middle);
        }
        let mut shape = self.shape.clone();
        if let Some(vectors) = base.vectors()
            && todo.len() * 4 > entries
        {
            shape = Shape::of(vectors, &of_entry);
        }
        let mut clusters = self.clusters.clone();
        clusters.resize(entries, Cluster::default());
        let made =
            crate::parallel::map(&todo, |entry| shape.cluster(base, &of_entry[*entry], &centres.get(*entry)));
        for (entry, cluster) in todo.iter().zip(made) {
            clusters[*entry] = cluster;
        }
        let budget = budget(entries);
        let mut this = Self {
            centres,
            shape,
            clusters,
            crowds: self.crowds.clone(),
            biases: self.biases.clone(),
            meaning: if self.biases.is_empty() { Vectors::new(width) } else { self.meaning.clone() },
            meaning_biases: self.meaning_biases.clone(),
            ..Self::default()
        };
        this.biases.resize(entries, 0.0);
        if base.vectors().is_some() {
            this.meaning.resize(entries);
            this.meaning_biases.resize(entries, -1.0);
        }
        this.crowds.resize(entries, 0.0);
        // When all is learnt, every phrasing is needed many times.
        let packed = (todo.len() * 4 > entries).then(|| postings.packed(base, rows));
        let prepared = Prepared {
            base,
            of_entry: &of_entry,
            postings,
            packed: packed.as_ref(),
            centres: &this.centres,
            budget,
            words: (WORDS / entries.max(1)).clamp(FEWEST_WORDS, MOST_WORDS),
        };
        let weights = || vec![0_f32; postings.width() + 1];
        let learnt =
            crate::parallel::map_with(&todo, weights, |weights, entry| prepared.learn(*entry, weights));
        this.place(self, postings.width(), changed, &todo, &learnt);
        for (entry, decision) in todo.into_iter().zip(learnt) {
            this.biases[entry] = decision.bias;
            if let Some((bias, weights)) = decision.meaning.split_last() {
                this.meaning.set(entry, weights);
                this.meaning_biases[entry] = *bias;
            }
            this.crowds[entry] = decision.crowd;
        }
        this
    }

    /// Puts the weights of words by column: those of `old` that did not change, and what was learnt.
    fn place(
        &mut self,
        old: &Self,
        width: usize,
        changed: &dyn Fn(usize) -> bool,
        entries: &[usize],
        learnt: &[Decision],
    ) {
        let kept = || {
            let columns = old.starts.windows(2).enumerate();
            let cells = columns.flat_map(|(column, ends)| {
                old.cells[ends[0] as usize..ends[1] as usize].iter().map(move |cell| (column, *cell))
            });
            cells.filter(|(_, (entry, _))| !changed(*entry as usize))
        };
        let new = || {
            let decisions = entries.iter().zip(learnt);
            decisions.flat_map(|(entry, decision)| {
                let cell = |(column, weight): &(u32, f32)| (*column as usize, (*entry as u32, *weight));
                decision.words.iter().map(cell)
            })
        };
        (self.starts, self.cells) = by_column(width, || kept().chain(new()));
    }

    /// The decision by words for every entry.
    pub fn by_words(&self, question: &Row) -> Vec<f32> {
        let mut scores: Vec<f32> = self.biases.iter().map(|bias| bias * BY_WORDS.bias).collect();
        for &(column, weight) in question {
            let cells = self.starts[column as usize] as usize..self.starts[column as usize + 1] as usize;
            for &(entry, own) in &self.cells[cells] {
                scores[entry as usize] += weight * own;
            }
        }
        scores
    }

    /// How near a vector is to the middle of each entry's.
    pub fn nearness_of_centres(&self, probe: &Probe) -> Vec<f32> {
        (0..self.centres.len()).map(|entry| self.centres.cosine(entry, probe)).collect()
    }

    /// What the middle of each entry's phrasings says, seen against the spread of all.
    pub fn by_middle(&self, vector: &[f32]) -> Vec<f32> {
        let seen = Probe::new(&self.shape.seen(vector));
        let decide = |(entry, cluster): (usize, &Cluster)| {
            cluster.length * self.centres.cosine(entry, &seen) - cluster.bias
        };
        self.clusters.iter().enumerate().map(decide).collect()
    }

    /// How close an entry's phrasings are, and how close other entries are to them.
    pub fn density(&self, entry: usize) -> [f32; 2] {
        [self.clusters[entry].closeness, self.crowds[entry]]
    }

    /// The decision by meaning for every entry.
    pub fn by_meaning(&self, probe: &Probe) -> Vec<f32> {
        let decide =
            |(entry, bias): (usize, &f32)| self.meaning.cosine(entry, probe) + bias * BY_MEANING.bias;
        self.meaning_biases.iter().enumerate().map(decide).collect()
    }
}

/// How many phrasings of others an entry is told from.
fn budget(entries: usize) -> usize {
    let entries = entries.max(1);
    (ALL / entries).clamp(FEWEST, MOST).max(ALL_OF_FEW / entries)
}

struct Prepared<'a> {
    base: &'a Base,
    of_entry: &'a [Vec<u32>],
    postings: &'a Postings,
    /// Of all phrasings, or none.
    packed: Option<&'a Packed>,
    centres: &'a Vectors,
    budget: usize,
    /// How many words an entry's decision keeps.
    words: usize,
}

impl Prepared<'_> {
    /// `weights` are zero, before and after.
    fn learn(&self, entry: usize, weights: &mut [f32]) -> Decision {
        let own = &self.of_entry[entry];
        if own.is_empty() {
            return Decision { words: Vec::new(), bias: -1.0, meaning: Vec::new(), crowd: 0.0 };
        }
        let mut rows = own.clone();
        let (others, crowd) = self.others(entry);
        rows.extend(others);
        let positive: Vec<bool> = (0..rows.len()).map(|at| at < own.len()).collect();
        let (own_packed, numbers);
        let sparse = if let Some(packed) = self.packed {
            Sparse { packed, rows: &rows }
        } else {
            own_packed = self.postings.packed_in_order(self.base, &rows);
            numbers = (0..rows.len() as u32).collect::<Vec<u32>>();
            Sparse { packed: &own_packed, rows: &numbers }
        };
        svm::train(&sparse, &positive, BY_WORDS, weights);
        let mut words: Row = Vec::new();
        for (column, _) in sparse.rows.iter().flat_map(|row| sparse.packed.row(*row)) {
            let weight = std::mem::take(&mut weights[column as usize]);
            if weight != 0.0 {
                words.push((column, weight));
            }
        }
        let bias = weights.last_mut().map_or(0.0, std::mem::take);
        let most = words.iter().fold(0_f32, |most, (_, weight)| most.max(weight.abs()));
        words.retain(|(_, weight)| weight.abs() > 0.02 * most);
        words.sort_unstable_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0)));
        words.truncate(self.words);
        words.sort_unstable_by_key(|(column, _)| *column);
        words.shrink_to_fit();
        let mut meaning = Vec::new();
        if let Some(vectors) = self.base.vectors() {
            meaning = vec![0.0; vectors.width() + 1];
            svm::train(&Dense { vectors, rows: &rows }, &positive, BY_MEANING, &mut meaning);
        }
        Decision { words, bias, meaning, crowd }
    }

    /// Phrasings of the entries most like this one, as many as the budget allows; and how near
    /// the nearest few of these entries are.
    fn others(&self, entry: usize) -> (Vec<u32>, f32) {
        let mut near: Vec<(f32, usize)> = (0..self.centres.len())
            .filter(|other| *other != entry && !self.of_entry[*other].is_empty())
            .map(|other| (self.centres.between(entry, other), other))
            .collect();
        let order = |a: &(f32, usize), b: &(f32, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        if near.len() > self.budget {
            near.select_nth_unstable_by(self.budget, order);
            near.truncate(self.budget);
        }
        near.sort_unstable_by(order);
        let mut rows = Vec::with_capacity(self.budget);
        // The nearest whole; of the rest, which only has to be kept away, one each.
        for (_, other) in &near {
            let left = self.budget.saturating_sub(rows.len());
            if left == 0 {
                break;
            }
            let take = if rows.len() * 3 < self.budget * 2 { left } else { 1 };
            rows.extend(self.of_entry[*other].iter().take(take));
        }
        let nearest = &near[..near.len().min(CROWD)];
        let crowd = nearest.iter().map(|(score, _)| score).sum::<f32>() / nearest.len().max(1) as f32;
        (rows, crowd)
    }
}

fn centre(base: &Base, rows: &[u32], postings: &Postings) -> Vec<f32> {
    let width = base.vectors().map_or(SKETCH, Vectors::width);
    let mut sum = vec![0_f32; width];
    for &row in rows {
        if let Some(vectors) = base.vectors() {
            vectors.add(row as usize, 1.0, &mut sum);
            continue;
        }
        for (column, weight) in postings.row(&base.features(row)) {
            let hash = column.wrapping_mul(0x9e37_79b9);
            let sign = if hash & 1 == 0 { weight } else { -weight };
            sum[(hash >> 8) as usize % SKETCH] += sign;
        }
    }
    unit(sum)
}

#[cfg(test)]
mod tests {
    use super::{FEWEST, MOST, budget};

    #[test]
    fn few_entries_are_told_from_all_others_and_many_from_some() {
        assert!(budget(7) >= 13_000, "seven entries with two thousand phrasings each");
        assert!([0, 1].iter().all(|entries| budget(*entries) > MOST));
        assert_eq!([60, 77, 150].map(budget), [MOST; 3]);
        assert_eq!((budget(1_000), budget(10_000)), (450, FEWEST));
    }
}
