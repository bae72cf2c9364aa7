//! The undo journals: one file below `AMNESIA_JOURNAL` for each data file, named by its identity,
//! emptied by each successful fsync. The record is written before the data, so a kill at any
//! moment leaves enough to undo.

use crate::{
    call,
    descriptor::{self, File},
    record::{HEAD, checksum},
};
use libc::{AT_FDCWD, c_int};
use std::{
    ffi::{CString, OsString},
    os::unix::ffi::OsStrExt,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

struct Journal {
    device: u64,
    inode: u64,
    fd: c_int,
    /// Length of the part before the first record.
    header: i64,
    /// An fsync failed: the kernel has given up these pages, and no later fsync brings them back.
    spoiled: bool,
}

/// All journals. Who holds it may write to tracked files.
pub struct Journals(Vec<Journal>);

pub fn lock() -> MutexGuard<'static, Journals> {
    static JOURNALS: Mutex<Journals> = Mutex::new(Journals(Vec::new()));
    JOURNALS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Journals {
    /// Remembers what a write of `length` bytes at `offset` (none: the file position) replaces.
    pub fn before_write(&mut self, fd: c_int, offset: Option<i64>, length: usize) {
        let Some(file) = descriptor::file(fd) else {
            return;
        };
        let start = offset.unwrap_or_else(|| position(fd, file));
        let end = file.size.min(start.saturating_add_unsigned(length as u64));
        self.append(fd, file, start, end);
    }

    /// Remembers what a truncation cuts off.
    pub fn before_truncate(&mut self, fd: c_int, length: i64) {
        if let Some(file) = descriptor::file(fd) {
            self.append(fd, file, length, file.size);
        }
    }

    pub fn synced(&mut self, fd: c_int) {
        let journal = descriptor::file(fd).and_then(|file| self.find(file));
        if let Some(journal) = journal.filter(|journal| !journal.spoiled) {
            call!(SYS_ftruncate, journal.fd, journal.header);
        }
    }

    /// An fsync of the file failed.
    pub fn spoil(&mut self, fd: c_int) {
        if let Some(journal) = descriptor::file(fd).and_then(|file| self.find(file)) {
            journal.spoiled = true;
        }
    }

    /// The file is about to be unlinked; its identity may be given to another.
    pub fn drop_file(&mut self, file: File) {
        self.0.retain(|journal| {
            let other = (journal.device, journal.inode) != (file.device, file.inode);
            if !other {
                call!(SYS_close, journal.fd);
            }
            other
        });
        if let Some(path) = path(file) {
            call!(SYS_unlinkat, AT_FDCWD, path.as_ptr(), 0);
        }
    }

    fn find(&mut self, file: File) -> Option<&mut Journal> {
        let found = |journal: &&mut Journal| (journal.device, journal.inode) == (file.device, file.inode);
        self.0.iter_mut().find(found)
    }

    fn append(&mut self, fd: c_int, file: File, start: i64, end: i64) {
        let length = usize::try_from(end.saturating_sub(start)).unwrap_or(0);
        let mut record = vec![0_u8; HEAD + length];
        if read(fd, &mut record[HEAD..], start) != Some(length) {
            fail("cannot read what a write replaces");
        }
        record[8..16].copy_from_slice(&start.to_le_bytes());
        record[16..24].copy_from_slice(&file.size.to_le_bytes());
        let bytes = u32::try_from(length).unwrap_or_else(|_| fail("a write of 4 GiB"));
        record[24..28].copy_from_slice(&bytes.to_le_bytes());
        let sum = checksum(&record[8..]);
        record[..8].copy_from_slice(&sum.to_le_bytes());

        if self.find(file).is_none() {
            let journal = open(fd, file).unwrap_or_else(|| fail("cannot open a journal"));
            self.0.push(journal);
        }
        if let Some(journal) = self.find(file)
            && !write_all(journal.fd, &record)
        {
            fail("cannot write a journal");
        }
    }
}

/// A test whose journal is incomplete must not go on.
fn fail(reason: &str) -> ! {
    let text = format!("amnesia: {reason}\n");
    call!(SYS_write, 2, text.as_ptr(), text.len());
    std::process::abort()
}

fn path(file: File) -> Option<CString> {
    static DIRECTORY: OnceLock<OsString> = OnceLock::new();
    let directory = DIRECTORY.get_or_init(|| std::env::var_os("AMNESIA_JOURNAL").unwrap_or_default());
    let mut path = directory.as_bytes().to_vec();
    path.extend_from_slice(format!("/{:x}-{:x}", file.device, file.inode).as_bytes());
    CString::new(path).ok()
}

fn open(fd: c_int, file: File) -> Option<Journal> {
    let path = path(file)?;
    let flags = libc::O_CREAT | libc::O_RDWR | libc::O_APPEND | libc::O_CLOEXEC;
    let journal = call!(SYS_openat, AT_FDCWD, path.as_ptr(), flags, 0o600) as c_int;
    let mut header = descriptor::path_of(fd)?;
    let length = u32::try_from(header.len()).ok()?.to_le_bytes();
    header.splice(0..0, length);
    // An earlier process may have left records that were never synced: they stay.
    if descriptor::file(journal)?.size == 0 && !write_all(journal, &header) {
        return None;
    }
    Some(Journal {
        device: file.device,
        inode: file.inode,
        fd: journal,
        header: i64::try_from(header.len()).ok()?,
        spoiled: false,
    })
}

fn position(fd: c_int, file: File) -> i64 {
    if call!(SYS_fcntl, fd, libc::F_GETFL) & i64::from(libc::O_APPEND) != 0 {
        return file.size;
    }
    call!(SYS_lseek, fd, 0, libc::SEEK_CUR)
}

fn write_all(fd: c_int, mut bytes: &[u8]) -> bool {
    while !bytes.is_empty() {
        let written = call!(SYS_write, fd, bytes.as_ptr(), bytes.len());
        match usize::try_from(written) {
            Ok(written) if written > 0 => bytes = &bytes[written..],
            _ => return false,
        }
    }
    true
}

/// Reads through a descriptor of its own: the file's may be open for writing only.
fn read(fd: c_int, bytes: &mut [u8], offset: i64) -> Option<usize> {
    if bytes.is_empty() {
        return Some(0);
    }
    let link = CString::new(format!("/proc/self/fd/{fd}")).ok()?;
    let flags = libc::O_RDONLY | libc::O_CLOEXEC;
    let reader = call!(SYS_openat, AT_FDCWD, link.as_ptr(), flags) as c_int;
    let read = call!(SYS_pread64, reader, bytes.as_mut_ptr(), bytes.len(), offset);
    call!(SYS_close, reader);
    usize::try_from(read).ok()
}
