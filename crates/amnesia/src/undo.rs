//! `amnesia-undo JOURNAL`: the power cut. Takes back, newest first, every write that the journals
//! in the folder still hold, and removes them. Run it when the process is dead.
//! `amnesia-undo JOURNAL SEED`: a torn one. Of the writes that were not synced some survive, by the
//! dice, as a disk may order them.
//! `amnesia-undo rehearse DIR` writes a known file and dies, for the crate's own test.

mod record;

use anyhow::{Context, bail, ensure};
use record::{HEAD, checksum};
use std::{
    fs::{self, File, OpenOptions},
    io::{IoSlice, Seek, SeekFrom, Write},
    os::unix::{
        ffi::OsStringExt,
        fs::{FileExt, MetadataExt},
    },
    path::{Path, PathBuf},
};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    match arguments.as_slice() {
        [command, directory] if command.as_os_str() == "rehearse" => rehearse(directory),
        [journals, rest @ ..] if rest.len() < 2 => {
            let mut dice = rest.first().and_then(|seed| seed.to_str()?.parse().ok()).map(Dice);
            let mut undone = 0;
            for entry in fs::read_dir(journals)? {
                let journal = entry?.path();
                undone += undo(&journal, dice.as_mut()).with_context(|| journal.display().to_string())?;
                fs::remove_file(&journal)?;
            }
            println!("{undone}");
            Ok(())
        }
        _ => bail!("usage: amnesia-undo JOURNAL [SEED]"),
    }
}

/// Heads or tails.
struct Dice(u64);

impl Dice {
    fn is_heads(&mut self) -> bool {
        // Knuth's MMIX generator.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 63 == 1
    }
}

/// What a write left, so that it can be done again.
struct Redo {
    offset: u64,
    bytes: Vec<u8>,
    /// It cut the file off here.
    cut: Option<u64>,
}

/// Returns how many writes were taken back for good.
fn undo(journal: &Path, dice: Option<&mut Dice>) -> anyhow::Result<usize> {
    let bytes = fs::read(journal)?;
    let (length, rest) = bytes.split_first_chunk().context("no header")?;
    let length = u32::from_le_bytes(*length) as usize;
    let (path, records) = rest.split_at_checked(length).context("no path")?;
    let path = PathBuf::from(std::ffi::OsString::from_vec(path.to_vec()));

    let Ok(file) = OpenOptions::new().read(true).write(true).open(&path) else {
        return Ok(0); // unlinked
    };
    let identity = file.metadata()?;
    let name = format!("{:x}-{:x}", identity.dev(), identity.ino());
    if journal.file_name().is_none_or(|journal| journal != name.as_str()) {
        return Ok(0); // replaced by another file
    }
    let records = decode(records)?;
    let mut written = Vec::new();
    for record in records.iter().rev() {
        written.push(what_it_wrote(&file, record)?);
        file.write_all_at(record.bytes, record.offset)?;
        file.set_len(record.size)?;
    }
    let mut undone = records.len();
    if let Some(dice) = dice {
        for redo in written.iter().rev().filter(|_| dice.is_heads()) {
            undone -= 1;
            file.write_all_at(&redo.bytes, redo.offset)?;
            if let Some(size) = redo.cut {
                file.set_len(size)?;
            }
        }
    }
    file.sync_all()?;
    Ok(undone)
}

/// Later writes have been taken back already.
fn what_it_wrote(file: &File, record: &Record<'_>) -> anyhow::Result<Redo> {
    let size = file.metadata()?.len();
    if size < record.size {
        return Ok(Redo { offset: size, bytes: Vec::new(), cut: Some(size) });
    }
    let end = if size > record.size { size } else { record.offset + record.bytes.len() as u64 };
    let mut bytes = vec![0; usize::try_from(end.saturating_sub(record.offset))?];
    file.read_exact_at(&mut bytes, record.offset)?;
    Ok(Redo { offset: record.offset, bytes, cut: None })
}

struct Record<'a> {
    offset: u64,
    size: u64,
    bytes: &'a [u8],
}

fn decode(mut journal: &[u8]) -> anyhow::Result<Vec<Record<'_>>> {
    let mut records = Vec::new();
    while let Some((head, rest)) = journal.split_first_chunk::<HEAD>() {
        let number = |at: usize| anyhow::Ok(u64::from_le_bytes(head[at..at + 8].try_into()?));
        let length = u32::from_le_bytes(head[24..28].try_into()?) as usize;
        let Some((bytes, next)) = rest.split_at_checked(length) else {
            break;
        };
        if number(0)? != checksum(&journal[8..HEAD + length]) {
            break;
        }
        records.push(Record { offset: number(8)?, size: number(16)?, bytes });
        journal = next;
    }
    Ok(records)
}

/// Leaves `file`: "synced-0 synced-1 " synced; overwritten, appended and truncated parts not.
/// `truncated`: synced, then opened with truncation. `unlinked`: gone, synced or not.
fn rehearse(directory: &Path) -> anyhow::Result<()> {
    let mut file = File::create(directory.join("file"))?;
    file.write_all(b"synced-0 ")?;
    file.sync_all()?;
    file.write_all(b"synced-1 ")?;
    file.sync_data()?;
    file.write_all(b"lost ")?;
    file.write_all_at(b"LOST", 2)?;
    file.set_len(20)?;
    file.seek(SeekFrom::End(0))?;
    let parts = [IoSlice::new(b"more"), IoSlice::new(b" lost")];
    ensure!(file.write_vectored(&parts)? == 9, "a short write");

    let cut = directory.join("truncated");
    let mut truncated = File::create(&cut)?;
    truncated.write_all(b"whole")?;
    truncated.sync_all()?;
    drop(truncated);
    File::create(&cut)?.write_all(b"x")?;

    let gone = directory.join("unlinked");
    fs::write(&gone, b"unsynced")?;
    fs::remove_file(&gone)?;
    std::process::abort()
}
