//! What editors see of the groups, and what they do with them: a new entry, phrasings of a
//! known one, or nothing.

use super::Learning;
use crate::{
    Error, Result, Staff,
    knowledge::{Step, draft},
};
use model::{
    ConversationId, Entry, EntryContent, EntryId, EntryStatus, GroupId, GroupState, Millis, MissReason,
    Permission, QuestionGroup, Seq,
};
use std::collections::BTreeMap;
use store::learning::GroupCursor;

const PAGE: i64 = 20;
/// Questions of a group that are looked at for its detail.
const QUESTIONS: i64 = 500;
const WORDINGS: usize = 60;
const SAMPLES: usize = 12;
const ANSWERS: usize = 8;

/// A page of groups, each with its questions by week, the oldest week first.
#[derive(Clone, Debug)]
pub struct GroupPage {
    pub groups: Vec<(QuestionGroup, Vec<i64>)>,
    pub next: Option<GroupCursor>,
}

/// One group with what was asked and answered.
#[derive(Clone, Debug)]
pub struct GroupDetail {
    pub group: QuestionGroup,
    pub weeks: Vec<i64>,
    /// Different wordings with their counts, the most frequent first.
    pub wordings: Vec<(String, i64)>,
    /// Why they count as not answered, with counts.
    pub reasons: BTreeMap<&'static str, i64>,
    pub samples: Vec<Sample>,
    /// What agents answered, newest first.
    pub answers: Vec<String>,
}

/// One time that it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// None when whoever looks may not see the conversation.
    pub conversation_id: Option<ConversationId>,
    pub seq: Seq,
    pub text: String,
    pub reason: MissReason,
    pub answer: Option<String>,
    pub asked_at: Millis,
}

/// Phrasings that a known entry gets.
#[derive(Clone, Debug)]
pub struct Phrasings {
    pub entry: EntryId,
    pub texts: Vec<String>,
    /// Publish them as well, when nothing else of the entry waits to be published.
    pub publish: bool,
    /// Though the regression set gets worse.
    pub confirmed: bool,
}

impl Learning {
    /// Groups in a state, what an answer brings most first.
    pub async fn groups(
        &self,
        staff: &Staff,
        state: GroupState,
        after: Option<GroupCursor>,
    ) -> Result<GroupPage> {
        staff.require(Permission::EditKnowledge)?;
        let mut groups = self.store.list_groups(staff.workspace(), state, after, PAGE + 1).await?;
        let more = groups.len() > PAGE as usize;
        groups.truncate(PAGE as usize);
        let next = groups.last().filter(|_| more).map(|last| GroupCursor { worth: last.worth, id: last.id });
        let ids: Vec<GroupId> = groups.iter().map(|group| group.id).collect();
        let mut weeks = self.weeks(&ids).await?;
        let groups = groups.into_iter().map(|group| {
            let own = weeks.remove(&group.id).unwrap_or_else(|| vec![0; super::WEEKS as usize]);
            (group, own)
        });
        Ok(GroupPage { groups: groups.collect(), next })
    }

    async fn weeks(&self, ids: &[GroupId]) -> Result<BTreeMap<GroupId, Vec<i64>>> {
        let mut weeks: BTreeMap<GroupId, Vec<i64>> = BTreeMap::new();
        for (id, week, count) in self.store.weeks_of_groups(ids, self.first_week()).await? {
            let own = weeks.entry(id).or_insert_with(|| vec![0; super::WEEKS as usize]);
            if let Some(slot) = usize::try_from(week).ok().and_then(|week| own.get_mut(week)) {
                *slot = count;
            }
        }
        Ok(weeks)
    }

    async fn find(&self, staff: &Staff, id: GroupId) -> Result<QuestionGroup> {
        staff.require(Permission::EditKnowledge)?;
        self.store.find_group(staff.workspace(), id).await?.ok_or(Error::NotFound)
    }

