//! Databases of every released schema (`fixtures`, written by scripts/schema-fixture.sh) come up to
//! this version with all that is in them; one of a later version is refused.

use crate::{fixture::*, schema};
use model::{
    AgentId, AttachmentId, Audience, ConnectorId, ContactId, ConversationId, EntryId, HelpKind, Scope,
    WorkspaceId,
};
use sqlx::{AssertSqlSafe, Connection as _};
use std::{collections::BTreeMap, path::Path, time::Duration};
use store::{Database, Store, entries::VersionPair, search::Query};
use testkit::{database::TestDatabase, eventually};

const WORKSPACE: WorkspaceId = WorkspaceId(1);

/// Versions of which there is a fixture.
fn versions(kind: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/store/fixtures").join(kind);
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut texts: Vec<_> = files.collect();
    texts.sort();
    texts.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

/// Runs statements on a connection of their own, or counts the rows of each table.
enum Raw {
    Sqlite(sqlx::SqliteConnection),
    Postgres(sqlx::PgConnection),
}

impl Raw {
    async fn connect(database: &Database) -> Self {
        match database {
            Database::Sqlite(path) => {
                let url = format!("sqlite://{}?mode=rwc", path.display());
                Self::Sqlite(sqlx::SqliteConnection::connect(&url).await.unwrap())
            }
            Database::Postgres(url) => Self::Postgres(sqlx::PgConnection::connect(url).await.unwrap()),
        }
    }

    async fn run(&mut self, sql: &str) {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        match self {
            Self::Sqlite(db) => drop(sql.execute(db).await.unwrap()),
            Self::Postgres(db) => drop(sql.execute(db).await.unwrap()),
        }
    }

    /// Whether somebody waits for the conversations or the messages of this database.
    async fn waits(&mut self) -> bool {
        let Self::Postgres(db) = self else { return false };
        let waiting = "select exists (select 1 from pg_locks where not granted
            and relation in ('conversations'::regclass, 'messages'::regclass))";
        sqlx::query_scalar(waiting).fetch_one(db).await.unwrap()
    }

    async fn counts(&mut self) -> BTreeMap<String, i64> {
        let tables: Vec<String> = match self {
            Self::Sqlite(db) => {
                let tables =
                    "select name from sqlite_schema where type = 'table' and name not like 'messages_terms%'
                    and name not like '\\_sqlx%' escape '\\' and name not like 'sqlite%'";
                sqlx::query_scalar(tables).fetch_all(db).await.unwrap()
            }
            Self::Postgres(db) => {
                let tables = "select table_name::text from information_schema.tables
                    where table_schema = current_schema() and table_name not like '\\_sqlx%'";
                sqlx::query_scalar(tables).fetch_all(db).await.unwrap()
            }
        };
        let mut counts = BTreeMap::new();
        for table in tables {
            let sql = format!("select count(*) from {table}");
            let count: i64 = match self {
                Self::Sqlite(db) => sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(db).await.unwrap(),
                Self::Postgres(db) => sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(db).await.unwrap(),
            };
            counts.insert(table, count);
        }
        counts
    }
}

async fn make(kind: &str) -> Option<TestDatabase> {
    if kind == "sqlite" {
        return Some(TestDatabase::sqlite().unwrap());
    }
    TestDatabase::postgres().await.unwrap()
}

/// What was there is there, in this version's words.
async fn expect_all(store: &Store, number: usize) {
    assert_eq!(store.epoch().await.unwrap(), "0123456789abcdef", "an upgrade is no restore");
    let messages = store.list_messages_after(WORKSPACE, ConversationId(51), 0, 10).await.unwrap();
    let seqs: Vec<_> = messages.iter().map(|message| message.seq).collect();
    assert_eq!(seqs, [1, 2, 3]);
    let first = serde_json::to_string(&messages[0].content).unwrap();
    assert!(first.contains("怎么退货？ <b>"), "{first}");
    let conversation = store.find_conversation(WORKSPACE, ConversationId(51)).await.unwrap().unwrap();
    assert_eq!((conversation.last_seq, conversation.contact_name.as_str()), (3, "陈雨桐"));
    let entries = store.published_entries(WORKSPACE).await.unwrap();
    let entries: Vec<_> = entries.into_iter().map(|entry| entry.id.0).collect();
    assert_eq!(entries, if number >= 2 { vec![101, 102, 103] } else { vec![101, 102] });
    while store.index_messages(100).await.unwrap() > 0 {}
    let scope = Scope::of(WORKSPACE, AgentId(11), model::Role::Owner, Vec::new());
    let hits = store.search_messages(&scope, &Query::parse("退货"), None, 10).await.unwrap();
    assert_eq!(hits.len(), 1);
    let contact = store.find_contact(WORKSPACE, conversation.contact_id).await.unwrap().unwrap();
    assert_eq!((contact.account.as_deref(), contact.verified), (Some("c-41"), true));
    expect_later(store, number).await;
}

