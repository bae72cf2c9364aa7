//! Conversations: found, listed in pages, counted.

use crate::fixture::*;
use model::{Action, AgentId, Content, Conversation, ConversationId, Mood, MoodKind, Role, Scope, Sender};
use store::conversations::{Counts, Listing, Order, Position};

fn owner(talk: &Talk, agent: AgentId) -> Scope {
    Scope::of(talk.workspace, agent, Role::Owner, Vec::new())
}

async fn list(store: &TestStore, scope: &Scope, listing: Listing) -> Vec<ConversationId> {
    let page = store.list_conversations(scope, listing, Order::Time, None, None, 100).await.unwrap();
    page.into_iter().map(|conversation| conversation.id).collect()
}

/// The list, read in pages of so many.
async fn pages(
    store: &TestStore,
    scope: &Scope,
    listing: Listing,
    order: Order,
    limit: i64,
) -> Vec<ConversationId> {
    let (mut seen, mut before) = (Vec::new(), None);
    loop {
        let page = store.list_conversations(scope, listing, order, None, before, limit).await.unwrap();
        let Some(last) = page.last() else { return seen };
        before = Some(Position::of(last, listing, order));
        seen.extend(page.into_iter().map(|conversation| conversation.id));
    }
}

fn sorted(mut ids: Vec<ConversationId>) -> Vec<ConversationId> {
    ids.sort_unstable();
    ids
}

/// A conversation that began so many milliseconds after the others.
async fn begun(talk: &Talk, after: i64) -> Conversation {
    let who = talk.contact().await;
    (*talk.at(NOW + after).say(&who, "在吗").await.conversation).clone()
}

