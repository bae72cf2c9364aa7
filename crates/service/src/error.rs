//! What a person can be told. The server gives each variant its code and sentence.

use model::{LlmFailure, LookupOutcome, Refusal};
use thiserror::Error;

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug, Error)]
pub enum Error {
    #[error("not found")]
    NotFound,
    #[error("not allowed")]
    Forbidden,
    /// A field does not meet its rules.
    #[error("field {0} is not valid")]
    Field(&'static str),
    /// The same for a field in a list, named by its place.
    #[error("field {0} is not valid")]
    Place(String),
    #[error("wrong e-mail or password")]
    InvalidCredentials,
    #[error("second factor required")]
    CodeRequired,
    #[error("wrong or used second factor")]
    InvalidCode,
    #[error("wrong current password")]
    WrongPassword,
    #[error("weak password")]
    WeakPassword,
    #[error("ticket invalid")]
    InvalidTicket,
    #[error("session invalid")]
    InvalidSession,
    #[error("identity invalid")]
    InvalidIdentity,
    #[error("identity expired")]
    IdentityExpired,
    #[error("identity used before")]
    IdentityReused,
    #[error("foreign origin")]
    ForeignOrigin,
    #[error("e-mail taken")]
    EmailTaken,
    #[error("name taken")]
    NameTaken,
    #[error("last owner")]
    LastOwner,
    #[error("second factor is on already")]
    TotpAlreadyOn,
    #[error("second factor was not started")]
    TotpNotStarted,
    #[error("too many secrets")]
    SecretLimit,
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("client id was used elsewhere")]
    ClientIdReused,
    #[error("empty message")]
    EmptyMessage,
    #[error("message too long")]
    MessageTooLong,
    #[error("rated twice already")]
    AlreadyRated,
    #[error("entry changed meanwhile")]
    EntryChanged,
    #[error("entry is in another state")]
    EntryState,
    #[error("the regression set gets worse")]
    RegressionWorse,
    #[error("more than the customer may get today")]
    GrantLimit,
    #[error("no codes are left")]
    NoCodes,
    #[error("the grant was decided already")]
    GrantDecided,
    #[error("who asked does not approve")]
    GrantOwn,
    #[error("no agent has the conversation")]
    GrantNotOpen,
    /// The file cannot be read as what it says it is.
    #[error("import unreadable")]
    ImportUnreadable,
    #[error("import too large")]
    ImportTooLarge,
    /// The file is protected by a password.
    #[error("import encrypted")]
    ImportEncrypted,
    /// The file holds pictures of text only.
    #[error("import without text")]
    ImportNoText,
    /// The address is not one that may be asked.
    #[error("address refused")]
    AddressRefused,
    /// What is being read cannot be taken yet.
    #[error("source is being read")]
    SourceReading,
    #[error("too many sources")]
    SourceLimit,
    /// A language model gave nothing.
    #[error("language model: {0:?}")]
    Llm(LlmFailure),
    /// A connector asks about the visitor, and no site has signed who that is.
    #[error("visitor not signed")]
    VisitorNotSigned,
    /// A business system gave no answer.
    #[error("look-up: {0:?}")]
    Lookup(LookupOutcome),
    #[error("file not the sender's to send")]
    FileUsed,
    /// It was stored, and is not there or not whole any more.
    #[error("file lost")]
    FileLost,
    #[error(transparent)]
    File(files::Error),
    /// Nothing can be stored now.
    #[error("read-only: {0}")]
    ReadOnly(String),
    /// Ours to fix; logged where it becomes an answer.
    #[error("internal: {0}")]
    Internal(String),
}

impl Error {
    pub fn internal(error: impl std::fmt::Display) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::NotFound => Self::NotFound,
            store::Error::Refused(refusal) => Self::Refused(refusal),
            store::Error::ClientIdReused => Self::ClientIdReused,
            store::Error::FileUsed => Self::FileUsed,
            store::Error::AlreadyRated => Self::AlreadyRated,
            store::Error::EntryChanged => Self::EntryChanged,
            store::Error::EntryState => Self::EntryState,
            store::Error::GrantLimit => Self::GrantLimit,
            store::Error::NoCodes => Self::NoCodes,
            store::Error::GrantDecided => Self::GrantDecided,
            store::Error::ReadOnly(reason) => Self::ReadOnly(reason),
            error => Self::internal(error),
        }
    }
}

impl From<documents::Error> for Error {
    fn from(error: documents::Error) -> Self {
        match error {
            documents::Error::Unreadable => Self::ImportUnreadable,
            documents::Error::TooLarge => Self::ImportTooLarge,
            documents::Error::Encrypted => Self::ImportEncrypted,
            documents::Error::NoText => Self::ImportNoText,
        }
    }
}

impl From<crypto::Error> for Error {
    fn from(error: crypto::Error) -> Self {
        Self::internal(error)
    }
}
