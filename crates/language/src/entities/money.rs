//! Amounts of money. Invariant: the value is an ISO 4217 code and an amount with a point.

use std::sync::LazyLock;

use super::{Found, Haystack, Kind, Rule, numeral};

static SIGN: LazyLock<Rule> = LazyLock::new(|| {
    Rule::new(
        r"(?P<s> us\$ | hk\$ | nt\$ | [¥￥$€£₩] | \b (?: rmb | cny | usd | eur | gbp | hkd | jpy ) ) \ ? (?P<n> \d{1,12} (?: , \d{3} )* (?: \. \d{1,2} )? ) \ ? (?P<u> [万亿千] | k\b | m\b )?",
    )
});
static UNIT: LazyLock<Rule> = LazyLock::new(|| {
    Rule::new(&format!(
        r"(?P<n> \d{{1,12}} (?: , \d{{3}} )* (?: \. \d{{1,4}} )? [百千万亿]{{0,2}} | [{cn}]{{1,12}} ) \ ? (?P<many> 多 | 几 | 来 )? (?P<s> 元 | 块钱 | 块 | 人民币 | 美元 | 美金 | 美刀 | 港币 | 港元 | 欧元 | 英镑 | 日元 | 韩元 | 台币 | 毛钱 | 角钱 | rmb\b | cny\b | usd\b | eur\b | gbp\b | hkd\b | jpy\b | yuan\b | dollars?\b | bucks?\b | euros?\b | pounds?\b | cents?\b ) (?P<h> [1-9一二三四五六七八九] (?: 毛 | 角 )? )?",
        cn = numeral::CLASS
    ))
});

fn currency(sign: &str) -> &'static str {
    match sign {
        "us$" | "$" | "usd" | "美元" | "美金" | "美刀" | "dollar" | "dollars" | "buck" | "bucks" | "cent"
        | "cents" => "USD",
        "hk$" | "hkd" | "港币" | "港元" => "HKD",
        "nt$" | "台币" => "TWD",
        "€" | "eur" | "欧元" | "euro" | "euros" => "EUR",
        "£" | "gbp" | "英镑" | "pound" | "pounds" => "GBP",
        "jpy" | "日元" => "JPY",
        "₩" | "韩元" => "KRW",
        _ => "CNY",
    }
}

pub fn find(hay: &Haystack<'_>, found: &mut Vec<Found>) {
    for rule in [&*SIGN, &*UNIT] {
        for (start, end, captures) in hay.matches(rule) {
            let part = |name: &str| captures.name(name).map_or("", |part| part.as_str());
            let sign = part("s");
            let Some(number) = numeral::read(part("n")) else { continue };
            let scale = match part("u") {
                "k" | "千" => 1000.0,
                "m" => 1_000_000.0,
                "万" => 10_000.0,
                "亿" => 100_000_000.0,
                _ => match sign {
                    "毛钱" | "角钱" => 0.1,
                    "cent" | "cents" => 0.01,
                    _ => 1.0,
                },
            };
            // "块" alone also counts things: a piece of cake, two batteries.
            let mut amount = number * scale;
            let mut end = end;
            if let Some(tenths) = captures.name("h") {
                // 三块五花肉 counts meat.
                let followed = hay
                    .text
                    .folded
                    .get(end)
                    .is_some_and(|next| "0123456789花香年月天号件个斤折元十百千万".contains(*next));
                if sign == "块" && !followed {
                    amount += numeral::read(&tenths.as_str().chars().take(1).collect::<String>())
                        .unwrap_or(0.0)
                        / 10.0;
                } else {
                    end = hay.at(tenths.start());
                }
            }
            let counts = sign == "块"
                && hay
                    .text
                    .folded
                    .get(end)
                    .is_some_and(|next| "蛋糕电面肉石砖布屏表地手玉板腹豆香".contains(*next));
            if !counts && hay.stands_alone(start, end) {
                found.push(Found::new(start, end, Kind::Money, format!("{} {amount:.2}", currency(sign))));
            }
        }
    }
}
