//! Decides what the bot does next in a conversation, from data that it is given.
//!
//! Invariant: [`decide`] is pure. It looks questions up in an index that lies in memory, and
//! whatever it wants done it asks for as a [`BotAction`].

mod decide;
mod evidence;
mod follow_ups;
pub mod mood;
mod questions;
mod rules;
mod signals;
mod summary;
pub mod template;
mod texts;
mod words;

pub use decide::{decide, resembling};
pub use follow_ups::{follow_ups, shown};
pub use questions::newest_question;
pub use summary::{Summary, Tried, is_question, summarise};

use knowledge::Ranking;
use model::{
    ArticleLink, Audience, BotSettings, Choices, EntryId, Evidence, FollowUp, HandOffReason, Locale, Outcome,
    Seq, Shown, Standing, StoredTurn, TeamId, UsedVariant, VipMark, rules::Held,
};
use std::collections::BTreeMap;

/// How many things the bot may say in one conversation before a person takes over.
pub const MAX_TURNS: usize = 40;
/// How many questions of one message it answers.
pub const MAX_QUESTIONS: usize = 3;
/// How many entries it offers when it is not sure.
pub const MAX_OPTIONS: usize = 3;

/// What the bot knows. `rank` must be a pure function of the question.
pub trait Knowledge {
    fn rank(&self, question: &str) -> Ranking;
    /// The entry as it answers now; none when it does not (any more).
    fn entry(&self, id: EntryId) -> Option<Entry>;
    /// Where an article answers a question; none for an entry that is no article.
    fn quote(&self, _id: EntryId, _question: &str) -> Option<ArticleLink> {
        None
    }
    /// Names the state of the knowledge base, for the evidence.
    fn version(&self) -> String;
    fn is_empty(&self) -> bool;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub question: String,
    pub answer: String,
    /// Below the answer.
    pub shown: Shown,
    /// Which of its answers this is; none where it has only one.
    pub variant: Option<UsedVariant>,
    pub category: String,
    pub tags: Vec<String>,
    /// Those that are offered are chosen when it answers.
    pub follow_ups: Vec<FollowUp>,
}

/// Whom it talks to, as rules and texts know them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Visitor {
    pub name: String,
    /// The site signed who it is; otherwise attributes are only what a page said.
    pub verified: bool,
    pub attributes: BTreeMap<String, String>,
}

impl Visitor {
    /// Whom answers must be for to be told. What the site did not sign makes nobody a VIP.
    pub fn standing(&self, vip: &VipMark) -> Standing {
        if !self.verified {
            return Standing::default();
        }
        let told = self.attributes.get(&vip.attribute);
        match told.filter(|told| rules::is_one_of(told, &vip.values)) {
            Some(value) => {
                let why = Held::Attribute { name: vip.attribute.clone(), value: value.clone(), signed: true };
                Standing { audience: Audience::Vip, why: Some(why) }
            }
            None => Standing { audience: Audience::SignedIn, why: None },
        }
    }
}

/// Who is there to take over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Staffing {
    /// Of the team that has the conversation, or of all.
    pub here: bool,
    /// All teams, and whether somebody of each is there.
    pub teams: Vec<(TeamId, bool)>,
}

impl Staffing {
    /// None is the team that has the conversation.
    pub fn has(&self, team: Option<TeamId>) -> bool {
        match team {
            None => self.here,
            Some(team) => self.teams.iter().any(|(known, there)| *known == team && *there),
        }
    }

    pub fn knows(&self, team: TeamId) -> bool {
        self.teams.iter().any(|(known, _)| *known == team)
    }
}

/// Something that was said, by the visitor or by the bot.
#[derive(Clone, Debug, PartialEq)]
pub enum Turn {
    Visitor {
        seq: Seq,
        said: Said,
    },
    /// With the evidence that was stored for it, if it was.
    Bot {
        offered: Offered,
        evidence: Option<Evidence>,
    },
}

