//! The operator's own sentence encoder: an ONNX model that the configuration names.
//! Invariant: one that cannot be used stops nothing; why is said, and the built-in one is used.

use crate::config::{Config, EncoderFile};
use service::bots::{EncoderError, LoadedEncoder, OwnEncoder};

/// None where the configuration names none.
pub async fn load(config: &Config) -> anyhow::Result<Option<OwnEncoder>> {
    let Some(file) = config.encoder.clone() else { return Ok(None) };
    let folder = std::path::absolute(&file.folder)?;
    let name = folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned();
    let loaded = tokio::task::spawn_blocking(move || open(file)).await?;
    match &loaded {
        Ok(loaded) => tracing::info!(name, width = loaded.width, "questions are encoded by an own model"),
        Err(error) => tracing::error!(
            reason = ?error.kind,
            detail = error.detail,
            "the encoder of the configuration cannot be used; the built-in one does it"
        ),
    }
    Ok(Some(OwnEncoder { name, loaded }))
}

#[cfg(feature = "onnx")]
fn open(file: EncoderFile) -> Result<LoadedEncoder, EncoderError> {
    use crate::config::Pooling;
    let settings = onnx::Settings {
        folder: file.folder,
        library: file.library,
        prefix: file.prefix,
        pooling: match file.pooling {
            Pooling::Mean => onnx::Pooling::Mean,
            Pooling::Cls => onnx::Pooling::Cls,
        },
        max_tokens: file.max_tokens,
    };
    let encoder = onnx::Encoder::load(&settings)
        .map_err(|error| EncoderError { kind: error.kind, detail: error.detail })?;
    Ok(LoadedEncoder { width: encoder.width(), encoder: std::sync::Arc::new(encoder) })
}

#[cfg(not(feature = "onnx"))]
fn open(_: EncoderFile) -> Result<LoadedEncoder, EncoderError> {
    let detail = "this build cannot run ONNX models (cargo feature onnx)".to_owned();
    Err(EncoderError { kind: model::EncoderFailure::Library, detail })
}
