//! Reading conversations: lists, one with its surroundings, runs of messages, resuming.

use super::{Conversations, Counts, Listing, Order, Position};
use crate::{Error, Result, Staff, Visitor};
use model::{Contact, Conversation, ConversationId, Message, MoodKind, Rating, Seq, WorkspaceId};

/// The most rows a page has.
const MAX_PAGE: i64 = 100;

/// A run of messages, oldest first.
#[derive(Clone, Debug)]
pub struct Page {
    pub messages: Vec<Message>,
    /// There are others on the side to which the page was turned: newer ones behind the last of a
    /// page that begins `after` a position, else older ones before the first.
    pub has_more: bool,
}

/// One conversation with its surroundings.
#[derive(Clone, Debug)]
pub struct Detail {
    pub conversation: Conversation,
    pub contact: Contact,
    pub rating: Option<Rating>,
    /// Others of the same contact that the asking agent may see.
    pub others: Vec<Conversation>,
}

/// What a client that watches begins with.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub conversation: Conversation,
    pub messages: Vec<Message>,
    /// The messages are everything after the client's position; otherwise the newest ones.
    pub recovered: bool,
    pub has_more: bool,
}

impl Conversations {
    pub async fn list(
        &self,
        staff: &Staff,
        listing: Listing,
        order: Order,
        mood: Option<MoodKind>,
        before: Option<Position>,
        limit: i64,
    ) -> Result<Vec<Conversation>> {
        staff.require(model::Permission::ViewConversations)?;
        if mood.is_some_and(|mood| !MoodKind::MARKED.contains(&mood)) {
            return Err(Error::Field("mood"));
        }
        if order == Order::Upset && listing == Listing::Resolved {
            return Err(Error::Field("order"));
        }
        let limit = limit.clamp(1, MAX_PAGE);
        Ok(self.store.list_conversations(&staff.scope, listing, order, mood, before, limit).await?)
    }

    pub async fn count(&self, staff: &Staff) -> Result<Counts> {
        staff.require(model::Permission::ViewConversations)?;
        Ok(self.store.count_conversations(&staff.scope).await?)
    }

    pub async fn detail(&self, staff: &Staff, id: ConversationId) -> Result<Detail> {
        let conversation = self.access(staff, id).await?;
        let workspace = staff.workspace();
        let contact =
            self.store.find_contact(workspace, conversation.contact_id).await?.ok_or(Error::NotFound)?;
        let rating = self.store.find_rating(workspace, id).await?;
        let mut others = self.store.list_conversations_of(workspace, contact.id, 21).await?;
        others.retain(|other| other.id != id && staff.scope.sees(other));
        others.truncate(20);
        Ok(Detail { conversation, contact, rating, others })
    }

    /// A visitor's own conversations, newest first.
    pub async fn list_own(&self, visitor: &Visitor) -> Result<Vec<Conversation>> {
        let mut own = self.store.list_conversations_of(visitor.workspace, visitor.contact, 50).await?;
        own.retain(|found| found.channel_id == visitor.channel);
        Ok(own)
    }

    pub async fn active_of(&self, visitor: &Visitor) -> Result<Option<Conversation>> {
        Ok(self.store.find_active_conversation(visitor.workspace, visitor.channel, visitor.contact).await?)
    }

    /// Messages around a position of a conversation to which access was checked.
    pub async fn messages(
        &self,
        conversation: &Conversation,
        before: Option<Seq>,
        after: Option<Seq>,
        limit: i64,
    ) -> Result<Page> {
        let limit = limit.clamp(1, MAX_PAGE);
        let (workspace, id) = (conversation.workspace_id, conversation.id);
        let messages = match after {
            Some(after) => self.store.list_messages_after(workspace, id, after.max(0), limit).await?,
            None => self.store.list_messages_before(workspace, id, before.unwrap_or(Seq::MAX), limit).await?,
        };
        let has_more = match after {
            Some(_) => messages.last().is_some_and(|last| last.seq < conversation.last_seq),
            None => messages.first().is_some_and(|first| first.seq > 1),
        };
        Ok(Page { messages, has_more })
    }

    /// Everything after `after`, whole, when that is at most `max` messages; otherwise the
    /// newest `snapshot`. State and messages fit together: the messages are read after the
    /// state and cut at its end.
    pub async fn resume(
        &self,
        workspace: WorkspaceId,
        id: ConversationId,
        after: Option<Seq>,
        max: i64,
        snapshot: i64,
    ) -> Result<Snapshot> {
        let conversation = self.store.find_conversation(workspace, id).await?.ok_or(Error::NotFound)?;
        let last = conversation.last_seq;
        let missing = after.filter(|after| (0..=last).contains(after) && last - after <= max);
        if let Some(after) = missing {
            let skipped = Seq::from(after < last && store::sabotage::is("late_resume"));
            let after = after + skipped;
            let mut messages = self.store.list_messages_after(workspace, id, after, last - after).await?;
            messages.retain(|message| message.seq <= last);
            // Whether there are older ones the client knows better.
            return Ok(Snapshot { conversation, messages, recovered: true, has_more: false });
        }
        let messages = self.store.list_messages_before(workspace, id, last + 1, snapshot).await?;
        let has_more = messages.first().is_some_and(|first| first.seq > 1);
        Ok(Snapshot { conversation, messages, recovered: false, has_more })
    }
}
