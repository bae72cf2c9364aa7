//! Help for the agent who has a conversation.

use super::{
    guard::AsStaff,
    table::{Access, Route},
};
use crate::{
    app::AppState,
    http::{ApiError, Json, Path},
};
use axum::extract::State;
use model::{ConversationId, Permission};
use protocol::inbox::AgentConversation;

pub fn routes() -> Vec<Route> {
    const HAS: Access = Access::Staff(Permission::Reply);
    const TAKES: Access = Access::Staff(Permission::Assign);
    vec![
        Route::post("/api/conversations/{id}/help", HAS, "Ask for help with one's own conversation", ask)
            .returns::<AgentConversation>(),
        Route::post("/api/conversations/{id}/help/decline", HAS, "Go on without help", decline)
            .returns::<AgentConversation>(),
        Route::post(
            "/api/conversations/{id}/help/take-over",
            TAKES,
            "Take over a conversation for which help was offered or asked",
            take_over,
        )
        .returns::<AgentConversation>(),
    ]
}

async fn ask(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<ConversationId>,
) -> Result<Json<AgentConversation>, ApiError> {
    Ok(Json(AgentConversation::from(&*app.services.conversations.ask_help(&staff, id).await?)))
}

async fn decline(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<ConversationId>,
) -> Result<Json<AgentConversation>, ApiError> {
    Ok(Json(AgentConversation::from(&*app.services.conversations.decline_help(&staff, id).await?)))
}

async fn take_over(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<ConversationId>,
) -> Result<Json<AgentConversation>, ApiError> {
    let conversation = app.services.conversations.take_over(&staff, id).await?;
    app.wake_routing();
    Ok(Json(AgentConversation::from(&*conversation)))
}
