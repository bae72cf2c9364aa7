//! A text as far as it may be shown while a model still writes it.
//! Invariant: what was given so far is how the text of the answer begins, without what nobody sees.

use crate::blocks::visible;

const OPENS: &str = "<think>";
const CLOSES: &str = "</think>";

#[derive(Default)]
pub struct Growing {
    /// Not given yet: it may be a thought, or the space after the last word.
    held: String,
    thoughts: Thoughts,
    begun: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Thoughts {
    /// The text may begin with one.
    #[default]
    Possible,
    Inside,
    Over,
}

impl Growing {
    /// What more can be shown after this piece; often nothing.
    pub fn feed(&mut self, piece: &str) -> String {
        self.held.push_str(piece);
        if self.thoughts == Thoughts::Possible {
            let begin = self.held.trim_start();
            if let Some(thought) = begin.strip_prefix(OPENS) {
                (self.held, self.thoughts) = (thought.to_owned(), Thoughts::Inside);
            } else if OPENS.starts_with(begin) {
                return String::new();
            } else {
                self.thoughts = Thoughts::Over;
            }
        }
        if self.thoughts == Thoughts::Inside {
            let Some((_, said)) = self.held.split_once(CLOSES) else { return String::new() };
            (self.held, self.thoughts) = (said.to_owned(), Thoughts::Over);
        }
        let seen = visible(&std::mem::take(&mut self.held));
        let seen = if self.begun { &seen } else { seen.trim_start() };
        let shown = seen.trim_end();
        if !shown.is_empty() {
            self.begun = true;
        }
        if self.begun {
            self.held.push_str(&seen[shown.len()..]);
        }
        shown.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, size: usize) -> String {
        let letters: Vec<char> = text.chars().collect();
        let mut growing = Growing::default();
        letters.chunks(size).map(|piece| growing.feed(&piece.iter().collect::<String>())).collect()
    }

    #[test]
    fn a_text_grows_into_what_is_kept_however_it_is_cut() {
        for text in [
            "您好， 请稍等。\n\n- 一\n",
            " \n 好\u{202e}的 \u{200b}再见\u{200b} ",
            "<think>hm <b></think>\n 好的。 谢谢",
            "  <think></thin</think>ok",
            "<b>a</b> <think>",
        ] {
            let after = text.trim_start().strip_prefix(OPENS).and_then(|rest| rest.split_once(CLOSES));
            let kept = visible(after.map_or(text, |(_, said)| said).trim()).trim().to_owned();
            for size in 1..=text.chars().count() {
                assert_eq!(shown(text, size), kept, "{text:?} by {size}");
            }
        }
    }

    #[test]
    fn a_thought_without_end_is_never_shown() {
        for size in 1..9 {
            assert_eq!(shown("<think>secret thought", size), "");
        }
        assert_eq!(shown("<thin", 1), "");
    }
}
