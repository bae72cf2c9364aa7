//! R36: agents claim, pass on, end and reopen a conversation in any order. It behaves like a machine of
//! three states, in which it never has two owners, and a claim has exactly one winner.

use model::{
    Action, AgentId, ChannelId, ContactId, Conversation, ConversationId, NewConversation, Refusal, Status,
    WorkspaceId,
};
use proptest::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Machine {
    Queued,
    Open(AgentId),
    Resolved(Option<AgentId>),
}

impl Machine {
    fn of(conversation: &Conversation) -> Self {
        match (conversation.status, conversation.assignee_id) {
            (Status::Queued, None) => Self::Queued,
            (Status::Open, Some(agent)) => Self::Open(agent),
            (Status::Resolved, agent) => Self::Resolved(agent),
            other => panic!("impossible: {other:?}"),
        }
    }

    /// What must come of an action; an error when it must be refused.
    fn after(self, action: &Action) -> Result<Self, Refusal> {
        match (self, action) {
            (Self::Queued, Action::Accept { agent } | Action::Assign { agent, .. })
            | (Self::Open(_), Action::Assign { agent, by: Some(_), .. }) => Ok(Self::Open(*agent)),
            (Self::Open(owner), Action::Accept { agent }) if owner == *agent => Ok(self),
            (Self::Open(_), Action::Accept { .. } | Action::Assign { by: None, .. }) => {
                Err(Refusal::AlreadyAssigned)
            }
            (Self::Queued | Self::Open(_), Action::Queue { .. }) => Ok(Self::Queued),
            (Self::Queued, Action::Resolve { .. }) => Ok(Self::Resolved(None)),
            (Self::Open(agent), Action::Resolve { .. }) => Ok(Self::Resolved(Some(agent))),
            (Self::Resolved(_), Action::Reopen { by }) => Ok(Self::Open(*by)),
            (_, Action::Reopen { .. }) => Err(Refusal::NotResolved),
            (Self::Resolved(_), _) => Err(Refusal::Resolved),
            other => panic!("not played here: {other:?}"),
        }
    }
}

fn any_action() -> impl Strategy<Value = Action> {
    (0..6_u8, 1..5_i64, 1..5_i64).prop_map(|(kind, agent, by)| {
        let (agent, by) = (AgentId(agent), AgentId(by));
        match kind {
            0 => Action::Accept { agent },
            1 => Action::Assign { agent, by: Some(by), reasons: None },
            2 => Action::Assign { agent, by: None, reasons: None },
            3 => Action::Queue { team: None, by },
            4 => Action::Resolve { by: Some(by) },
            _ => Action::Reopen { by },
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_conversation_has_one_owner_at_most(actions in prop::collection::vec(any_action(), 0..60)) {
        let new = NewConversation {
            id: ConversationId(1),
            workspace_id: WorkspaceId(1),
            channel_id: ChannelId(1),
            contact_id: ContactId(9),
            contact_name: "访客".into(),
            team_id: None,
            bot: false,
        };
        let mut conversation = new.open(0);
        for (at, action) in (1..).zip(actions) {
            let before = conversation.clone();
            let expected = Machine::of(&before).after(&action);
            match conversation.apply(action.clone(), at) {
                Ok(effects) => {
                    prop_assert_eq!(Ok(Machine::of(&conversation)), expected, "{:?}", action);
                    prop_assert_eq!(conversation.version, before.version + i64::from(effects.changed));
                    prop_assert_eq!(conversation.last_seq, before.last_seq + effects.drafts.len() as i64);
                    // Nobody wins what somebody has: a claim that changes something found it unowned.
                    let claims = matches!(action, Action::Accept { .. } | Action::Assign { by: None, .. });
                    prop_assert!(!(claims && effects.changed) || before.assignee_id.is_none());
                }
                Err(refusal) => {
                    prop_assert_eq!(Err(refusal), expected, "{:?}", action);
                    prop_assert_eq!(&conversation, &before, "a refusal changes nothing");
                }
            }
        }
    }
}
