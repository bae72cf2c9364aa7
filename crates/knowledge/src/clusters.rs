//! Questions that ask the same, gathered as they come: each joins the nearest group or begins
//! one, and groups that grew together become one. Invariant: deterministic for an order of
//! questions, and bounded: a question is compared with each group once.

use crate::{
    Encode,
    text::{Feature, features, normalise},
    vectors::{centred, product, unit},
};
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

const EVERYDAY: &str = include_str!("everyday.txt");
/// Numbers of a vector without an encoder.
const WIDTH: usize = 512;
/// How much meaning weighs beside words.
const MEANING: f32 = 0.6;
/// From this mean likeness to a group's questions on a question belongs to it: without and with an
/// encoder. Chosen with `examples/groups.rs`.
const JOINS: [f32; 2] = [0.27, 0.42];
/// From this mean likeness of their questions on two groups are one.
const MERGES: [f32; 2] = [0.40, 0.52];
/// What the encoder reads of a text.
const LONGEST: usize = 256;

/// Where questions lie: by meaning with an encoder, by words and sounds without.
pub struct Space {
    encoder: Option<Arc<dyn Encode>>,
    mean: Vec<f32>,
    /// In how many everyday questions a feature occurs: what everybody says tells nothing.
    everyday: HashMap<Feature, u32>,
}

impl Space {
    pub fn new(encoder: Option<Arc<dyn Encode>>) -> Self {
        let mut mean = Vec::new();
        if let Some(encoder) = &encoder {
            let texts: Vec<&str> = EVERYDAY.lines().collect();
            let all = encoder.encode_all(&texts);
            let width = all.first().map_or(0, Vec::len);
            mean = vec![0.0; width];
            for vector in all.iter().filter(|vector| vector.len() == width) {
                mean.iter_mut().zip(unit(vector.clone())).for_each(|(sum, x)| *sum += x / texts.len() as f32);
            }
        }
        let mut everyday: HashMap<Feature, u32> = HashMap::new();
        for text in EVERYDAY.lines() {
            let of_text: HashSet<Feature> = features(&normalise(text)).into_iter().collect();
            for feature in of_text {
                *everyday.entry(feature).or_default() += 1;
            }
        }
        Self { encoder, mean, everyday }
    }

    /// Vectors of different kinds of spaces cannot be compared.
    pub const fn kind(&self) -> u8 {
        if self.encoder.is_some() { 1 } else { 0 }
    }

    /// None for a text that says nothing: no letter, digit or character.
    pub fn place(&self, text: &str) -> Option<Vec<f32>> {
        let clean = normalise(text);
        let features = features(&clean);
        if features.is_empty() {
            return None;
        }
        let mut words = vec![0.0; WIDTH];
        let features: BTreeSet<Feature> = features.into_iter().collect();
        for feature in features {
            let sign = if feature.0 & 2 == 0 { 1.0 } else { -1.0 };
            let known = self.everyday.get(&feature).copied().unwrap_or(0);
            words[(feature.0 >> 2) as usize % WIDTH] += sign * (200.0 / (1.0 + known as f32)).ln();
        }
        let words = unit(words);
        let Some(encoder) = &self.encoder else { return Some(words) };
        let head: String = text.chars().take(LONGEST).collect();
        let meaning = centred(unit(encoder.encode(&head)), &self.mean);
        let both = meaning
            .iter()
            .map(|x| x * MEANING.sqrt())
            .chain(words.iter().map(|x| x * (1.0 - MEANING).sqrt()));
        Some(both.collect())
    }

    /// A vector to be kept: its kind, its scale, then one byte for each number.
    pub fn pack(&self, vector: &[f32]) -> Vec<u8> {
        let scale = vector.iter().fold(1e-9_f32, |most, x| most.max(x.abs())) / 127.0;
        let mut bytes = vec![self.kind()];
        bytes.extend(scale.to_le_bytes());
        bytes.extend(vector.iter().map(|x| (x / scale).round() as i8 as u8));
        bytes
    }

    /// None when it was kept by another kind of space.
    pub fn unpack(&self, bytes: &[u8]) -> Option<Vec<f32>> {
        let (kind, rest) = bytes.split_first()?;
        let (scale, rest) = rest.split_first_chunk::<4>()?;
        let scale = f32::from_le_bytes(*scale);
        (*kind == self.kind()).then(|| rest.iter().map(|byte| f32::from(*byte as i8) * scale).collect())
    }
}

