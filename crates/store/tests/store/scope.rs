//! `Scope::sees` and the SQL that stands for it agree on whatever there is.

use crate::{fixture::*, random::Crowd};
use model::{ConversationId, Scope};
use std::collections::BTreeSet;
use store::conversations::{Listing, Order};

async fn listed(store: &TestStore, scope: &Scope) -> BTreeSet<ConversationId> {
    let mut ids = BTreeSet::new();
    for listing in [Listing::Current, Listing::Resolved] {
        let page = store.list_conversations(scope, listing, Order::Time, None, None, 1_000).await.unwrap();
        ids.extend(page.into_iter().map(|conversation| conversation.id));
    }
    ids
}

both! {
    async fn list_holds_exactly_what_the_scope_sees(store: &TestStore) {
        let crowd = Crowd::new(store, 20_261_122).await;
        assert_eq!(crowd.conversations.len(), 80);
        for scope in &crowd.scopes {
            let all = crowd.conversations.iter();
            let seen: BTreeSet<_> = all.filter(|one| scope.sees(one)).map(|one| one.id).collect();
            assert_eq!(listed(store, scope).await, seen, "{scope:?}");
        }
    }
}
