//! What might be answered: shown to the agent who is about to, and to the visitor who still types.
//! Both come from the index that the bot answers from.

use super::{Bots, Facts, LOOKS_BACK, Listener};
use crate::{Error, Result, Staff, Visitor, text};
use bot::Knowledge as _;
use model::{ArticleLink, Content, ConversationId, EntryId, Permission, Sender, Shown, WorkspaceId};

/// How many are offered.
const MOST: usize = 3;
/// Less likely ones cost a look more often than they save one.
const LIKELY: f32 = 0.15;
/// What a visitor has to have typed at least, in characters.
const TYPED: usize = 2;

/// An entry that may be what is wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    pub entry_id: EntryId,
    pub question: String,
    /// As it reads on the channel, to that visitor.
    pub answer: String,
    /// Below the answer.
    pub shown: Shown,
    /// That it is what was asked, 0 to 1.
    pub probability: f32,
    /// Where an article answers; the answer is quoted from there.
    pub article: Option<ArticleLink>,
}

impl Bots {
    /// For what the visitor asked since somebody last answered.
    pub async fn suggest(&self, staff: &Staff, id: ConversationId) -> Result<Vec<Suggestion>> {
        staff.require(Permission::ViewKnowledge)?;
        let conversation = self.conversations.access(staff, id).await?;
        let (workspace, end) = (conversation.workspace_id, conversation.last_seq + 1);
        let messages = self.store.list_messages_before(workspace, id, end, LOOKS_BACK).await?;
        let answered = messages.iter().rposition(|message| matches!(message.sender, Sender::Agent(_)));
        let asked = messages[answered.map_or(0, |at| at + 1)..].iter().filter_map(|message| {
            match (message.sender, &message.content) {
                (Sender::Visitor(_), Content::Text { text }) => Some(&**text),
                _ => None,
            }
        });
        let Some(question) = bot::newest_question(asked) else { return Ok(Vec::new()) };
        let listener = self.listener(workspace, conversation.channel_id, conversation.contact_id).await?;
        self.likely(workspace, listener, question).await
    }

    /// For a visitor who has typed this much of a question. Nothing where the bot is off: what is
    /// written for agents alone stays with them.
    pub async fn complete(&self, visitor: &Visitor, typed: &str) -> Result<Vec<Suggestion>> {
        let channel = self.store.find_channel(visitor.workspace, visitor.channel).await?;
        if !channel.is_some_and(|channel| channel.settings.bot.enabled) {
            return Ok(Vec::new());
        }
        let typed = text::cut(typed.trim(), 200);
        let question = bot::newest_question(std::iter::once(typed.as_str()));
        let Some(question) = question.filter(|question| question.chars().count() >= TYPED) else {
            return Ok(Vec::new());
        };
        let listener = self.listener(visitor.workspace, visitor.channel, visitor.contact).await?;
        self.likely(visitor.workspace, listener, question).await
    }

    async fn likely(
        &self,
        workspace: WorkspaceId,
        listener: Listener,
        question: String,
    ) -> Result<Vec<Suggestion>> {
        let found = self.store.find_channel(workspace, listener.channel).await?;
        let settings = found.map(|channel| channel.settings.bot).unwrap_or_default();
        // While the index is being built there is nothing to offer; the next question is soon enough.
        let Ok(known) = self.indexes.of(workspace, settings.precision_percent).await else {
            return Ok(Vec::new());
        };
        let _permit = self.thinking.acquire().await.map_err(Error::internal)?;
        let facts = Facts { known, listener };
        let looked_up = tokio::task::spawn_blocking(move || {
            let ranking = facts.rank(&question);
            let likely = bot::resembling(&ranking).filter(|candidate| candidate.probability >= LIKELY);
            let suggestions = likely.filter_map(|candidate| {
                let entry = facts.entry(candidate.id)?;
                let article = facts.quote(candidate.id, &question);
                Some(Suggestion {
                    entry_id: candidate.id,
                    question: entry.question,
                    shown: entry.shown,
                    answer: article.as_ref().map_or(entry.answer, |article| article.quote.clone()),
                    article,
                    probability: candidate.probability,
                })
            });
            suggestions.take(MOST).collect()
        });
        looked_up.await.map_err(Error::internal)
    }
}
