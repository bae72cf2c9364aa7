//! Words that carry a mood by themselves, and words of degree before them.
//! Invariant: all entries are folded (simplified, half width, lower case).

use std::sync::LazyLock;

use regex::Regex;

use super::Mood;
use crate::lexical::Text;

const WORDS: [(Mood, &str); 8] = [
    (
        Mood::Negative,
        "失望|糟糕|难用|坑人|太坑|坑爹|差评|后悔|无语|郁闷|烦人|麻烦死|慢死|坏了|破损|假货|质量差|态度差|上当|受骗|不行|不满|难受|崩溃|委屈|心寒|恶心|头疼|着急死|亏了|卡死|闪退|不靠谱|敷衍|推卸|伤心|难过|担心|害怕|焦虑",
    ),
    (
        Mood::Anger,
        "投诉|举报|骗子|骗人|欺骗|垃圾|气死|愤怒|火大|生气|混蛋|滚|妈的|他妈|tmd|卧槽|我靠|操|垃圾公司|无耻|不要脸|霸王条款|曝光|315|12315|消协|工商局|律师|起诉|法院|维权|忍无可忍|什么玩意|什么态度|到底管不管|黑心|流氓|坑货|耍我|耍人|太过分|过分",
    ),
    (
        Mood::Urgency,
        "急|着急|紧急|加急|马上|立刻|立即|赶紧|赶快|尽快|快点|速度|急用|急需|等不及|来不及|十万火急|今天必须|现在就要|火速|在线等|催|催单|催一下|抓紧|刻不容缓",
    ),
    (
        Mood::Positive,
        "谢谢|感谢|满意|很好|太好了|太棒|不错|给力|喜欢|赞|好评|完美|贴心|耐心|专业|辛苦了|棒|优秀|开心|高兴|惊喜|值得|超值|推荐|哈哈|爱了|靠谱|舒服|漂亮|好看|好用|方便|及时|点赞|厉害|解决了|搞定了",
    ),
    (
        Mood::Negative,
        "disappointed|disappointing|terrible|awful|horrible|poor|bad|worst|useless|broken|damaged|faulty|unhappy|frustrated|frustrating|annoying|annoyed|upset|unacceptable|defective|waste|regret|worried|confusing|slow|crashes|failed|wrong|sad|let down",
    ),
    (
        Mood::Anger,
        "ridiculous|furious|angry|scam|scammers|fraud|liar|liars|lies|outrageous|disgusting|disgrace|pathetic|lawyer|sue|complaint|complain|report you|rip off|ripoff|rip-off|damn|wtf|hell|bullshit|crap|idiots|incompetent|fed up|sick of|had enough|joke|unbelievable|stealing|stole|thieves|insane|shame",
    ),
    (
        Mood::Urgency,
        "urgent|urgently|asap|immediately|right now|right away|emergency|hurry|at once|quickly|as soon as possible|deadline|can't wait|cannot wait|time sensitive|time-sensitive|today|tonight|critical",
    ),
    (
        Mood::Positive,
        "thanks|thank you|thx|great|excellent|awesome|amazing|wonderful|perfect|love|loved|lovely|happy|pleased|satisfied|helpful|appreciate|brilliant|fantastic|best|good|nice|glad|impressed|recommend|cheers|superb|works well|delighted",
    ),
];

/// How strong: 0 weak, 1 plain, 2 strong.
const DEGREES: [(u32, &str); 4] = [
    (2, "太|非常|特别|极其|十分|超级|超|巨|真的|简直|实在|完全|根本|绝对|最|万分|极度|死|好"),
    (
        2,
        "very|so|extremely|really|absolutely|totally|completely|utterly|too|super|such|fucking|bloody|deeply",
    ),
    (0, "有点|有些|稍微|略|比较|还算|一点|略微"),
    (0, "slightly|somewhat|a bit|a little|kind of|fairly|rather"),
];

struct Lists {
    words: Vec<(Mood, Regex)>,
    degrees: Vec<(u32, Regex)>,
}

static LISTS: LazyLock<Lists> = LazyLock::new(|| {
    let bounded = |list: &str| {
        let ascii = list.chars().next().is_some_and(|first| first.is_ascii_lowercase())
            && !list.contains('急')
            && !list.contains('诉');
        if ascii { format!(r"\b(?:{list})\b") } else { list.to_owned() }
    };
    let before = |list: &str| format!(r"(?:{})\s*(?:a\s+|的)?$", bounded(list));
    Lists {
        words: WORDS
            .iter()
            .filter_map(|(mood, list)| Some((*mood, Regex::new(&bounded(list)).ok()?)))
            .collect(),
        degrees: DEGREES
            .iter()
            .filter_map(|(degree, list)| Some((*degree, Regex::new(&before(list)).ok()?)))
            .collect(),
    }
});

/// A word of the lexicon in the text.
#[derive(Clone, Copy, Debug)]
pub struct Hit {
    pub mood: Mood,
    pub start: usize,
    pub end: usize,
    pub degree: u32,
}

pub fn find(text: &Text) -> Vec<Hit> {
    let folded: String = text.folded.iter().collect();
    let starts: Vec<usize> = folded.char_indices().map(|(byte, _)| byte).collect();
    let at = |byte: usize| starts.binary_search(&byte).unwrap_or_else(|next| next);
    let mut hits = Vec::new();
    for (mood, regex) in &LISTS.words {
        for found in regex.find_iter(&folded) {
            let start = at(found.start());
            // The words before it, a dozen characters at most.
            let before = &folded[starts[start.saturating_sub(12)]..found.start()];
            let degree = LISTS.degrees.iter().find(|row| row.1.is_match(before)).map_or(1, |row| row.0);
            hits.push(Hit { mood: *mood, start, end: at(found.end()), degree });
        }
    }
    hits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_lists_compile() {
        assert_eq!((LISTS.words.len(), LISTS.degrees.len()), (WORDS.len(), DEGREES.len()));
    }
}
