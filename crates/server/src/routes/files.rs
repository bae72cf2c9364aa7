//! Files: bytes in, bytes out. Who may read a file is decided anew at each read.

use super::{
    guard::{AsStaff, AsVisitor, Headers},
    table::{Access, Route},
};
use crate::{
    app::AppState,
    http::{ApiError, Json, Path, Query},
    rate::Limit,
};
use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use model::{AttachmentId, Permission, Sender};
use protocol::{ErrorCode, message::FileView};
use serde::Deserialize;
use store::attachments::Attachment;
use tokio::time::{Duration, timeout};

/// Bytes; `files::Limits` says the same.
const MAX_FILE: usize = 20 * 1024 * 1024;
/// The longest that an upload may take.
const MAX_WAIT: Duration = Duration::from_mins(10);

const NAME: &[(&str, &str)] = &[("name", "The file's name")];
const ANY: &str = "*/*";

pub fn routes() -> Vec<Route> {
    const VIEW: Access = Access::Staff(Permission::ViewConversations);
    vec![
        Route::post(
            "/api/uploads",
            Access::Staff(Permission::Reply),
            "Upload a file, to be sent in a message",
            upload,
        )
        .query(NAME)
        .takes_file()
        .creates::<FileView>(),
        Route::post(
            "/api/knowledge/images",
            Access::Staff(Permission::EditKnowledge),
            "Upload an image, to be shown below an answer",
            upload_image,
        )
        .query(NAME)
        .takes_file()
        .creates::<FileView>(),
        Route::get("/api/files/{id}", VIEW, "The bytes of a file", read).returns_media(ANY),
        Route::get("/api/files/{id}/thumbnail", VIEW, "A small picture of an image", read_thumbnail)
            .returns_media(ANY),
        Route::post(
            "/api/visitor/uploads",
            Access::Visitor,
            "Upload a file, to be sent in a message",
            upload_own,
        )
        .query(NAME)
        .takes_file()
        .creates::<FileView>(),
        Route::get("/api/visitor/files/{id}", Access::Visitor, "The bytes of a file", read_own)
            .returns_media(ANY),
        Route::get(
            "/api/visitor/files/{id}/thumbnail",
            Access::Visitor,
            "A small picture of an image",
            read_own_thumbnail,
        )
        .returns_media(ANY),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NameQuery {
    #[serde(default)]
    name: String,
}

async fn upload(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Query(query): Query<NameQuery>,
    Headers(headers): Headers,
    body: Body,
) -> Result<(StatusCode, Json<FileView>), ApiError> {
    let bytes = receive(body, MAX_FILE, ErrorCode::FileTooLarge).await?;
    let file = app.services.attachments.upload(&staff, &query.name, declared(&headers), bytes).await?;
    Ok((StatusCode::CREATED, Json(file.into())))
}

async fn upload_image(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Query(query): Query<NameQuery>,
    Headers(headers): Headers,
    body: Body,
) -> Result<(StatusCode, Json<FileView>), ApiError> {
    let bytes = receive(body, MAX_FILE, ErrorCode::FileTooLarge).await?;
    let file = app.services.attachments.upload_image(&staff, &query.name, declared(&headers), bytes).await?;
    Ok((StatusCode::CREATED, Json(file.into())))
}

async fn upload_own(
    State(app): State<AppState>,
    AsVisitor(visitor): AsVisitor,
    Query(query): Query<NameQuery>,
    Headers(headers): Headers,
    body: Body,
) -> Result<(StatusCode, Json<FileView>), ApiError> {
    app.limits.check(Limit::Uploads, visitor.contact.0).await?;
    let bytes = receive(body, MAX_FILE, ErrorCode::FileTooLarge).await?;
    let file =
        app.services.attachments.upload_as_visitor(&visitor, &query.name, declared(&headers), bytes).await?;
    Ok((StatusCode::CREATED, Json(file.into())))
}

fn declared(headers: &HeaderMap) -> &str {
    headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// All of a body of `most` bytes at most; a larger one is refused with `too_large`.
pub(super) async fn receive(body: Body, most: usize, too_large: ErrorCode) -> Result<Bytes, ApiError> {
    let collected = timeout(MAX_WAIT, Limited::new(body, most).collect()).await;
    match collected.map_err(|_| ErrorCode::Timeout)? {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large.into()),
        Err(_) => Err(ErrorCode::InvalidBody.into()),
    }
}

async fn read(app: State<AppState>, staff: AsStaff, id: Path<AttachmentId>) -> Result<Response, ApiError> {
    for_staff(app, staff, id, false).await
}

async fn read_thumbnail(
    app: State<AppState>,
    staff: AsStaff,
    id: Path<AttachmentId>,
) -> Result<Response, ApiError> {
    for_staff(app, staff, id, true).await
}

async fn for_staff(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<AttachmentId>,
    thumbnail: bool,
) -> Result<Response, ApiError> {
    let attachment = app.services.attachments.find(staff.workspace(), id).await?;
    match attachment.conversation_id {
        Some(conversation) => drop(app.services.conversations.access(&staff, conversation).await?),
        None if attachment.sender == Sender::Agent(staff.id()) => {}
        None if app.services.knowledge.may_see_image(&staff, id).await? => {}
        None => return Err(ApiError::not_found()),
    }
    serve(&app, &attachment, thumbnail).await
}

async fn read_own(
    app: State<AppState>,
    visitor: AsVisitor,
    id: Path<AttachmentId>,
) -> Result<Response, ApiError> {
    for_visitor(app, visitor, id, false).await
}

async fn read_own_thumbnail(
    app: State<AppState>,
    visitor: AsVisitor,
    id: Path<AttachmentId>,
) -> Result<Response, ApiError> {
    for_visitor(app, visitor, id, true).await
}

async fn for_visitor(
    State(app): State<AppState>,
    AsVisitor(visitor): AsVisitor,
    Path(id): Path<AttachmentId>,
    thumbnail: bool,
) -> Result<Response, ApiError> {
    let attachment = app.services.attachments.find(visitor.workspace, id).await?;
    match attachment.conversation_id {
        Some(conversation) => drop(app.services.conversations.access_own(&visitor, conversation).await?),
        None if attachment.sender == Sender::Visitor(visitor.contact) => {}
        None if app.services.knowledge.was_shown(&visitor, id).await? => {}
        None if app.services.bots.shows_image(&visitor, id).await? => {}
        None => return Err(ApiError::not_found()),
    }
    serve(&app, &attachment, thumbnail).await
}

async fn serve(app: &AppState, attachment: &Attachment, thumbnail: bool) -> Result<Response, ApiError> {
    let served = app.services.attachments.read(attachment, thumbnail).await?;
    let mut response = served.bytes.into_response();
    for (name, value) in files::served_headers(&served.media_type, &served.name) {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    Ok(response)
}
