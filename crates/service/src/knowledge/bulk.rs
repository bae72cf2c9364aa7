//! The same change for many entries at once.

use super::{Knowledge, Step, draft};
use crate::{Error, Result, Staff};
use model::{AgentId, Audience, EntryId, EntryStatus, Millis, Permission};

/// The most entries of one bulk change.
const BULK: usize = 200;

/// One change of many entries.
#[derive(Clone, Debug, Default)]
pub struct Bulk {
    pub category: Option<String>,
    /// Of the answer or the article; other answers stay as they are.
    pub audience: Option<Audience>,
    pub add_tags: Vec<String>,
    pub remove_tags: Vec<String>,
    /// Inside: an active agent, or nobody.
    pub owner: Option<Option<AgentId>>,
    pub validity: Option<Validity>,
    pub step: Option<Step>,
}

/// When an entry answers; an end that is missing is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    pub from: Option<Millis>,
    pub until: Option<Millis>,
}

impl Knowledge {
    /// The same change for many; returns those that were changed. A new category, audience, tag or validity
    /// does not take a published entry out of use when whoever asks may publish; an owner is nothing that is
    /// published.
    pub async fn bulk(&self, staff: &Staff, ids: &[EntryId], bulk: Bulk) -> Result<Vec<EntryId>> {
        staff.require(Permission::EditKnowledge)?;
        if let Some(step) = bulk.step {
            staff.require(step.permission())?;
        }
        if ids.len() > BULK {
            return Err(Error::Field("ids"));
        }
        // What is wrong for all is said, not skipped.
        if let Some(owner) = bulk.owner {
            self.check_owner(staff, owner).await?;
        }
        if let Some(Validity { from: Some(from), until: Some(until) }) = bulk.validity
            && until <= from
        {
            return Err(Error::Field("valid_until"));
        }
        let mut changed = Vec::new();
        for &id in ids {
            match self.change_one(staff, id, &bulk).await {
                Ok(()) => changed.push(id),
                Err(
                    Error::NotFound
                    | Error::EntryChanged
                    | Error::EntryState
                    // Another answer is for this audience, a card leads nowhere any more, or nothing is to be published.
                    | Error::Field("answer" | "answers" | "cards" | "sections"),
                ) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(changed)
    }

    async fn change_one(&self, staff: &Staff, id: EntryId, bulk: &Bulk) -> Result<()> {
        let entry = self.access(staff, id).await?;
        let mut content = entry.content.clone();
        if let Some(category) = &bulk.category {
            content.category.clone_from(category);
        }
        content.audience = bulk.audience.unwrap_or(content.audience);
        content.tags.retain(|tag| !bulk.remove_tags.contains(tag));
        content.tags.extend(bulk.add_tags.iter().cloned());
        if let Some(Validity { from, until }) = bulk.validity {
            (content.valid_from, content.valid_until) = (from, until);
        }
        let owner = bulk.owner.unwrap_or(entry.owner_id);
        let content = draft::clean(content)?;
        let mut version = entry.version;
        let is_new = content != entry.content;
        if is_new || owner != entry.owner_id {
            version = self.save(staff, id, version, content, owner).await?.version;
        }
        let stays = is_new && entry.status == EntryStatus::Published && bulk.step.is_none();
        if stays && staff.require(Permission::PublishKnowledge).is_ok() {
            self.step(staff, id, version, Step::Publish).await?;
        }
        match bulk.step {
            Some(step) => self.step(staff, id, version, step).await.map(|_| ()),
            None => Ok(()),
        }
    }
}
