//! Random conversations and people, from a seed, so that a failure can be repeated.

use crate::fixture::*;
use model::{
    Action, AgentId, Conversation, ConversationId, Message, MessageId, Mood, MoodKind, Role, Scope, TeamId,
};

/// A small generator.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: u64) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % sides) as usize
    }

    pub fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.roll(list.len() as u64)]
    }
}

/// What visitors write: words that begin alike, pairs that overlap, numbers.
const WORDS: [&str; 20] = [
    "order", "orders", "or", "Ordered", "refund", "ref", "refunds", "thanks", "退款", "退货", "退", "款到",
    "货款", "订单", "A1234", "1234", "12", "123456", "谢谢", "😀",
];

/// Two workspaces with people and conversations, and scopes to look at them with.
pub struct Crowd {
    pub scopes: Vec<Scope>,
    pub teams: Vec<TeamId>,
    /// As they are in the end.
    pub conversations: Vec<Conversation>,
    /// Newest first.
    pub messages: Vec<Message>,
}

impl Crowd {
    pub async fn new(store: &TestStore, seed: u64) -> Self {
        let mut dice = Dice(seed);
        let mut crowd =
            Self { scopes: Vec::new(), teams: Vec::new(), conversations: Vec::new(), messages: Vec::new() };
        for _ in 0..2 {
            crowd.add_workspace(store, &mut dice).await;
        }
        crowd.messages.sort_by_key(|message| std::cmp::Reverse(message.id));
        crowd
    }

    /// The conversation of a message.
    pub fn conversation(&self, id: ConversationId) -> &Conversation {
        self.conversations.iter().find(|one| one.id == id).unwrap()
    }

    async fn add_workspace(&mut self, store: &TestStore, dice: &mut Dice) {
        let talk = Talk::new(store).await;
        let here = talk.workspace;
        let mut agents = Vec::new();
        for role in [Role::Owner, Role::Supervisor, Role::Agent, Role::Agent] {
            agents.push(agent(store, here, role).await);
        }
        let ids: Vec<AgentId> = agents.iter().map(|agent| agent.id).collect();
        let mut teams = Vec::new();
        for name in ["一", "二", "三"] {
            teams.push(store.insert_team(here, name, &[], NOW).await.unwrap().id);
        }
        let mut begun = Vec::new();
        for number in 0..40 {
            // Often several at the same moment: the id decides between them.
            let talk = talk.at(NOW + dice.roll(20) as i64);
            begun.push(self.add_conversation(&talk, dice, &ids, &teams).await);
            if number == 30 {
                while store.index_messages(1_000).await.unwrap() > 0 {}
            }
        }
        for id in begun {
            self.conversations.push(store.find_conversation(here, id).await.unwrap().unwrap());
            self.messages.extend(store.list_messages_after(here, id, 0, 1_000).await.unwrap());
        }
        for agent in &agents {
            for _ in 0..4 {
                let own = teams.iter().copied().filter(|_| dice.roll(2) == 0).collect();
                let scope = Scope::of(here, agent.id, agent.role, own);
                self.scopes.push(Scope { senior: dice.roll(2) == 0, ..scope });
            }
        }
        self.teams.extend(teams);
    }

    async fn add_conversation(
        &self,
        talk: &Talk,
        dice: &mut Dice,
        agents: &[AgentId],
        teams: &[TeamId],
    ) -> ConversationId {
        // Every other one begins with the bot.
        let talk = &talk.with_bot(dice.roll(2) == 0);
        let who = talk.contact().await;
        let mut talked = talk.say(&who, "在吗").await.conversation;
        for _ in 0..dice.roll(4) {
            let said: Vec<&str> = (0..=dice.roll(3)).map(|_| dice.pick(&WORDS)).collect();
            talked = talk.say(&who, &said.join(["", " ", "，"][dice.roll(3)])).await.conversation;
        }
        if dice.roll(3) == 0 {
            let kind = dice.pick(&[MoodKind::Angry, MoodKind::Upset, MoodKind::Positive]);
            talk.act(&talked, feels(Mood { kind, strength: 2, seq: 1 })).await;
        }
        if dice.roll(2) == 0 {
            let team = Some(dice.pick(teams));
            talk.act(&talked, Action::Queue { team, by: agents[0] }).await;
        }
        if dice.roll(3) > 0 {
            let agent = dice.pick(agents);
            talk.act(&talked, Action::Assign { agent, by: Some(agents[0]), reasons: None }).await;
            if dice.roll(2) == 0 {
                talk.act(&talked, Action::AskHelp { agent }).await;
            }
        }
        if dice.roll(3) == 0 {
            talk.act(&talked, Action::Resolve { by: None }).await;
        }
        talked.id
    }
}

/// What somebody may search for: words, their beginnings, parts of numbers, several of them.
pub fn query(dice: &mut Dice) -> String {
    let mut pieces = Vec::new();
    for _ in 0..=dice.roll(2) {
        let word: Vec<char> = dice.pick(&WORDS).chars().collect();
        let from = if word[0].is_ascii_digit() { dice.roll(word.len() as u64) } else { 0 };
        let until = from + 1 + dice.roll((word.len() - from) as u64);
        pieces.push(word[from..until].iter().collect::<String>());
    }
    pieces.join(" ")
}

/// Everything, or what came before one of the messages.
pub fn place(dice: &mut Dice, messages: &[Message]) -> Option<MessageId> {
    (dice.roll(2) == 0).then(|| messages[dice.roll(messages.len() as u64)].id)
}
