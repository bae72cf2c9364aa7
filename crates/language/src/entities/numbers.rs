//! Numbers that identify something: identity cards, bank cards, phones, parcels, orders.
//! Invariant: where a number carries a check digit, a number that fails it is not one.

use std::sync::LazyLock;

use super::{Found, Haystack, Kind, Rule, calendar::Date};

static ID_CARD: LazyLock<Rule> = LazyLock::new(|| Rule::new(r"[1-9] \d{16} [\dx]"));
static CARD: LazyLock<Rule> = LazyLock::new(|| {
    Rule::new(
        r"\d{4} (?: [\ -]? \d{4} ){2,3} (?: [\ -]? \d{1,4} )? | \d{13,19} | 3[47]\d{2} [\ -] \d{6} [\ -] \d{5}",
    )
});
static PHONES: LazyLock<[Rule; 5]> = LazyLock::new(|| {
    [
        // Mainland mobile, landline, service numbers; with + and a country; North American.
        Rule::new(r"(?: (?: \+ | 00 )? 86 [\ -]? )? (?P<n> 1[3-9]\d [\ -]? \d{4} [\ -]? \d{4} )"),
        Rule::new(
            r"\(? (?P<area> 0 (?: 10 | 2\d | [3-9]\d{2} ) ) \)? [\ -]? (?P<n> [2-8]\d{6,7} ) (?: (?: - | 转 | \ ?ext\.?\ ? ) (?P<x> \d{1,6} ) )?",
        ),
        Rule::new(r"(?P<n> [48]00 [\ -]? \d{3} [\ -]? \d{4} | [48]00 - \d{4} - \d{3} )"),
        Rule::new(r"\+ (?P<n> [1-9] (?: [\ ()-]{0,2} \d ){7,14} )"),
        Rule::new(
            r"(?: 1 [\ -] )? (?P<n> \( [2-9]\d{2} \) \ ? [2-9]\d{2} [-.\ ] \d{4} | [2-9]\d{2} [-.] [2-9]\d{2} [-.] \d{4} )",
        ),
    ]
});
static TRACKING: LazyLock<Vec<(&str, Rule)>> = LazyLock::new(|| {
    [
        ("sf-express", r"sf \d{12,15}"),
        ("yto", r"yt \d{13,15}"),
        ("jd-logistics", r"jd [a-z]{0,3} \d{9,15} (?: - \d{1,2} ){0,3}"),
        ("jt-express", r"jt \d{13}"),
        ("sto", r"(?: sto | st ) \d{12,13}"),
        ("zto", r"(?: zto | zt ) \d{12}"),
        ("yunda", r"yd \d{13}"),
        ("deppon", r"dpk \d{12}"),
        ("cainiao", r"lp \d{14,17}"),
        ("ups", r"1z [0-9a-z]{16}"),
        ("post", r"[a-z]{2} \d{9} [a-z]{2}"),
    ]
    .into_iter()
    .map(|(carrier, pattern)| (carrier, Rule::new(pattern)))
    .collect()
});
static SAID_PARCEL: LazyLock<Rule> = LazyLock::new(|| {
    Rule::new(
        r"(?: (?: 快递 | 物流 | 运 | 包裹 | 面 ) 单?号码? | 快递单 | tracking \ ? (?: number | no\.? | id | code | \# )? ) (?: \ is | 是 | 为 | 叫 )? [\ :\#=]{0,3} (?P<n> [a-z0-9] [a-z0-9-]{7,30} )",
    )
});
static SAID_ORDER: LazyLock<Rule> = LazyLock::new(|| {
    Rule::new(
        r"(?: 订单 (?: 号码? | 编号 | 尾号 | id )? | 单号 | 交易号 | 流水号 | order (?: \ ? (?: number | no\.? | num | id | ref(?:erence)? | \# ) )? ) (?: \ is | 是 | 为 | 叫 )? [\ :\#=]{0,3} (?P<n> [a-z0-9] [a-z0-9_-]{3,31} )",
    )
});
static LONG: LazyLock<Rule> = LazyLock::new(|| {
    Rule::new(r"[1-9] \d{17,19} | [a-z]{1,4} -? 20[1-4]\d (?:0[1-9]|1[0-2]) [0-3]\d -? \d{3,12}")
});

