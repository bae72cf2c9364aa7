//! Language models: where they are, how they are used, and what they used.

use super::{
    guard::AsStaff,
    table::{Access, Route},
};
use crate::{
    app::AppState,
    http::{ApiError, Json, Path},
};
use axum::{extract::State, http::StatusCode};
use model::{LlmEndpointId, Permission};
use protocol::llm::{
    EncoderView, LlmDay, LlmEndpointList, LlmEndpointView, LlmOptions, LlmTrial, LlmUsageView, LlmVectors,
    SaveLlmEndpoint, TryLlm,
};
use service::llm::{EndpointDraft, TriedEncoder};

const SETTINGS: Access = Access::Staff(Permission::ManageWorkspace);

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/llm/endpoints", SETTINGS, "Servers with language models", endpoints)
            .returns::<LlmEndpointList>(),
        Route::post("/api/llm/endpoints", SETTINGS, "Add a server with language models", add_endpoint)
            .body::<SaveLlmEndpoint>()
            .creates::<LlmEndpointView>(),
        Route::put(
            "/api/llm/endpoints/{id}",
            SETTINGS,
            "Change a server with language models",
            edit_endpoint,
        )
        .body::<SaveLlmEndpoint>()
        .returns::<LlmEndpointView>(),
        Route::delete(
            "/api/llm/endpoints/{id}",
            SETTINGS,
            "Remove a server with language models; its tasks become nobody's",
            remove_endpoint,
        ),
        Route::post(
            "/api/llm/endpoints/{id}/trial",
            SETTINGS,
            "Ask a model for a word, or for vectors",
            try_out,
        )
        .body::<TryLlm>()
        .returns::<LlmTrial>(),
        Route::get("/api/llm/settings", SETTINGS, "How language models are used", settings)
            .returns::<LlmOptions>(),
        Route::put("/api/llm/settings", SETTINGS, "Change how language models are used", save_settings)
            .body::<LlmOptions>()
            .returns::<LlmOptions>(),
        Route::get("/api/llm/encoder", SETTINGS, "What turns questions and entries into vectors", encoder)
            .returns::<EncoderView>(),
        Route::get("/api/llm/usage", SETTINGS, "What language models used", usage).returns::<LlmUsageView>(),
    ]
}

async fn endpoints(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
) -> Result<Json<LlmEndpointList>, ApiError> {
    let endpoints = app.services.llm.endpoints(&staff).await?.into_iter().map(Into::into).collect();
    Ok(Json(LlmEndpointList { endpoints }))
}

async fn add_endpoint(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Json(body): Json<SaveLlmEndpoint>,
) -> Result<(StatusCode, Json<LlmEndpointView>), ApiError> {
    let endpoint = app.services.llm.add_endpoint(&staff, draft(body)).await?;
    Ok((StatusCode::CREATED, Json(endpoint.into())))
}

async fn edit_endpoint(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<LlmEndpointId>,
    Json(body): Json<SaveLlmEndpoint>,
) -> Result<Json<LlmEndpointView>, ApiError> {
    Ok(Json(app.services.llm.edit_endpoint(&staff, id, draft(body)).await?.into()))
}

fn draft(body: SaveLlmEndpoint) -> EndpointDraft {
    EndpointDraft { name: body.name, base_url: body.base_url, key: body.key }
}

async fn remove_endpoint(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<LlmEndpointId>,
) -> Result<StatusCode, ApiError> {
    app.services.llm.remove_endpoint(&staff, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn try_out(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<LlmEndpointId>,
    Json(body): Json<TryLlm>,
) -> Result<Json<LlmTrial>, ApiError> {
    let llm = &app.services.llm;
    let failed = |failure: llm::Failure| LlmTrial {
        failure: Some(failure.kind),
        status: failure.status,
        detail: failure.detail,
        ..LlmTrial::default()
    };
    let (trial, ms) = if body.encodes {
        let tried = llm.try_encoder(&staff, id, &body.model).await?;
        let worked = |made: TriedEncoder| LlmTrial {
            vectors: Some(LlmVectors { width: made.width, tells_apart: made.tells_apart }),
            tokens_in: made.tokens_in,
            ..LlmTrial::default()
        };
        (tried.said.map_or_else(failed, worked), tried.ms)
    } else {
        let tried = llm.try_out(&staff, id, &body.model).await?;
        let worked = |answer: llm::Answer| LlmTrial {
            text: Some(answer.text.chars().take(300).collect()),
            tokens_in: answer.tokens_in,
            tokens_out: answer.tokens_out,
            ..LlmTrial::default()
        };
        (tried.said.map_or_else(failed, worked), tried.ms)
    };
    Ok(Json(LlmTrial { ms, ..trial }))
}

async fn settings(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
) -> Result<Json<LlmOptions>, ApiError> {
    Ok(Json(app.services.llm.settings(&staff).await?.into()))
}

async fn save_settings(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Json(body): Json<LlmOptions>,
) -> Result<Json<LlmOptions>, ApiError> {
    Ok(Json(app.services.llm.save_settings(&staff, body.into()).await?.into()))
}

async fn encoder(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
) -> Result<Json<EncoderView>, ApiError> {
    let used = app.services.bots.encoder_in_use(&staff).await?;
    let (failure, detail) = used.failure.map(|error| (error.kind, error.detail)).unzip();
    let detail = detail.unwrap_or_default();
    Ok(Json(EncoderView { kind: used.kind, name: used.name, width: used.width, failure, detail }))
}

async fn usage(State(app): State<AppState>, AsStaff(staff): AsStaff) -> Result<Json<LlmUsageView>, ApiError> {
    let usage = app.services.llm.usage(&staff).await?;
    let day = |one: store::llm::LlmUsage| LlmDay {
        day: one.day,
        task: one.task,
        calls: one.calls,
        failures: one.failures,
        tokens_in: one.tokens_in,
        tokens_out: one.tokens_out,
    };
    Ok(Json(LlmUsageView { spent_today: usage.spent_today, days: usage.days.into_iter().map(day).collect() }))
}
