//! Archives of real installations, whole and otherwise, on both databases.

use super::{
    place, read,
    schedule::{self, State},
    write::{self, Order},
};
use crate::{
    app,
    cli::{self},
    commands::{self, testing},
    config::{Config, Flags},
};
use bytes::Bytes;
use crypto::seal::Passphrase;
use files::BlobKey;
use model::{Millis, WorkspaceId};
use service::Clock;
use std::{
    collections::{HashMap, HashSet},
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};
use store::Database;
use tar::{EntryType, Header};
use tempfile::TempDir;
use testkit::database::TestDatabase;

const HOUR: Millis = 60 * 60 * 1_000;

fn config(folder: &Path, settings: &[(&str, &str)]) -> Config {
    let flags = Flags { data_dir: Some(folder.into()), ..Flags::default() };
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::from_sources(&flags, settings.collect()).unwrap()
}

async fn set_up(root: &TempDir, settings: &[(&str, &str)]) -> Config {
    let config = config(&root.path().join("data"), settings);
    testing::set_up(&config, root.path()).await.unwrap();
    config
}

async fn put(config: &Config, content: &'static [u8]) -> BlobKey {
    let key = BlobKey::random(WorkspaceId(1));
    app::open_blobs(config).await.unwrap().put(&key, Bytes::from_static(content)).await.unwrap();
    key
}

async fn back_up(config: &Config, target: &Path, passphrase: Option<&Passphrase>) -> anyhow::Result<u64> {
    let store = app::open_store(config).await?;
    let order = Order { config, store: &store, target, passphrase, with_files: true, at: 1_790_000_000_000 };
    let written = write::write(order).await;
    store.close().await;
    Ok(written?.files)
}

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text).unwrap()
}

fn failure(result: anyhow::Result<impl Sized>) -> String {
    format!("{:#}", result.err().unwrap())
}

/// Everything below a folder.
fn tree(folder: &Path) -> HashSet<PathBuf> {
    let mut found = HashSet::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(tree(&path));
        }
        found.insert(path);
    }
    found
}

async fn same_workspace_other_epoch(one: &Config, other: &Config) {
    let (one, other) = (app::open_store(one).await.unwrap(), app::open_store(other).await.unwrap());
    let name = one.first_workspace().await.unwrap().unwrap().name;
    assert_eq!(other.first_workspace().await.unwrap().unwrap().name, name);
    assert_ne!(one.epoch().await.unwrap(), other.epoch().await.unwrap());
    one.close().await;
    other.close().await;
}

#[tokio::test]
async fn sealed_backup_opens_with_its_key_only() {
    let root = TempDir::new().unwrap();
    let original = set_up(&root, &[]).await;
    let blob = put(&original, b"a picture of a receipt").await;
    let (sealed, plain) = (root.path().join("sealed"), root.path().join("plain"));
    let key = passphrase("correct horse battery");
    assert_eq!(back_up(&original, &sealed, Some(&key)).await.unwrap(), 1);
    back_up(&original, &plain, None).await.unwrap();
    let has = |file: &Path, text: &[u8]| fs::read(file).unwrap().windows(text.len()).any(|part| part == text);
    for text in [&b"a picture of a receipt"[..], b"SQLite format 3", b"octim-backup.json"] {
        assert!(has(&plain, text) && !has(&sealed, text));
    }

    let target = config(&root.path().join("restored"), &[]);
    fs::create_dir_all(&target.data_dir).unwrap();
    let other = passphrase("incorrect horse battery");
    for (file, key, words) in [
        (&sealed, Some(&other), "the key is not that of the backup"),
        (&sealed, None, "sealed: name the file of its key"),
        (&plain, Some(&key), "is not sealed under the key"),
    ] {
        let refusal = failure(place::restore(&target, file, key).await);
        assert!(refusal.contains(words), "{refusal}");
        assert_eq!(tree(&target.data_dir), HashSet::new(), "{words}");
    }
    let placed = place::restore(&target, &sealed, Some(&key)).await.unwrap();
    assert_eq!(placed.files, 1);
    assert_eq!(app::open_blobs(&target).await.unwrap().get(&blob).await.unwrap(), "a picture of a receipt");
    same_workspace_other_epoch(&original, &target).await;
}

