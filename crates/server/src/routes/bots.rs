//! Why the bot said what it said, and what agents and visitors think of it.

use super::{
    guard::{AsStaff, AsVisitor},
    table::{Access, Route},
};
use crate::{
    app::AppState,
    http::{ApiError, Json, Path},
};
use axum::{extract::State, http::StatusCode};
use bot::Summary;
use model::{ConversationId, Permission, Seq};
use protocol::bot::{EvidenceView, HandOffView, Judge, RateAnswer, TriedView};

pub fn routes() -> Vec<Route> {
    vec![
        Route::get(
            "/api/conversations/{id}/messages/{seq}/evidence",
            Access::Staff(Permission::ViewConversations),
            "Why the bot said it",
            evidence,
        )
        .returns::<EvidenceView>(),
        Route::put(
            "/api/conversations/{id}/messages/{seq}/verdict",
            Access::Staff(Permission::Reply),
            "Say whether the bot was right",
            judge,
        )
        .body::<Judge>()
        .returns::<EvidenceView>(),
        Route::put(
            "/api/visitor/conversations/{id}/messages/{seq}/feedback",
            Access::Visitor,
            "Say whether the bot's message helped",
            rate,
        )
        .body::<RateAnswer>(),
    ]
}

async fn evidence(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path((id, seq)): Path<(ConversationId, Seq)>,
) -> Result<Json<EvidenceView>, ApiError> {
    Ok(Json(app.services.bots.evidence(&staff, id, seq).await?.into()))
}

async fn judge(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path((id, seq)): Path<(ConversationId, Seq)>,
    Json(body): Json<Judge>,
) -> Result<Json<EvidenceView>, ApiError> {
    Ok(Json(app.services.bots.judge(&staff, id, seq, body.right).await?.into()))
}

async fn rate(
    State(app): State<AppState>,
    AsVisitor(visitor): AsVisitor,
    Path((id, seq)): Path<(ConversationId, Seq)>,
    Json(body): Json<RateAnswer>,
) -> Result<StatusCode, ApiError> {
    app.services.bots.rate(&visitor, id, seq, body.helpful).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub fn hand_off_view(summary: Summary) -> HandOffView {
    let tried = |tried: bot::Tried| TriedView {
        outcome: tried.outcome,
        question: tried.question,
        entries: tried.entries,
    };
    HandOffView {
        reason: summary.reason,
        at: summary.at,
        band: summary.band,
        probability: summary.probability,
        questions: summary.questions,
        tried: summary.tried.into_iter().map(tried).collect(),
    }
}
