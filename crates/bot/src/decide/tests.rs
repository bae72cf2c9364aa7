//! What the bot does, case by case. The knowledge is a table: which words give which entry,
//! and how sure the ranking is.

use super::*;
use crate::{Counters, Entry, LlmUse, Staffing, Visitor};
use knowledge::{Candidate, Ranking, Scores, Thresholds};
use model::{BotSettings, FollowUp, TeamId};
use std::cell::RefCell;

const REFUND: EntryId = EntryId(1);
const SHIPPING: EntryId = EntryId(2);
const INVOICE: EntryId = EntryId(3);
const EXCHANGE: EntryId = EntryId(4);

/// Entries by a word that stands in the question: id, word, question.
const ENTRIES: [(EntryId, &str, &str); 4] = [
    (REFUND, "退款", "退款多久到账？"),
    (SHIPPING, "发货", "多久发货？"),
    (INVOICE, "发票", "能开发票吗？"),
    (EXCHANGE, "换货", "换货运费谁出？"),
];

/// Sure when the word is there; unsure (a clarification) with `好像` before it.
struct Table {
    /// What candidates have in common with any question.
    resemblance: f32,
    empty: bool,
    asked: RefCell<Vec<String>>,
    withdrawn: Option<EntryId>,
    article: Option<EntryId>,
    /// With the entries that offer them.
    follow_ups: Vec<(EntryId, FollowUp)>,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            resemblance: 1.0,
            empty: false,
            asked: RefCell::default(),
            withdrawn: None,
            article: None,
            follow_ups: Vec::new(),
        }
    }
}

impl Knowledge for Table {
    fn rank(&self, question: &str) -> Ranking {
        self.asked.borrow_mut().push(question.to_owned());
        let thresholds = Thresholds { answer: 0.9, clarify: 0.3 };
        let top = if question.contains("好像") { 0.5 } else { 0.95 };
        let hits = ENTRIES.iter().filter(|(_, word, _)| question.contains(word));
        let candidates: Vec<Candidate> = hits
            .enumerate()
            .map(|(index, (id, ..))| Candidate {
                id: *id,
                probability: top - index as f32 * 0.01,
                scores: Scores { lexical: self.resemblance, ..Scores::default() },
            })
            .collect();
        let probability = candidates.first().map_or(0.0, |first| first.probability);
        let band = match probability {
            p if p >= 0.9 => Band::Answer,
            p if p >= 0.3 => Band::Clarify,
            _ => Band::HandOff,
        };
        Ranking { band, probability, candidates, thresholds }
    }

    fn entry(&self, id: EntryId) -> Option<Entry> {
        let (_, word, question) = ENTRIES.iter().find(|(known, ..)| *known == id)?;
        (self.withdrawn != Some(id)).then(|| Entry {
            question: (*question).into(),
            answer: format!("{word}的回答"),
            shown: model::Shown::default(),
            variant: None,
            category: "售后/钱".into(),
            tags: vec![(*word).into()],
            follow_ups: self
                .follow_ups
                .iter()
                .filter(|(of, _)| *of == id)
                .map(|(_, one)| one.clone())
                .collect(),
        })
    }

    fn quote(&self, id: EntryId, question: &str) -> Option<model::ArticleLink> {
        (self.article == Some(id)).then(|| articles::link(id, question))
    }

    fn version(&self) -> String {
        "7".into()
    }

    fn is_empty(&self) -> bool {
        self.empty
    }
}

/// What a model did.
fn part() -> model::LlmPart {
    model::LlmPart {
        task: model::LlmTask::Answer,
        model: "small".into(),
        prompt: "answer.1".into(),
        verdict: model::LlmVerdict::Used,
        failure: None,
        tools: Vec::new(),
        sources: Vec::new(),
        sentences: Vec::new(),
        tokens_in: 0,
        tokens_out: 0,
        ms: 0,
    }
}

/// A conversation with the bot, as the test goes on with it.
struct Scene {
    turns: Vec<Turn>,
    table: Option<Table>,
    settings: BotSettings,
    staffed: bool,
    teams: Vec<(TeamId, bool)>,
    visitor: Visitor,
    open: Option<bool>,
    moods: bool,
    soothed: bool,
    stored: Vec<model::StoredTurn>,
    llm: LlmUse,
}

