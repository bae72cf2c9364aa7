//! From an HTTP request to a running socket: origin, credential, registration, farewell.

use super::{
    admission::Later,
    connection,
    encode::text,
    followers::{StaffSocket, VisitorSocket},
    outbox::{Cut, outbox},
    staff::StaffSide,
    visitor::VisitorSide,
};
use crate::{app::AppState, errors::code_of};
use axum::{
    extract::{
        State, WebSocketUpgrade,
        ws::{Message, WebSocket},
    },
    response::Response,
};
use bus::{ConnectionId, Member};
use protocol::{
    ErrorCode,
    frame::{MAX_FRAME, ServerFrame, VisitorFrame, close},
};
use service::Error;
use std::sync::{Arc, Mutex, RwLock, atomic::AtomicBool};
use tokio::sync::Notify;

/// Small, because each idle connection holds one: the default costs 128 KiB.
const READ_BUFFER: usize = 2 * 1024;
/// What is gathered for one write to the socket; held only while there is something to write.
const WRITE_BUFFER: usize = 16 * 1024;

/// Bounded buffers and frames, for every socket that we accept.
pub fn sized(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(1024 * 1024)
        .max_message_size(MAX_FRAME)
        .max_frame_size(MAX_FRAME)
}

pub async fn staff_socket(State(app): State<AppState>, upgrade: WebSocketUpgrade) -> Response {
    sized(upgrade).on_upgrade(move |socket| Box::pin(run_staff(app, socket)))
}

pub async fn visitor_socket(State(app): State<AppState>, upgrade: WebSocketUpgrade) -> Response {
    sized(upgrade).on_upgrade(move |socket| Box::pin(run_visitor(app, socket)))
}

async fn run_staff(app: AppState, mut socket: WebSocket) {
    let credential = match connection::hello(&mut socket).await {
        Ok(credential) => credential,
        Err((code, cut)) => return refuse(socket, code, cut).await,
    };
    let place = match app.admission.staff.enter().await {
        Ok(place) => place,
        Err(later) => return defer(socket, later).await,
    };
    let (staff, session) = match app.services.accounts.redeem(&credential).await {
        Ok(found) => found,
        Err(Error::InvalidTicket | Error::InvalidSession) => {
            return refuse(socket, ErrorCode::InvalidTicket, REFUSED).await;
        }
        Err(error) => return refuse(socket, code_of(&error), AGAIN).await,
    };
    drop(place);
    let (outbox, frames, switch) = outbox();
    let member = Member::Agent(staff.workspace(), staff.id());
    let registered = Arc::new(StaffSocket {
        id: app.hub.connection_id(),
        workspace: staff.workspace(),
        agent: staff.id(),
        session: staff.session_id(),
        scope: RwLock::new(Arc::clone(&staff.scope)),
        follows_inbox: AtomicBool::new(false),
        watched: Mutex::default(),
        outbox,
        look_again: Notify::new(),
    });
    let (id, presence) = (registered.id, staff.agent.presence);
    app.hub.followers.add_staff(Arc::clone(&registered));
    let leaving = Leaving { app: app.clone(), member, id };
    // What ended the session while it was not registered yet was not heard of.
    registered.look_again.notify_one();
    if app.services.bus.connect(member, id) {
        app.services.accounts.announce(staff.workspace(), staff.id(), presence);
        app.wake_routing();
    }
    let cut = if welcome::<protocol::inbox::AgentConversation>(&app, &mut socket).await {
        let side = StaffSide::new(app.clone(), staff, session, registered);
        connection::run(socket, frames, switch, side, app.config.heartbeat).await
    } else {
        None
    };
    drop(leaving);
    if let Some((socket, cut)) = cut {
        connection::close(socket, cut).await;
    }
}

