//! How good the knowledge base is: its evaluation, the regression set, and what a change
//! would do to it.

use super::{
    guard::AsStaff,
    table::{Access, Route},
};
use crate::{
    app::AppState,
    http::{ApiError, Json, Path},
};
use axum::{extract::State, http::StatusCode};
use knowledge::evaluation::regression::Grade;
use model::{Permission, RegressionId};
use protocol::learning::{
    ChangeCheck, CheckChange, Evaluation, EvaluationReport, EvaluationRun, KeepRegression, KeptRegression,
    RegressionChange, RegressionGrade, RegressionList, RegressionView,
};
use service::{
    knowledge::Step,
    learning::{Judged, advice},
};
use store::quality::ModelRun;

const EDIT: Access = Access::Staff(Permission::EditKnowledge);

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/knowledge/evaluation", EDIT, "How good the knowledge base is", evaluation)
            .returns::<Evaluation>(),
        Route::post("/api/knowledge/evaluation", EDIT, "Measure the knowledge base now", measure)
            .returns::<Evaluation>(),
        Route::get("/api/knowledge/regression", EDIT, "The regression set as it fares now", regression)
            .returns::<RegressionList>(),
        Route::post("/api/knowledge/regression", EDIT, "Keep a question in the regression set", keep)
            .body::<KeepRegression>()
            .creates::<KeptRegression>(),
        Route::delete(
            "/api/knowledge/regression/{id}",
            EDIT,
            "Drop a question from the regression set",
            drop_question,
        ),
        Route::post("/api/knowledge/check", EDIT, "What a change would do to the regression set", check)
            .body::<CheckChange>()
            .returns::<ChangeCheck>(),
    ]
}

async fn evaluation(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
) -> Result<Json<Evaluation>, ApiError> {
    let judged = app.services.learning.judged(&staff).await?;
    view(judged).map(Json)
}

async fn measure(State(app): State<AppState>, AsStaff(staff): AsStaff) -> Result<Json<Evaluation>, ApiError> {
    app.services.learning.measure(&staff).await?;
    let judged = app.services.learning.judged(&staff).await?;
    view(judged).map(Json)
}

fn view(judged: Judged) -> Result<Evaluation, ApiError> {
    let report = judged.runs.last().map(|run| serde_json::from_str::<EvaluationReport>(&run.report));
    let run = |run: ModelRun| EvaluationRun {
        at: run.at,
        revision: run.revision,
        precision: run.precision,
        answered: run.answered,
        regression_right: run.regression_right,
        regression_total: run.regression_total,
    };
    Ok(Evaluation {
        passes: judged.advice.iter().all(|one| !advice::STOPS.contains(one)),
        advice: judged.advice.into_iter().map(str::to_owned).collect(),
        report: report.transpose().map_err(ApiError::internal)?,
        runs: judged.runs.into_iter().map(run).collect(),
    })
}

const fn grade(grade: Grade) -> RegressionGrade {
    match grade {
        Grade::Wrong => RegressionGrade::Wrong,
        Grade::Missed => RegressionGrade::Missed,
        Grade::Offered => RegressionGrade::Offered,
        Grade::Right => RegressionGrade::Right,
    }
}

async fn regression(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
) -> Result<Json<RegressionList>, ApiError> {
    let set = app.services.learning.regression(&staff).await?;
    let questions = set.into_iter().map(|(question, verdict)| RegressionView {
        id: question.id,
        text: question.text,
        entry_id: question.entry_id,
        entry_question: question.entry_question,
        grade: grade(verdict.grade),
        first_id: verdict.first,
        probability: verdict.probability,
    });
    Ok(Json(RegressionList { questions: questions.collect() }))
}

async fn keep(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Json(body): Json<KeepRegression>,
) -> Result<(StatusCode, Json<KeptRegression>), ApiError> {
    let id = app.services.learning.keep(&staff, &body.text, body.entry_id).await?;
    Ok((StatusCode::CREATED, Json(KeptRegression { id })))
}

async fn drop_question(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<RegressionId>,
) -> Result<StatusCode, ApiError> {
    app.services.learning.drop_question(&staff, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn check(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Json(body): Json<CheckChange>,
) -> Result<Json<ChangeCheck>, ApiError> {
    let step = if body.archive { Step::Archive } else { Step::Publish };
    let check = app.services.learning.check(&staff, &body.ids, step).await?;
    let changed = check.changed.into_iter().map(|one| RegressionChange {
        id: one.question.id,
        text: one.question.text,
        entry_question: one.question.entry_question,
        before: grade(one.before.grade),
        after: grade(one.after.grade),
    });
    Ok(Json(ChangeCheck {
        total: check.total as i64,
        right_before: check.right_before as i64,
        right_after: check.right_after as i64,
        worse: check.worse,
        changed: changed.collect(),
    }))
}
