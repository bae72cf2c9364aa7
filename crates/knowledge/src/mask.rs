//! Texts of visitors and agents without what tells who they are: phones, addresses, cards,
//! orders, parcels, names. What is left may be shown to whoever writes knowledge.

use language::entities::Kind;

/// What stands in the place of an entity, in Chinese and English; none stays as it is.
const fn label(kind: Kind) -> Option<(&'static str, &'static str)> {
    Some(match kind {
        Kind::Email => ("[邮箱]", "[e-mail]"),
        Kind::IdCard => ("[证件号]", "[ID number]"),
        Kind::BankCard => ("[卡号]", "[card number]"),
        Kind::Phone => ("[电话]", "[phone]"),
        Kind::TrackingNumber => ("[运单号]", "[tracking number]"),
        Kind::OrderNumber => ("[订单号]", "[order number]"),
        Kind::Plate => ("[车牌]", "[plate]"),
        Kind::Person => ("[姓名]", "[name]"),
        Kind::Url | Kind::Money | Kind::Time | Kind::Duration | Kind::Place | Kind::Organisation => {
            return None;
        }
    })
}

/// Digits in a row that no rule knows, but that are nobody else's business either.
const DIGITS: usize = 7;

/// The text with labels for what is personal. Texts of more than 10,000 characters are cut there.
pub fn mask(text: &str) -> Result<String, language::LoadError> {
    replace(text, |label, _| label.to_owned())
}

/// A text with a numbered label for each personal thing, and what stood in its place.
#[derive(Clone, Debug, Default)]
pub struct Veiled {
    pub text: String,
    hidden: Vec<(String, String)>,
}

impl Veiled {
    /// Another text under the same labels: what stands in both has one.
    pub fn also(&mut self, text: &str) -> Result<String, language::LoadError> {
        let hidden = &mut self.hidden;
        replace(text, |label, original| labelled(hidden, label, original))
    }

    /// Puts back what was hidden, wherever its label still stands.
    pub fn lift(&self, text: &str) -> String {
        self.hidden.iter().fold(text.to_owned(), |text, (label, hidden)| text.replace(label, hidden))
    }

    /// [`Self::lift`] for a text that comes in pieces.
    pub fn lifting(&self) -> Lifting<'_> {
        Lifting { veiled: self, held: String::new() }
    }
}

/// What was given so far is how the lifted text begins: the beginning of a label is held back until it is
/// all there, or is none.
pub struct Lifting<'a> {
    veiled: &'a Veiled,
    held: String,
}

impl Lifting<'_> {
    /// What can be given after this piece.
    pub fn feed(&mut self, piece: &str) -> String {
        self.held.push_str(piece);
        // A label has one bracket that opens, so that only the last one can begin what is not there yet.
        let begun = self.held.rfind('[').filter(|at| {
            let begin = &self.held[*at..];
            self.veiled.hidden.iter().any(|(label, _)| label != begin && label.starts_with(begin))
        });
        let rest = self.held.split_off(begun.unwrap_or(self.held.len()));
        self.veiled.lift(&std::mem::replace(&mut self.held, rest))
    }
}

/// [`mask`] for a text that comes back: a rewritten or translated one.
pub fn veil(text: &str) -> Result<Veiled, language::LoadError> {
    let mut veiled = Veiled::default();
    let text = veiled.also(text)?;
    Ok(Veiled { text, ..veiled })
}

/// The label of a thing, numbered when it comes first.
fn labelled(hidden: &mut Vec<(String, String)>, label: &str, original: &str) -> String {
    if let Some((label, _)) = hidden.iter().find(|(_, known)| known == original) {
        return label.clone();
    }
    let label = format!("{} {}]", label.trim_end_matches(']'), hidden.len() + 1);
    hidden.push((label.clone(), original.to_owned()));
    label
}

