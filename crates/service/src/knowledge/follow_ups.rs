//! Follow-ups (追问): questions that an entry offers after its answer, of other entries or free.

use super::{
    Knowledge,
    draft::{QUESTION, key},
};
use crate::{Error, Result, text};
use model::{FollowUp, WorkspaceId};
use std::collections::HashSet;

pub const FOLLOW_UPS: usize = 5;

/// Trimmed, without empty ones, none twice.
pub fn clean(raw: Vec<FollowUp>) -> Result<Vec<FollowUp>> {
    let (mut entries, mut questions) = (HashSet::new(), HashSet::new());
    let mut kept = Vec::new();
    for one in raw {
        let question = text::optional_line("follow_ups", &one.question, QUESTION)?;
        let is_empty = text::is_blank(&question);
        let is_new = match one.entry_id {
            Some(id) => entries.insert(id),
            None => !is_empty,
        };
        if is_new && (is_empty || questions.insert(key(&question))) {
            let question = if is_empty { String::new() } else { question };
            kept.push(FollowUp { question, ..one });
        }
    }
    if kept.len() > FOLLOW_UPS { Err(Error::Field("follow_ups")) } else { Ok(kept) }
}

impl Knowledge {
    /// Entries are of this workspace; one without words of its own has those of its entry.
    pub(super) async fn name_follow_ups(
        &self,
        workspace: WorkspaceId,
        follow_ups: &mut [FollowUp],
    ) -> Result<()> {
        for one in follow_ups {
            let Some(id) = one.entry_id else { continue };
            let entry = self.store.find_entry(workspace, id).await?.ok_or(Error::Field("follow_ups"))?;
            if one.question.is_empty() {
                one.question = entry.content.question;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::EntryId;

    fn follow_up(entry: Option<i64>, question: &str) -> FollowUp {
        FollowUp { entry_id: entry.map(EntryId), question: question.into() }
    }

    #[test]
    fn empty_and_repeated_ones_are_left_out() {
        let raw = [
            (Some(1), " 运费谁出？ "),
            (None, "运费谁出"),
            (Some(1), "别的说法"),
            (Some(2), ""),
            (None, " "),
            (None, "怎么寄回？"),
        ];
        let kept = clean(raw.map(|(entry, question)| follow_up(entry, question)).into()).unwrap();
        let expected = [(Some(1), "运费谁出？"), (Some(2), ""), (None, "怎么寄回？")];
        assert_eq!(kept, expected.map(|(entry, question)| follow_up(entry, question)));
    }

    #[test]
    fn more_than_five_or_too_long_ones_are_refused() {
        let many = (0..6).map(|n| follow_up(None, &format!("问{n}"))).collect();
        assert!(matches!(clean(many), Err(Error::Field("follow_ups"))));
        let long = vec![follow_up(None, &"字".repeat(201))];
        assert!(matches!(clean(long), Err(Error::Field("follow_ups"))));
    }
}
