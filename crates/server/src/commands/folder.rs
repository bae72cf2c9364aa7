//! The data folder. Invariant: with SQLite one process serves it; the lock ends with the
//! process, however that ends.

use crate::{
    cli::Failure,
    config::{Config, Database},
};
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::ErrorKind,
    os::unix::fs::DirBuilderExt as _,
};

/// Keeps other servers out while it lives.
#[derive(Debug)]
pub struct Lock {
    _file: Option<File>,
}

/// Makes the folder if it is not there, and sees that it can be written.
pub fn prepare(config: &Config) -> Result<(), Failure> {
    let folder = &config.data_dir;
    let fail = |error: &std::io::Error| {
        let reason = match error.kind() {
            ErrorKind::PermissionDenied => {
                "this user may not write there; change its owner, or use --data-dir".to_owned()
            }
            ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
            ErrorKind::StorageFull => "the disk is full".to_owned(),
            ErrorKind::NotADirectory | ErrorKind::AlreadyExists => "it is no folder".to_owned(),
            _ => error.to_string(),
        };
        Failure::DataFolder { folder: folder.clone(), reason }
    };
    // What is new belongs to this user alone: conversations are in it.
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| fail(&error))?;
    let probe = folder.join(".octim-probe");
    fs::write(&probe, b"x").and_then(|()| fs::remove_file(&probe)).map_err(|error| fail(&error))
}

/// For the commands that must be alone on the data.
pub fn lock(config: &Config) -> Result<Lock, Failure> {
    prepare(config)?;
    if matches!(config.database, Database::Postgres { .. }) {
        return Ok(Lock { _file: None });
    }
    let folder = &config.data_dir;
    let fail = |reason: String| Failure::DataFolder { folder: folder.clone(), reason };
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join("octim.lock"))
        .map_err(|error| fail(error.to_string()))?;
    match file.try_lock() {
        Ok(()) => Ok(Lock { _file: Some(file) }),
        Err(TryLockError::WouldBlock) => Err(fail("another octim is using it".to_owned())),
        // Some network file systems cannot lock; SQLite cannot be safe on them either.
        Err(TryLockError::Error(error)) => Err(fail(format!("it cannot be locked: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Flags;
    use std::{collections::HashMap, os::unix::fs::PermissionsExt as _, path::Path};
    use tempfile::TempDir;

    fn config(folder: &Path) -> Config {
        let flags = Flags { data_dir: Some(folder.into()), ..Flags::default() };
        Config::from_sources(&flags, HashMap::new()).unwrap()
    }

    #[test]
    fn folder_is_made_and_locked_for_one() {
        let root = TempDir::new().unwrap();
        let config = config(&root.path().join("a/b"));
        let first = lock(&config).unwrap();
        let mode = fs::metadata(&config.data_dir).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "conversations are nobody else's business");
        let refusal = lock(&config).unwrap_err();
        assert!(refusal.to_string().ends_with("another octim is using it"), "{refusal}");
        assert_eq!(refusal.code(), 6);
        drop(first);
        lock(&config).unwrap();
    }

    #[test]
    fn file_in_place_of_the_folder_is_told() {
        let root = TempDir::new().unwrap();
        let path = root.path().join("data");
        fs::write(&path, "x").unwrap();
        let refusal = prepare(&config(&path)).unwrap_err().to_string();
        assert!(refusal.ends_with("it is no folder"), "{refusal}");
    }
}
