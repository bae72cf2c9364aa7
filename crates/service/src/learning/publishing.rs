//! A change of what is published is tried out on the regression set first. Invariant: a
//! change that makes the set worse is refused until somebody confirms it.

use super::{Learning, blocking};
use crate::{
    Error, Result, Staff,
    bots::{Known, source_of},
    knowledge::{Bulk, Step},
};
use knowledge::{
    Source,
    evaluation::regression::{Grade, Verdict, is_worse, verdict},
};
use model::{Entry, EntryContent, EntryId, Permission, RegressionId, WorkspaceId};
use std::{sync::Arc, time::Duration};
use store::quality::RegressionQuestion;

/// The most questions of a set.
const MOST: usize = 500;
const LONGEST: usize = 200;
/// The most entries of one look.
const ENTRIES: usize = 200;
/// How often an index that is being built is waited for, a second each.
const PATIENCE: usize = 15;

/// What a change would do to the regression set.
#[derive(Clone, Debug)]
pub struct Check {
    pub total: usize,
    pub right_before: usize,
    pub right_after: usize,
    pub worse: bool,
    /// Questions that fare otherwise, those that fare worse first.
    pub changed: Vec<Changed>,
}

/// A question that fares otherwise.
#[derive(Clone, Debug)]
pub struct Changed {
    pub question: RegressionQuestion,
    pub before: Verdict,
    pub after: Verdict,
}

impl Learning {
    /// The set as it fares now.
    pub async fn regression(&self, staff: &Staff) -> Result<Vec<(RegressionQuestion, Verdict)>> {
        staff.require(Permission::EditKnowledge)?;
        let set = self.store.regression_set(staff.workspace()).await?;
        if set.is_empty() {
            return Ok(Vec::new());
        }
        let known = self.ready(staff.workspace()).await?;
        blocking(move || {
            let verdicts = set.iter().map(|one| verdict(&known.index, &one.text, one.entry_id));
            let verdicts: Vec<Verdict> = verdicts.collect();
            set.into_iter().zip(verdicts).collect()
        })
        .await
    }

    /// Keeps a question with the entry that must answer it, or with none.
    pub async fn keep(&self, staff: &Staff, text: &str, entry: Option<EntryId>) -> Result<RegressionId> {
        staff.require(Permission::EditKnowledge)?;
        let text = crate::text::line("text", text, LONGEST)?;
        if !knowledge::says_something(&text) {
            return Err(Error::Field("text"));
        }
        let workspace = staff.workspace();
        if let Some(id) = entry
            && self.store.find_entry(workspace, id).await?.is_none()
        {
            return Err(Error::Field("entry_id"));
        }
        let set = self.store.regression_set(workspace).await?;
        if set.len() >= MOST && set.iter().all(|one| one.text != text) {
            return Err(Error::Field("text"));
        }
        let now = self.clock.now();
        Ok(self.store.keep_regression_question(workspace, &text, entry, staff.id(), now).await?)
    }

    pub async fn drop_question(&self, staff: &Staff, id: RegressionId) -> Result<()> {
        staff.require(Permission::EditKnowledge)?;
        let dropped = self.store.drop_regression_question(staff.workspace(), id).await?;
        if dropped { Ok(()) } else { Err(Error::NotFound) }
    }

    /// What publishing (or archiving) these entries as they stand would do to the set.
    pub async fn check(&self, staff: &Staff, ids: &[EntryId], step: Step) -> Result<Check> {
        staff.require(Permission::EditKnowledge)?;
        if ids.len() > ENTRIES {
            return Err(Error::Field("ids"));
        }
        let mut changes = Vec::new();
        for id in ids {
            let entry = self.store.find_entry(staff.workspace(), *id).await?;
            let content = entry.map(|entry| entry.content).filter(|_| step == Step::Publish);
            changes.push((*id, content));
        }
        self.compare(staff.workspace(), &changes).await
    }

