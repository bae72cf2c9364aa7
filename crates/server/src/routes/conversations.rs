//! Conversations as agents work with them.

use super::{
    guard::AsStaff,
    table::{Access, Route},
};
use crate::{
    app::AppState,
    http::{ApiError, Json, Path, Query},
    socket::Named,
    views,
};
use axum::{extract::State, http::StatusCode};
use bus::Member;
use model::{ConversationId, MessageId, Mood, MoodKind, Permission, Seq, TeamId};
use protocol::{
    ErrorCode,
    assignment::{AssignmentView, ReasonsView, WaitingView},
    inbox::{
        AgentConversation, Assign, ContactView, ConversationDetail, ConversationPage, ListOrder, Positions,
        SearchHit, SearchPage, SendMessage, View, ViewCounts,
    },
    message::{MessagePage, MessageView, Receipt},
};
use serde::Deserialize;
use service::{
    conversations::{Listing, Order, Position},
    routing::{Explained, Wait},
};

const VIEW: Access = Access::Staff(Permission::ViewConversations);
const PAGE: &[(&str, &str)] = &[
    ("before", "Messages before this seq"),
    ("after", "Messages after this seq"),
    ("limit", "At most so many, 100 at most"),
];

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/conversations", VIEW, "A page of a list", list)
            .query(&[
                ("view", "queue, mine, team, all or resolved"),
                ("team_id", "Only this team's"),
                (
                    "order",
                    "time (the queue: longest wait first; others: newest activity first) or upset (who is angry or \
                     upset first; not of what is resolved)",
                ),
                ("mood", "Only of visitors who feel so: angry, upset or urgent"),
                ("before", "The `next` of the page before"),
                ("limit", "At most so many, 100 at most"),
            ])
            .returns::<ConversationPage>(),
        Route::get("/api/conversations/counts", VIEW, "How many conversations each list has", counts)
            .returns::<ViewCounts>(),
        Route::get("/api/conversations/{id}", VIEW, "A conversation with its contact", detail)
            .returns::<ConversationDetail>(),
        Route::get("/api/conversations/{id}/messages", VIEW, "A run of messages", messages)
            .query(PAGE)
            .returns::<MessagePage>(),
        Route::post(
            "/api/conversations/{id}/messages",
            Access::Staff(Permission::Reply),
            "Send a message",
            send,
        )
        .body::<SendMessage>()
        .creates::<Receipt>(),
        Route::post("/api/conversations/{id}/receipt", VIEW, "Tell what was received and read", receipt)
            .body::<Positions>(),
        Route::post(
            "/api/conversations/{id}/accept",
            Access::Staff(Permission::Accept),
            "Take it from the queue",
            accept,
        )
        .returns::<AgentConversation>(),
        Route::post(
            "/api/conversations/{id}/assign",
            Access::Staff(Permission::Assign),
            "Give it away",
            assign,
        )
        .body::<Assign>()
        .returns::<AgentConversation>(),
        Route::get(
            "/api/conversations/{id}/assignment",
            VIEW,
            "Why an agent was chosen automatically, or why nobody has it yet",
            assignment,
        )
        .query(&[("seq", "The notice of the assignment that is asked about")])
        .returns::<AssignmentView>(),
        Route::post("/api/conversations/{id}/resolve", Access::Staff(Permission::Resolve), "End it", resolve)
            .returns::<AgentConversation>(),
        Route::post(
            "/api/conversations/{id}/reopen",
            Access::Staff(Permission::Resolve),
            "Open it again",
            reopen,
        )
        .returns::<AgentConversation>(),
        Route::get("/api/search", VIEW, "Messages that contain all words of the query, newest first", search)
            .query(&[("q", "What to look for"), ("before", "The `next` of the page before")])
            .returns::<SearchPage>(),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    view: View,
    team_id: Option<TeamId>,
    #[serde(default)]
    order: ListOrder,
    mood: Option<MoodKind>,
    before: Option<String>,
    limit: Option<i64>,
}

async fn list(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Query(query): Query<ListQuery>,
) -> Result<Json<ConversationPage>, ApiError> {
    let listing = match query.view {
        View::Queue => Listing::Queue { team: query.team_id },
        View::Mine => Listing::Mine,
        View::Team => Listing::Team { team: query.team_id },
        View::All => Listing::Current,
        View::Resolved => Listing::Resolved,
    };
    let order = match query.order {
        ListOrder::Time => Order::Time,
        ListOrder::Upset => Order::Upset,
    };
    let before = query.before.as_deref().map(|text| position(text, order)).transpose()?;
    let limit = query.limit.unwrap_or(50).clamp(1, 100);
    let found = app.services.conversations.list(&staff, listing, order, query.mood, before, limit).await?;
    let last = found.last().filter(|_| found.len() as i64 == limit);
    let next = last.map(|last| {
        let Position { upset, at, id } = Position::of(last, listing, order);
        match order {
            Order::Time => format!("{at}.{id}"),
            Order::Upset => format!("{upset}.{at}.{id}"),
        }
    });
    Ok(Json(ConversationPage { conversations: found.iter().map(AgentConversation::from).collect(), next }))
}

