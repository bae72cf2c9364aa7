//! How visitors feel, and whether that is noticed at all.

use super::{
    guard::AsStaff,
    table::{Access, Route},
};
use crate::{
    app::AppState,
    http::{ApiError, Json, Path},
};
use axum::extract::State;
use model::{ConversationId, Permission, WorkspaceSettings};
use protocol::{
    admin::WorkspaceOptions,
    mood::{MoodPoint, MoodTrend, MoodWord},
};
use service::moods::Point;

const WORKSPACE: Access = Access::Staff(Permission::ManageWorkspace);

pub fn routes() -> Vec<Route> {
    vec![
        Route::get(
            "/api/conversations/{id}/moods",
            Access::Staff(Permission::ViewConversations),
            "How the visitor felt over the conversation",
            trend,
        )
        .returns::<MoodTrend>(),
        Route::get("/api/workspace/settings", WORKSPACE, "What holds for the whole workspace", settings)
            .returns::<WorkspaceOptions>(),
        Route::put("/api/workspace/settings", WORKSPACE, "Change what holds for the whole workspace", save)
            .body::<WorkspaceOptions>()
            .returns::<WorkspaceOptions>(),
    ]
}

async fn trend(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<ConversationId>,
) -> Result<Json<MoodTrend>, ApiError> {
    let points = app.services.moods.trend(&staff, id).await?;
    Ok(Json(MoodTrend { points: points.into_iter().map(point).collect() }))
}

fn point(point: Point) -> MoodPoint {
    let Point { at, mood, words } = point;
    MoodPoint {
        seq: mood.seq,
        at,
        anger: mood.anger,
        negative: mood.negative,
        urgency: mood.urgency,
        positive: mood.positive,
        kinds: mood.kinds,
        words: words.into_iter().map(|(kind, text)| MoodWord { kind, text }).collect(),
    }
}

async fn settings(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
) -> Result<Json<WorkspaceOptions>, ApiError> {
    Ok(Json(app.services.settings.of(staff.workspace()).await?.into()))
}

async fn save(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Json(body): Json<WorkspaceOptions>,
) -> Result<Json<WorkspaceOptions>, ApiError> {
    let settings = WorkspaceSettings::from(body);
    app.services.settings.save(&staff, &settings).await?;
    Ok(Json(settings.into()))
}