/// What a message of the bot offers with a click.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offered {
    Nothing,
    Choices(Choices),
    FollowUps(Vec<FollowUp>),
}

impl Turn {
    /// Position and words, if a visitor wrote them.
    pub(crate) fn visitors_text(&self) -> Option<(Seq, &str)> {
        match self {
            Self::Visitor { seq, said: Said::Text(text) } => Some((*seq, text)),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    Text(String),
    File { is_image: bool },
}

/// What happened in the conversation so far, as far as limits depend on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Messages of the visitor that the bot reacted to.
    pub turns: usize,
    /// Of the newest, those in a row that it could not answer.
    pub misses: usize,
    /// Of the newest, those in a row to which it offered choices.
    pub clarifications: usize,
}

impl Counters {
    /// From the stored turns of a conversation, oldest first.
    pub fn of(turns: &[StoredTurn]) -> Self {
        let mut counters = Self::default();
        for group in turns.chunk_by(|a, b| a.evidence.question_seq == b.evidence.question_seq) {
            let has = |outcome| group.iter().any(|turn| turn.evidence.outcome == outcome);
            counters.turns += 1;
            if has(Outcome::Answered) {
                (counters.misses, counters.clarifications) = (0, 0);
            } else if has(Outcome::Clarified) {
                counters.clarifications += 1;
            } else if has(Outcome::Missed) {
                counters.misses += 1;
            }
        }
        counters
    }
}

/// All that a decision depends on.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// What was said, oldest first; the newest few suffice.
    pub turns: &'a [Turn],
    /// None: it cannot be asked now.
    pub knowledge: Option<&'a dyn Knowledge>,
    pub counters: Counters,
    pub settings: &'a BotSettings,
    pub staffing: &'a Staffing,
    pub visitor: &'a Visitor,
    /// It is within the channel's hours; none when it has none.
    pub open: Option<bool>,
    /// Moods may be looked at.
    pub moods: bool,
    /// The visitor was soothed a short time ago.
    pub soothed: bool,
    /// The visitor's language, for words that have none of their own.
    pub locale: Locale,
    /// Where a language model may be asked to write.
    pub llm: LlmUse,
}

/// When the bot asks for a language model. Never, unless somebody set one up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LlmUse {
    /// Instead of asking back.
    pub when_unsure: bool,
    /// Instead of the entry's own words.
    pub when_sure: bool,
    /// It can look things up, and so may know what no entry says.
    pub looks_up: bool,
}

/// A question for a language model. Whoever asks it judges what it says.
#[derive(Clone, Debug, PartialEq)]
pub struct LlmQuestion {
    pub question: String,
    /// All that it may answer from, the likeliest first.
    pub sources: Vec<(EntryId, Entry)>,
    /// Of what was looked up, as for an answer.
    pub evidence: Evidence,
    /// What is done when nothing comes of it.
    pub otherwise: Vec<BotAction>,
}

/// What the bot wants done, in this order. No action at all is a decision too.
#[derive(Clone, Debug, PartialEq)]
pub enum BotAction {
    Say {
        text: String,
        evidence: Evidence,
    },
    /// Ask which entry is meant.
    Clarify {
        choices: Choices,
        evidence: Evidence,
    },
    HandOff {
        reason: HandOffReason,
        /// None leaves the team that has it.
        team: Option<TeamId>,
        /// What the visitor is told about somebody being there.
        staffed: bool,
        evidence: Evidence,
    },
    /// Let a language model write the answer.
    AskLlm(Box<LlmQuestion>),
}

impl BotAction {
    /// People take over, or may where a model has no answer.
    pub fn may_hand_off(&self) -> bool {
        match self {
            Self::HandOff { .. } => true,
            Self::AskLlm(asked) => asked.otherwise.iter().any(Self::may_hand_off),
            Self::Say { .. } | Self::Clarify { .. } => false,
        }
    }
}
