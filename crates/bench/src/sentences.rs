//! What people of a made-up shop write: Chinese and English, with words that are common, less
//! common and rare, and with how many messages of a given number each is to be expected in.

/// What is said most often stands first; each is said less often than the one before.
const CHINESE: [&str; 24] = [
    "我的订单什么时候发货",
    "这件衣服还有货吗",
    "我要申请退款",
    "快递一直没有更新",
    "可以开发票吗",
    "优惠券用不了怎么办",
    "收到的商品有破损",
    "我想换一个尺码",
    "怎么修改收货地址",
    "退货的运费谁出",
    "付款的时候提示失败",
    "什么时候可以到账",
    "帮我查一下物流",
    "我要投诉你们的客服",
    "会员积分怎么兑换",
    "能不能便宜一点",
    "说明书看不懂",
    "保修期是多久",
    "电池充不进电",
    "颜色和图片不一样",
    "可以货到付款吗",
    "怎么注销我的账号",
    "验证码收不到",
    "请问门店在哪里",
];
const ENGLISH: [&str; 24] = [
    "where is my order",
    "do you have this in stock",
    "I would like a refund please",
    "the tracking has not changed for days",
    "can you send me an invoice",
    "my voucher does not work",
    "the item arrived damaged",
    "I need a different size",
    "how do I change the delivery address",
    "who pays for the return shipping",
    "my payment was declined",
    "when will the money be back",
    "could you check the shipment",
    "I want to complain about the service",
    "how do I redeem my points",
    "is there any discount",
    "the manual makes no sense",
    "how long is the warranty",
    "the battery does not charge",
    "the colour differs from the picture",
    "can I pay on delivery",
    "please delete my account",
    "the code never arrives",
    "which branch is near the station",
];
const GREETINGS: [&str; 6] = ["您好，", "你好，", "在吗？", "Hello, ", "Hi, ", "亲，"];
const ENDS: [&str; 8] =
    ["，谢谢", "，麻烦快一点", "？急", "，已经等了三天了", ", thanks", ", it is urgent", " 😀", "，多谢啦"];
/// Parts of made-up names.
const HAN: [char; 32] = [
    '鑫', '懋', '翊', '璟', '彧', '翀', '琰', '旻', '睿', '骁', '珩', '昶', '钰', '祎', '宸', '晟', '瑾',
    '澍', '霖', '淇', '沐', '皓', '珂', '岚', '樾', '颢', '婧', '芮', '禾', '苒', '菡', '蕴',
];
const SYLLABLES: [&str; 32] = [
    "zor", "vek", "lum", "pax", "tri", "gol", "mun", "fex", "dra", "kul", "wem", "jor", "nix", "bal", "sor",
    "qua", "hep", "yol", "cru", "vim", "tog", "ral", "zed", "lok", "mar", "fip", "dun", "kez", "wab", "jux",
    "nom", "byr",
];
/// Different names of products, in each language.
const PRODUCTS: u64 = 1_024;
/// Different names of people; one message in 640 has one.
const PEOPLE: u64 = 4_096;

/// A well-mixed number for each number.
const fn mix(number: u64) -> u64 {
    let mut x = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Small values are likelier.
fn pick<'a>(list: &[&'a str], random: u64) -> &'a str {
    let length = list.len() as u64;
    list[((random % length) * (random / length % length) / length) as usize]
}

fn han(number: u64, length: u32) -> String {
    (0..length).map(|place| HAN[(number >> (5 * place)) as usize % 32]).collect()
}

fn latin(number: u64, length: u32) -> String {
    (0..length).map(|place| SYLLABLES[(number >> (5 * place)) as usize % 32]).collect()
}

/// The text of a message; the same number gives the same text.
pub fn sentence(number: u64) -> String {
    let (a, b, c) = (mix(number), mix(number ^ 0xa5a5), mix(number ^ 0x5a5a_5a5a));
    let chinese = a % 100 < 60;
    let mut text = String::new();
    if (a >> 8).is_multiple_of(4) {
        text.push_str(GREETINGS[(a >> 16) as usize % GREETINGS.len()]);
    }
    text.push_str(pick(if chinese { &CHINESE } else { &ENGLISH }, b >> 8));
    let (product, who) = (c >> 8 & (PRODUCTS - 1), c >> 20 & (PEOPLE - 1));
    let more = match c % 10 {
        0..3 if chinese => format!("，型号是{}款", han(product, 2)),
        0..3 => format!(", it is the {}", latin(product, 2)),
        3 => format!(" AB{:08}", b % 100_000_000),
        4 if (c >> 10).is_multiple_of(64) && chinese => format!("，我叫{}", han(who, 3)),
        4 if (c >> 10).is_multiple_of(64) => format!(", I am {}", latin(who, 3)),
        _ => String::new(),
    };
    text.push_str(&more);
    if b >> 4 & 1 == 0 {
        text.push_str(ENDS[(b >> 40) as usize % ENDS.len()]);
    }
    text
}

/// Queries of one kind.
pub struct Kind {
    pub name: &'static str,
    /// One of many such, chosen by a number.
    pub query: fn(u64) -> String,
}

/// All kinds of queries that the bench asks.
pub const KINDS: [Kind; 12] = [
    Kind {
        name: "zh common",
        query: |n| ["订单", "发货", "退款", "谢谢", "快递"][n as usize % 5].to_owned(),
    },
    Kind { name: "zh product", query: |n| han(mix(n) % PRODUCTS, 2) },
    Kind { name: "zh rare name", query: |n| han(mix(n) % PEOPLE, 3) },
    Kind {
        name: "zh one character", query: |n| ["货", "的", "退", "澍", "旻"][n as usize % 5].to_owned()
    },
    Kind {
        name: "zh two common",
        query: |n| ["退款 谢谢", "物流 投诉", "订单 急", "发票 货到"][n as usize % 4].to_owned(),
    },
    Kind { name: "zh rare and common", query: |n| format!("{} 订单", han(mix(n) % PEOPLE, 3)) },
    Kind {
        name: "en common",
        query: |n| ["order", "refund", "thanks", "hello", "stock"][n as usize % 5].to_owned(),
    },
    Kind { name: "en product", query: |n| latin(mix(n) % PRODUCTS, 2) },
    Kind { name: "en rare name", query: |n| latin(mix(n) % PEOPLE, 3) },
    Kind {
        name: "en two common",
        query: |n| ["refund thanks", "order urgent", "battery order", "hi code"][n as usize % 4].to_owned(),
    },
    Kind { name: "en rare and common", query: |n| format!("{} order", latin(mix(n) % PEOPLE, 3)) },
    Kind { name: "part of a number", query: |n| format!("{:06}", mix(n) % 1_000_000) },
];

#[cfg(test)]
mod tests {
    use super::{KINDS, sentence};

    #[test]
    fn common_words_are_common_and_rare_ones_rare() {
        let texts: Vec<String> = (0..50_000).map(sentence).collect();
        let share = |word: &str| texts.iter().filter(|text| text.contains(word)).count() as f64 / 50_000.0;
        assert!(share("订单") > 0.05 && share("order") > 0.03, "{} {}", share("订单"), share("order"));
        for kind in KINDS.iter().filter(|kind| kind.name.ends_with("rare name")) {
            assert!(share(&(kind.query)(7)) < 0.000_1, "{}", kind.name);
        }
        assert_eq!(sentence(17), sentence(17));
    }
}
