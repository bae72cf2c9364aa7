//! The administrator's rules: they see what the bot would do by its own judgement, and may have
//! something else done. Who asks for a person gets one, whatever the rules say.

use crate::{
    BotAction, Context, Turn,
    evidence::handed_off,
    mood, signals, template,
    texts::{Text, language_of},
    words::clean,
};
use model::{
    Evidence, HandOffReason, Locale, Mood, MoodKind, Outcome,
    rules::{Condition, Held, Rule, Step, UsedRule},
};
use std::cell::OnceCell;

/// What is done in the end.
pub fn apply(context: &Context, usual: Vec<BotAction>) -> Vec<BotAction> {
    let Some(evidence) = usual.first().map(evidence_of).cloned() else { return usual };
    // Rules have words of their own.
    let evidence = Evidence { article: None, variant: None, ..evidence };
    let moment = Moment { context, strengths: OnceCell::new(), usual: &usual, evidence };
    let ruled = || moment.fired().map(|(rule, why)| moment.follow(rule, why));
    let actions = moment.answer_to_offer().or_else(ruled).unwrap_or_else(|| usual.clone());
    moment.soothe(actions)
}

/// Whether something that a site told is one of these values, however they are written.
pub fn is_one_of(value: &str, any: &[String]) -> bool {
    let value = clean(value);
    any.iter().any(|one| clean(one) == value)
}

fn evidence_of(action: &BotAction) -> &Evidence {
    match action {
        BotAction::Say { evidence, .. }
        | BotAction::Clarify { evidence, .. }
        | BotAction::HandOff { evidence, .. } => evidence,
        // Rules see what would be done without a model.
        BotAction::AskLlm(asked) => asked.otherwise.first().map_or(&asked.evidence, evidence_of),
    }
}

/// What the rules look at.
struct Moment<'a> {
    context: &'a Context<'a>,
    /// How the visitor feels, once it was looked at.
    strengths: OnceCell<Strengths>,
    usual: &'a [BotAction],
    /// Of the first thing that the bot would do.
    evidence: Evidence,
}

