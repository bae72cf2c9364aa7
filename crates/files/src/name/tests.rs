//! The corpus of hostile names (security.md A20), and properties no name may break.

use super::*;
use proptest::prelude::*;

/// Characters that attackers like, more often than chance would give them.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("../".to_owned()),
        Just("..\\".to_owned()),
        Just("%2e%2e%2f".to_owned()),
        Just("%252e".to_owned()),
        Just("\0".to_owned()),
        Just("\u{202e}".to_owned()),
        Just("CON".to_owned()),
        Just(".".to_owned()),
        Just(" ".to_owned()),
        Just("\r\n".to_owned()),
        Just("\"".to_owned()),
        Just("e".to_owned()),
        Just("\u{301}".to_owned()),
        Just(" ".repeat(110)),
        Just(".txt".to_owned()),
        Just("文".repeat(60)),
        any::<String>(),
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

#[test]
fn hostile_names_become_harmless() {
    for (given, expected) in [
        ("报价单.pdf", "报价单.pdf"),
        ("photo 1 (2).JPG", "photo 1 (2).JPG"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\win.ini", "win.ini"),
        ("/etc/passwd", "passwd"),
        ("C:\\boot.ini", "boot.ini"),
        ("C:boot.ini", "C_boot.ini"),
        ("\\\\host\\share\\x.txt", "x.txt"),
        ("%2e%2e%2fetc%2fpasswd", "passwd"),
        ("..%5C..%5cx.txt", "x.txt"),
        ("%252e%252e%252fx.txt", "_2e_2e_2fx.txt"),
        ("50%off.txt", "50%off.txt"),
        ("x.html%00.png", "x.html_.png"),
        ("x.html\0.png", "x.html.png"),
        ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
        ("a\u{200b}b\u{feff}c.txt", "abc.txt"),
        ("a\r\nSet-Cookie: x=1.txt", "aSet-Cookie_ x=1.txt"),
        ("a\u{2028}b.txt", "ab.txt"),
        ("x.txt::$DATA", "x.txt__$DATA"),
        ("<script>.txt", "_script_.txt"),
        ("a／..／b.txt", "a_.._b.txt"),
        ("CON", "_CON"),
        ("con.txt", "_con.txt"),
        ("nul .tar.gz", "_nul .tar.gz"),
        ("COM1", "_COM1"),
        ("lpt9.pdf", "_lpt9.pdf"),
        ("COM¹.txt", "_COM¹.txt"),
        ("COM10.txt", "COM10.txt"),
        ("console.txt", "console.txt"),
        (".htaccess", "htaccess"),
        ("evil.exe. . ", "evil.exe"),
        ("...", "file"),
        ("..", "file"),
        (".", "file"),
        ("", "file"),
        ("   ", "file"),
        ("\u{200b}\u{202e}", "file"),
        ("dir/", "file"),
        ("e\u{301}.txt", "é.txt"),
    ] {
        assert_eq!(safe_name(given), expected, "{given:?}");
    }
}

#[test]
fn long_name_keeps_its_extension() {
    let name = safe_name(&format!("{}.docx", "长".repeat(500)));
    assert_eq!(name.chars().count(), MAX_CHARACTERS);
    assert!(name.ends_with("长.docx"), "{name}");
    let without = safe_name(&"a".repeat(500));
    assert_eq!(without.len(), MAX_CHARACTERS);
    let sentence = safe_name(&format!("a.{}", "b".repeat(500)));
    assert_eq!(sentence.len(), MAX_CHARACTERS);
    // What is cut off must not leave a device's name behind.
    assert_eq!(safe_name(&format!("CON{}x.txt", " ".repeat(200))), "_CON.txt");
}

#[test]
fn extension_is_only_what_follows_a_real_stem() {
    for (name, expected) in [
        ("a.PDF", Some("pdf")),
        ("a.tar.gz", Some("gz")),
        ("x.html.png", Some("png")),
        ("README", None),
        (".bashrc", None),
        ("a.", None),
        ("a.b c", None),
        ("a.文", None),
        ("a.abcdefghijklmnopq", None),
    ] {
        assert_eq!(extension(name).as_deref(), expected, "{name}");
    }
}

#[test]
fn disposition_carries_any_name_in_both_forms() {
    assert_eq!(
        content_disposition(false, "报价 \"最终\".pdf"),
        "attachment; filename=\"__ ____.pdf\"; \
         filename*=UTF-8''%E6%8A%A5%E4%BB%B7%20_%E6%9C%80%E7%BB%88_.pdf"
    );
    assert_eq!(
        content_disposition(true, "50%off.png"),
        "inline; filename=\"50_off.png\"; filename*=UTF-8''50%25off.png"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_name_stays_dangerous(given in hostile()) {
        let name = safe_name(&given);
        prop_assert!(!name.is_empty() && name.chars().count() <= MAX_CHARACTERS, "{name:?}");
        prop_assert!(!name.contains(['/', '\\', '\0', '\r', '\n', ':', '"', '<', '>']), "{name:?}");
        prop_assert!(!name.chars().any(is_invisible), "{name:?}");
        prop_assert!(!name.starts_with('.') && !name.ends_with(['.', ' ']), "{name:?}");
        prop_assert!(!is_device(&name), "{name:?}");
        let escaped = name.to_ascii_lowercase();
        for escape in ["%2e", "%2f", "%5c", "%00", "%25"] {
            prop_assert!(!escaped.contains(escape), "{name:?}");
        }
        prop_assert_eq!(safe_name(&name), name);
    }

    #[test]
    fn disposition_is_one_line_of_ascii_with_two_quotes(given in hostile(), inline in any::<bool>()) {
        let header = content_disposition(inline, &given);
        prop_assert!(header.bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{header:?}");
        prop_assert_eq!(header.matches('"').count(), 2);
        prop_assert!(!header.contains('\\'));
        prop_assert_eq!(header.starts_with("inline; "), inline);
        prop_assert_eq!(header.starts_with("attachment; "), !inline);
    }
}
