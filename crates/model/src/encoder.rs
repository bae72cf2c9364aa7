//! Who turns questions and entries into vectors.

use serde::{Deserialize, Serialize};

/// What makes the vectors of a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EncoderKind {
    /// The encoder inside the program.
    BuiltIn,
    /// An ONNX model that the configuration names.
    File,
    /// A server that the workspace chose.
    Server,
}

/// Why an encoder of the operator's own cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EncoderFailure {
    /// The ONNX Runtime cannot be opened, or is too old.
    Library,
    /// `tokenizer.json` is missing, or cannot be read.
    Tokenizer,
    /// The model is missing, broken, or wants what nobody can give.
    Model,
    /// It runs, and what comes out are no vectors of texts.
    Output,
}
