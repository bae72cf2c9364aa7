//! Multinomial logistic regression in terms of how like the phrasings are to each other: shares that each phrasing
//! gives each entry, by a quasi-Newton method (L-BFGS) in the space of what comes of them. Invariant: one product with
//! the likenesses a round, and the same steps each time.

use crate::{parallel, vectors::product};
use language::products::add_scaled;

/// What one phrasing that is taken for another entry's costs.
const COST: f32 = 100.0;
const ROUNDS: usize = 20;
/// So many earlier steps tell how the ground curves.
const REMEMBERED: usize = 8;
/// Rows of a product that are made at a time.
const BLOCK: usize = 16;

pub struct Problem {
    /// Of each phrasing to each, row after row.
    pub likeness: Vec<f32>,
    /// The right entry's place for each phrasing.
    pub right: Vec<usize>,
    pub entries: usize,
}

/// Shares, and what comes of them for each phrasing.
#[derive(Clone)]
struct Step {
    shares: Vec<f32>,
    seen: Vec<f32>,
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.chunks(1_024).zip(b.chunks(1_024)).map(|(a, b)| product(a, b)).sum()
}

fn add(to: &mut [f32], scale: f32, what: &[f32]) {
    to.iter_mut().zip(what).for_each(|(to, x)| *to += scale * x);
}

impl Step {
    fn add(&mut self, scale: f32, other: &Self) {
        add(&mut self.shares, scale, &other.shares);
        add(&mut self.seen, scale, &other.seen);
    }

    fn less(&self, other: &Self) -> Self {
        let mut difference = self.clone();
        difference.add(-1.0, other);
        difference
    }
}

impl Problem {
    /// What shares give each phrasing.
    fn seen(&self, shares: &[f32]) -> Vec<f32> {
        let lines: Vec<&[f32]> = self.likeness.chunks(BLOCK * self.right.len()).collect();
        let blocks = parallel::map(&lines, |lines| {
            let mut block = vec![0_f32; lines.len() / self.right.len() * self.entries];
            for (to, line) in block.chunks_exact_mut(self.entries).zip(lines.chunks_exact(self.right.len())) {
                add_scaled(shares, line, to);
            }
            block
        });
        blocks.concat()
    }

    /// How badly the phrasings are told from each other, and by how much each is wrong about each entry.
    fn errors(&self, utilities: &[f32], errors: Option<&mut Vec<f32>>) -> f32 {
        let mut loss = 0_f64;
        let mut all = errors;
        if let Some(all) = &mut all {
            all.clear();
        }
        for (line, right) in utilities.chunks_exact(self.entries).zip(&self.right) {
            let most = line.iter().copied().fold(f32::MIN, f32::max);
            let sum: f32 = line.iter().map(|utility| (utility - most).exp()).sum();
            loss += f64::from(most + sum.ln() - line[*right]);
            if let Some(all) = &mut all {
                let start = all.len();
                all.extend(line.iter().map(|utility| COST * (utility - most).exp() / sum));
                all[start + right] -= COST;
            }
        }
        COST * loss as f32
    }

    fn slope(&self, at: &Step) -> Step {
        let mut shares = Vec::with_capacity(at.shares.len());
        self.errors(&at.seen, Some(&mut shares));
        add(&mut shares, 1.0, &at.shares);
        let seen = self.seen(&shares);
        Step { shares, seen }
    }

    fn loss(&self, at: &Step) -> f32 {
        self.errors(&at.seen, None) + 0.5 * dot(&at.shares, &at.seen)
    }

    /// The first step knows nothing of the ground: it is doubled as long as that is better.
    fn first_length(&self, at: &Step, direction: &Step) -> f32 {
        let loss = |length: f32| {
            let mut tried = at.clone();
            tried.add(-length, direction);
            self.loss(&tried)
        };
        let mut length = 1.0 / dot(&direction.shares, &direction.seen).sqrt();
        let mut here = loss(length);
        for _ in 0..30 {
            let beyond = loss(2.0 * length);
            if beyond.is_nan() || beyond >= here {
                break;
            }
            (length, here) = (2.0 * length, beyond);
        }
        length
    }

    /// For each phrasing what it gives each entry.
    pub fn solve(&self) -> Vec<f32> {
        let size = self.right.len() * self.entries;
        let mut at = Step { shares: vec![0.0; size], seen: vec![0.0; size] };
        let mut loss = self.loss(&at);
        let mut slope = self.slope(&at);
        // Steps, how the slope changed over each, and the product of the two.
        let mut past: Vec<(Step, Step, f32)> = Vec::new();
        for _ in 0..ROUNDS {
            let direction = direction(&slope, &past);
            let falls = dot(&direction.shares, &slope.seen);
            if falls.is_nan() || falls <= 1e-6 * loss.abs() {
                break;
            }
            let mut length = if past.is_empty() { self.first_length(&at, &direction) } else { 1.0 };
            let mut next = None;
            for _ in 0..12 {
                let mut tried = at.clone();
                tried.add(-length, &direction);
                let now = self.loss(&tried);
                if now <= loss - 1e-4 * length * falls {
                    next = Some((tried, now));
                    break;
                }
                length *= 0.5;
            }
            let Some((tried, now)) = next else { break };
            let new_slope = self.slope(&tried);
            let (step, change) = (tried.less(&at), new_slope.less(&slope));
            let product = dot(&step.shares, &change.seen);
            if product > 0.0 {
                past.push((step, change, product));
            }
            if past.len() > REMEMBERED {
                past.remove(0);
            }
            (at, loss, slope) = (tried, now, new_slope);
        }
        at.shares
    }
}

/// Where it falls fastest, by the slope and what is known of how the ground curves.
fn direction(slope: &Step, past: &[(Step, Step, f32)]) -> Step {
    let mut way = slope.clone();
    let mut taken = Vec::with_capacity(past.len());
    for (step, change, product) in past.iter().rev() {
        let share = dot(&way.shares, &step.seen) / product;
        way.add(-share, change);
        taken.push(share);
    }
    if let Some((_, change, product)) = past.last() {
        let scale = product / dot(&change.shares, &change.seen).max(1e-12);
        way.shares.iter_mut().chain(&mut way.seen).for_each(|x| *x *= scale);
    }
    for ((step, change, product), share) in past.iter().zip(taken.into_iter().rev()) {
        let back = dot(&way.shares, &change.seen) / product;
        way.add(share - back, step);
    }
    way
}
