//! Pages and their files: the console, the chat window, the hosted page, the demo shop, the
//! loader. Public all of them; what they show comes through the API.

use super::guard::Headers;
use crate::{
    app::AppState,
    demo,
    http::{ApiError, Page, Path, Query, SecurityHeaders},
    socket,
};
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
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
    if let (Some(key), Some(origin)) = (&query.channel, referring_origin(&headers))
        && let Ok(channel) = app.services.channels.find_by_key(key).await
        && let Err(error) = app.services.channels.saw(&channel, &origin).await
    {
        tracing::debug!(%error, "the sight of a script was not noted");
    }
    dressed(&app, Page::Loader, app.assets.loader(&headers))
}

fn referring_origin(headers: &HeaderMap) -> Option<String> {
    let referrer = headers.get(header::REFERER)?.to_str().ok()?;
    let url = Url::parse(referrer).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.origin().ascii_serialization())
}

#[derive(Deserialize)]
struct WindowQuery {
    channel: String,
}

async fn window(
    State(app): State<AppState>,
    Headers(headers): Headers,
    Query(query): Query<WindowQuery>,
) -> Result<Response, ApiError> {
    let channel = app.services.channels.find_by_key(&query.channel).await?;
    let page = Page::Window { allowed_origins: &channel.settings.allowed_origins };
    Ok(dressed(&app, page, app.assets.window(&headers)))
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
    app.services.channels.find_by_key(&key).await?;
    Ok(dressed(&app, Page::Hosted, app.assets.window(&headers)))
}

async fn demo_page(State(app): State<AppState>) -> Result<Response, ApiError> {
    let key = demo_channel(&app).await?;
    let page =
        ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], demo::page::index(&key)).into_response();
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
    app.limits.check(crate::rate::Limit::Handshakes, address.network())?;
    Ok(socket::staff_socket(State(app), upgrade).await)
}

async fn visitor_socket(
    State(app): State<AppState>,
    address: crate::http::ClientAddress,
    Headers(headers): Headers,
    upgrade: axum::extract::WebSocketUpgrade,
) -> Result<Response, ApiError> {
    app.own_origin.check_socket(&headers)?;
    app.limits.check(crate::rate::Limit::Handshakes, address.network())?;
    Ok(socket::visitor_socket(State(app), upgrade).await)
}