#[tokio::test]
async fn key_is_the_text_of_a_file_and_long_enough() {
    let root = TempDir::new().unwrap();
    let original = set_up(&root, &[]).await;
    let (file, key) = (root.path().join("backup"), root.path().join("key"));
    fs::write(&key, "correct horse battery\n").unwrap();
    let wanted = cli::Backup { file: file.clone(), key_file: Some(key.clone()) };
    commands::backup::run(&original, &wanted).await.unwrap();
    // The configuration names it as well.
    let settings = [("OCTIM_BACKUP__KEY_FILE", key.to_str().unwrap())];
    let target = config(&root.path().join("restored"), &settings);
    let wanted = cli::Restore { file, key_file: None, files_only: false };
    commands::restore::run(&target, &wanted).await.unwrap();
    fs::write(&key, "too short").unwrap();
    let refusal = failure(super::passphrase(Some(&key)));
    assert!(refusal.contains("fewer than 16 characters"), "{refusal}");
}

#[tokio::test]
async fn a_byte_changed_anywhere_is_refused_before_anything_is_placed() {
    let root = TempDir::new().unwrap();
    let original = set_up(&root, &[]).await;
    put(&original, &[7; 5_000]).await;
    let key = passphrase("correct horse battery");
    let target = config(&root.path().join("restored"), &[]);
    fs::create_dir_all(&target.data_dir).unwrap();
    for key in [None, Some(&key)] {
        let file = root.path().join("backup");
        let _ = fs::remove_file(&file);
        back_up(&original, &file, key).await.unwrap();
        let whole = fs::read(&file).unwrap();
        let places = (0..24).map(|part| whole.len() / 24 * part + 17).chain([whole.len() - 10_300]);
        for place in places {
            let mut changed = whole.clone();
            changed[place] ^= 0x20;
            // What pads a tar means nothing.
            if key.is_none() && whole[place] == 0 && whole[place - 16..place].iter().all(|byte| *byte == 0) {
                continue;
            }
            fs::write(&file, changed).unwrap();
            let refusal = failure(place::restore(&target, &file, key).await);
            assert!(refusal.contains("backup"), "{place}: {refusal}");
            assert_eq!(tree(&target.data_dir), HashSet::new(), "changed at {place}: {refusal}");
        }
        for length in [0, 10, 600, whole.len() / 2, whole.len() - 11_000] {
            fs::write(&file, &whole[..length]).unwrap();
            failure(place::restore(&target, &file, key).await);
            assert_eq!(tree(&target.data_dir), HashSet::new(), "cut at {length}");
        }
    }
}

/// Class A20 of docs/security.md: names and kinds of entries that would lead elsewhere.
#[tokio::test]
async fn hostile_archive_places_nothing() {
    let root = TempDir::new().unwrap();
    let original = set_up(&root, &[]).await;
    let whole = root.path().join("whole");
    back_up(&original, &whole, None).await.unwrap();
    let rest = "0123456789abcdef0123456789ab";
    let names = [
        "../evil".to_owned(),
        "/etc/evil".into(),
        "files/../../evil".into(),
        "files/..\\..\\evil".into(),
        "files/%2e%2e/%2e%2e/evil".into(),
        "files/1/ab/cd/../../../../evil".into(),
        format!("files/1/ab/cd/{rest}/../../evil"),
        format!("files//1/ab/cd/{rest}"),
        format!("./files/1/ab/cd/{rest}"),
        format!("files/1/AB/cd/{rest}"),
        format!("files/C:/ab/cd/{rest}"),
        "files/CON".into(),
        "files/nul".into(),
        "files/1/ab/cd/aux.txt".into(),
        "keys/previous-../../evil.key".into(),
        "keys/previous-1.key/../../evil".into(),
        "keys/previous--1.key".into(),
        "keys/other.key".into(),
        "tables/meta/1".into(),
        "octim.db-wal".into(),
        "octim.db".into(),
        "octim.toml".into(),
        "files/evil\u{202e}gnp".into(),
        String::new(),
    ];
    let whole_kinds = names.iter().map(|name| (name.as_str(), EntryType::Regular));
    let good = format!("files/1/ab/cd/{rest}");
    let links = [EntryType::Symlink, EntryType::Link, EntryType::Directory, EntryType::Char, EntryType::Fifo];
    let links = links.into_iter().map(|kind| (good.as_str(), kind));
    let target = config(&root.path().join("restored"), &[]);
    fs::create_dir_all(&target.data_dir).unwrap();
    for (name, kind) in whole_kinds.chain(links) {
        let forged = root.path().join("forged");
        forge(&whole, &forged, name.as_bytes(), kind);
        let before = tree(root.path());
        let refusal = failure(place::restore(&target, &forged, None).await);
        assert!(refusal.contains("unexpected entry") || refusal.contains("damaged"), "{name}: {refusal}");
        assert_eq!(tree(root.path()), before, "{name} {kind:?}");
    }
    forge(&whole, &root.path().join("forged"), b"files/1/ab/cd/\xff\xfe", EntryType::Regular);
    failure(place::restore(&target, &root.path().join("forged"), None).await);
    assert!(!Path::new("/etc/evil").exists());
}