pub fn find(hay: &Haystack<'_>, found: &mut Vec<Found>) {
    for (start, end, captures) in hay.matches(&ID_CARD) {
        if hay.stands_alone(start, end) && is_id_card(&captures[0]) {
            found.push(Found::new(start, end, Kind::IdCard, captures[0].to_uppercase()));
        }
    }
    for (carrier, rule) in TRACKING.iter() {
        for (start, end, captures) in hay.matches(rule) {
            let number = captures[0].to_uppercase();
            let right = match *carrier {
                "post" => is_postal(&number),
                "ups" => is_ups(&number),
                _ => true,
            };
            if right && hay.stands_alone(start, end) {
                found.push(Found {
                    issuer: Some(carrier),
                    ..Found::new(start, end, Kind::TrackingNumber, number)
                });
            }
        }
    }
    said(hay, &SAID_PARCEL, Kind::TrackingNumber, found);
    said(hay, &SAID_ORDER, Kind::OrderNumber, found);
    for (start, end, captures) in hay.matches(&CARD) {
        let digits = digits(&captures[0]);
        let Some(scheme) = card_scheme(&digits) else { continue };
        if hay.stands_alone(start, end) && is_luhn(&digits) {
            found.push(Found { issuer: Some(scheme), ..Found::new(start, end, Kind::BankCard, digits) });
        }
    }
    for (form, rule) in PHONES.iter().enumerate() {
        for (start, end, captures) in hay.matches(rule) {
            let number = digits(captures.name("n").map_or("", |part| part.as_str()));
            let extension =
                captures.name("x").map_or(String::new(), |part| format!(" ext. {}", part.as_str()));
            let area = captures.name("area").map_or("", |part| &part.as_str()[1..]);
            let value = match form {
                0 => format!("+86{number}"),
                1 => format!("+86{area}{number}{extension}"),
                2 => number,
                3 => format!("+{number}"),
                _ => format!("+1{number}"),
            };
            if hay.stands_alone(start, end) {
                found.push(Found::new(start, end, Kind::Phone, value));
            }
        }
    }
    for (start, end, captures) in hay.matches(&LONG) {
        if hay.stands_alone(start, end) {
            found.push(Found::new(start, end, Kind::OrderNumber, captures[0].to_uppercase()));
        }
    }
}

/// A number that follows its name: "订单号是 A2024…", "tracking number: …".
fn said(hay: &Haystack<'_>, rule: &Rule, kind: Kind, found: &mut Vec<Found>) {
    for (_, _, captures) in hay.matches(rule) {
        let Some(number) = captures.name("n") else { continue };
        let text = number.as_str().trim_end_matches(['-', '_']);
        let (start, end) = (hay.at(number.start()), hay.at(number.start() + text.len()));
        let mobile = text.len() == 11 && text.starts_with('1') && !text.starts_with("10");
        if digits(text).len() >= 4 && !mobile && hay.stands_alone(start, end) {
            found.push(Found::new(start, end, kind, text.to_uppercase()));
        }
    }
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn values(text: &str) -> impl DoubleEndedIterator<Item = u32> + '_ {
    text.chars().filter_map(|character| character.to_digit(10))
}

/// GB 11643: region, birthday, and a check digit modulo 11.
fn is_id_card(number: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = values(&number[..17]).zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    let check = "10x98765432".as_bytes()[sum as usize % 11];
    let region = number[..2].parse().unwrap_or(0_u32);
    let birthday = (number[6..10].parse().ok(), number[10..12].parse().ok(), number[12..14].parse().ok());
    let born = match birthday {
        (Some(year), Some(month), Some(day)) => {
            (1900..2100).contains(&year) && Date::new(year, month, day).is_some()
        }
        _ => false,
    };
    check == number.as_bytes()[17]
        && matches!(region, 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83 | 91)
        && born
}

/// The check of bank cards, ISO/IEC 7812.
fn is_luhn(number: &str) -> bool {
    let sum: u32 = values(number)
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, digit * 2) {
            (0, _) => digit,
            (_, double) => double / 10 + double % 10,
        })
        .sum();
    sum.is_multiple_of(10)
}

fn card_scheme(number: &str) -> Option<&'static str> {
    let first = |length: usize| number.get(..length).and_then(|start| start.parse::<u32>().ok()).unwrap_or(0);
    match (number.len(), first(2), first(4)) {
        (16..=19, 62, _) => Some("unionpay"),
        (13 | 16 | 19, 40..=49, _) => Some("visa"),
        (16, 51..=55, _) | (16, _, 2221..=2720) => Some("mastercard"),
        (15, 34 | 37, _) => Some("amex"),
        (16, 35, 3528..=3589) => Some("jcb"),
        _ => None,
    }
}

/// UPU S10: eight digits and a check digit modulo 11.
fn is_postal(number: &str) -> bool {
    const WEIGHTS: [u32; 8] = [8, 6, 4, 2, 3, 5, 9, 7];
    let sum: u32 = values(&number[2..10]).zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    let check = match 11 - sum % 11 {
        10 => 0,
        11 => 5,
        check => check,
    };
    number[10..11].parse() == Ok(check)
}

/// The check digit of UPS: letters count as two to nine, every second value twice.
fn is_ups(number: &str) -> bool {
    let value = |character: char| character.to_digit(10).unwrap_or((character as u32 + 7) % 10);
    let body: Vec<u32> = number.chars().skip(2).take(15).map(value).collect();
    let sum: u32 = body.iter().enumerate().map(|(place, value)| value * (1 + place as u32 % 2)).sum();
    number[17..].parse() == Ok((10 - sum % 10) % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_checked() {
        assert!(is_id_card("11010519491231002x"));
        assert!(!is_id_card("110105194912310021"));
        assert!(!is_id_card("11010519491331002x"));
        assert!(
            is_luhn("6222021001116245702")
                == (card_scheme("6222021001116245702").is_some() && is_luhn("6222021001116245702"))
        );
        assert!(is_luhn("4111111111111111") && !is_luhn("4111111111111112"));
        assert!(is_postal("RA123456785CN") && !is_postal("RA123456789CN"));
        assert!(is_ups("1Z999AA10123456784") && !is_ups("1Z999AA10123456785"));
    }
}
