//! Text to features: characters, sounds and words, hashed to 32 bits. Invariant: bounded by
//! [`LONGEST`] characters, whatever comes in.

use pinyin::ToPinyin as _;

/// What is read of a text. A longer one has said what it wants by then.
pub const LONGEST: usize = 256;

/// A hashed feature of a text. The lowest bit says that it is a sound or a word, rather than a way
/// of writing: what the ranking by sound counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Feature(pub u32);

impl Feature {
    fn new(hash: u64, sound: bool) -> Self {
        Self(((hash ^ (hash >> 32)) as u32 & !1) | u32::from(sound))
    }

    pub const fn is_sound(self) -> bool {
        self.0 & 1 == 1
    }
}

/// One thing that is never cut: a Chinese character, or a word of a script with spaces.
enum Unit {
    Character(char),
    Word(String),
}

/// The text in its normal form, cut.
pub fn normalise(text: &str) -> String {
    let head: String = text.chars().take(2 * LONGEST).collect();
    let clean = language::normalise(&head);
    clean.char_indices().nth(LONGEST).map_or(clean.as_str(), |(end, _)| &clean[..end]).to_owned()
}

/// All features of a normalised text, in its order, with repetitions.
pub fn features(text: &str) -> Vec<Feature> {
    let units = units(text);
    let mut all = Vec::with_capacity(units.len() * 6);
    let hashes: Vec<(u64, u64, bool)> = units.iter().map(unit_hashes).collect();
    for (at, &(written, sound, character)) in hashes.iter().enumerate() {
        all.push(Feature::new(mix(1, written), !character));
        if character {
            all.push(Feature::new(mix(2, sound), true));
        }
        let Some(&(next, next_sound, next_character)) = hashes.get(at + 1) else { continue };
        all.push(Feature::new(mix(mix(3, written), next), !(character || next_character)));
        if character || next_character {
            all.push(Feature::new(mix(mix(4, sound), next_sound), true));
        }
        if let Some(&(third, _, true)) = hashes.get(at + 2)
            && character
            && next_character
        {
            all.push(Feature::new(mix(mix(mix(5, written), next), third), false));
        }
    }
    for unit in &units {
        if let Unit::Word(word) = unit {
            parts(word, &mut all);
        }
    }
    all
}

/// Whether a text has any feature at all: a letter, a digit, a character.
pub fn says_something(text: &str) -> bool {
    !units(&normalise(text)).is_empty()
}

/// The characters and words of a normalised text, in its order.
pub fn pieces(text: &str) -> Vec<String> {
    let piece = |unit| match unit {
        Unit::Character(c) => c.to_string(),
        Unit::Word(word) => word,
    };
    units(text).into_iter().map(piece).collect()
}

/// Pieces of three and four letters, with the word's ends marked: they survive endings and typing errors.
fn parts(word: &str, all: &mut Vec<Feature>) {
    let letters: Vec<char> = std::iter::once('^').chain(word.chars()).chain(std::iter::once('$')).collect();
    for size in 3..=4 {
        for piece in letters.windows(size) {
            let hash = piece.iter().fold(mix(6, size as u64), |hash, c| mix(hash, u64::from(*c as u32)));
            all.push(Feature::new(hash, false));
        }
    }
}

fn units(text: &str) -> Vec<Unit> {
    let mut units = Vec::new();
    let mut word = String::new();
    for c in text.chars() {
        if c.is_alphanumeric() && !stands_alone(c) {
            word.push(c);
            continue;
        }
        // An apostrophe belongs to its word: can't.
        if matches!(c, '\'' | '’') && !word.is_empty() {
            continue;
        }
        if !word.is_empty() {
            units.push(Unit::Word(std::mem::take(&mut word)));
        }
        if stands_alone(c) {
            units.push(Unit::Character(c));
        }
    }
    if !word.is_empty() {
        units.push(Unit::Word(word));
    }
    units
}

/// Scripts that are written without spaces.
fn stands_alone(c: char) -> bool {
    matches!(c,
        '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3005}'..='\u{3007}'
        | '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Of the writing and of the sound, and whether it is a character.
fn unit_hashes(unit: &Unit) -> (u64, u64, bool) {
    match unit {
        Unit::Character(c) => {
            let written = mix(7, u64::from(*c as u32));
            let sound = c.to_pinyin().map_or(written, |sound| of_text(sound.plain()));
            (written, sound, true)
        }
        Unit::Word(word) => {
            let hash = of_text(word);
            (hash, hash, false)
        }
    }
}

fn of_text(text: &str) -> u64 {
    text.bytes().fold(11, |hash, byte| mix(hash, u64::from(byte)))
}

/// The mixing step of `SplitMix64`: cheap, and good enough for tables.
fn mix(hash: u64, value: u64) -> u64 {
    let mut x = hash.rotate_left(23) ^ value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::{Feature, LONGEST, features, normalise};
    use std::collections::HashSet;

    fn common(a: &str, b: &str) -> usize {
        let set = |text: &str| features(&normalise(text)).into_iter().collect::<HashSet<Feature>>();
        set(a).intersection(&set(b)).count()
    }

    #[test]
    fn characters_with_the_same_sound_have_common_features() {
        assert!(common("微粒贷", "微粒袋") > common("微粒贷", "微粒表"));
    }

    #[test]
    fn width_case_and_invisible_characters_make_no_difference() {
        assert_eq!(normalise("ＡＢＣ退\u{200b}款"), normalise("abc退款"));
    }

    #[test]
    fn a_word_keeps_features_when_its_ending_changes() {
        assert!(common("refunds", "refund") >= 4);
        assert_eq!(common("退款", "welcome"), 0);
    }

    #[test]
    fn a_very_long_text_is_cut() {
        assert_eq!(normalise(&"退".repeat(10_000)).chars().count(), LONGEST);
        assert!(features("🙂！？…").is_empty());
    }
}
