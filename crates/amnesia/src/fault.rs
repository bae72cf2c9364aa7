//! Calls that fail on purpose, counted over the life of the process: `AMNESIA_FAIL=fsync:7`.

use std::sync::{
    OnceLock,
    atomic::{AtomicU64, Ordering},
};

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Call {
    Sync,
    Write,
}

struct Fault {
    call: Call,
    first: u64,
    /// And all later ones.
    lasting: bool,
}

fn parse(text: &str) -> Option<Fault> {
    let (call, count) = text.split_once(':')?;
    let call = match call {
        "fsync" => Call::Sync,
        "pwrite" => Call::Write,
        _ => return None,
    };
    let (count, lasting) = match count.strip_suffix('+') {
        Some(count) => (count, true),
        None => (count, false),
    };
    Some(Fault { call, first: count.parse().ok()?, lasting })
}

/// Whether this call has to fail; then errno is EIO.
pub fn strikes(call: Call) -> bool {
    static FAULT: OnceLock<Option<Fault>> = OnceLock::new();
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let fault = FAULT.get_or_init(|| parse(&std::env::var("AMNESIA_FAIL").ok()?));
    let Some(fault) = fault.as_ref().filter(|fault| fault.call == call) else {
        return false;
    };
    let number = CALLS.fetch_add(1, Ordering::Relaxed) + 1;
    let strikes = number == fault.first || fault.lasting && number > fault.first;
    if strikes {
        // SAFETY: the address of this thread's errno.
        unsafe { *libc::__errno_location() = libc::EIO };
    }
    strikes
}