both! {
    async fn conversation_is_found_in_its_workspace_only(store: &TestStore) {
        let talk = Talk::new(store).await;
        let made = begun(&talk, 0).await;
        let elsewhere = workspace(store).await;
        assert_eq!(store.find_conversation(talk.workspace, made.id).await.unwrap(), Some(made.clone()));
        assert_eq!(store.find_conversation(elsewhere, made.id).await.unwrap(), None);
        let of = |workspace| store.list_conversations_of(workspace, made.contact_id, 10);
        assert_eq!(of(talk.workspace).await.unwrap(), std::slice::from_ref(&made));
        assert_eq!(of(elsewhere).await.unwrap(), []);
    }

    async fn active_conversation_is_the_one_that_is_not_resolved(store: &TestStore) {
        let talk = Talk::new(store).await;
        let who = talk.contact().await;
        let (here, entry) = (talk.workspace, talk.channel.id);
        assert_eq!(store.find_active_conversation(here, entry, who.id).await.unwrap(), None);
        let first = talk.say(&who, "在吗").await.conversation;
        talk.act(&first, Action::Resolve { by: None }).await;
        assert_eq!(store.find_active_conversation(here, entry, who.id).await.unwrap(), None);
        let second = talk.say(&who, "还在吗").await.conversation;
        assert_ne!(first.id, second.id);
        let found = store.find_active_conversation(here, entry, who.id).await.unwrap();
        assert_eq!(found.as_ref(), Some(&*second));
        let elsewhere = workspace(store).await;
        assert_eq!(store.find_active_conversation(elsewhere, entry, who.id).await.unwrap(), None);
        let all = store.list_conversations_of(here, who.id, 1).await.unwrap();
        assert_eq!(all, [(*second).clone()]);
    }

    async fn queue_shows_the_longest_wait_first(store: &TestStore) {
        let talk = Talk::new(store).await;
        let (late, early) = (begun(&talk, 9).await, begun(&talk, 1).await);
        let scope = owner(&talk, AgentId(1));
        assert_eq!(list(store, &scope, Listing::Queue { team: None }).await, [early.id, late.id]);
        assert_eq!(store.list_queued(talk.workspace, 0, 10).await.unwrap(), [early.id, late.id]);
        assert_eq!(store.list_queued(talk.workspace, 0, 1).await.unwrap(), [early.id]);
        assert_eq!(store.list_queued(workspace(store).await, 0, 10).await.unwrap(), []);
    }

    async fn each_view_shows_its_own(store: &TestStore) {
        let talk = Talk::new(store).await;
        let here = talk.workspace;
        let who = agent(store, here, Role::Agent).await.id;
        let team = store.insert_team(here, "售后", &[who], NOW).await.unwrap().id;
        let other = store.insert_team(here, "售前", &[], NOW).await.unwrap().id;
        let queued = begun(&talk, 1).await.id;
        let mine = begun(&talk, 2).await;
        talk.act(&mine, Action::Assign { agent: who, by: Some(who), reasons: None }).await;
        let teams = begun(&talk, 3).await;
        talk.act(&teams, Action::Queue { team: Some(team), by: who }).await;
        let hidden = begun(&talk, 4).await;
        talk.act(&hidden, Action::Queue { team: Some(other), by: who }).await;
        let done = begun(&talk, 5).await;
        talk.act(&done, Action::Assign { agent: who, by: Some(who), reasons: None }).await;
        talk.act(&done, Action::Resolve { by: Some(who) }).await;

        let scope = Scope::of(here, who, Role::Agent, vec![team]);
        assert_eq!(list(store, &scope, Listing::Queue { team: None }).await, [teams.id, queued]);
        assert_eq!(list(store, &scope, Listing::Queue { team: Some(team) }).await, [teams.id]);
        assert_eq!(list(store, &scope, Listing::Queue { team: Some(other) }).await, []);
        assert_eq!(list(store, &scope, Listing::Mine).await, [mine.id]);
        assert_eq!(list(store, &scope, Listing::Team { team: None }).await, [teams.id]);
        assert_eq!(list(store, &scope, Listing::Team { team: Some(other) }).await, []);
        let without = Scope::of(here, who, Role::Agent, Vec::new());
        assert_eq!(list(store, &without, Listing::Team { team: None }).await, []);
        assert_eq!(list(store, &scope, Listing::Resolved).await, [done.id]);
        let mut current = list(store, &scope, Listing::Current).await;
        current.sort_unstable();
        assert_eq!(current, [queued, mine.id, teams.id]);

        let counts = store.count_conversations(&scope).await.unwrap();
        assert_eq!(counts, Counts { queue: 2, mine: 1, mine_unread: 1, team: 1, current: 3 });
        assert_eq!(store.count_open_by_agent(here).await.unwrap(), [(who, 1)]);
        let nobody = Scope::of(workspace(store).await, who, Role::Owner, Vec::new());
        assert_eq!(store.count_conversations(&nobody).await.unwrap(), Counts::default());
        assert_eq!(store.count_open_by_agent(nobody.workspace_id).await.unwrap(), []);
    }

    async fn a_conversation_comes_first_again_a_second_after_it_last_did(store: &TestStore) {
        let talk = Talk::new(store).await;
        let (ann, ben) = (talk.contact().await, talk.contact().await);
        let anns = talk.say(&ann, "在吗").await.conversation.id;
        let bens = talk.at(NOW + 10).say(&ben, "在吗").await.conversation.id;
        let scope = owner(&talk, AgentId(1));
        for (at, first) in [(999, bens), (1_000, anns), (500, anns), (1_999, anns)] {
            let said = talk.at(NOW + at).say(&ann, "你好").await.conversation;
            let stored = store.find_conversation(talk.workspace, anns).await.unwrap();
            assert_eq!(stored.as_ref(), Some(&*said), "what is written is what was decided");
            assert_eq!(said.active_at, NOW + if at == 999 { 0 } else { 1_000 });
            assert_eq!(list(store, &scope, Listing::Current).await[0], first, "at {at}");
        }
    }

    async fn pages_follow_each_other_without_gap_or_repeat(store: &TestStore) {
        let talk = Talk::new(store).await;
        // Several at the same moment: the id decides between them.
        for after in [3, 1, 2, 2, 2, 5, 4] {
            begun(&talk, after).await;
        }
        let scope = owner(&talk, AgentId(1));
        for listing in [Listing::Queue { team: None }, Listing::Current] {
            let whole = list(store, &scope, listing).await;
            assert_eq!(whole.len(), 7);
            assert_eq!(pages(store, &scope, listing, Order::Time, 2).await, whole);
        }
    }

    async fn a_list_is_narrowed_to_a_mood_in_every_part_of_a_scope(store: &TestStore) {
        let talk = Talk::new(store).await;
        let agent = agent(store, talk.workspace, Role::Agent).await.id;
        let team = store.insert_team(talk.workspace, "一", &[agent], NOW).await.unwrap().id;
        let mut felt = Vec::new();
        for (after, kind) in [(1, MoodKind::Angry), (2, MoodKind::Upset), (3, MoodKind::Angry), (4, MoodKind::Positive), (5, MoodKind::Angry)] {
            let made = begun(&talk, after).await;
            talk.act(&made, feels(Mood { kind, strength: 2, seq: 1 })).await;
            felt.push(made);
        }
        talk.act(&felt[2], Action::Queue { team: Some(team), by: agent }).await;
        talk.act(&felt[4], Action::Accept { agent }).await;
        let own = Scope::of(talk.workspace, agent, Role::Agent, vec![team]);
        let all = owner(&talk, AgentId(1));
        let of = async |scope: &Scope, listing, mood, before, limit| {
            let page = store.list_conversations(scope, listing, Order::Time, Some(mood), before, limit).await.unwrap();
            page.into_iter().map(|one| one.id).collect::<Vec<_>>()
        };
        let angry = async |scope: &Scope, listing| of(scope, listing, MoodKind::Angry, None, 10).await;
        let ids = |places: &[usize]| places.iter().map(|place| felt[*place].id).collect::<Vec<_>>();
        for scope in [&own, &all] {
            assert_eq!(sorted(angry(scope, Listing::Current).await), ids(&[0, 2, 4]));
            assert_eq!(sorted(angry(scope, Listing::Queue { team: None }).await), ids(&[0, 2]));
            assert_eq!(of(scope, Listing::Current, MoodKind::Upset, None, 10).await, ids(&[1]));
            assert_eq!(of(scope, Listing::Current, MoodKind::Urgent, None, 10).await, []);
        }
        assert_eq!(angry(&own, Listing::Mine).await, ids(&[4]));
        assert_eq!(angry(&own, Listing::Team { team: None }).await, ids(&[2]));
        // The next page begins behind the last one.
        let first = store.list_conversations(&all, Listing::Current, Order::Time, Some(MoodKind::Angry), None, 1).await.unwrap();
        let before = Some(Position { upset: 0, at: first[0].active_at, id: first[0].id });
        let rest = of(&all, Listing::Current, MoodKind::Angry, before, 10).await;
        assert_eq!(sorted([vec![first[0].id], rest].concat()), ids(&[0, 2, 4]));
        for one in &felt {
            talk.act(one, Action::Resolve { by: None }).await;
        }
        assert_eq!(sorted(angry(&all, Listing::Resolved).await), ids(&[0, 2, 4]));
        assert_eq!(sorted(angry(&own, Listing::Resolved).await), ids(&[2, 4]));
    }

    async fn the_most_upset_come_first_and_of_equal_ones_who_waits_longest(store: &TestStore) {
        let talk = Talk::new(store).await;
        let scope = owner(&talk, AgentId(1));
        let moods = [
            (1, None),
            (2, Some((MoodKind::Upset, 1))),
            (3, Some((MoodKind::Angry, 3))),
            (4, Some((MoodKind::Urgent, 3))),
            (5, Some((MoodKind::Upset, 3))),
            (6, Some((MoodKind::Neutral, 0))),
            (7, Some((MoodKind::Angry, 2))),
            (7, Some((MoodKind::Angry, 2))),
        ];
        let mut made = Vec::new();
        for (after, mood) in moods {
            let one = begun(&talk, after).await;
            if let Some((kind, strength)) = mood {
                talk.act(&one, feels(Mood { kind, strength, seq: 1 })).await;
            }
            made.push(one);
        }
        let ids = |places: &[usize]| places.iter().map(|place| made[*place].id).collect::<Vec<_>>();
        let queue = Listing::Queue { team: None };
        assert_eq!(pages(store, &scope, queue, Order::Upset, 50).await, ids(&[2, 4, 6, 7, 1, 0, 3, 5]));
        assert_eq!(pages(store, &scope, Listing::Current, Order::Upset, 50).await, ids(&[2, 4, 6, 7, 1, 5, 3, 0]));
        // Who was answered waits for nobody: behind the others who are as upset, before those who are less.
        let agent = agent(store, talk.workspace, Role::Agent).await.id;
        let content = Content::Text { text: "抱歉".into() };
        talk.act(&made[2], Action::Post { sender: Sender::Agent(agent), content }).await;
        assert_eq!(pages(store, &scope, Listing::Current, Order::Upset, 50).await, ids(&[4, 2, 6, 7, 1, 5, 3, 0]));
        let own = Scope::of(talk.workspace, agent, Role::Agent, Vec::new());
        assert_eq!(pages(store, &own, Listing::Current, Order::Upset, 50).await, ids(&[4, 2, 6, 7, 1, 5, 3, 0]));
        assert_eq!(pages(store, &own, Listing::Mine, Order::Upset, 50).await, ids(&[2]));
        for listing in [queue, Listing::Current] {
            let whole = pages(store, &scope, listing, Order::Upset, 50).await;
            for limit in 1..=8 {
                assert_eq!(pages(store, &scope, listing, Order::Upset, limit).await, whole, "{listing:?} by {limit}");
            }
        }
        let angry = store.list_conversations(&scope, queue, Order::Upset, Some(MoodKind::Angry), None, 50).await.unwrap();
        assert_eq!(angry.iter().map(|one| one.id).collect::<Vec<_>>(), ids(&[6, 7]));
    }

    async fn whoever_is_clearly_upset_is_given_away_as_if_they_had_come_earlier(store: &TestStore) {
        let talk = Talk::new(store).await;
        let mut made = Vec::new();
        for (after, strength) in [(0, 0), (5, 0), (9, 1), (10, 2), (15, 3), (16, 3)] {
            let one = begun(&talk, after).await;
            if strength > 0 {
                talk.act(&one, feels(Mood { kind: MoodKind::Upset, strength, seq: 1 })).await;
            }
            made.push(one.id);
        }
        let queued = async |head_start, limit| store.list_queued(talk.workspace, head_start, limit).await.unwrap();
        let ids = |places: &[usize]| places.iter().map(|place| made[*place]).collect::<Vec<_>>();
        assert_eq!(queued(0, 10).await, made);
        // At the same place whoever came first.
        assert_eq!(queued(10, 10).await, ids(&[0, 3, 1, 4, 5, 2]));
        assert_eq!(queued(10, 2).await, ids(&[0, 3]));
    }

    async fn nobody_starves_however_many_are_upset(store: &TestStore) {
        const HEAD_START: i64 = 10;
        let talk = Talk::new(store).await;
        let calm = begun(&talk, 0).await;
        // Twice as many upset ones come as can be served, without an end.
        for now in 1..100 {
            for _ in 0..2 {
                let upset = begun(&talk, now).await;
                talk.act(&upset, feels(Mood { kind: MoodKind::Angry, strength: 3, seq: 1 })).await;
            }
            let next = store.list_queued(talk.workspace, HEAD_START, 1).await.unwrap()[0];
            if next == calm.id {
                assert!(now <= 2 * HEAD_START + 1, "{now}");
                return;
            }
            let next = store.find_conversation(talk.workspace, next).await.unwrap().unwrap();
            talk.act(&next, Action::Resolve { by: None }).await;
        }
        panic!("the calm one waits for ever");
    }
}