impl Moment<'_> {
    fn reason(&self) -> Option<HandOffReason> {
        self.usual.iter().find_map(|action| match action {
            BotAction::HandOff { reason, .. } => Some(*reason),
            _ => None,
        })
    }

    fn asked(&self) -> bool {
        self.reason() == Some(HandOffReason::Asked)
    }

    /// The question has no answer.
    fn missed(&self) -> bool {
        !self.asked()
            && (self.reason().is_some()
                || self.usual.iter().any(|action| evidence_of(action).outcome == Outcome::Missed))
    }

    /// What the visitor said since the bot last spoke.
    fn said(&self) -> impl DoubleEndedIterator<Item = &str> {
        let turns = self.context.turns;
        let start = turns.iter().rposition(|turn| matches!(turn, Turn::Bot { .. })).map_or(0, |at| at + 1);
        turns[start..].iter().filter_map(Turn::visitors_text).map(|(_, text)| text)
    }

    fn locale(&self) -> Locale {
        self.said().next_back().map_or(self.context.locale, |text| language_of(text, self.context.locale))
    }

    /// The rules by which the bot spoke, newest first; none for turns without one.
    fn used(&self) -> impl Iterator<Item = Option<&UsedRule>> {
        self.context.turns.iter().rev().filter_map(|turn| match turn {
            Turn::Bot { evidence, .. } => Some(evidence.as_ref().and_then(|known| known.rule.as_deref())),
            Turn::Visitor { .. } => None,
        })
    }

    /// The visitor says yes or no to "shall I pass you on?".
    fn answer_to_offer(&self) -> Option<Vec<BotAction>> {
        let offer = self.used().next()??;
        if offer.step != "ask_first" || self.asked() {
            return None;
        }
        let answer = self.said().next_back()?;
        if signals::agrees(answer) {
            let why = offer.why.clone();
            let rule = UsedRule { step: "hand_off".into(), why, ..offer.clone() };
            let text = self.hand_off_text(offer.team_id);
            return Some(self.hand_off(rule, text, true));
        }
        let declined = signals::declines(answer);
        declined.then(|| {
            let text = Text::Acknowledged.in_language(self.locale()).to_owned();
            let evidence = Evidence { outcome: Outcome::SmallTalk, hand_off: None, ..self.evidence.clone() };
            vec![BotAction::Say { text, evidence }]
        })
    }

    fn fired(&self) -> Option<(&Rule, Vec<Held>)> {
        let rules = self.context.settings.rules.iter().filter(|rule| rule.enabled);
        rules.filter(|rule| self.may(rule)).find_map(|rule| {
            let held: Option<Vec<Held>> = rule.when.iter().map(|condition| self.held(condition)).collect();
            Some((rule, held?))
        })
    }

    /// A rule neither withholds people from whoever asks for them, nor repeats itself.
    fn may(&self, rule: &Rule) -> bool {
        let is_it = |used: &UsedRule| used.name == rule.name && used.step == rule.then.code();
        match rule.then {
            Step::HandOff { .. } | Step::LeaveMessage { .. } => true,
            Step::AskFirst { .. } => !self.asked() && !self.used().flatten().any(is_it),
            Step::Say { .. } => !self.asked() && !self.used().next().flatten().is_some_and(is_it),
        }
    }

    fn held(&self, condition: &Condition) -> Option<Held> {
        let visitor = self.context.visitor;
        let told = |name: &str, unsigned: bool| {
            let value = visitor.attributes.get(name)?;
            (visitor.verified || unsigned).then_some((value, visitor.verified))
        };
        match condition {
            Condition::Asked => self.asked().then_some(Held::Asked),
            Condition::Misses { at_least } => {
                let count = self.context.counters.misses + usize::from(self.missed());
                (count >= usize::from(*at_least)).then_some(Held::Misses { count: count as u32 })
            }
            Condition::Mood { mood, at_least } => {
                let (mood, strength) = self.feels(*mood)?;
                (strength >= *at_least).then_some(Held::Mood { mood, strength })
            }
            Condition::Attribute { name, any, unsigned } => {
                let (value, signed) = told(name, *unsigned)?;
                is_one_of(value, any).then(|| Held::Attribute {
                    name: name.clone(),
                    value: value.clone(),
                    signed,
                })
            }
            Condition::Amount { name, at_least, unsigned } => {
                let (value, signed) = told(name, *unsigned)?;
                let large = amount(value)? >= *at_least as f64;
                large.then(|| Held::Attribute { name: name.clone(), value: value.clone(), signed })
            }
            Condition::Category { any } => {
                let (category, _) = self.topic()?;
                let below = |one: &&String| {
                    category
                        .strip_prefix(one.as_str())
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                };
                any.iter().find(below).map(|name| Held::Category { name: name.clone() })
            }
            Condition::Tag { any } => {
                let (_, tags) = self.topic()?;
                let tag = any.iter().find(|one| tags.contains(one))?;
                Some(Held::Tag { name: tag.clone() })
            }
            Condition::Words { any } => {
                let said = clean(&self.said().collect::<Vec<_>>().join("\n"));
                let word = any.iter().find(|word| said.contains(&clean(word)))?;
                Some(Held::Word { word: word.clone() })
            }
            Condition::Hours { open } => (self.context.open? == *open).then_some(Held::Hours { open: *open }),
            Condition::Staffed { there } => {
                (self.context.staffing.has(None) == *there).then_some(Held::Staffed { there: *there })
            }
        }
    }

    /// Category and tags of the likeliest entry, if it is likely enough to be offered.
    fn topic(&self) -> Option<(String, Vec<String>)> {
        let likeliest = self.evidence.candidates.first()?;
        let enough = self.evidence.clarify_from.unwrap_or(0.0);
        let id = self.evidence.entry_id.or((likeliest.probability >= enough).then_some(likeliest.entry_id))?;
        let entry = self.context.knowledge?.entry(id)?;
        Some((entry.category, entry.tags))
    }

    /// How strongly the visitor feels so; none where moods are off.
    fn feels(&self, kind: MoodKind) -> Option<(MoodKind, u8)> {
        if !self.context.moods {
            return None;
        }
        let felt = || mood::strengths(&mood::borrowed(&mood::felt(self.context.turns)));
        strongest(*self.strengths.get_or_init(felt), kind)
    }

    /// Words that calm before people take over, for a visitor who is clearly upset; also where they
    /// only do because a model has no answer.
    fn soothe(&self, mut actions: Vec<BotAction>) -> Vec<BotAction> {
        for action in &mut actions {
            if let BotAction::AskLlm(asked) = action {
                asked.otherwise = self.soothe(std::mem::take(&mut asked.otherwise));
            }
        }
        let hands_off = actions.iter().any(|action| matches!(action, BotAction::HandOff { .. }));
        let Some(phrase) = &self.context.settings.soothing else { return actions };
        if !hands_off || self.context.soothed {
            return actions;
        }
        if self.feels(MoodKind::Upset).is_some_and(|(_, strength)| strength >= Mood::CLEAR) {
            let own = phrase.in_language(self.locale());
            let text = own.unwrap_or(Text::Soothing.in_language(self.locale()));
            let text = template::expand(text, self.context.visitor);
            let evidence = actions.last().map_or(&self.evidence, evidence_of).clone();
            actions.insert(0, BotAction::Say { text, evidence: Evidence { soothing: true, ..evidence } });
        }
        actions
    }

    fn follow(&self, rule: &Rule, why: Vec<Held>) -> Vec<BotAction> {
        let (step, team_id) = (&rule.then, rule.then.team_id());
        let used = UsedRule { name: rule.name.clone(), step: step.code().into(), team_id, why };
        let own =
            step.say().in_language(self.locale()).map(|text| template::expand(text, self.context.visitor));
        match step {
            Step::HandOff { .. } => {
                let text = own.unwrap_or_else(|| self.hand_off_text(team_id));
                self.hand_off(used, text, true)
            }
            Step::LeaveMessage { .. } => {
                let text = own.unwrap_or_else(|| Text::LeftMessage.in_language(self.locale()).to_owned());
                self.hand_off(used, text, false)
            }
            Step::AskFirst { .. } | Step::Say { .. } => {
                let text = own.unwrap_or_else(|| Text::Offer.in_language(self.locale()).to_owned());
                // It still counts as a question without an answer.
                let outcome = if self.missed() { Outcome::Missed } else { Outcome::SmallTalk };
                let evidence = Evidence {
                    outcome,
                    hand_off: None,
                    entry_id: None,
                    rule: Some(Box::new(used)),
                    ..self.evidence.clone()
                };
                vec![BotAction::Say { text, evidence }]
            }
        }
    }

    fn hand_off_text(&self, team: Option<model::TeamId>) -> String {
        let text = if self.context.staffing.has(team) { Text::HandOff } else { Text::LeftMessage };
        text.in_language(self.locale()).to_owned()
    }

    /// `promised`: where somebody is there, the visitor may count on it.
    fn hand_off(&self, used: UsedRule, text: String, promised: bool) -> Vec<BotAction> {
        let reason = if self.asked() { HandOffReason::Asked } else { HandOffReason::Rule };
        let team = used.team_id.filter(|team| self.context.staffing.knows(*team));
        let staffed = promised && self.context.staffing.has(team);
        let evidence = Evidence { entry_id: None, rule: Some(Box::new(used)), ..self.evidence.clone() };
        let evidence = handed_off(evidence, reason);
        vec![
            BotAction::Say { text, evidence: evidence.clone() },
            BotAction::HandOff { reason, team, staffed, evidence },
        ]
    }
}

