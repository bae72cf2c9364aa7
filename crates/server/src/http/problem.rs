//! Errors as answers: RFC 9457 problems in the language of the request.
//!
//! Invariant: the body of an error is a stable code, its sentence, and at most the name of a
//! field and a wait; what went wrong inside is logged here once and told to nobody.

use crate::rate::RetryAfter;
use axum::{
    extract::Request,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_TYPE, RETRY_AFTER, VARY},
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use model::Locale;
use protocol::{ErrorCode, Problem};
use std::{
    any::Any,
    fmt::Display,
    future::{Ready, ready},
};

/// What a handler refuses with. `?` turns an [`ErrorCode`] into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    pub code: ErrorCode,
    pub field: Option<String>,
    /// Tells errors of one code apart.
    pub reason: Option<&'static str>,
    /// Seconds.
    pub retry_after: Option<u64>,
}

impl ApiError {
    pub fn new(code: ErrorCode) -> Self {
        Self { code, field: None, reason: None, retry_after: None }
    }

    /// `code` about one field of the body or query.
    pub fn of_field(code: ErrorCode, field: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..Self::new(code) }
    }

    pub fn not_found() -> Self {
        Self::new(ErrorCode::NotFound)
    }

    /// Logs what went wrong; the caller learns only that something did.
    pub fn internal(error: impl Display) -> Self {
        tracing::error!(%error, "internal error");
        Self::new(ErrorCode::Internal)
    }

    fn problem(&self, locale: Locale) -> Problem {
        Problem {
            field: self.field.clone(),
            reason: self.reason,
            retry_after: self.retry_after,
            ..Problem::new(self.code, locale)
        }
    }

    pub fn render(&self, locale: Locale) -> Response {
        let status = StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::BAD_REQUEST);
        let body = serde_json::to_vec(&self.problem(locale)).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(locale.code()));
        headers.insert(VARY, HeaderValue::from_static("accept-language"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}

impl From<ErrorCode> for ApiError {
    fn from(code: ErrorCode) -> Self {
        Self::new(code)
    }
}

impl From<RetryAfter> for ApiError {
    fn from(RetryAfter(seconds): RetryAfter) -> Self {
        Self { retry_after: Some(seconds), ..Self::new(ErrorCode::RateLimited) }
    }
}

/// In Chinese, until [`localise_problems`] knows who asked.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.render(Locale::default());
        response.extensions_mut().insert(self);
        response
    }
}

/// Middleware: gives every problem the language of its request, and makes problems of the
/// errors that the router answers by itself.
pub async fn localise_problems(request: Request, next: Next) -> Response {
    let locale = locale(request.headers());
    let response = next.run(request).await;
    let error = match response.extensions().get::<ApiError>() {
        Some(error) => error.clone(),
        None if response.status() == StatusCode::METHOD_NOT_ALLOWED => {
            ApiError::new(ErrorCode::MethodNotAllowed)
        }
        None => return response,
    };
    let (parts, _) = response.into_parts();
    let mut localised = error.render(locale);
    for (name, value) in &parts.headers {
        // Cookies, `Allow`, the request id …; not what described the body that was replaced.
        let of_the_body = name == "content-length" || name == "content-encoding";
        if !localised.headers().contains_key(name) && !of_the_body {
            localised.headers_mut().append(name, value.clone());
        }
    }
    localised
}

/// The fallback of a router.
pub fn no_such_route() -> Ready<ApiError> {
    ready(ApiError::not_found())
}

/// For `tower_http::catch_panic::CatchPanicLayer::custom`: a panic harms one request.
pub fn of_panic(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| panic.downcast_ref::<String>().cloned());
    ApiError::internal(text.as_deref().unwrap_or("panic")).into_response()
}

