//! `Scope::sees` and the SQL that stands for it agree on whatever there is.

use crate::fixture::*;
use model::{Action, AgentId, Conversation, Role, Scope, TeamId};
use std::collections::BTreeSet;
use store::conversations::{Listing, Order};

/// A small generator with a seed, so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % sides) as usize
    }
}

async fn random_conversation(talk: &Talk, dice: &mut Dice, agents: &[AgentId], teams: &[TeamId]) {
    // Every other one begins with the bot.
    let talk = &talk.with_bot(dice.roll(2) == 0);
    let talked = talk.say(&talk.contact().await, "在吗").await.conversation;
    if dice.roll(2) == 0 {
        let team = Some(teams[dice.roll(teams.len() as u64)]);
        talk.act(&talked, Action::Queue { team, by: agents[0] }).await;
    }
    if dice.roll(3) > 0 {
        let agent = agents[dice.roll(agents.len() as u64)];
        talk.act(&talked, Action::Assign { agent, by: Some(agents[0]), reasons: None }).await;
    }
    if dice.roll(3) == 0 {
        talk.act(&talked, Action::Resolve { by: None }).await;
    }
}

async fn listed(store: &TestStore, scope: &Scope) -> BTreeSet<model::ConversationId> {
    let mut ids = BTreeSet::new();
    for listing in [Listing::Current, Listing::Resolved] {
        let page = store.list_conversations(scope, listing, Order::Time, None, None, 1_000).await.unwrap();
        ids.extend(page.into_iter().map(|conversation| conversation.id));
    }
    ids
}

both! {
    async fn list_holds_exactly_what_the_scope_sees(store: &TestStore) {
        let mut dice = Dice(20_261_122);
        let mut all: Vec<Conversation> = Vec::new();
        let mut scopes = Vec::new();
        for _ in 0..2 {
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
            for _ in 0..40 {
                random_conversation(&talk, &mut dice, &ids, &teams).await;
            }
            let everything = Scope::of(here, ids[0], Role::Owner, Vec::new());
            for listing in [Listing::Current, Listing::Resolved] {
                all.extend(store.list_conversations(&everything, listing, Order::Time, None, None, 1_000).await.unwrap());
            }
            for agent in &agents {
                for _ in 0..4 {
                    let own = teams.iter().copied().filter(|_| dice.roll(2) == 0).collect();
                    scopes.push(Scope::of(here, agent.id, agent.role, own));
                }
            }
        }
        assert_eq!(all.len(), 80);
        for scope in scopes {
            let seen: BTreeSet<_> =
                all.iter().filter(|one| scope.sees(one)).map(|one| one.id).collect();
            assert_eq!(listed(store, &scope).await, seen, "{scope:?}");
        }
    }
}