type Strengths = [(MoodKind, u8); 4];

/// Who is angry is upset too.
fn strongest(strengths: Strengths, asked: MoodKind) -> Option<(MoodKind, u8)> {
    let counts = |kind| kind == asked || (asked == MoodKind::Upset && kind == MoodKind::Angry);
    strengths.into_iter().filter(|(kind, _)| counts(*kind)).max_by_key(|(_, strength)| *strength)
}

/// `¥1,299.00`, `1299元`: the first number in it.
fn amount(text: &str) -> Option<f64> {
    let text: String = text.chars().filter(|c| !matches!(c, ',' | '，' | ' ')).collect();
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let negative = text[..start].ends_with('-');
    let digits = &text[start..];
    let end = digits.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(digits.len());
    let number: f64 = digits[..end].trim_end_matches('.').parse().ok()?;
    Some(if negative { -number } else { number })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (text, value) in [
            ("1299", 1_299.0),
            ("¥1,299.50", 1_299.5),
            ("1299元", 1_299.0),
            ("USD 5,000.", 5_000.0),
            ("-20", -20.0),
            ("１２", f64::NAN),
        ] {
            let found = amount(text);
            assert!(found == Some(value) || value.is_nan() && found.is_none(), "{text}: {found:?}");
        }
        assert_eq!(amount("很多"), None);
        assert_eq!(amount(""), None);
    }
}
