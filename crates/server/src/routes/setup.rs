//! The first run. Once there is a workspace these addresses do not exist any more.

use super::{
    guard::{self, Headers},
    table::{Access, Route},
};
use crate::{
    app::AppState,
    http::{ApiError, ClientAddress, Json, origin::Initiator},
    rate::Limit,
};
use axum::{
    extract::{FromRequest as _, Request, State},
    http::{StatusCode, header::SET_COOKIE},
    response::{IntoResponse, Response},
};
use protocol::{
    ErrorCode,
    setup::{Setup, SetupDone},
};
use service::{channels::Draft, setup::Founding};

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/setup", Access::Public, "Whether the first run is still to come", is_needed),
        Route::post("/api/setup", Access::Public, "Set up workspace, owner and first channel", set_up)
            .body::<Setup>()
            .creates::<SetupDone>(),
    ]
}

async fn is_needed(State(app): State<AppState>) -> Result<StatusCode, ApiError> {
    if app.services.setup.is_needed().await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::not_found())
    }
}

async fn set_up(
    State(app): State<AppState>,
    address: ClientAddress,
    Headers(headers): Headers,
    request: Request,
) -> Result<Response, ApiError> {
    // Before anything else: afterwards not even the form of a body is told.
    if !app.services.setup.is_needed().await? {
        return Err(ApiError::not_found());
    }
    let Json(body) = Json::<Setup>::from_request(request, &()).await?;
    if app.own_origin.initiator(&headers) == Initiator::Foreign {
        return Err(ErrorCode::Forbidden.into());
    }
    app.limits.check(Limit::LoginByAddress, address.network()).await?;
    let sites = if body.site.trim().is_empty() { Vec::new() } else { vec![body.site] };
    for site in &sites {
        service::channels::origin(site).map_err(|_| ApiError::of_field(ErrorCode::InvalidField, "site"))?;
    }
    let locale = body.locale.unwrap_or_default();
    let founding = Founding {
        workspace: body.workspace,
        owner_name: body.owner_name,
        owner_email: body.owner_email,
        owner_password: body.owner_password,
        locale,
    };
    let channel_name = service::text::line("channel_name", &body.channel_name, 60)?;
    let (workspace, owner) = app.services.setup.found(founding).await?;
    app.services.names.refresh(workspace.id).await?;
    let draft = Draft { name: channel_name, allowed_origins: sites, locale: body.locale, ..Draft::default() };
    let channel = app.services.channels.add_to(workspace.id, draft).await?;
    let (token, _) = app.services.accounts.open_session(owner, guard::device(address, &headers)).await?;
    let view = super::admin::channel_view(&app, channel, Vec::new());
    let cookie = guard::set_session_cookie(&app, token.expose());
    Ok((StatusCode::CREATED, [(SET_COOKIE, cookie)], Json(SetupDone { channel: view })).into_response())
}
