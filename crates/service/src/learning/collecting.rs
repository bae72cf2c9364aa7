//! From the bot's turns to questions that were not answered well, and from conversations
//! that people finished to what they answered.

use super::{Learning, blocking};
use crate::{Error, Result, text};
use model::{
    AgentId, Content, ConversationId, Message, MissReason, Outcome, Sender, Seq, StoredTurn, WorkspaceId,
};
use store::learning::{DueTurn, Finding};

/// Turns of one round.
const TURNS: i64 = 200;
/// Conversations of one round.
const CONVERSATIONS: i64 = 50;
/// What is kept of a question: as much as a phrasing may have.
const QUESTION: usize = 200;
const ANSWER: usize = 1_000;
/// Messages after the question among which the answer is looked for.
const LOOKS_AT: i64 = 60;
/// An answer is made of so many messages at most.
const PARTS: usize = 3;
/// A shorter message of an agent answers nothing.
const SHORTEST: usize = 6;
/// What agents say while they look.
const WAITS: [&str; 12] = [
    "稍等",
    "稍候",
    "请稍",
    "马上为您",
    "帮您查",
    "为您查",
    "帮你查",
    "查一下",
    "one moment",
    "let me check",
    "just a moment",
    "bear with me",
];

impl Learning {
    /// How many turns were looked at.
    pub(super) async fn collect(&self, workspace: WorkspaceId) -> Result<usize> {
        let due = self.store.due_turns(workspace, TURNS).await?;
        let mut findings = Vec::new();
        for one in &due {
            findings.extend(self.finding(workspace, one).await?);
        }
        let findings = blocking(move || masked(findings)).await??;
        self.store.learn_from_turns(workspace, &due, &findings).await?;
        Ok(due.len())
    }

    /// What one turn says about a question.
    async fn finding(&self, workspace: WorkspaceId, due: &DueTurn) -> Result<Option<Finding>> {
        let DueTurn { conversation, turn, version } = due;
        let evidence = &turn.evidence;
        let looked_up = evidence.band.is_some();
        let by_people = match (turn.verdict, turn.helpful) {
            (Some(false), _) => Some(MissReason::Wrong),
            (None, Some(false)) => Some(MissReason::Unhelpful),
            _ => None,
        };
        let reason = match evidence.outcome {
            Outcome::SmallTalk => return Ok(None),
            // Nothing was said about it, and nothing is taken back.
            Outcome::Answered | Outcome::Clarified if by_people.is_none() && *version == 1 => {
                return Ok(None);
            }
            Outcome::Answered | Outcome::Clarified => by_people,
            Outcome::Missed if looked_up => Some(MissReason::Missed),
            Outcome::Missed => Some(MissReason::Rejected),
            Outcome::HandedOff => Some(MissReason::HandedOff),
        };
        let of = |turn: &StoredTurn| (turn.evidence.question_seq, turn.evidence.question.clone());
        let question = if looked_up {
            Some(of(turn)).filter(|(_, text)| bot::is_question(text))
        } else {
            let before = self.looked_up_before(workspace, *conversation, turn.seq).await?;
            match evidence.outcome {
                // None of the offered ones: the question is the one that was asked back about.
                Outcome::Missed => {
                    before.filter(|(is_clarified, _)| *is_clarified).map(|(_, question)| question)
                }
                // A person was asked for at once: what it is about comes later.
                Outcome::HandedOff => {
                    Some(before.map_or((evidence.question_seq, String::new()), |(_, question)| question))
                }
                _ => before.map(|(_, question)| question),
            }
        };
        Ok(question.map(|(seq, text)| Finding {
            conversation: *conversation,
            seq,
            text,
            reason,
            asked_at: turn.created_at,
        }))
    }

    /// The last thing that was looked up before `seq`, and whether the bot asked back about it.
    async fn looked_up_before(
        &self,
        workspace: WorkspaceId,
        id: ConversationId,
        seq: Seq,
    ) -> Result<Option<(bool, (Seq, String))>> {
        let turns = self.store.list_bot_turns(workspace, id, TURNS).await?;
        let before = turns.iter().rev().find(|turn| turn.seq < seq && turn.evidence.band.is_some());
        Ok(before.map(|turn| {
            let asked_back = turn.evidence.outcome == Outcome::Clarified;
            (asked_back, (turn.evidence.question_seq, turn.evidence.question.clone()))
        }))
    }