/// A whole archive with one entry more before its end.
fn forge(whole: &Path, forged: &Path, name: &[u8], kind: EntryType) {
    let mut original = tar::Archive::new(fs::File::open(whole).unwrap());
    let mut builder = tar::Builder::new(fs::File::create(forged).unwrap());
    for entry in original.entries().unwrap() {
        let mut entry = entry.unwrap();
        if entry.path().unwrap().to_str() == Some(super::END) {
            let mut header = Header::new_gnu();
            header.set_entry_type(kind);
            header.set_size(u64::from(kind == EntryType::Regular));
            // The safe ways of the library refuse such names.
            header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name);
            header.as_gnu_mut().unwrap().linkname[..11].copy_from_slice(b"/etc/passwd");
            header.set_cksum();
            let content: &[u8] = if kind == EntryType::Regular { b"x" } else { b"" };
            builder.append(&header, content).unwrap();
        }
        let header = entry.header().clone();
        builder.append(&header, &mut entry).unwrap();
    }
    builder.finish().unwrap();
}

#[tokio::test]
async fn postgres_is_saved_and_comes_back_whole_or_not_at_all() {
    let (Some(from), Some(to)) =
        (TestDatabase::postgres().await.unwrap(), TestDatabase::postgres().await.unwrap())
    else {
        return;
    };
    let url = |home: &TestDatabase| match &home.database {
        Database::Postgres(url) => url.clone(),
        Database::Sqlite(_) => unreachable!(),
    };
    let root = TempDir::new().unwrap();
    let original = set_up(&root, &[("OCTIM_DATABASE__URL", &url(&from))]).await;
    let blob = put(&original, b"picture").await;
    let file = root.path().join("backup");
    let key = passphrase("correct horse battery");
    assert_eq!(back_up(&original, &file, Some(&key)).await.unwrap(), 1);

    let wrong = config(&root.path().join("sqlite"), &[]);
    fs::create_dir_all(&wrong.data_dir).unwrap();
    let refusal = failure(place::restore(&wrong, &file, Some(&key)).await);
    assert!(refusal.contains("a backup of PostgreSQL, and database.url says SQLite"), "{refusal}");

    let target = config(&root.path().join("restored"), &[("OCTIM_DATABASE__URL", &url(&to))]);
    fs::create_dir_all(&target.data_dir).unwrap();
    // Cut off: the database stays empty.
    let cut = root.path().join("cut");
    let whole = fs::read(&file).unwrap();
    fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    failure(place::restore(&target, &cut, Some(&key)).await);
    let empty = app::open_store_as_it_is(&target).await.unwrap();
    assert_eq!(empty.schema().await.unwrap(), 0);
    empty.close().await;

    assert_eq!(place::restore(&target, &file, Some(&key)).await.unwrap().files, 1);
    assert_eq!(app::open_blobs(&target).await.unwrap().get(&blob).await.unwrap(), "picture");
    same_workspace_other_epoch(&original, &target).await;
    let again = failure(place::restore(&target, &file, Some(&key)).await);
    assert!(again.contains("restore into a new, empty one"), "{again}");
    from.remove().await.unwrap();
    to.remove().await.unwrap();
}

