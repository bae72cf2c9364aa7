//! The language engine, for those who write knowledge and want to know what it sees.

use super::{
    guard::AsStaff,
    table::{Access, Route},
};
use crate::{
    app::AppState,
    http::{ApiError, Json},
};
use axum::extract::State;
use model::Permission;
use protocol::language::{AnalyseText, LanguageAnalysis};

pub fn routes() -> Vec<Route> {
    vec![
        Route::post(
            "/api/language/analyse",
            Access::Staff(Permission::EditKnowledge),
            "What the language engine makes of a text",
            analyse,
        )
        .body::<AnalyseText>()
        .returns::<LanguageAnalysis>(),
    ]
}

async fn analyse(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Json(body): Json<AnalyseText>,
) -> Result<Json<LanguageAnalysis>, ApiError> {
    let (analysis, normalised) = app.services.languages.analyse(&staff, body.text).await?;
    // The engine's own JSON is this body, field by field: what `octim language analyse --json` prints.
    let view = serde_json::to_value(&analysis)
        .and_then(serde_json::from_value::<LanguageAnalysis>)
        .map_err(ApiError::internal)?;
    Ok(Json(LanguageAnalysis { normalised, ..view }))
}
