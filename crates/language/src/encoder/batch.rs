//! Many texts at once, on several threads: for indexing.

use std::num::NonZeroUsize;

use super::Encoder;
use super::model::Tail;

/// Pieces computed together: enough that the weights are read seldom, few enough that the rows stay in the cache.
const TOGETHER: usize = 64;

impl Encoder {
    /// The vectors of all texts, in their order; the same as [`Encoder::encode`] gives for each, sooner.
    pub fn encode_all(&self, texts: &[&str], threads: NonZeroUsize) -> Vec<Vec<f32>> {
        self.encode_all_with(None, texts, threads)
    }

    pub(super) fn encode_all_with(
        &self,
        tail: Option<&Tail>,
        texts: &[&str],
        threads: NonZeroUsize,
    ) -> Vec<Vec<f32>> {
        let share = texts.len().div_ceil(threads.get()).max(1);
        std::thread::scope(|scope| {
            let mut parts = texts.chunks(share);
            let first = parts.next();
            let others: Vec<_> = parts.map(|part| scope.spawn(|| self.encode_part(tail, part))).collect();
            let mut vectors = first.map_or_else(Vec::new, |part| self.encode_part(tail, part));
            for other in others {
                match other.join() {
                    Ok(part) => vectors.extend(part),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            vectors
        })
    }

    fn encode_part(&self, tail: Option<&Tail>, texts: &[&str]) -> Vec<Vec<f32>> {
        let mut vectors = Vec::with_capacity(texts.len());
        let mut waiting: Vec<Vec<u32>> = Vec::new();
        let mut count = 0;
        for text in texts {
            let pieces = self.pieces(text);
            if count > 0 && count + pieces.len() > TOGETHER {
                vectors.extend(self.encode_pieces(tail, &waiting));
                waiting.clear();
                count = 0;
            }
            count += pieces.len();
            waiting.push(pieces);
        }
        vectors.extend(self.encode_pieces(tail, &waiting));
        vectors
    }

    fn encode_pieces(&self, tail: Option<&Tail>, texts: &[Vec<u32>]) -> Vec<Vec<f32>> {
        let texts: Vec<&[u32]> = texts.iter().map(Vec::as_slice).collect();
        self.model.forward(tail, &texts, self.kernel)
    }
}
