//! Letters of other scripts that are written to look Latin: `pаypаl` with Cyrillic а.
//!
//! Invariant: a word changes only if it has a Latin letter and all its other letters look Latin; Russian and Greek
//! words, and units such as μm and kΩ, stay.

/// Replaces look-alikes in mixed words. The text is in lower case.
pub fn in_latin_words(text: &str) -> String {
    if !text.chars().any(|character| latin(character).is_some()) {
        return text.to_string();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let in_word = first.is_alphanumeric();
        let end = rest.find(|character: char| character.is_alphanumeric() != in_word).unwrap_or(rest.len());
        let (word, others) = rest.split_at(end);
        if in_word && is_disguised(word) {
            out.extend(word.chars().map(|character| latin(character).unwrap_or(character)));
        } else {
            out.push_str(word);
        }
        rest = others;
    }
    out
}

/// Whether a word has Latin letters, and others that all look Latin.
fn is_disguised(word: &str) -> bool {
    let letters = || word.chars().filter(|character| is_of_an_alphabet(*character));
    letters().any(|letter| letter.is_ascii())
        && letters().all(|letter| is_latin(letter) || latin(letter).is_some())
}

/// Letters and digits, but not Chinese, Japanese or Korean characters, which stand beside Latin words without a space.
fn is_of_an_alphabet(character: char) -> bool {
    character.is_alphabetic() && character < '\u{1100}' || matches!(character, '\u{13a0}'..='\u{13ff}')
}

fn is_latin(character: char) -> bool {
    character < '\u{250}' || matches!(character, '\u{1e00}'..='\u{1eff}')
}

/// The Latin letter that a letter in lower case looks like, or that its capital does.
fn latin(character: char) -> Option<char> {
    Some(match character {
        // Cyrillic
        'а' => 'a',
        'в' => 'b',
        'с' => 'c',
        'ԁ' => 'd',
        'е' | 'ҽ' => 'e',
        'һ' | 'н' => 'h',
        'і' | 'ӏ' => 'i',
        'ј' => 'j',
        'к' => 'k',
        'м' => 'm',
        'п' => 'n',
        'о' => 'o',
        'р' => 'p',
        'ԛ' => 'q',
        'ѕ' => 's',
        'т' => 't',
        'ц' => 'u',
        'ѵ' => 'v',
        'ԝ' | 'ѡ' => 'w',
        'х' => 'x',
        'у' | 'ү' => 'y',
        // Greek, without the letters of units
        'α' => 'a',
        'β' => 'b',
        'ε' => 'e',
        'η' => 'n',
        'ι' => 'i',
        'κ' => 'k',
        'ν' => 'v',
        'ο' => 'o',
        'ρ' => 'p',
        'τ' => 't',
        'υ' => 'u',
        'χ' => 'x',
        'ζ' => 'z',
        // Armenian
        'օ' => 'o',
        'ս' => 'u',
        'հ' => 'h',
        'ո' => 'n',
        'ց' => 'g',
        // Latin letters of phonetic writing
        'ɑ' => 'a',
        'ɡ' => 'g',
        'ɩ' | 'ɪ' => 'i',
        'ʏ' => 'y',
        'ʀ' => 'r',
        'ʟ' => 'l',
        'ɴ' => 'n',
        'ʜ' => 'h',
        'ʙ' => 'b',
        'ɢ' => 'g',
        _ => return None,
    })
}
