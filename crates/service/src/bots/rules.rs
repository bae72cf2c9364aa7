//! Whether rules and hours can be saved, and which rule a message would meet.

use super::{Bots, Facts, Listener};
use crate::{Error, Result, Staff, hours};
use bot::{BotAction, Context, Counters, LlmUse, Said, Turn, Visitor, template};
use model::{
    BotSettings, ChannelId, Evidence, HandOffReason, Locale, MoodKind, Permission, TeamId, WorkspaceSettings,
    rules::{Condition, Phrase, Rule, Span, Step, WeeklyHours},
};
use std::collections::BTreeMap;

const RULES: usize = 20;
const CONDITIONS: usize = 8;
const WORDS: usize = 20;
const SPANS: usize = 42;
const ATTRIBUTES: usize = 20;

/// The first thing that is wrong with the rules and hours, named by its place:
/// `bot.rules.2.when.0.any`.
pub fn check(settings: &BotSettings, teams: &[TeamId]) -> Result<()> {
    let wrong = |place: String| Error::Place(format!("bot.{place}"));
    if settings.rules.len() > RULES {
        return Err(wrong("rules".into()));
    }
    for (index, rule) in settings.rules.iter().enumerate() {
        let taken = settings.rules[..index].iter().any(|other| other.name.trim() == rule.name.trim());
        let name = if taken { Some("name".to_owned()) } else { wrong_in(rule, teams) };
        if let Some(place) = name {
            return Err(wrong(format!("rules.{index}.{place}")));
        }
    }
    if let Some(language) = settings.soothing.as_ref().and_then(|phrase| wrong_phrase(phrase, false)) {
        return Err(wrong(format!("soothing.{language}")));
    }
    if let Some(place) = settings.hours.as_ref().and_then(wrong_hours) {
        return Err(wrong(format!("hours.{place}")));
    }
    Ok(())
}

fn is_line(text: &str, most: usize) -> bool {
    let length = text.trim().chars().count();
    (1..=most).contains(&length) && !text.chars().any(char::is_control)
}

fn are_lines(lines: &[String]) -> bool {
    (1..=WORDS).contains(&lines.len()) && lines.iter().all(|line| is_line(line, 60))
}

fn wrong_in(rule: &Rule, teams: &[TeamId]) -> Option<String> {
    if !is_line(&rule.name, 40) {
        return Some("name".into());
    }
    if rule.when.len() > CONDITIONS {
        return Some("when".into());
    }
    let wrong = rule.when.iter().map(wrong_condition).position(|field| field.is_some());
    if let Some(index) = wrong {
        let field = wrong_condition(&rule.when[index]).unwrap_or_default();
        return Some(format!("when.{index}.{field}"));
    }
    if rule.then.team_id().is_some_and(|team| !teams.contains(&team)) {
        return Some("then.team_id".into());
    }
    let must_speak = matches!(rule.then, Step::Say { .. });
    wrong_phrase(rule.then.say(), must_speak).map(|language| format!("then.say.{language}"))
}

fn wrong_condition(condition: &Condition) -> Option<&'static str> {
    match condition {
        Condition::Misses { at_least } => (!(1..=9).contains(at_least)).then_some("at_least"),
        Condition::Mood { mood: MoodKind::Positive | MoodKind::Neutral, .. } => Some("mood"),
        Condition::Mood { at_least, .. } => {
            (!(1..=model::Mood::STRONGEST).contains(at_least)).then_some("at_least")
        }
        Condition::Attribute { name, .. } | Condition::Amount { name, .. } if !is_line(name, 60) => {
            Some("name")
        }
        Condition::Attribute { any, .. }
        | Condition::Category { any }
        | Condition::Tag { any }
        | Condition::Words { any } => (!are_lines(any)).then_some("any"),
        Condition::Asked | Condition::Amount { .. } | Condition::Hours { .. } | Condition::Staffed { .. } => {
            None
        }
    }
}

fn wrong_phrase(phrase: &Phrase, must_speak: bool) -> Option<&'static str> {
    let is_fine = |text: &str| text.chars().count() <= 500 && template::is_valid(text);
    if !is_fine(&phrase.zh) || (must_speak && phrase.zh.trim().is_empty() && phrase.en.trim().is_empty()) {
        return Some("zh");
    }
    (!is_fine(&phrase.en)).then_some("en")
}

fn wrong_hours(hours: &WeeklyHours) -> Option<String> {
    let wrong = |span: &Span| !(1..=7).contains(&span.day) || span.from >= span.to || span.to > 24 * 60;
    if !hours::is_zone(&hours.time_zone) {
        return Some("time_zone".into());
    }
    if hours.spans.len() > SPANS {
        return Some("spans".into());
    }
    hours.spans.iter().position(wrong).map(|index| format!("spans.{index}"))
}

/// A message that nobody sent, to see what the bot would do.
#[derive(Clone, Debug, Default)]
pub struct Trial {
    pub text: String,
    /// Questions in a row that had no answer before.
    pub misses: u8,
    pub verified: bool,
    pub attributes: BTreeMap<String, String>,
}

/// What the bot would do.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    pub says: Vec<String>,
    pub hand_off: Option<(HandOffReason, Option<TeamId>, bool)>,
    pub evidence: Option<Evidence>,
}