impl Scene {
    fn new() -> Self {
        let settings = BotSettings { enabled: true, ..BotSettings::default() };
        Self {
            turns: Vec::new(),
            table: Some(Table::default()),
            settings,
            staffed: true,
            teams: Vec::new(),
            visitor: Visitor::default(),
            open: None,
            moods: false,
            soothed: false,
            stored: Vec::new(),
            llm: LlmUse::default(),
        }
    }

    fn hears(&mut self, said: Said) {
        let seq = self.turns.len() as Seq + 1;
        self.turns.push(Turn::Visitor { seq, said });
    }

    fn decides(&self) -> Vec<BotAction> {
        let staffing = Staffing { here: self.staffed, teams: self.teams.clone() };
        let context = Context {
            turns: &self.turns,
            knowledge: self.table.as_ref().map(|table| table as &dyn Knowledge),
            counters: Counters::of(&self.stored),
            settings: &self.settings,
            staffing: &staffing,
            visitor: &self.visitor,
            open: self.open,
            moods: self.moods,
            soothed: self.soothed,
            locale: Locale::ZhCn,
            llm: self.llm,
        };
        decide(&context)
    }

    fn follow_ups(&self, actions: &[BotAction]) -> Vec<FollowUp> {
        self.table.as_ref().map(|table| crate::follow_ups(actions, table)).unwrap_or_default()
    }

    /// The visitor says it, and what the bot does is remembered.
    fn says(&mut self, text: &str) -> Vec<BotAction> {
        self.hears(Said::Text(text.into()));
        self.goes_on()
    }

    fn goes_on(&mut self) -> Vec<BotAction> {
        let actions = self.decides();
        let follow_ups = self.follow_ups(&actions);
        for action in &actions {
            let (offered, evidence) = match action {
                BotAction::Clarify { choices, evidence } => {
                    (Offered::Choices(choices.clone()), evidence.clone())
                }
                BotAction::Say { evidence, .. } | BotAction::HandOff { evidence, .. } => {
                    (Offered::Nothing, evidence.clone())
                }
                // It wrote something from the likeliest.
                BotAction::AskLlm(asked) => {
                    let (outcome, entry_id) =
                        (Outcome::Answered, asked.sources.first().map(|source| source.0));
                    let llm = Some(Box::new(part()));
                    (Offered::Nothing, Evidence { outcome, entry_id, llm, ..asked.evidence.clone() })
                }
            };
            self.turns.push(Turn::Bot { offered, evidence: Some(evidence.clone()) });
            self.stored.push(model::StoredTurn {
                message_id: model::MessageId(0),
                seq: self.turns.len() as Seq,
                evidence,
                verdict: None,
                helpful: None,
                created_at: 0,
            });
        }
        if let Some(Turn::Bot { offered, .. }) = self.turns.last_mut().filter(|_| !follow_ups.is_empty()) {
            *offered = Offered::FollowUps(follow_ups);
        }
        actions
    }
}

