//! Commands of an agent's console.

use super::{
    connection::{Answer, Side},
    encode::{Named, text},
    followers::StaffSocket,
    hub::SESSION_ENDED,
};
use crate::{
    app::AppState,
    errors::code_of,
    rate::{Limit, RetryAfter},
};
use axum::extract::ws::Utf8Bytes;
use crypto::TokenHash;
use model::ConversationId;
use protocol::{
    ErrorCode,
    frame::{AgentFrame, ClientFrame, MAX_RESUME, SNAPSHOT},
    inbox::AgentConversation,
};
use service::{Error, Staff, conversations::Place};
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::time::{Instant, sleep_until};

/// The most conversations that one console follows at once.
const WATCHED: usize = 100;
/// How often a session is looked at again even when nothing was heard.
const LOOK_AGAIN: Duration = Duration::from_mins(1);

pub struct StaffSide {
    app: AppState,
    staff: Staff,
    session: TokenHash,
    socket: Arc<StaffSocket>,
    looked_at: Instant,
}

impl StaffSide {
    pub fn new(app: AppState, staff: Staff, session: TokenHash, socket: Arc<StaffSocket>) -> Self {
        Self { app, staff, session, socket, looked_at: Instant::now() }
    }

    async fn send(
        &self,
        client_id: Arc<str>,
        id: Option<ConversationId>,
        content: protocol::message::NewContent,
    ) -> Answer {
        let Some(id) = id else { return failed(ErrorCode::InvalidBody, Some(client_id), None) };
        let posted = crate::views::posted(content);
        match self.app.services.conversations.post(&self.staff, id, client_id.clone(), posted).await {
            Ok(pending) => Answer::Later(Box::pin(async move {
                match pending.await {
                    Ok(committed) => Some(crate::views::sent::<AgentConversation>(client_id, &committed)),
                    Err(error) => Some(error_frame(code_of(&error.into()), Some(client_id), Some(id))),
                }
            })),
            Err(error) => failed(code_of(&error), Some(client_id), Some(id)),
        }
    }

    /// All that is not to send a message.
    async fn other(&mut self, frame: ClientFrame) -> Answer {
        match frame {
            ClientFrame::Hello { .. } | ClientFrame::Send { .. } => {
                failed(ErrorCode::UnknownFrame, None, None)
            }
            ClientFrame::Receipt { conversation_id, delivered, read } => {
                self.receipt(conversation_id, delivered, read).await
            }
            ClientFrame::Typing { conversation_id, active } => self.typing(conversation_id, active),
            ClientFrame::Watch { conversation_id, epoch, after } => {
                self.watch(conversation_id, epoch, after).await
            }
            ClientFrame::Unwatch { conversation_id } => {
                self.unwatch(conversation_id);
                Answer::None
            }
            ClientFrame::WatchInbox {} => {
                self.socket.follows_inbox.store(true, Ordering::Relaxed);
                Answer::None
            }
            ClientFrame::Ping {} => Answer::Now(text(&AgentFrame::Pong {})),
        }
    }

    async fn receipt(&self, id: ConversationId, delivered: i64, read: i64) -> Answer {
        match self.app.services.conversations.receipt(&self.staff, id, delivered, read).await {
            Ok(pending) => Answer::Later(Box::pin(async move {
                match pending.await {
                    Ok(_) => None,
                    Err(error) => Some(error_frame(code_of(&error.into()), None, Some(id))),
                }
            })),
            Err(error) => failed(code_of(&error), None, Some(id)),
        }
    }

    async fn watch(&mut self, id: ConversationId, epoch: Option<String>, after: Option<i64>) -> Answer {
        let is_full = {
            let watched = self.socket.watched();
            watched.len() >= WATCHED && !watched.contains_key(&id)
        };
        if is_full {
            return failed(ErrorCode::TooManyWatched, None, Some(id));
        }
        let answer = match self.stream(id, epoch, after).await {
            Ok(frame) => return Answer::Now(frame),
            Err(error) => failed(code_of(&error), None, Some(id)),
        };
        self.unwatch(id);
        answer
    }

