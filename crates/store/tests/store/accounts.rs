//! Agents: accounts, the last owner, presence.

use crate::fixture::*;
use model::{AgentId, AgentState, Locale, Presence, Role, Theme};
use store::{accounts::AgentEdit, accounts::NewAgent, presence::PresenceEvent};

both! {
    async fn agent_is_found_in_their_workspace_only(store: &TestStore) {
        let (here, elsewhere) = (workspace(store).await, workspace(store).await);
        let made = agent(store, here, Role::Supervisor).await;
        assert_eq!(made.theme, Theme::System);
        assert_eq!(made.presence, Presence::Offline);
        assert!(!made.has_totp);
        assert_eq!(store.find_agent(here, made.id).await.unwrap(), Some(made.clone()));
        assert_eq!(store.find_agent(elsewhere, made.id).await.unwrap(), None);
        assert!(store.find_login_of(elsewhere, made.id).await.unwrap().is_none());
        assert_eq!(store.list_agents(elsewhere).await.unwrap(), []);
    }

    async fn agents_are_listed_in_the_order_they_came(store: &TestStore) {
        let here = workspace(store).await;
        let first = agent(store, here, Role::Owner).await;
        let second = agent(store, here, Role::Agent).await;
        assert_eq!(store.list_agents(here).await.unwrap(), [first, second]);
    }

    async fn address_has_one_account_in_all_workspaces(store: &TestStore) {
        let taken = agent(store, workspace(store).await, Role::Agent).await;
        let new = NewAgent {
            workspace_id: workspace(store).await,
            email: taken.email,
            name: "x".into(),
            password_hash: "x".into(),
            role: Role::Agent,
            locale: Locale::En,
        };
        let error = store.insert_agent(new, NOW).await.unwrap_err();
        assert!(error.is_taken("agents", "email"), "{error:?}");
    }

    async fn login_is_found_by_address(store: &TestStore) {
        let made = agent(store, workspace(store).await, Role::Agent).await;
        let login = store.find_login(&made.email).await.unwrap().unwrap();
        assert_eq!(login.agent, made);
        assert_eq!(login.password_hash, "hash");
        assert_eq!(login.totp_secret, None);
        assert!(store.find_login("nobody@shop.example").await.unwrap().is_none());
    }

    async fn edit_changes_what_it_names_and_nothing_else(store: &TestStore) {
        let here = workspace(store).await;
        let before = agent(store, here, Role::Agent).await;
        let edit = AgentEdit {
            name: Some("王".into()),
            theme: Some(Theme::Dark),
            ..AgentEdit::default()
        };
        let after = store.update_agent(here, before.id, edit).await.unwrap();
        let expected = model::Agent { name: "王".into(), theme: Theme::Dark, ..before.clone() };
        assert_eq!(after, expected);
        let edit = AgentEdit {
            role: Some(Role::Admin),
            state: Some(AgentState::Disabled),
            locale: Some(Locale::En),
            password_hash: Some("other".into()),
            ..AgentEdit::default()
        };
        let after = store.update_agent(here, before.id, edit).await.unwrap();
        assert_eq!((after.role, after.state, after.locale), (Role::Admin, AgentState::Disabled, Locale::En));
        assert_eq!(store.find_login(&before.email).await.unwrap().unwrap().password_hash, "other");
    }

    async fn agent_of_another_workspace_cannot_be_edited(store: &TestStore) {
        let (here, elsewhere) = (workspace(store).await, workspace(store).await);
        let stranger = agent(store, elsewhere, Role::Agent).await;
        let edit = AgentEdit { name: Some("x".into()), ..AgentEdit::default() };
        let error = store.update_agent(here, stranger.id, edit).await.unwrap_err();
        assert!(matches!(error, Error::NotFound));
        assert_eq!(store.find_agent(elsewhere, stranger.id).await.unwrap(), Some(stranger));
    }

    async fn last_owner_stays_owner(store: &TestStore) {
        let here = workspace(store).await;
        let owner = agent(store, here, Role::Owner).await;
        agent(store, workspace(store).await, Role::Owner).await;
        for edit in [
            AgentEdit { role: Some(Role::Admin), ..AgentEdit::default() },
            AgentEdit { state: Some(AgentState::Disabled), ..AgentEdit::default() },
        ] {
            let error = store.update_agent(here, owner.id, edit).await.unwrap_err();
            assert!(matches!(error, Error::LastOwner));
        }
        assert_eq!(store.find_agent(here, owner.id).await.unwrap(), Some(owner));
        assert_eq!(store.count_active_owners(here).await.unwrap(), 1);
    }

    async fn owner_may_step_back_beside_another(store: &TestStore) {
        let here = workspace(store).await;
        let first = agent(store, here, Role::Owner).await;
        agent(store, here, Role::Owner).await;
        let edit = AgentEdit { role: Some(Role::Agent), ..AgentEdit::default() };
        store.update_agent(here, first.id, edit).await.unwrap();
        assert_eq!(store.count_active_owners(here).await.unwrap(), 1);
    }

    async fn two_owners_who_unseat_each_other_leave_one(store: &TestStore) {
        for _ in 0..5 {
            let here = workspace(store).await;
            let (a, b) = (agent(store, here, Role::Owner).await, agent(store, here, Role::Owner).await);
            let edit = || AgentEdit { role: Some(Role::Agent), ..AgentEdit::default() };
            let (one, other) = tokio::join!(
                store.update_agent(here, a.id, edit()),
                store.update_agent(here, b.id, edit()),
            );
            assert!(one.is_ok() != other.is_ok());
            assert_eq!(store.count_active_owners(here).await.unwrap(), 1);
        }
    }

    async fn change_of_presence_is_logged_once(store: &TestStore) {
        let here = workspace(store).await;
        let who = agent(store, here, Role::Agent).await.id;
        assert!(store.update_presence(here, who, Presence::Online, NOW).await.unwrap());
        assert!(!store.update_presence(here, who, Presence::Online, NOW + 1).await.unwrap());
        assert!(store.update_presence(here, who, Presence::Busy, NOW + 2).await.unwrap());
        let event = |presence, at| PresenceEvent { agent_id: who, presence, at };
        let logged = store.list_presence_events(here, NOW, NOW + DAY).await.unwrap();
        assert_eq!(logged, [event(Presence::Online, NOW), event(Presence::Busy, NOW + 2)]);
        assert_eq!(store.list_presence_events(here, NOW + 3, NOW + DAY).await.unwrap(), []);
        assert_eq!(store.find_agent(here, who).await.unwrap().unwrap().presence, Presence::Busy);
    }

    async fn presence_of_another_workspace_cannot_be_set(store: &TestStore) {
        let (here, elsewhere) = (workspace(store).await, workspace(store).await);
        let stranger = agent(store, elsewhere, Role::Agent).await.id;
        assert!(!store.update_presence(here, stranger, Presence::Online, NOW).await.unwrap());
        assert!(!store.update_presence(here, AgentId(1), Presence::Online, NOW).await.unwrap());
        assert_eq!(store.list_presence_events(here, 0, NOW + DAY).await.unwrap(), []);
    }
}
