//! Teams and their members.

use crate::fixture::*;
use model::{Action, AgentId, Role, TeamId};

both! {
    async fn team_has_its_members_once_and_in_order(store: &TestStore) {
        let here = workspace(store).await;
        let (a, b) = (agent(store, here, Role::Agent).await.id, agent(store, here, Role::Agent).await.id);
        let team = store.insert_team(here, "售后", &[b, a, b], NOW).await.unwrap();
        assert_eq!(team.members, [a, b]);
        assert_eq!(store.find_team(here, team.id).await.unwrap(), Some(team.clone()));
        assert_eq!(store.list_teams(here).await.unwrap(), std::slice::from_ref(&team));
        assert_eq!(store.teams_of(here, a).await.unwrap(), [team.id]);
        assert_eq!(store.list_memberships(here).await.unwrap(), [(team.id, a), (team.id, b)]);
    }

    async fn teams_of_another_workspace_are_not_seen(store: &TestStore) {
        let (here, elsewhere) = (workspace(store).await, workspace(store).await);
        let who = agent(store, elsewhere, Role::Agent).await.id;
        let team = store.insert_team(elsewhere, "售后", &[who], NOW).await.unwrap();
        assert_eq!(store.find_team(here, team.id).await.unwrap(), None);
        assert_eq!(store.list_teams(here).await.unwrap(), []);
        assert_eq!(store.teams_of(here, who).await.unwrap(), []);
        assert_eq!(store.list_memberships(here).await.unwrap(), []);
        assert!(matches!(store.update_team(here, team.id, "x", &[]).await, Err(Error::NotFound)));
        assert!(!store.delete_team(here, team.id).await.unwrap());
        assert_eq!(store.find_team(elsewhere, team.id).await.unwrap(), Some(team));
    }

    async fn name_is_taken_within_a_workspace(store: &TestStore) {
        let (here, elsewhere) = (workspace(store).await, workspace(store).await);
        store.insert_team(here, "售后", &[], NOW).await.unwrap();
        store.insert_team(elsewhere, "售后", &[], NOW).await.unwrap();
        let error = store.insert_team(here, "售后", &[], NOW).await.unwrap_err();
        assert!(error.is_taken("teams", "name"), "{error:?}");
        let other = store.insert_team(here, "售前", &[], NOW).await.unwrap();
        let error = store.update_team(here, other.id, "售后", &[]).await.unwrap_err();
        assert!(error.is_taken("teams", "name"), "{error:?}");
    }

    async fn stranger_cannot_be_a_member(store: &TestStore) {
        let (here, elsewhere) = (workspace(store).await, workspace(store).await);
        let own = agent(store, here, Role::Agent).await.id;
        let stranger = agent(store, elsewhere, Role::Agent).await.id;
        let error = store.insert_team(here, "售后", &[own, stranger], NOW).await.unwrap_err();
        assert!(matches!(error, Error::NotFound));
        assert_eq!(store.list_teams(here).await.unwrap(), []);
        let team = store.insert_team(here, "售后", &[own], NOW).await.unwrap();
        let error = store.update_team(here, team.id, "改名", &[stranger]).await.unwrap_err();
        assert!(matches!(error, Error::NotFound));
        assert_eq!(store.list_teams(here).await.unwrap(), [team]);
    }

    async fn update_replaces_name_and_members(store: &TestStore) {
        let here = workspace(store).await;
        let (a, b) = (agent(store, here, Role::Agent).await.id, agent(store, here, Role::Agent).await.id);
        let team = store.insert_team(here, "售后", &[a], NOW).await.unwrap();
        let updated = store.update_team(here, team.id, "售后二组", &[b]).await.unwrap();
        assert_eq!((updated.name.as_str(), updated.members.as_slice()), ("售后二组", [b].as_slice()));
        assert_eq!(store.find_team(here, team.id).await.unwrap(), Some(updated));
        assert!(matches!(store.update_team(here, TeamId(1), "x", &[]).await, Err(Error::NotFound)));
    }

    async fn agent_is_put_into_exactly_the_named_teams(store: &TestStore) {
        let here = workspace(store).await;
        let who = agent(store, here, Role::Agent).await.id;
        let a = store.insert_team(here, "a", &[who], NOW).await.unwrap().id;
        let b = store.insert_team(here, "b", &[], NOW).await.unwrap().id;
        store.set_teams_of(here, who, &[b, b]).await.unwrap();
        assert_eq!(store.teams_of(here, who).await.unwrap(), [b]);
        let foreign = store.insert_team(workspace(store).await, "c", &[], NOW).await.unwrap().id;
        for (agent, team) in [(who, foreign), (AgentId(1), a)] {
            let error = store.set_teams_of(here, agent, &[team]).await.unwrap_err();
            assert!(matches!(error, Error::NotFound));
        }
        assert_eq!(store.teams_of(here, who).await.unwrap(), [b]);
    }

    async fn what_a_deleted_team_had_is_everybodys(store: &TestStore) {
        let talk = Talk::new(store).await;
        let here = talk.workspace;
        let who = agent(store, here, Role::Agent).await.id;
        let team = store.insert_team(here, "售后", &[who], NOW).await.unwrap().id;
        let entry = channel(store, here, Some(team)).await;
        let talked = talk.say(&talk.contact().await, "在吗").await;
        let queued = talk
            .act(&talked.conversation, Action::Queue { team: Some(team), by: who })
            .await;
        assert_eq!(queued.conversation.team_id, Some(team));

        assert!(store.delete_team(here, team).await.unwrap());
        assert!(!store.delete_team(here, team).await.unwrap());
        let after = store.find_conversation(here, talked.conversation.id).await.unwrap().unwrap();
        assert_eq!(after.team_id, None);
        assert!(after.version > queued.conversation.version);
        assert_eq!(store.find_channel(here, entry.id).await.unwrap().unwrap().team_id, None);
        assert_eq!(store.teams_of(here, who).await.unwrap(), []);
    }
}
