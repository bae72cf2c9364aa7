//! Why a file is not taken, not found or not stored.

/// Refusals carry no text from outside; failures carry their cause for the log.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("file is empty")]
    Empty,
    /// More bytes than the limits allow.
    #[error("file is too large")]
    TooLarge,
    /// Of a kind we never take: programs, pages, vector images, unknown.
    #[error("file type is not allowed")]
    TypeNotAllowed,
    /// Name, declared type and content disagree.
    #[error("file is not what its name says")]
    TypeMismatch,
    /// More pixels than the limits allow.
    #[error("image is too large")]
    ImageTooLarge,
    /// The image cannot be decoded.
    #[error("image is damaged")]
    Damaged,
    #[error("no such stored file")]
    Missing,
    /// It is not what was put there.
    #[error("the stored file is damaged")]
    Altered,
    /// The range starts after the end, or is empty.
    #[error("no such range in the stored file")]
    RangeNotSatisfiable,
    #[error("storage failed")]
    Storage(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A worker thread died or the process is stopping.
    #[error("file processing failed")]
    Worker,
}

impl Error {
    /// The stable code that has a sentence in every language.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "file_empty",
            Self::TooLarge => "file_too_large",
            Self::TypeNotAllowed => "file_type_not_allowed",
            Self::TypeMismatch => "file_type_mismatch",
            Self::ImageTooLarge => "image_too_large",
            Self::Damaged => "image_damaged",
            Self::Missing => "file_missing",
            Self::Altered => "file_altered",
            Self::RangeNotSatisfiable => "file_range_invalid",
            Self::Storage(_) | Self::Worker => "file_storage_failed",
        }
    }

    pub(crate) fn storage(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Storage(cause.into())
    }
}
