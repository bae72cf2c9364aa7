//! An analysis as text for a terminal, in Chinese or English. Invariant: columns stay in line when
//! characters are two columns wide.

use std::fmt::Write as _;

use language::{
    Analysis, SentenceInfo,
    emotion::Mood,
    entities::Kind,
    lexical::Pos,
    syntax::{question::QuestionKind, scope::ScopeKind},
};
use model::Locale;

pub fn draw(analysis: &Analysis, text: &str, locale: Locale) -> String {
    let words = Words(locale);
    let mut out = String::new();
    let letters: Vec<char> = text.chars().collect();
    if analysis.truncated {
        let _ = writeln!(
            out,
            "{} {}\n",
            words.say("仅分析前若干字符：", "Only the first characters:"),
            analysis.characters
        );
    }
    for sentence in &analysis.sentences {
        let original: String = letters.get(sentence.start..sentence.end).unwrap_or_default().iter().collect();
        let _ = writeln!(out, "{}", original.trim());
        if let Some(question) = &sentence.question {
            let (asks, kind) = (words.say("提问", "asks"), words.question(question.kind));
            let _ = writeln!(out, "  {asks} {kind}: {}", question.cue);
        }
        tree(&mut out, analysis, sentence, words);
        out.push('\n');
    }
    let mut section = |title: &str, rows: Vec<[String; 3]>| {
        if rows.is_empty() {
            return;
        }
        let _ = writeln!(out, "{title}");
        let wide = |column: usize| rows.iter().map(|row| width(&row[column])).max().unwrap_or(0);
        let (first, second) = (wide(0), wide(1));
        for row in &rows {
            let line = format!("  {}  {}  {}", pad(&row[0], first), pad(&row[1], second), row[2]);
            let _ = writeln!(out, "{}", line.trim_end());
        }
        out.push('\n');
    };
    let entity = |one: &language::entities::Entity| {
        let issuer = one.issuer.map_or(String::new(), |issuer| format!(" ({issuer})"));
        [words.entity(one.kind).to_owned(), one.text.clone(), format!("{}{issuer}", one.value)]
    };
    section(words.say("实体", "Entities"), analysis.entities.iter().map(entity).collect());
    let scope = |one: &language::syntax::scope::Scope| {
        let covered: String = letters.get(one.start..one.end).unwrap_or_default().iter().collect();
        [words.scope(one.kind).to_owned(), one.cue.clone(), format!("→ {covered}")]
    };
    section(words.say("否定与情态", "Negation and modality"), analysis.scopes.iter().map(scope).collect());
    let frame = |one: &language::syntax::frames::Frame| {
        let negated = if one.negated { words.say("否定", "negated") } else { "" };
        let modality = one.modality.map_or("", |kind| words.scope(kind));
        [format!("{} – {}", one.verb, one.object), modality.to_owned(), negated.to_owned()]
    };
    section(words.say("动作与对象", "Actions and objects"), analysis.frames.iter().map(frame).collect());
    section(words.say("情绪", "Mood"), moods(analysis, words));
    out
}

fn moods(analysis: &Analysis, words: Words) -> Vec<[String; 3]> {
    let emotion = &analysis.emotion;
    let scores = [emotion.negative, emotion.anger, emotion.urgency, emotion.positive];
    let row = |(mood, score): (Mood, f32)| {
        let bar = "█".repeat((score * 20.0).round().clamp(0.0, 20.0) as usize);
        let spans = emotion.spans.iter().filter(|span| span.mood == mood).map(|span| span.text.as_str());
        let there = if emotion.moods.contains(&mood) { "●" } else { "○" };
        let shown = format!("{} {:>3.0}%", pad(&bar, 20), score * 100.0);
        [format!("{there} {}", words.mood(mood)), shown, spans.collect::<Vec<_>>().join(" · ")]
    };
    Mood::ALL.into_iter().zip(scores).map(row).collect()
}

/// The words of a sentence below their heads.
fn tree(out: &mut String, analysis: &Analysis, sentence: &SentenceInfo, words: Words) {
    let range = sentence.first_token..sentence.first_token + sentence.tokens;
    let arcs: Vec<_> = analysis.arcs.iter().filter(|arc| range.contains(&arc.dependent)).collect();
    if arcs.is_empty() {
        for token in &analysis.tokens[range] {
            let _ = writeln!(out, "  {} {}", token.text, words.pos(token.pos));
        }
        return;
    }
    // What is still to be drawn: a token, the lines before it, its label.
    let mut left: Vec<(usize, String, bool)> = Vec::new();
    left.extend(arcs.iter().filter(|arc| arc.head.is_none()).map(|arc| (arc.dependent, String::new(), true)));
    let mut drawn = 0;
    while let Some((token, before, last)) = left.pop() {
        drawn += 1;
        let top = before.is_empty();
        let branch = if top {
            ""
        } else if last {
            "└─ "
        } else {
            "├─ "
        };
        let label = arcs.iter().find(|arc| arc.dependent == token).map_or("", |arc| arc.label.as_str());
        let info = &analysis.tokens[token];
        let lines = before.strip_prefix('\u{1}').unwrap_or(&before);
        let start = format!("  {lines}{branch}{}", info.text);
        let _ = writeln!(out, "{} {} {label}", pad(&start, 30), pad(words.pos(info.pos), 8));
        let below =
            if top { "\u{1}".to_owned() } else { format!("{before}{}", if last { "   " } else { "│  " }) };
        let children: Vec<_> =
            arcs.iter().filter(|arc| arc.head == Some(token)).map(|arc| arc.dependent).collect();
        for (place, child) in children.iter().enumerate().rev() {
            left.push((*child, below.clone(), place + 1 == children.len()));
        }
        if drawn > arcs.len() {
            break;
        }
    }
}