    /// Looks for the answers of agents in conversations that are over; how many were looked at.
    pub(super) async fn mine(&self, workspace: WorkspaceId) -> Result<usize> {
        let waiting = self.store.questions_awaiting_answer(workspace, CONVERSATIONS).await?;
        for one in &waiting {
            let messages =
                self.store.list_messages_after(workspace, one.conversation, one.seq, LOOKS_AT).await?;
            let known = one.text.clone();
            let found = blocking(move || {
                let question =
                    if known.is_empty() { question_in(&messages).unwrap_or_default() } else { known };
                let answer = answer_in(&messages);
                let answer =
                    answer.map(|(text, by)| knowledge::mask(&text).map(|text| (text, by))).transpose()?;
                let question = text::cut(&knowledge::mask(&question)?, QUESTION);
                Ok::<_, language::LoadError>((question, answer))
            });
            let (question, answer) = found.await?.map_err(Error::internal)?;
            let question = if is_worth_keeping(&question) { question } else { String::new() };
            let answer = answer.as_ref().map(|(text, by)| (text.as_str(), *by));
            self.store.keep_answer(workspace, one.row, &question, answer).await?;
        }
        Ok(waiting.len())
    }
}

/// Without what is personal, and without what says nothing. An empty question stays: its words
/// come later.
fn masked(findings: Vec<Finding>) -> Result<Vec<Finding>> {
    let mut kept = Vec::with_capacity(findings.len());
    for finding in findings {
        let text = text::cut(&knowledge::mask(&finding.text).map_err(Error::internal)?, QUESTION);
        if finding.text.is_empty() || is_worth_keeping(&text) {
            kept.push(Finding { text: text.trim().to_owned(), ..finding });
        }
    }
    Ok(kept)
}

/// Something is left beside the labels of what was hidden.
fn is_worth_keeping(text: &str) -> bool {
    let mut depth = 0_usize;
    let bare: String = text
        .chars()
        .filter(|c| match c {
            '[' => {
                depth += 1;
                false
            }
            ']' => {
                depth = depth.saturating_sub(1);
                false
            }
            _ => depth == 0,
        })
        .collect();
    knowledge::says_something(&bare)
}

/// The first thing that the visitor wanted.
fn question_in(messages: &[Message]) -> Option<String> {
    messages.iter().find_map(|message| match (&message.sender, &message.content) {
        (Sender::Visitor(_), Content::Text { text }) if bot::is_question(text) => Some(text.to_string()),
        _ => None,
    })
}

/// The agent's first messages that answer something, up to the visitor's next question.
fn answer_in(messages: &[Message]) -> Option<(String, AgentId)> {
    let mut parts: Vec<&str> = Vec::new();
    let mut by = None;
    for message in messages {
        let text = match &message.content {
            Content::Text { text } => text,
            Content::Answer(answer) => answer.text.as_str(),
            _ => continue,
        };
        match message.sender {
            Sender::Agent(agent) if by.is_none_or(|by| by == agent) && answers(text) => {
                by = Some(agent);
                parts.push(text.trim());
            }
            Sender::Visitor(_) if by.is_some() && bot::is_question(text) => break,
            _ => {}
        }
        if parts.len() == PARTS {
            break;
        }
    }
    let text: String = parts.join("\n").chars().take(ANSWER).collect();
    Some((text, by?))
}

fn answers(text: &str) -> bool {
    let lower = text.to_lowercase();
    let waits = text.chars().count() < 40 && WAITS.iter().any(|word| lower.contains(word));
    text.chars().count() >= SHORTEST && bot::is_question(text) && !waits
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{ContactId, MessageId};

    fn said(sender: Sender, text: &str) -> Message {
        Message {
            id: MessageId(1),
            conversation_id: ConversationId(1),
            seq: 1,
            client_id: None,
            sender,
            content: Content::Text { text: text.into() },
            created_at: 0,
        }
    }

    const VISITOR: Sender = Sender::Visitor(ContactId(1));
    const AGENT: Sender = Sender::Agent(AgentId(2));

    #[test]
    fn the_answer_is_what_the_agent_says_first_beyond_greeting_and_waiting() {
        let messages = [
            said(AGENT, "您好"),
            said(AGENT, "请您稍等，我帮您查一下"),
            said(VISITOR, "好的"),
            said(AGENT, "可以开发票，在订单详情里点申请开票。"),
            said(AGENT, "电子发票一天内发到邮箱。"),
            said(VISITOR, "那运费多少？"),
            said(AGENT, "满 99 元包邮。"),
        ];
        let expected = "可以开发票，在订单详情里点申请开票。\n电子发票一天内发到邮箱。";
        assert_eq!(answer_in(&messages), Some((expected.to_owned(), AgentId(2))));
        assert_eq!(answer_in(&messages[..3]), None);
    }

    #[test]
    fn the_question_is_not_the_greeting_nor_the_wish_for_a_person() {
        let messages = [
            said(VISITOR, "转人工"),
            said(VISITOR, "你好"),
            said(VISITOR, "😀"),
            said(VISITOR, "可以开发票吗"),
        ];
        assert_eq!(question_in(&messages), Some("可以开发票吗".to_owned()));
        assert_eq!(question_in(&messages[..3]), None);
    }

    #[test]
    fn what_is_only_hidden_says_nothing() {
        for text in ["[电话]", " [电话] [订单号]！", "😀", ""] {
            assert!(!is_worth_keeping(text), "{text}");
        }
        assert!(is_worth_keeping("[订单号]到哪了"));
    }
}
