//! SQLite through its C interface, without a layer in between: WAL, synchronous=FULL, one
//! prepared insert. All unsafe code of this crate is here; a handle never leaves its thread.
#![expect(unsafe_code, reason = "the C interface of SQLite")]

use crate::database::Row;
use anyhow::bail;
use libsqlite3_sys as ffi;
use std::{
    ffi::{CStr, CString, c_int},
    os::unix::ffi::OsStrExt,
    path::Path,
    ptr,
};

pub struct Sqlite {
    handle: *mut ffi::sqlite3,
    insert: *mut ffi::sqlite3_stmt,
    begin: *mut ffi::sqlite3_stmt,
    commit: *mut ffi::sqlite3_stmt,
}

// SAFETY: the connection is opened in full-mutex mode and moved, never shared.
unsafe impl Send for Sqlite {}

const SCHEMA: &CStr = c"
    pragma journal_mode = wal;
    pragma synchronous = full;
    create table if not exists message (
        room text not null, seq integer not null, client_id text not null, text text not null,
        primary key (room, seq)
    ) without rowid;";

impl Sqlite {
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let path = CString::new(path.as_os_str().as_bytes())?;
        let mut database = Self {
            handle: ptr::null_mut(),
            insert: ptr::null_mut(),
            begin: ptr::null_mut(),
            commit: ptr::null_mut(),
        };
        // SAFETY: the path is a C string and the handle is owned by `database`.
        let code = unsafe { ffi::sqlite3_open(path.as_ptr(), &raw mut database.handle) };
        database.check(code)?;
        // SAFETY: an open handle and a C string.
        let code = unsafe {
            let none = ptr::null_mut();
            ffi::sqlite3_exec(database.handle, SCHEMA.as_ptr(), None, none, none.cast())
        };
        database.check(code)?;
        database.begin = database.prepare(c"begin immediate")?;
        database.commit = database.prepare(c"commit")?;
        database.insert = database.prepare(c"insert into message values (?1, ?2, ?3, ?4)")?;
        Ok(database)
    }

    /// Every room with its newest seq.
    pub fn rooms(&self) -> anyhow::Result<Vec<(String, i64)>> {
        let query = self.prepare(c"select room, max(seq) from message group by room")?;
        let mut rooms = Vec::new();
        // SAFETY: a prepared statement; the text is copied before the next step.
        unsafe {
            while ffi::sqlite3_step(query) == ffi::SQLITE_ROW {
                let name = CStr::from_ptr(ffi::sqlite3_column_text(query, 0).cast());
                let seq = ffi::sqlite3_column_int64(query, 1);
                rooms.push((name.to_string_lossy().into_owned(), seq));
            }
            self.check(ffi::sqlite3_finalize(query))?;
        }
        Ok(rooms)
    }

    /// All of them in one transaction.
    pub fn store<'a>(&self, rows: impl Iterator<Item = Row<'a>>) -> anyhow::Result<()> {
        self.run(self.begin)?;
        for row in rows {
            self.insert(&row)?;
        }
        self.run(self.commit)
    }

    fn insert(&self, row: &Row) -> anyhow::Result<()> {
        let Row { room, seq, client_id, text } = *row;
        for (column, value) in [(1, room), (3, client_id), (4, text)] {
            // SAFETY: SQLITE_STATIC: the text outlives the step below, after which it is not read.
            let code = unsafe {
                let length = c_int::try_from(value.len())?;
                let text = value.as_ptr().cast();
                ffi::sqlite3_bind_text(self.insert, column, text, length, ffi::SQLITE_STATIC())
            };
            self.check(code)?;
        }
        // SAFETY: a prepared statement of this connection.
        self.check(unsafe { ffi::sqlite3_bind_int64(self.insert, 2, seq) })?;
        self.run(self.insert)
    }

    fn prepare(&self, sql: &CStr) -> anyhow::Result<*mut ffi::sqlite3_stmt> {
        let mut statement = ptr::null_mut();
        // SAFETY: an open handle and a C string; the statement is owned by the caller.
        let code = unsafe {
            let sql = sql.as_ptr();
            ffi::sqlite3_prepare_v2(self.handle, sql, -1, &raw mut statement, ptr::null_mut())
        };
        self.check(code)?;
        Ok(statement)
    }

    fn run(&self, statement: *mut ffi::sqlite3_stmt) -> anyhow::Result<()> {
        // SAFETY: a prepared statement of this connection that returns no rows.
        let code = unsafe {
            ffi::sqlite3_step(statement);
            ffi::sqlite3_reset(statement)
        };
        self.check(code)
    }

    fn check(&self, code: c_int) -> anyhow::Result<()> {
        if code == ffi::SQLITE_OK {
            return Ok(());
        }
        // SAFETY: the message belongs to the handle and is copied here.
        let message = unsafe { CStr::from_ptr(ffi::sqlite3_errmsg(self.handle)) };
        bail!("SQLite error {code}: {}", message.to_string_lossy())
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        // SAFETY: the last use of these pointers; null is allowed.
        unsafe {
            for statement in [self.insert, self.begin, self.commit] {
                ffi::sqlite3_finalize(statement);
            }
            ffi::sqlite3_close(self.handle);
        }
    }
}
