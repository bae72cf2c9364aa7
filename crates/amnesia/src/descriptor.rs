//! Which descriptors belong to regular files below `AMNESIA_DIR`. The verdict of a descriptor is
//! remembered until it is closed or handed out anew.

use crate::call;
use libc::{AT_FDCWD, AT_SYMLINK_NOFOLLOW, c_char, c_int};
use std::{
    ffi::{CString, OsString},
    os::unix::ffi::OsStrExt,
    sync::{
        OnceLock,
        atomic::{AtomicU8, Ordering},
    },
};

const UNKNOWN: u8 = 0;
const IGNORED: u8 = 1;
const TRACKED: u8 = 2;

static VERDICTS: [AtomicU8; 65_536] = [const { AtomicU8::new(UNKNOWN) }; 65_536];

/// A file by identity, with its present size.
#[derive(Clone, Copy)]
pub struct File {
    pub device: u64,
    pub inode: u64,
    pub size: i64,
}

fn directory() -> Option<&'static OsString> {
    static DIRECTORY: OnceLock<Option<OsString>> = OnceLock::new();
    DIRECTORY.get_or_init(|| std::env::var_os("AMNESIA_DIR")).as_ref()
}

fn verdict(fd: c_int) -> Option<&'static AtomicU8> {
    VERDICTS.get(usize::try_from(fd).ok()?)
}

/// The descriptor is new or gone.
pub fn reset(fd: c_int) {
    if let Some(verdict) = verdict(fd) {
        verdict.store(UNKNOWN, Ordering::Release);
    }
}

/// Whether writes to this descriptor are to be remembered.
pub fn is_tracked(fd: c_int) -> bool {
    let Some(directory) = directory() else {
        return false;
    };
    match verdict(fd).map_or(UNKNOWN, |known| known.load(Ordering::Acquire)) {
        IGNORED => return false,
        TRACKED => return true,
        _ => {}
    }
    let wanted = file(fd).is_some()
        && path_of(fd).is_some_and(|path| {
            let inside = path.strip_prefix(directory.as_bytes()).is_some_and(|rest| rest.starts_with(b"/"));
            // SQLite's shared memory holds nothing that outlives the process.
            inside && !path.ends_with(b"-shm")
        });
    if let Some(verdict) = verdict(fd) {
        verdict.store(if wanted { TRACKED } else { IGNORED }, Ordering::Release);
    }
    wanted
}

/// The regular file behind a descriptor, as it is now.
pub fn file(fd: c_int) -> Option<File> {
    status(fd, c"".as_ptr(), libc::AT_EMPTY_PATH)
}

/// The regular file at a path that is about to be unlinked.
pub fn identify(base: c_int, path: *const c_char) -> Option<File> {
    directory()?;
    status(base, path, AT_SYMLINK_NOFOLLOW)
}

fn status(base: c_int, path: *const c_char, flags: c_int) -> Option<File> {
    let mut stat = std::mem::MaybeUninit::<libc::stat>::zeroed();
    if call!(SYS_newfstatat, base, path, stat.as_mut_ptr(), flags) != 0 {
        return None;
    }
    // SAFETY: the call has filled it in.
    let stat = unsafe { stat.assume_init() };
    (stat.st_mode & libc::S_IFMT == libc::S_IFREG).then_some(File {
        device: stat.st_dev,
        inode: stat.st_ino,
        size: stat.st_size,
    })
}

/// Where the descriptor's file is.
pub fn path_of(fd: c_int) -> Option<Vec<u8>> {
    let link = CString::new(format!("/proc/self/fd/{fd}")).ok()?;
    let mut path = vec![0_u8; libc::PATH_MAX as usize];
    let length = call!(SYS_readlinkat, AT_FDCWD, link.as_ptr(), path.as_mut_ptr(), path.len());
    path.truncate(usize::try_from(length).ok()?);
    Some(path)
}
