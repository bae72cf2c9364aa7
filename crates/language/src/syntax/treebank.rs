//! Treebanks (CoNLL-U) as examples for the tagger and the parser: with their own words, and with the
//! words of our lexer. Invariant: the text of a sentence is the same in both.

use crate::lexical::{Pos, Text, Token, Weights, chinese_tokens};

/// A sentence of a treebank: words, universal and fine tags, lemmas, heads (0: root), labels, and
/// whether a space follows.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    pub forms: Vec<String>,
    pub tags: Vec<(String, String)>,
    pub lemmas: Vec<String>,
    pub heads: Vec<usize>,
    pub labels: Vec<String>,
    pub spaces: Vec<bool>,
}

pub fn read(conllu: &str) -> Vec<Tree> {
    let mut trees = Vec::new();
    let mut tree = Tree::default();
    for line in conllu.lines().chain([""]) {
        if line.is_empty() {
            if !tree.forms.is_empty() {
                trees.push(std::mem::take(&mut tree));
            }
            continue;
        }
        let fields: Vec<&str> = line.split('\t').collect();
        if line.starts_with('#') || fields.len() < 10 || fields[0].contains(['-', '.']) {
            continue;
        }
        tree.forms.push(fields[1].to_owned());
        tree.lemmas.push(fields[2].to_owned());
        tree.tags.push((fields[3].to_owned(), fields[4].to_owned()));
        tree.heads.push(fields[6].parse().unwrap_or(0));
        tree.labels.push(label(fields[7]));
        tree.spaces.push(!fields[9].contains("SpaceAfter=No"));
    }
    trees
}

/// The names of UD 2, without subtypes.
fn label(name: &str) -> String {
    match name {
        "dobj" => "obj",
        "case:aspect" | "auxpass" | "aux:caus" => "aux",
        "case:dec" => "mark:rel",
        "case:suff" | "case:pref" => "affix",
        "neg" => "advmod",
        "mwe" | "foreign" => "flat",
        "csubjpass" => "csubj",
        "nsubjpass" => "nsubj",
        other => other.split(':').next().unwrap_or(other),
    }
    .to_owned()
}

/// Tokens with the tree over them, and the treebank's fine tags.
#[derive(Clone)]
pub struct Tagged {
    pub tokens: Vec<Token>,
    pub tags: Vec<String>,
    pub heads: Vec<usize>,
    pub labels: Vec<String>,
}

/// A Chinese tree over the treebank's words (with the network's tags), and over our own words.
pub struct Chinese {
    pub gold: Tagged,
    pub own: Tagged,
}

impl Chinese {
    pub fn new(tree: &Tree, weights: &Weights) -> Self {
        let (raw, spans) = running_text(tree);
        let text = Text::new(&raw);
        let own = chinese_tokens(weights, &text, 0, text.chars.len(), &[]);
        let token = |(from, to): &(usize, usize)| {
            let covering = own.iter().find(|token| token.end >= *to).or(own.last());
            let (tag, pos) =
                covering.map_or(("n".to_owned(), Pos::Noun), |token| (token.tag.clone(), token.pos));
            let folded = text.folded(*from, *to);
            Token { start: *from, end: *to, text: folded.clone(), lemma: folded.clone(), folded, pos, tag }
        };
        let tags: Vec<String> = tree.tags.iter().map(|tag| format!("{}/{}", tag.0, tag.1)).collect();
        let (heads, labels, from) = project(tree, &spans, &own);
        let own_tags = from.iter().map(|index| tags[*index].clone()).collect();
        let gold_tokens = spans.iter().map(token).collect();
        Self {
            gold: Tagged {
                tokens: gold_tokens,
                tags,
                heads: tree.heads.clone(),
                labels: tree.labels.clone(),
            },
            own: Tagged { tokens: own, tags: own_tags, heads, labels },
        }
    }
}

/// The sentence as people would write it, and where its words are. The treebank has ASCII punctuation.
fn running_text(tree: &Tree) -> (String, Vec<(usize, usize)>) {
    let mut raw = String::new();
    let mut spans = Vec::new();
    let mut at = 0;
    for (index, form) in tree.forms.iter().enumerate() {
        let form = match (tree.tags[index].0.as_str(), form.as_str()) {
            ("PUNCT", ",") => "，",
            ("PUNCT", ".") => "。",
            ("PUNCT", "?") => "？",
            ("PUNCT", ":") => "：",
            ("PUNCT", ";") => "；",
            ("PUNCT", "(") => "（",
            ("PUNCT", ")") => "）",
            (_, form) => form,
        };
        let latin =
            |character: Option<char>| character.is_some_and(|character| character.is_ascii_alphanumeric());
        if latin(raw.chars().next_back()) && latin(form.chars().next()) {
            raw.push(' ');
            at += 1;
        }
        raw.push_str(form);
        spans.push((at, at + form.chars().count()));
        at += form.chars().count();
    }
    (raw, spans)
}

/// The tree over other words: a word belongs to the one in which it ends; a piece of a word that was cut
/// depends on the piece that holds the end. Heads, labels, and the word that each takes its tag from.
fn project(tree: &Tree, gold: &[(usize, usize)], own: &[Token]) -> (Vec<usize>, Vec<String>, Vec<usize>) {
    let holder =
        |index: usize| own.iter().position(|token| token.end >= gold[index].1).unwrap_or(own.len() - 1);
    let holders: Vec<usize> = (0..gold.len()).map(holder).collect();
    let (mut heads, mut labels, mut from) = (Vec::new(), Vec::new(), Vec::new());
    for (piece, token) in own.iter().enumerate() {
        let outside = |index: &usize| {
            holders[*index] == piece && (tree.heads[*index] == 0 || holders[tree.heads[*index] - 1] != piece)
        };
        if let Some(exit) = (0..gold.len()).rev().find(outside) {
            let head = tree.heads[exit];
            heads.push(if head == 0 { 0 } else { holders[head - 1] + 1 });
            labels.push(tree.labels[exit].clone());
            from.push(exit);
        } else {
            let whole = gold.iter().position(|span| span.1 > token.start).unwrap_or(0);
            heads.push(holders[whole] + 1);
            labels.push("compound".to_owned());
            from.push(whole);
        }
    }
    (heads, labels, from)
}
