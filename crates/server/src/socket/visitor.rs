//! Commands of a visitor's window. Its own conversations reach it without being asked for;
//! `watch` brings what it missed.

use super::{
    connection::{Answer, Side, apart},
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
use service::{
    Error, Visitor,
    conversations::{Place, Posted},
};
use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicUsize, Ordering},
};
use store::{Committed, Pending};

pub struct VisitorSide {
    app: AppState,
    visitor: Visitor,
    course: Arc<Course>,
    /// The conversation in which the visitor types.
    typing_in: Option<Place>,
}

/// Where messages go that name no conversation.
#[derive(Default)]
struct Course {
    /// The conversation that took the last message, 0 if none: the likely place of the next.
    current: AtomicI64,
    /// Sends that look for a place, or wait for their turn to. While there are any, later ones do so too:
    /// several that open a conversation at once could swap places.
    searching: AtomicUsize,
}

impl VisitorSide {
    pub fn new(app: AppState, visitor: Visitor) -> Self {
        if store::sabotage::is("forgets_to_free") {
            let _kept: &mut [u8] = Box::leak(vec![0; 2_000].into_boxed_slice());
        }
        Self { app, visitor, course: Arc::default(), typing_in: None }
    }

    async fn send(&mut self, client_id: Arc<str>, id: Option<ConversationId>, content: NewContent) -> Answer {
        if let Err(RetryAfter(wait)) =
            self.app.limits.check(Limit::VisitorMessages, self.visitor.contact.0).await
        {
            return limited(Some(client_id), wait);
        }
        if let NewContent::Text { text } = &content {
            store::sabotage::poison("handler", text);
        }
        let current = self.course.current.load(Ordering::Relaxed);
        let is_clear = current != 0 && self.course.searching.load(Ordering::Relaxed) == 0;
        let target = id.or_else(|| is_clear.then_some(ConversationId(current)));
        let posted = crate::views::posted(content);
        let sending = Sending {
            app: self.app.clone(),
            visitor: self.visitor,
            course: Arc::clone(&self.course),
            client_id,
            id,
            posted,
        };
        let Some(target) = target else {
            self.course.searching.fetch_add(1, Ordering::Relaxed);
            return Answer::Later(Box::pin(sending.search()));
        };
        match sending.submit(Some(target)).await {
            Ok(pending) => Answer::Later(Box::pin(sending.finish(pending))),
            Err(error) => Answer::Now(sending.refused(code_of(&error), None)),
        }
    }

    /// All that is not to send a message.
    async fn other(&mut self, frame: ClientFrame) -> Answer {
        match frame {
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
            ClientFrame::Hello { .. } | ClientFrame::Send { .. } => {
                failed(ErrorCode::UnknownFrame, None, None)
            }
            ClientFrame::WatchInbox {} => failed(ErrorCode::Forbidden, None, None),
        }
    }

    async fn receipt(&self, id: ConversationId, delivered: i64, read: i64) -> Answer {
        match self.app.services.conversations.receipt_as_visitor(&self.visitor, id, delivered, read).await {
            Ok(pending) => Answer::Later(Box::pin(async move {
                match pending.await {
                    Ok(_) => None,
                    Err(error) => Some(error_frame(code_of(&error.into()), None, Some(id))),
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
        let _turn = self.app.admission.resume().await;
        let conversations = &self.app.services.conversations;
        conversations.access_own(&self.visitor, id).await?;
        let after = after.filter(|_| epoch.as_deref() == Some(&*self.app.epoch()));
        let found = conversations.resume(self.visitor.workspace, id, after, MAX_RESUME, SNAPSHOT).await?;
        let named = Named(&self.app.services.names);
        Ok(text(&VisitorFrame::Stream {
            conversation_id: id,
            recovered: found.recovered,
            conversation: VisitorConversation::of(&found.conversation, &named),
            messages: named.for_visitor(&found.messages),
            has_more: found.has_more,
        }))
    }

    async fn typing(&mut self, id: ConversationId, active: bool) -> Answer {
        let known = self.typing_in.filter(|place| place.conversation == id);
        let place = match known {
            Some(place) => place,
            None => match self.app.services.conversations.access_own(&self.visitor, id).await {
                Ok(conversation) => Place::from(&conversation),
                Err(error) => return failed(code_of(&error), None, Some(id)),
            },
        };
        self.typing_in = Some(place);
        self.app.services.conversations.typing(place, None, active);
        Answer::None
    }
}

/// A message on its way.
struct Sending {
    app: AppState,
    visitor: Visitor,
    course: Arc<Course>,
    client_id: Arc<str>,
    id: Option<ConversationId>,
    posted: Posted,
}

impl Sending {
    async fn submit(&self, target: Option<ConversationId>) -> Result<Pending, Error> {
        let conversations = &self.app.services.conversations;
        conversations
            .post_as_visitor(&self.visitor, target, self.client_id.clone(), self.posted.clone())
            .await
    }

    /// The answer to a send that had a target. One that was resolved since is not what a
    /// message without a name of its own wants: another is opened.
    async fn finish(self, pending: Pending) -> Option<Utf8Bytes> {
        match pending.await {
            Err(store::Error::Refused(Refusal::Resolved)) if self.id.is_none() => {
                self.course.searching.fetch_add(1, Ordering::Relaxed);
                self.search().await
            }
            outcome => Some(self.answer(outcome.map_err(Error::from))),
        }
    }

    /// To the active conversation, which is opened when there is none. Waited for, like all answers, when those
    /// before it are there: that is its turn. And only then may later ones go where it went.
    async fn search(self) -> Option<Utf8Bytes> {
        let course = Arc::clone(&self.course);
        let answer = apart(self.open()).await;
        course.searching.fetch_sub(1, Ordering::Relaxed);
        answer
    }

    async fn open(self) -> Utf8Bytes {
        match self.app.check_opening(&self.visitor).await {
            Ok(()) => match self.submit(None).await {
                Ok(pending) => self.answer(pending.await.map_err(Error::from)),
                Err(error) => self.refused(code_of(&error), None),
            },
            Err(error) => self.refused(error.code, error.retry_after),
        }
    }

    fn answer(&self, outcome: Result<Committed, Error>) -> Utf8Bytes {
        match outcome {
            Ok(committed) => {
                let client_id = self.client_id.clone();
                self.course.current.store(committed.conversation.id.0, Ordering::Relaxed);
                crate::views::sent::<VisitorConversation>(client_id, &committed)
            }
            Err(error) => self.refused(code_of(&error), None),
        }
    }

    fn refused(&self, code: ErrorCode, retry_after: Option<u64>) -> Utf8Bytes {
        let client_id = Some(self.client_id.clone());
        text(&VisitorFrame::Error { code, client_id, conversation_id: self.id, retry_after })
    }
}

impl Side for VisitorSide {
    async fn command(&mut self, frame: ClientFrame) -> Answer {
        if let Err(RetryAfter(wait)) =
            self.app.limits.check(Limit::VisitorCommands, self.visitor.session_id.0).await
        {
            return limited(None, wait);
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
        std::future::pending::<()>().await;
    }

    async fn attend(&mut self) -> Answer {
        Answer::None
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
    text(&VisitorFrame::Error { code, client_id, conversation_id, retry_after: None })
}

fn limited(client_id: Option<Arc<str>>, wait: u64) -> Answer {
    let code = ErrorCode::RateLimited;
    Answer::Now(text(&VisitorFrame::Error {
        code,
        client_id,
        conversation_id: None,
        retry_after: Some(wait),
    }))
}
