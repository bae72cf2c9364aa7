//! Time and memory of a made-up large base: `cargo run --release -p knowledge --example large -- [ENTRIES [PHRASINGS]]`.
//! Vectors come from a stand-in that is quick and has the encoder's shape, because encoding 100,000 phrasings takes
//! minutes and is done once. Questions are encoded, for the time it takes. Each is asked three times and its least
//! time counts, so that other programs on the machine are measured less.

use knowledge::{Encode, EntryId, Index, Settings, Source};
use mimalloc::MiMalloc;
use std::{fs, io::Write as _, sync::Arc, time::Instant};

/// As in the product, because it decides how much memory is held.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const WIDTH: usize = 384;
const OBJECTS: [&str; 25] = [
    "订单",
    "发票",
    "运费",
    "优惠券",
    "会员卡",
    "密码",
    "手机号",
    "收货地址",
    "退款",
    "积分",
    "茶壶",
    "茶叶",
    "礼盒",
    "课程",
    "证书",
    "直播",
    "席位",
    "套餐",
    "额度",
    "利率",
    "账单",
    "银行卡",
    "转账",
    "短信",
    "验证码",
];
const ACTIONS: [&str; 20] = [
    "怎么申请",
    "怎么取消",
    "能不能修改",
    "多久到账",
    "在哪里查看",
    "为什么失败",
    "可以转让吗",
    "怎么开通",
    "怎么关闭",
    "要收费吗",
    "过期了怎么办",
    "丢了怎么补",
    "怎么升级",
    "怎么降级",
    "能不能合并",
    "可以拆分吗",
    "怎么导出",
    "能用几次",
    "支持哪些城市",
    "怎么投诉",
];
const WAYS: [&str; 10] =
    ["", "请问", "我想知道", "你好，", "麻烦问下", "急，", "朋友让我问", "第一次用，", "上次说的", "在吗，"];

/// A text is the sum of its pairs of characters, each of which points somewhere.
struct StandIn {
    encoder: Arc<language::Tuned>,
}

impl Encode for StandIn {
    fn encode(&self, text: &str) -> Vec<f32> {
        std::hint::black_box(self.encoder.encode(text));
        Self::vector(text)
    }

    fn encode_all(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        texts.iter().map(|text| Self::vector(text)).collect()
    }
}

impl StandIn {
    fn vector(text: &str) -> Vec<f32> {
        let characters: Vec<u64> = text.chars().map(|c| u64::from(u32::from(c))).collect();
        let mut sum = vec![0.1_f32; WIDTH];
        for pair in characters.windows(2) {
            let mut state = (pair[0] << 32 | pair[1]).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
            for number in &mut sum {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                *number += (state >> 40) as f32 / (1 << 24) as f32 - 0.5;
            }
        }
        sum
    }
}

fn source(entry: usize, phrasings: usize) -> Source {
    let (object, action) = (OBJECTS[entry % 25], ACTIONS[entry / 25 % 20]);
    let product = format!("{}型号{}", ["甲", "乙", "丙", "丁"][entry / 500 % 4], entry / 500);
    let other = OBJECTS[(entry * 7 + 3) % 25];
    let phrase =
        |way: usize| format!("{}{product}的{object}{action}{}", WAYS[way % 10], ["", other][way % 2]);
    Source {
        id: EntryId(entry as i64),
        phrasings: (0..phrasings).map(phrase).collect(),
        answer: format!("{product}的{object}请在我的页面里办理，{action}见第{entry}条说明，{other}也一样。"),
        passages: Vec::new(),
    }
}

/// The most and the present memory of this process, in MB.
fn memory() -> (u64, u64) {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let of = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).unwrap_or(0) / 1024
    };
    (of("VmHWM:"), of("VmRSS:"))
}

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1).map(|number| number.parse::<usize>());
    let entries = arguments.next().transpose()?.unwrap_or(10_000);
    let phrasings = arguments.next().transpose()?.unwrap_or(10);
    let mut out = std::io::stdout();
    let sources: Vec<Source> = (0..entries).map(|entry| source(entry, phrasings)).collect();
    let stand_in = Arc::new(StandIn { encoder: language::Tuned::embedded()? });
    let started = Instant::now();
    let index = Index::build(sources, Some(stand_in), Settings::default());
    writeln!(out, "learnt {entries} × {phrasings} in {:.1} s", started.elapsed().as_secs_f64())?;
    let mut millis: Vec<f64> = (0..1_000)
        .map(|at| {
            let question = source(at * 7 % entries.max(1), 11).phrasings.swap_remove(at % 11);
            let time = |_| {
                let started = Instant::now();
                std::hint::black_box(index.answer(&question));
                started.elapsed().as_secs_f64() * 1_000.0
            };
            (0..3).map(time).fold(f64::MAX, f64::min)
        })
        .collect();
    millis.sort_by(f64::total_cmp);
    writeln!(out, "one answer: p50 {:.1} ms, p99 {:.1} ms", millis[500], millis[990])?;
    let (most, now) = memory();
    writeln!(out, "memory {now} MB, at most {most} MB while learning")?;
    for changed in [1, 100] {
        let started = Instant::now();
        let changed: Vec<Source> = (0..changed).map(|at| source(entries + at, phrasings)).collect();
        let count = changed.len() * phrasings;
        let edited = index.with(changed, &[]);
        let seconds = started.elapsed().as_secs_f64();
        let (most, _) = memory();
        writeln!(out, "{count} new phrasings live after {seconds:.2} s; memory at most {most} MB")?;
        drop(edited);
    }
    Ok(())
}