    /// A step of an entry's life; one that makes the regression set worse is refused with
    /// [`Error::RegressionWorse`] unless it is confirmed.
    pub async fn step(
        &self,
        staff: &Staff,
        id: EntryId,
        version: i64,
        step: Step,
        confirmed: bool,
    ) -> Result<Entry> {
        if matches!(step, Step::Publish | Step::Archive) {
            staff.require(Permission::PublishKnowledge)?;
            let entry = self.knowledge.access(staff, id).await?;
            if entry.version == version {
                let content = Some(entry.content).filter(|_| step == Step::Publish);
                self.refuse_worse(staff, &[(id, content)], confirmed).await?;
            }
        }
        self.knowledge.step(staff, id, version, step).await
    }

    /// The same for many.
    pub async fn bulk(
        &self,
        staff: &Staff,
        ids: &[EntryId],
        bulk: Bulk,
        confirmed: bool,
    ) -> Result<Vec<EntryId>> {
        if let Some(step @ (Step::Publish | Step::Archive)) = bulk.step
            && !confirmed
        {
            staff.require(Permission::PublishKnowledge)?;
            if self.check(staff, ids, step).await?.worse {
                return Err(Error::RegressionWorse);
            }
        }
        self.knowledge.bulk(staff, ids, bulk).await
    }

    /// None instead of a content takes the entry away.
    pub(super) async fn refuse_worse(
        &self,
        staff: &Staff,
        changes: &[(EntryId, Option<EntryContent>)],
        confirmed: bool,
    ) -> Result<()> {
        if confirmed || !self.compare(staff.workspace(), changes).await?.worse {
            return Ok(());
        }
        Err(Error::RegressionWorse)
    }

    async fn compare(
        &self,
        workspace: WorkspaceId,
        changes: &[(EntryId, Option<EntryContent>)],
    ) -> Result<Check> {
        let set = self.store.regression_set(workspace).await?;
        if set.is_empty() {
            return Ok(Check {
                total: 0,
                right_before: 0,
                right_after: 0,
                worse: false,
                changed: Vec::new(),
            });
        }
        let known = self.ready(workspace).await?;
        let removed: Vec<EntryId> =
            changes.iter().filter(|(_, content)| content.is_none()).map(|(id, _)| *id).collect();
        let sources = changes.iter().filter_map(|(id, content)| Some(source_of(*id, content.as_ref()?)));
        let sources: Vec<Source> = sources.collect();
        let _permit = self.measuring.acquire().await.map_err(Error::internal)?;
        blocking(move || {
            let after = known.index.with(sources, &removed);
            let ask = |index: &knowledge::Index| {
                set.iter().map(|one| verdict(index, &one.text, one.entry_id)).collect::<Vec<_>>()
            };
            compared(set.clone(), &ask(&known.index), &ask(&after))
        })
        .await
    }

    /// The base, waited for while it is being built.
    pub(super) async fn ready(&self, workspace: WorkspaceId) -> Result<Arc<Known>> {
        let percent = self.target_percent(workspace).await?;
        let mut known = self.bots.known(workspace, percent).await;
        for _ in 0..PATIENCE {
            if known.is_ok() {
                break;
            }
            // It waited a second itself.
            tokio::time::sleep(Duration::from_millis(100)).await;
            known = self.bots.known(workspace, percent).await;
        }
        known
    }

    /// How precise answers must be: what the strictest channel with a bot asks for.
    pub(super) async fn target_percent(&self, workspace: WorkspaceId) -> Result<u8> {
        let channels = self.store.list_channels(workspace).await?;
        let bots = channels.iter().map(|channel| &channel.settings.bot).filter(|bot| bot.enabled);
        Ok(bots.map(|bot| bot.precision_percent).max().unwrap_or(95))
    }
}

fn compared(set: Vec<RegressionQuestion>, before: &[Verdict], after: &[Verdict]) -> Check {
    let right = |verdicts: &[Verdict]| verdicts.iter().filter(|one| one.grade == Grade::Right).count();
    let mut changed: Vec<Changed> = set
        .into_iter()
        .zip(before.iter().zip(after))
        .filter(|(_, (before, after))| before.grade != after.grade)
        .map(|(question, (before, after))| Changed { question, before: *before, after: *after })
        .collect();
    changed.sort_by_key(|one| (one.after.grade >= one.before.grade, one.after.grade));
    Check {
        total: before.len(),
        right_before: right(before),
        right_after: right(after),
        worse: is_worse(before, after),
        changed,
    }
}
