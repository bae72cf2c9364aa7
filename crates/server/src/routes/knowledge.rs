//! The knowledge base: what agents answer with, and what editors write.

use super::{
    guard::AsStaff,
    table::{Access, Route},
};
use crate::{
    app::AppState,
    http::{ApiError, Json, LongJson, Path, Query},
};
use axum::{extract::State, http::StatusCode};
use model::{ArticleLink, Audience, ChannelId, ConversationId, Entry, EntryId, EntryStatus, Permission};
use protocol::{
    ErrorCode,
    inbox::{EntryList, EntryView},
    knowledge::{
        BulkDone, BulkEdit, BulkStep, EntryDetail, EntryPage, EntryRatesList, EntryRatesView, EntryVersions,
        ImportReport, KnowledgeSummary, NamedCount, NewEntry, OfVersion, Rollback, SaveEntry, SimilarEntries,
        SimilarEntry,
    },
};
use serde::Deserialize;
use service::knowledge::{Bulk, Listing, Step, Validity};
use store::entries::Cursor;

const VIEW: Access = Access::Staff(Permission::ViewKnowledge);
const EDIT: Access = Access::Staff(Permission::EditKnowledge);
const PUBLISH: Access = Access::Staff(Permission::PublishKnowledge);
/// Entries of a page.
const PAGE: i64 = 50;

const FILTERS: &[(&str, &str)] = &[
    ("status", "draft, review, published or archived; all but the archived when left out"),
    ("category", "A category with all below it"),
    ("tag", "A tag"),
    ("articles", "true: articles only; false: everything but articles"),
    ("audience", "everybody, signed_in or vip: those that say something for this audience"),
    ("owner", "An agent's id: those that the agent keeps right; none: those that nobody does"),
    ("q", "Words of question, phrasings or answer"),
    ("state", "expired (validity is over) or stale (published, untouched for 180 days)"),
    ("before", "Position of the next page"),
];

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/entries", VIEW, "Knowledge entries", answers)
            .query(&[
                ("q", "Words of question or answer"),
                ("conversation_id", "Where it is to be said: only what its visitor may be told"),
                ("channel_id", "The channel that is answered on, where no conversation is named"),
            ])
            .returns::<EntryList>(),
        Route::post("/api/entries/{id}/use", VIEW, "Count that an answer was put into a conversation", used),
        Route::get(
            "/api/knowledge",
            VIEW,
            "How many entries there are, by status, category and tag",
            summary,
        )
        .returns::<KnowledgeSummary>(),
        Route::get("/api/knowledge/entries", VIEW, "Knowledge entries to work on, last changed first", list)
            .query(FILTERS)
            .returns::<EntryPage>(),
        Route::post("/api/knowledge/entries", EDIT, "Write an entry", add)
            .body::<NewEntry>()
            .creates::<EntryDetail>(),
        Route::get("/api/knowledge/entries/{id}", VIEW, "A knowledge entry", find).returns::<EntryDetail>(),
        Route::put("/api/knowledge/entries/{id}", EDIT, "Save a new version of an entry", save)
            .body::<SaveEntry>()
            .returns::<EntryDetail>(),
        Route::post("/api/knowledge/entries/{id}/submit", EDIT, "Submit an entry for review", submit)
            .body::<OfVersion>()
            .returns::<EntryDetail>(),
        Route::post("/api/knowledge/entries/{id}/withdraw", EDIT, "Take an entry out of review", withdraw)
            .body::<OfVersion>()
            .returns::<EntryDetail>(),
        Route::post("/api/knowledge/entries/{id}/publish", PUBLISH, "Publish an entry", publish)
            .body::<OfVersion>()
            .returns::<EntryDetail>(),
        Route::post("/api/knowledge/entries/{id}/archive", PUBLISH, "Take an entry out of use", archive)
            .body::<OfVersion>()
            .returns::<EntryDetail>(),
        Route::post(
            "/api/knowledge/entries/{id}/restore",
            PUBLISH,
            "Make an archived entry a draft",
            restore,
        )
        .body::<OfVersion>()
        .returns::<EntryDetail>(),
        Route::get("/api/knowledge/entries/{id}/versions", EDIT, "The versions of an entry", versions)
            .returns::<EntryVersions>(),
        Route::post("/api/knowledge/entries/{id}/rollback", EDIT, "Bring an old version back", roll_back)
            .body::<Rollback>()
            .returns::<EntryDetail>(),
        Route::get("/api/knowledge/similar", EDIT, "Entries that ask nearly the same", similar)
            .query(&[("q", "A question"), ("except", "An entry that does not count")])
            .returns::<SimilarEntries>(),
        Route::get("/api/knowledge/rates", EDIT, "How entries fare as the bot's answers", rates)
            .query(&[("ids", "Entries, with commas between; 200 at most")])
            .returns::<EntryRatesList>(),
        Route::post("/api/knowledge/bulk", EDIT, "Change many entries at once", bulk)
            .body::<BulkEdit>()
            .returns::<BulkDone>(),
        Route::post(
            "/api/knowledge/import",
            EDIT,
            "Import entries from a file, or show what it would do",
            super::transfer::import,
        )
        .query(super::transfer::IMPORT)
        .takes_file()
        .returns::<ImportReport>(),
        Route::get("/api/knowledge/export", EDIT, "All entries as a file", super::transfer::export)
            .query(super::transfer::EXPORT)
            .returns_media("*/*"),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerQuery {
    q: Option<String>,
    conversation_id: Option<ConversationId>,
    channel_id: Option<ChannelId>,
}

