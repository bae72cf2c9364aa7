//! Administration: agents, teams, channels.

use super::{
    guard::AsStaff,
    table::{Access, Route},
};
use crate::{
    app::AppState,
    http::{ApiError, Json, Path},
};
use axum::{extract::State, http::StatusCode};
use model::{AgentId, Channel, ChannelId, ChannelSecretId, Permission, TeamId};
use protocol::admin::{
    AgentList, AgentView, ChannelList, ChannelView, CreatedSecret, EditAgent, NewAgent, NewSecret,
    SaveChannel, SaveTeam, SecretView, TeamList, TeamView,
};
use service::{
    agents::{Addition, Edit},
    channels::Draft,
};
use store::channels::Secret;

const AGENTS: Access = Access::Staff(Permission::ManageAgents);
const TEAMS: Access = Access::Staff(Permission::ManageTeams);
const CHANNELS: Access = Access::Staff(Permission::ManageChannels);

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/agents", AGENTS, "All agents", agents).returns::<AgentList>(),
        Route::post("/api/agents", AGENTS, "Add an agent", add_agent)
            .body::<NewAgent>()
            .creates::<AgentView>(),
        Route::patch("/api/agents/{id}", AGENTS, "Change an agent", edit_agent)
            .body::<EditAgent>()
            .returns::<AgentView>(),
        Route::get("/api/teams", TEAMS, "All teams", teams).returns::<TeamList>(),
        Route::post("/api/teams", TEAMS, "Add a team", add_team).body::<SaveTeam>().creates::<TeamView>(),
        Route::put("/api/teams/{id}", TEAMS, "Change a team", edit_team)
            .body::<SaveTeam>()
            .returns::<TeamView>(),
        Route::delete("/api/teams/{id}", TEAMS, "Remove a team; its queue becomes everybody's", remove_team),
        Route::get("/api/channels", Access::Staff(Permission::ViewChannels), "All channels", channels)
            .returns::<ChannelList>(),
        Route::post("/api/channels", CHANNELS, "Add a channel", add_channel)
            .body::<SaveChannel>()
            .creates::<ChannelView>(),
        Route::put("/api/channels/{id}", CHANNELS, "Change a channel", edit_channel)
            .body::<SaveChannel>()
            .returns::<ChannelView>(),
        Route::post("/api/channels/{id}/secrets", CHANNELS, "Add a secret for signed identities", add_secret)
            .body::<NewSecret>()
            .creates::<CreatedSecret>(),
        Route::delete("/api/channels/{id}/secrets/{secret}", CHANNELS, "Withdraw a secret", remove_secret),
    ]
}

async fn agents(State(app): State<AppState>, AsStaff(staff): AsStaff) -> Result<Json<AgentList>, ApiError> {
    let memberships = app.services.agents.memberships(staff.workspace()).await?;
    let agents = app.services.agents.list(staff.workspace()).await?.into_iter().map(|agent| {
        let teams =
            memberships.iter().filter(|(_, member)| *member == agent.id).map(|(team, _)| *team).collect();
        AgentView::of(agent, teams)
    });
    Ok(Json(AgentList { agents: agents.collect() }))
}

async fn add_agent(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Json(body): Json<NewAgent>,
) -> Result<(StatusCode, Json<AgentView>), ApiError> {
    let teams = body.team_ids.clone();
    let addition = Addition {
        email: body.email,
        name: body.name,
        role: body.role,
        password: body.password,
        teams: body.team_ids,
        is_senior: body.senior,
    };
    let agent = app.services.agents.add(&staff, addition).await?;
    Ok((StatusCode::CREATED, Json(AgentView::of(agent, teams))))
}

async fn edit_agent(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<AgentId>,
    Json(body): Json<EditAgent>,
) -> Result<Json<AgentView>, ApiError> {
    let edit = Edit {
        name: body.name,
        role: body.role,
        active: body.active,
        password: body.password,
        teams: body.team_ids,
        reset_totp: body.reset_totp == Some(true),
        is_senior: body.senior,
    };
    let agent = app.services.agents.edit(&staff, id, edit).await?;
    let memberships = app.services.agents.memberships(staff.workspace()).await?;
    let teams = memberships.into_iter().filter(|(_, member)| *member == id).map(|(team, _)| team).collect();
    Ok(Json(AgentView::of(agent, teams)))
}

