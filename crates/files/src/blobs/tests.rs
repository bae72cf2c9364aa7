//! One contract for both stores. The S3 half runs when `OCTIM_TEST_S3_URL` is set.

use super::*;
use std::{collections::BTreeSet, fs, path::Path};

const WORKSPACE: WorkspaceId = WorkspaceId(7);

async fn on_disk() -> (tempfile::TempDir, Blobs) {
    let root = tempfile::tempdir().unwrap();
    let blobs = Blobs::disk(root.path().join("files")).await.unwrap();
    (root, blobs)
}

fn key() -> BlobKey {
    BlobKey::random(WORKSPACE)
}

async fn listed(blobs: &Blobs, workspace: Option<WorkspaceId>) -> BTreeSet<(String, u64)> {
    let entries: Vec<_> = blobs.list(workspace).try_collect().await.unwrap();
    entries.into_iter().map(|entry| (entry.key.to_string(), entry.size)).collect()
}

async fn read(blobs: &Blobs, key: &BlobKey, range: Range<u64>) -> Result<(u64, Range<u64>, Vec<u8>), Error> {
    let blob = blobs.open(key, Some(range)).await?;
    let chunks: Vec<Bytes> = blob.stream.try_collect().await?;
    Ok((blob.size, blob.range, chunks.concat()))
}

/// What every store does; `workspace` must be fresh.
async fn contract(blobs: &Blobs, workspace: WorkspaceId, other: WorkspaceId) {
    let key = BlobKey::random(workspace);
    assert!(!blobs.exists(&key).await.unwrap());
    assert!(matches!(blobs.get(&key).await, Err(Error::Missing)));
    assert!(matches!(read(blobs, &key, 0..1).await, Err(Error::Missing)));
    blobs.delete(&key).await.unwrap();

    let content: Bytes = (0..300_000_u32).map(|n| (n % 251) as u8).collect::<Vec<_>>().into();
    blobs.put(&key, content.clone()).await.unwrap();
    assert!(blobs.exists(&key).await.unwrap());
    assert_eq!(blobs.get(&key).await.unwrap(), content);
    assert_eq!(blobs.open(&key, None).await.unwrap().size, 300_000);

    // Not 0..1: the S3 server of the tests takes `bytes=0-0` for the whole file.
    for (asked, given) in
        [(0..2, 0..2), (100_000..200_000, 100_000..200_000), (299_999..400_000, 299_999..300_000)]
    {
        let (size, range, bytes) = read(blobs, &key, asked).await.unwrap();
        assert_eq!((size, range), (300_000, given.clone()));
        assert_eq!(bytes, content[given.start as usize..given.end as usize]);
    }
    let backwards = Range { start: 10, end: 5 };
    for bad in [300_000..300_001, 5..5, backwards] {
        assert!(matches!(read(blobs, &key, bad.clone()).await, Err(Error::RangeNotSatisfiable)), "{bad:?}");
    }

    let neighbour = BlobKey::random(other);
    blobs.put(&neighbour, Bytes::from_static(b"theirs")).await.unwrap();
    assert_eq!(listed(blobs, Some(workspace)).await, [(key.to_string(), 300_000)].into());
    let all = listed(blobs, None).await;
    assert!(all.contains(&(key.to_string(), 300_000)) && all.contains(&(neighbour.to_string(), 6)));

    blobs.put(&key, Bytes::from_static(b"replaced")).await.unwrap();
    assert_eq!(blobs.get(&key).await.unwrap(), "replaced");
    blobs.delete(&key).await.unwrap();
    blobs.delete(&key).await.unwrap();
    assert!(!blobs.exists(&key).await.unwrap());
    assert!(listed(blobs, Some(workspace)).await.is_empty());
    assert_eq!(blobs.get(&neighbour).await.unwrap(), "theirs");
    blobs.delete(&neighbour).await.unwrap();
}

#[tokio::test]
async fn disk_keeps_the_contract() {
    let (_root, blobs) = on_disk().await;
    contract(&blobs, WorkspaceId(7), WorkspaceId(77)).await;
}

