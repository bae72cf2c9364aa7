//! One model in the runtime: what it takes in, what comes out.

use crate::{Error, runtime};
use model::EncoderFailure;
use ort::{
    session::{Session as OrtSession, SessionInputValue, SessionOutputs},
    value::{Tensor, TensorElementType},
};
use std::{
    borrow::Cow,
    fmt::Display,
    num::NonZero,
    path::Path,
    sync::{Mutex, PoisonError},
    thread,
};

/// What a model may be given: the tokens, which of them count (all), and to which of two texts each
/// belongs (the first).
const INPUTS: [&str; 3] = ["input_ids", "attention_mask", "token_type_ids"];
/// The vector of the text, where a model makes it by itself.
const POOLED: &str = "sentence_embedding";
/// More would take the machine from those who chat.
const MOST_THREADS: usize = 4;

pub struct Session {
    model: Mutex<OrtSession>,
    inputs: Vec<&'static str>,
    output: String,
}

/// What a model made of one text.
pub struct Output {
    pub numbers: Vec<f32>,
    /// One vector; otherwise one of each token.
    pub is_pooled: bool,
}

impl Session {
    pub fn open(library: &Path, file: &Path) -> Result<Self, Error> {
        let environment = runtime::open(library)?;
        let threads = thread::available_parallelism().map_or(1, NonZero::get).min(MOST_THREADS);
        let session = OrtSession::builder(&environment)
            .and_then(|builder| Ok(builder.with_intra_threads(threads)?))
            // Threads that wait take no time, and texts differ in length.
            .and_then(|builder| Ok(builder.with_intra_op_spinning(false)?.with_memory_pattern(false)?))
            .and_then(|mut builder| builder.commit_from_file(file))
            .map_err(|error| wrong(format!("{}: {error}", file.display())))?;
        let (inputs, output) = (inputs(&session)?, output(&session)?);
        Ok(Self { model: Mutex::new(session), inputs, output })
    }

    pub fn run(&self, ids: &[i64]) -> Result<Output, Error> {
        let row = |name: &str| match name {
            "input_ids" => ids.to_vec(),
            "attention_mask" => vec![1; ids.len()],
            _ => vec![0; ids.len()],
        };
        let inputs = self
            .inputs
            .iter()
            .map(|name| {
                let row = Tensor::from_array(([1, ids.len()], row(name))).map_err(wrong)?;
                Ok((Cow::Borrowed(*name), SessionInputValue::from(row)))
            })
            .collect::<Result<Vec<_>, Error>>()?;
        let mut session = self.model.lock().unwrap_or_else(PoisonError::into_inner);
        let outputs = session.run(inputs).map_err(wrong)?;
        self.read(&outputs, ids.len())
    }

    fn read(&self, outputs: &SessionOutputs<'_>, tokens: usize) -> Result<Output, Error> {
        let unfit = |detail: String| Error::new(EncoderFailure::Output, detail);
        let value = outputs.get(&self.output).ok_or_else(|| unfit(format!("{} is missing", self.output)))?;
        let (shape, numbers) =
            value.try_extract_tensor::<f32>().map_err(|error| unfit(format!("{}: {error}", self.output)))?;
        let tokens = tokens as i64;
        let is_pooled = match &shape[..] {
            [1, width] if *width > 0 => true,
            [1, rows, width] if *rows == tokens && *width > 0 => false,
            shape => {
                let detail = format!("{} has the shape {shape:?} for a text of {tokens} tokens", self.output);
                return Err(unfit(detail));
            }
        };
        Ok(Output { numbers: numbers.to_vec(), is_pooled })
    }
}

/// Those of [`INPUTS`] that a model takes; whatever else it wants, nobody can give.
fn inputs(session: &OrtSession) -> Result<Vec<&'static str>, Error> {
    let known = session.inputs().iter().map(|input| {
        let name = INPUTS.into_iter().find(|name| *name == input.name()).ok_or_else(|| {
            wrong(format!("it asks for {}; only {} can be given", input.name(), INPUTS.join(", ")))
        })?;
        match input.dtype().tensor_type() {
            Some(TensorElementType::Int64) => Ok(name),
            other => Err(wrong(format!("{name} is of {other:?}; it must be of Int64"))),
        }
    });
    known.collect()
}

fn output(session: &OrtSession) -> Result<String, Error> {
    let mut names = session.outputs().iter().map(|output| output.name().to_owned());
    let first = names.next().ok_or_else(|| wrong("it has no output"))?;
    Ok(if names.any(|name| name == POOLED) { POOLED.to_owned() } else { first })
}

fn wrong(detail: impl Display) -> Error {
    Error::new(EncoderFailure::Model, detail)
}