/// One line for what was decided: `refund`-like answers by entry id, `?` with the choices.
fn told(actions: &[BotAction]) -> String {
    let one = |action: &BotAction| match action {
        BotAction::AskLlm(asked) => {
            let sources: Vec<String> = asked.sources.iter().map(|(id, _)| id.to_string()).collect();
            format!("write from {} or {}", sources.join(" "), told(&asked.otherwise))
        }
        BotAction::Say { evidence, .. } => match (evidence.outcome, evidence.entry_id) {
            (Outcome::Answered, Some(id)) => format!("answer {id}"),
            (outcome, _) => outcome.code().to_owned(),
        },
        BotAction::Clarify { choices, .. } => {
            let ids: Vec<_> = choices.options.iter().map(|option| option.entry_id.to_string()).collect();
            format!("offer {}", ids.join(" "))
        }
        BotAction::HandOff { reason, .. } => format!("{reason:?}"),
    };
    actions.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn first_text(actions: &[BotAction]) -> String {
    match actions.first() {
        Some(BotAction::Say { text, .. }) => text.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_first_message_has_its_reaction() {
    let long = format!("{}退款", "啊".repeat(9_998));
    let table: &[(&str, &str)] = &[
        ("退款多久到账？", "answer 1"),
        ("你好，退款多久到账？谢谢", "answer 1"),
        ("<b>退款</b>多久到账", "answer 1"),
        ("好像是退款", "offer 1"),
        ("好像退款也好像发货好像发票好像换货", "offer 1 2 3"),
        ("你们老板是谁的亲戚", "missed"),
        ("退款多久？能开发票吗？", "answer 1, answer 3"),
        ("退款？发货？发票？换货？", "answer 2, answer 3, answer 4"),
        ("退款多久到？火星上有分店吗？", "answer 1, missed"),
        ("退款多久到？退款多久到？退款多久到？", "answer 1"),
        ("退款多久到？退款怎么到？", "answer 1"),
        ("能开发票吗？好像退款", "answer 3, offer 1"),
        ("你好", "small_talk"),
        ("谢谢", "small_talk"),
        ("你是机器人吗", "small_talk"),
        ("你个傻逼", "small_talk"),
        ("转人工", "handed_off, Asked"),
        ("退款多久？转人工", "handed_off, Asked"),
        ("I want to talk to a human", "handed_off, Asked"),
        ("我要投诉你们", "handed_off, Upset"),
        ("投诉：退款多久到账", "answer 1"),
        ("很急，钥匙丢了", "handed_off, Urgent"),
        ("😀😀😀", "missed"),
        ("？？？", "missed"),
        ("<script>alert(1)</script>", "missed"),
        (long.as_str(), "missed"),
        ("\u{200b}", "missed"),
    ];
    for (text, expected) in table {
        assert_eq!(&told(&Scene::new().says(text)), expected, "{}", short(text, 40));
    }
}

#[test]
fn nothing_is_said_when_the_visitor_said_nothing_since() {
    let mut scene = Scene::new();
    assert_eq!(scene.decides(), []);
    scene.says("退款多久到账？");
    assert_eq!(scene.decides(), [], "its own answer is the newest");
}

#[test]
fn all_that_was_written_since_it_last_spoke_is_one_message() {
    let mut scene = Scene::new();
    for text in ["你好", "在吗", "退款多久到账"] {
        scene.hears(Said::Text(text.into()));
    }
    assert_eq!(told(&scene.goes_on()), "answer 1");
    let mut flood = Scene::new();
    for _ in 0..1_000 {
        flood.hears(Said::Text("退款多久到账？".into()));
    }
    assert_eq!(told(&flood.goes_on()), "answer 1");
}

#[test]
fn the_same_question_a_thousand_times_ends_with_a_person_after_few_words() {
    let mut scene = Scene::new();
    let mut said = 0;
    for round in 0..1_000 {
        let actions = scene.says("退款多久到账？");
        said += actions.iter().filter(|action| !matches!(action, BotAction::HandOff { .. })).count();
        if actions.iter().any(|action| matches!(action, BotAction::HandOff { .. })) {
            assert_eq!(told(&actions), "handed_off, Repeated");
            assert!(round < 5 && said <= 4, "{round} {said}");
            return;
        }
    }
    panic!("it answers for ever");
}

#[test]
fn endless_small_talk_comes_to_an_end() {
    let mut scene = Scene::new();
    for round in 0..=MAX_TURNS {
        let actions = scene.says(if round % 2 == 0 { "你好" } else { "谢谢" });
        if round < MAX_TURNS {
            assert_eq!(told(&actions), "small_talk");
        } else {
            assert_eq!(told(&actions), "handed_off, TooLong");
        }
    }
}

#[test]
fn misses_in_a_row_hand_off_as_often_as_the_channel_allows() {
    for allowed in 1..=3_u8 {
        let mut scene = Scene::new();
        scene.settings.hand_off_after = allowed;
        for round in 1..=allowed {
            let told = told(&scene.says(&format!("火星第{round}号分店在哪条街")));
            assert_eq!(
                told,
                if round < allowed { "missed" } else { "handed_off, Misses" },
                "{allowed}/{round}"
            );
        }
    }
}

#[test]
fn an_answer_forgives_the_misses_before_it() {
    let mut scene = Scene::new();
    assert_eq!(told(&scene.says("火星分店在哪条街")), "missed");
    assert_eq!(told(&scene.says("退款多久到账")), "answer 1");
    assert_eq!(told(&scene.says("水星分店在哪条街")), "missed");
}

#[test]
fn a_choice_is_taken_by_label_number_or_word() {
    for choice in ["退款多久到账？", "退款多久到账", "1", "①", "第一个", "the first one"] {
        let mut scene = Scene::new();
        assert_eq!(told(&scene.says("好像退款好像发货")), "offer 1 2");
        let actions = scene.says(choice);
        assert_eq!(told(&actions), "answer 1", "{choice}");
        assert_eq!(first_text(&actions), "退款的回答");
    }
}

#[test]
fn declined_choices_count_as_a_miss_and_a_third_round_of_choices_is_not_offered() {
    let mut scene = Scene::new();
    scene.says("好像退款");
    assert_eq!(told(&scene.says("都不是")), "missed");
    let mut scene = Scene::new();
    assert_eq!(told(&scene.says("好像退款")), "offer 1");
    assert_eq!(told(&scene.says("好像发货")), "offer 2");
    assert_eq!(told(&scene.says("好像发票")), "handed_off, Misses");
}

#[test]
fn entries_that_have_nothing_in_common_with_the_question_are_not_offered() {
    let alien = Some(Table { resemblance: 0.0, ..Table::default() });
    assert_eq!(told(&Scene { table: alien, ..Scene::new() }.says("好像退款")), "missed");
}

#[test]
fn a_number_without_choices_before_it_is_no_choice() {
    assert_eq!(told(&Scene::new().says("1")), "missed");
}

#[test]
fn files_are_honestly_not_read_and_then_given_to_a_person() {
    let mut scene = Scene::new();
    scene.hears(Said::File { is_image: true });
    let actions = scene.goes_on();
    assert_eq!(told(&actions), "missed");
    assert!(first_text(&actions).contains("看不懂图片"));
    scene.hears(Said::File { is_image: false });
    assert_eq!(told(&scene.goes_on()), "handed_off, File");
    let mut scene = Scene::new();
    scene.hears(Said::File { is_image: true });
    assert_eq!(told(&scene.says("退款多久到账")), "answer 1");
}

#[test]
fn insults_are_met_calmly_once_and_by_a_person_then() {
    let mut scene = Scene::new();
    let actions = scene.says("你个傻逼");
    assert!(first_text(&actions).contains("抱歉"));
    assert_eq!(told(&scene.says("滚，废物")), "handed_off, Upset");
}

#[test]
fn the_hand_off_says_whether_somebody_is_there() {
    let mut scene = Scene::new();
    assert!(first_text(&scene.says("转人工")).contains("转接"));
    let mut alone = Scene::new();
    alone.staffed = false;
    assert!(first_text(&alone.says("转人工")).contains("留言"));
    let mut alone = Scene::new();
    alone.staffed = false;
    assert!(first_text(&alone.says("a real person please")).contains("Nobody is online"));
}

#[test]
fn it_answers_in_the_language_of_the_question() {
    assert!(first_text(&Scene::new().says("hello")).starts_with("Hello"));
    assert!(first_text(&Scene::new().says("thank you")).starts_with("You are welcome"));
    assert!(first_text(&Scene::new().says("你好")).starts_with("您好"));
}

#[test]
fn the_channels_own_greeting_is_used() {
    let mut scene = Scene::new();
    scene.settings.greeting = "欢迎光临".into();
    assert_eq!(first_text(&scene.says("你好")), "欢迎光临");
}

#[test]
fn without_knowledge_questions_go_to_people() {
    let mut scene = Scene::new();
    scene.table = None;
    assert_eq!(told(&scene.says("退款多久到账")), "handed_off, Unavailable");
    assert_eq!(told(&Scene { table: None, ..Scene::new() }.says("你好")), "small_talk");
    let empty = Some(Table { empty: true, ..Table::default() });
    assert_eq!(told(&Scene { table: empty, ..Scene::new() }.says("退款多久到账")), "handed_off, NoAnswer");
}

#[test]
fn an_entry_that_was_withdrawn_is_neither_answered_nor_offered() {
    let table = || Some(Table { withdrawn: Some(REFUND), ..Table::default() });
    assert_eq!(told(&Scene { table: table(), ..Scene::new() }.says("退款多久到账")), "missed");
    assert_eq!(told(&Scene { table: table(), ..Scene::new() }.says("好像退款好像发货")), "offer 2");
}

#[test]
fn evidence_tells_what_was_considered() {
    let actions = Scene::new().says("退款多久到账？");
    let [BotAction::Say { evidence, .. }] = &actions[..] else { panic!("{actions:?}") };
    assert_eq!((evidence.band.as_deref(), evidence.entry_id), (Some("answer"), Some(REFUND)));
    assert_eq!((evidence.answer_from, evidence.clarify_from), (Some(0.9), Some(0.3)));
    assert_eq!(evidence.candidates[0].question, "退款多久到账？");
    assert_eq!((evidence.index_version.as_str(), evidence.question_seq), ("7", 1));
}

mod articles;
mod follow_ups;
mod lookup;
mod models;
mod rules;
mod soothing;
