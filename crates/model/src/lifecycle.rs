//! The life of a conversation as a pure function: `apply(state, action, time)` gives the
//! next state and what must be written with it, or a reason to refuse.

mod helping;

use crate::{
    ACTIVE_STEP, AgentId, BotTurn, Content, Conversation, Evidence, HelpRule, Millis, Mood, Notice, Outcome,
    Reasons, Sender, Seq, Side, Status, TeamId, job::Task,
};
use thiserror::Error;

#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    Post {
        sender: Sender,
        content: Content,
    },
    /// An agent takes a conversation that is queued or with the bot; exactly one wins.
    Accept {
        agent: AgentId,
    },
    /// `by` none is automatic assignment, which only touches queued conversations.
    Assign {
        agent: AgentId,
        by: Option<AgentId>,
        /// Why it is this one, where nobody chose by hand.
        reasons: Option<Box<Reasons>>,
    },
    /// Back to a queue: of a team, or of everybody.
    Queue {
        team: Option<TeamId>,
        by: AgentId,
    },
    /// `by` none is the visitor.
    Resolve {
        by: Option<AgentId>,
    },
    Reopen {
        by: AgentId,
    },
    /// A side's screens received or showed everything up to a position.
    /// Of the staff only the assignee counts: a supervisor who looks in leaves no trace.
    Receipt {
        by: Sender,
        delivered: Seq,
        read: Seq,
    },
    /// What the bot does about the newest message. Only while it has the conversation, and
    /// only if nothing was said since it looked: it never speaks after a person took over.
    BotTurn(BotTurn),
    /// How the visitor feels, as of a message of theirs; what is known of a later one stays. The rule says
    /// what happens when they turned upset while an agent has them.
    Feel {
        mood: Mood,
        /// Words of theirs that show it.
        words: Vec<String>,
        rule: HelpRule,
    },
    /// The agent who has it asks for help.
    AskHelp {
        agent: AgentId,
    },
    /// The agent who has it goes on without help.
    DeclineHelp {
        agent: AgentId,
    },
    /// Another agent helps: takes it over. Of several exactly one does.
    TakeOver {
        agent: AgentId,
    },
    /// The visitor rated; the rating itself has its own table.
    Rate {
        stars: i16,
    },
}

/// A message to be stored with the change; `seq` is given by the transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    pub sender: Sender,
    pub content: Content,
    /// Why the bot said it; stored with the message.
    pub evidence: Option<Box<Evidence>>,
    /// Why an agent was assigned; stored with the message.
    pub reasons: Option<Box<Reasons>>,
}

/// A fact for the append-only log from which all metrics are derived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fact {
    pub kind: &'static str,
    /// The agent it is credited to.
    pub agent_id: Option<AgentId>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effects {
    pub drafts: Vec<Draft>,
    pub facts: Vec<Fact>,
    pub tasks: Vec<Task>,
    /// False when the action changed nothing (a receipt that was known already).
    pub changed: bool,
    /// The read position moved to somewhere before the end: the store must count the rest.
    pub recount: Option<Side>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    #[error("the conversation is resolved")]
    Resolved,
    #[error("the conversation is not resolved")]
    NotResolved,
    #[error("another agent has the conversation")]
    AlreadyAssigned,
    #[error("the contact already has another active conversation")]
    AnotherActive,
    #[error("the bot does not have the conversation")]
    NotWithBot,
    #[error("something was said since the bot looked")]
    Superseded,
    #[error("a receipt names a message that does not exist")]
    AheadOfLog,
}

