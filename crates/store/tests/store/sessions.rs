//! Logged-in browsers: found by token while they last.

use crate::fixture::*;
use model::{AgentId, AgentState, Role, Session, WorkspaceId};
use store::{Store, accounts::AgentEdit, sessions::NewSession};

async fn open(store: &Store, workspace: WorkspaceId, agent: AgentId) -> (String, Session) {
    let token_hash = unique("hash");
    let new = NewSession {
        workspace_id: workspace,
        agent_id: agent,
        token_hash: token_hash.clone(),
        expires_at: NOW + DAY,
        address: "192.0.2.1".into(),
        user_agent: "Firefox".into(),
    };
    (token_hash, store.insert_session(new, NOW).await.unwrap())
}

both! {
    async fn token_opens_its_session(store: &TestStore) {
        let here = workspace(store).await;
        let who = agent(store, here, Role::Agent).await;
        let (token, session) = open(store, here, who.id).await;
        assert_eq!(store.find_session(&token, NOW).await.unwrap(), Some((session, who)));
        assert_eq!(store.find_session("other", NOW).await.unwrap(), None);
    }

    async fn expired_session_is_not_found(store: &TestStore) {
        let here = workspace(store).await;
        let who = agent(store, here, Role::Agent).await.id;
        let (token, _) = open(store, here, who).await;
        assert!(store.find_session(&token, NOW + DAY - 1).await.unwrap().is_some());
        assert!(store.find_session(&token, NOW + DAY).await.unwrap().is_none());
        assert_eq!(store.list_sessions(here, who, NOW + DAY).await.unwrap(), []);
    }

    async fn session_of_a_disabled_agent_is_not_found(store: &TestStore) {
        let here = workspace(store).await;
        let who = agent(store, here, Role::Agent).await.id;
        let (token, _) = open(store, here, who).await;
        let edit = AgentEdit { state: Some(AgentState::Disabled), ..AgentEdit::default() };
        store.update_agent(here, who, edit).await.unwrap();
        assert!(store.find_session(&token, NOW).await.unwrap().is_none());
    }

    async fn use_moves_the_time_forward_only(store: &TestStore) {
        let here = workspace(store).await;
        let who = agent(store, here, Role::Agent).await.id;
        let (token, session) = open(store, here, who).await;
        store.touch_session(here, session.id, NOW + 9).await.unwrap();
        store.touch_session(here, session.id, NOW + 5).await.unwrap();
        store.touch_session(workspace(store).await, session.id, NOW + 50).await.unwrap();
        let (found, _) = store.find_session(&token, NOW).await.unwrap().unwrap();
        assert_eq!(found.seen_at, NOW + 9);
        assert_eq!(found.created_at, NOW);
    }

    async fn agent_ends_own_sessions_only(store: &TestStore) {
        let here = workspace(store).await;
        let (a, b) = (agent(store, here, Role::Agent).await.id, agent(store, here, Role::Agent).await.id);
        let (token, session) = open(store, here, a).await;
        assert!(!store.delete_session(here, b, session.id).await.unwrap());
        assert!(!store.delete_session(workspace(store).await, a, session.id).await.unwrap());
        assert!(store.find_session(&token, NOW).await.unwrap().is_some());
        assert!(store.delete_session(here, a, session.id).await.unwrap());
        assert!(!store.delete_session(here, a, session.id).await.unwrap());
        assert!(store.find_session(&token, NOW).await.unwrap().is_none());
    }

    async fn all_sessions_end_but_the_one_that_is_kept(store: &TestStore) {
        let here = workspace(store).await;
        let (who, other) = (agent(store, here, Role::Agent).await.id, agent(store, here, Role::Agent).await.id);
        let (_, kept) = open(store, here, who).await;
        let (_, gone) = open(store, here, who).await;
        let (token, _) = open(store, here, other).await;
        assert_eq!(store.list_sessions(here, who, NOW).await.unwrap(), [gone.clone(), kept.clone()]);
        let ended = store.delete_sessions_of(here, who, Some(kept.id)).await.unwrap();
        assert_eq!(ended, [gone.id]);
        assert_eq!(store.delete_sessions_of(here, who, None).await.unwrap(), [kept.id]);
        assert!(store.find_session(&token, NOW).await.unwrap().is_some());
    }

    async fn housekeeping_deletes_what_has_expired(store: &TestStore) {
        let here = workspace(store).await;
        let who = agent(store, here, Role::Agent).await.id;
        open(store, here, who).await;
        assert_eq!(store.delete_expired_sessions(NOW + DAY - 1).await.unwrap(), 0);
        assert_eq!(store.delete_expired_sessions(NOW + DAY).await.unwrap(), 1);
    }
}
