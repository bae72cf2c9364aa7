//! Learns the moods: naive-Bayes log ratios as the scale of each feature, then logistic regression.
//! Invariant: a fixed order; the same sentences give the same file.

use std::collections::{BTreeMap, HashMap};

use super::Mood;
use crate::perceptron::training::write_rows;

/// The features of a text, and its moods.
#[derive(Clone)]
pub struct Example {
    pub features: Vec<u32>,
    pub moods: [bool; 4],
}

/// Weight of each feature and bias for one mood.
struct Learned {
    weights: HashMap<u32, f32>,
    bias: f32,
}

impl Learned {
    fn logit(&self, example: &Example) -> f32 {
        let sum: f32 = example.features.iter().filter_map(|feature| self.weights.get(feature)).sum();
        self.bias + sum / (example.features.len().max(1) as f32).sqrt()
    }
}

fn learn(examples: &[&Example], mood: usize) -> Learned {
    let mut counts: BTreeMap<u32, [f32; 2]> = BTreeMap::new();
    let mut totals = [0.0_f32; 2];
    for example in examples {
        let side = usize::from(example.moods[mood]);
        for feature in &example.features {
            counts.entry(*feature).or_default()[side] += 1.0;
            totals[side] += 1.0;
        }
    }
    counts.retain(|_, count| count[0] + count[1] >= 2.0);
    let places: HashMap<u32, usize> =
        counts.keys().enumerate().map(|(place, feature)| (*feature, place)).collect();
    let smooth = 1.0;
    let vocabulary = counts.len() as f32;
    let ratios: Vec<f32> = counts
        .values()
        .map(|[no, yes]| {
            let yes = (yes + smooth) / (totals[1] + smooth * vocabulary);
            let no = (no + smooth) / (totals[0] + smooth * vocabulary);
            (yes / no).ln()
        })
        .collect();
    let rows: Vec<(Vec<usize>, f32, f32)> = examples
        .iter()
        .map(|example| {
            let known = example.features.iter().filter_map(|feature| places.get(feature).copied()).collect();
            (
                known,
                1.0 / (example.features.len().max(1) as f32).sqrt(),
                f32::from(u8::from(example.moods[mood])),
            )
        })
        .collect();
    // Rare moods count more, half of the way to being balanced.
    let positives = rows.iter().map(|row| row.2).sum::<f32>().max(1.0);
    let heavier = (rows.len() as f32 / positives / 2.0).sqrt().max(1.0);
    let mut weights = vec![0.25_f32; ratios.len()];
    let mut bias = 0.0_f32;
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let mut random = crate::syntax::training::Random(0x0e30_0d1e + mood as u64);
    for epoch in 0..40 {
        random.shuffle(&mut order);
        let rate = 0.5 / (1.0 + 0.15 * epoch as f32);
        let shrink = 1.0 - rate * 2e-5 * rows.len() as f32 / 100.0;
        for weight in &mut weights {
            *weight = 0.25 + (*weight - 0.25) * shrink;
        }
        for index in &order {
            let (known, scale, truth) = &rows[*index];
            let sum: f32 = known.iter().map(|place| weights[*place] * ratios[*place]).sum();
            let guess = 1.0 / (1.0 + (-(bias + scale * sum)).exp());
            let step = rate * (truth - guess) * if *truth > 0.5 { heavier } else { 1.0 };
            bias += step * 0.1;
            for place in known {
                weights[*place] += step * scale * ratios[*place];
            }
        }
    }
    let weights =
        counts.keys().zip(weights).zip(&ratios).map(|((feature, weight), ratio)| (*feature, weight * ratio));
    Learned { weights: weights.collect(), bias }
}

/// Correct, missed and false for each mood.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    pub right: usize,
    pub missed: usize,
    pub wrong: usize,
}

impl Counts {
    pub fn add(&mut self, truth: bool, guess: bool) {
        match (truth, guess) {
            (true, true) => self.right += 1,
            (true, false) => self.missed += 1,
            (false, true) => self.wrong += 1,
            (false, false) => {}
        }
    }

    pub fn f1(&self) -> f64 {
        2.0 * self.right as f64 / (2 * self.right + self.missed + self.wrong).max(1) as f64
    }
}

/// The file of the moods. Thresholds come from a five-fold cross-check, whose F1 is returned too.
pub fn train(examples: &[Example], size: usize) -> (Vec<u8>, [f64; 4]) {
    const FOLDS: usize = 5;
    let mut thresholds = [0.5_f32; 4];
    let mut scores = [0.0; 4];
    let mut learned = Vec::new();
    for mood in Mood::ALL {
        let mood = mood as usize;
        let mut held: Vec<(f32, bool)> = Vec::new();
        for fold in 0..FOLDS {
            let rest: Vec<_> = examples
                .iter()
                .enumerate()
                .filter(|(index, _)| index % FOLDS != fold)
                .map(|row| row.1)
                .collect();
            let model = learn(&rest, mood);
            held.extend(
                examples.iter().skip(fold).step_by(FOLDS).map(|one| (model.logit(one), one.moods[mood])),
            );
        }
        for step in 5..=95_u8 {
            let threshold = f32::from(step) / 100.0;
            let mut counts = Counts::default();
            for (logit, truth) in &held {
                counts.add(*truth, 1.0 / (1.0 + (-logit).exp()) >= threshold);
            }
            if counts.f1() > scores[mood] {
                (thresholds[mood], scores[mood]) = (threshold, counts.f1());
            }
        }
        learned.push(learn(&examples.iter().collect::<Vec<_>>(), mood));
    }
    let mut rows: BTreeMap<u32, Vec<(u8, f32)>> = BTreeMap::new();
    for (mood, model) in learned.iter().enumerate() {
        for (feature, weight) in &model.weights {
            rows.entry(*feature).or_default().push((mood as u8, *weight));
        }
    }
    let names = Mood::ALL.map(|mood| mood.name().to_owned());
    let (model, scale) = write_rows(&names, &rows.into_iter().collect::<Vec<_>>(), size);
    let mut file = b"EMO1".to_vec();
    for (mood, one) in learned.iter().enumerate() {
        for number in [1.0 / scale, one.bias, thresholds[mood]] {
            file.extend(number.to_le_bytes());
        }
    }
    file.extend(model);
    (file, scores)
}