/// What later schemas brought.
async fn expect_later(store: &Store, number: usize) {
    let conversation = store.find_conversation(WORKSPACE, ConversationId(52)).await.unwrap().unwrap();
    assert_eq!(conversation.mood.map(|mood| mood.seq), (number >= 6).then_some(1));
    let moods = store.list_moods(WORKSPACE, ConversationId(52), 0).await.unwrap();
    assert_eq!(moods.len(), usize::from(number >= 6));
    assert_eq!(store.workspace_settings(WORKSPACE).await.unwrap().moods, number < 6);
    assert_eq!(store.llm_settings(WORKSPACE).await.unwrap().enabled, number >= 8);
    assert_eq!(store.list_llm_endpoints(WORKSPACE).await.unwrap().len(), usize::from(number >= 8));
    let agent = store.find_agent(WORKSPACE, AgentId(11)).await.unwrap().unwrap();
    assert_eq!(agent.is_senior, number >= 10);
    let grants = store.list_grants_of(WORKSPACE, ConversationId(51)).await.unwrap();
    let codes: Vec<_> = grants.iter().filter_map(|grant| grant.code.as_deref()).collect();
    assert_eq!(codes, if number >= 11 { vec!["TEN-1"] } else { vec![] });
    let sources = store.list_sources(WORKSPACE).await.unwrap();
    assert_eq!(sources.iter().map(|source| source.pages).sum::<i64>(), if number >= 12 { 2 } else { 0 });
    assert_eq!(sources.iter().any(|source| source.articles), number >= 26);
    expect_newest(store, number).await;
}

/// From schema 13 on. (15 brought indexes alone.)
async fn expect_newest(store: &Store, number: usize) {
    let reasons = store.find_reasons(WORKSPACE, ConversationId(51), 2).await.unwrap();
    let reasons = reasons.map(|reasons| (reasons.senior, reasons.skipped[0].agent_id.0, reasons.left_out));
    assert_eq!(reasons, (number >= 13).then_some((true, 12, 2)));
    if number >= 2 {
        let entry = store.find_live_entry(WORKSPACE, EntryId(103)).await.unwrap().unwrap().content;
        let follow_ups: Vec<_> = entry.follow_ups.iter().map(|next| next.entry_id.map(|id| id.0)).collect();
        assert_eq!(follow_ups, if number >= 14 { vec![Some(102), None] } else { vec![] });
        let sections: Vec<_> = entry.sections.iter().map(|section| section.text.as_str()).collect();
        assert_eq!(sections, if number >= 16 { vec!["总则", "满 \"99\" 元\n我们出"] } else { vec![] });
    }
    let pairs = store.dismissed_pairs(WORKSPACE).await.unwrap();
    let pair = VersionPair::new((EntryId(103), 1), (EntryId(101), 1));
    assert_eq!((pairs.len(), pairs.contains(&pair)), if number >= 14 { (2, true) } else { (0, false) });
    let rates = store.entry_rates(WORKSPACE, &[EntryId(101), EntryId(102)], 0).await.unwrap();
    assert_eq!(rates.iter().map(|rate| rate.offered).sum::<i64>(), if number >= 14 { 2 } else { 0 });
    let vectors = store.entry_vectors(WORKSPACE, 7, None).await.unwrap();
    let kept = vec![(-5, vec![0, 0, 0x80, 0x3f]), (9, vec![0, 0, 0, 0x40])];
    assert_eq!(vectors, if number >= 17 { kept } else { vec![] });
    if number >= 2 {
        let entry = store.find_live_entry(WORKSPACE, EntryId(103)).await.unwrap().unwrap().content;
        let audience = if number >= 18 { Audience::SignedIn } else { Audience::Everybody };
        let for_vips = entry.answers.iter().filter(|answer| answer.audience == Audience::Vip).count();
        assert_eq!((entry.audience, for_vips), (audience, usize::from(number >= 18)));
        let images: Vec<_> = entry.images.iter().map(|image| image.alt.as_str()).collect();
        assert_eq!(images, if number >= 21 { vec!["一张收据"] } else { vec![] });
        let placed = entry.sections.iter().flat_map(|section| &section.images);
        let placed: Vec<_> = placed.map(|one| (one.after, one.image.alt.as_str())).collect();
        assert_eq!(placed, if number >= 27 { vec![(1, "一张地图")] } else { vec![] });
    }
    let image = AttachmentId(71);
    assert_eq!(store.is_entry_image(WORKSPACE, image, false).await.unwrap(), number >= 21);
    assert_eq!(store.was_image_said(WORKSPACE, ContactId(42), image).await.unwrap(), number >= 21);
    // (19 and 20 brought indexes alone.)
    let helped = store.find_conversation(WORKSPACE, ConversationId(51)).await.unwrap().unwrap();
    let lookups = store.list_lookups(WORKSPACE, ConnectorId(141), 9).await.unwrap();
    assert_eq!(lookups.len(), if number >= 24 { 2 } else { 0 });
    let signed = store.find_signed(WORKSPACE, helped.contact_id).await.unwrap().unwrap();
    assert_eq!((signed.id.as_str(), signed.email.is_some()), ("c-41", number >= 24));
    let help = helped.help.map(|help| (help.kind, help.seq));
    assert_eq!((help, helped.told), if number >= 22 { (Some((HelpKind::Asked, 2)), 2) } else { (None, 0) });
}

