//! Who follows what on this node: all sockets, by conversation and contact. Invariants: whoever follows a
//! conversation is handed each change of it that it may see, in order, or is cut off; and one that loses sight
//! of it stays in its place, because a change that shows it again may be on its way already.

use super::{
    outbox::{Cut, Outbox},
    sync::{
        Arc, AtomicBool, Mutex, MutexGuard, Notify, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
    },
};
use axum::extract::ws::Utf8Bytes;
use bus::ConnectionId;
use model::{
    AgentId, ChannelId, ContactId, Conversation, ConversationId, Scope, SessionId, VisitorSessionId,
    WorkspaceId,
};
use service::conversations::Place;
use std::{cell::LazyCell, collections::HashMap};

/// A socket of an agent's console.
pub struct StaffSocket {
    pub id: ConnectionId,
    pub workspace: WorkspaceId,
    pub agent: AgentId,
    pub session: SessionId,
    /// What the agent may see; replaced when role or teams change.
    pub scope: RwLock<Arc<Scope>>,
    pub follows_inbox: AtomicBool,
    /// What it follows and sees.
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
pub struct Sockets {
    pub staff: HashMap<ConnectionId, Arc<StaffSocket>>,
    watching: HashMap<ConversationId, Vec<Arc<StaffSocket>>>,
    visitors: HashMap<ContactId, Vec<Arc<VisitorSocket>>>,
}

#[derive(Default)]
pub struct Followers(RwLock<Sockets>);

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

    /// Whether it sees the conversation, now that this has changed.
    fn sees(&self, conversation: &Conversation) -> bool {
        let sees = self.scope().sees(conversation) || store::sabotage::is("keeps_sight");
        let mut watched = self.watched();
        if sees {
            watched.insert(conversation.id, Place::from(conversation));
        } else {
            watched.remove(&conversation.id);
        }
        sees
    }
}

impl Sockets {
    /// Those that follow a conversation, whether they see it or not.
    pub fn watchers(&self, conversation: ConversationId) -> impl Iterator<Item = &Arc<StaffSocket>> {
        self.watching.get(&conversation).into_iter().flatten()
    }

    /// The windows of a contact on a channel.
    pub fn windows(
        &self,
        contact: ContactId,
        channel: ChannelId,
    ) -> impl Iterator<Item = &Arc<VisitorSocket>> {
        let own = self.visitors.get(&contact).into_iter().flatten();
        own.filter(move |socket| socket.channel == channel)
    }

    pub fn visitors(&self) -> impl Iterator<Item = &Arc<VisitorSocket>> {
        self.visitors.values().flatten()
    }
}

impl Followers {
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

    /// To be called after access was checked, and before what happened so far is read.
    pub fn watch(&self, socket: &Arc<StaffSocket>, place: Place) {
        let mut sockets = self.write();
        socket.watched().insert(place.conversation, place);
        let watchers = sockets.watching.entry(place.conversation).or_default();
        if !watchers.iter().any(|watcher| watcher.id == socket.id) {
            watchers.push(Arc::clone(socket));
        }
    }

    pub fn unwatch(&self, socket: &StaffSocket, conversation: ConversationId) {
        let mut sockets = self.write();
        socket.watched().remove(&conversation);
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

    pub fn cut_all(&self, cut: Cut) {
        let sockets = self.read();
        sockets.staff.values().for_each(|socket| socket.outbox.cut(cut));
        sockets.visitors().for_each(|socket| socket.outbox.cut(cut));
    }

    /// Hands a change to everybody who follows the conversation and sees it. A frame that nobody gets is
    /// not made.
    pub fn changed(
        &self,
        conversation: &Conversation,
        for_staff: impl FnOnce() -> Utf8Bytes,
        for_visitor: impl FnOnce() -> Utf8Bytes,
    ) {
        let (for_staff, for_visitor) = (LazyCell::new(for_staff), LazyCell::new(for_visitor));
        let sockets = self.read();
        for socket in sockets.watchers(conversation.id).filter(|socket| socket.sees(conversation)) {
            socket.outbox.push(for_staff.clone());
        }
        for socket in sockets.windows(conversation.contact_id, conversation.channel_id) {
            socket.outbox.push(for_visitor.clone());
        }
    }

    pub fn read(&self) -> RwLockReadGuard<'_, Sockets> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Sockets> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}
