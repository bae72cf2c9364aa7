//! Learns a `Model`: averaged perceptron. Invariant: the order of updates alone decides the outcome;
//! nothing depends on the order of a hash map.

use std::collections::HashMap;

/// Weight, sum over all steps so far, and the step up to which the sum is complete.
struct Cell {
    class: u8,
    weight: f32,
    sum: f64,
    since: u64,
}

pub struct Trainer {
    classes: Vec<String>,
    weights: HashMap<u32, Vec<Cell>>,
    step: u64,
}

impl Trainer {
    pub fn new(classes: Vec<String>) -> Self {
        Self { classes, weights: HashMap::new(), step: 0 }
    }

    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    pub fn score(&self, features: &[u32], scores: &mut Vec<f32>) {
        scores.clear();
        scores.resize(self.classes.len(), 0.0);
        for cell in features.iter().filter_map(|feature| self.weights.get(feature)).flatten() {
            scores[usize::from(cell.class)] += cell.weight;
        }
    }

    /// One step: nothing is learned when the guess was right.
    pub fn update(&mut self, features: &[u32], truth: usize, guess: usize) {
        self.step += 1;
        if truth == guess {
            return;
        }
        for feature in features {
            let cells = self.weights.entry(*feature).or_default();
            for (class, change) in [(truth as u8, 1.0), (guess as u8, -1.0)] {
                let index = cells.iter().position(|cell| cell.class == class).unwrap_or_else(|| {
                    cells.push(Cell { class, weight: 0.0, sum: 0.0, since: self.step });
                    cells.len() - 1
                });
                let cell = &mut cells[index];
                cell.sum += (self.step - cell.since) as f64 * f64::from(cell.weight);
                cell.since = self.step;
                cell.weight += change;
            }
        }
    }

    /// The file of the averaged weights in at most `size` bytes: the smallest weights are left out.
    pub fn write(&self, size: usize) -> Vec<u8> {
        let mut rows: Vec<(u32, Vec<(u8, f32)>)> = Vec::with_capacity(self.weights.len());
        for (feature, cells) in &self.weights {
            let mut row: Vec<_> = cells
                .iter()
                .map(|cell| {
                    let sum = cell.sum + (self.step - cell.since) as f64 * f64::from(cell.weight);
                    (cell.class, (sum / self.step as f64) as f32)
                })
                .collect();
            row.sort_by_key(|cell| cell.0);
            rows.push((*feature, row));
        }
        rows.sort_by_key(|row| row.0);
        write_rows(&self.classes, &rows, size).0
    }
}

/// The file of these weights in at most `size` bytes, and by what the weights in it were multiplied.
pub fn write_rows(classes: &[String], rows: &[(u32, Vec<(u8, f32)>)], size: usize) -> (Vec<u8>, f32) {
    let mut sizes: Vec<f32> = rows.iter().flat_map(|row| &row.1).map(|cell| cell.1.abs()).collect();
    sizes.sort_by(f32::total_cmp);
    // The few largest weights are clipped, so that the small ones keep their differences.
    let largest = sizes.get(sizes.len() * 9995 / 10000).copied().unwrap_or(1.0).max(f32::MIN_POSITIVE);
    let scale = 127.0 / largest;
    let (mut low, mut high) = (0, sizes.len());
    while low < high {
        let middle = low.midpoint(high);
        if encode(classes, rows, scale, sizes[middle]).len() <= size {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    (encode(classes, rows, scale, sizes.get(low).copied().unwrap_or(0.0)), scale)
}

fn encode(classes: &[String], rows: &[(u32, Vec<(u8, f32)>)], scale: f32, least: f32) -> Vec<u8> {
    let (mut hashes, mut lengths, mut cells, mut weights) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (feature, row) in rows {
        let before = cells.len();
        for (class, weight) in row {
            let small = (weight * scale).round().clamp(-127.0, 127.0) as i8;
            if small != 0 && weight.abs() >= least && cells.len() - before < 255 {
                cells.push(*class);
                weights.push(small.cast_unsigned());
            }
        }
        if cells.len() > before {
            hashes.extend(feature.to_le_bytes());
            lengths.push((cells.len() - before) as u8);
        }
    }
    let mut bytes = b"PCP1".to_vec();
    for count in [classes.len(), lengths.len(), cells.len()] {
        bytes.extend((count as u32).to_le_bytes());
    }
    for class in classes {
        bytes.push(class.len() as u8);
        bytes.extend(class.as_bytes());
    }
    for part in [hashes, lengths, cells, weights] {
        bytes.extend(part);
    }
    bytes
}
