//! Search and lists give what their plain definitions give, on random conversations.

use crate::{
    fixture::*,
    random::{Crowd, Dice, place, query},
};
use model::{Conversation, ConversationId, Message, MessageId, MoodKind, Scope, Status};
use store::{
    conversations::{Counts, Listing, Order, Position},
    search::{Effort, Query},
};

/// Each of them leaves out some ways to find messages, so that the others have to find them.
const EFFORTS: [Effort; 5] = [
    Effort { narrow: 200, few: 1_000, newest: 1_000, budget: 500 },
    Effort { narrow: 0, few: 1_000, newest: 0, budget: 0 },
    Effort { narrow: 0, few: 0, newest: 0, budget: 1 },
    Effort { narrow: 0, few: 1_000, newest: 30, budget: 0 },
    Effort { narrow: 3, few: 3, newest: 30, budget: 2 },
];

both! {
    async fn search_finds_what_matches_and_is_seen_newest_first(store: &TestStore) {
        let crowd = Crowd::new(store, 20_261_129).await;
        let mut dice = Dice(7);
        let mut found = 0;
        for number in 0..120 {
            let scope = &crowd.scopes[dice.roll(crowd.scopes.len() as u64)];
            let (text, before) = (query(&mut dice), place(&mut dice, &crowd.messages));
            let parsed = Query::parse(&text);
            let is_hit = |message: &&Message| {
                before.is_none_or(|before| message.id < before)
                    && scope.sees(crowd.conversation(message.conversation_id))
                    && message.content.searchable().is_some_and(|text| parsed.matches(text))
            };
            let limit = [3, 30][dice.roll(2)];
            let wanted: Vec<MessageId> =
                crowd.messages.iter().filter(is_hit).take(limit).map(|message| message.id).collect();
            found += wanted.len();
            let effort = EFFORTS[number % EFFORTS.len()];
            let hits = store.search_with(effort, scope, &parsed, before, limit as i64).await.unwrap();
            let hits: Vec<MessageId> = hits.iter().map(|(_, message)| message.id).collect();
            assert_eq!(hits, wanted, "{text:?} before {before:?}, {scope:?}, {effort:?}");
        }
        assert!(found > 200, "{found}");
    }

    async fn lists_and_counts_are_what_is_seen_in_order(store: &TestStore) {
        let crowd = Crowd::new(store, 20_261_130).await;
        let mut dice = Dice(11);
        let mut listed = 0;
        for scope in &crowd.scopes {
            let named = Some(dice.pick(&crowd.teams));
            for listing in [
                Listing::Queue { team: None },
                Listing::Queue { team: named },
                Listing::Mine,
                Listing::Team { team: None },
                Listing::Team { team: named },
                Listing::Current,
                Listing::Resolved,
            ] {
                let mood = dice.pick(&[None, None, Some(MoodKind::Angry), Some(MoodKind::Upset)]);
                let order = match listing {
                    Listing::Resolved => Order::Time,
                    _ => dice.pick(&[Order::Time, Order::Upset]),
                };
                let wanted = plain(&crowd, scope, listing, order, mood);
                let found = in_pages(store, scope, listing, order, mood).await;
                assert_eq!(found, wanted, "{listing:?} {order:?} {mood:?} {scope:?}");
                listed += found.len();
            }
            let count = |listing| plain(&crowd, scope, listing, Order::Time, None).len() as i64;
            let unread = crowd.conversations.iter().filter(|one| is_in(one, scope, Listing::Mine) && one.staff_unread > 0);
            let counts = Counts {
                queue: count(Listing::Queue { team: None }),
                mine: count(Listing::Mine),
                mine_unread: unread.count() as i64,
                team: count(Listing::Team { team: None }),
                current: count(Listing::Current),
            };
            assert_eq!(store.count_conversations(scope).await.unwrap(), counts, "{scope:?}");
        }
        assert!(listed > 500, "{listed}");
    }
}

fn is_in(one: &Conversation, scope: &Scope, listing: Listing) -> bool {
    let is_own = one.team_id.is_some_and(|team| scope.teams.contains(&team));
    scope.sees(one)
        && match listing {
            Listing::Queue { team } => {
                one.status == Status::Queued && (team.is_none() || one.team_id == team)
            }
            Listing::Mine => one.status == Status::Open && one.assignee_id == Some(scope.agent_id),
            Listing::Team { team } => {
                one.status != Status::Resolved && if team.is_none() { is_own } else { one.team_id == team }
            }
            Listing::Current => one.status != Status::Resolved,
            Listing::Resolved => one.status == Status::Resolved,
        }
}

/// All that is in a list, in its order.
fn plain(
    crowd: &Crowd,
    scope: &Scope,
    listing: Listing,
    order: Order,
    mood: Option<MoodKind>,
) -> Vec<ConversationId> {
    let feels = |one: &Conversation| mood.is_none() || one.mood.is_some_and(|felt| Some(felt.kind) == mood);
    let all = crowd.conversations.iter().filter(|one| is_in(one, scope, listing) && feels(one));
    let mut places: Vec<Position> = all.map(|one| Position::of(one, listing, order)).collect();
    places.sort_by(|one, other| {
        let ascends = one.upset > 0 || matches!(listing, Listing::Queue { .. });
        let by_time = (one.at, one.id).cmp(&(other.at, other.id));
        other.upset.cmp(&one.upset).then(if ascends { by_time } else { by_time.reverse() })
    });
    places.into_iter().map(|place| place.id).collect()
}

async fn in_pages(
    store: &TestStore,
    scope: &Scope,
    listing: Listing,
    order: Order,
    mood: Option<MoodKind>,
) -> Vec<ConversationId> {
    let (mut found, mut before) = (Vec::new(), None);
    loop {
        let page = store.list_conversations(scope, listing, order, mood, before, 4).await.unwrap();
        found.extend(page.iter().map(|one| one.id));
        let Some(last) = page.last() else { return found };
        before = Some(Position::of(last, listing, order));
    }
}
