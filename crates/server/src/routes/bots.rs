//! Why the bot said what it said, what agents and visitors think of it, and what it would suggest.

use super::{
    guard::{AsStaff, AsVisitor},
    table::{Access, Route},
};
use crate::{
    app::AppState,
    http::{ApiError, Json, Path, Query},
    rate::Limit,
};
use axum::{extract::State, http::StatusCode};
use bot::Summary;
use model::{ChannelId, ConversationId, EntryId, Permission, Seq};
use protocol::article::{ArticleView, RelatedEntries, RelatedEntry};
use protocol::bot::{
    EvidenceView, HandOffView, Judge, RateAnswer, SuggestionList, SuggestionView, TriedBot, TriedHandOff,
    TriedView, TryBot, VisitorSuggestion, VisitorSuggestionList,
};
use serde::Deserialize;
use service::bots::{Suggestion, articles::Related, rules::Trial};

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
        Route::get(
            "/api/conversations/{id}/suggestions",
            Access::Staff(Permission::ViewKnowledge),
            "Entries that answer what the visitor asked last",
            suggest,
        )
        .returns::<SuggestionList>(),
        Route::post(
            "/api/channels/{id}/bot/try",
            Access::Staff(Permission::ManageChannels),
            "What the bot would do about a message, and by which rule",
            try_out,
        )
        .body::<TryBot>()
        .returns::<TriedBot>(),
        Route::get(
            "/api/visitor/suggestions",
            Access::Visitor,
            "Entries for a question that is being typed; none where the bot is off",
            complete,
        )
        .query(&[("q", "What was typed so far; beyond 200 characters it is cut")])
        .returns::<VisitorSuggestionList>(),
        Route::get(
            "/api/visitor/articles/{id}",
            Access::Visitor,
            "A published article; none where the bot is off",
            article,
        )
        .returns::<ArticleView>(),
        Route::get(
            "/api/knowledge/entries/{id}/related",
            Access::Staff(Permission::ViewKnowledge),
            "Published entries that are near an entry",
            related,
        )
        .returns::<RelatedEntries>(),
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

async fn suggest(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<ConversationId>,
) -> Result<Json<SuggestionList>, ApiError> {
    let view = |found: Suggestion| SuggestionView {
        entry_id: found.entry_id,
        question: found.question,
        answer: found.answer,
        images: found.shown.images.into_iter().map(Into::into).collect(),
        cards: found.shown.cards.into_iter().map(Into::into).collect(),
        probability: found.probability,
        article: found.article.map(Into::into),
    };
    let suggestions = app.services.bots.suggest(&staff, id).await?.into_iter().map(view).collect();
    Ok(Json(SuggestionList { suggestions }))
}

fn related_view(found: Related) -> RelatedEntry {
    RelatedEntry { id: found.id, question: found.question, is_article: found.is_article }
}

async fn article(
    State(app): State<AppState>,
    AsVisitor(visitor): AsVisitor,
    Path(id): Path<EntryId>,
) -> Result<Json<ArticleView>, ApiError> {
    app.limits.check(Limit::VisitorCommands, visitor.session_id.0).await?;
    let (content, related) = app.services.bots.article(&visitor, id).await?;
    Ok(Json(ArticleView {
        id,
        title: content.question,
        summary: content.answer,
        sections: content.sections.into_iter().map(Into::into).collect(),
        related: related.into_iter().map(related_view).collect(),
    }))
}

async fn related(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<EntryId>,
) -> Result<Json<RelatedEntries>, ApiError> {
    let entries = app.services.bots.related(&staff, id).await?.into_iter().map(related_view).collect();
    Ok(Json(RelatedEntries { entries }))
}

async fn try_out(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<ChannelId>,
    Json(body): Json<TryBot>,
) -> Result<Json<TriedBot>, ApiError> {
    let TryBot { bot, text, misses, verified, attributes } = body;
    let trial = Trial { text, misses, verified, attributes };
    let tried = app.services.bots.try_out(&staff, id, bot.into(), trial).await?;
    let hand_off = tried.hand_off.map(|(reason, team_id, staffed)| TriedHandOff { reason, team_id, staffed });
    let rule = tried.evidence.and_then(|evidence| evidence.rule.map(|rule| *rule));
    Ok(Json(TriedBot { rule, says: tried.says, hand_off }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Typed {
    q: String,
}

async fn complete(
    State(app): State<AppState>,
    AsVisitor(visitor): AsVisitor,
    Query(typed): Query<Typed>,
) -> Result<Json<VisitorSuggestionList>, ApiError> {
    app.limits.check(Limit::VisitorCommands, visitor.session_id.0).await?;
    let view = |found: Suggestion| VisitorSuggestion {
        entry_id: found.entry_id,
        question: found.question,
        answer: found.answer,
        article: found.article.map(Into::into),
    };
    let suggestions = app.services.bots.complete(&visitor, &typed.q).await?.into_iter().map(view).collect();
    Ok(Json(VisitorSuggestionList { suggestions }))
}

pub fn hand_off_view(summary: Summary) -> HandOffView {
    let tried = |tried: bot::Tried| TriedView {
        outcome: tried.outcome,
        question: tried.question,
        entries: tried.entries,
    };
    HandOffView {
        reason: summary.reason,
        rule: summary.rule,
        at: summary.at,
        band: summary.band,
        probability: summary.probability,
        questions: summary.questions,
        tried: summary.tried.into_iter().map(tried).collect(),
    }
}
