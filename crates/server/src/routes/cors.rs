//! Scripts on pages of other origins that use the visitor API: browsers ask whether they may, and
//! hide answers that do not name their origin (CORS).
//!
//! Invariant: only an origin that a channel names is told yes; which data it gets is the guard's to
//! decide, by the channel of the visitor. Cookies are never let through.

use crate::{
    app::AppState,
    http::{ApiError, origin::Initiator},
};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use protocol::ErrorCode;

/// Seconds for which a browser need not ask again.
const REMEMBERED: HeaderValue = HeaderValue::from_static("600");

pub async fn visitor_api(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let asks = request.method() == Method::OPTIONS
        && request.headers().contains_key("access-control-request-method");
    let site = match foreign(&app, request.headers()) {
        Some(origin) if is_site(&app, &origin).await => Some(origin),
        _ => None,
    };
    let mut response = match (&site, asks) {
        (Some(_), true) => StatusCode::NO_CONTENT.into_response(),
        (None, true) => ApiError::from(ErrorCode::ForeignOrigin).into_response(),
        (_, false) => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    let Some(origin) = site else { return response };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    if asks {
        let methods = HeaderValue::from_static("GET, POST, PUT, DELETE");
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
        let allowed = HeaderValue::from_static("authorization, content-type");
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, REMEMBERED);
    } else {
        let exposed = HeaderValue::from_static("retry-after");
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
    response
}

/// The origin of a page that is not ours.
fn foreign(app: &AppState, headers: &HeaderMap) -> Option<HeaderValue> {
    let origin = headers.get(header::ORIGIN)?;
    (app.own_origin.initiator(headers) == Initiator::Foreign).then(|| origin.clone())
}

/// Whether any channel names it. The browser asks before it says which visitor it is.
async fn is_site(app: &AppState, origin: &HeaderValue) -> bool {
    let Ok(origin) = origin.to_str() else { return false };
    app.services.channels.is_site(origin).await.unwrap_or(false)
}