fn position(text: &str, order: Order) -> Result<Position, ApiError> {
    let read = || {
        let (upset, place) = match order {
            Order::Time => (0, text),
            Order::Upset => {
                text.split_once('.').and_then(|(upset, place)| Some((upset.parse().ok()?, place)))?
            }
        };
        let (at, id) = place.split_once('.')?;
        let position = Position { upset, at: at.parse().ok()?, id: id.parse().ok()? };
        (upset <= Mood::STRONGEST).then_some(position)
    };
    read().ok_or_else(|| ApiError::of_field(ErrorCode::InvalidField, "before"))
}

async fn counts(State(app): State<AppState>, AsStaff(staff): AsStaff) -> Result<Json<ViewCounts>, ApiError> {
    let counts = app.services.conversations.count(&staff).await?;
    Ok(Json(ViewCounts {
        queue: counts.queue,
        mine: counts.mine,
        mine_unread: counts.mine_unread,
        team: counts.team,
        all: counts.current,
    }))
}

async fn detail(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<ConversationId>,
) -> Result<Json<ConversationDetail>, ApiError> {
    let detail = app.services.conversations.detail(&staff, id).await?;
    let hand_off = app.services.bots.summary(&detail.conversation).await?;
    let online = app.services.bus.is_present(Member::Contact(staff.workspace(), detail.contact.id)).await;
    Ok(Json(ConversationDetail {
        conversation: AgentConversation::from(&detail.conversation),
        contact: ContactView::of(detail.contact, online),
        rating: detail.rating.map(Into::into),
        hand_off: hand_off.map(super::bots::hand_off_view),
        others: detail.others.iter().map(AgentConversation::from).collect(),
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PageQuery {
    pub before: Option<Seq>,
    pub after: Option<Seq>,
    pub limit: Option<i64>,
}

async fn messages(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<ConversationId>,
    Query(query): Query<PageQuery>,
) -> Result<Json<MessagePage>, ApiError> {
    let conversation = app.services.conversations.access(&staff, id).await?;
    let limit = query.limit.unwrap_or(50);
    let page = app.services.conversations.messages(&conversation, query.before, query.after, limit).await?;
    Ok(Json(views::page(&app, page)))
}

async fn send(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<ConversationId>,
    Json(body): Json<SendMessage>,
) -> Result<(StatusCode, Json<Receipt>), ApiError> {
    let posted = views::posted(body.content);
    let committed =
        app.services.conversations.post(&staff, id, body.client_id.clone(), posted).await?.await?;
    Ok((StatusCode::CREATED, Json(views::receipt(body.client_id, &committed))))
}

async fn receipt(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<ConversationId>,
    Json(body): Json<Positions>,
) -> Result<StatusCode, ApiError> {
    app.services.conversations.receipt(&staff, id, body.delivered, body.read).await?.await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn accept(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<ConversationId>,
) -> Result<Json<AgentConversation>, ApiError> {
    let conversation = app.services.conversations.accept(&staff, id).await?;
    Ok(Json(AgentConversation::from(&*conversation)))
}

async fn assign(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<ConversationId>,
    Json(body): Json<Assign>,
) -> Result<Json<AgentConversation>, ApiError> {
    let conversations = &app.services.conversations;
    let conversation = match body.agent_id {
        Some(agent) => conversations.assign(&staff, id, agent).await?,
        None => conversations.queue(&staff, id, body.team_id).await?,
    };
    Ok(Json(AgentConversation::from(&*conversation)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AssignmentQuery {
    seq: Option<Seq>,
}

async fn assignment(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<ConversationId>,
    Query(query): Query<AssignmentQuery>,
) -> Result<Json<AssignmentView>, ApiError> {
    let Explained { reasons, wait } = app.services.routing.explain(&staff, id, query.seq).await?;
    let named = Named(&app.services.names);
    Ok(Json(AssignmentView {
        reasons: reasons.map(|reasons| ReasonsView::of(reasons, &named)),
        waiting: wait.map(|Wait { why, members, online }| WaitingView { reason: why, members, online }),
    }))
}

async fn resolve(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<ConversationId>,
) -> Result<Json<AgentConversation>, ApiError> {
    let conversation = app.services.conversations.resolve(&staff, id).await?;
    app.wake_routing();
    Ok(Json(AgentConversation::from(&*conversation)))
}

async fn reopen(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<ConversationId>,
) -> Result<Json<AgentConversation>, ApiError> {
    let conversation = app.services.conversations.reopen(&staff, id).await?;
    Ok(Json(AgentConversation::from(&*conversation)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SearchQuery {
    q: String,
    before: Option<MessageId>,
}

const SEARCH_PAGE: i64 = 30;

async fn search(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Query(query): Query<SearchQuery>,
) -> Result<Json<SearchPage>, ApiError> {
    let hits = app.services.search.messages(&staff, &query.q, query.before, SEARCH_PAGE).await?;
    let next =
        hits.last().filter(|_| hits.len() as i64 == SEARCH_PAGE).map(|last| last.message.id.to_string());
    let named = Named(&app.services.names);
    let hits = hits.into_iter().map(|hit| SearchHit {
        conversation: AgentConversation::from(&hit.conversation),
        message: MessageView::of(&hit.message, &named),
        excerpt: hit.excerpt,
        highlights: hit.highlights,
    });
    Ok(Json(SearchPage { hits: hits.collect(), next }))
}
