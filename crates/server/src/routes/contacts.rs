//! Contacts and colleagues, as agents look them up.

use super::{
    guard::AsStaff,
    table::{Access, Route},
};
use crate::{
    app::AppState,
    http::{ApiError, Json, Path},
};
use axum::extract::State;
use bus::Member;
use model::{ContactId, Permission, Presence};
use protocol::inbox::{ChannelName, Colleague, ContactView, Directory, EditContact, TeamName};
use service::contacts::Edit;

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/contacts/{id}", Access::Staff(Permission::ViewContacts), "A contact", find)
            .returns::<ContactView>(),
        Route::patch("/api/contacts/{id}", Access::Staff(Permission::EditContacts), "Change a contact", edit)
            .body::<EditContact>()
            .returns::<ContactView>(),
        Route::get(
            "/api/directory",
            Access::Staff(Permission::ViewColleagues),
            "Names of agents, teams, channels",
            directory,
        )
        .returns::<Directory>(),
    ]
}

async fn find(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<ContactId>,
) -> Result<Json<ContactView>, ApiError> {
    let contact = app.services.contacts.access(&staff, id).await?;
    let online = app.services.bus.is_present(Member::Contact(staff.workspace(), id)).await;
    Ok(Json(ContactView::of(contact, online)))
}

async fn edit(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<ContactId>,
    Json(body): Json<EditContact>,
) -> Result<Json<ContactView>, ApiError> {
    let edit = Edit { name: body.name, email: body.email, phone: body.phone, note: body.note };
    let contact = app.services.contacts.edit(&staff, id, edit).await?;
    let online = app.services.bus.is_present(Member::Contact(staff.workspace(), id)).await;
    Ok(Json(ContactView::of(contact, online)))
}

async fn directory(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
) -> Result<Json<Directory>, ApiError> {
    let workspace = staff.workspace();
    let present = app.services.bus.present_agents(workspace).await;
    let memberships = app.services.agents.memberships(workspace).await?;
    let agents = app.services.agents.list(workspace).await?.into_iter().map(|agent| Colleague {
        presence: if present.contains(&agent.id) { agent.presence } else { Presence::Offline },
        team_ids: memberships
            .iter()
            .filter(|(_, member)| *member == agent.id)
            .map(|(team, _)| *team)
            .collect(),
        active: agent.state == model::AgentState::Active,
        id: agent.id,
        name: agent.name,
        role: agent.role,
    });
    let teams = app.services.teams.list(workspace).await?;
    let channels = app.services.channels.list(workspace).await?;
    let settings = app.services.settings.of(workspace).await?;
    Ok(Json(Directory {
        agents: agents.collect(),
        teams: teams.into_iter().map(|team| TeamName { id: team.id, name: team.name }).collect(),
        channels: channels
            .into_iter()
            .map(|channel| ChannelName { id: channel.id, name: channel.name })
            .collect(),
        moods: settings.moods,
    }))
}
