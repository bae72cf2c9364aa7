//! The commands on real data folders: what they leave behind, and what they refuse.

use super::{backup, offline::Offline, restore, setup, testing, user};
use crate::{
    app,
    cli::{self, Cli, Command, Failure, User},
    config::{Config, Flags},
};
use bytes::Bytes;
use clap::Parser as _;
use files::BlobKey;
use model::{AgentState, WorkspaceId};
use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

fn config(folder: &Path) -> Config {
    let flags = Flags { data_dir: Some(folder.into()), ..Flags::default() };
    Config::from_sources(&flags, HashMap::new()).unwrap()
}

async fn set_up(root: &TempDir, folder: &str) -> anyhow::Result<Config> {
    let config = config(&root.path().join(folder));
    testing::set_up(&config, root.path()).await?;
    Ok(config)
}

fn failure(result: anyhow::Result<impl std::fmt::Debug>) -> String {
    format!("{:#}", result.unwrap_err())
}

/// `octim user …`.
fn parsed(line: &str) -> User {
    let words = ["octim", "user"].into_iter().chain(line.split(' '));
    match Cli::try_parse_from(words).unwrap().command {
        Command::User(user) => user,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn setup_makes_workspace_owner_and_channel_once() {
    let root = TempDir::new().unwrap();
    let config = set_up(&root, "data").await.unwrap();
    let offline = Offline::open(&config).await.unwrap();
    let services = &offline.services;
    let workspace = services.store.first_workspace().await.unwrap().unwrap();
    let agents = services.agents.list(workspace.id).await.unwrap();
    let channels = services.channels.list(workspace.id).await.unwrap();
    assert_eq!((workspace.name.as_str(), agents[0].name.as_str()), ("山茶", "su"));
    assert_eq!(channels[0].settings.allowed_origins, ["https://shop.example"]);
    offline.close().await;

    let again = set_up(&root, "data").await.unwrap_err();
    assert_eq!(again.downcast_ref::<Failure>().map(Failure::code), Some(1));
}

#[tokio::test]
async fn setup_that_is_refused_leaves_nothing_set_up() {
    let root = TempDir::new().unwrap();
    let config = config(&root.path().join("data"));
    fs::write(root.path().join("password"), "short").unwrap();
    let wanted = cli::Setup {
        workspace: "W".into(),
        owner_email: "su@shop.example".into(),
        owner_password_file: root.path().join("password"),
        owner_name: None,
        channel_name: "C".into(),
        site: None,
    };
    assert!(failure(setup::run(&config, wanted).await).contains("at least 10 characters"));
    set_up(&root, "data").await.unwrap();
}

#[tokio::test]
async fn operator_manages_agents() {
    let root = TempDir::new().unwrap();
    let config = set_up(&root, "data").await.unwrap();
    let file = testing::password_file(root.path()).unwrap();
    let add = format!("add li@shop.example --name 小李 --password-file {}", file.display());
    user::run(&config, parsed(&add)).await.unwrap();
    assert!(failure(user::run(&config, parsed(&add)).await).contains("already in use"));
    user::run(&config, parsed("disable LI@shop.example")).await.unwrap();
    assert!(failure(user::run(&config, parsed("disable su@shop.example")).await).contains("owner"));
    assert!(failure(user::run(&config, parsed("disable nobody@x")).await).contains("no agent"));

    let offline = Offline::open(&config).await.unwrap();
    let workspace = offline.services.store.first_workspace().await.unwrap().unwrap();
    let agents = offline.services.agents.list(workspace.id).await.unwrap();
    let states: Vec<_> = agents.iter().map(|agent| (agent.name.as_str(), agent.state)).collect();
    assert_eq!(states, [("su", AgentState::Active), ("小李", AgentState::Disabled)]);
    offline.close().await;
}

#[tokio::test]
async fn command_before_the_setup_says_so() {
    let root = TempDir::new().unwrap();
    let config = |folder: &str| config(&root.path().join(folder));
    for result in [
        user::run(&config("one"), User::List).await,
        back_up(&config("two"), &root.path().join("backup.tar")).await,
    ] {
        let error = result.unwrap_err();
        assert_eq!(error.downcast_ref::<Failure>().map(Failure::code), Some(4), "{error:#}");
    }
}

async fn back_up(config: &Config, file: &Path) -> anyhow::Result<()> {
    backup::run(config, &cli::Backup { file: file.to_owned(), key_file: None }).await
}

async fn place(config: &Config, file: &Path) -> anyhow::Result<()> {
    restore::run(config, &cli::Restore { file: file.to_owned(), key_file: None, files_only: false }).await
}

/// A folder with a workspace and a file, its backup, and the key of the file.
async fn backed_up(root: &TempDir) -> (Config, PathBuf, BlobKey) {
    let config = set_up(root, "data").await.unwrap();
    let key = BlobKey::random(WorkspaceId(1));
    let blobs = app::open_blobs(&config).await.unwrap();
    blobs.put(&key, Bytes::from_static(b"picture")).await.unwrap();
    let file = root.path().join("backup.tar");
    back_up(&config, &file).await.unwrap();
    (config, file, key)
}

#[tokio::test]
async fn restored_folder_has_everything_and_a_new_epoch() {
    let root = TempDir::new().unwrap();
    let (original, backup, key) = backed_up(&root).await;
    let restored = config(&root.path().join("restored"));
    place(&restored, &backup).await.unwrap();

    let blobs = app::open_blobs(&restored).await.unwrap();
    assert_eq!(blobs.get(&key).await.unwrap(), "picture");
    let root_key = |config: &Config| fs::read(config.data_dir.join("root.key")).unwrap();
    assert_eq!(root_key(&restored), root_key(&original));
    let (before, after) = (
        app::open_store(&original).await.unwrap().epoch().await.unwrap(),
        app::open_store(&restored).await.unwrap().epoch().await.unwrap(),
    );
    assert_ne!(before, after, "clients hold positions that the copy does not have");

    let again = failure(place(&restored, &backup).await);
    assert!(again.contains("restore into an empty data folder"), "{again}");
}

#[tokio::test]
async fn backup_is_for_its_owner_only_and_replaces_nothing() {
    use std::os::unix::fs::PermissionsExt as _;
    let root = TempDir::new().unwrap();
    let (config, backup, _) = backed_up(&root).await;
    assert_eq!(fs::metadata(&backup).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(failure(back_up(&config, &backup).await).contains("exists"));
    let beside: Vec<_> = fs::read_dir(root.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(beside.len(), 3, "backup, data and password: {beside:?}");
}

#[tokio::test]
async fn backup_cut_anywhere_is_refused_and_leaves_no_database() {
    let root = TempDir::new().unwrap();
    let (_, backup, _) = backed_up(&root).await;
    let whole = fs::read(&backup).unwrap();
    for length in [0, 100, 512, 1_536, 3_000, whole.len() / 2, whole.len() - 2_048, whole.len() - 3_072] {
        let cut = root.path().join("cut.tar");
        fs::write(&cut, &whole[..length]).unwrap();
        let restored = config(&root.path().join(format!("restored-{length}")));
        let error = failure(place(&restored, &cut).await);
        assert!(error.contains("backup"), "{length}: {error}");
        assert!(!restored.data_dir.join("octim.db").exists(), "{length}");
        // What is left does not stand in the way of the whole one.
        place(&restored, &backup).await.unwrap();
    }
}

#[tokio::test]
async fn key_of_another_installation_is_not_overwritten() {
    let root = TempDir::new().unwrap();
    let (_, backup, _) = backed_up(&root).await;
    let other = config(&root.path().join("other"));
    fs::create_dir_all(&other.data_dir).unwrap();
    let key = crypto::RootKey::generate().unwrap().to_base64();
    fs::write(other.data_dir.join("root.key"), key.as_bytes()).unwrap();
    assert!(failure(place(&other, &backup).await).contains("not that of the backup"));
    assert_eq!(fs::read_to_string(other.data_dir.join("root.key")).unwrap(), *key);
}
