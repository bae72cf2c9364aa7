//! What a message says. Stored as JSON; text stays exactly as it was typed, and only
//! renderers decide how it looks.

use crate::{
    AgentId, AttachmentId, EntryId, FollowUp, HandOffReason, HelpKind, MoodKind, TeamId, benefit::BenefitKind,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Content {
    Text {
        text: Arc<str>,
    },
    File(FileRef),
    /// A question with prepared answers, of which the visitor may send one.
    Choices(Choices),
    /// Something that an agent gave to make up for something.
    Benefit(GivenBenefit),
    /// The answer of an entry with what goes with it.
    Answer(Answer),
    /// A system line: something happened to the conversation.
    Notice(Notice),
    /// What this version cannot read, kept as it is: a newer node beside this one wrote it. Nothing of it
    /// is shown, because only that version knows for whom it is.
    #[serde(untagged)]
    Unknown(serde_json::Value),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub text: String,
    /// Shown below the text, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<AnswerImage>,
    /// Shown below the images.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cards: Vec<LinkCard>,
    /// The text quotes this article, which can be opened.
    #[serde(default)]
    pub article: Option<ArticleLink>,
    /// What the visitor may ask next with one click.
    #[serde(default)]
    pub follow_ups: Vec<FollowUp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerImage {
    pub file: FileRef,
    /// What it shows, for whoever does not see it.
    #[serde(default)]
    pub alt: String,
}

/// A way to a page (链接卡片).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LinkCard {
    pub title: String,
    /// May be empty.
    pub text: String,
    pub link: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<FileRef>,
    /// What its button says; empty leaves that to the client.
    pub button: String,
}

/// What is shown below the words of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    pub images: Vec<AnswerImage>,
    pub cards: Vec<LinkCard>,
}

impl Shown {
    pub const fn is_empty(&self) -> bool {
        self.images.is_empty() && self.cards.is_empty()
    }
}

