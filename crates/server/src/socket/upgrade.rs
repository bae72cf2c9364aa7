//! From an HTTP request to a running socket: origin, credential, registration, farewell.

use super::{
    admission::Later,
    connection,
    encode::text,
    followers::{StaffSocket, VisitorSocket},
    outbox::{Cut, Frames, outbox},
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
    // Coming and going hold far more memory than staying, so they are on the heap while they last.
    let (mut side, frames, leaving) = match Box::pin(enter_staff(&app, &mut socket)).await {
        Ok(entered) => entered,
        Err(away) => return Box::pin(away.say(socket)).await,
    };
    let cut = connection::run(&mut socket, &frames, &mut side, app.config.heartbeat).await;
    drop(leaving);
    if let Some(cut) = cut {
        Box::pin(connection::close(socket, cut)).await;
    }
}

async fn run_visitor(app: AppState, mut socket: WebSocket) {
    let (mut side, frames, leaving) = match Box::pin(enter_visitor(&app, &mut socket)).await {
        Ok(entered) => entered,
        Err(away) => return Box::pin(away.say(socket)).await,
    };
    let cut = connection::run(&mut socket, &frames, &mut side, app.config.heartbeat).await;
    drop(leaving);
    if let Some(cut) = cut {
        Box::pin(connection::close(socket, cut)).await;
    }
}

async fn enter_staff(app: &AppState, socket: &mut WebSocket) -> Result<(StaffSide, Frames, Leaving), Away> {
    let credential = connection::hello(socket).await.map_err(|(code, cut)| Away::Refused(code, cut))?;
    let place = app.admission.staff.enter().await.map_err(Away::Later)?;
    let (staff, session) = app.services.accounts.redeem(&credential).await.map_err(|error| match error {
        Error::InvalidTicket | Error::InvalidSession => Away::Refused(ErrorCode::InvalidTicket, REFUSED),
        error => Away::Refused(code_of(&error), AGAIN),
    })?;
    drop(place);
    let (outbox, frames) = outbox();
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
    welcome::<protocol::inbox::AgentConversation>(app, socket).await?;
    Ok((StaffSide::new(app.clone(), staff, session, registered), frames, leaving))
}

async fn enter_visitor(
    app: &AppState,
    socket: &mut WebSocket,
) -> Result<(VisitorSide, Frames, Leaving), Away> {
    let credential = connection::hello(socket).await.map_err(|(code, cut)| Away::Refused(code, cut))?;
    let place = app.admission.visitors.enter().await.map_err(Away::Later)?;
    let authenticate = || async {
        app.services.visitors.authenticate(&credential).await.map_err(|error| match error {
            Error::InvalidSession => Away::Refused(ErrorCode::InvalidSession, REFUSED),
            error => Away::Refused(code_of(&error), AGAIN),
        })
    };
    let visitor = authenticate().await?;
    let (outbox, frames) = outbox();
    let id = app.hub.connection_id();
    let registered = VisitorSocket { id, session: visitor.session_id, channel: visitor.channel, outbox };
    let member = Member::Contact(visitor.workspace, visitor.contact);
    app.hub.followers.add_visitor(visitor.contact, Arc::new(registered));
    app.services.bus.connect(member, id);
    let leaving = Leaving { app: app.clone(), member, id };
    // Once more: a session that ended (or became another contact's) before the socket was
    // registered was not heard of.
    if authenticate().await? != visitor {
        return Err(Away::Refused(ErrorCode::InvalidSession, REFUSED));
    }
    drop(place);
    welcome::<protocol::visitor::VisitorConversation>(app, socket).await?;
    Ok((VisitorSide::new(app.clone(), visitor), frames, leaving))
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

async fn welcome<C: serde::Serialize>(app: &AppState, socket: &mut WebSocket) -> Result<(), Away> {
    let frame = ServerFrame::<C>::Welcome {
        protocol: protocol::PROTOCOL,
        epoch: app.epoch().to_string(),
        heartbeat_ms: app.config.heartbeat.as_millis() as u64,
        now: app.services.clock.now(),
    };
    socket.send(Message::Text(text(&frame))).await.map_err(|_| Away::Gone)
}

/// We could not tell: the client comes back with what it has.
const AGAIN: Cut = Cut { code: close::RESTART, reason: "again" };
const REFUSED: Cut = Cut { code: close::SESSION, reason: "refused" };

/// Who does not come in.
enum Away {
    Refused(ErrorCode, Cut),
    /// Too many come at once: not now.
    Later(Later),
    Gone,
}

impl Away {
    /// An error frame, then the close code that tells the client what to do.
    async fn say(self, mut socket: WebSocket) {
        let (code, retry_after, cut) = match self {
            Self::Refused(code, cut) => (code, None, Cut { reason: code.code(), ..cut }),
            Self::Later(later) => (ErrorCode::RateLimited, Some(later.seconds()), later.cut()),
            Self::Gone => return,
        };
        let error = VisitorFrame::Error { code, client_id: None, conversation_id: None, retry_after };
        drop(socket.send(Message::Text(text(&error))).await);
        connection::close(socket, cut).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a task holds while its socket is silent; ten thousand of them are silent at once.
    #[test]
    fn a_silent_socket_holds_little() {
        const fn size<F: Future>(_: &impl Fn(AppState, WebSocket) -> F) -> usize {
            size_of::<F>()
        }
        let (visitor, staff) = (size(&run_visitor), size(&run_staff));
        assert!(visitor <= 5_120 && staff <= 5_120, "{visitor} and {staff} bytes");
    }
}
