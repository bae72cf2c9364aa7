//! JSON bodies. Invariant: what a handler gets is UTF-8, small, complete in time, and has
//! no field that its type does not know; every other body is refused with a code that says
//! why and names the field.

mod by_name;

use super::ApiError;
use axum::{
    body::Body,
    extract::{FromRequest, Request},
    http::{HeaderMap, HeaderValue, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use by_name::ByName;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use protocol::ErrorCode;
use serde::{Serialize, de::DeserializeOwned};
use std::time::Duration;
use tokio::time::timeout;

/// The most bytes that a JSON body may have.
pub const MAX_BODY: usize = 64 * 1024;
/// The same for what staff writes at length.
const MAX_LONG_BODY: usize = 1024 * 1024;
/// A body that has not arrived by then is a slow attack or a dead connection.
const MAX_WAIT: Duration = Duration::from_secs(10);
/// A longer name of a field is not ours to repeat.
const MAX_FIELD: usize = 64;

/// Extractor and answer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        extract(request, MAX_BODY).await.map(Self)
    }
}

/// An extractor for articles and the like. It comes after the one that knows who asks.
#[derive(Clone, Copy, Debug, Default)]
pub struct LongJson<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for LongJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        extract(request, MAX_LONG_BODY).await.map(Self)
    }
}

async fn extract<T: DeserializeOwned>(request: Request, most: usize) -> Result<T, ApiError> {
    if !is_json(request.headers()) {
        return Err(ErrorCode::UnsupportedMediaType.into());
    }
    let bytes = timeout(MAX_WAIT, read(request.into_body(), most))
        .await
        .map_err(|_| ApiError::new(ErrorCode::Timeout))??;
    parse(&bytes)
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(bytes) => {
                let kind = HeaderValue::from_static("application/json");
                ([(CONTENT_TYPE, kind)], bytes).into_response()
            }
            Err(error) => ApiError::internal(error).into_response(),
        }
    }
}

/// `application/json`, with no charset but UTF-8. A form or plain text is what a foreign
/// page can send without asking, so nothing else will do.
fn is_json(headers: &HeaderMap) -> bool {
    let mut kinds = headers.get_all(CONTENT_TYPE).iter();
    let (Some(kind), None) = (kinds.next(), kinds.next()) else {
        return false;
    };
    let mut parts = kind.to_str().unwrap_or_default().split(';').map(str::trim);
    parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"))
        && parts.all(|parameter| {
            matches!(parameter.to_ascii_lowercase().as_str(), "" | "charset=utf-8" | "charset=\"utf-8\"")
        })
}

async fn read(body: Body, most: usize) -> Result<Vec<u8>, ApiError> {
    match Limited::new(body, most).collect().await {
        Ok(collected) => Ok(collected.to_bytes().into()),
        Err(error) if error.is::<LengthLimitError>() => Err(ErrorCode::TooLarge.into()),
        Err(_) => Err(ErrorCode::InvalidBody.into()),
    }
}

/// Also for bodies that come another way, such as a socket's frame.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let text = std::str::from_utf8(bytes).map_err(|_| ApiError::new(ErrorCode::NotText))?;
    // A body is an object, whatever its type would take.
    if !text.trim_start_matches([' ', '\t', '\r', '\n']).starts_with('{') {
        return Err(ErrorCode::InvalidBody.into());
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(ByName(&mut json)).map_err(|error| {
        let path = error.path().to_string();
        if error.inner().is_data() {
            explain(&error.inner().to_string(), &path)
        } else {
            ErrorCode::InvalidBody.into()
        }
    })?;
    json.end().map_err(|_| ApiError::new(ErrorCode::InvalidBody))?;
    Ok(value)
}

/// Which field serde complains about, from its stable wording.
pub(super) fn explain(complaint: &str, path: &str) -> ApiError {
    let parent = if matches!(path, "." | "?") { "" } else { path };
    let named = |prefix: &str| {
        let name = complaint.strip_prefix(prefix)?.split('`').next()?;
        Some(match parent.strip_suffix(name).unwrap_or(parent).trim_end_matches('.') {
            "" => name.to_owned(),
            parent => format!("{parent}.{name}"),
        })
    };
    let (code, field) = if let Some(field) = named("unknown field `") {
        (ErrorCode::UnknownField, field)
    } else if let Some(field) = named("missing field `").or_else(|| named("duplicate field `")) {
        (ErrorCode::InvalidField, field)
    } else if parent.is_empty() {
        return ErrorCode::InvalidBody.into();
    } else {
        (ErrorCode::InvalidField, parent.to_owned())
    };
    if field.len() > MAX_FIELD { code.into() } else { ApiError::of_field(code, field) }
}

#[cfg(test)]
mod tests;
