//! For operators and integrators: health, measurements, the description of the API.

use super::table::{Access, Route};
use crate::{app::AppState, http::health};
use axum::{
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/livez", Access::Public, "Whether the process answers", health::livez)
            .returns_media("text/plain"),
        Route::get("/readyz", Access::Public, "Whether traffic may come, and if not, why", readyz)
            .returns_media("application/json")
            .or(503, "No traffic should come; the reasons by check"),
        Route::get("/metrics", Access::Public, "Measurements for Prometheus", metrics)
            .returns_media("text/plain"),
        Route::get("/openapi.json", Access::Public, "This description", openapi)
            .returns_media("application/json"),
    ]
}

async fn readyz(State(app): State<AppState>) -> Response {
    health::readyz(&app.checks).await.into_response()
}

async fn metrics(State(app): State<AppState>) -> Response {
    crate::gauges::update(&app).await;
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], app.measurements.render()).into_response()
}

async fn openapi() -> Response {
    ([(CONTENT_TYPE, "application/json")], crate::openapi_json()).into_response()
}
