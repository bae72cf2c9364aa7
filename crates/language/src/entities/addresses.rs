//! Web and mail addresses, number plates. Invariant: the sentence's own punctuation is not part of them.

use std::sync::LazyLock;

use super::{Found, Haystack, Kind, Rule};

static URL: LazyLock<Rule> = LazyLock::new(|| {
    Rule::new(
        r"(?: https?:// | www\. ) [a-z0-9\-._~:/?\#\[\]@!$&'()*+,;=%]+
         | \b (?: [a-z0-9\-]+ \. )+ (?: com | cn | net | org | io | shop | store | app | dev | example ) \b (?: / [a-z0-9\-._~/?\#@&+=%]* )?",
    )
});
static EMAIL: LazyLock<Rule> = LazyLock::new(|| {
    Rule::new(r"[a-z0-9] [a-z0-9._%+\-]{0,63} @ [a-z0-9\-]{1,63} (?: \. [a-z0-9\-]{1,63} )* \. [a-z]{2,18}")
});
static PLATE: LazyLock<Rule> = LazyLock::new(|| {
    Rule::new(
        r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼] [a-hj-np-z] [·\-\ ]? (?: [a-hj-np-z0-9]{5} | [df][a-hj-np-z0-9]\d{4} | \d{5}[df] )",
    )
});

pub fn find(hay: &Haystack<'_>, found: &mut Vec<Found>) {
    for (start, end, _) in hay.matches(&EMAIL) {
        if hay.stands_alone(start, end) {
            found.push(Found::new(start, end, Kind::Email, hay.text.folded(start, end)));
        }
    }
    for (start, end, _) in hay.matches(&URL) {
        let mut end = end;
        while end > start
            && matches!(
                hay.text.folded[end - 1],
                '.' | ',' | '!' | '?' | ';' | ':' | '\'' | ')' | '(' | '[' | ']'
            )
        {
            end -= 1;
        }
        // Full-width punctuation ends an address, though it folds to what may stand in one.
        let foreign = (start..end).find(|at| !hay.text.chars[*at].is_ascii());
        let end = foreign.unwrap_or(end);
        if end > start + 4 && hay.stands_alone(start, end) {
            let text = hay.text.original(start, end);
            let value = if text.contains("://") { text } else { format!("https://{text}") };
            found.push(Found::new(start, end, Kind::Url, value));
        }
    }
    for (start, end, _) in hay.matches(&PLATE) {
        let digits =
            hay.text.folded[start..end].iter().filter(|character| character.is_ascii_digit()).count();
        if digits >= 3 && hay.stands_alone(start, end) {
            let plate = hay.text.folded[start..end].iter().filter(|character| character.is_alphanumeric());
            found.push(Found::new(start, end, Kind::Plate, plate.collect::<String>().to_uppercase()));
        }
    }
}
