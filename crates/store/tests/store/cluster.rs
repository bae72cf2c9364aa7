//! What several nodes agree on: leases, tickets, and notices.

use crate::fixture::*;
use futures_util::future::join_all;
use store::Store;

const TTL: i64 = 30_000;

both! {
    async fn lease_has_one_holder_until_it_ends(store: &TestStore) {
        assert!(store.lease("sweep", "a", NOW, TTL).await.unwrap());
        assert!(!store.lease("sweep", "b", NOW + TTL - 1, TTL).await.unwrap());
        assert!(store.lease("sweep", "a", NOW + TTL - 1, TTL).await.unwrap(), "kept by saying so");
        assert!(store.lease("other", "b", NOW, TTL).await.unwrap());
        assert!(!store.lease("sweep", "b", NOW + TTL, TTL).await.unwrap());
        assert!(store.lease("sweep", "b", NOW + 2 * TTL, TTL).await.unwrap());
        store.end_lease("sweep", "a").await.unwrap();
        assert!(!store.lease("sweep", "a", NOW + 2 * TTL, TTL).await.unwrap(), "it was not a's to end");
        store.end_lease("sweep", "b").await.unwrap();
        assert!(store.lease("sweep", "a", NOW + 2 * TTL, TTL).await.unwrap());
    }

    async fn lease_does_not_outlast_a_clock_that_goes_back(store: &TestStore) {
        assert!(store.lease("sweep", "a", NOW + DAY, TTL).await.unwrap());
        assert!(store.lease("sweep", "b", NOW, TTL).await.unwrap());
    }

    async fn lease_that_all_ask_for_at_once_goes_to_one(store: &TestStore) {
        let names: Vec<String> = (0..12).map(|number| number.to_string()).collect();
        let asked = names.iter().map(|name| store.lease("sweep", name, NOW, TTL));
        let held = join_all(asked).await.into_iter().filter(|held| *held.as_ref().unwrap()).count();
        assert_eq!(held, 1);
    }

    async fn processes_with_the_same_number_get_different_ones(store: &TestStore) {
        let other = store.reopen(1).await.unwrap();
        let number = |id: i64| (id >> 12) & 0x3ff;
        assert_eq!(number(store.next_id(NOW)), number(other.next_id(NOW)));
        store.keep_number("a", NOW, TTL).await.unwrap();
        other.keep_number("b", NOW, TTL).await.unwrap();
        let kept = number(other.next_id(NOW));
        assert_ne!(number(store.next_id(NOW)), kept);
        other.keep_number("b", NOW + 1, TTL).await.unwrap();
        assert_eq!(number(other.next_id(NOW)), kept);
        other.close().await;
    }

    async fn ticket_is_taken_by_exactly_one_of_many(store: &TestStore) {
        store.insert_ticket("hash", "session 5", NOW + TTL).await.unwrap();
        let takers = (0..16).map(|_| store.take_ticket("hash", NOW + 1));
        let taken: Vec<String> = join_all(takers).await.into_iter().filter_map(Result::unwrap).collect();
        assert_eq!(taken, ["session 5"]);
        assert_eq!(store.take_ticket("unknown", NOW).await.unwrap(), None);
    }

    async fn expired_ticket_gives_nothing(store: &TestStore) {
        for hash in ["a", "b", "c"] {
            store.insert_ticket(hash, "小李\n", NOW + TTL).await.unwrap();
        }
        assert_eq!(store.take_ticket("a", NOW + TTL).await.unwrap(), None);
        assert_eq!(store.take_ticket("b", NOW + TTL - 1).await.unwrap().as_deref(), Some("小李\n"));
        store.delete_expired_tickets(NOW + TTL).await.unwrap();
        assert_eq!(store.take_ticket("c", NOW).await.unwrap(), None);
    }
}

async fn postgres() -> Option<TestStore> {
    Some(testkit::database::TestDatabase::postgres().await.unwrap()?.open().await.unwrap())
}

#[tokio::test]
async fn notices_arrive_whole_and_in_order_whatever_their_length() {
    let Some(here) = postgres().await else { return };
    let there: Store = here.reopen(2).await.unwrap();
    let channel = format!("test-{}", here.next_id(NOW));
    let mut notices = there.listen(&channel).await.unwrap();
    // Longer than a notice may be, and with the same piece many times.
    let long = "会话".repeat(20_000);
    let texts = [String::new(), "short: 1".to_owned(), long.clone(), long, "last".to_owned()];
    here.notify(&channel, &texts).await.unwrap();
    for text in &texts {
        assert_eq!(notices.next().await.unwrap().as_ref(), Some(text));
    }
    drop(notices);
    there.close().await;
    here.remove().await.unwrap();
}

#[tokio::test]
async fn database_that_was_promoted_gets_one_new_epoch_for_all_nodes() {
    let Some(here) = postgres().await else { return };
    let before = here.epoch().await.unwrap();
    let there = here.reopen(2).await.unwrap();
    assert_eq!(there.epoch().await.unwrap(), before, "a restart is none");
    // As if what is there had been written on another timeline.
    here.update_meta("lineage", "1/00000001").await.unwrap();
    let (third, fourth) = tokio::join!(here.reopen(3), here.reopen(4));
    let (third, fourth) = (third.unwrap(), fourth.unwrap());
    let now = third.epochs().borrow().to_string();
    assert_ne!(now, before);
    assert_eq!(*now, **fourth.epochs().borrow());
    let mut epochs = there.epochs();
    there.refresh_epoch().await.unwrap();
    assert_eq!(*now, **epochs.borrow_and_update());
    for store in [there, third, fourth] {
        store.close().await;
    }
    here.remove().await.unwrap();
}
