//! The encoder with a memory for the texts of entries, which lies in the database: a start encodes only
//! what is new. Invariant: a text of an entry has the same vector whether it was made now or kept, and
//! what visitors ask is not kept.

use knowledge::Encode;
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use store::entries::EntryVector;

/// An encoder inside the program is known by what it makes of this.
pub const KNOWN_BY: &str = "怎么退货？ How do I send it back?";

pub struct Remembering {
    encoder: Arc<dyn Encode>,
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    known: HashMap<i64, Vec<u8>>,
    /// Of `known`, those that were wanted, and those that are not in the database.
    wanted: HashSet<i64>,
    new: Vec<i64>,
    /// Some text could not be encoded.
    has_gaps: bool,
}

/// What the database should learn.
pub struct Learnt {
    pub new: Vec<EntryVector>,
    /// Nobody wants them any more.
    pub stale: Vec<i64>,
}

impl Remembering {
    pub fn new(encoder: Arc<dyn Encode>, known: Vec<EntryVector>) -> Self {
        let memory = Memory { known: known.into_iter().collect(), ..Memory::default() };
        Self { encoder, memory: Mutex::new(memory) }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a text of an entry could not be encoded since the last time.
    pub fn has_gaps(&self) -> bool {
        self.memory().has_gaps
    }

    /// What was new and what was not wanted since the last time. Then nothing is known here: an index
    /// has its vectors.
    pub fn settle(&self) -> Learnt {
        let Memory { mut known, wanted, new, .. } = std::mem::take(&mut *self.memory());
        let stale = known.keys().filter(|text| !wanted.contains(text)).copied().collect();
        let new = new.into_iter().filter_map(|text| known.remove_entry(&text)).collect();
        Learnt { new, stale }
    }
}

impl Encode for Remembering {
    fn encode(&self, text: &str) -> Vec<f32> {
        self.encoder.encode(text)
    }

    fn encode_all(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        let hashes: Vec<i64> = texts.iter().map(|text| hash(text.as_bytes())).collect();
        let mut unknown: Vec<(i64, &str)> = {
            let memory = self.memory();
            let pairs = hashes.iter().copied().zip(texts.iter().copied());
            pairs.filter(|(hash, _)| !memory.known.contains_key(hash)).collect()
        };
        unknown.sort_unstable();
        unknown.dedup();
        let (new, texts): (Vec<i64>, Vec<&str>) = unknown.into_iter().unzip();
        // An encoder that failed once is not asked again for the same index: somebody may wait for it.
        let vectors = if texts.is_empty() || self.has_gaps() {
            vec![Vec::new(); texts.len()]
        } else {
            self.encoder.encode_all(&texts)
        };
        let mut memory = self.memory();
        for (text, vector) in new.into_iter().zip(&vectors) {
            if vector.is_empty() {
                memory.has_gaps = true;
            } else {
                memory.known.insert(text, packed(vector));
                memory.new.push(text);
            }
        }
        memory.wanted.extend(hashes.iter().copied());
        hashes
            .iter()
            .map(|hash| memory.known.get(hash).map_or_else(Vec::new, |bytes| unpacked(bytes)))
            .collect()
    }
}

pub fn hash(bytes: &[u8]) -> i64 {
    i64::from_be_bytes(crypto::digest::sha256_start(bytes))
}

/// The scale in four bytes, then one byte a dimension.
fn packed(vector: &[f32]) -> Vec<u8> {
    let most = vector.iter().fold(0_f32, |most, x| most.max(x.abs())).max(1e-9);
    let bytes = vector.iter().map(|x| (x * 127.0 / most).round() as i8 as u8);
    (most / 127.0).to_le_bytes().into_iter().chain(bytes).collect()
}

/// Empty where there is no vector.
fn unpacked(bytes: &[u8]) -> Vec<f32> {
    let Some((scale, bytes)) = bytes.split_first_chunk() else { return Vec::new() };
    let scale = f32::from_le_bytes(*scale);
    bytes.iter().map(|byte| f32::from(*byte as i8) * scale).collect()
}

#[cfg(test)]
mod tests {
    use super::{Remembering, packed, unpacked};
    use knowledge::Encode;
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    /// Counts what it encodes.
    #[derive(Default)]
    struct Counting(AtomicUsize);

    impl Encode for Counting {
        fn encode(&self, text: &str) -> Vec<f32> {
            self.0.fetch_add(1, Ordering::Relaxed);
            text.bytes().take(4).map(|byte| f32::from(byte) - 100.0).collect()
        }
    }

    #[test]
    fn what_was_kept_is_not_encoded_again_and_gives_the_same_vectors() {
        let encoder = Arc::new(Counting::default());
        let first = Remembering::new(encoder.clone(), Vec::new());
        let texts = ["abcd", "efgh", "abcd"];
        let vectors = first.encode_all(&texts);
        assert_eq!(encoder.0.load(Ordering::Relaxed), 2);
        assert_eq!(vectors[0], vectors[2]);
        let kept = first.settle();
        assert_eq!((kept.new.len(), kept.stale.len()), (2, 0));
        let second = Remembering::new(encoder.clone(), kept.new);
        assert_eq!(second.encode_all(&["efgh"]), [vectors[1].clone()]);
        assert_eq!(encoder.0.load(Ordering::Relaxed), 2, "nothing was encoded");
        let kept = second.settle();
        assert_eq!((kept.new.len(), kept.stale.len()), (0, 1), "one text is gone");
    }

    #[test]
    fn bytes_keep_the_vector_and_broken_ones_give_none() {
        let vector: Vec<f32> = (0..384).map(|at| (at as f32 * 0.37).sin()).collect();
        for (a, b) in vector.iter().zip(unpacked(&packed(&vector))) {
            assert!((a - b).abs() < 0.005);
        }
        assert!(unpacked(&[1, 2]).is_empty());
    }
}
