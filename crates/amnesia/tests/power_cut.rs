//! The shim itself: it must lose what was not synced and nothing else, or the power-cut tests of
//! the server prove nothing.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_amnesia-undo");

/// Cargo leaves the library beside the program, or in `deps`.
fn library() -> PathBuf {
    let beside = Path::new(PROGRAM).parent().unwrap();
    [beside.to_owned(), beside.join("deps")]
        .iter()
        .map(|directory| directory.join("libamnesia.so"))
        .find(|path| path.exists())
        .expect("libamnesia.so is not built")
}

/// A folder with `data` and `journal`, after a rehearsal that died.
fn rehearsed(shim: bool, fault: &str) -> (TempDir, Output) {
    let root = tempfile::tempdir().unwrap();
    let (data, journal) = (root.path().join("data"), root.path().join("journal"));
    fs::create_dir(&data).unwrap();
    fs::create_dir(&journal).unwrap();
    let mut command = Command::new(PROGRAM);
    command.arg("rehearse").arg(&data);
    if shim {
        command
            .env("LD_PRELOAD", library())
            .env("AMNESIA_DIR", &data)
            .env("AMNESIA_JOURNAL", &journal)
            .env("AMNESIA_FAIL", fault);
    }
    let output = command.output().unwrap();
    (root, output)
}

fn cut_power(root: &TempDir) -> String {
    let undo = Command::new(PROGRAM).arg(root.path().join("journal")).output().unwrap();
    assert!(undo.status.success(), "{undo:?}");
    String::from_utf8(undo.stdout).unwrap().trim().to_owned()
}

fn content(root: &TempDir, file: &str) -> String {
    fs::read_to_string(root.path().join("data").join(file)).unwrap()
}

#[test]
fn a_power_cut_loses_what_was_not_synced_and_nothing_else() {
    let (root, _) = rehearsed(true, "");
    assert_eq!(content(&root, "file"), "syLOST-0 synced-1 lomore lost");
    assert_eq!(content(&root, "truncated"), "x");

    assert_ne!(cut_power(&root), "0");
    assert_eq!(content(&root, "file"), "synced-0 synced-1 ");
    assert_eq!(content(&root, "truncated"), "whole");
    assert!(!root.path().join("data/unlinked").exists());
    assert_eq!(cut_power(&root), "0", "the journals are used up");
}

#[test]
fn without_the_shim_nothing_is_lost() {
    let (root, _) = rehearsed(false, "");
    assert_eq!(cut_power(&root), "0");
    assert_eq!(content(&root, "file"), "syLOST-0 synced-1 lomore lost");
}

#[test]
fn the_chosen_call_fails_and_its_data_is_lost() {
    let (root, output) = rehearsed(true, "fsync:2");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("os error 5"), "{text}");
    assert_eq!(content(&root, "file"), "synced-0 synced-1 ");
    cut_power(&root);
    assert_eq!(content(&root, "file"), "synced-0 ");

    let (root, output) = rehearsed(true, "pwrite:3");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("os error 5"), "{text}");
    assert_eq!(content(&root, "file"), "synced-0 synced-1 ");
}
