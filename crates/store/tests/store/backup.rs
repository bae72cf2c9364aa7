//! Backup while others write, and restore.

use crate::fixture::*;
use model::{AgentId, ContactId, Locale, Role, Scope, WorkspaceId};
use store::{Database, Store, backup, contacts::NewContact, search::Query};
use testkit::database::TestDatabase;

async fn sqlite() -> TestStore {
    TestDatabase::sqlite().unwrap().open().await.unwrap()
}

#[tokio::test]
async fn backup_under_load_is_whole_and_restores() {
    let store = sqlite().await;
    let folder = tempfile::tempdir().unwrap();
    let talk = Talk::new(&store).await;
    let who = talk.contact().await;
    let first = talk.say(&who, "第一条").await;
    let copy = folder.path().join("copy.db");
    let write_on = async {
        for index in 0..50 {
            talk.say(&who, &format!("第{index}条")).await;
        }
    };
    let (copied, ()) = tokio::join!(store.backup(&copy), write_on);
    copied.unwrap();
    backup::check(&copy).await.unwrap();

    let target = folder.path().join("restored.db");
    backup::restore(&copy, &target).await.unwrap();
    let restored = Store::open(&Database::Sqlite(target), 1).await.unwrap();
    restored.check().await.unwrap();
    let id = first.conversation.id;
    let messages = restored.list_messages_after(talk.workspace, id, 0, 1_000).await.unwrap();
    let before = store.list_messages_after(talk.workspace, id, 0, 1_000).await.unwrap();
    assert!(!messages.is_empty());
    assert_eq!(messages, before[..messages.len()]);
    let scope = Scope::of(talk.workspace, AgentId(1), Role::Owner, Vec::new());
    let hits = restored.search_messages(&scope, &Query::parse("第一条"), None, 10).await.unwrap();
    assert_eq!(hits.len(), 1);
    restored.close().await;
    store.remove().await.unwrap();
}

#[tokio::test]
async fn restored_database_has_a_new_epoch() {
    let store = sqlite().await;
    let folder = tempfile::tempdir().unwrap();
    let (copy, target) = (folder.path().join("copy.db"), folder.path().join("restored.db"));
    let epoch = store.epoch().await.unwrap();
    store.backup(&copy).await.unwrap();
    backup::restore(&copy, &target).await.unwrap();
    let restored = Store::open(&Database::Sqlite(target), 1).await.unwrap();
    assert_ne!(restored.epoch().await.unwrap(), epoch);
    assert_eq!(store.epoch().await.unwrap(), epoch);
    restored.close().await;
    store.remove().await.unwrap();
}

#[tokio::test]
async fn nothing_that_exists_is_overwritten() {
    let store = sqlite().await;
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    store.backup(&copy).await.unwrap();
    assert!(matches!(store.backup(&copy).await, Err(Error::Io(_))));
    let Database::Sqlite(live) = store.database() else { unreachable!() };
    assert!(matches!(backup::restore(&copy, live).await, Err(Error::Io(_))));
    store.remove().await.unwrap();
}

#[tokio::test]
async fn damaged_copy_is_refused() {
    let store = sqlite().await;
    let folder = tempfile::tempdir().unwrap();
    let (copy, target) = (folder.path().join("copy.db"), folder.path().join("restored.db"));
    store.backup(&copy).await.unwrap();
    let mut bytes = std::fs::read(&copy).unwrap();
    // A page in the middle, so that the file still opens.
    let page = bytes.len() / 2 / 4_096 * 4_096;
    bytes[page..page + 4_096].fill(0xa5);
    std::fs::write(&copy, &bytes).unwrap();
    assert!(matches!(backup::check(&copy).await, Err(Error::Damaged(_))));
    assert!(matches!(backup::restore(&copy, &target).await, Err(Error::Damaged(_))));
    assert!(!target.exists());
    std::fs::write(&copy, "not a database").unwrap();
    assert!(matches!(backup::check(&copy).await, Err(Error::Damaged(_))));
    store.remove().await.unwrap();
}

#[tokio::test]
async fn export_of_postgres_under_load_is_one_moment_and_comes_back() {
    let (Some(home), Some(other)) =
        (TestDatabase::postgres().await.unwrap(), TestDatabase::postgres().await.unwrap())
    else {
        return;
    };
    let store = home.open().await.unwrap();
    let talk = Talk::new(&store).await;
    let who = talk.contact().await;
    let first = talk.say(&who, "第一条\n\t\\N 'quoted'").await;
    // Indexed, so that there are words in the list that the database keeps by itself.
    while store.index_messages(100).await.unwrap() > 0 {}
    let mut rows = Vec::new();
    let mut each = |table: &str, piece: &[u8]| {
        rows.push((table.to_owned(), piece.to_vec()));
        Ok(())
    };
    let write_on = async {
        for index in 0..50 {
            talk.say(&who, &format!("第{index}条")).await;
        }
    };
    let (exported, ()) = tokio::join!(store.export(&mut each), write_on);
    exported.unwrap();

    let Database::Postgres(url) = &other.database else { unreachable!() };
    // Given up half-way, it leaves nothing.
    let mut import = backup::Import::begin(url, store::newest_schema()).await.unwrap();
    import.rows(&rows[0].0, &rows[0].1).await.unwrap();
    assert!(matches!(import.rows("no_such_table", b"1\n").await, Err(Error::Damaged(_))));
    drop(import);
    let mut import = backup::Import::begin(url, store::newest_schema()).await.unwrap();
    for (table, piece) in &rows {
        import.rows(table, piece).await.unwrap();
    }
    import.finish().await.unwrap();

    let restored = other.open().await.unwrap();
    let id = first.conversation.id;
    let messages = restored.list_messages_after(talk.workspace, id, 0, 1_000).await.unwrap();
    let before = store.list_messages_after(talk.workspace, id, 0, 1_000).await.unwrap();
    assert_eq!(messages, before[..messages.len()]);
    let conversation = restored.find_conversation(talk.workspace, id).await.unwrap().unwrap();
    assert_eq!(conversation.last_seq, messages.len() as i64, "of the same moment");
    let scope = Scope::of(talk.workspace, AgentId(1), Role::Owner, Vec::new());
    let hits = restored.search_messages(&scope, &Query::parse("第一条"), None, 10).await.unwrap();
    assert_eq!(hits.len(), 1);
    assert_ne!(restored.epoch().await.unwrap(), store.epoch().await.unwrap());
    // References hold again.
    let nobody = NewContact {
        id: ContactId(restored.next_id(NOW)),
        workspace_id: WorkspaceId(999),
        name: "X".into(),
        locale: Locale::En,
    };
    assert!(matches!(restored.insert_contact(nobody, NOW).await, Err(Error::NotFound)));
    restored.remove().await.unwrap();
    store.remove().await.unwrap();
}
