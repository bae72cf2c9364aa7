//! What a visitor's window does over HTTP.

use super::{
    conversations::PageQuery,
    guard::{self, AsVisitor, Headers},
    table::{Access, Route},
};
use crate::{
    app::AppState,
    http::{ApiError, ClientAddress, Json, Path, Query, origin::Initiator},
    rate::Limit,
    socket::Named,
    views,
};
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
};
use model::{Conversation, ConversationId, Locale, Rating, contact::Trail};
use protocol::{
    bot::AnswerFeedback,
    inbox::{Positions, RatingView},
    message::{MessagePage, Receipt},
    visitor::{
        Rate, StartSession, VisitorConversation, VisitorConversationDetail, VisitorConversations,
        VisitorSend, VisitorSessionView, WindowBot, WindowSettings,
    },
};
use service::{text::cut, visitors::Arrival};

pub fn routes() -> Vec<Route> {
    const OWN: Access = Access::Visitor;
    vec![
        Route::post(
            "/api/visitor/session",
            Access::Public,
            "Start, continue or identify a visitor session",
            start,
        )
        .body::<StartSession>()
        .returns::<VisitorSessionView>(),
        Route::delete("/api/visitor/session", OWN, "Forget this browser", reset),
        Route::get("/api/visitor/conversations", OWN, "One's own conversations, newest first", list)
            .returns::<VisitorConversations>(),
        Route::get("/api/visitor/conversations/{id}", OWN, "One of one's own conversations", detail)
            .returns::<VisitorConversationDetail>(),
        Route::get("/api/visitor/conversations/{id}/messages", OWN, "A run of messages", messages)
            .query(&[
                ("before", "Messages before this seq"),
                ("after", "Messages after this seq"),
                ("limit", "At most so many, 100 at most"),
            ])
            .returns::<MessagePage>(),
        Route::post("/api/visitor/messages", OWN, "Send a message", send)
            .body::<VisitorSend>()
            .creates::<Receipt>(),
        Route::post(
            "/api/visitor/conversations/{id}/receipt",
            OWN,
            "Tell what was received and read",
            receipt,
        )
        .body::<Positions>(),
        Route::post("/api/visitor/conversations/{id}/end", OWN, "End the conversation", end)
            .returns::<VisitorConversation>(),
        Route::put(
            "/api/visitor/conversations/{id}/rating",
            OWN,
            "Rate the conversation; can be changed once",
            rate,
        )
        .body::<Rate>()
        .returns::<RatingView>(),
    ]
}

async fn start(
    State(app): State<AppState>,
    address: ClientAddress,
    Headers(headers): Headers,
    Json(body): Json<StartSession>,
) -> Result<Json<VisitorSessionView>, ApiError> {
    app.limits.check(Limit::NewSessions, address.network()).await?;
    let channel = app.services.channels.find_by_key(&body.channel.0).await?;
    if app.own_origin.initiator(&headers) == Initiator::Foreign {
        guard::check_site(&channel, &headers)?;
    }
    let locale = body.locale.unwrap_or_else(|| crate::http::problem::locale(&headers));
    let arrival = arrival(body, locale, &headers);
    let welcome = app.services.visitors.start(channel, arrival).await?;
    let active = app.services.conversations.active_of(&welcome.visitor).await?;
    let settings = welcome.channel.settings;
    Ok(Json(VisitorSessionView {
        token: welcome.token.expose().to_owned(),
        expires_at: welcome.expires_at,
        contact_id: welcome.contact.id,
        name: welcome.contact.name,
        verified: welcome.contact.verified,
        channel: WindowSettings {
            title: settings.title,
            greeting: settings.greeting,
            color: settings.color,
            locale: settings.locale,
            staffed: welcome.staffed,
            bot: settings.bot.enabled.then_some(WindowBot { name: settings.bot.name }),
        },
        conversation: active.map(|found| view(&app, &found)),
        epoch: app.epoch().to_string(),
    }))
}

