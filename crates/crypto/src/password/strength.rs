//! What a new password must be: long, and not what everybody tries first.
//!
//! Invariant: no rule about which kinds of characters it holds; NIST SP 800-63B found that such
//! rules make passwords worse.

use super::MAX_BYTES;

/// The fewest Unicode characters a new password may have.
pub const MIN_CHARACTERS: usize = 10;
/// Digits and signs after a common word that still leave it guessable.
const MAX_SUFFIX: usize = 8;

/// Common passwords of ten characters or more, lower case, one a line.
const COMMON: &str = include_str!("common_passwords.txt");
/// Words that stay weak with a few digits or signs behind them.
const COMMON_WORDS: [&str; 18] = [
    "abc",
    "admin",
    "administrator",
    "changeme",
    "dragon",
    "football",
    "iloveyou",
    "letmein",
    "login",
    "monkey",
    "octim",
    "passwd",
    "password",
    "qwerty",
    "root",
    "test",
    "welcome",
    "woaini",
];

/// Why a new password is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// Fewer than [`MIN_CHARACTERS`].
    TooShort,
    /// More than [`MAX_BYTES`].
    TooLong,
    /// One character over and over.
    Repetition,
    /// On the list of what attackers try first.
    Common,
}

impl Weakness {
    /// The stable code that has a sentence in every language.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooShort => "password_too_short",
            Self::TooLong => "password_too_long",
            Self::Repetition => "password_repetitive",
            Self::Common => "password_common",
        }
    }
}

/// Judges a password that someone wants to set; existing ones are never judged.
pub fn check_strength(password: &str) -> Result<(), Weakness> {
    if password.len() > MAX_BYTES {
        return Err(Weakness::TooLong);
    }
    if password.chars().count() < MIN_CHARACTERS {
        return Err(Weakness::TooShort);
    }
    let mut characters = password.chars();
    let first = characters.next();
    if characters.all(|c| Some(c) == first) {
        return Err(Weakness::Repetition);
    }
    if is_common(password) { Err(Weakness::Common) } else { Ok(()) }
}

fn is_common(password: &str) -> bool {
    let plain = password.trim().to_lowercase();
    if COMMON.lines().any(|line| line == plain) {
        return true;
    }
    let unmasked: String = plain.chars().map(unmask).collect();
    // The suffix is cut from what was typed: `unmask` would turn its digits into letters.
    let stem = plain.trim_end_matches(|c: char| !c.is_alphabetic());
    let suffix = plain[stem.len()..].chars().count();
    let stem: String = unmasked.chars().take(stem.chars().count()).collect();
    COMMON.lines().any(|line| line == unmasked)
        || (suffix <= MAX_SUFFIX && COMMON_WORDS.contains(&stem.as_str()))
}

/// Undoes the substitutions that every cracking tool knows.
fn unmask(c: char) -> char {
    match c {
        '@' | '4' => 'a',
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '$' | '5' => 's',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn weak_passwords_are_refused_with_their_reason() {
        for (password, reason) in [
            ("", Weakness::TooShort),
            ("九个汉字的密码啊啊", Weakness::TooShort),
            ("aaaaaaaaaa", Weakness::Repetition),
            ("啊啊啊啊啊啊啊啊啊啊", Weakness::Repetition),
            ("1234567890", Weakness::Common),
            ("Qwertyuiop", Weakness::Common),
            (" qwertyuiop ", Weakness::Common),
            ("Password123", Weakness::Common),
            ("P@ssw0rd2024!", Weakness::Common),
            ("Adm1n@123456", Weakness::Common),
            ("woaini1314520", Weakness::Common),
            ("OctIM2025!!", Weakness::Common),
            ("1qaz2wsx3edc", Weakness::Common),
        ] {
            assert_eq!(check_strength(password), Err(reason), "{password}");
        }
        assert_eq!(check_strength(&"ab".repeat(513)), Err(Weakness::TooLong));
    }

    #[test]
    fn ordinary_long_passwords_are_accepted() {
        for password in [
            "correct horse battery",
            "我家的猫今年十一岁了",
            "tr0ub4dor&3x",
            "aaaaaaaaab",
            "administrator of the old harbour",
            "admin-9f3k-77ab",
            &"ab".repeat(512),
        ] {
            assert_eq!(check_strength(password), Ok(()), "{password}");
        }
    }

    #[test]
    fn every_line_of_the_list_can_match() {
        for line in COMMON.lines() {
            assert!(line.chars().count() >= MIN_CHARACTERS, "{line} is refused for its length already");
            assert_eq!(line, line.trim().to_lowercase(), "{line} can never match");
            assert!(check_strength(line).is_err());
        }
        assert!(COMMON.lines().count() > 100);
    }

    proptest! {
        #[test]
        fn judging_never_panics(password in any::<String>()) {
            let _ = check_strength(&password);
        }
    }
}
