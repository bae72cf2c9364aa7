//! Logging in and one's own account.

use super::{
    guard::{self, AsStaff, Headers, WithToken},
    table::{Access, Route},
};
use crate::{
    app::AppState,
    http::{ApiError, ClientAddress, Json, Path, origin::Initiator},
    rate::Limit,
};
use axum::{
    extract::State,
    http::{HeaderName, StatusCode, header::SET_COOKIE},
    response::{IntoResponse, Response},
};
use model::{Permission, Presence, SessionId};
use protocol::{
    ErrorCode,
    account::{
        ChangePassword, EditMe, Login, Me, PasswordProof, SessionList, SessionView, SetPresence, Ticket,
        TotpConfirm, TotpStart,
    },
};
use service::Staff;

const SELF: Access = Access::Staff(Permission::ManageSelf);

pub fn routes() -> Vec<Route> {
    vec![
        Route::post("/api/login", Access::Public, "Log in", login).body::<Login>().returns::<Me>(),
        Route::post("/api/logout", SELF, "Log out", logout),
        Route::get("/api/me", SELF, "Who is logged in", me).returns::<Me>(),
        Route::patch("/api/me", SELF, "Change one's profile", edit).body::<EditMe>().returns::<Me>(),
        Route::put("/api/me/password", SELF, "Change one's password; other sessions end", change_password)
            .body::<ChangePassword>(),
        Route::put("/api/me/presence", SELF, "Be online, busy or offline", set_presence)
            .body::<SetPresence>(),
        Route::get("/api/me/sessions", SELF, "One's sessions", sessions).returns::<SessionList>(),
        Route::delete("/api/me/sessions/{id}", SELF, "End one of one's sessions", end_session),
        Route::post("/api/me/totp", SELF, "Start two-step verification", start_totp).returns::<TotpStart>(),
        Route::post("/api/me/totp/confirm", SELF, "Confirm two-step verification with a code", confirm_totp)
            .body::<TotpConfirm>(),
        Route::delete("/api/me/totp", SELF, "Turn two-step verification off", stop_totp)
            .body::<PasswordProof>(),
        Route::post("/api/socket-ticket", SELF, "A ticket for one socket", ticket).returns::<Ticket>(),
    ]
}

async fn login(
    State(app): State<AppState>,
    address: ClientAddress,
    Headers(headers): Headers,
    Json(body): Json<Login>,
) -> Result<Response, ApiError> {
    if app.own_origin.initiator(&headers) == Initiator::Foreign {
        return Err(ErrorCode::Forbidden.into());
    }
    let account = body.email.trim().to_lowercase();
    app.limits.check(Limit::LoginByAddress, address.network()).await?;
    app.limits.check(Limit::LoginByAddressAndAccount, (address.network(), &account)).await?;
    app.limits.check(Limit::LoginByAccount, &account).await?;
    let device = guard::device(address, &headers);
    let (token, staff) =
        app.services.accounts.login(&body.email, &body.password, body.code.as_deref(), device).await?;
    let cookie = guard::set_session_cookie(&app, token.expose());
    let me = view(&app, &staff, token.expose()).await?;
    Ok(([(SET_COOKIE, cookie)], Json(me)).into_response())
}

async fn logout(State(app): State<AppState>, AsStaff(staff): AsStaff) -> Result<Response, ApiError> {
    app.services.accounts.logout(&staff).await?;
    let gone = guard::set_session_cookie(&app, "");
    let clear = (
        HeaderName::from_static("clear-site-data"),
        axum::http::HeaderValue::from_static("\"cache\", \"storage\""),
    );
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, gone), clear]).into_response())
}

async fn me(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    WithToken(token): WithToken,
) -> Result<Json<Me>, ApiError> {
    Ok(Json(view(&app, &staff, &token.0).await?))
}

async fn edit(
    State(app): State<AppState>,
    AsStaff(mut staff): AsStaff,
    WithToken(token): WithToken,
    Json(body): Json<EditMe>,
) -> Result<Json<Me>, ApiError> {
    staff.agent = app.services.accounts.edit(&staff, body.name, body.locale, body.theme).await?;
    app.services.names.refresh(staff.workspace()).await?;
    Ok(Json(view(&app, &staff, &token.0).await?))
}

async fn view(app: &AppState, staff: &Staff, token: &str) -> Result<Me, ApiError> {
    let workspace =
        app.services.store.find_workspace(staff.workspace()).await?.ok_or_else(ApiError::not_found)?;
    let agent = &staff.agent;
    Ok(Me {
        id: agent.id,
        workspace_id: workspace.id,
        workspace_name: workspace.name,
        session_id: staff.session_id(),
        email: agent.email.clone(),
        name: agent.name.clone(),
        role: agent.role,
        senior: agent.is_senior,
        permissions: agent.role.permissions().iter().map(|permission| permission.code().to_owned()).collect(),
        team_ids: staff.scope.teams.clone(),
        locale: agent.locale,
        theme: agent.theme,
        presence: agent.presence,
        has_totp: agent.has_totp,
        csrf_token: guard::csrf_token(token),
    })
}

async fn change_password(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Json(body): Json<ChangePassword>,
) -> Result<StatusCode, ApiError> {
    app.limits.check(Limit::LoginByAccount, &staff.agent.email).await?;
    app.services.accounts.change_password(&staff, &body.current, &body.new).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn set_presence(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Json(body): Json<SetPresence>,
) -> Result<StatusCode, ApiError> {
    app.services.accounts.set_presence(&staff, body.presence).await?;
    if body.presence == Presence::Online {
        app.wake_routing();
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn sessions(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
) -> Result<Json<SessionList>, ApiError> {
    let sessions = app.services.accounts.sessions(&staff).await?.into_iter().map(|session| SessionView {
        current: session.id == staff.session_id(),
        id: session.id,
        created_at: session.created_at,
        seen_at: session.seen_at,
        expires_at: session.expires_at,
        address: session.address,
        user_agent: session.user_agent,
    });
    Ok(Json(SessionList { sessions: sessions.collect() }))
}

async fn end_session(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<SessionId>,
) -> Result<StatusCode, ApiError> {
    app.services.accounts.end_session(&staff, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn start_totp(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
) -> Result<Json<TotpStart>, ApiError> {
    let offer = app.services.accounts.start_totp(&staff).await?;
    Ok(Json(TotpStart { secret: offer.secret, url: offer.url }))
}

async fn confirm_totp(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Json(body): Json<TotpConfirm>,
) -> Result<StatusCode, ApiError> {
    app.limits.check(Limit::LoginByAccount, &staff.agent.email).await?;
    app.services.accounts.confirm_totp(&staff, &body.code).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn stop_totp(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Json(body): Json<PasswordProof>,
) -> Result<StatusCode, ApiError> {
    app.limits.check(Limit::LoginByAccount, &staff.agent.email).await?;
    app.services.accounts.stop_totp(&staff, &body.password).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn ticket(State(app): State<AppState>, WithToken(token): WithToken) -> Result<Json<Ticket>, ApiError> {
    let ticket = app.services.accounts.ticket(&token.0).await?;
    Ok(Json(Ticket { ticket: ticket.expose().to_owned() }))
}
