//! Duplicates and contradictions: over the whole base, and for what is being written.

use super::{
    guard::AsStaff,
    table::{Access, Route},
};
use crate::{
    app::AppState,
    http::{ApiError, Json, Path},
};
use axum::{extract::State, http::StatusCode};
use knowledge::pairs::{Disagreement, Kind};
use model::{EntryId, Permission, PublishedEntry};
use protocol::pairs::{
    ContraryEntries, ContraryEntry, DisagreementKind, DisagreementView, DismissPair, EntryPair, EntryPairs,
    FindContraries, PairedEntry,
};
use service::knowledge::pairs::Pair;

const EDIT: Access = Access::Staff(Permission::EditKnowledge);

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/knowledge/pairs", EDIT, "Published entries that ask the same", list)
            .returns::<EntryPairs>(),
        Route::post(
            "/api/knowledge/entries/{id}/dismiss",
            EDIT,
            "Leave an entry beside another that asks the same",
            dismiss,
        )
        .body::<DismissPair>(),
        Route::post(
            "/api/knowledge/contraries",
            EDIT,
            "Published entries that say something else than what is being written",
            contraries,
        )
        .body::<FindContraries>()
        .returns::<ContraryEntries>(),
    ]
}

async fn list(State(app): State<AppState>, AsStaff(staff): AsStaff) -> Result<Json<EntryPairs>, ApiError> {
    let pairs = app.services.knowledge.pairs(&staff).await?;
    Ok(Json(EntryPairs { pairs: pairs.into_iter().map(pair).collect() }))
}

async fn dismiss(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<EntryId>,
    Json(body): Json<DismissPair>,
) -> Result<StatusCode, ApiError> {
    let other = (body.other_id, body.other_version);
    app.services.knowledge.dismiss(&staff, (id, body.version), other).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn contraries(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Json(body): Json<FindContraries>,
) -> Result<Json<ContraryEntries>, ApiError> {
    let FindContraries { questions, answer, except } = body;
    let found = app.services.knowledge.contraries(&staff, questions, answer, except).await?;
    let entries = found.into_iter().map(|one| ContraryEntry {
        id: one.entry.id,
        question: one.entry.content.question,
        disagreements: one.disagreements.into_iter().map(disagreement).collect(),
    });
    Ok(Json(ContraryEntries { entries: entries.collect() }))
}

fn pair(pair: Pair) -> EntryPair {
    EntryPair {
        left: paired(pair.left, pair.left_phrasing),
        right: paired(pair.right, pair.right_phrasing),
        disagreements: pair.disagreements.into_iter().map(disagreement).collect(),
    }
}

fn paired(entry: PublishedEntry, phrasing: String) -> PairedEntry {
    let PublishedEntry { id, version, content } = entry;
    PairedEntry { id, version, question: content.question, phrasing, answer: content.answer }
}

fn disagreement(one: Disagreement) -> DisagreementView {
    let kind = match one.kind {
        Kind::Money => DisagreementKind::Money,
        Kind::Duration => DisagreementKind::Duration,
        Kind::Time => DisagreementKind::Time,
        Kind::Number => DisagreementKind::Number,
        Kind::Contact => DisagreementKind::Contact,
        Kind::Opposite => DisagreementKind::Opposite,
    };
    DisagreementView { kind, left: one.left, right: one.right }
}
