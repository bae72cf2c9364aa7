//! Traditional to simplified, character by character.
//!
//! Invariant: no simplified form has an entry of its own, so that a second look changes nothing.

use std::sync::LazyLock;

static TABLE: LazyLock<Box<[(char, char)]>> = LazyLock::new(|| {
    let lines = include_str!("simplified.txt").lines().filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| {
        let mut characters = line.chars();
        Some((characters.next()?, characters.next()?))
    });
    pairs.collect()
});

pub fn simplified(character: char) -> char {
    // The first traditional character of the table is beyond all alphabets.
    if character < '\u{3400}' {
        return character;
    }
    let found = TABLE.binary_search_by_key(&character, |(traditional, _)| *traditional);
    found.map_or(character, |index| TABLE[index].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_sorted_and_its_forms_are_final() {
        assert!(TABLE.len() > 2900, "{}", TABLE.len());
        assert!(TABLE.is_sorted_by(|left, right| left.0 < right.0));
        assert!(TABLE.iter().all(|(_, form)| simplified(*form) == *form));
        assert!(TABLE.iter().all(|(traditional, _)| *traditional >= '\u{3400}'));
    }
}