async fn upgrades(kind: &str) {
    for (index, dump) in versions(kind).iter().enumerate() {
        let number = index + 1;
        let (Some(home), Some(fresh)) = (make(kind).await, make(kind).await) else { return };
        store::schema::load(&home.database, dump).await.unwrap();
        let mut raw = Raw::connect(&home.database).await;
        let before = raw.counts().await;
        assert_eq!(
            Store::open_as_it_is(&home.database, 2).await.unwrap().schema().await.unwrap(),
            number as i64
        );

        let (upgraded, fresh) = (home.open().await.unwrap(), fresh.open().await.unwrap());
        expect_all(&upgraded, number).await;
        let after = raw.counts().await;
        for (table, count) in before {
            assert!(after[&table] >= count, "{table} of schema {number} had {count} rows");
        }
        assert_eq!(schema::facts(&upgraded).await, schema::facts(&fresh).await, "from schema {number}");
        upgraded.check().await.unwrap();
        upgraded.remove().await.unwrap();
        fresh.remove().await.unwrap();
    }
}

#[tokio::test]
async fn every_schema_of_sqlite_comes_up_with_its_data() {
    assert!(versions("sqlite").len() >= 22);
    upgrades("sqlite").await;
}

#[tokio::test]
async fn every_schema_of_postgres_comes_up_with_its_data() {
    assert!(versions("postgres").len() >= 22);
    upgrades("postgres").await;
}

/// Nodes of the version before go on while the first of the next one comes up: their writers lock conversations,
/// and then add messages.
#[tokio::test]
async fn upgrade_waits_for_writers_and_they_do_not_wait_for_it() {
    for dump in versions("postgres") {
        let Some(home) = make("postgres").await else { return };
        store::schema::load(&home.database, &dump).await.unwrap();
        let [mut writer, mut witness] =
            [Raw::connect(&home.database).await, Raw::connect(&home.database).await];
        writer.run("begin; select 1 from conversations where id = 51 for update").await;
        let database = home.database.clone();
        let upgrade = tokio::spawn(async move { Store::open(&database, 1).await });
        eventually("it waits, or is done", Duration::from_secs(10), async || {
            Ok(upgrade.is_finished() || witness.waits().await)
        })
        .await
        .unwrap();
        writer.run("lock table messages in row exclusive mode; commit").await;
        upgrade.await.unwrap().unwrap().close().await;
        home.remove().await.unwrap();
    }
}

#[tokio::test]
async fn migration_that_was_edited_after_its_release_is_refused() {
    let home = TestDatabase::sqlite().unwrap();
    store::schema::load(&home.database, &versions("sqlite")[1]).await.unwrap();
    let mut raw = Raw::connect(&home.database).await;
    raw.run("update _sqlx_migrations set checksum = x'00' where version = 2").await;
    let refusal = Store::open(&home.database, 1).await.err().unwrap();
    assert!(matches!(refusal, Error::Migrate(_)), "{refusal}");
    home.remove().await.unwrap();
}

both! {
    async fn database_of_a_later_version_is_refused_in_plain_words(store: &TestStore) {
        let mut raw = Raw::connect(store.database()).await;
        raw.run("insert into _sqlx_migrations (version, description, success, checksum, execution_time)
            values (999, 'later', true, '', 0)").await;
        let refusal = store.reopen(2).await.err().unwrap().to_string();
        assert!(refusal.contains("newer than this program: its schema has version 999"), "{refusal}");
        assert!(refusal.contains("restore a backup from before the upgrade"), "{refusal}");
        raw.run("delete from _sqlx_migrations where version = 999").await;
        store.reopen(2).await.unwrap().close().await;
    }
}
