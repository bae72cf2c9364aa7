//! Articles as they are read, and what is near an entry.

use super::{Bots, Facts, Listener};
use crate::{Error, Result, Staff, Visitor};
use bot::Knowledge as _;
use model::{AttachmentId, EntryContent, EntryId, Permission, WorkspaceId};

/// The most that are near.
const MOST: usize = 4;
/// What shares less of its words and of its meaning is near by chance.
const NEAR: f32 = 0.2;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    pub id: EntryId,
    pub question: String,
    pub is_article: bool,
}

impl Bots {
    /// An article that answers now. Nothing where the bot is off: what is written for agents alone
    /// stays with them.
    pub async fn article(&self, visitor: &Visitor, id: EntryId) -> Result<(EntryContent, Vec<Related>)> {
        let (content, listener) = self.open(visitor, id).await?;
        let related = self.near(visitor.workspace, listener, id).await?;
        Ok((content, related))
    }

    /// Whether an article that this visitor may read shows the image.
    pub async fn shows_image(&self, visitor: &Visitor, image: AttachmentId) -> Result<bool> {
        for id in self.store.articles_with_image(visitor.workspace, image).await? {
            match self.open(visitor, id).await {
                Ok(_) => return Ok(true),
                Err(Error::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    async fn open(&self, visitor: &Visitor, id: EntryId) -> Result<(EntryContent, Listener)> {
        let channel = self.store.find_channel(visitor.workspace, visitor.channel).await?;
        if !channel.is_some_and(|channel| channel.settings.bot.enabled) {
            return Err(Error::NotFound);
        }
        let entry = self.store.find_live_entry(visitor.workspace, id).await?.ok_or(Error::NotFound)?;
        let listener = self.listener(visitor.workspace, visitor.channel, visitor.contact).await?;
        if !entry.content.is_article() || !listener.is_answered_by(&entry.content) {
            return Err(Error::NotFound);
        }
        Ok((entry.content, listener))
    }

    /// What asks for something near a published entry.
    pub async fn related(&self, staff: &Staff, id: EntryId) -> Result<Vec<Related>> {
        staff.require(Permission::ViewKnowledge)?;
        self.store.find_live_entry(staff.workspace(), id).await?.ok_or(Error::NotFound)?;
        let channels = self.store.list_channels(staff.workspace()).await?;
        match channels.first() {
            Some(channel) => {
                let listener = Listener::staff(channel.id, self.clock.now());
                self.near(staff.workspace(), listener, id).await
            }
            None => Ok(Vec::new()),
        }
    }

    async fn near(&self, workspace: WorkspaceId, listener: Listener, id: EntryId) -> Result<Vec<Related>> {
        let settings = self.store.find_channel(workspace, listener.channel).await?;
        let precision = settings.map(|channel| channel.settings.bot).unwrap_or_default().precision_percent;
        // While the index is being built nothing is near.
        let Ok(known) = self.indexes.of(workspace, precision).await else { return Ok(Vec::new()) };
        let _permit = self.thinking.acquire().await.map_err(Error::internal)?;
        let facts = Facts { known, listener };
        let looked_up = tokio::task::spawn_blocking(move || {
            let Some(entry) = facts.entry(id) else { return Vec::new() };
            let ranking = facts.rank(&entry.question);
            let is_near =
                |scores: &knowledge::Scores| scores.lexical.max(scores.encoder.unwrap_or_default()) >= NEAR;
            let others = ranking.candidates.iter().filter(|candidate| candidate.id != id);
            let near = others.filter(|candidate| is_near(&candidate.scores)).filter_map(|candidate| {
                let question = facts.entry(candidate.id)?.question;
                Some(Related { id: candidate.id, question, is_article: facts.known.is_article(candidate.id) })
            });
            near.take(MOST).collect()
        });
        looked_up.await.map_err(Error::internal)
    }
}
