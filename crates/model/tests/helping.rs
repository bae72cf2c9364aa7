//! Others are told of a visitor who turns upset once for each turn for the worse, and exactly one of those
//! who want to help takes the conversation over.

use model::{
    Action, AgentId, ChannelId, ContactId, Content, Conversation, ConversationId, Effects, HelpKind,
    HelpRule, Mood, MoodKind, NewConversation, Notice, Refusal, Sender, TeamId, WorkspaceId,
};

const HOLDER: AgentId = AgentId(1);
const SENIOR: AgentId = AgentId(2);
const OTHER: AgentId = AgentId(3);

fn queued() -> Conversation {
    let new = NewConversation {
        id: ConversationId(1),
        workspace_id: WorkspaceId(1),
        channel_id: ChannelId(1),
        contact_id: ContactId(1),
        contact_name: String::new(),
        team_id: Some(TeamId(1)),
        bot: false,
    };
    let mut conversation = new.open(0);
    say(&mut conversation);
    conversation
}

fn open() -> Conversation {
    let mut conversation = queued();
    act(&mut conversation, Action::Accept { agent: HOLDER });
    conversation
}

fn act(conversation: &mut Conversation, action: Action) -> Effects {
    match conversation.apply(action, 0) {
        Ok(effects) => effects,
        Err(refusal) => panic!("{refusal}"),
    }
}

fn say(conversation: &mut Conversation) {
    let content = Content::Text { text: "气死我了".into() };
    act(conversation, Action::Post { sender: Sender::Visitor(ContactId(1)), content });
}

/// The visitor says something and feels so; gives back what staff is told.
fn feels(conversation: &mut Conversation, strength: u8, rule: HelpRule) -> Option<HelpKind> {
    say(conversation);
    let seq = conversation.last_seq;
    let kind = if strength == 0 { MoodKind::Neutral } else { MoodKind::Angry };
    let words = vec!["气死我了".to_owned()];
    let effects = act(conversation, Action::Feel { mood: Mood { kind, strength, seq }, words, rule });
    let mut told = effects.drafts.iter().filter_map(|draft| match &draft.content {
        Content::Notice(Notice::Help { kind, words, agent_id, strength: said, .. }) => {
            assert_eq!((words.len(), *agent_id, *said), (1, HOLDER, strength));
            Some(*kind)
        }
        _ => None,
    });
    let first = told.next();
    assert_eq!(told.next(), None);
    if first.is_some() {
        assert_eq!(
            conversation.help.map(|help| help.seq),
            Some(conversation.last_seq),
            "it names its notice"
        );
    }
    first
}

#[test]
fn others_are_told_once_for_each_turn_for_the_worse() {
    let told = |strengths: &[u8]| -> Vec<bool> {
        let mut conversation = open();
        strengths.iter().map(|one| feels(&mut conversation, *one, HelpRule::Tell).is_some()).collect()
    };
    assert_eq!(told(&[0, 1, 2, 2, 2]), [false, false, true, false, false]);
    assert_eq!(told(&[2, 3, 3]), [true, true, false], "worse again");
    assert_eq!(told(&[3, 2, 3, 2, 3]), [true, false, false, false, false], "to and fro is no news");
    assert_eq!(told(&[3, 1, 3]), [true, false, true], "calm in between");
}

#[test]
fn who_was_upset_before_somebody_had_them_turned_upset_with_nobody() {
    let mut conversation = queued();
    assert_eq!(feels(&mut conversation, 3, HelpRule::Offer), None, "nobody has it");
    act(&mut conversation, Action::Accept { agent: HOLDER });
    for strength in [3, 2, 2] {
        assert_eq!(feels(&mut conversation, strength, HelpRule::Offer), None);
    }
}

#[test]
fn the_rule_decides_what_others_may_do() {
    for (rule, kind) in [
        (HelpRule::Off, None),
        (HelpRule::Tell, Some(HelpKind::Told)),
        (HelpRule::Offer, Some(HelpKind::Offered)),
    ] {
        let mut conversation = open();
        assert_eq!(feels(&mut conversation, 3, rule), kind);
        assert_eq!(conversation.help.map(|help| help.kind), kind);
        let taken = conversation.apply(Action::TakeOver { agent: SENIOR }, 0);
        assert_eq!(taken.is_ok(), rule == HelpRule::Offer);
    }
}

#[test]
fn of_two_who_take_over_one_does() {
    let mut conversation = open();
    feels(&mut conversation, 3, HelpRule::Offer);
    act(&mut conversation, Action::TakeOver { agent: SENIOR });
    assert_eq!((conversation.assignee_id, conversation.help), (Some(SENIOR), None));
    assert_eq!(conversation.apply(Action::TakeOver { agent: OTHER }, 0), Err(Refusal::AlreadyAssigned));
    assert_eq!(conversation.assignee_id, Some(SENIOR));
    // Twice by the same one does no harm, and brings nothing.
    assert!(!act(&mut conversation, Action::TakeOver { agent: SENIOR }).changed);
}

#[test]
fn an_agent_asks_and_goes_on_alone() {
    let mut conversation = open();
    assert!(act(&mut conversation, Action::AskHelp { agent: HOLDER }).changed);
    assert!(!act(&mut conversation, Action::AskHelp { agent: HOLDER }).changed, "asked already");
    // A mood that passes does not take back what was asked.
    feels(&mut conversation, 0, HelpRule::Offer);
    assert_eq!(conversation.help.map(|help| help.kind), Some(HelpKind::Asked));
    let declined = act(&mut conversation, Action::DeclineHelp { agent: HOLDER });
    assert_eq!(declined.drafts[0].content, Content::Notice(Notice::HelpDeclined { agent_id: HOLDER }));
    assert_eq!(conversation.apply(Action::TakeOver { agent: SENIOR }, 0), Err(Refusal::AlreadyAssigned));
    for action in [Action::AskHelp { agent: OTHER }, Action::DeclineHelp { agent: OTHER }] {
        assert_eq!(conversation.apply(action, 0), Err(Refusal::AlreadyAssigned), "it is not theirs");
    }
}

#[test]
fn help_ends_with_calm_another_agent_a_queue_and_the_end() {
    let helped = || {
        let mut conversation = open();
        feels(&mut conversation, 3, HelpRule::Offer);
        conversation
    };
    let mut calm = helped();
    feels(&mut calm, 1, HelpRule::Offer);
    assert_eq!((calm.help, calm.told), (None, 0));
    for action in [
        Action::Assign { agent: OTHER, by: Some(HOLDER), reasons: None },
        Action::Queue { team: None, by: HOLDER },
        Action::Resolve { by: Some(HOLDER) },
    ] {
        let mut conversation = helped();
        act(&mut conversation, action);
        assert_eq!(conversation.help, None);
    }
}

#[test]
fn only_staff_sees_what_is_said_of_it() {
    let help = Notice::HelpDeclined { agent_id: HOLDER };
    assert!(Content::Notice(help).is_internal());
    assert!(!Content::Notice(Notice::Rated { stars: 5 }).is_internal());
}
