//! The hub: all sockets of this node, by what they follow. Called by the bus on the
//! publisher's own task, so it never waits: it encodes, and pushes to bounded queues.

use super::{
    encode::{Changed, text},
    inbox::Inbox,
    outbox::{Cut, Outbox},
};
use axum::extract::ws::Utf8Bytes;
use bus::{ConnectionId, Delivery};
use model::{
    AgentId, ChannelId, ContactId, Conversation, ConversationId, Envelope, Event, Message, Scope, SessionId,
    Side, Topic, VisitorSessionId, WorkspaceId,
};
use protocol::frame::{AgentFrame, VisitorFrame, close};
use service::{Clock, conversations::Place, names::Names};
use std::{
    cell::LazyCell,
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};
use tokio::sync::Notify;

/// A socket of an agent's console.
pub struct StaffSocket {
    pub id: ConnectionId,
    pub workspace: WorkspaceId,
    pub agent: AgentId,
    pub session: SessionId,
    /// What the agent may see; replaced when role or teams change.
    pub scope: RwLock<Arc<Scope>>,
    pub follows_inbox: AtomicBool,
    /// What it follows, after access was checked.
    pub watched: Mutex<HashMap<ConversationId, Place>>,
    pub outbox: Outbox,
    /// Rung when the session should be looked at again.
    pub look_again: Notify,
}

/// A socket of a visitor's window.
pub struct VisitorSocket {
    pub id: ConnectionId,
    pub session: VisitorSessionId,
    pub channel: ChannelId,
    pub outbox: Outbox,
}

#[derive(Default)]
struct Sockets {
    staff: HashMap<ConnectionId, Arc<StaffSocket>>,
    watching: HashMap<ConversationId, Vec<Arc<StaffSocket>>>,
    visitors: HashMap<ContactId, Vec<Arc<VisitorSocket>>>,
}

pub struct Hub {
    names: Names,
    clock: Clock,
    next_id: AtomicU64,
    sockets: RwLock<Sockets>,
    inbox: Mutex<Inbox>,
    /// Rung when the inbox has something to send.
    pub(super) inbox_changed: Notify,
}

