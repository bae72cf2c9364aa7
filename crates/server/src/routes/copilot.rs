//! What the copilot writes for an agent. A text comes at once, or as events while it is written, for whoever
//! accepts `text/event-stream`.
//! Invariant: whoever goes while a text is written ends the writing.

use super::{
    guard::AsStaff,
    table::{Access, Route},
};
use crate::{
    app::AppState,
    http::{ApiError, Json, Path},
};
use axum::{
    extract::State,
    http::{HeaderMap, header::ACCEPT},
    response::{IntoResponse, Response, Sse, sse},
};
use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Fuse, FusedFuture as _},
    stream,
};
use model::{ConversationId, Permission};
use protocol::llm::{
    CopilotEvent, CopilotLabels, CopilotTasks, CopilotText, RewriteStyle, RewriteText, TranslateText,
};
use std::convert::Infallible;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

const COPILOT: Access = Access::Staff(Permission::Reply);

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/copilot", COPILOT, "What the copilot can be asked for", tasks)
            .returns::<CopilotTasks>(),
        Route::post(
            "/api/conversations/{id}/copilot/summary",
            COPILOT,
            "A summary of the conversation, by a language model",
            summarise,
        )
        .returns::<CopilotText>()
        .or_events::<CopilotEvent>(),
        Route::post(
            "/api/conversations/{id}/copilot/labels",
            COPILOT,
            "Category, tags and title for the conversation, by a language model",
            label,
        )
        .returns::<CopilotLabels>(),
        Route::post(
            "/api/conversations/{id}/copilot/rewrite",
            COPILOT,
            "A draft in another tone, by a language model",
            rewrite,
        )
        .body::<RewriteText>()
        .returns::<CopilotText>()
        .or_events::<CopilotEvent>(),
        Route::post(
            "/api/conversations/{id}/copilot/translation",
            COPILOT,
            "A draft in another language, by a language model",
            translate,
        )
        .body::<TranslateText>()
        .returns::<CopilotText>()
        .or_events::<CopilotEvent>(),
    ]
}

async fn tasks(State(app): State<AppState>, AsStaff(staff): AsStaff) -> Result<Json<CopilotTasks>, ApiError> {
    Ok(Json(CopilotTasks { tasks: app.services.copilot.tasks(&staff).await? }))
}

async fn label(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<ConversationId>,
) -> Result<Json<CopilotLabels>, ApiError> {
    let labels = app.services.copilot.label(&staff, id).await?;
    Ok(Json(CopilotLabels { category: labels.category, tags: labels.tags, title: labels.title }))
}

async fn summarise(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<ConversationId>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let copilot = app.services.copilot.clone();
    let write =
        move |tell: Tell| async move { copilot.summarise(&staff, id, &mut |text| tell.more(text)).await };
    written(&headers, write).await
}

async fn rewrite(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<ConversationId>,
    headers: HeaderMap,
    Json(body): Json<RewriteText>,
) -> Result<Response, ApiError> {
    let style = match body.style {
        RewriteStyle::Friendlier => ::llm::Style::Friendlier,
        RewriteStyle::Shorter => ::llm::Style::Shorter,
        RewriteStyle::Formal => ::llm::Style::Formal,
    };
    let copilot = app.services.copilot.clone();
    let write = move |tell: Tell| async move {
        copilot.rewrite(&staff, id, &body.text, style, &mut |text| tell.more(text)).await
    };
    written(&headers, write).await
}

async fn translate(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<ConversationId>,
    headers: HeaderMap,
    Json(body): Json<TranslateText>,
) -> Result<Response, ApiError> {
    let copilot = app.services.copilot.clone();
    let write = move |tell: Tell| async move {
        copilot.translate(&staff, id, &body.text, body.to, &mut |text| tell.more(text)).await
    };
    written(&headers, write).await
}

/// Where a text goes while it is written.
struct Tell(UnboundedSender<Told>);

enum Told {
    More(String),
    End(service::Result<String>),
}

impl Tell {
    fn more(&self, text: String) {
        // Nobody listens where the text is wanted at once.
        drop(self.0.send(Told::More(text)));
    }
}

/// What `write` writes: as it comes, or at once.
async fn written<W>(headers: &HeaderMap, write: impl FnOnce(Tell) -> W) -> Result<Response, ApiError>
where
    W: Future<Output = service::Result<String>> + Send + 'static,
{
    let (tell, told) = unbounded_channel();
    let text = write(Tell(tell.clone()));
    if !wants_events(headers) {
        drop(told);
        return Ok(Json(CopilotText { text: text.await? }).into_response());
    }
    let work = async move { drop(tell.send(Told::End(text.await))) };
    let mut writing = Writing { work: work.boxed().fuse(), told };
    // Until there is something to show, a failure is an answer like any other.
    match writing.next().await {
        Some(Told::End(Err(error))) => Err(error.into()),
        Some(first) => Ok(events(first, writing)),
        None => Err(ApiError::internal("a text without an end")),
    }
}

/// A text that is being written: it goes on as long as somebody asks for more.
struct Writing {
    work: Fuse<BoxFuture<'static, ()>>,
    told: UnboundedReceiver<Told>,
}

impl Writing {
    async fn next(&mut self) -> Option<Told> {
        tokio::select! {
            biased;
            told = self.told.recv() => told,
            () = &mut self.work, if !self.work.is_terminated() => self.told.recv().await,
        }
    }
}

fn events(first: Told, writing: Writing) -> Response {
    let all = stream::unfold((Some(first), Some(writing)), async |(first, writing)| {
        let mut writing = writing?;
        let told = match first {
            Some(first) => first,
            None => writing.next().await?,
        };
        let (event, rest) = match told {
            Told::More(text) => (CopilotEvent::More { text }, Some(writing)),
            Told::End(Ok(text)) => (CopilotEvent::Done { text }, None),
            Told::End(Err(error)) => (CopilotEvent::Failed { code: ApiError::from(error).code }, None),
        };
        let data = serde_json::to_string(&event).unwrap_or_default();
        Some((Ok::<_, Infallible>(sse::Event::default().data(data)), (None, rest)))
    });
    // A proxy that gathers an answer before it passes it on would make the whole thing pointless.
    ([("x-accel-buffering", "no")], Sse::new(all)).into_response()
}

fn wants_events(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|kind| {
        kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/event-stream"))
    })
}
