//! Search gives what its plain definition gives, on random conversations.

use crate::{
    fixture::*,
    random::{Crowd, Dice, place, query},
};
use model::{Message, MessageId};
use store::search::{Effort, Query};

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
}
