//! Faults that need root's rights or much time, which only `make torture` runs
//! (.config/nextest.toml): R7 the kernel kills for want of memory, R34 an hour's coming and
//! going in small.

use crate::scene::{Scene, rounds, server};
use anyhow::{Context, ensure};
use bench::held::Held;
use std::{
    fs,
    ops::Range,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::time::Instant;

/// A memory control group of its own, of either version; removed when dropped.
struct Cgroup {
    folder: PathBuf,
    limit: &'static str,
}

impl Cgroup {
    fn new() -> Option<Self> {
        let name = format!("octim-{}", std::process::id());
        for (parent, limit) in
            [("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")]
        {
            let folder = Path::new(parent).join(&name);
            if fs::create_dir(&folder).is_ok() && folder.join(limit).exists() {
                return Some(Self { folder, limit });
            }
            drop(fs::remove_dir(&folder));
        }
        eprintln!("SKIPPED: no memory control group can be made here");
        None
    }

    fn hold(&self, process: u32, bytes: u64) -> anyhow::Result<()> {
        fs::write(self.folder.join(self.limit), bytes.to_string())?;
        Ok(fs::write(self.folder.join("cgroup.procs"), process.to_string())?)
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        drop(fs::remove_dir(&self.folder));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_the_kernel_kills_for_memory_keeps_its_promises() -> anyhow::Result<()> {
    let Some(cgroup) = Cgroup::new() else { return Ok(()) };
    let mut scene = Scene::open(server("").await?).await?;
    scene.load(8);
    for _ in 0..rounds(1, 10) {
        scene.progress(30).await?;
        // What it has counts only as it is touched from now on; a little is too little soon.
        cgroup.hold(scene.server.process()?.id, 2 << 20)?;
        let status = scene.server.ended(Duration::from_mins(1)).await?;
        ensure!(!status.success(), "it ended in success");
        scene.server.start().await?;
    }
    scene.expect_green().await
}

/// Bytes more in ten minutes, by least squares.
fn slope(samples: &[(f64, f64)]) -> f64 {
    let count = samples.len() as f64;
    let (x, y) = samples.iter().fold((0.0, 0.0), |(x, y), (at, bytes)| (x + at / count, y + bytes / count));
    let up: f64 = samples.iter().map(|(at, bytes)| (at - x) * (bytes - y)).sum();
    let across: f64 = samples.iter().map(|(at, _)| (at - x).powi(2)).sum();
    up / across * 600.0
}

/// All that `SQLite` may keep: six connections with 8 MiB of pages and some hundred prepared statements each.
const MOST_OF_SQLITE: u64 = 64 << 20;

/// In a round.
const GUESTS: usize = 20;

async fn come_and_go(scene: &Scene, round: u32, guests: Range<usize>) -> anyhow::Result<()> {
    let mut sockets = Vec::new();
    for guest in guests {
        let socket = scene.stranger(&format!("guest{round}-{guest}")).await?;
        socket.send(&format!("你好 {round}-{guest}"));
        sockets.push(socket);
    }
    for socket in &sockets {
        socket.until("it is answered", |status| status.acked == 1).await?;
    }
    Ok(())
}

/// What a server has at one moment of the soak.
#[derive(Debug)]
struct Has {
    descriptors: usize,
    threads: usize,
    memory: Held,
}

/// What came of a soak.
struct Soak {
    /// Bytes that the server's own memory grows by in ten minutes.
    grows: f64,
    first: Has,
    last: Has,
    /// Bytes of the write-ahead log at the end.
    log: u64,
}

impl Soak {
    /// Guests come, are answered and go, in the first third many at once, so that caches are full when memory begins to
    /// be watched, then one after another. What is stored grows, what is in memory must not.
    async fn of(scene: &mut Scene, length: Duration) -> anyhow::Result<Self> {
        let (began, mut samples, mut rounds) = (Instant::now(), Vec::new(), 0_u32);
        let mut has = Vec::new();
        while began.elapsed() < length {
            rounds += 1;
            let is_watched = began.elapsed() >= length / 3;
            let together = if is_watched { 1 } else { GUESTS };
            for first in (0..GUESTS).step_by(together) {
                come_and_go(scene, rounds, first..first + together).await?;
            }
            scene.visitors[0].send(&format!("第 {rounds} 轮"));
            if is_watched && rounds.is_multiple_of(10) {
                let process = scene.server.process()?;
                let memory = process.held()?;
                samples.push((began.elapsed().as_secs_f64(), memory.heap as f64));
                has.push(Has { descriptors: process.descriptors()?, threads: process.threads()?, memory });
            }
        }
        let log = scene.server.serve.data_dir.join("octim.db-wal");
        let log = fs::metadata(log).map_or(0, |meta| meta.len());
        let last = has.pop().context("no sample")?;
        let soak = Self {
            grows: slope(&samples),
            first: has.into_iter().next().context("only one sample")?,
            last,
            log,
        };
        println!(
            "{rounds} rounds of {GUESTS} guests: {:.0} bytes more in 10 minutes, log {log}; {:?} → {:?}",
            soak.grows, soak.first, soak.last
        );
        Ok(soak)
    }

    /// What must not grow is what the server itself holds. `SQLite` keeps pages and statements up to a limit that ten
    /// minutes do not reach, and a thread's stack grows when something goes deeper for the first time; there is one for
    /// each thread, and threads are counted.
    fn judge(&self) -> anyhow::Result<()> {
        let Self { grows, first, last, log } = self;
        ensure!(*grows < f64::from(1 << 20), "memory grows by {grows:.0} bytes in ten minutes");
        let (before, after) = (first.descriptors, last.descriptors);
        ensure!(after <= before + 25, "descriptors grow from {before} to {after}");
        let (before, after) = (first.threads, last.threads);
        ensure!(after <= before + 10, "threads grow from {before} to {after}");
        ensure!(last.memory.arenas < MOST_OF_SQLITE, "SQLite has {} bytes", last.memory.arenas);
        ensure!(*log < 64 << 20, "the write-ahead log has {log} bytes");
        Ok(())
    }
}

/// `OCTIM_TEST_SOAK` minutes (10 when it is not set).
#[tokio::test(flavor = "multi_thread")]
async fn coming_and_going_leaves_nothing_behind() -> anyhow::Result<()> {
    let minutes = std::env::var("OCTIM_TEST_SOAK").ok().and_then(|text| text.parse().ok());
    let mut scene = Scene::open(server("").await?).await?;
    Soak::of(&mut scene, Duration::from_mins(minutes.unwrap_or(10))).await?.judge()?;
    scene.expect_green().await
}

#[tokio::test(flavor = "multi_thread")]
async fn coming_and_going_that_leaves_a_little_behind_is_noticed() -> anyhow::Result<()> {
    let mut scene = Scene::open(server("forgets_to_free").await?).await?;
    let soak = Soak::of(&mut scene, Duration::from_mins(2)).await?;
    let complaint =
        soak.judge().err().context("two kilobytes for each visitor were not noticed")?.to_string();
    ensure!(complaint.contains("memory grows"), "{complaint}");
    scene.expect_green().await
}
