//! Facts about the database, and its epoch.

use crate::fixture::*;

both! {
    async fn later_value_replaces_the_earlier(store: &TestStore) {
        assert_eq!(store.find_meta("colour").await.unwrap(), None);
        store.update_meta("colour", "red").await.unwrap();
        store.update_meta("colour", "蓝").await.unwrap();
        assert_eq!(store.find_meta("colour").await.unwrap().as_deref(), Some("蓝"));
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
