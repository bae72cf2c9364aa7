//! The second factor: pending, confirmed, each step once.

use crate::fixture::*;
use model::Role;

both! {
    async fn pending_secret_counts_once_confirmed(store: &TestStore) {
        let here = workspace(store).await;
        let who = agent(store, here, Role::Agent).await;
        assert!(store.set_totp_pending(here, who.id, "sealed").await.unwrap());
        assert!(!store.find_agent(here, who.id).await.unwrap().unwrap().has_totp);
        assert!(store.confirm_totp(here, who.id, "sealed", 100).await.unwrap());
        let login = store.find_login(&who.email).await.unwrap().unwrap();
        assert!(login.agent.has_totp);
        assert_eq!(login.totp_secret.as_deref(), Some("sealed"));
        assert_eq!(login.totp_pending, None);
        assert_eq!(login.totp_step, 100);
    }

    async fn only_the_pending_secret_can_be_confirmed(store: &TestStore) {
        let here = workspace(store).await;
        let who = agent(store, here, Role::Agent).await;
        assert!(!store.confirm_totp(here, who.id, "first", 1).await.unwrap());
        store.set_totp_pending(here, who.id, "first").await.unwrap();
        store.set_totp_pending(here, who.id, "second").await.unwrap();
        assert!(!store.confirm_totp(here, who.id, "first", 1).await.unwrap());
        assert!(store.confirm_totp(here, who.id, "second", 1).await.unwrap());
    }

    async fn confirmed_secret_is_not_replaced_before_it_is_cleared(store: &TestStore) {
        let here = workspace(store).await;
        let who = agent(store, here, Role::Agent).await;
        store.set_totp_pending(here, who.id, "sealed").await.unwrap();
        store.confirm_totp(here, who.id, "sealed", 1).await.unwrap();
        assert!(!store.set_totp_pending(here, who.id, "other").await.unwrap());
        store.clear_totp(here, who.id).await.unwrap();
        assert!(!store.find_agent(here, who.id).await.unwrap().unwrap().has_totp);
        assert!(store.set_totp_pending(here, who.id, "other").await.unwrap());
    }

    async fn time_step_is_used_up_once(store: &TestStore) {
        let here = workspace(store).await;
        let who = agent(store, here, Role::Agent).await.id;
        let (a, b) = tokio::join!(
            store.advance_totp_step(here, who, 7),
            store.advance_totp_step(here, who, 7),
        );
        assert!(a.unwrap() != b.unwrap());
        assert!(!store.advance_totp_step(here, who, 6).await.unwrap());
        assert!(store.advance_totp_step(here, who, 8).await.unwrap());
    }

    async fn second_factor_of_another_workspace_cannot_be_touched(store: &TestStore) {
        let (here, elsewhere) = (workspace(store).await, workspace(store).await);
        let stranger = agent(store, elsewhere, Role::Agent).await;
        assert!(!store.set_totp_pending(here, stranger.id, "x").await.unwrap());
        store.set_totp_pending(elsewhere, stranger.id, "sealed").await.unwrap();
        assert!(!store.confirm_totp(here, stranger.id, "sealed", 1).await.unwrap());
        assert!(!store.advance_totp_step(here, stranger.id, 1).await.unwrap());
        store.confirm_totp(elsewhere, stranger.id, "sealed", 1).await.unwrap();
        store.clear_totp(here, stranger.id).await.unwrap();
        assert!(store.find_agent(elsewhere, stranger.id).await.unwrap().unwrap().has_totp);
    }
}
