//! A sentence encoder of the operator's own: an ONNX model with its tokenizer, run by the ONNX Runtime
//! that is installed on the machine. Nothing of it is linked: the library is opened when it is asked for.
//!
//! Invariants: an encoder that was loaded has told texts apart, in finite numbers of one width; the
//! vector of a text does not depend on what else is encoded.

mod runtime;
mod session;

use knowledge::Encode;
use model::EncoderFailure;
use session::Session;
use std::{
    fs,
    path::{Path, PathBuf},
};
use thiserror::Error;
use tokenizers::{Tokenizer, TruncationParams};

/// The widest vectors that are used.
const WIDEST: usize = 4_096;
/// Where a folder holds its model: by itself, or as exporters lay it down.
const MODELS: [&str; 2] = ["model.onnx", "onnx/model.onnx"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// With `model.onnx` (or `onnx/model.onnx`) and `tokenizer.json`.
    pub folder: PathBuf,
    /// `libonnxruntime.so`; a name without a folder is looked for where the system keeps libraries.
    pub library: PathBuf,
    /// Stands before each text, as the model was trained: `query: ` for the e5 family.
    pub prefix: String,
    pub pooling: Pooling,
    /// Longer texts are cut.
    pub max_tokens: usize,
}

/// How the vectors of tokens become the vector of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooling {
    /// Their mean.
    Mean,
    /// The first one.
    Cls,
}

/// Why an encoder cannot be used.
#[derive(Debug, Error)]
#[error("{detail}")]
pub struct Error {
    pub kind: EncoderFailure,
    pub detail: String,
}

impl Error {
    fn new(kind: EncoderFailure, detail: impl ToString) -> Self {
        Self { kind, detail: detail.to_string() }
    }
}

pub struct Encoder {
    prefix: String,
    pooling: Pooling,
    tokenizer: Tokenizer,
    session: Session,
    width: usize,
}

impl Encoder {
    /// Reads all of the model and tries it, which takes a second or more.
    pub fn load(settings: &Settings) -> Result<Self, Error> {
        let tokenizer = tokenizer(&settings.folder, settings.max_tokens)?;
        let session = Session::open(&settings.library, &model(&settings.folder)?)?;
        let encoder =
            Self { prefix: settings.prefix.clone(), pooling: settings.pooling, tokenizer, session, width: 0 };
        let width = encoder.width_on_trial(settings.max_tokens)?;
        Ok(Self { width, ..encoder })
    }

    /// How many numbers a vector has.
    pub const fn width(&self) -> usize {
        self.width
    }

    /// What makes a model unusable shows in a few texts: a short one, another one, one that is too long.
    fn width_on_trial(&self, max_tokens: usize) -> Result<usize, Error> {
        let short = self.vector("怎么退货？")?;
        let other = self.vector("Where is my parcel?")?;
        let long = self.vector(&"How do I return it? 怎么退货？ ".repeat(max_tokens)).map_err(|error| {
            let detail = format!("a text of {max_tokens} tokens fails (max_tokens): {error}");
            Error::new(error.kind, detail)
        })?;
        let width = short.len();
        if ![&other, &long].iter().all(|vector| vector.len() == width) || width > WIDEST {
            let detail = format!("the vectors have {width}, {} and {} numbers", other.len(), long.len());
            return Err(Error::new(EncoderFailure::Output, detail));
        }
        if knowledge::cosine(&short, &other) > 0.9999 {
            let detail = "different texts have the same vector";
            return Err(Error::new(EncoderFailure::Output, detail));
        }
        Ok(width)
    }

    fn vector(&self, text: &str) -> Result<Vec<f32>, Error> {
        let text = format!("{}{text}", self.prefix);
        let tokens = self
            .tokenizer
            .encode(text, true)
            .map_err(|error| Error::new(EncoderFailure::Tokenizer, error))?;
        let ids: Vec<i64> = tokens.get_ids().iter().map(|id| i64::from(*id)).collect();
        if ids.is_empty() {
            return Err(Error::new(EncoderFailure::Tokenizer, "a text has no tokens"));
        }
        let output = self.session.run(&ids)?;
        let vector = match self.pooling {
            _ if output.is_pooled => output.numbers,
            Pooling::Mean => mean(&output.numbers, ids.len()),
            Pooling::Cls => output.numbers[..output.numbers.len() / ids.len()].to_vec(),
        };
        unit(vector).ok_or_else(|| Error::new(EncoderFailure::Output, "a vector has no finite length"))
    }
}

impl Encode for Encoder {
    /// Empty when it fails: a vector that says nothing.
    fn encode(&self, text: &str) -> Vec<f32> {
        match self.vector(text) {
            Ok(vector) if vector.len() == self.width => vector,
            Ok(_) => Vec::new(),
            Err(error) => {
                tracing::warn!(%error, "a text cannot be encoded");
                Vec::new()
            }
        }
    }

    /// One after the other: the runtime itself works on several cores.
    fn encode_all(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        texts.iter().map(|text| self.encode(text)).collect()
    }
}

fn tokenizer(folder: &Path, max_tokens: usize) -> Result<Tokenizer, Error> {
    let file = folder.join("tokenizer.json");
    let failed =
        |error: String| Error::new(EncoderFailure::Tokenizer, format!("{}: {error}", file.display()));
    let bytes = fs::read(&file).map_err(|error| failed(error.to_string()))?;
    let mut tokenizer = Tokenizer::from_bytes(bytes).map_err(|error| failed(error.to_string()))?;
    let truncation = TruncationParams { max_length: max_tokens, ..TruncationParams::default() };
    tokenizer.with_truncation(Some(truncation)).map_err(|error| failed(error.to_string()))?;
    tokenizer.with_padding(None);
    Ok(tokenizer)
}

fn model(folder: &Path) -> Result<PathBuf, Error> {
    let files = MODELS.map(|name| folder.join(name));
    files.iter().find(|file| file.is_file()).cloned().ok_or_else(|| {
        let detail = format!("{} has no {}", folder.display(), MODELS.join(" or "));
        Error::new(EncoderFailure::Model, detail)
    })
}

/// The mean of the rows.
fn mean(numbers: &[f32], rows: usize) -> Vec<f32> {
    let width = numbers.len() / rows;
    let mut mean = vec![0.0; width];
    for row in numbers.chunks_exact(width) {
        for (sum, number) in mean.iter_mut().zip(row) {
            *sum += number / rows as f32;
        }
    }
    mean
}

/// None where there is nothing to make one of.
fn unit(mut vector: Vec<f32>) -> Option<Vec<f32>> {
    let length = vector.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
    if !length.is_finite() || length < 1e-9 {
        return None;
    }
    for x in &mut vector {
        *x = (f64::from(*x) / length) as f32;
    }
    Some(vector)
}

#[cfg(test)]
mod tests;
