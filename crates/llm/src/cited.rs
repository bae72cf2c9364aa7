//! From what a model wrote to its sentences, each with the entries that it names.

/// A sentence without its citations, and the numbers in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cited {
    pub text: String,
    pub citations: Vec<u8>,
}

/// The sentences in order. A citation after a full stop belongs to the sentence before it.
pub fn sentences(text: &str) -> Vec<Cited> {
    let letters: Vec<char> = text.chars().collect();
    let mut found: Vec<Cited> = Vec::new();
    let mut current = Cited { text: String::new(), citations: Vec::new() };
    let mut at = 0;
    while at < letters.len() {
        if let Some((numbers, end)) = citation(&letters, at) {
            match found.last_mut() {
                Some(last) if current.text.trim().is_empty() => last.citations.extend(numbers),
                _ => {
                    current.text.truncate(current.text.trim_end().len());
                    current.citations.extend(numbers);
                }
            }
            at = end;
            continue;
        }
        current.text.push(letters[at]);
        if ends(&letters, at) {
            finish(&mut found, &mut current);
        }
        at += 1;
    }
    finish(&mut found, &mut current);
    found
}

fn finish(found: &mut Vec<Cited>, current: &mut Cited) {
    let Cited { text, citations } =
        std::mem::replace(current, Cited { text: String::new(), citations: Vec::new() });
    let text = text.trim();
    let bare: String = text.trim_start_matches(['-', '*', '•', '·']).trim_start().replace("**", "");
    if bare.chars().any(char::is_alphanumeric) {
        found.push(Cited { text: bare, citations });
    } else if let Some(last) = found.last_mut() {
        // Only a mark, as in "… [1]。": the sentence before ends with it.
        last.text.push_str(&bare);
        last.citations.extend(citations);
    }
}

fn ends(letters: &[char], at: usize) -> bool {
    match letters[at] {
        '。' | '！' | '？' | '\n' | '；' => true,
        // Not in 3.5, shop.example or an address.
        '.' | '!' | '?' => letters.get(at + 1).is_none_or(|next| {
            next.is_whitespace()
                || !next.is_ascii() && next.is_alphabetic()
                || citation(letters, at + 1).is_some()
        }),
        _ => false,
    }
}

/// `[1]`, `[1, 2]`, `【1】`, `［1］` and what stands behind it.
fn citation(letters: &[char], at: usize) -> Option<(Vec<u8>, usize)> {
    let close = match letters[at] {
        '[' => ']',
        '【' => '】',
        '［' => '］',
        _ => return None,
    };
    let length = letters[at + 1..].iter().take(12).position(|c| *c == close)?;
    let inner: String = letters[at + 1..at + 1 + length].iter().collect();
    let numbers: Option<Vec<u8>> = inner
        .split([',', '，', '、'])
        .map(|number| number.trim().trim_start_matches('^').parse().ok())
        .collect();
    Some((numbers.filter(|numbers| !numbers.is_empty())?, at + length + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<(String, Vec<u8>)> {
        sentences(text).into_iter().map(|one| (one.text, one.citations)).collect()
    }

    #[test]
    fn citations_belong_to_their_sentence_wherever_they_stand() {
        for text in [
            "退款三天到账[1]。周末顺延[2]。",
            "退款三天到账。[1]周末顺延。[2]",
            "退款三天到账。【1】\n周末顺延。［2］",
        ] {
            assert_eq!(
                of(text),
                [("退款三天到账。".to_owned(), vec![1]), ("周末顺延。".to_owned(), vec![2])],
                "{text}"
            );
        }
        assert_eq!(
            of("It takes 3.5 days. [1] Mail help@shop.example [2, 3]."),
            [("It takes 3.5 days.".to_owned(), vec![1]), ("Mail help@shop.example.".to_owned(), vec![2, 3]),]
        );
    }

    #[test]
    fn what_cites_nothing_has_no_citation() {
        assert_eq!(
            of("没有出处。[x] [999999]"),
            [("没有出处。".to_owned(), vec![]), ("[x] [999999]".to_owned(), vec![])]
        );
        assert_eq!(of("[[[[1"), [("[[[[1".to_owned(), vec![])]);
        assert_eq!(of(""), []);
        assert_eq!(of("。。。[1]"), []);
    }
}