/// Columns of a text in a terminal.
fn width(text: &str) -> usize {
    let columns = |character: char| match character as u32 {
        0 | 0x1 | 0x200b..=0x200f | 0x300..=0x36f | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f
        | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1faff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    };
    text.chars().map(columns).sum()
}

fn pad(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(width(text))))
}

/// What things are called, in the reader's language.
#[derive(Clone, Copy)]
struct Words(Locale);

impl Words {
    fn say(self, chinese: &'static str, english: &'static str) -> &'static str {
        if self.0 == Locale::En { english } else { chinese }
    }

    fn pos(self, pos: Pos) -> &'static str {
        let chinese = match pos {
            Pos::Adj => "形容词",
            Pos::Adp => "介词",
            Pos::Adv => "副词",
            Pos::Aux => "助动词",
            Pos::Cconj | Pos::Sconj => "连词",
            Pos::Det => "限定词",
            Pos::Intj => "叹词",
            Pos::Noun => "名词",
            Pos::Num => "数词",
            Pos::Part => "助词",
            Pos::Pron => "代词",
            Pos::Propn => "专名",
            Pos::Punct => "标点",
            Pos::Sym => "符号",
            Pos::Verb => "动词",
            Pos::X => "其他",
        };
        self.say(chinese, pos.name())
    }

    fn entity(self, kind: Kind) -> &'static str {
        match kind {
            Kind::Url => self.say("网址", "web address"),
            Kind::Email => self.say("邮箱", "e-mail"),
            Kind::IdCard => self.say("身份证", "identity card"),
            Kind::BankCard => self.say("银行卡", "bank card"),
            Kind::Phone => self.say("电话", "phone"),
            Kind::TrackingNumber => self.say("运单号", "tracking number"),
            Kind::OrderNumber => self.say("订单号", "order number"),
            Kind::Plate => self.say("车牌", "number plate"),
            Kind::Money => self.say("金额", "money"),
            Kind::Time => self.say("时间", "time"),
            Kind::Duration => self.say("时长", "duration"),
            Kind::Person => self.say("人名", "person"),
            Kind::Place => self.say("地名", "place"),
            Kind::Organisation => self.say("机构", "organisation"),
        }
    }

    fn scope(self, kind: ScopeKind) -> &'static str {
        match kind {
            ScopeKind::Negation => self.say("否定", "negation"),
            ScopeKind::Ability => self.say("能否", "ability"),
            ScopeKind::Wish => self.say("意愿", "wish"),
            ScopeKind::Obligation => self.say("必要", "obligation"),
            ScopeKind::Possibility => self.say("可能", "possibility"),
        }
    }

    fn mood(self, mood: Mood) -> &'static str {
        match mood {
            Mood::Negative => self.say("负面", "negative"),
            Mood::Anger => self.say("愤怒", "anger"),
            Mood::Urgency => self.say("紧急", "urgency"),
            Mood::Positive => self.say("正面", "positive"),
        }
    }

    fn question(self, kind: QuestionKind) -> &'static str {
        match kind {
            QuestionKind::What => self.say("什么", "what"),
            QuestionKind::Which => self.say("哪个", "which"),
            QuestionKind::Who => self.say("谁", "who"),
            QuestionKind::How => self.say("怎么做", "how"),
            QuestionKind::Why => self.say("为什么", "why"),
            QuestionKind::HowMuch => self.say("多少", "how much"),
            QuestionKind::HowLong => self.say("多久", "how long"),
            QuestionKind::When => self.say("何时", "when"),
            QuestionKind::Where => self.say("哪里", "where"),
            QuestionKind::YesNo => self.say("是否", "yes or no"),
            QuestionKind::Choice => self.say("二选一", "which of two"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawing_speaks_both_languages_and_shows_every_word() {
        let text = "我想把收货地址改到北京，13812345678，很急！";
        let analysis = language::analyse(text, None).unwrap();
        let chinese = draw(&analysis, text, Locale::ZhCn);
        let english = draw(&analysis, text, Locale::En);
        for token in &analysis.tokens {
            assert!(chinese.contains(&token.text) && english.contains(&token.text), "{}", token.text);
        }
        assert!(chinese.contains("+8613812345678") && chinese.contains("电话") && chinese.contains("情绪"));
        assert!(english.contains("phone") && english.contains("urgency") && english.contains("wish"));
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!((width("退货a"), width("é"), pad("货", 4).as_str()), (5, 1, "货  "));
    }
}
