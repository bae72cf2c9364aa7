//! How long the encoder takes with each kernel of this machine, and what memory it holds (Linux):
//! `cargo run --release -p language --example speed`. Times are of the processor, so that other work does not count.

use std::num::NonZeroUsize;
use std::time::Instant;

use anyhow::Context;
use language::Encoder;
use language::encoder::Kernel;

const FILE: &[u8] = include_bytes!("../weights/encoder.bin");
const TEXTS: [&str; 4] = [
    "你好",
    "我的微粒贷还款失败了怎么办",
    "请问我昨天买的鞋子什么时候发货，可以改地址吗？",
    "How do I return a pair of shoes that I bought last week?",
];

fn main() -> anyhow::Result<()> {
    memory("before")?;
    let started = Instant::now();
    let encoder = Encoder::embedded()?;
    println!("unpacked in {:.0} ms", started.elapsed().as_secs_f64() * 1e3);
    encoder.encode(TEXTS[0]);
    memory("after the first text")?;
    for kernel in Kernel::ALL.into_iter().filter(|kernel| kernel.available()) {
        println!("{kernel:?}");
        let encoder = Encoder::from_bytes(FILE)?.with_kernel(kernel).context("no such kernel")?;
        for text in TEXTS {
            let runs = if kernel == Kernel::Scalar { 5 } else { 50 };
            let before = processor()?;
            for _ in 0..runs {
                std::hint::black_box(encoder.encode(text));
            }
            let pieces = encoder.pieces(text).len();
            println!("  {pieces:3} pieces: {:.2} ms", (processor()? - before) / f64::from(runs));
        }
    }
    let many: Vec<String> = (0..500).map(|n| format!("{} {n}", TEXTS[n % 4])).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let before = processor()?;
    std::hint::black_box(encoder.encode_all(&many, NonZeroUsize::MIN));
    println!("batch of {}: {:.2} ms a text", many.len(), (processor()? - before) / many.len() as f64);
    let text = "退货的运费谁来承担？".repeat(100);
    let before = processor()?;
    std::hint::black_box(encoder.encode(&text));
    println!("longest text: {:.0} ms", processor()? - before);
    memory("at the end")
}

/// Processor time of this thread so far, in milliseconds.
fn processor() -> anyhow::Result<f64> {
    // The kernel brings its count up to date when the thread gives way.
    std::thread::yield_now();
    let times = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds: f64 = times.split(' ').next().context("no time")?.parse()?;
    Ok(nanoseconds / 1e6)
}

fn memory(when: &str) -> anyhow::Result<()> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = |name: &str| {
        status.lines().find(|line| line.starts_with(name)).unwrap_or_default().replace('\t', " ")
    };
    println!("memory {when}: {}, {}, {}", line("VmRSS"), line("RssAnon"), line("RssFile"));
    Ok(())
}