impl StaffSocket {
    pub fn scope(&self) -> Arc<Scope> {
        Arc::clone(&self.scope.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn set_scope(&self, scope: Arc<Scope>) {
        *self.scope.write().unwrap_or_else(PoisonError::into_inner) = scope;
    }

    pub fn watched(&self) -> MutexGuard<'_, HashMap<ConversationId, Place>> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hub {
    pub fn new(names: Names, clock: Clock) -> Arc<Self> {
        Arc::new(Self {
            names,
            clock,
            next_id: AtomicU64::new(1),
            sockets: RwLock::default(),
            inbox: Mutex::default(),
            inbox_changed: Notify::new(),
        })
    }

    pub fn connection_id(&self) -> ConnectionId {
        ConnectionId(self.next_id.fetch_add(1, Ordering::Relaxed))
    }

    pub fn add_staff(&self, socket: Arc<StaffSocket>) {
        self.write().staff.insert(socket.id, socket);
    }

    pub fn remove_staff(&self, id: ConnectionId) {
        let mut sockets = self.write();
        sockets.staff.remove(&id);
        sockets.watching.retain(|_, watchers| {
            watchers.retain(|socket| socket.id != id);
            !watchers.is_empty()
        });
    }

    /// To be called after access was checked.
    pub fn watch(&self, socket: &Arc<StaffSocket>, place: Place) {
        socket.watched().insert(place.conversation, place);
        let mut sockets = self.write();
        let watchers = sockets.watching.entry(place.conversation).or_default();
        if !watchers.iter().any(|watcher| watcher.id == socket.id) {
            watchers.push(Arc::clone(socket));
        }
    }

    pub fn unwatch(&self, socket: &StaffSocket, conversation: ConversationId) {
        socket.watched().remove(&conversation);
        let mut sockets = self.write();
        if let Some(watchers) = sockets.watching.get_mut(&conversation) {
            watchers.retain(|watcher| watcher.id != socket.id);
            if watchers.is_empty() {
                sockets.watching.remove(&conversation);
            }
        }
    }

    pub fn add_visitor(&self, contact: ContactId, socket: Arc<VisitorSocket>) {
        self.write().visitors.entry(contact).or_default().push(socket);
    }

    pub fn remove_visitor(&self, contact: ContactId, id: ConnectionId) {
        let mut sockets = self.write();
        if let Some(own) = sockets.visitors.get_mut(&contact) {
            own.retain(|socket| socket.id != id);
            if own.is_empty() {
                sockets.visitors.remove(&contact);
            }
        }
    }

    /// Staff and visitor sockets on this node.
    pub fn count(&self) -> (usize, usize) {
        let sockets = self.read();
        (sockets.staff.len(), sockets.visitors.values().map(Vec::len).sum())
    }

    /// Cuts every socket: the server stops, and clients come back to another one.
    pub fn cut_all(&self) {
        let cut = Cut { code: close::RESTART, reason: "restart" };
        let sockets = self.read();
        sockets.staff.values().for_each(|socket| socket.outbox.cut(cut));
        sockets.visitors.values().flatten().for_each(|socket| socket.outbox.cut(cut));
    }

    /// The sink of the bus.
    pub fn deliver(&self, delivery: &Delivery) {
        match delivery {
            Delivery::Event(envelope) => self.event(envelope),
            Delivery::Gap => self.resync(),
        }
    }

    fn event(&self, envelope: &Envelope) {
        match &envelope.event {
            Event::ConversationChanged { conversation, before, messages } => {
                self.changed(conversation, messages);
                if self.inbox().note(conversation, before.as_ref()) {
                    self.inbox_changed.notify_one();
                }
            }
            Event::Typing { conversation_id, channel_id, contact_id, side, agent_id, active } => {
                let place =
                    Place { conversation: *conversation_id, channel: *channel_id, contact: *contact_id };
                self.typing(place, *side, *agent_id, *active);
            }
            Event::PresenceChanged { agent_id, presence } => {
                let frame = text(&AgentFrame::Presence { agent_id: *agent_id, presence: *presence });
                if let Topic::Workspace(workspace) = envelope.topic {
                    self.to_inboxes(workspace, &frame);
                }
            }
            Event::AccessChanged { agent_id } => {
                let sockets = self.read();
                let own = sockets.staff.values().filter(|socket| socket.agent == *agent_id);
                own.for_each(|socket| socket.look_again.notify_one());
            }
            Event::SessionEnded { .. } | Event::VisitorSessionEnded { .. }
                if store::sabotage::is("deaf_to_ends") => {}
            Event::SessionEnded { session_id } => {
                let sockets = self.read();
                let own = sockets.staff.values().filter(|socket| socket.session == *session_id);
                own.for_each(|socket| socket.outbox.cut(SESSION_ENDED));
            }
            Event::VisitorSessionEnded { session_id } => {
                let sockets = self.read();
                let own = sockets.visitors.values().flatten().filter(|socket| socket.session == *session_id);
                own.for_each(|socket| socket.outbox.cut(SESSION_ENDED));
            }
            // For whoever answers questions, not for sockets; for newer nodes.
            Event::EntriesChanged { .. } | Event::Unknown => {}
        }
    }

    fn changed(&self, conversation: &Conversation, messages: &[Arc<Message>]) {
        for message in messages {
            if let model::Content::Text { text } = &message.content {
                store::sabotage::poison("hub", text);
            }
        }
        let changed = LazyCell::new(|| Changed::new(&self.names, conversation, messages));
        let sockets = self.read();
        let mut blind: Vec<Arc<StaffSocket>> = Vec::new();
        if let Some(watchers) = sockets.watching.get(&conversation.id) {
            let mut frame: Option<Utf8Bytes> = None;
            for socket in watchers {
                if socket.scope().sees(conversation) {
                    let frame = frame.get_or_insert_with(|| changed.for_staff());
                    socket.outbox.push(frame.clone());
                } else {
                    blind.push(Arc::clone(socket));
                }
            }
        }
        if let Some(own) = sockets.visitors.get(&conversation.contact_id) {
            let mut frame: Option<Utf8Bytes> = None;
            for socket in own.iter().filter(|socket| socket.channel == conversation.channel_id) {
                let frame = frame.get_or_insert_with(|| changed.for_visitor());
                socket.outbox.push(frame.clone());
            }
        }
        drop(sockets);
        // Who lost sight of it follows it no longer.
        for socket in &blind {
            self.unwatch(socket, conversation.id);
        }
        if let Some(first) = messages.first() {
            let age = self.clock.now() - first.created_at;
            metrics::histogram!("octim_delivery_seconds").record(age.max(0) as f64 / 1_000.0);
        }
    }

    fn typing(&self, place: Place, side: Side, agent_id: Option<AgentId>, active: bool) {
        let agent_name = agent_id.map(|agent| self.names.agent(agent));
        let sockets = self.read();
        let conversation_id = place.conversation;
        let frame = text(&AgentFrame::Typing { conversation_id, side, agent_id, agent_name, active });
        let watchers = sockets.watching.get(&conversation_id).into_iter().flatten();
        for socket in watchers.filter(|socket| socket.watched().contains_key(&conversation_id)) {
            if agent_id != Some(socket.agent) {
                socket.outbox.push(frame.clone());
            }
        }
        if side == Side::Staff {
            let own = sockets.visitors.get(&place.contact).into_iter().flatten();
            own.filter(|socket| socket.channel == place.channel)
                .for_each(|socket| socket.outbox.push(frame.clone()));
        }
    }

    /// Sends the newest state of what changed to everybody who follows the lists.
    pub(super) fn flush_inbox(&self) {
        let batch = self.inbox().take();
        if batch.is_empty() {
            return;
        }
        let sockets = self.read();
        let followers = sockets.staff.values().filter(|socket| socket.follows_inbox.load(Ordering::Relaxed));
        let mut encoded: Vec<(Arc<Scope>, Vec<Utf8Bytes>)> = Vec::new();
        for socket in followers {
            let scope = socket.scope();
            let same = |known: &Scope| {
                known == &*scope || (known.all && scope.all && known.workspace_id == scope.workspace_id)
            };
            let index = encoded.iter().position(|(known, _)| same(known)).unwrap_or_else(|| {
                encoded.push((Arc::clone(&scope), batch.frames_for(&scope)));
                encoded.len() - 1
            });
            encoded[index].1.iter().for_each(|frame| socket.outbox.push(frame.clone()));
        }
    }

    fn to_inboxes(&self, workspace: WorkspaceId, frame: &Utf8Bytes) {
        let sockets = self.read();
        let colleagues = sockets.staff.values().filter(|socket| socket.workspace == workspace);
        let followers = colleagues.filter(|socket| socket.follows_inbox.load(Ordering::Relaxed));
        followers.for_each(|socket| socket.outbox.push(frame.clone()));
    }

    fn resync(&self) {
        let (staff, visitor) = (text(&AgentFrame::Resync {}), text(&VisitorFrame::Resync {}));
        let sockets = self.read();
        sockets.staff.values().for_each(|socket| {
            socket.look_again.notify_one();
            socket.outbox.push(staff.clone());
        });
        sockets.visitors.values().flatten().for_each(|socket| socket.outbox.push(visitor.clone()));
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Sockets> {
        self.sockets.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Sockets> {
        self.sockets.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn inbox(&self) -> std::sync::MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub const SESSION_ENDED: Cut = Cut { code: close::SESSION, reason: "session ended" };