impl Conversation {
    pub fn apply(&mut self, action: Action, at: Millis) -> Result<Effects, Refusal> {
        let mut effects = Effects { changed: true, ..Effects::default() };
        match action {
            Action::Post { sender, content } => self.post(sender, content, at, &mut effects)?,
            Action::Accept { agent } => {
                if self.assignee_id == Some(agent) && self.status == Status::Open {
                    effects.changed = false;
                } else {
                    if self.status != Status::Bot {
                        self.require(Status::Queued)?;
                    }
                    self.assign(agent, Some(agent), None, at, &mut effects);
                }
            }
            Action::Assign { agent, by, reasons } => {
                match by {
                    None => self.require(Status::Queued)?,
                    Some(_) if self.status == Status::Resolved => return Err(Refusal::Resolved),
                    Some(_) => {}
                }
                if self.assignee_id == Some(agent) {
                    effects.changed = false;
                } else {
                    self.assign(agent, by, reasons, at, &mut effects);
                }
            }
            Action::Queue { team, by } => {
                if self.status == Status::Resolved {
                    return Err(Refusal::Resolved);
                }
                self.team_id = team;
                self.enqueue(at, &mut effects);
                effects.notice(Notice::Queued { team_id: team, by: Some(by) });
            }
            Action::Resolve { by } => {
                if self.status == Status::Resolved {
                    return Err(Refusal::Resolved);
                }
                self.status = Status::Resolved;
                self.resolved_at = Some(at);
                self.waiting_since = None;
                self.help = None;
                effects.fact("resolved", by.or(self.assignee_id));
                effects.notice(Notice::Resolved { by });
            }
            Action::Reopen { by } => {
                if self.status != Status::Resolved {
                    return Err(Refusal::NotResolved);
                }
                self.resolved_at = None;
                effects.fact("reopened", Some(by));
                effects.notice(Notice::Reopened { by: Some(by) });
                self.assign(by, Some(by), None, at, &mut effects);
            }
            Action::Receipt { by, delivered, read } => match by {
                Sender::Visitor(_) => self.receipt(Side::Visitor, delivered, read, &mut effects)?,
                Sender::Agent(agent) if self.assignee_id == Some(agent) => {
                    self.receipt(Side::Staff, delivered, read, &mut effects)?;
                }
                _ => effects.changed = false,
            },
            Action::BotTurn(turn) => self.bot_turn(turn, at, &mut effects)?,
            Action::Feel { mood, words, rule } => {
                if mood.seq > self.last_seq {
                    return Err(Refusal::AheadOfLog);
                }
                let was = self.upset();
                effects.changed = self.feel(mood);
                if effects.changed {
                    self.tell_of(was, words, rule, &mut effects);
                }
            }
            Action::AskHelp { agent } => self.ask_help(agent, &mut effects)?,
            Action::DeclineHelp { agent } => self.decline_help(agent, &mut effects)?,
            Action::TakeOver { agent } => self.take_over(agent, at, &mut effects)?,
            Action::Rate { stars } => {
                self.stars = Some(stars);
                effects.fact("rated", self.assignee_id);
                effects.notice(Notice::Rated { stars });
            }
        }
        if effects.changed {
            self.version += 1;
        }
        for draft in &effects.drafts {
            self.last_seq += 1;
            if at - self.active_at >= ACTIVE_STEP {
                self.active_at = at;
            }
            if let Some(side) = draft.sender.side() {
                self.preview = draft.content.preview();
                self.preview_side = Some(side);
            }
        }
        Ok(effects)
    }

    fn require(&self, status: Status) -> Result<(), Refusal> {
        match self.status {
            actual if actual == status => Ok(()),
            Status::Resolved => Err(Refusal::Resolved),
            _ => Err(Refusal::AlreadyAssigned),
        }
    }

    fn post(
        &mut self,
        sender: Sender,
        content: Content,
        at: Millis,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        if self.status == Status::Resolved {
            return Err(Refusal::Resolved);
        }
        match sender {
            Sender::Visitor(_) => {
                if self.last_seq == 0 {
                    effects.fact("opened", None);
                }
                if self.status == Status::Bot {
                    effects.tasks.push(Task::BotTurn { conversation_id: self.id, seq: self.last_seq + 1 });
                } else {
                    if self.last_seq == 0 {
                        effects.tasks.push(Task::Route { conversation_id: self.id });
                    }
                    self.waiting_since = self.waiting_since.or(Some(at));
                }
                self.staff_unread += 1;
            }
            Sender::Agent(agent) => {
                self.visitor_unread += 1;
                self.waiting_since = None;
                if matches!(self.status, Status::Queued | Status::Bot) {
                    self.assign(agent, Some(agent), None, at, effects);
                }
                effects.fact("agent_replied", Some(agent));
            }
            Sender::Bot if self.status != Status::Bot => return Err(Refusal::NotWithBot),
            Sender::Bot => self.visitor_unread += 1,
            Sender::System => {}
        }
        effects.drafts.push(Draft { sender, content, evidence: None, reasons: None });
        Ok(())
    }

