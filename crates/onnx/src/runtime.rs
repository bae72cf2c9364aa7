//! The operator's ONNX Runtime: opened once for a process, and kept.

use crate::Error;
use model::EncoderFailure;
use ort::environment::Environment;
use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

static OPEN: Mutex<Option<Environment>> = Mutex::new(None);

/// The library at `path`, or the one that was opened before.
pub fn open(path: &Path) -> Result<Environment, Error> {
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(environment) = open.as_ref() {
        return Ok(environment.clone());
    }
    let failed = |error: &dyn ToString| Error::new(EncoderFailure::Library, error.to_string());
    let environment = ort::init_from(path)
        .map_err(|error| failed(&error))?
        .with_telemetry(false)
        // What it says is for whoever looks into it.
        .with_logger(Arc::new(|level, _, _, place, message| {
            tracing::debug!(?level, place, message, "ONNX Runtime");
        }))
        .build()
        .map_err(|error| failed(&error))?;
    Ok(open.insert(environment).clone())
}
