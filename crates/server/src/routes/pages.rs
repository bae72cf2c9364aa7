//! Pages and their files: the console, the chat window, the hosted page, the demo shop, the
//! loader. Public all of them; what they show comes through the API.

use super::guard::Headers;
use crate::{
    app::AppState,
    demo,
    http::{ApiError, Json, Page, Path, Query, SecurityHeaders},
    socket,
};
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use model::Channel;
use serde::Deserialize;
use url::Url;

/// Everything that is not in the table of the API.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/", get(|| async { Redirect::to("/console/") }))
        .route("/console", get(|| async { Redirect::to("/console/") }))
        .route("/console/", get(console_page))
        .route("/console/{*path}", get(console))
        .route("/setup", get(setup))
        .route("/docs", get(console_page))
        .route("/octim.js", get(loader))
        .route("/window", get(window))
        .route("/window/{*path}", get(window_file))
        .route("/chat/{key}", get(hosted))
        .route("/demo", get(demo_page))
        .route("/demo/orders/{order}", get(demo_order))
        .route("/demo/{*path}", get(demo_file))
        .route("/api/socket", get(staff_socket))
        .route("/api/visitor/socket", get(visitor_socket))
}

fn dressed(app: &AppState, page: Page<'_>, mut response: Response) -> Response {
    SecurityHeaders::new(&app.config.public_url).apply(page, response.headers_mut());
    response
}

async fn console_page(State(app): State<AppState>, Headers(headers): Headers) -> Response {
    dressed(&app, Page::Console, app.assets.console("", &headers))
}

async fn console(
    State(app): State<AppState>,
    Headers(headers): Headers,
    Path(path): Path<String>,
) -> Response {
    let page = if path.starts_with("assets/") { Page::Asset } else { Page::Console };
    dressed(&app, page, app.assets.console(&path, &headers))
}

/// The page of the first run; afterwards it does not exist any more.
async fn setup(State(app): State<AppState>, Headers(headers): Headers) -> Result<Response, ApiError> {
    if !app.services.setup.is_needed().await? {
        return Err(ApiError::not_found());
    }
    Ok(dressed(&app, Page::Console, app.assets.console("setup", &headers)))
}

#[derive(Deserialize)]
struct LoaderQuery {
    channel: Option<String>,
}

/// The loader. Its request shows that a site carries the script.
async fn loader(
    State(app): State<AppState>,
    Headers(headers): Headers,
    Query(query): Query<LoaderQuery>,
) -> Response {
    let channel = match &query.channel {
        Some(key) => app.services.channels.find_by_key(key).await.ok(),
        None => None,
    };
    if let (Some(channel), Some(origin)) = (&channel, referring_origin(&headers)) {
        saw(&app, channel, &origin, &headers).await;
    }
    let color = channel.map(|channel| channel.settings.color).unwrap_or_default();
    dressed(&app, Page::Loader, app.assets.loader(&color, &headers))
}

/// Notes that a page of this origin carries the script. Our own pages (the demo shop) do not
/// push a real site out.
async fn saw(app: &AppState, channel: &Channel, origin: &str, headers: &HeaderMap) {
    let is_known_elsewhere =
        channel.seen_origin.as_deref().is_some_and(|seen| !app.own_origin.owns(seen, headers));
    if is_known_elsewhere && app.own_origin.owns(origin, headers) {
        return;
    }
    if let Err(error) = app.services.channels.saw(channel, origin).await {
        tracing::debug!(%error, "the sight of a script was not noted");
    }
}

fn referring_origin(headers: &HeaderMap) -> Option<String> {
    web_origin(headers.get(header::REFERER)?.to_str().ok()?)
}

fn web_origin(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.origin().ascii_serialization())
}

#[derive(Deserialize)]
struct WindowQuery {
    channel: String,
    /// Of the page around the frame, as the loader tells it.
    origin: Option<String>,
}

async fn window(
    State(app): State<AppState>,
    Headers(headers): Headers,
    Query(query): Query<WindowQuery>,
) -> Result<Response, ApiError> {
    let channel = app.services.channels.find_by_key(&query.channel).await?;
    // A site may keep its addresses from the request for the script; the frame names its origin.
    if let Some(origin) = query.origin.as_deref().and_then(web_origin) {
        saw(&app, &channel, &origin, &headers).await;
    }
    let page = Page::Window { allowed_origins: &channel.settings.allowed_origins };
    Ok(dressed(&app, page, app.assets.window(&channel.settings.color, &headers)))
}

async fn window_file(
    State(app): State<AppState>,
    Headers(headers): Headers,
    Path(path): Path<String>,
) -> Response {
    dressed(&app, Page::Asset, app.assets.window_file(&path, &headers))
}

async fn hosted(
    State(app): State<AppState>,
    Headers(headers): Headers,
    Path(key): Path<String>,
) -> Result<Response, ApiError> {
    let channel = app.services.channels.find_by_key(&key).await?;
    Ok(dressed(&app, Page::Hosted, app.assets.window(&channel.settings.color, &headers)))
}

async fn demo_page(State(app): State<AppState>) -> Result<Response, ApiError> {
    let key = demo_channel(&app).await?;
    // As most sites: the request for the script tells where it stands.
    let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::REFERRER_POLICY, "same-origin")];
    let page = (kind, demo::page::index(&key)).into_response();
    Ok(dressed(&app, Page::Hosted, page))
}

/// The channel that the demo made; without it there is no shop.
async fn demo_channel(app: &AppState) -> Result<String, ApiError> {
    let name = demo::people().map_err(ApiError::internal)?.channel.name;
    let workspace = app.services.store.first_workspace().await?.ok_or_else(ApiError::not_found)?;
    let channels = app.services.channels.list(workspace.id).await?;
    let found = channels.into_iter().find(|channel| channel.name == name);
    found.map(|channel| channel.key.0).ok_or_else(ApiError::not_found)
}

/// What the demo's connector asks. Elsewhere there are no orders.
async fn demo_order(State(app): State<AppState>, Path(number): Path<String>) -> Result<Response, ApiError> {
    if !app.config.is_demo {
        return Err(ApiError::not_found());
    }
    let order = demo::orders::find(&number, app.services.clock.now()).map_err(ApiError::internal)?;
    let order = Json(order.ok_or_else(ApiError::not_found)?);
    Ok(dressed(&app, Page::Api, order.into_response()))
}

async fn demo_file(State(app): State<AppState>, Path(path): Path<String>) -> Result<Response, ApiError> {
    let (media_type, bytes) = demo::page::file(&path).ok_or_else(ApiError::not_found)?;
    let file = (StatusCode::OK, [(header::CONTENT_TYPE, media_type)], bytes).into_response();
    Ok(dressed(&app, Page::Asset, file))
}

async fn staff_socket(
    State(app): State<AppState>,
    address: crate::http::ClientAddress,
    Headers(headers): Headers,
    upgrade: axum::extract::WebSocketUpgrade,
) -> Result<Response, ApiError> {
    app.own_origin.check_socket(&headers)?;
    app.limits.check(crate::rate::Limit::Handshakes, address.network()).await?;
    Ok(socket::staff_socket(State(app), upgrade).await)
}

async fn visitor_socket(
    State(app): State<AppState>,
    address: crate::http::ClientAddress,
    Headers(headers): Headers,
    upgrade: axum::extract::WebSocketUpgrade,
) -> Result<Response, ApiError> {
    app.own_origin.check_socket(&headers)?;
    app.limits.check(crate::rate::Limit::Handshakes, address.network()).await?;
    Ok(socket::visitor_socket(State(app), upgrade).await)
}
