//! Ways to ask an entry that visitors used and the entry lacks.

use super::{Learning, blocking};
use crate::{Error, Result, Staff, knowledge::draft};
use knowledge::clusters::likeness;
use model::{EntryId, Permission};
use std::collections::BTreeMap;

/// Questions that are looked at.
const QUESTIONS: i64 = 400;
const MOST: usize = 20;
/// Nearer to a known phrasing it says nothing new.
const KNOWN: f32 = 0.95;
const LONGEST: usize = 200;

/// One way to ask it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    pub text: String,
    pub count: i64,
    /// The entry answered it, and an agent or the visitor said that this was right.
    pub confirmed: bool,
}

impl Learning {
    /// What visitors asked that this entry answered rightly, or came nearest to. Confirmed
    /// ones first, then the most frequent.
    pub async fn suggestions(&self, staff: &Staff, id: EntryId) -> Result<Vec<Suggestion>> {
        staff.require(Permission::EditKnowledge)?;
        let entry = self.knowledge.access(staff, id).await?;
        let workspace = staff.workspace();
        let right = self.store.confirmed_questions(workspace, id, QUESTIONS).await?;
        let near = self.store.questions_near_entry(workspace, id, QUESTIONS).await?;
        let mut known = entry.content.phrasings;
        known.push(entry.content.question);
        blocking(move || {
            let mut found: BTreeMap<String, Suggestion> = BTreeMap::new();
            let asked =
                right.into_iter().map(|text| (text, true)).chain(near.into_iter().map(|text| (text, false)));
            for (text, confirmed) in asked {
                let text = knowledge::mask(&text).map_err(Error::internal)?;
                if text.chars().count() > LONGEST || !knowledge::says_something(&text) {
                    continue;
                }
                let one = found.entry(draft::key(&text)).or_insert(Suggestion { text, count: 0, confirmed });
                one.count += 1;
                one.confirmed |= confirmed;
            }
            let mut all: Vec<Suggestion> = found.into_values().collect();
            all.retain(|one| known.iter().all(|phrasing| likeness(phrasing, &one.text) < KNOWN));
            all.sort_by(|a, b| {
                (b.confirmed, b.count).cmp(&(a.confirmed, a.count)).then_with(|| a.text.cmp(&b.text))
            });
            all.truncate(MOST);
            Ok(all)
        })
        .await?
    }
}
