//! Attachments: what may come in, what is stored of it, where, and how it is served.
//!
//! Invariant: nothing a browser would run is accepted or served as such; images are stored only
//! as we encoded them; a stored file is on disk, or in the bucket, before its upload is confirmed.

pub mod blobs;
mod error;
pub mod format;
pub mod intake;
pub mod name;
mod picture;
pub mod serve;
pub mod sniff;

pub use blobs::{Blob, BlobEntry, BlobKey, Blobs, S3Config};
pub use error::Error;
pub use format::Format;
pub use intake::{Intake, Limits, Prepared, Thumbnail};
pub use serve::served_headers;