#[tokio::test]
async fn s3_keeps_the_contract() {
    let Ok(endpoint) = std::env::var("OCTIM_TEST_S3_URL") else { return };
    for prefix in ["", "octim/files"] {
        let blobs = Blobs::s3(&S3Config {
            endpoint: endpoint.clone(),
            region: "us-east-1".into(),
            bucket: "octim-test".into(),
            access_key: "S3RVER".into(),
            secret_key: "S3RVER".into(),
            virtual_hosted: false,
            allow_http: true,
            prefix: prefix.into(),
        })
        .unwrap();
        let fresh = || WorkspaceId(crypto::random::below(1 << 60) as i64);
        contract(&blobs, fresh(), fresh()).await;
    }
}

#[tokio::test]
async fn files_survive_reopening_the_directory() {
    let (root, blobs) = on_disk().await;
    let key = key();
    blobs.put(&key, Bytes::from_static(b"kept")).await.unwrap();
    drop(blobs);
    let blobs = Blobs::disk(root.path().join("files")).await.unwrap();
    blobs.sweep_unfinished().await.unwrap();
    assert_eq!(blobs.get(&key).await.unwrap(), "kept");
}

#[tokio::test]
async fn nothing_unfinished_stays_behind() {
    let (root, blobs) = on_disk().await;
    let unfinished = root.path().join("files/.unfinished");
    let key = key();
    blobs.put(&key, Bytes::from_static(b"whole")).await.unwrap();
    assert_eq!(fs::read_dir(&unfinished).unwrap().count(), 0);

    // A file where a directory should be makes the second step fail.
    fs::write(root.path().join("files/8"), b"in the way").unwrap();
    let blocked = BlobKey::random(WorkspaceId(8));
    assert!(matches!(blobs.put(&blocked, Bytes::from_static(b"x")).await, Err(Error::Storage(_))));
    assert_eq!(fs::read_dir(&unfinished).unwrap().count(), 0);

    // What a crash in the middle leaves is swept at the next start, and was never visible.
    fs::write(unfinished.join("0123"), b"half").unwrap();
    assert_eq!(listed(&blobs, None).await, [(key.to_string(), 5)].into());
    blobs.sweep_unfinished().await.unwrap();
    assert_eq!(fs::read_dir(&unfinished).unwrap().count(), 0);
    assert_eq!(blobs.get(&key).await.unwrap(), "whole");
}

#[cfg(unix)]
#[tokio::test]
async fn links_and_strangers_in_the_directory_are_not_listed() {
    let (root, blobs) = on_disk().await;
    let key = key();
    blobs.put(&key, Bytes::from_static(b"ours")).await.unwrap();
    let files = root.path().join("files");
    let secret = root.path().join("secret");
    fs::write(&secret, b"not ours").unwrap();
    let beside = files.join(key.as_str()).parent().unwrap().to_owned();
    std::os::unix::fs::symlink(&secret, beside.join("0".repeat(28))).unwrap();
    std::os::unix::fs::symlink(root.path(), files.join("9")).unwrap();
    fs::create_dir_all(files.join("7/ab/cd").join("0".repeat(28)).join("deep")).unwrap();
    fs::write(files.join("README"), b"hello").unwrap();
    fs::write(beside.join("note.txt"), b"hello").unwrap();
    assert_eq!(listed(&blobs, None).await, [(key.to_string(), 4)].into());
    assert_eq!(listed(&blobs, Some(WorkspaceId(9))).await, BTreeSet::new());
}

#[cfg(unix)]
#[tokio::test]
async fn stored_files_are_readable_by_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let (root, blobs) = on_disk().await;
    let key = key();
    blobs.put(&key, Bytes::from_static(b"private")).await.unwrap();
    let path: &Path = &root.path().join("files").join(key.as_str());
    assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn many_writers_at_once_all_land() {
    let (_root, blobs) = on_disk().await;
    let keys: Vec<_> = (0..40).map(|_| key()).collect();
    let writes = keys.iter().map(|key| blobs.put(key, Bytes::from(key.to_string())));
    futures_util::future::try_join_all(writes).await.unwrap();
    assert_eq!(listed(&blobs, Some(WORKSPACE)).await.len(), 40);
    for key in &keys {
        assert_eq!(blobs.get(key).await.unwrap(), key.to_string());
    }
}
