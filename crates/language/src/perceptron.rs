//! A linear model over hashed features with several classes: the tagger and the parsers.
//! Invariant: scores are sums of small integers, so the best class is the same on every machine.

#[cfg(feature = "training")]
pub mod training;

use thiserror::Error;

#[derive(Debug, Error)]
#[error("this is not a file of a linear model, or it is damaged")]
pub struct ModelError;

/// Weights of each feature for some classes. In the file: `PCP1`, u32 classes, features, cells; the names
/// of the classes, each after its length (u8); u32 hash of each feature, ascending; u8 number of its
/// cells; the cells' classes (u8); the cells' weights (i8).
pub struct Model {
    classes: Vec<String>,
    /// Open addressing: hash of a feature, its first cell and how many it has (0: an empty place).
    places: Vec<(u32, u32, u8)>,
    cells: Vec<(u8, i8)>,
}

impl Model {
    pub fn read(bytes: &[u8]) -> Result<Self, ModelError> {
        let mut rest = bytes;
        let mut take = |length: usize| {
            let (head, tail) = rest.split_at_checked(length).ok_or(ModelError)?;
            rest = tail;
            Ok::<_, ModelError>(head)
        };
        if take(4)? != b"PCP1" {
            return Err(ModelError);
        }
        let mut counts = [0_usize; 3];
        for count in &mut counts {
            *count = number(take(4)?) as usize;
        }
        let [classes, features, cells] = counts;
        if classes > 256 || features > bytes.len() || cells > bytes.len() {
            return Err(ModelError);
        }
        let mut names = Vec::with_capacity(classes);
        for _ in 0..classes {
            let length = usize::from(take(1)?[0]);
            names.push(String::from_utf8(take(length)?.to_vec()).map_err(|_| ModelError)?);
        }
        let hashes = take(features * 4)?;
        let lengths = take(features)?;
        let cells_of = take(cells)?;
        let weights = take(cells)?;
        if lengths.iter().map(|length| usize::from(*length)).sum::<usize>() != cells
            || cells_of.iter().any(|class| usize::from(*class) >= classes)
        {
            return Err(ModelError);
        }
        let mut places = vec![(0, 0, 0); (features * 2).next_power_of_two().max(2)];
        let mut start = 0;
        for (hash, length) in hashes.chunks_exact(4).map(number).zip(lengths) {
            let mut place = hash as usize & (places.len() - 1);
            while places[place].2 != 0 {
                place = (place + 1) & (places.len() - 1);
            }
            places[place] = (hash, start, *length);
            start += u32::from(*length);
        }
        let cells =
            cells_of.iter().zip(weights).map(|(class, weight)| (*class, weight.cast_signed())).collect();
        Ok(Self { classes: names, places, cells })
    }

    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Sets `scores` (one for each class) to the sums of the features' weights.
    pub fn score(&self, features: &[u32], scores: &mut Vec<i32>) {
        scores.clear();
        scores.resize(self.classes.len(), 0);
        for hash in features {
            let mut place = *hash as usize & (self.places.len() - 1);
            loop {
                let (found, start, length) = self.places[place];
                if length == 0 {
                    break;
                }
                if found == *hash {
                    for (class, weight) in &self.cells[start as usize..start as usize + usize::from(length)] {
                        scores[usize::from(*class)] += i32::from(*weight);
                    }
                    break;
                }
                place = (place + 1) & (self.places.len() - 1);
            }
        }
    }
}

fn number(four: &[u8]) -> u32 {
    u32::from_le_bytes([four[0], four[1], four[2], four[3]])
}

/// FNV-1a: what a string is in features.
pub fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// One feature from its template's number and its parts.
pub fn feature(template: u32, parts: &[u32]) -> u32 {
    let mut state = u64::from(template).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for part in parts {
        state = (state ^ u64::from(*part)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        state ^= state >> 32;
    }
    (state ^ (state >> 29)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> Vec<u8> {
        let mut bytes = b"PCP1".to_vec();
        for count in [2_u32, 2, 3] {
            bytes.extend(count.to_le_bytes());
        }
        bytes.extend(b"\x02no\x03yes");
        bytes.extend(7_u32.to_le_bytes());
        bytes.extend(9_u32.to_le_bytes());
        bytes.extend([1, 2, 0, 0, 1, 5, 253, 4]);
        bytes
    }

    #[test]
    fn scores_are_sums_of_the_known_features() {
        let model = Model::read(&file()).unwrap();
        let mut scores = Vec::new();
        model.score(&[7, 9, 11], &mut scores);
        assert_eq!(model.classes(), ["no", "yes"]);
        assert_eq!(scores, [2, 4]);
    }

    #[test]
    fn damaged_file_is_refused() {
        let whole = file();
        for length in 0..whole.len() {
            assert!(Model::read(&whole[..length]).is_err(), "{length}");
        }
    }
}