async fn teams(State(app): State<AppState>, AsStaff(staff): AsStaff) -> Result<Json<TeamList>, ApiError> {
    let teams = app.services.teams.list(staff.workspace()).await?;
    Ok(Json(TeamList { teams: teams.into_iter().map(Into::into).collect() }))
}

async fn add_team(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Json(body): Json<SaveTeam>,
) -> Result<(StatusCode, Json<TeamView>), ApiError> {
    let team = app.services.teams.add(&staff, &body.name, &body.member_ids).await?;
    Ok((StatusCode::CREATED, Json(team.into())))
}

async fn edit_team(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<TeamId>,
    Json(body): Json<SaveTeam>,
) -> Result<Json<TeamView>, ApiError> {
    Ok(Json(app.services.teams.edit(&staff, id, &body.name, &body.member_ids).await?.into()))
}

async fn remove_team(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<TeamId>,
) -> Result<StatusCode, ApiError> {
    app.services.teams.remove(&staff, id).await?;
    app.wake_routing();
    Ok(StatusCode::NO_CONTENT)
}

async fn channels(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
) -> Result<Json<ChannelList>, ApiError> {
    let mut views = Vec::new();
    for channel in app.services.channels.list(staff.workspace()).await? {
        let secrets = app.services.channels.secrets(&staff, channel.id).await?;
        views.push(channel_view(&app, channel, secrets));
    }
    Ok(Json(ChannelList { channels: views }))
}

async fn add_channel(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Json(body): Json<SaveChannel>,
) -> Result<(StatusCode, Json<ChannelView>), ApiError> {
    let channel = app.services.channels.add(&staff, draft(body)).await?;
    Ok((StatusCode::CREATED, Json(channel_view(&app, channel, Vec::new()))))
}

async fn edit_channel(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<ChannelId>,
    Json(body): Json<SaveChannel>,
) -> Result<Json<ChannelView>, ApiError> {
    let channel = app.services.channels.edit(&staff, id, draft(body)).await?;
    let secrets = app.services.channels.secrets(&staff, id).await?;
    Ok(Json(channel_view(&app, channel, secrets)))
}

async fn add_secret(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<ChannelId>,
    Json(body): Json<NewSecret>,
) -> Result<(StatusCode, Json<CreatedSecret>), ApiError> {
    let (secret, value) = app.services.channels.add_secret(&staff, id, body.public_key.as_deref()).await?;
    Ok((StatusCode::CREATED, Json(CreatedSecret { secret: secret_view(secret), value })))
}

async fn remove_secret(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path((id, secret)): Path<(ChannelId, ChannelSecretId)>,
) -> Result<StatusCode, ApiError> {
    app.services.channels.remove_secret(&staff, id, secret).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn draft(body: SaveChannel) -> Draft {
    Draft {
        name: body.name,
        team: body.team_id,
        allowed_origins: body.allowed_origins,
        title: body.title,
        greeting: body.greeting,
        color: body.color,
        locale: body.locale,
        bot: body.bot.map(Into::into),
    }
}

fn secret_view(secret: Secret) -> SecretView {
    SecretView { id: secret.id, algorithm: secret.algorithm, created_at: secret.created_at }
}

pub fn channel_view(app: &AppState, channel: Channel, secrets: Vec<Secret>) -> ChannelView {
    let base = app.config.public_url.origin();
    let key = channel.key.0;
    ChannelView {
        id: channel.id,
        name: channel.name,
        team_id: channel.team_id,
        allowed_origins: channel.settings.allowed_origins,
        title: channel.settings.title,
        greeting: channel.settings.greeting,
        color: channel.settings.color,
        locale: channel.settings.locale,
        bot: channel.settings.bot.into(),
        seen_at: channel.seen_at,
        seen_origin: channel.seen_origin,
        script_tag: format!(
            "<script async src=\"{base}/octim.js?channel={key}\" data-channel=\"{key}\"></script>"
        ),
        chat_url: format!("{base}/chat/{key}"),
        secrets: secrets.into_iter().map(secret_view).collect(),
        key,
    }
}
