//! What a question asks, without the words that only make it a question.

use crate::{opposites::contrary, text};

/// Longer ones first: each is taken out whole.
const PHRASES: &str = "
    请问一下 想问一下 我想知道 麻烦问下 请问 你们 我们 咱们 能不能 可不可以 可以不可以 是不是 有没有
    会不会 要不要 支不支持 需不需要 怎么样 怎么办理 怎么 怎样 如何 是否 能否 可否 可以 申请 办理
    进行 一下 的话 应该 需要 我 您 你 吗 呢 啊 呀 吧 嘛 么 的 了 能 会 要 请 是 在 该 个 想 得 后";
/// What is wanted, in whatever words. The marks are upper case, which no normalised text has.
const WANTED: &[(&str, &str)] = &[
    ("WHEN", "什么时候|多长时间|多少天|几个工作日|几天|多久|何时|how long|how soon|when"),
    ("MUCH", "多少钱|什么价格|价格多少|how much"),
    ("WHO", "谁来|由谁|哪方|谁|who"),
    ("WHERE", "什么地方|在哪里|在哪儿|哪里|哪儿|在哪|where"),
    ("WHY", "为什么|为何|why"),
];
const WORDS: &str = "
    a an the i my me we our you your it its is are am be do does did can could will would should may
    how what to for of in on at and please if there any get have has long take";
/// So short that the order of its words does not matter: 发票怎么开, 怎么开发票.
const SHORT: usize = 4;

/// A question as it is compared.
#[derive(Debug)]
pub struct Asked {
    text: String,
    /// What it is about, in its order.
    about: Vec<String>,
    /// What of it is wanted.
    wanted: Vec<String>,
}

/// None when nothing is left to compare.
pub fn asked(question: &str) -> Option<Asked> {
    let text = text::normalise(question);
    let mut rest = text.clone();
    for (mark, words) in WANTED {
        for word in words.split('|') {
            rest = replace(&rest, word, &format!(" {mark} "));
        }
    }
    for phrase in PHRASES.split_whitespace() {
        rest = rest.replace(phrase, "");
    }
    let pieces = text::pieces(&rest).into_iter();
    let kept = pieces.filter(|piece| !WORDS.split_whitespace().any(|word| word == piece)).map(singular);
    let (mut wanted, about): (Vec<String>, Vec<String>) =
        kept.partition(|piece| piece.starts_with(char::is_uppercase));
    wanted.sort();
    wanted.dedup();
    (!about.is_empty()).then_some(Asked { text, about, wanted })
}

/// A Latin word only where it stands alone.
fn replace(text: &str, word: &str, mark: &str) -> String {
    if !word.is_ascii() {
        return text.replace(word, mark);
    }
    format!(" {text} ").replace(&format!(" {word} "), mark)
}

fn singular(word: String) -> String {
    let is_plural = word.is_ascii() && word.len() > 3 && word.ends_with('s') && !word.ends_with("ss");
    if is_plural { word[..word.len() - 1].to_owned() } else { word }
}

impl Asked {
    /// The same for all that may ask the same.
    pub fn key(&self) -> Vec<String> {
        let mut key = self.about.clone();
        key.sort();
        key.dedup();
        key.extend(self.wanted.iter().cloned());
        key
    }

    /// Of two with one key: whether they ask the same.
    pub fn is(&self, other: &Self) -> bool {
        let in_order = self.about == other.about;
        (in_order || self.about.len() <= SHORT && other.about.len() <= SHORT)
            && !contrary(&self.text, &other.text)
    }
}
