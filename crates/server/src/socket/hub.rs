//! The hub: events on their way to the sockets of this node. Called by the bus on the
//! publisher's own task, so it never waits: it encodes, and pushes to bounded queues.

use super::{
    encode::{Changed, text},
    followers::Followers,
    inbox::Inbox,
    outbox::Cut,
};
use axum::extract::ws::Utf8Bytes;
use bus::{ConnectionId, Delivery};
use model::{AgentId, Conversation, Envelope, Event, Message, Scope, Side, Topic, WorkspaceId};
use protocol::frame::{AgentFrame, VisitorFrame, close};
use service::{Clock, conversations::Place, names::Names};
use std::{
    cell::LazyCell,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::Notify;

pub struct Hub {
    names: Names,
    clock: Clock,
    next_id: AtomicU64,
    pub(super) followers: Followers,
    inbox: Mutex<Inbox>,
    /// Rung when the inbox has something to send.
    pub(super) inbox_changed: Notify,
}

impl Hub {
    pub fn new(names: Names, clock: Clock) -> Arc<Self> {
        Arc::new(Self {
            names,
            clock,
            next_id: AtomicU64::new(1),
            followers: Followers::default(),
            inbox: Mutex::default(),
            inbox_changed: Notify::new(),
        })
    }

    pub fn connection_id(&self) -> ConnectionId {
        ConnectionId(self.next_id.fetch_add(1, Ordering::Relaxed))
    }

    /// Staff and visitor sockets on this node.
    pub fn count(&self) -> (usize, usize) {
        let sockets = self.followers.read();
        (sockets.staff.len(), sockets.visitors().count())
    }

    /// Cuts every socket: the server stops, and clients come back to another one.
    pub fn cut_all(&self) {
        self.followers.cut_all(Cut { code: close::RESTART, reason: "restart" });
    }

    /// The sink of the bus.
    pub fn deliver(&self, delivery: &Delivery) {
        match delivery {
            Delivery::Event(envelope) => self.event(envelope),
            Delivery::Gap if store::sabotage::is("deaf_to_gaps") => {}
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
                let sockets = self.followers.read();
                let own = sockets.staff.values().filter(|socket| socket.agent == *agent_id);
                own.for_each(|socket| socket.look_again.notify_one());
            }
            Event::SessionEnded { .. } | Event::VisitorSessionEnded { .. }
                if store::sabotage::is("deaf_to_ends") => {}
            Event::SessionEnded { session_id } => {
                let sockets = self.followers.read();
                let own = sockets.staff.values().filter(|socket| socket.session == *session_id);
                own.for_each(|socket| socket.outbox.cut(SESSION_ENDED));
            }
            Event::VisitorSessionEnded { session_id } => {
                let sockets = self.followers.read();
                let own = sockets.visitors().filter(|socket| socket.session == *session_id);
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
        self.followers.changed(conversation, || changed.for_staff(), || changed.for_visitor());
        if let Some(first) = messages.first() {
            let age = self.clock.now() - first.created_at;
            metrics::histogram!("octim_delivery_seconds").record(age.max(0) as f64 / 1_000.0);
        }
    }

    fn typing(&self, place: Place, side: Side, agent_id: Option<AgentId>, active: bool) {
        let agent_name = agent_id.map(|agent| self.names.agent(agent));
        let sockets = self.followers.read();
        let conversation_id = place.conversation;
        let frame = text(&AgentFrame::Typing { conversation_id, side, agent_id, agent_name, active });
        let watchers = sockets.watchers(conversation_id);
        for socket in watchers.filter(|socket| socket.watched().contains_key(&conversation_id)) {
            if agent_id != Some(socket.agent) {
                socket.outbox.push(frame.clone());
            }
        }
        if side == Side::Staff {
            let windows = sockets.windows(place.contact, place.channel);
            windows.for_each(|socket| socket.outbox.push(frame.clone()));
        }
    }

    /// Sends the newest state of what changed to everybody who follows the lists.
    pub(super) fn flush_inbox(&self) {
        let batch = self.inbox().take();
        if batch.is_empty() {
            return;
        }
        let sockets = self.followers.read();
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
        let sockets = self.followers.read();
        let colleagues = sockets.staff.values().filter(|socket| socket.workspace == workspace);
        let followers = colleagues.filter(|socket| socket.follows_inbox.load(Ordering::Relaxed));
        followers.for_each(|socket| socket.outbox.push(frame.clone()));
    }

    fn resync(&self) {
        let (staff, visitor) = (text(&AgentFrame::Resync {}), text(&VisitorFrame::Resync {}));
        let sockets = self.followers.read();
        sockets.staff.values().for_each(|socket| {
            socket.look_again.notify_one();
            socket.outbox.push(staff.clone());
        });
        sockets.visitors().for_each(|socket| socket.outbox.push(visitor.clone()));
    }

    fn inbox(&self) -> std::sync::MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub const SESSION_ENDED: Cut = Cut { code: close::SESSION, reason: "session ended" };
