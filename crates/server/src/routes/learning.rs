//! Learning: what the bot could not answer, and what editors make of it. How good the base is
//! stands in `quality.rs`.

use super::{
    guard::AsStaff,
    table::{Access, Route},
};
use crate::{
    app::AppState,
    http::{ApiError, Json, Path, Query},
};
use axum::{extract::State, http::StatusCode};
use model::{EntryId, GroupId, GroupState, MissReason, Permission};
use protocol::{
    ErrorCode,
    knowledge::EntryDetail,
    learning::{
        BotWeek, GroupDetailView, GroupList, GroupView, LearningTrend, PhrasingSuggestion,
        PhrasingSuggestions, QuestionSample, ReasonCount, TakeAsEntry, TakeAsPhrasings, Wording,
    },
};
use serde::Deserialize;
use service::learning::{Phrasings, WEEKS};
use store::learning::GroupCursor;

const EDIT: Access = Access::Staff(Permission::EditKnowledge);
const WEEK: i64 = 7 * 24 * 60 * 60 * 1_000;

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/learning/trend", EDIT, "How the bot fared, week by week", trend)
            .returns::<LearningTrend>(),
        Route::get("/api/learning/groups", EDIT, "Questions that were not answered well, in groups", list)
            .query(&[
                ("state", "open (the default), ignored or taken"),
                ("before", "Position of the next page"),
            ])
            .returns::<GroupList>(),
        Route::get("/api/learning/groups/{id}", EDIT, "A group of questions", find)
            .returns::<GroupDetailView>(),
        Route::post("/api/learning/groups/{id}/entry", EDIT, "Draft an entry from a group", take_as_entry)
            .body::<TakeAsEntry>()
            .creates::<EntryDetail>(),
        Route::post(
            "/api/learning/groups/{id}/phrasings",
            EDIT,
            "Give a group's wordings to an entry",
            take_as_phrasings,
        )
        .body::<TakeAsPhrasings>()
        .returns::<EntryDetail>(),
        Route::post("/api/learning/groups/{id}/ignore", EDIT, "Ignore a group", ignore),
        Route::post("/api/learning/groups/{id}/reopen", EDIT, "Take back what was done with a group", reopen),
        Route::get(
            "/api/knowledge/entries/{id}/suggestions",
            EDIT,
            "How visitors asked for an entry",
            suggestions,
        )
        .returns::<PhrasingSuggestions>(),
    ]
}

async fn trend(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
) -> Result<Json<LearningTrend>, ApiError> {
    let trend = app.services.learning.trend(&staff).await?;
    let mut weeks: Vec<BotWeek> =
        (0..WEEKS).map(|week| BotWeek { start: trend.start + week * WEEK, ..BotWeek::default() }).collect();
    for row in trend.weeks {
        if let Some(week) = usize::try_from(row.week).ok().and_then(|at| weeks.get_mut(at)) {
            *week = BotWeek {
                start: week.start,
                answered: row.answered,
                clarified: row.clarified,
                missed: row.missed,
                handed_off: row.handed_off,
                judged: row.judged,
                right: row.right,
            };
        }
    }
    let count = |wanted: GroupState| {
        trend.groups.iter().find(|(state, _)| *state == wanted).map_or(0, |(_, count)| *count)
    };
    Ok(Json(LearningTrend {
        weeks,
        open: count(GroupState::Open),
        ignored: count(GroupState::Ignored),
        taken: count(GroupState::Taken),
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    state: Option<GroupState>,
    before: Option<String>,
}

async fn list(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Query(query): Query<ListQuery>,
) -> Result<Json<GroupList>, ApiError> {
    let after = match &query.before {
        None => None,
        Some(text) => {
            Some(cursor(text).ok_or_else(|| ApiError::of_field(ErrorCode::InvalidField, "before"))?)
        }
    };
    let page = app.services.learning.groups(&staff, query.state.unwrap_or(GroupState::Open), after).await?;
    Ok(Json(GroupList {
        groups: page.groups.into_iter().map(|(group, weeks)| GroupView::of(group, weeks)).collect(),
        // The bits of the number, so that it comes back exactly.
        next: page.next.map(|next| format!("{}.{}", next.worth.to_bits(), next.id)),
    }))
}

fn cursor(text: &str) -> Option<GroupCursor> {
    let (worth, id) = text.split_once('.')?;
    let worth = f64::from_bits(worth.parse().ok()?);
    worth.is_finite().then_some(GroupCursor { worth, id: id.parse().ok()? })
}

async fn find(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<GroupId>,
) -> Result<Json<GroupDetailView>, ApiError> {
    let detail = app.services.learning.group(&staff, id).await?;
    let reasons = detail
        .reasons
        .into_iter()
        .filter_map(|(code, count)| Some(ReasonCount { reason: MissReason::from_code(code)?, count }));
    let samples = detail.samples.into_iter().map(|one| QuestionSample {
        conversation_id: one.conversation_id,
        seq: one.seq,
        text: one.text,
        reason: one.reason,
        answer: one.answer,
        asked_at: one.asked_at,
    });
    Ok(Json(GroupDetailView {
        group: GroupView::of(detail.group, detail.weeks),
        wordings: detail.wordings.into_iter().map(|(text, count)| Wording { text, count }).collect(),
        reasons: reasons.collect(),
        samples: samples.collect(),
        answers: detail.answers,
    }))
}

async fn take_as_entry(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<GroupId>,
    Json(body): Json<TakeAsEntry>,
) -> Result<(StatusCode, Json<EntryDetail>), ApiError> {
    let entry = app.services.learning.take_as_entry(&staff, id, body.content.into()).await?;
    Ok((StatusCode::CREATED, Json(entry.into())))
}

async fn take_as_phrasings(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<GroupId>,
    Json(body): Json<TakeAsPhrasings>,
) -> Result<Json<EntryDetail>, ApiError> {
    let add = Phrasings {
        entry: body.entry_id,
        texts: body.phrasings,
        publish: body.publish,
        confirmed: body.confirm,
    };
    Ok(Json(app.services.learning.take_as_phrasings(&staff, id, add).await?.into()))
}

async fn ignore(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<GroupId>,
) -> Result<StatusCode, ApiError> {
    app.services.learning.ignore(&staff, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn reopen(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<GroupId>,
) -> Result<StatusCode, ApiError> {
    app.services.learning.reopen(&staff, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn suggestions(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<EntryId>,
) -> Result<Json<PhrasingSuggestions>, ApiError> {
    let found = app.services.learning.suggestions(&staff, id).await?;
    let suggestions = found.into_iter().map(|one| PhrasingSuggestion {
        text: one.text,
        count: one.count,
        confirmed: one.confirmed,
    });
    Ok(Json(PhrasingSuggestions { suggestions: suggestions.collect() }))
}