#[tokio::test]
async fn files_in_s3_are_saved_too() {
    let Ok(endpoint) = std::env::var("OCTIM_TEST_S3_URL") else { return };
    let root = TempDir::new().unwrap();
    let prefix = format!("backup-{:x}", u64::from_be_bytes(crypto::random::bytes()));
    let other = format!("{prefix}-restored");
    let settings = |prefix: &str| {
        [
            ("OCTIM_FILES__S3__ENDPOINT", endpoint.clone()),
            ("OCTIM_FILES__S3__BUCKET", "octim-test".to_owned()),
            ("OCTIM_FILES__S3__ACCESS_KEY_ID", "S3RVER".to_owned()),
            ("OCTIM_FILES__S3__SECRET_ACCESS_KEY", "S3RVER".to_owned()),
            ("OCTIM_FILES__S3__PREFIX", prefix.to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
    };
    let config = |folder: &str, prefix: &str| {
        let flags = Flags { data_dir: Some(root.path().join(folder)), ..Flags::default() };
        Config::from_sources(&flags, HashMap::from(settings(prefix))).unwrap()
    };
    let original = config("data", &prefix);
    testing::set_up(&original, root.path()).await.unwrap();
    let blob = put(&original, b"picture").await;
    let file = root.path().join("backup");
    assert_eq!(back_up(&original, &file, None).await.unwrap(), 1);
    let target = config("restored", &other);
    fs::create_dir_all(&target.data_dir).unwrap();
    place::restore(&target, &file, None).await.unwrap();
    assert_eq!(app::open_blobs(&target).await.unwrap().get(&blob).await.unwrap(), "picture");
}

#[tokio::test]
async fn scheduled_backups_are_taken_by_one_node_and_old_ones_go() {
    let root = TempDir::new().unwrap();
    let folder = root.path().join("backups");
    let settings = [("OCTIM_BACKUP__FOLDER", folder.to_str().unwrap()), ("OCTIM_BACKUP__KEEP", "2")];
    let config = Arc::new(set_up(&root, &settings).await);
    let store = app::open_store(&config).await.unwrap();
    let clock = Clock::fixed(1_790_000_000_000);
    let look = async |holder: &str| schedule::look_once(&config, &store, &clock, holder).await.unwrap();
    let (a, b) = tokio::join!(look("a"), look("b"));
    assert!(a != b, "one of them takes it");
    assert!(!look("a").await);
    clock.advance(24 * HOUR - 1);
    assert!(!look("a").await);
    // What a killed server left.
    let partial = folder.join("octim-20260101T000000Z.tar.partial");
    fs::write(&partial, "half").unwrap();
    fs::write(folder.join("octim-notes.tar"), "somebody's own").unwrap();
    for expected in [2, 2, 2] {
        clock.advance(24 * HOUR);
        assert!(look("b").await);
        assert_eq!(schedule::list(&folder).unwrap().len(), expected);
    }
    assert!(!partial.exists() && folder.join("octim-notes.tar").exists());
    let newest = schedule::list(&folder).unwrap().pop().unwrap();
    let (manifest, _) = read::Backup::open(&newest, None).unwrap().verify().unwrap();
    assert_eq!(Some(manifest.created_at), State::read(&store).await.unwrap().done_at);
    store.close().await;
}

#[tokio::test]
async fn a_failed_backup_is_told_and_tried_again() {
    let root = TempDir::new().unwrap();
    let folder = root.path().join("backups");
    let settings = [("OCTIM_BACKUP__FOLDER", folder.to_str().unwrap())];
    let config = Arc::new(set_up(&root, &settings).await);
    fs::write(&folder, "no folder").unwrap();
    let store = app::open_store(&config).await.unwrap();
    let clock = Clock::fixed(1_790_000_000_000);
    let look = async || schedule::look_once(&config, &store, &clock, "a").await.unwrap();
    assert!(look().await);
    let state = State::read(&store).await.unwrap();
    assert!(state.done_at.is_none() && state.error.unwrap().contains("cannot make the folder"));
    assert!(!look().await, "not at once");
    fs::remove_file(&folder).unwrap();
    clock.advance(HOUR / 4);
    assert!(look().await);
    let state = State::read(&store).await.unwrap();
    assert_eq!((state.done_at, state.error), (Some(clock.now()), None));
    // The wall clock goes back by a year: it does not wait for a year.
    clock.advance(-365 * 24 * HOUR);
    assert!(look().await);
    store.close().await;
}

const SCHEMA_4: [&str; 2] = [
    include_str!("../../../store/tests/store/fixtures/sqlite/0004.sql"),
    include_str!("../../../store/tests/store/fixtures/postgres/0004.sql"),
];

/// The one archive that was written before the upgrade.
fn saved(folder: &Path) -> PathBuf {
    let mut found: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

#[tokio::test]
async fn database_is_saved_before_its_schema_changes() {
    let root = TempDir::new().unwrap();
    let old = config(&root.path().join("data"), &[]);
    fs::create_dir_all(&old.data_dir).unwrap();
    let path = old.data_dir.join("octim.db");
    store::schema::load(&Database::Sqlite(path.clone()), SCHEMA_4[0]).await.unwrap();
    // Where it cannot be saved, nothing is changed.
    fs::write(old.data_dir.join("backups"), "no folder").unwrap();
    let refusal = failure(app::open_store(&old).await);
    assert!(refusal.contains("cannot make the folder"), "{refusal}");
    let store = app::open_store_as_it_is(&old).await.unwrap();
    assert_eq!(store.schema().await.unwrap(), 4);
    store.close().await;
    fs::remove_file(old.data_dir.join("backups")).unwrap();

    let store = app::open_store(&old).await.unwrap();
    assert_eq!(store.schema().await.unwrap(), store::newest_schema());
    store.close().await;
    let file = saved(&old.data_dir.join("backups"));
    let (manifest, _) = read::Backup::open(&file, None).unwrap().verify().unwrap();
    assert_eq!((manifest.schema, manifest.has_files), (4, false));
    // Only once.
    app::open_store(&old).await.unwrap().close().await;
    saved(&old.data_dir.join("backups"));
    let target = config(&root.path().join("restored"), &[]);
    fs::create_dir_all(&target.data_dir).unwrap();
    place::restore(&target, &file, None).await.unwrap();
    same_workspace_other_epoch(&old, &target).await;
}

#[tokio::test]
async fn upgrade_of_postgres_is_saved_too_unless_that_is_not_wanted() {
    let (Some(one), Some(two)) =
        (TestDatabase::postgres().await.unwrap(), TestDatabase::postgres().await.unwrap())
    else {
        return;
    };
    let root = TempDir::new().unwrap();
    let settings = |home: &TestDatabase, before: &str| {
        let Database::Postgres(url) = &home.database else { unreachable!() };
        let settings = [("OCTIM_DATABASE__URL", url.as_str()), ("OCTIM_BACKUP__BEFORE_UPGRADE", before)];
        let config = config(&root.path().join(before), &settings);
        fs::create_dir_all(&config.data_dir).unwrap();
        config
    };
    for home in [&one, &two] {
        store::schema::load(&home.database, SCHEMA_4[1]).await.unwrap();
    }
    let unsaved = settings(&two, "false");
    app::open_store(&unsaved).await.unwrap().close().await;
    assert!(!unsaved.data_dir.join("backups").exists());
    let old = settings(&one, "true");
    app::open_store(&old).await.unwrap().close().await;
    let file = saved(&old.data_dir.join("backups"));
    // It comes back with the schema that it had, and is brought up from there.
    let third = TestDatabase::postgres().await.unwrap().unwrap();
    let target = settings(&third, "true");
    place::restore(&target, &file, None).await.unwrap();
    same_workspace_other_epoch(&unsaved, &target).await;
    for home in [one, two, third] {
        home.remove().await.unwrap();
    }
}
