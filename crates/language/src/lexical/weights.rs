//! Reads `weights/lac.bin`, the converted weights of Baidu LAC (layout: `tools/lac.py`).
//! Invariant: a damaged file is an error, never a panic.

use std::collections::HashMap;

use thiserror::Error;

/// Width of a character's vector, and of the state of one direction of a layer.
pub const WIDTH: usize = 128;
/// Update, reset and candidate of a GRU, side by side.
pub const GATES: usize = 3 * WIDTH;
/// Scores of a character: 49 tags, and ten outputs that training left unused.
pub const OUTPUTS: usize = 59;

#[derive(Debug, Error)]
pub enum WeightsError {
    #[error("the file of weights ends too early")]
    Short,
    #[error("this is not a file of weights for {0}")]
    Foreign(&'static str),
}

/// One direction of one layer. Matrices are stored with the inputs as rows.
pub struct Gru {
    pub input: Vec<f32>,
    pub state: Vec<f32>,
    pub input_bias: Vec<f32>,
    pub state_bias: Vec<f32>,
}

pub struct Weights {
    rows: HashMap<char, u32>,
    folds: HashMap<char, char>,
    scales: Vec<f32>,
    vectors: Vec<i16>,
    /// Layers, each forwards and backwards.
    pub layers: [[Gru; 2]; 2],
    pub linear: Vec<f32>,
    pub bias: Vec<f32>,
    pub transitions: Vec<f32>,
    pub tags: Vec<String>,
}

impl Weights {
    pub fn read(bytes: &[u8]) -> Result<Self, WeightsError> {
        let mut reader = Reader { rest: bytes };
        if reader.take(4)? != b"LAC3" {
            return Err(WeightsError::Foreign("the lexer"));
        }
        let [characters, folds, tags] = [reader.count()?, reader.count()?, reader.count()?];
        let mut rows = HashMap::with_capacity(characters);
        for row in 0..characters {
            let code = reader.u32()?;
            if row + 1 < characters {
                let character = char::from_u32(code).ok_or(WeightsError::Foreign("the lexer"))?;
                rows.insert(character, row as u32);
            }
        }
        let mut folding = HashMap::with_capacity(folds);
        for _ in 0..folds {
            if let (Some(from), Some(to)) = (char::from_u32(reader.u32()?), char::from_u32(reader.u32()?)) {
                folding.insert(from, to);
            }
        }
        let scales = reader.floats(characters)?;
        let vectors = reader.take(characters * WIDTH * 2)?.chunks_exact(2);
        let vectors = vectors.map(|two| i16::from_le_bytes([two[0], two[1]])).collect();
        let layers =
            [[reader.gru(WIDTH)?, reader.gru(WIDTH)?], [reader.gru(2 * WIDTH)?, reader.gru(2 * WIDTH)?]];
        let linear = reader.floats(2 * WIDTH * OUTPUTS)?;
        let bias = reader.floats(OUTPUTS)?;
        let transitions = reader.floats(OUTPUTS * OUTPUTS)?;
        let mut names = Vec::with_capacity(tags);
        for _ in 0..tags {
            let length = usize::from(reader.take(1)?[0]);
            names.push(String::from_utf8_lossy(reader.take(length)?).into_owned());
        }
        Ok(Self { rows, folds: folding, scales, vectors, layers, linear, bias, transitions, tags: names })
    }

    /// The character that the network knows for this one: simplified, half width, and some of its own choice.
    fn fold(&self, character: char) -> char {
        self.folds.get(&character).copied().unwrap_or(character)
    }

    /// Adds nothing, overwrites `vector` with the character's embedding.
    pub fn embed(&self, character: char, vector: &mut [f32]) {
        let row = self.rows.get(&self.fold(character)).map_or(self.scales.len() - 1, |row| *row as usize);
        let scale = self.scales[row];
        for (to, from) in vector.iter_mut().zip(&self.vectors[row * WIDTH..]) {
            *to = f32::from(*from) * scale;
        }
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], WeightsError> {
        let (head, rest) = self.rest.split_at_checked(length).ok_or(WeightsError::Short)?;
        self.rest = rest;
        Ok(head)
    }

    fn u32(&mut self) -> Result<u32, WeightsError> {
        let bytes = self.take(4)?;
        Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    /// A number of things that follow; at least one, and no more than the file has bytes.
    fn count(&mut self) -> Result<usize, WeightsError> {
        let count = self.u32()? as usize;
        if count == 0 || count > self.rest.len() { Err(WeightsError::Short) } else { Ok(count) }
    }

    fn floats(&mut self, count: usize) -> Result<Vec<f32>, WeightsError> {
        let bytes = self.take(count * 4)?;
        Ok(bytes
            .chunks_exact(4)
            .map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]))
            .collect())
    }

    fn gru(&mut self, inputs: usize) -> Result<Gru, WeightsError> {
        Ok(Gru {
            input: self.floats(inputs * GATES)?,
            state: self.floats(WIDTH * GATES)?,
            input_bias: self.floats(GATES)?,
            state_bias: self.floats(GATES)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &[u8] = include_bytes!("../../weights/lac.bin");

    #[test]
    fn damaged_file_is_refused() {
        assert!(matches!(Weights::read(b"PNG"), Err(WeightsError::Short)));
        assert!(matches!(Weights::read(b"PNG......."), Err(WeightsError::Foreign(_))));
        for length in [4, 16, 1000, 50_000, 1_200_000, FILE.len() - 1] {
            assert!(matches!(Weights::read(&FILE[..length]), Err(WeightsError::Short)), "{length}");
        }
    }

    #[test]
    fn traditional_and_full_width_characters_fold() {
        let weights = Weights::read(FILE).unwrap();
        assert_eq!(weights.fold('貨'), '货');
        assert_eq!(weights.fold('Ａ'), 'A');
        assert_eq!(weights.fold('好'), '好');
    }
}
