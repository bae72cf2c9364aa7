//! Words of languages with spaces, cut as the English Web Treebank cuts them: punctuation apart,
//! "can't" as ca + n't, "it's" as it + 's. Invariant: pieces do not overlap and hold no white space.

/// Spans of the words of `chars`, which starts at `offset` of the text.
pub fn words(chars: &[char], offset: usize) -> Vec<(usize, usize)> {
    let mut spans = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        if chars[at].is_whitespace() {
            at += 1;
            continue;
        }
        let start = at;
        let end = chars[at..].iter().position(|character| character.is_whitespace());
        let end = end.map_or(chars.len(), |length| at + length);
        at = if is_address(&chars[start..end]) {
            trim(chars, start, end)
        } else {
            word_end(chars, start, end)
        };
        contraction(&chars[start..at], start, &mut spans);
    }
    spans.into_iter().map(|(start, end)| (start + offset, end + offset)).collect()
}

/// Web and mail addresses stay whole.
fn is_address(chunk: &[char]) -> bool {
    let text: String = chunk.iter().take(200).collect();
    let text = text.to_ascii_lowercase();
    text.starts_with("http://")
        || text.starts_with("https://")
        || text.starts_with("www.")
        || (text.contains('@') && text.split('@').nth(1).is_some_and(|host| host.contains('.')))
}

fn trim(chars: &[char], start: usize, end: usize) -> usize {
    let mut end = end;
    while end > start + 1
        && matches!(chars[end - 1], '.' | ',' | '!' | '?' | ';' | ':' | ')' | '"' | '\'' | '>')
    {
        end -= 1;
    }
    end
}

fn is_letter(character: char) -> bool {
    // Marks (accents, vowels of Indic scripts) and joiners belong to their word.
    character.is_alphanumeric()
        || matches!(character, '_' | '\u{300}'..='\u{36f}' | '\u{900}'..='\u{dff}' | '\u{e30}'..='\u{e4f}' | '\u{200c}' | '\u{200d}')
}

fn word_end(chars: &[char], start: usize, end: usize) -> usize {
    let mut at = start;
    if !is_letter(chars[at]) {
        // Repeated punctuation ("!!!", "...") is one word.
        while at < end && chars[at] == chars[start] {
            at += 1;
        }
        return at;
    }
    while at < end {
        let next_is_letter = chars.get(at + 1).is_some_and(|next| at + 1 < end && is_letter(*next));
        let inside = match chars[at] {
            '\'' | '’' => next_is_letter,
            '.' | ',' | ':' | '/' => {
                let digits = at > start && chars[at - 1].is_ascii_digit();
                let digit_next = chars.get(at + 1).is_some_and(char::is_ascii_digit);
                next_is_letter && ((digits && digit_next) || (chars[at] == '.' && at - start <= 3 && !digits))
            }
            '-' => next_is_letter && (at - start <= 2 || chars[start..at].iter().any(char::is_ascii_digit)),
            character => is_letter(character),
        };
        if !inside {
            break;
        }
        at += 1;
    }
    at.max(start + 1)
}

fn contraction(word: &[char], start: usize, spans: &mut Vec<(usize, usize)>) {
    let lower: String = word
        .iter()
        .map(|character| if *character == '’' { '\'' } else { character.to_ascii_lowercase() })
        .collect();
    let cut = if lower == "cannot" {
        Some(3)
    } else if lower.len() > 3 && lower.ends_with("n't") {
        Some(word.len() - 3)
    } else {
        ["'s", "'m", "'d", "'re", "'ve", "'ll"]
            .iter()
            .find(|ending| lower.len() > ending.len() && lower.ends_with(**ending))
            .map(|ending| word.len() - ending.len())
    };
    let end = start + word.len();
    match cut {
        Some(cut) => spans.extend([(start, start + cut), (start + cut, end)]),
        None => spans.push((start, end)),
    }
}