async fn answers(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Query(query): Query<AnswerQuery>,
) -> Result<Json<EntryList>, ApiError> {
    let asked = query.q.as_deref().filter(|text| !text.trim().is_empty());
    let entries = app.services.knowledge.answers(&staff, asked).await?;
    let listener = match query.conversation_id {
        Some(id) => {
            let conversation = app.services.conversations.access(&staff, id).await?;
            let (channel, contact) = (conversation.channel_id, conversation.contact_id);
            Some(app.services.bots.listener(staff.workspace(), channel, contact).await?)
        }
        None => None,
    };
    let view = |(entry, article): (Entry, Option<ArticleLink>)| {
        let content = &entry.content;
        let answer = match &listener {
            Some(listener) => listener.answer(content)?,
            None => query
                .channel_id
                .and_then(|channel| content.answer_for(channel, Audience::Everybody))
                .unwrap_or_else(|| content.common_answer()),
        };
        Some(EntryView::of(&entry, answer, article))
    };
    Ok(Json(EntryList { entries: entries.into_iter().filter_map(view).collect() }))
}

async fn used(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<EntryId>,
) -> Result<StatusCode, ApiError> {
    app.services.knowledge.count_use(&staff, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn summary(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
) -> Result<Json<KnowledgeSummary>, ApiError> {
    let summary = app.services.knowledge.summary(&staff).await?;
    let of = |status: EntryStatus| summary.statuses.get(status.code()).copied().unwrap_or(0);
    let named = |counts: std::collections::BTreeMap<String, i64>| {
        counts.into_iter().map(|(name, count)| NamedCount { name, count }).collect()
    };
    Ok(Json(KnowledgeSummary {
        draft: of(EntryStatus::Draft),
        review: of(EntryStatus::Review),
        published: of(EntryStatus::Published),
        archived: of(EntryStatus::Archived),
        categories: named(summary.categories),
        tags: named(summary.tags),
    }))
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Condition {
    Expired,
    Stale,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    status: Option<EntryStatus>,
    category: Option<String>,
    tag: Option<String>,
    articles: Option<bool>,
    audience: Option<Audience>,
    owner: Option<String>,
    #[serde(default)]
    q: String,
    state: Option<Condition>,
    before: Option<String>,
}

async fn list(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Query(query): Query<ListQuery>,
) -> Result<Json<EntryPage>, ApiError> {
    let after = match &query.before {
        None => None,
        Some(text) => {
            Some(cursor(text).ok_or_else(|| ApiError::of_field(ErrorCode::InvalidField, "before"))?)
        }
    };
    let owner = match query.owner.as_deref() {
        None => None,
        Some("none") => Some(None),
        Some(id) => Some(Some(id.parse().map_err(|_| ApiError::of_field(ErrorCode::InvalidField, "owner"))?)),
    };
    let listing = Listing {
        status: query.status,
        category: query.category,
        tag: query.tag,
        articles: query.articles,
        audience: query.audience,
        owner,
        words: query.q,
        expired: matches!(query.state, Some(Condition::Expired)),
        stale: matches!(query.state, Some(Condition::Stale)),
    };
    let mut entries = app.services.knowledge.list(&staff, listing, after, PAGE + 1).await?;
    let more = entries.len() > PAGE as usize;
    entries.truncate(PAGE as usize);
    let next = entries.last().filter(|_| more).map(|last| format!("{}.{}", last.updated_at, last.id));
    for section in entries.iter_mut().flat_map(|entry| &mut entry.content.sections) {
        section.text.clear();
        section.images.clear();
    }
    Ok(Json(EntryPage { entries: entries.into_iter().map(Into::into).collect(), next }))
}

fn cursor(text: &str) -> Option<Cursor> {
    let (updated_at, id) = text.split_once('.')?;
    Some(Cursor { updated_at: updated_at.parse().ok()?, id: id.parse().ok()? })
}

async fn add(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    LongJson(body): LongJson<NewEntry>,
) -> Result<(StatusCode, Json<EntryDetail>), ApiError> {
    let entry = app.services.knowledge.add(&staff, body.content.into(), body.owner_id).await?;
    Ok((StatusCode::CREATED, Json(entry.into())))
}

async fn find(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<EntryId>,
) -> Result<Json<EntryDetail>, ApiError> {
    Ok(Json(app.services.knowledge.access(&staff, id).await?.into()))
}

async fn save(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<EntryId>,
    LongJson(body): LongJson<SaveEntry>,
) -> Result<Json<EntryDetail>, ApiError> {
    let knowledge = &app.services.knowledge;
    Ok(Json(knowledge.save(&staff, id, body.version, body.content.into(), body.owner_id).await?.into()))
}

macro_rules! steps {
    ($($name:ident = $step:ident),+) => {$(
        async fn $name(
            State(app): State<AppState>,
            AsStaff(staff): AsStaff,
            Path(id): Path<EntryId>,
            Json(body): Json<OfVersion>,
        ) -> Result<Json<EntryDetail>, ApiError> {
            let learning = &app.services.learning;
            Ok(Json(learning.step(&staff, id, body.version, Step::$step, body.confirm).await?.into()))
        }
    )+};
}
steps! { submit = Submit, withdraw = Withdraw, publish = Publish, archive = Archive, restore = Restore }

async fn versions(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<EntryId>,
) -> Result<Json<EntryVersions>, ApiError> {
    let versions = app.services.knowledge.versions(&staff, id).await?;
    Ok(Json(EntryVersions { versions: versions.into_iter().map(Into::into).collect() }))
}

async fn roll_back(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<EntryId>,
    Json(body): Json<Rollback>,
) -> Result<Json<EntryDetail>, ApiError> {
    Ok(Json(app.services.knowledge.roll_back(&staff, id, body.version, body.to).await?.into()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SimilarQuery {
    #[serde(default)]
    q: String,
    except: Option<EntryId>,
}

async fn similar(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Query(query): Query<SimilarQuery>,
) -> Result<Json<SimilarEntries>, ApiError> {
    let near = app.services.knowledge.similar(&staff, &query.q, query.except).await?;
    let entries = near.into_iter().map(|one| SimilarEntry {
        id: one.id,
        status: one.status,
        question: one.question,
        phrasing: one.phrasing,
        score: one.score,
    });
    Ok(Json(SimilarEntries { entries: entries.collect() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RatesQuery {
    #[serde(default)]
    ids: String,
}

async fn rates(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Query(query): Query<RatesQuery>,
) -> Result<Json<EntryRatesList>, ApiError> {
    let ids = query.ids.split(',').filter(|id| !id.is_empty()).map(str::parse::<EntryId>);
    let ids =
        ids.collect::<Result<Vec<_>, _>>().map_err(|_| ApiError::of_field(ErrorCode::InvalidField, "ids"))?;
    let rates = app.services.knowledge.rates(&staff, &ids).await?;
    let rates = rates.into_iter().map(|one| EntryRatesView {
        id: one.id,
        answered: one.answered,
        helpful: one.helpful,
        unhelpful: one.unhelpful,
        right: one.right,
        wrong: one.wrong,
        offered: one.offered,
        chosen: one.chosen,
    });
    Ok(Json(EntryRatesList { rates: rates.collect() }))
}

async fn bulk(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Json(body): Json<BulkEdit>,
) -> Result<Json<BulkDone>, ApiError> {
    let step = body.step.map(|step| match step {
        BulkStep::Submit => Step::Submit,
        BulkStep::Publish => Step::Publish,
        BulkStep::Archive => Step::Archive,
        BulkStep::Restore => Step::Restore,
    });
    let bulk = Bulk {
        category: body.category,
        audience: body.audience,
        add_tags: body.add_tags,
        remove_tags: body.remove_tags,
        owner: body.owner.map(|owner| owner.id),
        validity: body.validity.map(|validity| Validity { from: validity.from, until: validity.until }),
        step,
    };
    let changed = app.services.learning.bulk(&staff, &body.ids, bulk, body.confirm).await?;
    let skipped = body.ids.into_iter().filter(|id| !changed.contains(id)).collect();
    Ok(Json(BulkDone { changed: changed.len() as i64, skipped }))
}
