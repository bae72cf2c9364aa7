//! Workspaces: the first one is founded once.

use crate::fixture::*;
use model::{Locale, Role, WorkspaceId};
use sqlx::Connection as _;
use store::{Database, workspaces::Founder};
use testkit::database::TestDatabase;

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

#[tokio::test]
async fn postgres_founder_waits_for_another_whose_outcome_is_open() {
    let Some(home) = TestDatabase::postgres().await.unwrap() else { return };
    let store = home.open().await.unwrap();
    let Database::Postgres(url) = store.database() else { unreachable!() };
    let mut other = sqlx::PgConnection::connect(url).await.unwrap();
    let mut watcher = sqlx::PgConnection::connect(url).await.unwrap();
    let mut tx = other.begin().await.unwrap();
    sqlx::query("insert into workspaces (id, name, created_at) values (1, '甲', 0)")
        .execute(&mut *tx)
        .await
        .unwrap();
    let late = store.store.clone();
    let late = tokio::spawn(async move { late.found_workspace("乙", founder("b@x.example"), NOW).await });
    let waits = "select exists (select 1 from pg_locks
        where not granted and relation = 'workspaces'::regclass)";
    while !late.is_finished() {
        if sqlx::query_scalar(waits).fetch_one(&mut watcher).await.unwrap() {
            break;
        }
    }
    tx.commit().await.unwrap();
    assert!(late.await.unwrap().unwrap().is_none());
    store.remove().await.unwrap();
}
