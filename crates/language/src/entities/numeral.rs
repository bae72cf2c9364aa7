//! Numbers written in Chinese characters or digits. Invariant: what is not a number is none.

/// What may stand in a number; for patterns.
pub const CLASS: &str = "0-9零〇一二两三四五六七八九十百千万亿半";

/// Reads 23, 1.5, 1,280, 二十三, 三百零五, 两万五, 半.
pub fn read(text: &str) -> Option<f64> {
    let plain: String = text.chars().filter(|character| *character != ',').collect();
    if let Ok(number) = plain.parse::<f64>() {
        return (plain.len() <= 15).then_some(number);
    }
    if plain == "半" {
        return Some(0.5);
    }
    // Digits before a unit: 3万, 1.5亿.
    let cut = plain.find(['百', '千', '万', '亿']);
    if let Some((head, unit)) = cut.map(|cut| plain.split_at(cut))
        && let Ok(number) = head.parse::<f64>()
    {
        return unit.chars().try_fold(number, |number, unit| Some(number * scale(unit)?));
    }
    chinese(&plain)
}

fn scale(unit: char) -> Option<f64> {
    Some(match unit {
        '十' => 10.0,
        '百' => 100.0,
        '千' => 1000.0,
        '万' => 10_000.0,
        '亿' => 100_000_000.0,
        _ => return None,
    })
}

fn chinese(text: &str) -> Option<f64> {
    let (mut total, mut section, mut digit, mut last_scale) = (0.0, 0.0, None::<f64>, 1.0);
    let mut read_any = false;
    let plain = text.chars().all(|character| "零〇一二三四五六七八九".contains(character));
    if plain && text.chars().count() > 1 {
        // A year or a number read digit by digit: 二〇二四.
        let digits = text.chars().map(|character| value(character).map(|value| value as u8));
        return digits
            .collect::<Option<Vec<_>>>()
            .map(|digits| digits.iter().fold(0.0, |sum, digit| sum * 10.0 + f64::from(*digit)));
    }
    for character in text.chars() {
        read_any = true;
        if let Some(value) = value(character) {
            digit = Some(value);
            if value == 0.0 {
                last_scale = 10.0;
            }
        } else {
            let scale = scale(character)?;
            if scale >= 10_000.0 {
                total = (total + section + digit.unwrap_or(0.0)) * scale;
                section = 0.0;
            } else {
                section += digit.unwrap_or(1.0) * scale;
            }
            digit = None;
            last_scale = scale;
        }
    }
    // 两万五 is 25,000; 一百零五 is 105.
    let rest = digit.map_or(0.0, |digit| if last_scale >= 100.0 { digit * last_scale / 10.0 } else { digit });
    read_any.then_some(total + section + rest)
}

fn value(character: char) -> Option<f64> {
    Some(match character {
        '零' | '〇' => 0.0,
        '一' => 1.0,
        '二' | '两' => 2.0,
        '三' => 3.0,
        '四' => 4.0,
        '五' => 5.0,
        '六' => 6.0,
        '七' => 7.0,
        '八' => 8.0,
        '九' => 9.0,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read() {
        let rows = [
            ("23", 23.0),
            ("1,280.50", 1280.5),
            ("十", 10.0),
            ("二十三", 23.0),
            ("三百零五", 305.0),
            ("三百五", 350.0),
            ("两万五", 25_000.0),
            ("3万", 30_000.0),
            ("1.5亿", 150_000_000.0),
            ("二〇二四", 2024.0),
            ("半", 0.5),
            ("一万零三百", 10_300.0),
        ];
        for (text, number) in rows {
            assert_eq!(read(text), Some(number), "{text}");
        }
        assert_eq!(read("人"), None);
        assert_eq!(read(""), None);
    }
}