fn arrival(body: StartSession, locale: Locale, headers: &HeaderMap) -> Arrival {
    let user_agent =
        headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Arrival {
        token: body.token,
        identity: body.identity,
        name: body.hints.name,
        email: body.hints.email,
        phone: body.hints.phone,
        attributes: body.hints.attributes,
        trail: Trail {
            url: cut(&body.page.url, 1_000),
            title: cut(&body.page.title, 200),
            referrer: cut(&body.page.referrer, 1_000),
            user_agent: cut(user_agent, 300),
            time_zone: cut(&body.page.time_zone, 60),
        },
        locale,
    }
}

fn view(app: &AppState, conversation: &Conversation) -> VisitorConversation {
    VisitorConversation::of(conversation, &Named(&app.services.names))
}

async fn reset(State(app): State<AppState>, AsVisitor(visitor): AsVisitor) -> Result<StatusCode, ApiError> {
    app.services.visitors.reset(&visitor).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn list(
    State(app): State<AppState>,
    AsVisitor(visitor): AsVisitor,
) -> Result<Json<VisitorConversations>, ApiError> {
    let own = app.services.conversations.list_own(&visitor).await?;
    Ok(Json(VisitorConversations { conversations: own.iter().map(|found| view(&app, found)).collect() }))
}

async fn detail(
    State(app): State<AppState>,
    AsVisitor(visitor): AsVisitor,
    Path(id): Path<ConversationId>,
) -> Result<Json<VisitorConversationDetail>, ApiError> {
    let conversation = app.services.conversations.access_own(&visitor, id).await?;
    let rating = app.services.conversations.rating(visitor.workspace, id).await?;
    let feedback = app.services.bots.feedback(&conversation).await?;
    Ok(Json(VisitorConversationDetail {
        conversation: view(&app, &conversation),
        rating: rating.map(Into::into),
        feedback: feedback.into_iter().map(|(seq, helpful)| AnswerFeedback { seq, helpful }).collect(),
    }))
}

async fn messages(
    State(app): State<AppState>,
    AsVisitor(visitor): AsVisitor,
    Path(id): Path<ConversationId>,
    Query(query): Query<PageQuery>,
) -> Result<Json<MessagePage>, ApiError> {
    let conversation = app.services.conversations.access_own(&visitor, id).await?;
    let limit = query.limit.unwrap_or(50);
    let page = app.services.conversations.messages(&conversation, query.before, query.after, limit).await?;
    Ok(Json(views::page_for_visitor(&app, page)))
}

async fn send(
    State(app): State<AppState>,
    AsVisitor(visitor): AsVisitor,
    Json(body): Json<VisitorSend>,
) -> Result<(StatusCode, Json<Receipt>), ApiError> {
    app.limits.check(Limit::VisitorMessages, visitor.contact.0).await?;
    if body.conversation_id.is_none() {
        app.check_opening(&visitor).await?;
    }
    let posted = views::posted(body.content);
    let conversations = &app.services.conversations;
    let pending =
        conversations.post_as_visitor(&visitor, body.conversation_id, body.client_id.clone(), posted).await?;
    Ok((StatusCode::CREATED, Json(views::receipt(body.client_id, &pending.await?))))
}

async fn receipt(
    State(app): State<AppState>,
    AsVisitor(visitor): AsVisitor,
    Path(id): Path<ConversationId>,
    Json(body): Json<Positions>,
) -> Result<StatusCode, ApiError> {
    app.services.conversations.receipt_as_visitor(&visitor, id, body.delivered, body.read).await?.await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn end(
    State(app): State<AppState>,
    AsVisitor(visitor): AsVisitor,
    Path(id): Path<ConversationId>,
) -> Result<Json<VisitorConversation>, ApiError> {
    let conversation = app.services.conversations.end(&visitor, id).await?;
    app.wake_routing();
    Ok(Json(view(&app, &conversation)))
}

async fn rate(
    State(app): State<AppState>,
    AsVisitor(visitor): AsVisitor,
    Path(id): Path<ConversationId>,
    Json(body): Json<Rate>,
) -> Result<Json<RatingView>, ApiError> {
    let rating = Rating {
        conversation_id: id,
        stars: body.stars,
        tags: body.tags,
        solved: body.solved,
        text: body.text,
        created_at: 0,
        changed_at: None,
    };
    Ok(Json(app.services.conversations.rate(&visitor, rating).await?.into()))
}
