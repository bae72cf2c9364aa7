//! A process' memory by who holds it, as `/proc/PID/smaps` tells it.

use anyhow::Context as _;

/// Bytes that are in memory (or swapped out) and in no file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// By the program's own allocator.
    pub heap: u64,
    /// By the C library's allocator, which `SQLite` uses: pages and prepared statements, kept up to limits of their own.
    pub arenas: u64,
    /// By threads. A stack keeps each page that was ever reached.
    pub stacks: u64,
}

const GUARD: u64 = 4_096;
/// What glibc reserves for an arena, of which the rest that it does not use yet has no rights.
const ARENA: u64 = 64 << 20;

#[derive(Default)]
struct Mapping {
    start: u64,
    end: u64,
    is_reserved: bool,
    name: String,
    bytes: u64,
}

impl Held {
    /// A mapping is a stack if a page without rights guards its lower end, and an arena if it begins where one can and
    /// what follows it without rights ends where an arena does.
    pub fn of(smaps: &str) -> anyhow::Result<Self> {
        let mappings = mappings(smaps)?;
        let mut held = Self::default();
        for (at, mapping) in mappings.iter().enumerate() {
            let below = at.checked_sub(1).and_then(|below| mappings.get(below));
            let is_guarded = below.is_some_and(|below| {
                below.is_reserved && below.end == mapping.start && below.end - below.start == GUARD
            });
            let reserved = mappings.get(at + 1).filter(|next| next.is_reserved && next.start == mapping.end);
            let is_arena = mapping.start.is_multiple_of(ARENA)
                && reserved.map_or(mapping.end, |rest| rest.end) == mapping.start + ARENA;
            *match mapping.name.as_str() {
                "[stack]" => &mut held.stacks,
                "[heap]" => &mut held.arenas,
                "" if is_guarded => &mut held.stacks,
                "" if is_arena => &mut held.arenas,
                _ => &mut held.heap,
            } += mapping.bytes;
        }
        Ok(held)
    }
}

fn mappings(smaps: &str) -> anyhow::Result<Vec<Mapping>> {
    let mut mappings: Vec<Mapping> = Vec::new();
    for line in smaps.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match *words.as_slice() {
            ["Anonymous:" | "Swap:", kilobytes, _] => {
                let mapping = mappings.last_mut().context("smaps begins without a mapping")?;
                mapping.bytes += kilobytes.parse::<u64>()? * 1_024;
            }
            [range, rights, _, _, _, ref name @ ..] if !range.ends_with(':') => {
                let (start, end) = range.split_once('-').context("a mapping without a range")?;
                mappings.push(Mapping {
                    start: u64::from_str_radix(start, 16)?,
                    end: u64::from_str_radix(end, 16)?,
                    is_reserved: rights.starts_with("---"),
                    name: name.concat(),
                    bytes: 0,
                });
            }
            _ => {}
        }
    }
    Ok(mappings)
}

#[cfg(test)]
mod tests {
    use super::Held;

    #[test]
    fn memory_is_told_apart_by_who_holds_it() -> anyhow::Result<()> {
        let mappings = [
            ("5580-5590 r--p 00000000 fe:00 1234 /usr/bin/octim", 0),
            ("5590-55a0 rw-p 00010000 fe:00 1234 /usr/bin/octim", 8),
            ("55a0-55b0 rw-p 00000000 00:00 0 [heap]", 40),
            // Of an arena as long as it is new, one that is full, and one that only begins like one.
            ("7e0000000000-7e0000021000 rw-p 00000000 00:00 0", 100),
            ("7e0000021000-7e0004000000 ---p 00000000 00:00 0", 0),
            ("7e0004000000-7e0008000000 rw-p 00000000 00:00 0", 60_000),
            ("7e0008000000-7e0008100000 rw-p 00000000 00:00 0", 16),
            // The allocator's own, of which some is reserved.
            ("7e1001800000-7e1011800000 rw-p 00000000 00:00 0", 900),
            ("7e1011800000-7e1021800000 ---p 00000000 00:00 0", 0),
            ("7e1021800000-7e1021900000 rw-p 00000000 00:00 0", 32),
            // A thread's stack, and the first thread's.
            ("7f0000000000-7f0000001000 ---p 00000000 00:00 0", 0),
            ("7f0000001000-7f0000201000 rw-p 00000000 00:00 0", 700),
            ("7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0 [stack]", 600),
        ];
        let smaps: Vec<String> = mappings
            .iter()
            .map(|(line, kilobytes)| {
                format!("{line}\nRss: 9 kB\nAnonymous: {kilobytes} kB\nSwap: 1 kB\nVmFlags: rd wr\n")
            })
            .collect();
        let kilobytes = |kilobytes: u64, swapped: u64| (kilobytes + swapped) * 1_024;
        let wanted = Held {
            heap: kilobytes(8 + 16 + 900 + 32, 8),
            arenas: kilobytes(40 + 100 + 60_000, 3),
            stacks: kilobytes(700 + 600, 2),
        };
        assert_eq!(Held::of(&smaps.concat())?, wanted);
        assert!(Held::of("Anonymous: 4 kB").is_err());
        Ok(())
    }
}
