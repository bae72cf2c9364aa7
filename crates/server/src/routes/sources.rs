//! Web pages that knowledge comes from: named, read, compared, taken.

use super::{
    guard::AsStaff,
    table::{Access, Route},
    transfer::report,
};
use crate::{
    app::AppState,
    http::{ApiError, Json, Path},
};
use axum::{extract::State, http::StatusCode};
use model::{Permission, SourceId};
use protocol::sources::{
    FailedPage, GoneEntry, NewSource, SetSource, SourceList, SourceReport, SourceView, TakeSource,
};
use service::knowledge::sources::Comparison;

const EDIT: Access = Access::Staff(Permission::EditKnowledge);
/// Entries and pages of a report.
const SHOWN: usize = 200;

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/knowledge/sources", EDIT, "Web pages that knowledge comes from", list)
            .returns::<SourceList>(),
        Route::post("/api/knowledge/sources", EDIT, "Read knowledge from web pages", add)
            .body::<NewSource>()
            .creates::<SourceView>(),
        Route::get("/api/knowledge/sources/{id}", EDIT, "What taking a source would change", compare)
            .returns::<SourceReport>(),
        Route::put(
            "/api/knowledge/sources/{id}",
            EDIT,
            "Where a source's entries go, what they are, and when it is read",
            set,
        )
        .body::<SetSource>()
        .returns::<SourceView>(),
        Route::delete("/api/knowledge/sources/{id}", EDIT, "Forget a source; its entries stay", remove),
        Route::post("/api/knowledge/sources/{id}/read", EDIT, "Read a source again", read)
            .returns::<SourceView>(),
        Route::post("/api/knowledge/sources/{id}/take", EDIT, "Take what is new and changed", take)
            .body::<TakeSource>()
            .returns::<SourceReport>(),
    ]
}

async fn list(State(app): State<AppState>, AsStaff(staff): AsStaff) -> Result<Json<SourceList>, ApiError> {
    let sources = app.services.sources.list(&staff).await?;
    Ok(Json(SourceList { sources: sources.into_iter().map(Into::into).collect() }))
}

async fn add(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Json(body): Json<NewSource>,
) -> Result<(StatusCode, Json<SourceView>), ApiError> {
    let NewSource { url, scope, category, articles, every_days } = body;
    let new = store::sources::NewSource { url, scope, category, articles, every_days };
    Ok((StatusCode::CREATED, Json(app.services.sources.add(&staff, new).await?.into())))
}

async fn set(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<SourceId>,
    Json(body): Json<SetSource>,
) -> Result<Json<SourceView>, ApiError> {
    let SetSource { category, every_days, articles } = body;
    Ok(Json(app.services.sources.set(&staff, id, &category, every_days, articles).await?.into()))
}

async fn remove(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<SourceId>,
) -> Result<StatusCode, ApiError> {
    app.services.sources.remove(&staff, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn read(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<SourceId>,
) -> Result<Json<SourceView>, ApiError> {
    Ok(Json(app.services.sources.read_again(&staff, id).await?.into()))
}

async fn compare(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<SourceId>,
) -> Result<Json<SourceReport>, ApiError> {
    Ok(Json(view(app.services.sources.compare(&staff, id).await?, false)))
}

async fn take(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<SourceId>,
    Json(body): Json<TakeSource>,
) -> Result<Json<SourceReport>, ApiError> {
    let taken = app.services.sources.take(&staff, id, body.publish, body.archive_gone).await?;
    Ok(Json(view(taken, true)))
}

fn view(compared: Comparison, applied: bool) -> SourceReport {
    let gone = compared.gone.into_iter().take(SHOWN);
    let failed = compared.failed.into_iter().take(SHOWN);
    SourceReport {
        source: compared.source.into(),
        report: report(compared.plan, applied),
        gone: gone.map(|entry| GoneEntry { id: entry.id, question: entry.content.question }).collect(),
        failed: failed
            .filter_map(|page| Some(FailedPage { url: page.url, problem: page.problem? }))
            .collect(),
    }
}
