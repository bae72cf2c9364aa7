//! A parsed sentence, and the walks over it that the rules need. Invariant: walks end, whatever the arcs.

use crate::lexical::{Language, Pos, Token};

/// The head of a token within its sentence (none: the root) and the relation to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arc {
    pub head: Option<usize>,
    pub label: String,
}

pub struct Parsed<'a> {
    pub language: Language,
    pub tokens: &'a [Token],
    pub arcs: &'a [Arc],
}

impl Parsed<'_> {
    pub fn folded(&self, index: usize) -> &str {
        self.tokens.get(index).map_or("", |token| token.folded.as_str())
    }

    pub fn head(&self, index: usize) -> Option<usize> {
        self.arcs.get(index).and_then(|arc| arc.head)
    }

    pub fn label(&self, index: usize) -> &str {
        self.arcs.get(index).map_or("", |arc| arc.label.as_str())
    }

    pub fn children(&self, head: usize) -> impl Iterator<Item = usize> + '_ {
        (0..self.arcs.len()).filter(move |index| self.arcs[*index].head == Some(head))
    }

    /// Whether `index` is `ancestor` or hangs below it.
    pub fn is_under(&self, index: usize, ancestor: usize) -> bool {
        let mut at = Some(index);
        for _ in 0..=self.arcs.len() {
            match at {
                Some(here) if here == ancestor => return true,
                Some(here) => at = self.head(here),
                None => return false,
            }
        }
        false
    }

    /// Where the clause around a token ends: before the next mark or word that starts another clause.
    pub fn clause_end(&self, from: usize) -> usize {
        (from..self.tokens.len()).find(|index| self.breaks(*index)).unwrap_or(self.tokens.len())
    }

    pub fn clause_start(&self, from: usize) -> usize {
        (0..from).rev().find(|index| self.breaks(*index)).map_or(0, |index| index + 1)
    }

    fn breaks(&self, index: usize) -> bool {
        let token = &self.tokens[index];
        let mark = token.pos == Pos::Punct
            && !matches!(token.folded.as_str(), "\"" | "'" | "、" | "-" | "《" | "》");
        mark || matches!(
            token.folded.as_str(),
            "但" | "但是" | "可是" | "不过" | "而且" | "所以" | "but" | "because" | "so"
        )
    }
}
