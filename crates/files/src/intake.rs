//! From an uploaded file to what is stored of it.
//!
//! Invariant: checks run from cheap to dear; what costs processor time runs on a few threads
//! behind a gate, so a wave of uploads slows uploads and nothing else.

#[cfg(test)]
mod tests;

use crate::{Error, Format, name, picture, sniff};
use bytes::Bytes;
use model::MediaKind;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// How much of anything one upload may bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub max_bytes: u64,
    /// Width times height of an image.
    pub max_pixels: u64,
    /// Width, or height, of an image.
    pub max_side: u32,
    /// Frames of an animation; beyond these it becomes a still.
    pub max_frames: u32,
    /// Pixels of all frames together; beyond these it becomes a still.
    pub max_animation_pixels: u64,
    /// The longer side of a thumbnail.
    pub thumbnail_side: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_bytes: 20 << 20,
            max_pixels: 40_000_000,
            max_side: 32_767,
            max_frames: 200,
            max_animation_pixels: 40_000_000,
            thumbnail_side: 480,
        }
    }
}

/// A smaller copy of an image, to be shown in lists and conversations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thumbnail {
    pub format: Format,
    pub bytes: Bytes,
    pub width: u32,
    pub height: u32,
}

/// A file that may be stored, named and served as it stands here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    pub format: Format,
    pub media_type: &'static str,
    pub kind: MediaKind,
    /// Safe to show; carries an extension of its format.
    pub name: String,
    pub bytes: Bytes,
    /// Pixels, for images.
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub thumbnail: Option<Thumbnail>,
    /// Of `bytes`, in hexadecimal.
    pub sha256: String,
}

/// Where uploads are judged and prepared. Cheap to clone; clones share one gate.
#[derive(Clone, Debug)]
pub struct Intake {
    gate: Arc<Semaphore>,
}

impl Intake {
    /// `concurrency` files at once, at least one; each may take some 400 MB at the default limits.
    pub fn new(concurrency: usize) -> Self {
        Self { gate: Arc::new(Semaphore::new(concurrency.max(1))) }
    }

    /// Judges a whole upload and makes it ready to store. `declared_type` is what the client
    /// said, possibly empty. Sizes are the channel's to choose, so they come with each call.
    pub async fn prepare(
        &self,
        name: &str,
        declared_type: &str,
        bytes: Bytes,
        limits: Limits,
    ) -> Result<Prepared, Error> {
        if bytes.is_empty() {
            return Err(Error::Empty);
        }
        if bytes.len() as u64 > limits.max_bytes {
            return Err(Error::TooLarge);
        }
        let name = name::safe_name(name);
        let declared_type = declared_type.to_owned();
        let permit = self.gate.clone().acquire_owned().await.map_err(|_| Error::Worker)?;
        let work = move || {
            // The permit lives as long as the work, also when the uploader has gone away.
            let _permit = permit;
            prepare_now(name, &declared_type, bytes, &limits)
        };
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|failure| {
            // A decoder that panics does so because of the bytes it was given.
            Err(if failure.is_panic() { Error::Damaged } else { Error::Worker })
        })
    }
}

fn prepare_now(name: String, declared: &str, bytes: Bytes, limits: &Limits) -> Result<Prepared, Error> {
    let format = sniff::format_of(&name, declared, &bytes)?;
    if format.kind() != MediaKind::Image {
        return Ok(prepared(name, format, bytes));
    }
    let picture = picture::rewrite(&bytes, format, limits)?;
    Ok(Prepared {
        width: Some(picture.width),
        height: Some(picture.height),
        thumbnail: picture.thumbnail,
        ..prepared(name, picture.format, picture.bytes)
    })
}

fn prepared(name: String, format: Format, bytes: Bytes) -> Prepared {
    Prepared {
        format,
        media_type: format.media_type(),
        kind: format.kind(),
        name: name_for(&name, format),
        sha256: crypto::digest::sha256_hex(&bytes),
        bytes,
        width: None,
        height: None,
        thumbnail: None,
    }
}

/// The name with an extension that opens it; one of another format is replaced.
fn name_for(safe_name: &str, format: Format) -> String {
    match name::extension(safe_name) {
        Some(extension) if format.has_extension(&extension) => safe_name.to_owned(),
        Some(extension) => {
            let stem = &safe_name[..safe_name.len() - extension.len()];
            name::safe_name(&format!("{stem}{}", format.extension()))
        }
        None => name::safe_name(&format!("{safe_name}.{}", format.extension())),
    }
}
