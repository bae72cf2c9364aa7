//! Facts about the database, and its epoch.

use crate::fixture::*;

both! {
    async fn later_value_replaces_the_earlier(store: &TestStore) {
        assert_eq!(store.find_meta("colour").await.unwrap(), None);
        store.update_meta("colour", "red").await.unwrap();
        store.update_meta("colour", "蓝").await.unwrap();
        assert_eq!(store.find_meta("colour").await.unwrap().as_deref(), Some("蓝"));
    }

    async fn a_lease_is_one_node_s_until_it_ends(store: &TestStore) {
        let take = async |holder: &str, now| store.lease("backup", holder, now, 1_000).await.unwrap();
        assert!(take("a", 5_000).await);
        assert!(!take("b", 5_999).await, "a has it");
        assert!(take("a", 5_500).await, "its own can be prolonged");
        assert!(!take("b", 6_499).await);
        assert!(take("b", 6_500).await, "a is gone");
        store.end_lease("backup", "a").await.unwrap();
        assert!(!take("a", 6_600).await, "nobody gives back what is another's");
        store.end_lease("backup", "b").await.unwrap();
        assert!(take("a", 6_700).await);
        assert!(take("b", 100).await, "the wall clock went back");
        assert!(store.lease("other", "c", 100, 1_000).await.unwrap());
    }

    async fn ids_go_on_after_a_restart_even_when_the_clock_went_back(store: &TestStore) {
        let talk = Talk::new(store).await;
        let said = talk.say(&talk.contact().await, "在吗").await;
        let last = talk.contact().await.id.0;
        let again = store.reopen(1).await.unwrap();
        let next = again.next_id(NOW - DAY);
        assert!(next > last && next > said.messages[0].id.0);
        again.close().await;
    }

    async fn epoch_stays_across_a_restart(store: &TestStore) {
        let epoch = store.epoch().await.unwrap();
        assert_eq!(epoch.len(), 16);
        let again = store.reopen(2).await.unwrap();
        assert_eq!(again.epoch().await.unwrap(), epoch);
        again.close().await;
    }

    async fn nodes_that_start_at_once_agree_on_the_epoch(store: &TestStore) {
        let (a, b) = tokio::join!(store.epoch(), store.epoch());
        assert_eq!(a.unwrap(), b.unwrap());
    }

    async fn new_epoch_is_another_one(store: &TestStore) {
        let before = store.epoch().await.unwrap();
        let made = store.new_epoch().await.unwrap();
        assert_ne!(before, made);
        assert_eq!(store.epoch().await.unwrap(), made);
    }
}
