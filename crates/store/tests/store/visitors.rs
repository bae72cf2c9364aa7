//! Browsers of visitors, and identities that work once.

use crate::fixture::*;
use model::{Contact, VisitorSession};
use store::{Store, visitors::NewVisitorSession};

async fn open(store: &Store, contact: &Contact) -> (String, VisitorSession) {
    let token_hash = unique("hash");
    let new = NewVisitorSession {
        workspace_id: contact.workspace_id,
        channel_id: channel(store, contact.workspace_id, None).await.id,
        contact_id: contact.id,
        token_hash: token_hash.clone(),
        expires_at: NOW + DAY,
    };
    (token_hash, store.insert_visitor_session(new, NOW).await.unwrap())
}

both! {
    async fn token_opens_its_session_until_it_expires(store: &TestStore) {
        let who = contact(store, workspace(store).await).await;
        let (token, session) = open(store, &who).await;
        let found = store.find_visitor_session(&token, NOW + DAY - 1).await.unwrap();
        assert_eq!(found, Some(session));
        assert_eq!(store.find_visitor_session(&token, NOW + DAY).await.unwrap(), None);
        assert_eq!(store.find_visitor_session("other", NOW).await.unwrap(), None);
    }

    async fn session_can_move_to_a_contact_of_its_workspace(store: &TestStore) {
        let here = workspace(store).await;
        let (who, known) = (contact(store, here).await, contact(store, here).await);
        let stranger = contact(store, workspace(store).await).await;
        let (token, session) = open(store, &who).await;
        assert!(!store.move_visitor_session(here, session.id, stranger.id).await.unwrap());
        let elsewhere = stranger.workspace_id;
        assert!(!store.move_visitor_session(elsewhere, session.id, stranger.id).await.unwrap());
        assert!(store.move_visitor_session(here, session.id, known.id).await.unwrap());
        let found = store.find_visitor_session(&token, NOW).await.unwrap().unwrap();
        assert_eq!(found.contact_id, known.id);
    }

    async fn extension_never_shortens(store: &TestStore) {
        let who = contact(store, workspace(store).await).await;
        let (token, session) = open(store, &who).await;
        store.extend_visitor_session(who.workspace_id, session.id, NOW + 2 * DAY).await.unwrap();
        store.extend_visitor_session(who.workspace_id, session.id, NOW + 1).await.unwrap();
        let elsewhere = workspace(store).await;
        store.extend_visitor_session(elsewhere, session.id, NOW + 9 * DAY).await.unwrap();
        let found = store.find_visitor_session(&token, NOW).await.unwrap().unwrap();
        assert_eq!(found.expires_at, NOW + 2 * DAY);
    }

    async fn deleted_session_is_gone(store: &TestStore) {
        let who = contact(store, workspace(store).await).await;
        let (token, session) = open(store, &who).await;
        let elsewhere = workspace(store).await;
        assert!(!store.delete_visitor_session(elsewhere, session.id).await.unwrap());
        assert!(store.delete_visitor_session(who.workspace_id, session.id).await.unwrap());
        assert_eq!(store.find_visitor_session(&token, NOW).await.unwrap(), None);
    }

    async fn identity_works_exactly_once_for_each_channel(store: &TestStore) {
        let here = workspace(store).await;
        let (a, b) = (channel(store, here, None).await.id, channel(store, here, None).await.id);
        let expires_at = NOW + 60_000;
        let (one, other) = tokio::join!(
            store.use_identity(here, a, "jti", expires_at, NOW),
            store.use_identity(here, a, "jti", expires_at, NOW),
        );
        assert!(one.unwrap() != other.unwrap());
        assert!(store.use_identity(here, b, "jti", expires_at, NOW).await.unwrap());
    }

    async fn forgotten_identity_does_not_work_again(store: &TestStore) {
        let here = workspace(store).await;
        let entry = channel(store, here, None).await.id;
        let expires_at = NOW + 60_000;
        assert!(store.use_identity(here, entry, "jti", expires_at, NOW).await.unwrap());
        assert_eq!(store.delete_expired_sessions(expires_at).await.unwrap(), 1);
        assert!(!store.use_identity(here, entry, "jti", expires_at, expires_at).await.unwrap());
    }

    async fn housekeeping_deletes_expired_sessions(store: &TestStore) {
        let who = contact(store, workspace(store).await).await;
        open(store, &who).await;
        assert_eq!(store.delete_expired_sessions(NOW + DAY - 1).await.unwrap(), 0);
        assert_eq!(store.delete_expired_sessions(NOW + DAY).await.unwrap(), 1);
    }
}
