//! Knowledge in and out as files.

use super::{files::receive, guard::AsStaff};
use crate::{
    app::AppState,
    http::{ApiError, Json, Query},
};
use axum::{
    body::Body,
    extract::State,
    http::{HeaderName, HeaderValue},
    response::{IntoResponse, Response},
};
use protocol::{
    ErrorCode,
    knowledge::{ImportOutcome, ImportProblem, ImportReport, ImportRow},
};
use serde::Deserialize;
use service::knowledge::{
    export,
    import::{self, Outcome, Plan, Planned, Problem, Reading},
};

pub const IMPORT: &[(&str, &str)] = &[
    ("name", "The file's name; csv, xlsx, md, jsonl, html, docx or pdf at its end says how it is read"),
    ("articles", "true takes a document (md, html, docx, pdf) as one article instead of questions"),
    ("apply", "true takes the rows; without it nothing is changed"),
    ("publish", "true publishes them at once; otherwise they are drafts"),
    ("confirm", "true publishes them though the regression set gets worse"),
    ("zone", "Minutes east of UTC, for dates without a zone"),
];
pub const EXPORT: &[(&str, &str)] =
    &[("format", "csv or jsonl"), ("published", "true leaves out what is not published")];

/// Rows of a report.
const SHOWN: usize = 500;
/// Characters of an answer in a report.
const EXCERPT: usize = 120;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ImportQuery {
    name: String,
    #[serde(default)]
    articles: bool,
    #[serde(default)]
    apply: bool,
    #[serde(default)]
    publish: bool,
    #[serde(default)]
    confirm: bool,
    #[serde(default)]
    zone: i32,
}

pub(super) async fn import(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Query(query): Query<ImportQuery>,
    body: Body,
) -> Result<Json<ImportReport>, ApiError> {
    let invalid = |field: &str| ApiError::of_field(ErrorCode::InvalidField, field);
    let ending = query.name.rsplit('.').next().unwrap_or_default().to_lowercase();
    let format = import::Format::from_code(&ending).ok_or_else(|| invalid("name"))?;
    // No place on earth is further away.
    if query.zone.abs() > 24 * 60 {
        return Err(invalid("zone"));
    }
    let title = || query.name.rsplit_once('.').map_or("", |(title, _)| title).to_owned();
    let reading = Reading { format, zone: query.zone, article: query.articles.then(title) };
    let file = receive(body, import::MAX_BYTES, ErrorCode::ImportTooLarge).await?;
    let services = &app.services;
    let plan = if query.apply {
        services.learning.import(&staff, file, reading, query.publish, query.confirm).await?
    } else {
        services.knowledge.preview(&staff, file, reading).await?
    };
    Ok(Json(report(plan, query.apply)))
}

pub(super) fn report(plan: Plan, applied: bool) -> ImportReport {
    let count = |wanted: ImportOutcome| plan.rows.iter().filter(|one| outcome(one) == wanted).count() as i64;
    let mut report = ImportReport {
        applied,
        new: count(ImportOutcome::New),
        changed: count(ImportOutcome::Changed),
        unchanged: count(ImportOutcome::Unchanged),
        duplicate: count(ImportOutcome::Duplicate),
        wrong: count(ImportOutcome::Wrong),
        rows: Vec::new(),
    };
    let left_out = |one: &Planned| matches!(one.outcome, Outcome::Wrong(_) | Outcome::Duplicate(_));
    let (first, then): (Vec<_>, Vec<_>) = plan.rows.into_iter().partition(left_out);
    report.rows = first.into_iter().chain(then).take(SHOWN).map(row).collect();
    report
}

const fn outcome(planned: &Planned) -> ImportOutcome {
    match planned.outcome {
        Outcome::New(_) => ImportOutcome::New,
        Outcome::Changed { .. } => ImportOutcome::Changed,
        Outcome::Unchanged(_) => ImportOutcome::Unchanged,
        Outcome::Duplicate(_) => ImportOutcome::Duplicate,
        Outcome::Wrong(_) => ImportOutcome::Wrong,
    }
}

fn row(planned: Planned) -> ImportRow {
    let row = &planned.row;
    let sections = row.sections.as_deref().unwrap_or_default();
    let lead = sections.iter().find(|section| !section.text.is_empty());
    // An article may have no summary.
    let said = row.answer.as_deref().unwrap_or_default();
    let answer = lead.filter(|_| said.is_empty()).map_or(said, |section| &section.text);
    let cut = |text: &str, most: usize| text.trim().chars().take(most).collect();
    ImportRow {
        line: row.line as i64,
        page: row.page.clone(),
        outcome: outcome(&planned),
        problem: match planned.outcome {
            Outcome::Wrong(problem) => Some(named(problem)),
            _ => None,
        },
        category: cut(row.category.as_deref().unwrap_or_default(), EXCERPT),
        question: cut(&row.question, EXCERPT),
        phrasings: row.phrasings.as_ref().map_or(0, Vec::len) as i64,
        sections: sections.len() as i64,
        answer: cut(answer, EXCERPT),
        audience: row.audience,
        entry_id: match planned.outcome {
            Outcome::Changed { id, .. } | Outcome::Unchanged(id) => Some(id),
            _ => None,
        },
        same_as: match planned.outcome {
            Outcome::Duplicate(line) => Some(line as i64),
            _ => None,
        },
    }
}

const fn named(problem: Problem) -> ImportProblem {
    match problem {
        Problem::QuestionMissing => ImportProblem::QuestionMissing,
        Problem::AnswerMissing => ImportProblem::AnswerMissing,
        Problem::QuestionInvalid => ImportProblem::QuestionInvalid,
        Problem::PhrasingsInvalid => ImportProblem::PhrasingsInvalid,
        Problem::AnswerInvalid => ImportProblem::AnswerInvalid,
        Problem::CategoryInvalid => ImportProblem::CategoryInvalid,
        Problem::TagsInvalid => ImportProblem::TagsInvalid,
        Problem::ValidityInvalid => ImportProblem::ValidityInvalid,
        Problem::SectionsInvalid => ImportProblem::SectionsInvalid,
        Problem::AudienceInvalid => ImportProblem::AudienceInvalid,
        Problem::CardsInvalid => ImportProblem::CardsInvalid,
        Problem::NotJson => ImportProblem::NotJson,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExportQuery {
    #[serde(default)]
    format: Option<String>,
    #[serde(default)]
    published: bool,
}

pub(super) async fn export(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Query(query): Query<ExportQuery>,
) -> Result<Response, ApiError> {
    let (format, media_type, name) = match query.format.as_deref() {
        None | Some("csv") => (export::Format::Csv, "text/csv; charset=utf-8", "knowledge.csv"),
        Some("jsonl") => (export::Format::Jsonl, "application/jsonl; charset=utf-8", "knowledge.jsonl"),
        Some(_) => return Err(ApiError::of_field(ErrorCode::InvalidField, "format")),
    };
    let bytes = app.services.knowledge.export(&staff, format, query.published).await?;
    let mut response = bytes.into_response();
    for (header, value) in files::served_headers(media_type, name) {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(header), value);
        }
    }
    Ok(response)
}
