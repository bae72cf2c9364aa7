//! How long the encoder takes, with each kernel of this machine: `cargo run --release -p language --example speed`.

use std::num::NonZeroUsize;
use std::time::Instant;

use anyhow::Context;
use language::Encoder;
use language::encoder::Kernel;

const FILE: &[u8] = include_bytes!("../weights/encoder.bin");

fn main() -> anyhow::Result<()> {
    let texts = [
        "你好",
        "请问我昨天买的鞋子什么时候发货，可以改地址吗？",
        "How do I return a pair of shoes that I bought last week?",
    ];
    for kernel in Kernel::ALL.into_iter().filter(|kernel| kernel.available()) {
        let started = Instant::now();
        let encoder = Encoder::from_bytes(FILE)?.with_kernel(kernel).context("no such kernel")?;
        println!("{kernel:?}: loaded in {:.0} ms", started.elapsed().as_secs_f64() * 1e3);
        for text in texts {
            let mut times: Vec<f64> = (0..60)
                .map(|_| {
                    let started = Instant::now();
                    std::hint::black_box(encoder.encode(text));
                    started.elapsed().as_secs_f64() * 1e3
                })
                .collect();
            times.sort_by(f64::total_cmp);
            let pieces = encoder.pieces(text).len();
            println!("  {pieces:3} pieces: median {:.2} ms, least {:.2} ms", times[30], times[0]);
        }
        let many: Vec<String> = (0..400).map(|n| format!("{} {n}", texts[n % 3])).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        for threads in [1, 2].into_iter().filter_map(NonZeroUsize::new) {
            let started = Instant::now();
            std::hint::black_box(encoder.encode_all(&many, threads));
            let rate = many.len() as f64 / started.elapsed().as_secs_f64();
            println!("  {threads} threads: {rate:.0} texts a second");
        }
    }
    Ok(())
}
