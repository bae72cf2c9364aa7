//! A power cut without cutting the power: an `LD_PRELOAD` library that remembers how to undo every
//! write since the last fsync of each file below `AMNESIA_DIR`. A test kills the process and runs
//! `amnesia-undo`; then only what was synced is left. `AMNESIA_FAIL=fsync:7` or `pwrite:20` makes
//! the n-th call fail with EIO instead (`7+`: that one and all later ones).
//! Not seen: writes through mmap (SQLite's `mmap_size` must stay 0), directory entries, sendfile.
#![expect(unsafe_code, reason = "replaces functions of the C library by raw system calls")]
#![expect(
    clippy::missing_safety_doc,
    reason = "the contracts are those of the C functions of the same names"
)]

mod descriptor;
mod fault;
mod journal;
mod record;

use libc::{c_char, c_int, c_void, iovec, mode_t, off_t, size_t, ssize_t};
use std::slice;

/// A system call with the C library's convention: -1 and errno. Our own functions must not be
/// reached from here, so nothing in this crate uses `std::fs`.
macro_rules! call {
    ($number:ident $(, $argument:expr)* $(,)?) => {
        // SAFETY: the arguments are the caller's own for the same call, or point to live buffers.
        unsafe { libc::syscall(libc::$number $(, $argument)*) }
    };
}
pub(crate) use call;

/// Does the write `real`, remembered or failed when the descriptor is a tracked one.
fn written(fd: c_int, offset: Option<off_t>, length: size_t, real: impl FnOnce() -> i64) -> ssize_t {
    if !descriptor::is_tracked(fd) {
        return real() as ssize_t;
    }
    let mut journals = journal::lock();
    if fault::strikes(fault::Call::Write) {
        return -1;
    }
    journals.before_write(fd, offset, length);
    real() as ssize_t
}

fn synced(fd: c_int, real: impl FnOnce() -> i64) -> c_int {
    if !descriptor::is_tracked(fd) {
        return real() as c_int;
    }
    let mut journals = journal::lock();
    if fault::strikes(fault::Call::Sync) {
        journals.spoil(fd);
        return -1;
    }
    let code = real() as c_int;
    if code == 0 {
        journals.synced(fd);
    }
    code
}

fn truncated(fd: c_int, length: off_t) -> c_int {
    if !descriptor::is_tracked(fd) {
        return call!(SYS_ftruncate, fd, length) as c_int;
    }
    let mut journals = journal::lock();
    journals.before_truncate(fd, length);
    call!(SYS_ftruncate, fd, length) as c_int
}

/// `O_TRUNC` throws data away before there is a descriptor to remember it by: open, then truncate.
fn opened(directory: c_int, path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    let truncates = flags & libc::O_TRUNC != 0 && flags & libc::O_ACCMODE != libc::O_RDONLY;
    let kept = flags & !if truncates { libc::O_TRUNC } else { 0 };
    let fd = call!(SYS_openat, directory, path, kept, mode) as c_int;
    descriptor::reset(fd);
    if fd >= 0 && truncates && descriptor::file(fd).is_some() {
        truncated(fd, 0);
    }
    fd
}

/// # Safety
/// As for `writev`: `count` valid elements.
unsafe fn total(vector: *const iovec, count: c_int) -> size_t {
    // SAFETY: by contract.
    let parts = unsafe { slice::from_raw_parts(vector, usize::try_from(count).unwrap_or(0)) };
    parts.iter().map(|part| part.iov_len).sum()
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn write(fd: c_int, buffer: *const c_void, length: size_t) -> ssize_t {
    written(fd, None, length, || call!(SYS_write, fd, buffer, length))
}

/// The functions that exist twice, with a 64 in the name of the second, do the same on 64 bits.
macro_rules! twice {
    ($($name:ident $wide:ident ($($argument:ident: $kind:ty),+) -> $answer:ty $body:block)+) => {$(
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name($($argument: $kind),+) -> $answer $body
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $wide($($argument: $kind),+) -> $answer $body
    )+};
}

twice! {
    pwrite pwrite64 (fd: c_int, buffer: *const c_void, length: size_t, offset: off_t) -> ssize_t {
        let real = || call!(SYS_pwrite64, fd, buffer, length, offset);
        written(fd, Some(offset), length, real)
    }
    pwritev pwritev64 (fd: c_int, vector: *const iovec, count: c_int, offset: off_t) -> ssize_t {
        // SAFETY: the caller's contract.
        let length = unsafe { total(vector, count) };
        // The kernel takes the offset in two halves; on 64 bits the upper one is ignored.
        let real = || call!(SYS_pwritev, fd, vector, count, offset, 0);
        written(fd, Some(offset), length, real)
    }
    ftruncate ftruncate64 (fd: c_int, length: off_t) -> c_int {
        truncated(fd, length)
    }
    // Variadic in C; a missing mode is a register that the kernel does not look at.
    open open64 (path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
        opened(libc::AT_FDCWD, path, flags, mode)
    }
    openat openat64 (base: c_int, path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
        opened(base, path, flags, mode)
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn writev(fd: c_int, vector: *const iovec, count: c_int) -> ssize_t {
    // SAFETY: the caller's contract.
    let length = unsafe { total(vector, count) };
    written(fd, None, length, || call!(SYS_writev, fd, vector, count))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fsync(fd: c_int) -> c_int {
    synced(fd, || call!(SYS_fsync, fd))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fdatasync(fd: c_int) -> c_int {
    synced(fd, || call!(SYS_fdatasync, fd))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn close(fd: c_int) -> c_int {
    descriptor::reset(fd);
    call!(SYS_close, fd) as c_int
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn unlink(path: *const c_char) -> c_int {
    unlinked(libc::AT_FDCWD, path, 0)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn unlinkat(base: c_int, path: *const c_char, flags: c_int) -> c_int {
    unlinked(base, path, flags)
}

fn unlinked(base: c_int, path: *const c_char, flags: c_int) -> c_int {
    if let Some(file) = descriptor::identify(base, path) {
        journal::lock().drop_file(file);
    }
    call!(SYS_unlinkat, base, path, flags) as c_int
}