/// The files that images and cards show.
pub fn shown_files<'a>(
    images: &'a [AnswerImage],
    cards: &'a [LinkCard],
) -> impl Iterator<Item = &'a FileRef> {
    images.iter().map(|image| &image.file).chain(cards.iter().filter_map(|card| card.image.as_ref()))
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices {
    pub prompt: String,
    pub options: Vec<Choice>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Choice {
    /// What is shown, and what the visitor sends by choosing it.
    pub label: String,
    /// The knowledge entry that it stands for.
    pub entry_id: EntryId,
}

impl Choices {
    /// The same as text, for whoever cannot show buttons.
    pub fn plain(&self) -> String {
        let lines = self.options.iter().enumerate();
        let lines = lines.map(|(index, option)| format!("\n{}. {}", index + 1, option.label));
        std::iter::once(self.prompt.clone()).chain(lines).collect()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenBenefit {
    /// All of it as text, for whoever cannot show a card.
    pub text: String,
    /// What is said with it.
    pub words: String,
    pub name: String,
    pub kind: BenefitKind,
    pub worth: i64,
    pub code: Option<String>,
}

/// Words of an article, and where they stood when they were said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArticleLink {
    pub entry_id: EntryId,
    pub title: String,
    /// The section's number, from 0; none is the summary.
    pub section: Option<usize>,
    pub heading: String,
    /// Word for word.
    pub quote: String,
}

/// An attachment as its message carries it, so that reading needs no join.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRef {
    pub id: AttachmentId,
    pub name: String,
    pub media_type: String,
    pub kind: MediaKind,
    /// Bytes.
    pub size: i64,
    /// Pixels, for images.
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub has_thumbnail: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    Image,
    Audio,
    Video,
    Document,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Notice {
    /// `by` is the agent who took it or gave it; none means automatic assignment.
    Assigned {
        agent_id: AgentId,
        by: Option<AgentId>,
        /// Chosen automatically because they are senior.
        #[serde(default)]
        senior: bool,
    },
    /// Given to a team's queue.
    Queued {
        team_id: Option<TeamId>,
        by: Option<AgentId>,
    },
    /// None means that the visitor ended it.
    Resolved {
        by: Option<AgentId>,
    },
    Reopened {
        by: Option<AgentId>,
    },
    Rated {
        stars: i16,
    },
    /// The bot gave the conversation to people; `staffed` says whether anybody was there.
    HandedOff {
        reason: HandOffReason,
        staffed: bool,
    },
    /// Others were told of an upset visitor, or asked for help. Visitors are not told.
    Help {
        /// Whose conversation it is.
        agent_id: AgentId,
        kind: HelpKind,
        /// How the visitor felt.
        mood: Option<MoodKind>,
        strength: u8,
        /// The visitor's words that show it.
        words: Vec<String>,
    },
    /// The agent goes on without help. Visitors are not told.
    HelpDeclined {
        agent_id: AgentId,
    },
}

impl Notice {
    /// Only staff is told.
    pub const fn is_internal(&self) -> bool {
        matches!(self, Self::Help { .. } | Self::HelpDeclined { .. })
    }
}

impl Content {
    /// The most characters a text message may have.
    pub const MAX_TEXT: usize = 4_000;
    /// How much of a text the inbox shows.
    const PREVIEW: usize = 120;

    /// The words that it can be found by; none for notices and what is unknown.
    pub fn searchable(&self) -> Option<&str> {
        match self {
            Self::Text { text } => Some(text),
            Self::File(file) => Some(&file.name),
            Self::Choices(choices) => Some(&choices.prompt),
            Self::Benefit(given) => Some(&given.text),
            Self::Answer(answer) => Some(&answer.text),
            Self::Notice(_) | Self::Unknown(_) => None,
        }
    }

    /// The files that an answer shows.
    pub fn shown_files(&self) -> impl Iterator<Item = &FileRef> {
        let answer = if let Self::Answer(answer) = self { Some(answer) } else { None };
        answer.into_iter().flat_map(|answer| shown_files(&answer.images, &answer.cards))
    }

    /// Only staff sees what it says.
    pub const fn is_internal(&self) -> bool {
        matches!(self, Self::Notice(notice) if notice.is_internal())
    }

    /// One line for a list; empty for notices, which lists word themselves.
    pub fn preview(&self) -> String {
        self.searchable().map_or_else(String::new, |text| one_line(text.trim_start()))
    }
}

/// The beginning of a text that needs nothing but to be cut, as most do.
fn line_already(text: &str) -> Option<&str> {
    let mut after_space = true;
    for (count, (at, c)) in text.char_indices().enumerate() {
        if count == Content::PREVIEW {
            return (!after_space).then_some(&text[..at]);
        }
        let is_space = c == ' ';
        if is_space && after_space || !is_space && (c.is_control() || c.is_whitespace()) {
            return None;
        }
        after_space = is_space;
    }
    (!after_space || text.is_empty()).then_some(text)
}

/// The beginning of a text without line breaks and control characters.
fn one_line(text: &str) -> String {
    line_already(text).map_or_else(|| rewritten(text), str::to_owned)
}

fn rewritten(text: &str) -> String {
    let mut line = String::with_capacity(text.len().min(4 * Content::PREVIEW));
    let (mut length, mut pending_space) = (0, false);
    for c in text.chars().take(4 * Content::PREVIEW) {
        if c.is_control() || c.is_whitespace() {
            pending_space = length > 0;
            continue;
        }
        for c in pending_space.then_some(' ').into_iter().chain([c]) {
            if length == Content::PREVIEW {
                return line;
            }
            line.push(c);
            length += 1;
        }
        pending_space = false;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::{Content, line_already, one_line, rewritten};
    use serde_json::json;

    #[test]
    fn content_of_a_later_version_is_kept_as_it_is_and_says_nothing() {
        for later in [
            json!({"type": "poll", "text": "哪个？", "options": [{"n": 1}]}),
            json!({"type": "notice", "event": "merged", "into": "7"}),
            json!({"type": "notice", "event": "handed_off", "reason": "of_a_later_version", "staffed": true}),
        ] {
            let content: Content = serde_json::from_value(later.clone()).unwrap();
            assert!(matches!(content, Content::Unknown(_)), "{content:?}");
            assert_eq!((content.searchable(), content.preview()), (None, String::new()));
            assert_eq!(serde_json::to_value(&content).unwrap(), later);
        }
        let more = json!({"type": "text", "text": "在吗", "tone": "of a later version"});
        let known: Content = serde_json::from_value(more).unwrap();
        assert_eq!(known, Content::Text { text: "在吗".into() });
    }

    #[test]
    fn line_is_the_same_whether_it_has_to_be_rewritten_or_not() {
        let long = "退款 ".repeat(Content::PREVIEW);
        let exact = "a".repeat(Content::PREVIEW);
        for text in ["", "在吗", "a b", "a  b", " a", "a ", "a\nb", "a\u{3000}b", "\u{7}", &long, &exact] {
            assert_eq!(one_line(text), rewritten(text), "{text:?}");
        }
        assert_eq!(line_already("Order 7, 谢谢"), Some("Order 7, 谢谢"));
        assert_eq!(one_line("a \n\t b\u{0}c"), "a b c");
    }
}
