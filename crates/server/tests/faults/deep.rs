//! Faults that need root's rights or much time, which only `make torture` runs
//! (.config/nextest.toml): R7 the kernel kills for want of memory, R34 an hour's coming and
//! going in small.

use crate::scene::{Scene, rounds, server};
use anyhow::{Context, ensure};
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::time::{Instant, sleep};

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

/// `OCTIM_TEST_SOAK` minutes (10 when it is not set). In the first third guests come as fast as they can, so that
/// caches are full when memory begins to be watched. What must not grow is what the server itself holds. `SQLite` keeps
/// pages and statements up to a limit that ten minutes do not reach, and a thread's stack grows when something goes
/// deeper for the first time; there is one for each thread, and threads are counted.
#[tokio::test(flavor = "multi_thread")]
async fn coming_and_going_leaves_nothing_behind() -> anyhow::Result<()> {
    let minutes = std::env::var("OCTIM_TEST_SOAK").ok().and_then(|text| text.parse().ok());
    let length = Duration::from_mins(minutes.unwrap_or(10));
    let mut scene = Scene::open(server("").await?).await?;
    // A steady murmur: what is stored grows, what is in memory must not.
    let (began, mut samples, mut rounds) = (Instant::now(), Vec::new(), 0_u32);
    let mut held = Vec::new();
    while began.elapsed() < length {
        rounds += 1;
        let mut guests = Vec::new();
        for guest in 0..20 {
            let socket = scene.stranger(&format!("guest{rounds}-{guest}")).await?;
            socket.send(&format!("你好 {rounds}-{guest}"));
            guests.push(socket);
        }
        for guest in &guests {
            guest.until("it is answered", |status| status.acked == 1).await?;
        }
        drop(guests);
        scene.visitors[0].send(&format!("第 {rounds} 轮"));
        if began.elapsed() < length / 3 {
            continue;
        }
        sleep(Duration::from_millis(200)).await;
        if rounds.is_multiple_of(10) {
            let process = scene.server.process()?;
            let memory = process.held()?;
            samples.push((began.elapsed().as_secs_f64(), memory.heap as f64));
            held.push((process.descriptors()?, process.threads()?, memory));
        }
    }
    let (first, last) = (held.first().context("no sample")?, held.last().context("no sample")?);
    let log = scene.server.serve.data_dir.join("octim.db-wal");
    let log = fs::metadata(log).map_or(0, |meta| meta.len());
    let grows = slope(&samples);
    println!(
        "{rounds} rounds of 20 guests: {grows:.0} bytes more in 10 minutes, log {log}; descriptors, threads, memory: {first:?} → {last:?}"
    );
    ensure!(grows < f64::from(1 << 20), "memory grows by {grows:.0} bytes in ten minutes");
    ensure!(last.0 <= first.0 + 25, "descriptors grow from {} to {}", first.0, last.0);
    ensure!(last.1 <= first.1 + 10, "threads grow from {} to {}", first.1, last.1);
    ensure!(last.2.arenas < MOST_OF_SQLITE, "SQLite has {} bytes", last.2.arenas);
    ensure!(log < 64 << 20, "the write-ahead log has {log} bytes");
    scene.expect_green().await
}
