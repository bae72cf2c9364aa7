//! Commands of a visitor's window. Its own conversations reach it without being asked for;
//! `watch` brings what it missed.

use super::{
    connection::{Answer, Side},
    encode::{Named, text},
};
use crate::{
    app::AppState,
    errors::code_of,
    rate::{Limit, RetryAfter},
};
use axum::extract::ws::Utf8Bytes;
use model::{ConversationId, Refusal};
use protocol::{
    ErrorCode,
    frame::{ClientFrame, MAX_RESUME, SNAPSHOT, VisitorFrame},
    message::NewContent,
    visitor::VisitorConversation,
};
use service::{Error, Visitor};
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

pub struct VisitorSide {
    app: AppState,
    visitor: Visitor,
    /// The conversation that took the last message, 0 if none: the likely place of the next.
    current: Arc<AtomicI64>,
}

impl VisitorSide {
    pub fn new(app: AppState, visitor: Visitor) -> Self {
        Self { app, visitor, current: Arc::default() }
    }

    async fn send(&self, client_id: String, id: Option<ConversationId>, content: NewContent) -> Answer {
        if let Err(RetryAfter(wait)) = self.app.limits.check(Limit::VisitorMessages, self.visitor.contact.0) {
            return limited(Some(client_id), wait);
        }
        let current = self.current.load(Ordering::Relaxed);
        let target = id.or_else(|| (current != 0).then_some(ConversationId(current)));
        let conversations = self.app.services.conversations.clone();
        let visitor = self.visitor;
        let posted = crate::views::posted(content);
        let pending = match conversations.post_as_visitor(&visitor, target, &client_id, posted.clone()).await
        {
            Ok(pending) => pending,
            Err(error) => return failed(code_of(&error), Some(client_id), id),
        };
        let last = Arc::clone(&self.current);
        Answer::Later(Box::pin(async move {
            let mut outcome = pending.await;
            // It was resolved since: without a name of its own the message opens another one.
            if id.is_none()
                && target.is_some()
                && matches!(outcome, Err(store::Error::Refused(Refusal::Resolved)))
            {
                outcome = match conversations.post_as_visitor(&visitor, None, &client_id, posted).await {
                    Ok(pending) => pending.await,
                    Err(error) => return error_frame(code_of(&error), Some(client_id), id),
                };
            }
            match outcome {
                Ok(committed) => {
                    last.store(committed.conversation.id.0, Ordering::Relaxed);
                    crate::views::sent::<VisitorConversation>(client_id, &committed)
                }
                Err(error) => error_frame(code_of(&error.into()), Some(client_id), id),
            }
        }))
    }

    async fn receipt(&self, id: ConversationId, delivered: i64, read: i64) -> Answer {
        match self.app.services.conversations.receipt_as_visitor(&self.visitor, id, delivered, read).await {
            Ok(pending) => Answer::Later(Box::pin(async move {
                match pending.await {
                    Ok(_) => Utf8Bytes::default(),
                    Err(error) => error_frame(code_of(&error.into()), None, Some(id)),
                }
            })),
            Err(error) => failed(code_of(&error), None, Some(id)),
        }
    }

    async fn stream(
        &self,
        id: ConversationId,
        epoch: Option<String>,
        after: Option<i64>,
    ) -> Result<Utf8Bytes, Error> {
        let conversations = &self.app.services.conversations;
        conversations.access_own(&self.visitor, id).await?;
        let after = after.filter(|_| epoch.as_deref() == Some(&*self.app.epoch));
        let found = conversations.resume(self.visitor.workspace, id, after, MAX_RESUME, SNAPSHOT).await?;
        let named = Named(&self.app.services.names);
        Ok(text(&VisitorFrame::Stream {
            conversation_id: id,
            recovered: found.recovered,
            conversation: VisitorConversation::of(&found.conversation, &named),
            messages: named.messages(&found.messages),
            has_more: found.has_more,
        }))
    }

    async fn typing(&self, id: ConversationId, active: bool) -> Answer {
        if self.current.load(Ordering::Relaxed) != id.0 {
            match self.app.services.conversations.access_own(&self.visitor, id).await {
                Ok(_) => self.current.store(id.0, Ordering::Relaxed),
                Err(error) => return failed(code_of(&error), None, Some(id)),
            }
        }
        self.app.services.conversations.typing(id, self.visitor.contact, None, active);
        Answer::None
    }
}

impl Side for VisitorSide {
    async fn command(&mut self, frame: ClientFrame) -> Answer {
        if let Err(RetryAfter(wait)) =
            self.app.limits.check(Limit::VisitorCommands, self.visitor.session_id.0)
        {
            return limited(None, wait);
        }
        match frame {
            ClientFrame::Send { client_id, conversation_id, content } => {
                self.send(client_id, conversation_id, content).await
            }
            ClientFrame::Receipt { conversation_id, delivered, read } => {
                self.receipt(conversation_id, delivered, read).await
            }
            ClientFrame::Typing { conversation_id, active } => self.typing(conversation_id, active).await,
            ClientFrame::Watch { conversation_id, epoch, after } => {
                match self.stream(conversation_id, epoch, after).await {
                    Ok(frame) => Answer::Now(frame),
                    Err(error) => failed(code_of(&error), None, Some(conversation_id)),
                }
            }
            ClientFrame::Unwatch { .. } => Answer::None,
            ClientFrame::Ping {} => Answer::Now(text(&VisitorFrame::Pong {})),
            ClientFrame::Hello { .. } => failed(ErrorCode::UnknownFrame, None, None),
            ClientFrame::WatchInbox {} => failed(ErrorCode::Forbidden, None, None),
        }
    }

    fn error(&self, code: ErrorCode) -> Utf8Bytes {
        error_frame(code, None, None)
    }

    async fn attend(&mut self) -> Answer {
        std::future::pending().await
    }
}

fn failed(code: ErrorCode, client_id: Option<String>, conversation_id: Option<ConversationId>) -> Answer {
    Answer::Now(error_frame(code, client_id, conversation_id))
}

fn error_frame(
    code: ErrorCode,
    client_id: Option<String>,
    conversation_id: Option<ConversationId>,
) -> Utf8Bytes {
    text(&VisitorFrame::Error { code, client_id, conversation_id, retry_after: None })
}

fn limited(client_id: Option<String>, wait: u64) -> Answer {
    let code = ErrorCode::RateLimited;
    Answer::Now(text(&VisitorFrame::Error {
        code,
        client_id,
        conversation_id: None,
        retry_after: Some(wait),
    }))
}
