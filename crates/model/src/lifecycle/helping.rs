//! Help for the agent who has a conversation: when others are told, and who takes it over.

use super::{Effects, Refusal};
use crate::{AgentId, Conversation, Help, HelpKind, HelpRule, Millis, Mood, Notice, Status};

impl Conversation {
    /// After a mood was noticed: tells of a turn for the worse, once. It is one only if the visitor is
    /// clearly upset, more than before, and more than others were told since they last were calm.
    pub(super) fn tell_of(&mut self, was: u8, words: Vec<String>, rule: HelpRule, effects: &mut Effects) {
        let upset = self.upset();
        if upset < Mood::CLEAR {
            self.told = 0;
            self.help = self.help.filter(|help| help.kind == HelpKind::Asked);
            return;
        }
        let kind = match rule {
            HelpRule::Off => return,
            HelpRule::Tell => HelpKind::Told,
            HelpRule::Offer => HelpKind::Offered,
        };
        if self.status == Status::Open && upset > was.max(self.told) {
            self.told = upset;
            let asked = self.help.is_some_and(|help| help.kind == HelpKind::Asked);
            self.helped(if asked { HelpKind::Asked } else { kind }, words, effects);
        }
    }

    pub(super) fn ask_help(&mut self, agent: AgentId, effects: &mut Effects) -> Result<(), Refusal> {
        self.require_of(agent)?;
        effects.changed = self.help.is_none_or(|help| help.kind != HelpKind::Asked);
        if effects.changed {
            effects.fact("asked_help", Some(agent));
            self.helped(HelpKind::Asked, Vec::new(), effects);
        }
        Ok(())
    }

    pub(super) fn decline_help(&mut self, agent: AgentId, effects: &mut Effects) -> Result<(), Refusal> {
        self.require_of(agent)?;
        effects.changed = self.help.take().is_some();
        if effects.changed {
            effects.notice(Notice::HelpDeclined { agent_id: agent });
        }
        Ok(())
    }

    pub(super) fn take_over(
        &mut self,
        agent: AgentId,
        at: Millis,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        self.require(Status::Open)?;
        if self.assignee_id == Some(agent) {
            effects.changed = false;
        } else if self.help.is_some_and(|help| help.kind.may_take_over()) {
            effects.fact("taken_over", Some(agent));
            self.assign(agent, Some(agent), None, at, effects);
        } else {
            return Err(Refusal::AlreadyAssigned);
        }
        Ok(())
    }

    fn require_of(&self, agent: AgentId) -> Result<(), Refusal> {
        self.require(Status::Open)?;
        if self.assignee_id == Some(agent) { Ok(()) } else { Err(Refusal::AlreadyAssigned) }
    }

    fn helped(&mut self, kind: HelpKind, words: Vec<String>, effects: &mut Effects) {
        let Some(agent_id) = self.assignee_id else { return };
        let seq = self.last_seq + effects.drafts.len() as i64 + 1;
        self.help = Some(Help { kind, seq });
        let felt = self.mood.filter(|mood| mood.upset() > 0);
        let (mood, strength) = (felt.map(|mood| mood.kind), felt.map_or(0, |mood| mood.strength));
        effects.notice(Notice::Help { agent_id, kind, mood, strength, words });
    }
}
