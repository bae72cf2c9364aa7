//! The meanings of single words: the encoder's table of pieces, without its layers. Much less than a sentence's
//! vector, and there for the price of looking it up.

use std::sync::{Arc, OnceLock};

use super::file::{self, Bytes};
use super::tokenizer::Tokenizer;
use super::{DIMENSIONS, Error, MAX_PIECES, grid};

pub struct Words {
    tokenizer: Tokenizer,
    embeddings: Bytes,
    rarities: Vec<f32>,
}

impl Words {
    /// Those of the encoder inside the executable, whose table stays where it is.
    pub fn embedded() -> Result<Arc<Self>, Error> {
        static EMBEDDED: OnceLock<Result<Arc<Words>, Error>> = OnceLock::new();
        EMBEDDED.get_or_init(|| Self::from_bytes(&super::embedded_file()?.into()).map(Arc::new)).clone()
    }

    fn from_bytes(bytes: &Bytes) -> Result<Self, Error> {
        let (pieces, weights) = file::read(bytes)?;
        if weights.header.width != DIMENSIONS {
            return Err(Error::Damaged("a model of another size"));
        }
        let mut rarities = vec![0.0; weights.header.vocabulary];
        for (id, score) in pieces.ids.iter().zip(&pieces.scores) {
            if let Some(rarity) = rarities.get_mut(*id as usize) {
                *rarity = -score;
            }
        }
        Ok(Self { tokenizer: Tokenizer::new(pieces)?, embeddings: weights.embeddings, rarities })
    }

    /// The pieces of a text in its order, without marks.
    pub fn pieces(&self, text: &str) -> Vec<u32> {
        let mut pieces = self.tokenizer.pieces(text, MAX_PIECES);
        pieces.retain(|piece| self.rarity(*piece) > 0.0);
        pieces
    }

    /// How seldom a piece is in texts of any kind: the negative logarithm of its share. 0 for marks.
    pub fn rarity(&self, piece: u32) -> f32 {
        self.rarities.get(piece as usize).copied().unwrap_or(0.0)
    }

    /// What a piece means, as [`DIMENSIONS`] numbers. `piece` is one of [`Self::pieces`].
    pub fn vector(&self, piece: u32) -> Vec<f32> {
        let mut vector = vec![0.0; DIMENSIONS];
        let length = grid::row_bytes(DIMENSIONS);
        let start = piece as usize * length;
        if let Some(row) = self.embeddings.get(start..start + length) {
            grid::read_row(row, &mut vector);
        }
        vector
    }
}

#[cfg(all(test, feature = "embedded-encoder"))]
mod tests {
    use super::Words;

    #[test]
    fn words_of_like_meaning_are_nearer_than_others_and_rare_ones_are_known_as_such() {
        let words = Words::embedded().unwrap();
        let first = |text: &str| words.pieces(text).into_iter().max_by_key(|piece| *piece).unwrap();
        let product = |a: &str, b: &str| -> f32 {
            let (a, b) = (words.vector(first(a)), words.vector(first(b)));
            let length = |v: &[f32]| v.iter().map(|x| x * x).sum::<f32>().sqrt();
            a.iter().zip(&b).map(|(x, y)| x * y).sum::<f32>() / length(&a) / length(&b)
        };
        assert!(product("发票", "账单") > product("发票", "天气"));
        assert!(product("refund", "payment") > product("refund", "weather"));
        assert!(words.rarity(first("发票")) > words.rarity(first("的")));
        assert!(words.pieces("").iter().all(|piece| words.rarity(*piece) > 0.0));
    }
}
