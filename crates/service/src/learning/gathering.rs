//! Questions that ask the same become groups, as they come; and groups are looked up in the
//! base now and then, because somebody may have answered them meanwhile.

use super::{DAY, Learning, blocking};
use crate::{Error, Result};
use knowledge::clusters::{Group, Groups, Space, central};
use model::{GroupId, GroupState, Millis, WorkspaceId};
use std::collections::BTreeMap;
use store::learning::{Placement, Standing, Unchecked};

/// Questions of one round.
const QUESTIONS: i64 = 200;
/// Groups that a question is compared with.
const GROUPS: i64 = 2_000;
/// A group is named after the most central of so many.
const NAMED_BY: i64 = 60;
/// Groups that are looked up in one run.
const LOOKS_UP: i64 = 200;
/// What is asked now counts; what was asked earlier does not.
const RECENT: Millis = 28 * DAY;

/// Where one group stands after a round.
struct Placed {
    group: Option<GroupId>,
    centre: Vec<u8>,
    /// Row, text, vector.
    questions: Vec<(i64, String, Vec<u8>)>,
    merged: Vec<GroupId>,
}

impl Learning {
    /// How many questions found their group.
    pub(super) async fn gather(&self, workspace: WorkspaceId) -> Result<usize> {
        let questions = self.store.ungrouped_questions(workspace, QUESTIONS).await?;
        if questions.is_empty() {
            return Ok(0);
        }
        let count = questions.len();
        let standing = self.store.standing_groups(workspace, GROUPS).await?;
        let space = self.space().await?;
        let placed = blocking(move || {
            let space = space.get().ok_or_else(|| Error::internal("no space"))?;
            Ok::<_, Error>(place(space, questions, standing))
        });
        let mut placements = Vec::new();
        for one in placed.await?? {
            placements.push(self.named(one).await?);
        }
        self.store.place_questions(workspace, &placements, self.clock.now()).await?;
        Ok(count)
    }

    async fn named(&self, placed: Placed) -> Result<Placement> {
        let mut members: Vec<(String, Vec<u8>)> =
            placed.questions.iter().map(|(_, text, vector)| (text.clone(), vector.clone())).collect();
        for id in placed.group.iter().chain(&placed.merged) {
            members.extend(self.store.vectors_of_group(*id, NAMED_BY).await?);
        }
        let space = self.space().await?;
        let name = blocking(move || {
            let space = space.get();
            let known = members.iter().filter_map(|(text, vector)| Some((text, space?.unpack(vector)?)));
            let (texts, vectors): (Vec<&String>, Vec<Vec<f32>>) = known.unzip();
            central(&vectors).map(|at| texts[at].clone()).unwrap_or_default()
        });
        Ok(Placement {
            group: placed.group,
            name: name.await?,
            centre: placed.centre,
            questions: placed.questions.into_iter().map(|(row, _, vector)| (row, vector)).collect(),
            merged: placed.merged,
        })
    }

    pub(super) async fn unchecked(&self, workspace: WorkspaceId, limit: i64) -> Result<Vec<Unchecked>> {
        let revision = self.store.knowledge_revision(workspace).await?;
        Ok(self.store.unchecked_groups(workspace, self.clock.now() - DAY, revision, limit).await?)
    }

    /// Asks the base what it says to open groups, once a day and whenever it changed.
    pub(super) async fn look_again(&self, workspace: WorkspaceId) -> Result<()> {
        let now = self.clock.now();
        let groups = self.unchecked(workspace, LOOKS_UP).await?;
        if groups.is_empty() {
            return Ok(());
        }
        let known = self.bots.known(workspace, self.target_percent(workspace).await?).await?;
        let names: Vec<String> = groups.iter().map(|group| group.name.clone()).collect();
        let at = known.revision;
        let answers = blocking(move || {
            let first = |name: &String| {
                let first = known.index.answer(name).candidates.into_iter().next();
                first.map(|candidate| (candidate.id, candidate.probability))
            };
            names.iter().map(first).collect::<Vec<_>>()
        });
        for (group, first) in groups.iter().zip(answers.await?) {
            let probability = first.map_or(0.0, |(_, probability)| f64::from(probability));
            let nearest = first.map(|(id, _)| id);
            self.store.check_group(workspace, group.id, nearest, probability, at, now - RECENT, now).await?;
        }
        Ok(())
    }
}

/// Every question finds its group, in their order; groups that grew together become one.
fn place(space: &Space, questions: Vec<(i64, String)>, standing: Vec<Standing>) -> Vec<Placed> {
    let mut known: Vec<(Option<GroupId>, GroupState)> = Vec::new();
    let mut old = Vec::new();
    for group in standing {
        let Some(centre) = space.unpack(&group.centre) else { continue };
        old.push(Group::new(centre, group.count.max(1) as usize));
        known.push((Some(group.id), group.state));
    }
    let mut groups = Groups::new(space, old);
    let mut seen: BTreeMap<String, Vec<f32>> = BTreeMap::new();
    let mut joined: BTreeMap<usize, Vec<(i64, String, Vec<u8>)>> = BTreeMap::new();
    for (row, text) in questions {
        let vector = seen.entry(text.clone()).or_insert_with(|| space.place(&text).unwrap_or_default());
        if vector.is_empty() {
            continue;
        }
        let number = groups.join(vector);
        if number == known.len() {
            known.push((None, GroupState::Open));
        }
        joined.entry(number).or_default().push((row, text, space.pack(vector)));
    }
    let mut merged: BTreeMap<usize, Vec<GroupId>> = BTreeMap::new();
    let touched: Vec<usize> = joined.keys().rev().copied().collect();
    for number in touched {
        let Some(into) = groups.merges_into(number).filter(|into| known[*into].1 == known[number].1) else {
            continue;
        };
        groups.merge(number, into);
        let own = joined.remove(&number).unwrap_or_default();
        joined.entry(into).or_default().extend(own);
        let absorbed = merged.remove(&number).unwrap_or_default();
        merged.entry(into).or_default().extend(absorbed.into_iter().chain(known[number].0));
    }
    joined
        .into_iter()
        .map(|(number, questions)| Placed {
            group: known[number].0,
            centre: space.pack(&groups.group(number).centre()),
            questions,
            merged: merged.remove(&number).unwrap_or_default(),
        })
        .collect()
}
