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

/// The Latin letter that a letter in lower case looks like, or that its capital does. Cyrillic, Greek (without the
/// letters of units), Armenian, phonetic.
fn latin(character: char) -> Option<char> {
    Some(match character {
        'а' | 'α' | 'ɑ' => 'a',
        'в' | 'β' | 'ʙ' => 'b',
        'с' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'ҽ' | 'ε' => 'e',
        'ց' | 'ɡ' | 'ɢ' => 'g',
        'һ' | 'н' | 'հ' | 'ʜ' => 'h',
        'і' | 'ӏ' | 'ι' | 'ɩ' | 'ɪ' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'ʟ' => 'l',
        'м' => 'm',
        'п' | 'η' | 'ո' | 'ɴ' => 'n',
        'о' | 'ο' | 'օ' => 'o',
        'р' | 'ρ' => 'p',
        'ԛ' => 'q',
        'ʀ' => 'r',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'ц' | 'υ' | 'ս' => 'u',
        'ѵ' | 'ν' => 'v',
        'ԝ' | 'ѡ' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'ү' | 'ʏ' => 'y',
        'ζ' => 'z',
        _ => return None,
    })
}
