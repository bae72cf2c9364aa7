//! How a visitor feels, from the engine's reading of each message.
//!
//! Invariant: pure; a conversation is calm until words say otherwise, and calms down again.

use crate::Turn;
use language::{
    Analyser,
    emotion::{Emotion, Mood as Read},
};
use model::{MessageMood, Mood, MoodKind, Seq, mood::MoodWords};

/// More of a message is not read.
const READ: usize = 2_000;
/// How many of the visitor's newest messages count.
pub const COUNTED: usize = 5;
/// What a mood still counts one message later …
const FADES: f32 = 0.7;
/// … and when that message was friendly.
const FADES_WHEN_FRIENDLY: f32 = 0.35;
/// From these levels on a mood is slight, clear, strong.
const LEVELS: [f32; 3] = [0.35, 0.65, 0.88];

/// What a message shows; none when it shows nothing, or cannot be read.
pub fn of_text(seq: Seq, text: &str) -> Option<MessageMood> {
    let end = text.char_indices().nth(READ).map_or(text.len(), |(at, _)| at);
    let emotion = Analyser::embedded().ok()?.analyse(&text[..end], None).emotion;
    (!emotion.moods.is_empty()).then(|| shown(seq, &emotion))
}

fn shown(seq: Seq, emotion: &Emotion) -> MessageMood {
    let words = emotion.spans.iter().map(|span| MoodWords {
        kind: kind(span.mood),
        start: span.start,
        end: span.end,
    });
    MessageMood {
        seq,
        anger: emotion.anger,
        negative: emotion.negative,
        urgency: emotion.urgency,
        positive: emotion.positive,
        kinds: emotion.moods.iter().map(|mood| kind(*mood)).collect(),
        words: words.collect(),
    }
}

const fn kind(mood: Read) -> MoodKind {
    match mood {
        Read::Negative => MoodKind::Upset,
        Read::Anger => MoodKind::Angry,
        Read::Urgency => MoodKind::Urgent,
        Read::Positive => MoodKind::Positive,
    }
}

/// The mood after the visitor's messages, oldest first, each with what it shows; what needs care
/// most goes first.
pub fn now(messages: &[(Seq, Option<&MessageMood>)]) -> Option<Mood> {
    let (newest, _) = *messages.last()?;
    let strongest = strengths(messages).into_iter().find(|(_, strength)| *strength > 0);
    let mood = strongest.map(|(kind, strength)| Mood { kind, strength, seq: newest });
    Some(mood.unwrap_or(Mood::neutral(newest)))
}

/// How strong each mood is, those that need care first. Moods fade with every later message and
/// add up when they return.
pub fn strengths(messages: &[(Seq, Option<&MessageMood>)]) -> [(MoodKind, u8); 4] {
    let mut kept = 1.0;
    let kinds = [MoodKind::Angry, MoodKind::Upset, MoodKind::Urgent, MoodKind::Positive];
    // That a mood is not there.
    let mut absent = kinds.map(|kind| (kind, 1.0_f32));
    for (_, mood) in messages.iter().rev().take(COUNTED) {
        let Some(mood) = mood else {
            kept *= FADES;
            continue;
        };
        for (kind, absent) in &mut absent {
            if mood.kinds.contains(kind) {
                *absent *= 1.0 - kept * probability(mood, *kind);
            }
        }
        let friendly = mood.kinds == [MoodKind::Positive];
        kept *= if friendly { FADES_WHEN_FRIENDLY } else { FADES };
    }
    absent.map(|(kind, absent)| {
        let strength = LEVELS.iter().filter(|from| 1.0 - absent >= **from).count();
        (kind, strength as u8)
    })
}

/// The mood after what was said, the visitor's newest texts read anew.
pub fn of_turns(turns: &[Turn]) -> Option<Mood> {
    now(&borrowed(&felt(turns)))
}

/// What the visitor's newest texts show, oldest first.
pub(crate) fn felt(turns: &[Turn]) -> Vec<(Seq, Option<MessageMood>)> {
    let texts: Vec<(Seq, &str)> = turns.iter().filter_map(Turn::visitors_text).collect();
    let newest = &texts[texts.len().saturating_sub(COUNTED)..];
    newest.iter().map(|(seq, text)| (*seq, of_text(*seq, text))).collect()
}

pub(crate) fn borrowed(felt: &[(Seq, Option<MessageMood>)]) -> Vec<(Seq, Option<&MessageMood>)> {
    felt.iter().map(|(seq, mood)| (*seq, mood.as_ref())).collect()
}

const fn probability(mood: &MessageMood, kind: MoodKind) -> f32 {
    match kind {
        MoodKind::Angry => mood.anger,
        MoodKind::Upset => mood.negative,
        MoodKind::Urgent => mood.urgency,
        MoodKind::Positive => mood.positive,
        MoodKind::Neutral => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mood after these messages, in words.
    fn after(texts: &[&str]) -> (MoodKind, u8) {
        let felt: Vec<_> = (1..).zip(texts).map(|(seq, text)| (seq, of_text(seq, text))).collect();
        let felt: Vec<_> = felt.iter().map(|(seq, mood)| (*seq, mood.as_ref())).collect();
        let mood = now(&felt).unwrap();
        assert_eq!(mood.seq, texts.len() as Seq);
        (mood.kind, mood.strength)
    }

    #[test]
    fn a_question_is_neutral_and_nothing_said_is_nothing() {
        assert_eq!(now(&[]), None);
        for text in ["退款多久到账？", "How long does delivery take?", "", "123456", "😀"] {
            assert_ne!(after(&[text]).0, MoodKind::Angry, "{text}");
        }
        assert_eq!(after(&["请问几点下班"]), (MoodKind::Neutral, 0));
    }

    #[test]
    fn anger_and_haste_are_told_apart_in_both_languages() {
        for text in
            ["你们这是什么垃圾服务，气死我了，我要投诉！", "This is outrageous, I am furious with you!"]
        {
            assert_eq!(after(&[text]).0, MoodKind::Angry, "{text}");
        }
        for text in ["很急，麻烦马上处理", "Please hurry, I need this immediately"] {
            assert_eq!(after(&[text]).0, MoodKind::Urgent, "{text}");
        }
    }

    #[test]
    fn anger_fades_with_calm_messages_and_sooner_with_thanks() {
        let angry = "气死我了，你们就是骗子！";
        let strength = |more: &[&str]| after(&[&[angry], more].concat());
        let (_, at_once) = strength(&[]);
        assert!(at_once >= 2);
        assert!(strength(&["订单号是 12345"]).1 <= at_once);
        assert_eq!(strength(&["好的", "嗯", "可以", "订单号 1", "明白"]), (MoodKind::Neutral, 0));
        assert_ne!(strength(&["太好了，非常感谢你，解决了！"]).0, MoodKind::Angry);
    }

    #[test]
    fn words_that_show_it_are_positions_in_the_message() {
        let text = "😀 你们太差劲了，我要投诉";
        let mood = of_text(4, text).unwrap();
        assert_eq!(mood.seq, 4);
        let chars: Vec<char> = text.chars().collect();
        let words: Vec<String> =
            mood.words.iter().map(|at| chars[at.start..at.end].iter().collect()).collect();
        assert!(words.iter().any(|word| "你们太差劲了，我要投诉".contains(word.as_str())), "{words:?}");
    }

    #[test]
    fn a_very_long_message_is_read_in_part() {
        assert_eq!(of_text(1, &"好".repeat(READ)).is_some(), of_text(1, &"好".repeat(10_000)).is_some());
    }
}