impl Bots {
    /// What these settings, saved or not, would make of a message. Nothing is stored.
    pub async fn try_out(
        &self,
        staff: &Staff,
        channel: ChannelId,
        settings: BotSettings,
        trial: Trial,
    ) -> Result<Tried> {
        staff.require(Permission::ManageChannels)?;
        let workspace = staff.workspace();
        let found = self.store.find_channel(workspace, channel).await?.ok_or(Error::NotFound)?;
        let teams = self.store.list_teams(workspace).await?;
        check(&settings, &teams.iter().map(|team| team.id).collect::<Vec<_>>())?;
        if trial.text.chars().count() > model::Content::MAX_TEXT {
            return Err(Error::Field("text"));
        }
        if trial.attributes.len() > ATTRIBUTES {
            return Err(Error::Field("attributes"));
        }
        if !BotSettings::PRECISION.contains(&settings.precision_percent) {
            return Err(Error::Field("bot.precision_percent"));
        }
        let known = self.indexes.of(workspace, settings.precision_percent).await.ok();
        let staffing = self.routing.staffing(workspace, found.team_id).await?;
        let WorkspaceSettings { moods, vip, .. } = self.store.workspace_settings(workspace).await?;
        let now = self.clock.now();
        let open = settings.hours.as_ref().and_then(|hours| hours::is_open(hours, now));
        let _permit = self.thinking.acquire().await.map_err(Error::internal)?;
        let thought = tokio::task::spawn_blocking(move || {
            let visitor =
                Visitor { name: String::new(), verified: trial.verified, attributes: trial.attributes };
            let listener = Listener { channel, standing: visitor.standing(&vip), now };
            let facts = known.map(|known| Facts { known, listener });
            let turns = [Turn::Visitor { seq: 1, said: Said::Text(trial.text) }];
            let misses = usize::from(trial.misses);
            bot::decide(&Context {
                turns: &turns,
                knowledge: facts.as_ref().map(|facts| facts as &dyn bot::Knowledge),
                counters: Counters { turns: misses, misses, clarifications: 0 },
                settings: &settings,
                staffing: &staffing,
                visitor: &visitor,
                open,
                moods,
                soothed: false,
                locale: Locale::ZhCn,
                // What a model would say is not tried out.
                llm: LlmUse::default(),
            })
        });
        Ok(tried(thought.await.map_err(Error::internal)?))
    }
}

fn tried(actions: Vec<BotAction>) -> Tried {
    let mut tried = Tried { says: Vec::new(), hand_off: None, evidence: None };
    for action in actions {
        let evidence = match action {
            BotAction::Say { text, evidence } => {
                tried.says.push(text);
                evidence
            }
            BotAction::Clarify { choices, evidence } => {
                tried.says.push(choices.plain());
                evidence
            }
            BotAction::AskLlm(asked) => asked.evidence,
            BotAction::HandOff { reason, team, staffed, evidence } => {
                tried.hand_off = Some((reason, team, staffed));
                evidence
            }
        };
        tried.evidence = tried.evidence.or(Some(evidence));
    }
    tried
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(name: &str, when: Vec<Condition>, then: Step) -> Rule {
        Rule { name: name.into(), enabled: true, when, then }
    }

    fn say(zh: &str) -> Step {
        Step::Say { say: Phrase { zh: zh.into(), en: String::new() } }
    }

    fn wrong(rules: Vec<Rule>) -> String {
        match check(&BotSettings { rules, ..BotSettings::default() }, &[TeamId(1)]) {
            Ok(()) => String::new(),
            Err(Error::Place(place)) => place,
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn what_is_wrong_is_named_by_its_place() {
        let good = || rule("一", vec![Condition::Asked], say("您好，{{name|您}}"));
        assert_eq!(wrong(vec![good()]), "");
        assert_eq!(wrong(vec![good(), good()]), "bot.rules.1.name");
        assert_eq!(wrong(vec![rule(" ", Vec::new(), say("x"))]), "bot.rules.0.name");
        assert_eq!(wrong(vec![rule("a", Vec::new(), say(""))]), "bot.rules.0.then.say.zh");
        assert_eq!(wrong(vec![rule("a", Vec::new(), say("{{phone}}"))]), "bot.rules.0.then.say.zh");
        let team = Step::HandOff { team_id: Some(TeamId(2)), say: Phrase::default() };
        assert_eq!(wrong(vec![rule("a", Vec::new(), team)]), "bot.rules.0.then.team_id");
        let cases = [
            (Condition::Misses { at_least: 0 }, "at_least"),
            (Condition::Mood { mood: MoodKind::Angry, at_least: 4 }, "at_least"),
            (Condition::Mood { mood: MoodKind::Neutral, at_least: 1 }, "mood"),
            (Condition::Words { any: Vec::new() }, "any"),
            (Condition::Tag { any: vec!["长".repeat(61)] }, "any"),
            (Condition::Amount { name: String::new(), at_least: 1, unsigned: false }, "name"),
        ];
        for (condition, field) in cases {
            let found = wrong(vec![rule("a", vec![Condition::Asked, condition], say("x"))]);
            assert_eq!(found, format!("bot.rules.0.when.1.{field}"));
        }
        assert_eq!(
            wrong((0..=RULES).map(|n| rule(&n.to_string(), Vec::new(), say("x"))).collect()),
            "bot.rules"
        );
    }

    #[test]
    fn hours_need_a_place_and_spans_within_a_day() {
        let wrong = |time_zone: &str, span: Span| {
            let hours = Some(WeeklyHours { time_zone: time_zone.into(), spans: vec![span] });
            check(&BotSettings { hours, ..BotSettings::default() }, &[]).err().map(|error| error.to_string())
        };
        let day = Span { day: 1, from: 540, to: 1_080 };
        assert_eq!(wrong("Asia/Shanghai", day), None);
        assert!(wrong("Nowhere", day).unwrap().contains("bot.hours.time_zone"));
        for bad in [Span { day: 0, ..day }, Span { from: 1_080, ..day }, Span { to: 1_441, ..day }] {
            assert!(wrong("Asia/Shanghai", bad).unwrap().contains("bot.hours.spans.0"));
        }
    }
}
