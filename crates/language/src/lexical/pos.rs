//! Parts of speech: the universal ones, and what the tags of LAC mean in them.
//! Invariant: every tag of LAC has one.

use serde::Serialize;

/// As in Universal Dependencies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Pos {
    Adj,
    Adp,
    Adv,
    Aux,
    Cconj,
    Det,
    Intj,
    Noun,
    Num,
    Part,
    Pron,
    Propn,
    Punct,
    Sconj,
    Sym,
    Verb,
    X,
}

impl Pos {
    pub const ALL: [(Self, &'static str); 17] = [
        (Self::Adj, "ADJ"),
        (Self::Adp, "ADP"),
        (Self::Adv, "ADV"),
        (Self::Aux, "AUX"),
        (Self::Cconj, "CCONJ"),
        (Self::Det, "DET"),
        (Self::Intj, "INTJ"),
        (Self::Noun, "NOUN"),
        (Self::Num, "NUM"),
        (Self::Part, "PART"),
        (Self::Pron, "PRON"),
        (Self::Propn, "PROPN"),
        (Self::Punct, "PUNCT"),
        (Self::Sconj, "SCONJ"),
        (Self::Sym, "SYM"),
        (Self::Verb, "VERB"),
        (Self::X, "X"),
    ];

    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|row| row.0 == self).map_or("X", |row| row.1)
    }

    pub fn named(name: &str) -> Self {
        Self::ALL.iter().find(|row| row.1 == name).map_or(Self::X, |row| row.0)
    }
}

const MODALS: &str = "能 能够 会 可 可以 可能 应 应该 应当 要 必须 得 需要 想 愿意 肯 敢 能不能 可不可以 会不会 要不要 可否 能否";
const DETERMINERS: &str =
    "这 那 这个 那个 这些 那些 这种 那种 每 各 某 哪 哪个 哪些 什么样 任何 本 该 此 一些";
const QUESTION_ADVERBS: &str = "怎么 怎样 如何 为什么 为何 怎么样 咋 几时 何时 这么 那么 这样 那样";
const EXCLAMATIONS: &str = "啊 哦 嗯 喂 哎 唉 呀 哇 哈哈 呵呵 嘿 你好 您好";

/// The universal part of speech of a word with a tag of LAC.
pub fn of_lac(tag: &str, word: &str) -> Pos {
    let one_of = |list: &str| list.split(' ').any(|known| known == word);
    match tag {
        "PER" | "LOC" | "ORG" | "nz" | "nw" => Pos::Propn,
        "n" | "TIME" | "s" | "an" | "vn" | "f" | "q" => Pos::Noun,
        "v" | "vd" if one_of(MODALS) => Pos::Aux,
        "v" | "vd" => Pos::Verb,
        "a" => Pos::Adj,
        "ad" | "d" => Pos::Adv,
        "r" if one_of(QUESTION_ADVERBS) => Pos::Adv,
        "m" => Pos::Num,
        "r" if one_of(DETERMINERS) => Pos::Det,
        "r" => Pos::Pron,
        "p" => Pos::Adp,
        "c" => Pos::Cconj,
        "xc" if one_of(EXCLAMATIONS) => Pos::Intj,
        "u" | "xc" => Pos::Part,
        "w" => Pos::Punct,
        _ => Pos::X,
    }
}
