//! The code of each thing that can go wrong in a service.

use crate::http::ApiError;
use model::{LlmFailure, Refusal};
use protocol::ErrorCode;
use service::Error;

/// What the client is told. Causes that are ours are logged here, once.
pub fn code_of(error: &Error) -> ErrorCode {
    match error {
        Error::NotFound => ErrorCode::NotFound,
        Error::Forbidden => ErrorCode::Forbidden,
        Error::Field(_) | Error::Place(_) => ErrorCode::InvalidField,
        Error::InvalidCredentials => ErrorCode::InvalidCredentials,
        Error::CodeRequired => ErrorCode::CodeRequired,
        Error::InvalidCode => ErrorCode::InvalidCode,
        Error::WrongPassword => ErrorCode::WrongPassword,
        Error::WeakPassword => ErrorCode::WeakPassword,
        Error::InvalidTicket => ErrorCode::InvalidTicket,
        Error::InvalidSession => ErrorCode::InvalidSession,
        Error::InvalidIdentity => ErrorCode::InvalidIdentity,
        Error::IdentityExpired => ErrorCode::IdentityExpired,
        Error::IdentityReused => ErrorCode::IdentityReused,
        Error::ForeignOrigin => ErrorCode::ForeignOrigin,
        Error::EmailTaken => ErrorCode::EmailTaken,
        Error::NameTaken => ErrorCode::NameTaken,
        Error::LastOwner => ErrorCode::LastOwner,
        Error::TotpAlreadyOn => ErrorCode::TotpAlreadyOn,
        Error::TotpNotStarted => ErrorCode::TotpNotStarted,
        Error::SecretLimit => ErrorCode::SecretLimit,
        Error::Refused(refusal) => of_refusal(*refusal),
        Error::ClientIdReused => ErrorCode::ClientIdReused,
        Error::EmptyMessage => ErrorCode::EmptyMessage,
        Error::MessageTooLong => ErrorCode::MessageTooLong,
        Error::AlreadyRated => ErrorCode::AlreadyRated,
        Error::FileUsed => ErrorCode::FileUsed,
        Error::FileLost => ErrorCode::FileLost,
        Error::EntryChanged => ErrorCode::EntryChanged,
        Error::EntryState => ErrorCode::EntryState,
        Error::RegressionWorse => ErrorCode::RegressionWorse,
        Error::GrantLimit => ErrorCode::GrantLimit,
        Error::NoCodes => ErrorCode::NoCodes,
        Error::GrantDecided => ErrorCode::GrantDecided,
        Error::GrantOwn => ErrorCode::GrantOwn,
        Error::GrantNotOpen => ErrorCode::GrantNotOpen,
        Error::ImportUnreadable => ErrorCode::ImportUnreadable,
        Error::ImportTooLarge => ErrorCode::ImportTooLarge,
        Error::ImportEncrypted => ErrorCode::ImportEncrypted,
        Error::ImportNoText => ErrorCode::ImportNoText,
        Error::AddressRefused => ErrorCode::AddressRefused,
        Error::SourceReading => ErrorCode::SourceReading,
        Error::SourceLimit => ErrorCode::SourceLimit,
        Error::Llm(failure) => of_llm(*failure),
        Error::VisitorNotSigned => ErrorCode::VisitorNotSigned,
        Error::Lookup(_) => ErrorCode::ConnectorFailed,
        Error::File(error) => of_file(error),
        Error::ReadOnly(reason) => {
            tracing::error!(reason, "nothing can be stored");
            ErrorCode::ReadOnly
        }
        Error::Internal(reason) => {
            tracing::error!(reason, "internal error");
            ErrorCode::Internal
        }
    }
}

const fn of_refusal(refusal: Refusal) -> ErrorCode {
    match refusal {
        Refusal::Resolved => ErrorCode::ConversationResolved,
        Refusal::NotResolved => ErrorCode::ConversationNotResolved,
        // The latter two are told to the bot only.
        Refusal::AlreadyAssigned | Refusal::NotWithBot | Refusal::Superseded => ErrorCode::AlreadyAssigned,
        Refusal::AnotherActive => ErrorCode::AnotherActive,
        Refusal::AheadOfLog => ErrorCode::AheadOfLog,
    }
}

const fn of_llm(failure: LlmFailure) -> ErrorCode {
    use LlmFailure as F;
    match failure {
        F::Off => ErrorCode::LlmOff,
        F::Budget => ErrorCode::LlmBudget,
        F::Busy | F::Limited => ErrorCode::LlmBusy,
        F::Timeout => ErrorCode::LlmTimeout,
        F::TooLong | F::Malformed | F::Empty | F::Tool => ErrorCode::LlmUnusable,
        F::Resting | F::Address | F::Unreachable | F::Unauthorised | F::NotFound | F::Failed | F::Refused => {
            ErrorCode::LlmUnavailable
        }
    }
}

fn of_file(error: &files::Error) -> ErrorCode {
    match error {
        files::Error::Empty => ErrorCode::FileEmpty,
        files::Error::TooLarge => ErrorCode::FileTooLarge,
        files::Error::TypeNotAllowed => ErrorCode::FileTypeNotAllowed,
        files::Error::TypeMismatch => ErrorCode::FileMismatch,
        files::Error::ImageTooLarge => ErrorCode::ImageTooLarge,
        files::Error::Damaged => ErrorCode::ImageBroken,
        files::Error::Missing | files::Error::RangeNotSatisfiable => ErrorCode::NotFound,
        files::Error::Altered => ErrorCode::FileLost,
        files::Error::Storage(cause) => {
            tracing::error!(%cause, "a file cannot be stored");
            ErrorCode::ReadOnly
        }
        files::Error::Worker => ErrorCode::Internal,
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let code = code_of(&error);
        match error {
            Error::Field(field) => Self::of_field(code, field),
            Error::Place(field) => Self::of_field(code, field),
            Error::Lookup(outcome) => Self { reason: Some(outcome.code()), ..Self::new(code) },
            _ => Self::new(code),
        }
    }
}

impl From<store::Error> for ApiError {
    fn from(error: store::Error) -> Self {
        Error::from(error).into()
    }
}
