//! Rules by which the bot acts before its own judgement does, and the hours in which people are
//! there: data that an administrator writes, read by `bot::decide`.

use crate::{Locale, MoodKind, TeamId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// When all conditions hold, the step is taken. Of several rules the first one that holds counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// At most 40 characters; stands in the evidence.
    pub name: String,
    pub enabled: bool,
    /// 8 at most; without any the rule always holds.
    pub when: Vec<Condition>,
    pub then: Step,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// The visitor asks for a person.
    Asked,
    /// So many questions in a row without an answer, this one included; 1 to 9.
    Misses { at_least: u8 },
    /// `angry`, `upset` (or angry) or `urgent`; from slight (1) to strong (3).
    Mood { mood: MoodKind, at_least: u8 },
    /// What the site told of the visitor is one of these values. What it did not sign counts only
    /// where `unsigned` says so.
    Attribute { name: String, any: Vec<String>, unsigned: bool },
    /// A number that the site told is as large.
    Amount { name: String, at_least: i64, unsigned: bool },
    /// The likeliest entry is in one of these categories, or below them.
    Category { any: Vec<String> },
    /// The likeliest entry has one of these tags.
    Tag { any: Vec<String> },
    /// The message has one of these words.
    Words { any: Vec<String> },
    /// It is within the channel's hours, or not. Without hours this never holds.
    Hours { open: bool },
    /// Somebody who could take the conversation is online, or nobody.
    Staffed { there: bool },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// Give the conversation to people at once: to a team, or to the one that has it.
    HandOff { team_id: Option<TeamId>, say: Phrase },
    /// Ask the visitor whether to; once in a conversation.
    AskFirst { team_id: Option<TeamId>, say: Phrase },
    /// Keep it as a message for people, without a promise that somebody is there.
    LeaveMessage { team_id: Option<TeamId>, say: Phrase },
    /// Say this instead of an answer; not twice in a row.
    Say { say: Phrase },
}

impl Step {
    pub const fn code(&self) -> &'static str {
        match self {
            Self::HandOff { .. } => "hand_off",
            Self::AskFirst { .. } => "ask_first",
            Self::LeaveMessage { .. } => "leave_message",
            Self::Say { .. } => "say",
        }
    }

    pub const fn team_id(&self) -> Option<TeamId> {
        match self {
            Self::HandOff { team_id, .. }
            | Self::AskFirst { team_id, .. }
            | Self::LeaveMessage { team_id, .. } => *team_id,
            Self::Say { .. } => None,
        }
    }

    pub const fn say(&self) -> &Phrase {
        match self {
            Self::HandOff { say, .. }
            | Self::AskFirst { say, .. }
            | Self::LeaveMessage { say, .. }
            | Self::Say { say } => say,
        }
    }
}

/// A text in both languages, 500 characters each; an empty one stands for the other, both empty
/// for the product's own. `{{name}}` and `{{attributes.KEY}}` are replaced, `{{name|you}}` with
/// a word for when it is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Phrase {
    pub zh: String,
    pub en: String,
}

impl Phrase {
    /// None when there is no text at all.
    pub fn in_language(&self, locale: Locale) -> Option<&str> {
        let (first, second) = match locale {
            Locale::ZhCn => (&self.zh, &self.en),
            Locale::En => (&self.en, &self.zh),
        };
        [first, second].into_iter().find(|text| !text.is_empty()).map(String::as_str)
    }
}

/// When people are there in a week, by the clock of a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WeeklyHours {
    /// A name of the time zone database: `Asia/Shanghai`.
    pub time_zone: String,
    /// In any order; they may touch and overlap.
    pub spans: Vec<Span>,
}

/// From one minute of a day to another, not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// 1 Monday to 7 Sunday.
    pub day: u8,
    /// Minutes since midnight, 0 to 1,439.
    pub from: u16,
    /// 1 to 1,440, after `from`.
    pub to: u16,
}

impl WeeklyHours {
    /// Whether that minute of that day (1 Monday to 7 Sunday) is within them.
    pub fn has(&self, day: u8, minute: u16) -> bool {
        self.spans.iter().any(|span| span.day == day && (span.from..span.to).contains(&minute))
    }
}

/// A condition that held, with what made it hold: a part of the evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Held {
    Asked,
    Misses { count: u32 },
    Mood { mood: MoodKind, strength: u8 },
    Attribute { name: String, value: String, signed: bool },
    Category { name: String },
    Tag { name: String },
    Word { word: String },
    Hours { open: bool },
    Staffed { there: bool },
}

/// The rule by which something was said or done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UsedRule {
    pub name: String,
    /// `hand_off`, `ask_first`, `leave_message` or `say`.
    pub step: String,
    pub team_id: Option<TeamId>,
    pub why: Vec<Held>,
}
