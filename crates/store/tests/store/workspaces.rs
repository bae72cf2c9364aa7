//! Workspaces: the first one is founded once.

use crate::fixture::*;
use model::{Locale, Role, WorkspaceId};
use store::workspaces::Founder;

fn founder(email: &str) -> Founder {
    Founder {
        email: email.into(), name: "韩梅梅".into(), password_hash: "hash".into(), locale: Locale::En
    }
}

both! {
    async fn workspace_is_found_by_id(store: &TestStore) {
        let made = store.insert_workspace("青瓷商店", NOW).await.unwrap();
        assert_eq!(store.find_workspace(made.id).await.unwrap(), Some(made));
        assert_eq!(store.find_workspace(WorkspaceId(1)).await.unwrap(), None);
    }

    async fn first_workspace_is_the_oldest(store: &TestStore) {
        assert_eq!(store.first_workspace().await.unwrap(), None);
        let first = store.insert_workspace("一", NOW).await.unwrap();
        store.insert_workspace("二", NOW).await.unwrap();
        assert_eq!(store.first_workspace().await.unwrap(), Some(first));
    }

    async fn founding_makes_the_workspace_and_its_owner(store: &TestStore) {
        let founded = store.found_workspace("青瓷", founder("a@shop.example"), NOW).await.unwrap();
        let (workspace, owner) = founded.unwrap();
        assert_eq!(store.first_workspace().await.unwrap(), Some(workspace.clone()));
        assert_eq!(owner.role, Role::Owner);
        assert_eq!(store.list_agents(workspace.id).await.unwrap(), [owner]);
    }

    async fn of_two_who_found_at_once_one_does(store: &TestStore) {
        let (a, b) = tokio::join!(
            store.found_workspace("甲", founder("a@shop.example"), NOW),
            store.found_workspace("乙", founder("b@shop.example"), NOW),
        );
        assert!(a.unwrap().is_some() != b.unwrap().is_some());
        let workspace = store.first_workspace().await.unwrap().unwrap();
        assert_eq!(store.list_agents(workspace.id).await.unwrap().len(), 1);
    }
}