    /// One group; conversations only where one may see them.
    pub async fn group(&self, staff: &Staff, id: GroupId) -> Result<GroupDetail> {
        let group = self.find(staff, id).await?;
        let questions = self.store.questions_of_group(staff.workspace(), id, QUESTIONS).await?;
        let shown = questions.iter().take(SAMPLES);
        let ids: Vec<ConversationId> = shown.clone().map(|question| question.conversation_id).collect();
        let visible = self.store.conversations_in_scope(&staff.scope, &ids).await?;
        let samples = shown.map(|question| Sample {
            conversation_id: Some(question.conversation_id).filter(|id| visible.contains(id)),
            seq: question.seq,
            text: question.text.clone(),
            reason: question.reason,
            answer: question.answer.clone(),
            asked_at: question.asked_at,
        });
        let samples = samples.collect();
        let mut reasons: BTreeMap<&'static str, i64> = BTreeMap::new();
        let mut wordings: BTreeMap<String, (String, i64)> = BTreeMap::new();
        let mut answers: Vec<String> = Vec::new();
        for question in questions {
            *reasons.entry(question.reason.code()).or_default() += 1;
            wordings.entry(draft::key(&question.text)).or_insert((question.text, 0)).1 += 1;
            if let Some(answer) = question.answer.filter(|answer| !answers.contains(answer))
                && answers.len() < ANSWERS
            {
                answers.push(answer);
            }
        }
        let mut wordings: Vec<(String, i64)> = wordings.into_values().collect();
        wordings.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        wordings.truncate(WORDINGS);
        let weeks = self.weeks(&[id]).await?.remove(&id).unwrap_or_else(|| vec![0; super::WEEKS as usize]);
        Ok(GroupDetail { group, weeks, wordings, reasons, samples, answers })
    }

    /// A draft of a new entry from a group.
    pub async fn take_as_entry(&self, staff: &Staff, id: GroupId, content: EntryContent) -> Result<Entry> {
        self.find(staff, id).await?;
        let content = draft::clean(content)?;
        self.take(staff, id, None).await?;
        match self.knowledge.add(staff, content, None).await {
            Ok(entry) => {
                self.taken_by(staff, id, entry.id).await?;
                Ok(entry)
            }
            Err(error) => {
                self.reopen(staff, id).await?;
                Err(error)
            }
        }
    }

    /// A new version of a known entry with phrasings from a group.
    pub async fn take_as_phrasings(&self, staff: &Staff, id: GroupId, add: Phrasings) -> Result<Entry> {
        self.find(staff, id).await?;
        let entry = self.knowledge.access(staff, add.entry).await.map_err(|error| match error {
            Error::NotFound => Error::Field("entry_id"),
            error => error,
        })?;
        let was_published = entry.status == EntryStatus::Published;
        let mut content = entry.content.clone();
        content.phrasings.extend(add.texts);
        let content = draft::clean(content)?;
        let publishes = add.publish && was_published && content != entry.content;
        if publishes {
            staff.require(Permission::PublishKnowledge)?;
            self.refuse_worse(staff, &[(entry.id, Some(content.clone()))], add.confirmed).await?;
        }
        self.take(staff, id, Some(entry.id)).await?;
        let saved = self.knowledge.save(staff, entry.id, entry.version, content, entry.owner_id).await;
        let saved = match saved {
            Ok(saved) => saved,
            Err(error) => {
                self.reopen(staff, id).await?;
                return Err(error);
            }
        };
        if publishes {
            return self.knowledge.step(staff, saved.id, saved.version, Step::Publish).await;
        }
        Ok(saved)
    }

    /// Not worth an entry; more of the same joins it silently.
    pub async fn ignore(&self, staff: &Staff, id: GroupId) -> Result<()> {
        self.find(staff, id).await?;
        self.change(staff, id, (&[GroupState::Open], GroupState::Ignored), None).await
    }

    /// Takes back what was done with a group. An entry that was made of it stays.
    pub async fn reopen(&self, staff: &Staff, id: GroupId) -> Result<()> {
        self.find(staff, id).await?;
        let from = [GroupState::Ignored, GroupState::Taken];
        self.change(staff, id, (&from, GroupState::Open), None).await
    }

    async fn take(&self, staff: &Staff, id: GroupId, entry: Option<EntryId>) -> Result<()> {
        self.change(staff, id, (&[GroupState::Open], GroupState::Taken), entry).await
    }

    async fn taken_by(&self, staff: &Staff, id: GroupId, entry: EntryId) -> Result<()> {
        self.change(staff, id, (&[GroupState::Taken], GroupState::Taken), Some(entry)).await
    }

    async fn change(
        &self,
        staff: &Staff,
        id: GroupId,
        path: (&[GroupState], GroupState),
        entry: Option<EntryId>,
    ) -> Result<()> {
        let now = self.clock.now();
        let done = self.store.set_group_state(staff.workspace(), id, path, entry, staff.id(), now).await?;
        if done { Ok(()) } else { Err(Error::EntryState) }
    }
}
