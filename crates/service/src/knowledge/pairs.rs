//! A look over the whole base: published entries that ask the same, and those of them whose answers
//! contradict each other. What somebody left as it is comes back when one of the two changes.

use super::Knowledge;
use crate::{Error, Result, Staff};
use ::knowledge::{
    Source,
    pairs::{Disagreement, Questions, disagreements, same_questions},
};
use model::{EntryId, Permission, PublishedEntry};
use store::entries::VersionPair;

/// Pairs of one look.
pub const PAIRS: usize = 200;

/// Question and phrasings of one entry.
const QUESTIONS: usize = 101;
/// Entries that are pointed out at once.
const CONTRARIES: usize = 5;

/// Two published entries that ask the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    pub left: PublishedEntry,
    pub right: PublishedEntry,
    /// The wordings that ask the same.
    pub left_phrasing: String,
    pub right_phrasing: String,
    /// Empty: the answers go together, one of the two is too many.
    pub disagreements: Vec<Disagreement>,
}

/// An entry whose answer says something else than what is being written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contrary {
    pub entry: PublishedEntry,
    pub disagreements: Vec<Disagreement>,
}

impl Knowledge {
    /// Contradictions first; those that were dismissed are left out.
    pub async fn pairs(&self, staff: &Staff) -> Result<Vec<Pair>> {
        staff.require(Permission::EditKnowledge)?;
        let (workspace, now) = (staff.workspace(), self.clock.now());
        let dismissed = self.store.dismissed_pairs(workspace).await?;
        let mut entries = self.store.published_entries(workspace).await?;
        entries.retain(|entry| entry.content.valid_until.is_none_or(|until| now < until));
        // Thousands of entries are compared: one base at a time, not on a task that answers others.
        let _turn = self.comparing.acquire().await.map_err(Error::internal)?;
        let compared = tokio::task::spawn_blocking(move || {
            let pairs = compare(&entries).into_iter().filter(|pair| !dismissed.contains(&versions(pair)));
            let mut pairs: Vec<Pair> = pairs.collect();
            pairs.sort_by_key(|pair| pair.disagreements.is_empty());
            pairs.truncate(PAIRS);
            pairs
        });
        compared.await.map_err(Error::internal)
    }

    /// These two may stay as they are.
    pub async fn dismiss(&self, staff: &Staff, one: (EntryId, i64), other: (EntryId, i64)) -> Result<()> {
        staff.require(Permission::EditKnowledge)?;
        self.access(staff, one.0).await?;
        self.access(staff, other.0).await?;
        let pair = VersionPair::new(one, other);
        Ok(self.store.dismiss_pair(staff.workspace(), pair, staff.id(), self.clock.now()).await?)
    }

    /// Published entries that ask one of these questions and say something else.
    pub async fn contraries(
        &self,
        staff: &Staff,
        questions: Vec<String>,
        answer: String,
        except: Option<EntryId>,
    ) -> Result<Vec<Contrary>> {
        staff.require(Permission::EditKnowledge)?;
        if questions.len() > QUESTIONS {
            return Err(Error::Field("questions"));
        }
        let mut entries = self.store.published_entries(staff.workspace()).await?;
        let now = self.clock.now();
        entries.retain(|entry| {
            Some(entry.id) != except && entry.content.valid_until.is_none_or(|until| now < until)
        });
        let _turn = self.comparing.acquire().await.map_err(Error::internal)?;
        let compared = tokio::task::spawn_blocking(move || {
            let questions = Questions::new(&questions);
            let contrary = |entry: PublishedEntry| {
                let asks = entry.phrasings().iter().any(|own| questions.ask(own));
                let disagreements =
                    if asks { disagreements(&answer, &entry.content.answer) } else { Vec::new() };
                (!disagreements.is_empty()).then_some(Contrary { entry, disagreements })
            };
            entries.into_iter().filter_map(contrary).take(CONTRARIES).collect()
        });
        compared.await.map_err(Error::internal)
    }
}

fn versions(pair: &Pair) -> VersionPair {
    VersionPair::new((pair.left.id, pair.left.version), (pair.right.id, pair.right.version))
}

/// Entries that never answer at the same time do not meet.
fn compare(entries: &[PublishedEntry]) -> Vec<Pair> {
    let source = |entry: &PublishedEntry| Source {
        id: entry.id,
        phrasings: entry.phrasings(),
        answer: String::new(),
        passages: Vec::new(),
    };
    let sources: Vec<Source> = entries.iter().map(source).collect();
    let meet = |left: &PublishedEntry, right: &PublishedEntry| {
        let ends_before = |one: &PublishedEntry, other: &PublishedEntry| matches!((one.content.valid_until, other.content.valid_from), (Some(end), Some(start)) if end <= start);
        !ends_before(left, right) && !ends_before(right, left)
    };
    let pair = |found: ::knowledge::pairs::Pair| {
        let (left, right) = (&entries[found.left], &entries[found.right]);
        meet(left, right).then(|| Pair {
            disagreements: disagreements(&left.content.answer, &right.content.answer),
            left: left.clone(),
            right: right.clone(),
            left_phrasing: found.left_phrasing,
            right_phrasing: found.right_phrasing,
        })
    };
    same_questions(&sources).into_iter().filter_map(pair).collect()
}