    fn bot_turn(&mut self, turn: BotTurn, at: Millis, effects: &mut Effects) -> Result<(), Refusal> {
        if self.status != Status::Bot {
            return Err(Refusal::NotWithBot);
        }
        if turn.after != self.last_seq {
            return Err(Refusal::Superseded);
        }
        let felt = turn.mood.is_some_and(|mood| self.feel(mood));
        effects.changed = felt || !turn.replies.is_empty() || turn.hand_off.is_some();
        for reply in turn.replies {
            self.visitor_unread += 1;
            match reply.evidence.outcome {
                Outcome::Answered => effects.fact("bot_answered", None),
                Outcome::Clarified => effects.fact("bot_clarified", None),
                Outcome::Missed => effects.fact("bot_missed", None),
                Outcome::SmallTalk | Outcome::HandedOff => {}
            }
            let evidence = Some(Box::new(reply.evidence));
            effects.drafts.push(Draft {
                sender: Sender::Bot,
                content: reply.content,
                evidence,
                reasons: None,
            });
        }
        if let Some(hand_off) = turn.hand_off {
            effects.fact("handed_off", None);
            self.team_id = hand_off.team.or(self.team_id);
            self.enqueue(at, effects);
            self.waiting_since = Some(at);
            let notice = Notice::HandedOff { reason: hand_off.reason, staffed: hand_off.staffed };
            let evidence = Some(Box::new(hand_off.evidence));
            effects.drafts.push(Draft {
                sender: Sender::System,
                content: Content::Notice(notice),
                evidence,
                reasons: None,
            });
        }
        Ok(())
    }

    /// True when it is news.
    fn feel(&mut self, mood: Mood) -> bool {
        let known = self.mood.unwrap_or(Mood::neutral(0));
        let is_news = mood.seq >= known.seq && !mood.looks_like(&known);
        if is_news {
            self.mood = Some(mood);
        }
        is_news
    }

    fn assign(
        &mut self,
        agent: AgentId,
        by: Option<AgentId>,
        reasons: Option<Box<Reasons>>,
        at: Millis,
        effects: &mut Effects,
    ) {
        self.assignee_id = Some(agent);
        self.status = Status::Open;
        self.assigned_at = Some(at);
        self.queued_at = None;
        self.help = None;
        effects.fact("assigned", Some(agent));
        let senior = reasons.as_ref().is_some_and(|reasons| reasons.senior);
        let content = Content::Notice(Notice::Assigned { agent_id: agent, by, senior });
        effects.drafts.push(Draft { sender: Sender::System, content, evidence: None, reasons });
    }

    fn enqueue(&mut self, at: Millis, effects: &mut Effects) {
        self.assignee_id = None;
        self.status = Status::Queued;
        self.queued_at = Some(at);
        self.help = None;
        effects.fact("queued", None);
        effects.tasks.push(Task::Route { conversation_id: self.id });
    }

    fn receipt(
        &mut self,
        side: Side,
        delivered: Seq,
        read: Seq,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        if delivered.max(read) > self.last_seq {
            return Err(Refusal::AheadOfLog);
        }
        let (has_delivered, has_read, unread) = match side {
            Side::Visitor => (&mut self.visitor_delivered, &mut self.visitor_read, &mut self.visitor_unread),
            Side::Staff => (&mut self.staff_delivered, &mut self.staff_read, &mut self.staff_unread),
        };
        effects.changed = delivered.max(read) > *has_delivered || read > *has_read;
        *has_delivered = (*has_delivered).max(delivered).max(read);
        if read > *has_read {
            *has_read = read;
            if read == self.last_seq {
                *unread = 0;
            } else if *unread > 0 {
                effects.recount = Some(side);
            }
        }
        Ok(())
    }
}

impl Effects {
    fn notice(&mut self, notice: Notice) {
        let content = Content::Notice(notice);
        self.drafts.push(Draft { sender: Sender::System, content, evidence: None, reasons: None });
    }

    fn fact(&mut self, kind: &'static str, agent_id: Option<AgentId>) {
        self.facts.push(Fact { kind, agent_id });
    }
}
