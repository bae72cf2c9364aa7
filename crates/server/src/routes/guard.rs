//! The doors: who asks is established here, before a handler runs.

use crate::{
    app::AppState,
    http::{ApiError, ClientAddress, origin::Initiator},
    rate::Limit,
};
use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, HeaderValue, Method, header, request::Parts},
    middleware::Next,
    response::Response,
};
use crypto::digest::sha256_hex;
use model::Permission;
use protocol::ErrorCode;
use service::{Staff, Visitor, accounts::Device};
use std::convert::Infallible;
use subtle::ConstantTimeEq as _;

/// The raw session token, for what depends on it.
#[derive(Clone)]
pub struct SessionToken(pub String);

/// A logged-in agent who has the permission; a change comes from a page of ours and carries
/// the session's CSRF token.
pub async fn staff(
    State((app, permission)): State<(AppState, Permission)>,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let token = session_cookie(request.headers()).ok_or(ErrorCode::Unauthenticated)?;
    let staff = app.services.accounts.authenticate(&token).await.map_err(|error| match error {
        service::Error::InvalidSession => ApiError::new(ErrorCode::Unauthenticated),
        error => error.into(),
    })?;
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        check_change(&app, request.headers(), &token)?;
    }
    app.limits.check(Limit::AgentCommands, staff.id().0).await?;
    staff.require(permission)?;
    request.extensions_mut().insert(staff);
    request.extensions_mut().insert(SessionToken(token));
    Ok(next.run(request).await)
}

fn check_change(app: &AppState, headers: &HeaderMap, token: &str) -> Result<(), ApiError> {
    if app.own_origin.initiator(headers) == Initiator::Foreign {
        return Err(ErrorCode::Forbidden.into());
    }
    let sent = headers.get("x-csrf-token").map(HeaderValue::as_bytes).unwrap_or_default();
    if bool::from(sent.ct_eq(csrf_token(token).as_bytes())) {
        Ok(())
    } else {
        Err(ErrorCode::Forbidden.into())
    }
}

/// The holder of a visitor token, on our own page or on a site of the channel.
pub async fn visitor(
    State(app): State<AppState>,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let header = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header.and_then(|value| value.strip_prefix("Bearer ")).ok_or(ErrorCode::InvalidSession)?;
    let visitor = app.services.visitors.authenticate(token).await?;
    if app.own_origin.initiator(request.headers()) == Initiator::Foreign {
        let channel = app.services.channels.find(visitor.workspace, visitor.channel).await?;
        check_site(&channel, request.headers())?;
    }
    request.extensions_mut().insert(visitor);
    Ok(next.run(request).await)
}

/// A page of another origin may use a channel that allows its site.
pub fn check_site(channel: &model::Channel, headers: &HeaderMap) -> Result<(), ApiError> {
    let origin = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let allowed = &channel.settings.allowed_origins;
    if allowed.iter().any(|site| site == origin) { Ok(()) } else { Err(ErrorCode::ForeignOrigin.into()) }
}

/// Bound to the session: another session's token is refused.
pub fn csrf_token(session_token: &str) -> String {
    sha256_hex(format!("csrf:{session_token}").as_bytes())
}

const SECURE_NAME: &str = "__Host-sid";
const PLAIN_NAME: &str = "sid";

fn session_cookie(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let found: Vec<(&str, &str)> =
        pairs.filter(|(name, _)| matches!(*name, SECURE_NAME | PLAIN_NAME)).collect();
    // The prefixed one cannot be planted by a sub-domain.
    let best = found.iter().find(|(name, _)| *name == SECURE_NAME).or_else(|| found.first());
    best.map(|(_, value)| (*value).to_owned())
}

/// `Set-Cookie` for a session; an empty token takes it away.
pub fn set_session_cookie(app: &AppState, token: &str) -> HeaderValue {
    let (name, secure) =
        if app.config.public_url.is_https() { (SECURE_NAME, "; Secure") } else { (PLAIN_NAME, "") };
    let age = if token.is_empty() { "; Max-Age=0" } else { "; Max-Age=604800" };
    let text = format!("{name}={token}; Path=/; HttpOnly; SameSite=Lax{secure}{age}");
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// The browser behind a login.
pub fn device(address: ClientAddress, headers: &HeaderMap) -> Device {
    let user_agent =
        headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Device { address: address.0.to_string(), user_agent: user_agent.to_owned() }
}

/// Extracts what the guard left; a route without that guard answers 401.
macro_rules! from_guard {
    ($($name:ident($type:ty)),+) => {$(
        pub struct $name(pub $type);
        impl<S: Send + Sync> FromRequestParts<S> for $name {
            type Rejection = ApiError;
            async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
                let found = parts.extensions.get::<$type>().cloned();
                found.map(Self).ok_or_else(|| ErrorCode::Unauthenticated.into())
            }
        }
    )+};
}
from_guard!(AsStaff(Staff), AsVisitor(Visitor), WithToken(SessionToken));

/// The headers of a request, for the few handlers that read them.
pub struct Headers(pub HeaderMap);

impl<S: Send + Sync> FromRequestParts<S> for Headers {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.headers.clone()))
    }
}