async fn run_visitor(app: AppState, mut socket: WebSocket) {
    let credential = match connection::hello(&mut socket).await {
        Ok(credential) => credential,
        Err((code, cut)) => return refuse(socket, code, cut).await,
    };
    let place = match app.admission.visitors.enter().await {
        Ok(place) => place,
        Err(later) => return defer(socket, later).await,
    };
    let visitor = match app.services.visitors.authenticate(&credential).await {
        Ok(visitor) => visitor,
        Err(Error::InvalidSession) => return refuse(socket, ErrorCode::InvalidSession, REFUSED).await,
        Err(error) => return refuse(socket, code_of(&error), AGAIN).await,
    };
    let (outbox, frames, switch) = outbox();
    let id = app.hub.connection_id();
    let registered = VisitorSocket { id, session: visitor.session_id, channel: visitor.channel, outbox };
    let member = Member::Contact(visitor.workspace, visitor.contact);
    app.hub.followers.add_visitor(visitor.contact, Arc::new(registered));
    app.services.bus.connect(member, id);
    let leaving = Leaving { app: app.clone(), member, id };
    // Once more: a session that ended (or became another contact's) before the socket was
    // registered was not heard of.
    let refusal = match app.services.visitors.authenticate(&credential).await {
        Ok(again) if again == visitor => None,
        Ok(_) | Err(Error::InvalidSession) => Some((ErrorCode::InvalidSession, REFUSED)),
        Err(error) => Some((code_of(&error), AGAIN)),
    };
    drop(place);
    if let Some((code, cut)) = refusal {
        drop(leaving);
        return refuse(socket, code, cut).await;
    }
    let cut = if welcome::<protocol::visitor::VisitorConversation>(&app, &mut socket).await {
        let side = VisitorSide::new(app.clone(), visitor);
        connection::run(socket, frames, switch, side, app.config.heartbeat).await
    } else {
        None
    };
    drop(leaving);
    if let Some((socket, cut)) = cut {
        connection::close(socket, cut).await;
    }
}

/// What a connection takes back when it ends, however it ends: also by a panic.
struct Leaving {
    app: AppState,
    member: Member,
    id: ConnectionId,
}

impl Drop for Leaving {
    fn drop(&mut self) {
        let Self { app, member, id } = self;
        match *member {
            Member::Agent(..) => app.hub.followers.remove_staff(*id),
            Member::Contact(_, contact) => app.hub.followers.remove_visitor(contact, *id),
        }
        let was_last = app.services.bus.disconnect(*member, *id);
        if let (true, Member::Agent(workspace, agent)) = (was_last, *member) {
            let accounts = app.services.accounts.clone();
            tokio::spawn(async move { accounts.announce_gone(workspace, agent).await });
        }
    }
}

async fn welcome<C: serde::Serialize>(app: &AppState, socket: &mut WebSocket) -> bool {
    let frame = ServerFrame::<C>::Welcome {
        protocol: protocol::PROTOCOL,
        epoch: app.epoch().to_string(),
        heartbeat_ms: app.config.heartbeat.as_millis() as u64,
        now: app.services.clock.now(),
    };
    socket.send(Message::Text(text(&frame))).await.is_ok()
}

/// We could not tell: the client comes back with what it has.
const AGAIN: Cut = Cut { code: close::RESTART, reason: "again" };
const REFUSED: Cut = Cut { code: close::SESSION, reason: "refused" };

/// Too many come at once: not now.
async fn defer(mut socket: WebSocket, later: Later) {
    let (code, retry_after) = (ErrorCode::RateLimited, Some(later.seconds()));
    let error = VisitorFrame::Error { code, client_id: None, conversation_id: None, retry_after };
    drop(socket.send(Message::Text(text(&error))).await);
    connection::close(socket, later.cut()).await;
}

/// An error frame, then the close code that tells the client what to do.
async fn refuse(mut socket: WebSocket, code: ErrorCode, cut: Cut) {
    let error = VisitorFrame::Error { code, client_id: None, conversation_id: None, retry_after: None };
    drop(socket.send(Message::Text(text(&error))).await);
    connection::close(socket, Cut { reason: code.code(), ..cut }).await;
}
