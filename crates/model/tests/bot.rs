//! A conversation that begins with the bot: whatever happens in whatever order, the bot
//! speaks only while it has the conversation and only about what it has seen.

use model::{
    Action, AgentId, BotTurn, ChannelId, ContactId, Content, Conversation, ConversationId, Effects, Evidence,
    HandOff, HandOffReason, NewConversation, Notice, Outcome, Refusal, Reply, Sender, Seq, Status, TeamId,
    WorkspaceId, job::Task,
};
use proptest::prelude::*;

const VISITOR: Sender = Sender::Visitor(ContactId(9));

fn opened(bot: bool) -> Conversation {
    let new = NewConversation {
        id: ConversationId(1),
        workspace_id: WorkspaceId(1),
        channel_id: ChannelId(1),
        contact_id: ContactId(9),
        contact_name: "访客".into(),
        team_id: None,
        bot,
    };
    new.open(0)
}

fn text(sender: Sender) -> Action {
    Action::Post { sender, content: Content::Text { text: "你好".into() } }
}

fn evidence(outcome: Outcome) -> Evidence {
    Evidence {
        question: "退款".into(),
        question_seq: 1,
        outcome,
        hand_off: None,
        band: None,
        probability: None,
        answer_from: None,
        clarify_from: None,
        candidates: Vec::new(),
        entry_id: None,
        article: None,
        variant: None,
        index_version: String::new(),
        llm: None,
        rule: None,
        soothing: false,
    }
}

fn turn(after: Seq, replies: usize, hands_off: bool) -> Action {
    let reply =
        Reply { content: Content::Text { text: "好".into() }, evidence: evidence(Outcome::Answered) };
    let hand_off = hands_off.then(|| HandOff {
        reason: HandOffReason::Asked,
        team: None,
        staffed: false,
        evidence: evidence(Outcome::HandedOff),
    });
    Action::BotTurn(BotTurn { after, replies: vec![reply; replies], hand_off, mood: None })
}

#[test]
fn each_message_to_the_bot_asks_for_a_turn_and_not_for_an_agent() {
    let mut conversation = opened(true);
    assert_eq!((conversation.status, conversation.queued_at), (Status::Bot, None));
    for seq in 1..=3 {
        let effects = conversation.apply(text(VISITOR), seq).unwrap();
        assert_eq!(effects.tasks, [Task::BotTurn { conversation_id: ConversationId(1), seq }]);
    }
    assert_eq!((conversation.waiting_since, conversation.staff_unread), (None, 3));
    let mut without = opened(false);
    let effects = without.apply(text(VISITOR), 1).unwrap();
    assert_eq!(effects.tasks, [Task::Route { conversation_id: ConversationId(1) }]);
}

#[test]
fn a_turn_about_something_older_than_the_newest_message_is_refused() {
    let mut conversation = opened(true);
    conversation.apply(text(VISITOR), 1).unwrap();
    conversation.apply(text(VISITOR), 2).unwrap();
    assert_eq!(conversation.clone().apply(turn(1, 1, false), 3), Err(Refusal::Superseded));
    conversation.apply(turn(2, 1, false), 3).unwrap();
    assert_eq!(conversation.apply(turn(2, 1, false), 4), Err(Refusal::Superseded), "the same turn again");
}

#[test]
fn the_hand_off_queues_with_a_notice_and_the_reason_is_kept() {
    let mut conversation = opened(true);
    conversation.apply(text(VISITOR), 1).unwrap();
    let effects = conversation.apply(turn(1, 1, true), 5).unwrap();
    assert_eq!(effects.tasks, [Task::Route { conversation_id: ConversationId(1) }]);
    let kinds: Vec<_> = effects.facts.iter().map(|fact| fact.kind).collect();
    assert_eq!(kinds, ["bot_answered", "handed_off", "queued"]);
    let notice = Content::Notice(Notice::HandedOff { reason: HandOffReason::Asked, staffed: false });
    assert_eq!(effects.drafts[1].content, notice);
    assert!(effects.drafts.iter().all(|draft| draft.evidence.is_some()));
    assert_eq!((conversation.status, conversation.queued_at), (Status::Queued, Some(5)));
    assert_eq!((conversation.waiting_since, conversation.visitor_unread), (Some(5), 1));
}

#[test]
fn a_turn_that_does_nothing_changes_nothing() {
    let mut conversation = opened(true);
    conversation.apply(text(VISITOR), 1).unwrap();
    let before = conversation.clone();
    let effects = conversation.apply(turn(1, 0, false), 2).unwrap();
    assert_eq!((effects, conversation), (Effects { changed: false, ..Effects::default() }, before));
}

#[test]
fn an_agent_takes_it_from_the_bot_by_accepting_answering_or_being_given_it() {
    let agent = AgentId(3);
    for action in [
        Action::Accept { agent },
        text(Sender::Agent(agent)),
        Action::Assign { agent, by: Some(AgentId(4)), reasons: None },
    ] {
        let mut conversation = opened(true);
        conversation.apply(text(VISITOR), 1).unwrap();
        conversation.apply(action, 2).unwrap();
        assert_eq!((conversation.status, conversation.assignee_id), (Status::Open, Some(agent)));
    }
    // Automatic assignment takes from the queue alone.
    let mut conversation = opened(true);
    assert!(conversation.apply(Action::Assign { agent, by: None, reasons: None }, 2).is_err());
}

fn any_action() -> impl Strategy<Value = (u8, u8)> {
    (0..10_u8, 0..4_u8)
}

proptest! {
    #[test]
    fn the_bot_never_speaks_after_a_person_had_it(begins_with_bot: bool, steps in prop::collection::vec(any_action(), 0..40)) {
        let mut conversation = opened(begins_with_bot);
        let mut with_people = !begins_with_bot;
        for (at, (kind, detail)) in steps.into_iter().enumerate() {
            let agent = AgentId(i64::from(detail));
            let action = match kind {
                0 | 1 => text(VISITOR),
                2 => text(Sender::Agent(agent)),
                3 => text(Sender::Bot),
                4 => turn(conversation.last_seq - i64::from(detail / 3), usize::from(detail), detail == 2),
                5 => Action::Accept { agent },
                6 => Action::Assign { agent, by: (detail > 1).then_some(AgentId(7)), reasons: None },
                7 => Action::Queue { team: (detail > 1).then_some(TeamId(1)), by: agent },
                8 => Action::Resolve { by: (detail > 1).then_some(agent) },
                _ => Action::Reopen { by: agent },
            };
            let is_bots = kind == 3 || kind == 4;
            let after = conversation.last_seq;
            let Ok(effects) = conversation.apply(action, at as i64) else { continue };
            let spoke = effects.drafts.iter().any(|draft| draft.sender == Sender::Bot);
            prop_assert!(!(spoke && with_people), "it spoke after people had it");
            prop_assert!(!spoke || is_bots);
            prop_assert_eq!(conversation.last_seq, after + effects.drafts.len() as i64);
            with_people |= conversation.status != Status::Bot;
            prop_assert!(!with_people || conversation.status != Status::Bot, "it came back");
            prop_assert_eq!(conversation.status == Status::Queued, conversation.queued_at.is_some() && conversation.status != Status::Resolved);
            let turns = effects.tasks.iter().filter(|task| matches!(task, Task::BotTurn { .. })).count();
            prop_assert!(turns <= 1 && (turns == 0 || conversation.status == Status::Bot));
        }
    }
}