/// Questions that ask the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The sum of its questions' vectors; its direction is the centre.
    sum: Vec<f32>,
    pub size: usize,
}

impl Group {
    pub fn new(centre: Vec<f32>, size: usize) -> Self {
        let weight = size.max(1) as f32;
        Self { sum: centre.into_iter().map(|x| x * weight).collect(), size: size.max(1) }
    }

    /// The mean: shorter than 1, and the shorter, the more its questions differ. So its product with
    /// a question is the mean likeness to all of them.
    pub fn centre(&self) -> Vec<f32> {
        let size = self.size.max(1) as f32;
        self.sum.iter().map(|x| x / size).collect()
    }

    fn add(&mut self, vector: &[f32], size: usize) {
        self.sum.iter_mut().zip(vector).for_each(|(sum, x)| *sum += x * size as f32);
        self.size += size;
    }
}

/// All groups of a base, by number.
pub struct Groups {
    joins: f32,
    merges: f32,
    all: Vec<Group>,
    centres: Vec<Vec<f32>>,
}

impl Groups {
    pub fn new(space: &Space, groups: Vec<Group>) -> Self {
        let kind = usize::from(space.kind());
        Self::with(groups, JOINS[kind], MERGES[kind])
    }

    /// With other cosines than usual from which on questions join and groups merge.
    pub fn with(groups: Vec<Group>, joins: f32, merges: f32) -> Self {
        let centres = groups.iter().map(Group::centre).collect();
        Self { joins, merges, all: groups, centres }
    }

    pub fn group(&self, number: usize) -> &Group {
        &self.all[number]
    }

    pub const fn len(&self) -> usize {
        self.all.len()
    }

    pub const fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The number of the group that the question joins; a new one when none is near.
    pub fn join(&mut self, vector: &[f32]) -> usize {
        if let Some((number, _)) = self.nearest(vector, None).filter(|(_, near)| *near >= self.joins) {
            self.all[number].add(vector, 1);
            self.centres[number] = self.all[number].centre();
            return number;
        }
        self.all.push(Group::new(vector.to_vec(), 1));
        self.centres.push(vector.to_vec());
        self.all.len() - 1
    }

    /// The older group with which a group has grown together.
    pub fn merges_into(&self, number: usize) -> Option<usize> {
        let centre = &self.centres[number];
        self.nearest(centre, Some(number)).filter(|(_, near)| *near >= self.merges).map(|(into, _)| into)
    }

    /// `from` is empty afterwards, and near to nothing.
    pub fn merge(&mut self, from: usize, into: usize) {
        let (centre, size) = (self.centres[from].clone(), self.all[from].size);
        self.all[into].add(&centre, size);
        self.centres[into] = self.all[into].centre();
        self.centres[from].fill(0.0);
        self.all[from] = Group { sum: vec![0.0; centre.len()], size: 0 };
    }

    /// Of equally near ones the oldest; with `before` only those that are older.
    fn nearest(&self, vector: &[f32], before: Option<usize>) -> Option<(usize, f32)> {
        let centres = self.centres.iter().take(before.unwrap_or(usize::MAX)).enumerate();
        centres
            .map(|(number, centre)| (number, product(centre, vector)))
            .reduce(|best, next| if next.1 > best.1 { next } else { best })
    }
}

/// Which of these says best what all of them ask; none of nothing.
pub fn central(vectors: &[Vec<f32>]) -> Option<usize> {
    let mut sum = vec![0.0; vectors.first()?.len()];
    for vector in vectors {
        sum.iter_mut().zip(vector).for_each(|(sum, x)| *sum += x);
    }
    let near = vectors.iter().map(|vector| product(&sum, vector)).enumerate();
    near.reduce(|best, next| if next.1 > best.1 + 1e-6 { next } else { best }).map(|(at, _)| at)
}

/// What two texts share of words, characters and sounds: 0 to 1.
pub fn likeness(a: &str, b: &str) -> f32 {
    let set = |text: &str| {
        let mut all = features(&normalise(text));
        all.sort_unstable();
        all.dedup();
        all
    };
    let (a, b) = (set(a), set(b));
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    let common = a.iter().filter(|feature| b.binary_search(feature).is_ok()).count();
    2.0 * common as f32 / (a.len() + b.len()) as f32
}

#[cfg(test)]
mod tests;
