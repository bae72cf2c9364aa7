//! A fresh database for each test, on either backend: SQLite in a folder of its own, and
//! PostgreSQL in a schema of its own when `OCTIM_TEST_POSTGRES_URL` names a server.

use std::ops::Deref;
use store::{Database, Store};
use tempfile::TempDir;

/// Where the tests' PostgreSQL is.
pub const POSTGRES_URL: &str = "OCTIM_TEST_POSTGRES_URL";

/// A database that goes away with [`TestDatabase::remove`]; one that a failed test leaves
/// behind can be looked at (SQLite's goes with the process).
pub struct TestDatabase {
    pub database: Database,
    place: Place,
}

enum Place {
    Folder(TempDir),
    Schema { url: String, name: String },
}

impl TestDatabase {
    pub fn sqlite() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let database = Database::Sqlite(folder.path().join("octim.db"));
        Ok(Self { database, place: Place::Folder(folder) })
    }

    /// None, said loudly, when no server is named.
    pub async fn postgres() -> anyhow::Result<Option<Self>> {
        let Ok(url) = std::env::var(POSTGRES_URL) else {
            eprintln!("skipped: {POSTGRES_URL} not set");
            return Ok(None);
        };
        let name = format!("test_{}", uuid::Uuid::new_v4().simple());
        let database = Database::Postgres(store::schema::create(&url, &name).await?);
        Ok(Some(Self { database, place: Place::Schema { url, name } }))
    }

    pub async fn open(self) -> anyhow::Result<TestStore> {
        let store = Store::open(&self.database, 1).await?;
        Ok(TestStore { store, home: self })
    }

    /// Ends the sessions on it that are in the middle of something; how many there were.
    pub async fn end_busy_sessions(&self) -> anyhow::Result<u64> {
        match &self.place {
            Place::Folder(_) => Ok(0),
            Place::Schema { url, name } => Ok(store::schema::end_busy_sessions(url, name).await?),
        }
    }

    pub async fn remove(self) -> anyhow::Result<()> {
        match self.place {
            Place::Folder(folder) => folder.close()?,
            Place::Schema { url, name } => store::schema::delete(&url, &name).await?,
        }
        Ok(())
    }
}

/// An open store on a database of its own.
pub struct TestStore {
    pub store: Store,
    home: TestDatabase,
}

impl TestStore {
    pub fn database(&self) -> &Database {
        &self.home.database
    }

    /// Opens the same database once more, as another process would.
    pub async fn reopen(&self, node: u16) -> anyhow::Result<Store> {
        Ok(Store::open(self.database(), node).await?)
    }

    pub async fn remove(self) -> anyhow::Result<()> {
        self.store.close().await;
        self.home.remove().await
    }
}

impl Deref for TestStore {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

/// `both!(async fn behaviour(store: &TestStore) { … });` makes the tests
/// `behaviour::sqlite` and `behaviour::postgres`.
#[macro_export]
macro_rules! both {
    ($(async fn $name:ident($store:ident: &TestStore) $body:block)+) => {$(
        mod $name {
            #[expect(unused_imports, reason = "not every body needs what surrounds it")]
            use super::*;

            async fn behaviour($store: &$crate::database::TestStore) $body

            #[tokio::test]
            async fn sqlite() {
                let home = $crate::database::TestDatabase::sqlite().unwrap();
                let store = home.open().await.unwrap();
                behaviour(&store).await;
                store.remove().await.unwrap();
            }

            #[tokio::test]
            async fn postgres() {
                let home = $crate::database::TestDatabase::postgres().await.unwrap();
                let Some(home) = home else { return };
                let store = home.open().await.unwrap();
                behaviour(&store).await;
                store.remove().await.unwrap();
            }
        }
    )+};
}