    async fn stream(
        &mut self,
        id: ConversationId,
        epoch: Option<String>,
        after: Option<i64>,
    ) -> Result<Utf8Bytes, Error> {
        let _turn = self.app.admission.resume().await;
        let conversations = &self.app.services.conversations;
        let conversation = conversations.access(&self.staff, id).await?;
        // Follow first, read afterwards: what happens in between arrives twice, never not at all.
        let follow = || self.app.hub.followers.watch(&self.socket, Place::from(&conversation));
        let is_late = store::sabotage::is("read_first");
        if !is_late {
            follow();
        }
        let after = after.filter(|_| epoch.as_deref() == Some(&*self.app.epoch()));
        let found = conversations.resume(self.staff.workspace(), id, after, MAX_RESUME, SNAPSHOT).await?;
        if is_late {
            follow();
        }
        if !self.staff.scope.sees(&found.conversation) {
            return Err(Error::NotFound);
        }
        Ok(text(&AgentFrame::Stream {
            conversation_id: id,
            recovered: found.recovered,
            conversation: AgentConversation::from(&found.conversation),
            messages: Named(&self.app.services.names).messages(&found.messages),
            has_more: found.has_more,
        }))
    }

    fn unwatch(&self, id: ConversationId) {
        self.app.hub.followers.unwatch(&self.socket, id);
    }

    fn typing(&self, id: ConversationId, active: bool) -> Answer {
        let place = self.socket.watched().get(&id).copied();
        let Some(place) = place else { return failed(ErrorCode::NotWatched, None, Some(id)) };
        self.app.services.conversations.typing(place, Some(self.staff.id()), active);
        Answer::None
    }
}

impl Side for StaffSide {
    async fn command(&mut self, frame: ClientFrame) -> Answer {
        if let Err(RetryAfter(wait)) = self.app.limits.check(Limit::AgentCommands, self.staff.id().0).await {
            let client_id =
                if let ClientFrame::Send { client_id, .. } = frame { Some(client_id) } else { None };
            return limited(client_id, wait);
        }
        match frame {
            ClientFrame::Send { client_id, conversation_id, content } => {
                self.send(client_id, conversation_id, content).await
            }
            // On the heap while it lasts: a silent socket would keep the room for it.
            frame => Box::pin(self.other(frame)).await,
        }
    }

    fn error(&self, code: ErrorCode) -> Utf8Bytes {
        error_frame(code, None, None)
    }

    async fn disturbed(&mut self) {
        tokio::select! {
            () = self.socket.look_again.notified() => {}
            () = sleep_until(self.looked_at + LOOK_AGAIN) => {}
        }
    }

    /// Role, teams or the session itself may have changed.
    async fn attend(&mut self) -> Answer {
        self.looked_at = Instant::now();
        match Box::pin(self.app.services.accounts.look_again(&self.session)).await {
            Ok(staff) => {
                let changed = staff.scope != self.staff.scope;
                self.socket.set_scope(Arc::clone(&staff.scope));
                self.staff = staff;
                if !changed {
                    return Answer::None;
                }
                // The client watches again what it may still see.
                let watched: Vec<ConversationId> = self.socket.watched().keys().copied().collect();
                for id in watched {
                    self.unwatch(id);
                }
                Answer::Now(text(&AgentFrame::Resync {}))
            }
            Err(Error::InvalidSession) => Answer::Cut(SESSION_ENDED),
            // The database is away for a moment; the next look will tell.
            Err(_) => Answer::None,
        }
    }
}

fn failed(code: ErrorCode, client_id: Option<Arc<str>>, conversation_id: Option<ConversationId>) -> Answer {
    Answer::Now(error_frame(code, client_id, conversation_id))
}

fn error_frame(
    code: ErrorCode,
    client_id: Option<Arc<str>>,
    conversation_id: Option<ConversationId>,
) -> Utf8Bytes {
    text(&AgentFrame::Error { code, client_id, conversation_id, retry_after: None })
}

fn limited(client_id: Option<Arc<str>>, wait: u64) -> Answer {
    let code = ErrorCode::RateLimited;
    Answer::Now(text(&AgentFrame::Error { code, client_id, conversation_id: None, retry_after: Some(wait) }))
}
