//! Examples and properties of [`normalise`].

use proptest::prelude::*;

use super::normalise;

#[test]
fn forms_of_the_same_text_become_one() {
    let same = [
        ("你好", vec!["你好", " 你好\u{200b}", "\u{202e}你\u{feff}好 ", "你\u{fe0f}好"]),
        ("请问运费要多少钱?", vec!["請問運費要多少錢？", "请问运费要多少钱?"]),
        ("full width 123", vec!["Ｆｕｌｌ　Ｗｉｄｔｈ　１２３", "full\u{a0}width\t\n123", "𝐟𝐮𝐥𝐥 𝒘𝒊𝒅𝒕𝒉 ①②③"]),
        ("paypal", vec!["PayPal", "раypаl", "ΡαyΡαl", "p\u{ad}ay\u{2060}pal", "🅿🅐🅨🅟🅐🅛"]),
        ("can't log in - \"help\"", vec!["Can’t  log in — “Help”", "can`t log in – 「help」"]),
        ("café", vec!["CAFE\u{301}", "cafe\u{301}", "Café"]),
    ];
    for (expected, texts) in same {
        for text in texts {
            assert_eq!(normalise(text), expected, "{text:?}");
        }
    }
}

#[test]
fn words_of_other_scripts_and_units_stay() {
    for text in ["привет мир", "καλημέρα", "5μm", "10kω", "привет123", "iphone手机", "tiếng việt"]
    {
        assert_eq!(normalise(text), text);
    }
}

#[test]
fn lookalikes_beside_chinese_are_replaced_too() {
    assert_eq!(normalise("加微信wеchаt号"), "加微信wechat号");
    assert_eq!(normalise("加微信номер号"), "加微信номер号");
}

#[test]
fn piled_up_accents_are_limited() {
    let zalgo = format!("h{}i", "\u{336}".repeat(500));
    assert!(normalise(&zalgo).chars().count() <= 4);
}

#[test]
fn simplified_characters_of_both_scripts_stay() {
    for text in ["干净", "皇后", "里面", "乒乓球", "我的订单还没有发货", "么么哒"] {
        assert_eq!(normalise(text), text);
    }
}

#[test]
fn text_of_nothing_visible_is_empty() {
    for text in ["", " \t\r\n", "\u{200b}\u{202e}\u{feff}", "\u{0}\u{7}\u{1b}\u{85}"] {
        assert_eq!(normalise(text), "", "{text:?}");
    }
}

/// Texts of the characters that the rules are about, and of any others.
fn texts() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        any::<char>(),
        prop::sample::select("аеορсtTΣςİıßẞK加請麼徵ﷺ①㍿🅰👨‍👩‍👧é．。“—".chars().collect::<Vec<_>>()),
        prop::char::range('\u{300}', '\u{36f}'),
        prop::char::range('\u{200b}', '\u{206f}'),
        prop::char::range('a', 'z'),
        prop::char::range('\u{4e00}', '\u{9fff}'),
        prop::char::range('\u{1100}', '\u{11ff}'),
        prop::char::range('\u{f900}', '\u{ffef}'),
        Just(' '),
    ];
    prop::collection::vec(character, 0..40).prop_map(|characters| characters.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn twice_is_once(text in texts()) {
        let once = normalise(&text);
        prop_assert_eq!(normalise(&once), once);
    }

    #[test]
    fn result_is_bounded_and_clean(text in texts()) {
        let clean = normalise(&text);
        prop_assert!(clean.len() <= 16 * text.len());
        prop_assert!(!clean.contains("  ") && clean.trim() == clean);
        prop_assert!(!clean.chars().any(char::is_control));
    }
}