/// Replaces what is personal by what `name` makes of its label and its text.
fn replace(text: &str, mut name: impl FnMut(&str, &str) -> String) -> Result<String, language::LoadError> {
    let letters: Vec<char> = text.chars().take(10_000).collect();
    let analysis = language::analyse(text, None)?;
    let chinese = letters.iter().any(|c| ('\u{3400}'..='\u{9fff}').contains(c));
    let number = if chinese { "[号码]" } else { "[number]" };
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for entity in &analysis.entities {
        let Some((zh, en)) = label(entity.kind).filter(|_| entity.start >= at) else { continue };
        numbers(letters.get(at..entity.start).unwrap_or_default(), number, &mut name, &mut out);
        let original: String = letters.get(entity.start..entity.end).unwrap_or_default().iter().collect();
        out.push_str(&name(if chinese { zh } else { en }, &original));
        at = entity.end;
    }
    numbers(letters.get(at..).unwrap_or_default(), number, &mut name, &mut out);
    Ok(out)
}

/// Copies a text without its long numbers.
fn numbers(text: &[char], label: &str, name: &mut impl FnMut(&str, &str) -> String, out: &mut String) {
    let mut run = String::new();
    for c in text.iter().copied().map(Some).chain(std::iter::once(None)) {
        if let Some(digit) = c.filter(char::is_ascii_digit) {
            run.push(digit);
            continue;
        }
        if run.len() >= DIGITS {
            out.push_str(&name(label, &run));
        } else {
            out.push_str(&run);
        }
        run.clear();
        out.extend(c);
    }
}

#[cfg(test)]
mod tests {
    use super::{mask, veil};

    #[test]
    fn a_label_is_lifted_however_it_is_cut() {
        let veiled = veil("请打 13812345678 或 13900001111").unwrap();
        for text in [veiled.text.as_str(), "[[号码 1]", "见[1]，[电话 1][电话 2] [电 话", "[电话 12] [电话 1"]
        {
            let letters: Vec<char> = text.chars().collect();
            for size in 1..=letters.len() {
                let mut lifting = veiled.lifting();
                let mut given: String = letters
                    .chunks(size)
                    .map(|piece| lifting.feed(&piece.iter().collect::<String>()))
                    .collect();
                assert!(!given.contains("[电话 1]"), "{given}");
                given += &lifting.feed("。");
                assert_eq!(given, veiled.lift(text) + "。", "{text:?} by {size}");
            }
        }
    }

    #[test]
    fn what_was_veiled_comes_back_where_its_label_stands() {
        let veiled = veil("请打 13812345678 或 13900001111，13812345678 也可以").unwrap();
        assert!(!veiled.text.contains("138") && !veiled.text.contains("139"), "{}", veiled.text);
        assert_eq!(veiled.text.matches("[电话 1]").count(), 2, "{}", veiled.text);
        assert_eq!(veiled.lift("call [电话 2]!"), "call 13900001111!");
        assert_eq!(veiled.lift(&veiled.text), "请打 13812345678 或 13900001111，13812345678 也可以");
    }

    #[test]
    fn several_texts_share_their_labels() {
        let mut veiled = veil("订单号 20261129001234 到哪了").unwrap();
        let other = veiled.also("订单号: 20261129001234, 手机: 13812345678").unwrap();
        assert_eq!(other, "订单号: [订单号 1], 手机: [电话 2]");
        assert_eq!(veiled.lift("[电话 2] [订单号 1]"), "13812345678 20261129001234");
    }

    #[test]
    fn nothing_personal_is_left() {
        for (text, hidden) in [
            ("我的手机是13812345678，帮我改一下", "13812345678"),
            ("订单号 20261129001234 什么时候发货", "20261129001234"),
            ("发到 anna@shop.example 就行", "anna@shop.example"),
            ("我叫王小明，身份证11010519491231002X", "11010519491231002X"),
            ("我叫王小明，怎么退货", "王小明"),
            ("my card is 4111 1111 1111 1111", "4111 1111"),
            ("call me at +86 138 1234 5678 please", "1234 5678"),
            ("会员号88776655443", "88776655443"),
        ] {
            let masked = mask(text).unwrap();
            assert!(!masked.contains(hidden) && masked.contains('['), "{text} → {masked}");
        }
    }

    #[test]
    fn what_is_asked_stays() {
        for text in ["怎么退货", "满 99 元包邮吗，3 天能到北京吗？", "Is there a $20 fee?", "😀", ""]
        {
            assert_eq!(mask(text).unwrap(), text);
        }
        assert_eq!(mask(&"退货".repeat(6_000)).unwrap().chars().count(), 10_000);
    }
}
