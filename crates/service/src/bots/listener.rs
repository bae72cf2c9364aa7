//! Whom the knowledge base answers, where and when: what is written for others is not there.

use super::{Bots, Known, visitor_of};
use crate::Result;
use model::{
    Audience, ChannelId, ContactId, EntryContent, EntryId, FittingAnswer, Millis, Standing, UsedVariant,
    WorkspaceId,
};
use std::sync::Arc;

/// A visitor on a channel at a moment.
#[derive(Clone, Debug)]
pub struct Listener {
    pub channel: ChannelId,
    pub standing: Standing,
    pub now: Millis,
}

impl Listener {
    /// Whoever works here may read everything.
    pub(super) fn staff(channel: ChannelId, now: Millis) -> Self {
        Self { channel, standing: Standing { audience: Audience::Vip, why: None }, now }
    }

    /// Whether an entry has anything for them.
    pub fn is_answered_by(&self, content: &EntryContent) -> bool {
        self.answer(content).is_some()
    }

    pub fn answer<'a>(&self, content: &'a EntryContent) -> Option<FittingAnswer<'a>> {
        content.answer_for(self.channel, self.standing.audience).filter(|_| content.is_valid_at(self.now))
    }

    /// Which of several answers was taken.
    fn used(&self, taken: FittingAnswer<'_>) -> UsedVariant {
        UsedVariant {
            channel_id: taken.channel_id,
            audience: taken.audience,
            visitor: self.standing.audience,
            why: self.standing.why.clone(),
        }
    }
}

/// The knowledge base as a listener is answered from it.
#[derive(Clone)]
pub(super) struct Facts {
    pub known: Arc<Known>,
    pub listener: Listener,
}

impl bot::Knowledge for Facts {
    fn rank(&self, question: &str) -> knowledge::Ranking {
        let is_there =
            |id| self.known.content(id).is_some_and(|content| self.listener.is_answered_by(content));
        self.known.index.answer_among(question, &is_there)
    }

    fn entry(&self, id: EntryId) -> Option<bot::Entry> {
        let content = self.known.content(id)?;
        let answer = self.listener.answer(content)?;
        Some(bot::Entry {
            question: content.question.clone(),
            answer: answer.text.to_owned(),
            shown: answer.shown(),
            variant: (!content.has_one_answer()).then(|| self.listener.used(answer)),
            category: content.category.clone(),
            tags: content.tags.clone(),
            follow_ups: content.follow_ups.clone(),
        })
    }

    fn quote(&self, id: EntryId, question: &str) -> Option<model::ArticleLink> {
        self.known.quote(id, question)
    }

    fn version(&self) -> String {
        self.known.revision.to_string()
    }

    fn is_empty(&self) -> bool {
        self.known.is_empty()
    }
}

impl Bots {
    /// A contact on a channel now.
    pub async fn listener(
        &self,
        workspace: WorkspaceId,
        channel: ChannelId,
        contact: ContactId,
    ) -> Result<Listener> {
        let vip = self.store.workspace_settings(workspace).await?.vip;
        let contact = self.store.find_contact(workspace, contact).await?;
        let standing = contact.map(|contact| visitor_of(contact).standing(&vip)).unwrap_or_default();
        Ok(Listener { channel, standing, now: self.clock.now() })
    }
}