/// The best of Chinese and English for an `Accept-Language`; Chinese when there is none.
pub fn locale(headers: &HeaderMap) -> Locale {
    let wanted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let mut best: Option<(f32, Locale)> = None;
    for range in wanted.unwrap_or_default().split(',') {
        let mut parts = range.split(';').map(str::trim);
        let Some(tag) = parts.next().filter(|tag| !tag.is_empty() && *tag != "*") else {
            continue;
        };
        let quality = parts
            .find_map(|part| part.strip_prefix("q="))
            .map_or(1.0, |quality| quality.parse::<f32>().unwrap_or(0.0));
        if quality > best.map_or(0.0, |(best, _)| best) {
            best = Some((quality, Locale::from_tag(tag)));
        }
    }
    best.map_or_else(Locale::default, |(_, locale)| locale)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{Router, body::Body, http::Request, middleware::from_fn, routing::get};
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;
    use tower_http::catch_panic::CatchPanicLayer;

    fn app() -> Router {
        Router::new()
            .route("/limited", get(|| async { ApiError::from(RetryAfter(7)) }))
            .route("/field", get(|| async { ApiError::of_field(ErrorCode::InvalidField, "name") }))
            .route("/broken", get(|| async { ApiError::internal("secret of the database") }))
            .route("/panic", get(panics))
            .fallback(no_such_route)
            .layer(CatchPanicLayer::custom(of_panic))
            .layer(from_fn(localise_problems))
    }

    async fn panics() {
        panic!("secret of the handler");
    }

    async fn ask(method: &str, path: &str, language: &str) -> (Response, serde_json::Value) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(ACCEPT_LANGUAGE, language)
            .body(Body::empty())
            .unwrap();
        let (parts, body) = app().oneshot(request).await.unwrap().into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let json = serde_json::from_slice(&bytes).unwrap();
        (Response::from_parts(parts, Body::empty()), json)
    }

    #[tokio::test]
    async fn problem_speaks_the_language_of_the_request() {
        for (language, title) in [
            ("zh-CN,zh;q=0.9,en;q=0.8", "操作过于频繁，请稍后再试"),
            ("en-GB", "Too many requests; please wait a moment"),
        ] {
            let (response, problem) = ask("GET", "/limited", language).await;
            assert_eq!(response.status(), 429);
            assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
            assert_eq!(response.headers()[RETRY_AFTER], "7");
            assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
            assert_eq!(problem["title"], title);
            assert_eq!(problem["code"], "rate_limited");
            assert_eq!(problem["retry_after"], 7);
            assert_eq!(problem["type"], "about:blank");
        }
    }

    #[tokio::test]
    async fn field_is_named() {
        let (response, problem) = ask("GET", "/field", "en").await;
        assert_eq!((response.status().as_u16(), &problem["field"]), (422, &"name".into()));
    }

    #[tokio::test]
    async fn errors_of_the_router_are_problems_too() {
        let (response, problem) = ask("GET", "/nothing", "en").await;
        assert_eq!((response.status().as_u16(), &problem["code"]), (404, &"not_found".into()));
        let (response, problem) = ask("POST", "/field", "en").await;
        assert_eq!((response.status().as_u16(), &problem["code"]), (405, &"method_not_allowed".into()));
        assert_eq!(response.headers()["allow"], "GET,HEAD");
    }

    #[tokio::test]
    async fn inner_causes_and_panics_are_not_told() {
        for path in ["/broken", "/panic"] {
            let (response, problem) = ask("GET", path, "en").await;
            assert_eq!(response.status(), 500);
            assert!(!problem.to_string().contains("secret"), "{problem}");
        }
    }

    #[test]
    fn language_is_the_best_of_the_two_that_there_are() {
        for (header, expected) in [
            ("", Locale::ZhCn),
            ("*", Locale::ZhCn),
            ("zh-TW", Locale::ZhCn),
            ("fr-FR", Locale::En),
            ("en;q=0.5, zh;q=0.9", Locale::ZhCn),
            ("zh;q=0.1,en;q=0.2", Locale::En),
            ("zh;q=0", Locale::ZhCn),
            ("en;q=abc", Locale::ZhCn),
            (";;;,,q=1", Locale::En),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static(header));
            assert_eq!(locale(&headers), expected, "{header:?}");
        }
    }
}
