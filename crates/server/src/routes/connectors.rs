//! Connectors: their settings, trying them out, the record, and what agents look up.

use super::{
    guard::AsStaff,
    table::{Access, Route},
};
use crate::{
    app::AppState,
    http::{ApiError, Json, Path},
    rate::Limit,
};
use axum::{extract::State, http::StatusCode};
use model::{Connector, ConnectorId, ConversationId, Lookup, LookupBy, LookupOutcome, Permission, Signed};
use protocol::connector::{
    ConnectorInput, ConnectorList, ConnectorLookups, ConnectorTrial, ConnectorView, ConversationConnectors,
    LookUp, LookupByView, LookupCell, LookupResult, LookupView, OfferedConnector, TrialVisitor, TryConnector,
};
use service::connectors::{Answered, ConnectorDraft, Offer, needs_visitor};

const ASK: Access = Access::Staff(Permission::Reply);
const SETTINGS: Access = Access::Staff(Permission::ManageWorkspace);

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/connectors", SETTINGS, "Ways to ask business systems", list)
            .returns::<ConnectorList>(),
        Route::post("/api/connectors", SETTINGS, "Add a connector", add)
            .body::<ConnectorInput>()
            .creates::<ConnectorView>(),
        Route::get("/api/connectors/{id}", SETTINGS, "A connector", find).returns::<ConnectorView>(),
        Route::put("/api/connectors/{id}", SETTINGS, "Change a connector", edit)
            .body::<ConnectorInput>()
            .returns::<ConnectorView>(),
        Route::delete("/api/connectors/{id}", SETTINGS, "Remove a connector and its record", remove),
        Route::post("/api/connectors/{id}/trial", SETTINGS, "Ask with values of one's own", try_out)
            .body::<TryConnector>()
            .returns::<ConnectorTrial>(),
        Route::get("/api/connectors/{id}/lookups", SETTINGS, "Who looked something up lately", lookups)
            .returns::<ConnectorLookups>(),
        Route::get(
            "/api/conversations/{id}/connectors",
            ASK,
            "What can be looked up beside a conversation",
            offered,
        )
        .returns::<ConversationConnectors>(),
        Route::post(
            "/api/conversations/{id}/lookups",
            ASK,
            "Look something up, about the visitor of the conversation",
            look_up,
        )
        .body::<LookUp>()
        .returns::<LookupResult>(),
    ]
}

fn view(connector: Connector) -> ConnectorView {
    let needs_visitor = needs_visitor(&connector.content);
    ConnectorView::new(connector, needs_visitor)
}

fn draft(input: ConnectorInput) -> ConnectorDraft {
    let (name, content, secret) = input.into();
    ConnectorDraft { name, content, secret }
}

async fn list(State(app): State<AppState>, AsStaff(staff): AsStaff) -> Result<Json<ConnectorList>, ApiError> {
    let items = app.services.connectors.list(&staff).await?.into_iter().map(view).collect();
    Ok(Json(ConnectorList { items }))
}

async fn add(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Json(body): Json<ConnectorInput>,
) -> Result<(StatusCode, Json<ConnectorView>), ApiError> {
    let connector = app.services.connectors.add(&staff, draft(body)).await?;
    Ok((StatusCode::CREATED, Json(view(connector))))
}

async fn find(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<ConnectorId>,
) -> Result<Json<ConnectorView>, ApiError> {
    Ok(Json(view(app.services.connectors.find(&staff, id).await?)))
}

async fn edit(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<ConnectorId>,
    Json(body): Json<ConnectorInput>,
) -> Result<Json<ConnectorView>, ApiError> {
    Ok(Json(view(app.services.connectors.edit(&staff, id, draft(body)).await?)))
}

async fn remove(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<ConnectorId>,
) -> Result<StatusCode, ApiError> {
    app.services.connectors.remove(&staff, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn try_out(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<ConnectorId>,
    Json(body): Json<TryConnector>,
) -> Result<Json<ConnectorTrial>, ApiError> {
    app.limits.check(Limit::Lookups, staff.id().0).await?;
    let signed = |visitor: TrialVisitor| Signed {
        id: visitor.id.unwrap_or_default(),
        name: visitor.name,
        email: visitor.email,
        phone: visitor.phone,
    };
    let visitor = body.visitor.map(signed);
    let tried = app.services.connectors.try_out(&staff, id, &body.values, visitor.as_ref()).await?;
    let Answered { outcome, rows, status, said, ms, .. } = tried;
    Ok(Json(ConnectorTrial {
        rows: cells(rows.rows),
        more: rows.more,
        ms,
        status,
        answer: status.map(|_| said),
        failure: (!outcome.is_answer()).then_some(outcome),
    }))
}

fn cells(rows: Vec<Vec<model::connector::Cell>>) -> Vec<Vec<LookupCell>> {
    rows.into_iter().map(|row| row.into_iter().map(Into::into).collect()).collect()
}

async fn lookups(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<ConnectorId>,
) -> Result<Json<ConnectorLookups>, ApiError> {
    let names = &app.services.names;
    let line = |one: Lookup| LookupView {
        at: one.at,
        by: match one.by {
            LookupBy::Agent(agent) => LookupByView::Agent { name: names.agent(agent) },
            LookupBy::Bot => LookupByView::Bot,
            LookupBy::Trial(agent) => LookupByView::Trial { name: names.agent(agent) },
        },
        conversation_id: one.conversation_id,
        outcome: one.outcome,
        status: one.status,
        ms: one.ms,
    };
    let items = app.services.connectors.lookups(&staff, id).await?.into_iter().map(line).collect();
    Ok(Json(ConnectorLookups { items }))
}

async fn offered(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<ConversationId>,
) -> Result<Json<ConversationConnectors>, ApiError> {
    let offer = |one: Offer| OfferedConnector {
        id: one.connector.id,
        name: one.connector.name,
        about: one.connector.content.about,
        parameters: one.connector.content.parameters,
        available: one.is_available,
        why: (!one.is_available).then_some(LookupOutcome::VisitorNotSigned),
        suggested: one.suggested,
    };
    let items = app.services.connectors.offered(&staff, id).await?.into_iter().map(offer).collect();
    Ok(Json(ConversationConnectors { items }))
}

async fn look_up(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<ConversationId>,
    Json(body): Json<LookUp>,
) -> Result<Json<LookupResult>, ApiError> {
    app.limits.check(Limit::Lookups, staff.id().0).await?;
    let found = app.services.connectors.look_up(&staff, id, body.connector_id, &body.values).await?;
    Ok(Json(LookupResult {
        rows: cells(found.rows.rows),
        more: found.rows.more,
        cached: found.is_cached,
        ms: found.ms,
    }))
}
