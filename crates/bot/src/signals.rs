//! What a visitor wants from the conversation itself: a person, a greeting, calm. By rules,
//! in Chinese (both scripts) and English, so that it works without any knowledge base.

use crate::words::{bare, clean, latin_words};

/// Small talk: the whole of what was said, not a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SmallTalk {
    Greeting,
    Thanks,
    Bye,
    /// "OK", "I see".
    Acknowledged,
    /// "Are you a robot?"
    Robot,
    Insult,
}

/// The visitor wants to talk to a person, in whatever wording.
pub fn asks_for_person(text: &str) -> bool {
    let cleaned = clean(text);
    cleaned.split(['。', '！', '!', '？', '?', '；', ';', '，', ',', '\n', '.']).any(clause_asks_for_person)
}

fn clause_asks_for_person(clause: &str) -> bool {
    if small_talk(clause) == Some(SmallTalk::Robot) {
        return false;
    }
    let text = bare(clause);
    asks_in_chinese(&text) || asks_in_english(&latin_words(clause))
}

/// Complete requests: nothing else may stand beside them.
const WHOLE: &[&str] = &[
    "人工", "人工客服", "人工服务", "人工服務", "真人", "真人客服", "客服", "在线客服", "转", "转客服", "轉客服", "活人",
    "来个人", "來個人", "换个人", "換個人", "找人", "专员", "坐席", "客服人员", "客服人員", "叫人", "接线员",
];
const CALLS: &[&str] = &[
    "转人工", "轉人工", "转接人工", "轉接人工", "接人工", "找人工", "要人工", "换人工", "換人工", "呼叫人工", "联系人工",
    "聯繫人工", "叫人工", "人工在吗", "人工在嗎", "人工呢", "人工回复", "人工回答", "人工处理", "人工解决", "人工接待",
    "转接客服", "转到客服", "转给客服", "转客服", "轉客服", "找客服", "找你们客服", "叫客服", "叫你们客服", "要客服", "联系客服",
    "跟客服", "和客服", "客服人员", "接客服", "真人客服", "真人服务", "真人聊", "真人说", "真人接", "找真人", "要真人", "换真人",
    "转真人", "轉真人", "跟真人", "和真人", "活人", "跟人说", "和人说", "跟人聊", "和人聊", "找个人", "找個人", "换个人",
    "換個人", "叫个人", "来个人", "有没有真人", "有没有人工", "有人工吗", "有人工客服吗", "有真人吗", "有真人客服吗",
    "能人工吗", "可以人工吗", "找经理", "找你们经理", "叫经理", "叫你们经理", "找主管", "叫主管", "找领导", "叫你们领导",
    "找你们领导", "找负责人", "找老板", "叫你们老板", "找你们老板", "人工客服请", "请人工", "人工客服谢谢", "人工客服吧",
    "不要机器人", "不想和机器人", "不想跟机器人", "别用机器人", "不跟机器人", "不和机器人", "不要跟机器人", "关掉机器人",
];
/// The words are there, the wish is not.
const NOT_CALLS: &[&str] = &[
    "不用转", "不用轉", "不要转", "不需要转", "别转", "無需转", "无需转", "不用人工", "不要人工", "不需要人工", "不找人工",
    "不要找", "不用找", "不用叫", "不想转", "怎么转人工", "如何转人工", "转人工要多久", "转人工等多久", "人工智能", "人工费", "人工成本",
    "怎么联系客服", "如何联系客服", "怎样联系客服", "客服电话", "客服热线", "客服邮箱", "客服微信", "客服几点", "客服什么时候",
    "客服上班", "客服时间", "客服工作时间", "人工几点", "人工客服几点", "工作时间", "上班时间", "客服怎么联系", "我是真人", "人工安装", "人工审核", "人工复核", "人工鉴定", "人工合成", "人工草", "人工皮",
    "找个人气", "找个人多", "换个人名", "和客服说过", "跟客服说过", "和客服说好", "联系客服了", "联系客服好几", "联系客服没",
];

fn asks_in_chinese(text: &str) -> bool {
    let trimmed = text.trim_end_matches(['吧', '啊', '呀', '哦', '呢', '了', '嘛', '吗', '谢']);
    let core = strip_prefixes(trimmed, &["请问", "麻烦", "请", "我要", "我想要", "我想", "给我", "帮我", "快", "直接", "要", "叫", "找"]);
    if WHOLE.contains(&trimmed) || WHOLE.contains(&core) {
        return true;
    }
    (CALLS.iter().any(|call| text.contains(call)) || calls_somebody(text))
        && !NOT_CALLS.iter().any(|other| text.contains(other))
}

/// A verb of fetching with a person at most three characters behind it: 找个真人.
fn calls_somebody(text: &str) -> bool {
    const VERBS: [char; 9] = ['转', '轉', '接', '找', '要', '换', '換', '叫', '派'];
    const SOMEBODY: [&str; 5] = ["人工", "真人", "活人", "客服", "专员"];
    text.char_indices().filter(|(_, c)| VERBS.contains(c)).any(|(at, verb)| {
        let behind: String = text[at + verb.len_utf8()..].chars().take(5).collect();
        SOMEBODY.iter().any(|who| behind.contains(who))
    })
}

fn strip_prefixes<'a>(mut text: &'a str, prefixes: &[&str]) -> &'a str {
    while let Some(rest) = prefixes.iter().find_map(|prefix| text.strip_prefix(prefix)) {
        text = rest;
    }
    text
}

const PEOPLE: &[&str] = &[
    "human", "humans", "person", "people", "agent", "agents", "representative", "representatives", "rep", "someone",
    "somebody", "operator", "staff", "manager", "supervisor", "advisor", "adviser",
];
const REQUESTS: &[&str] = &[
    "talk", "speak", "chat", "connect", "transfer", "get", "give", "want", "need", "escalate", "call", "put", "switch",
    "please", "let", "contact", "reach", "human", "live", "real", "actual",
];
/// Before "person" and the like they make the word a noun of business, not a wish.
const BUSINESS: &[&str] = &["hours", "when", "size", "sizes", "many", "much", "each", "per", "another", "gift"];

fn asks_in_english(words: &[String]) -> bool {
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let negated = has(&["don't", "dont", "no", "not", "without", "needn't"])
        && !has(&["bot", "robot", "machine", "chatbot"]);
    if !has(PEOPLE) {
        return words.windows(2).any(|pair| pair[0] == "customer" && pair[1] == "service") && words.len() <= 3;
    }
    if negated || has(BUSINESS) {
        return false;
    }
    let talks = has(&["talk", "speak", "chat", "connect", "transfer", "escalate", "live", "real", "actual"]);
    let vague = !has(&["human", "agent", "representative", "rep", "operator", "manager", "supervisor"]);
    words.len() <= 2 || talks || (has(REQUESTS) && !vague && words.len() <= 12)
}

const GREETINGS: &[&str] = &[
    "你好", "您好", "你们好", "大家好", "哈喽", "哈啰", "哈罗", "嗨", "喂", "在吗", "在嗎", "在么", "在不", "在不在", "有人吗", "有人嗎",
    "有人在吗", "有人么", "有没有人", "早", "早安", "早上好", "上午好", "中午好", "下午好", "晚上好", "亲", "亲在吗", "你好在吗", "您好在吗",
    "你好有人吗", "您好请问", "你好请问", "请问", "打扰了", "打扰一下", "你好打扰一下", "客服你好", "客服您好", "你好客服", "您好客服", "客服在吗",
    "客服在么", "你好客服在吗",
    "hi", "hello", "hey", "hithere", "hellothere", "heythere", "hihi", "yo", "goodmorning", "goodafternoon",
    "goodevening", "morning", "greetings", "anyonethere", "anybodythere", "isanyonethere", "isanybodythere",
    "hellohello", "areyouthere", "excuseme",
];
const THANKS: &[&str] = &[
    "谢谢", "谢谢你", "谢谢您", "謝謝", "谢谢谢谢", "多谢", "感谢", "非常感谢", "太感谢", "感谢您", "感谢你", "谢", "辛苦", "辛苦您",
    "好的谢谢", "好的谢谢你", "好的谢谢您", "好谢谢", "嗯谢谢", "ok谢谢", "知道谢谢", "明白谢谢", "谢谢帮忙", "3q", "thx", "thanks", "thankyou",
    "thankyousomuch", "thanksalot", "manythanks", "thankyouverymuch", "okthanks", "okaythanks", "oktanks", "greatthanks",
    "thankssomuch", "ty", "cheers", "perfectthanks", "okthankyou", "muchappreciated",
];
const BYES: &[&str] = &[
    "再见", "再見", "拜拜", "拜", "88", "886", "没事", "没事谢谢", "没别的", "没有别的", "没问题了", "不用", "不用谢谢", "不需要",
    "没有", "没有谢谢", "好的再见", "谢谢再见", "先这样", "就这样", "bye", "byebye", "goodbye", "seeyou", "seeya", "thatsall",
    "thatisall", "thatsit", "nothanks", "nothankyou", "nothingelse", "thanksbye", "allgood", "nevermind",
];
const ACKNOWLEDGED: &[&str] = &[
    "好", "好的", "好滴", "好嘞", "行", "可以", "嗯", "嗯嗯", "恩", "哦", "噢", "哦哦", "知道", "我知道", "明白", "懂", "了解", "收到",
    "原来如此", "这样", "是的", "对", "ok", "okay", "okok", "k", "gotit", "isee", "alright", "sure", "fine", "great", "good",
    "understood", "yes", "yep", "right", "perfect", "cool", "nice",
];
const ROBOTS: &[&str] = &[
    "你是机器人", "您是机器人", "是机器人", "你是不是机器人", "是不是机器人", "你是真人", "您是真人", "是真人", "你是人工", "您是人工",
    "是人工", "你是人", "你是不是人", "你是真人还是机器人", "是真人还是机器人", "是人工还是机器人", "你是人工还是机器人", "你是人还是机器人",
    "机器人", "你是ai", "是ai", "你是人工智能", "你是机器人还是真人", "是机器人还是真人", "你是机器人还是人", "这是机器人", "你是谁", "您是谁", "你叫什么",
    "你叫什么名字", "你是机器", "是真人在回复", "你是真的人", "你是智能客服", "這是機器人", "你是機器人",
    "areyouarobot", "areyouabot", "areyouhuman", "areyouahuman", "areyoureal", "areyouai", "areyouanai", "isthisabot",
    "isthisarobot", "areyouarealperson", "areyouaperson", "amitalkingtoabot", "amitalkingtoarobot", "whoareyou",
    "amitalkingtoaperson", "amitalkingtoahuman", "areyouabotoraperson", "areyouabotorahuman", "isthisahuman",
    "whatareyou", "whatsyourname", "areyouachatbot", "areyouamachine", "isthisai", "amitalkingtoahumanorabot",
    "amispeakingtoabot", "amichattingwithabot", "areyouabotorareyouhuman",
];
const INSULTS: &[&str] = &[
    "傻逼", "傻比", "煞笔", "傻子", "傻瓜", "智障", "白痴", "脑残", "弱智", "废物", "蠢货", "太蠢", "真蠢", "好蠢", "滚蛋", "滚开",
    "去死", "妈的", "你妈", "尼玛", "垃圾机器人", "垃圾客服", "垃圾平台", "什么垃圾", "真垃圾", "太垃圾", "人工智障", "没用的东西", "狗屁",
    "王八", "混蛋", "操你", "草泥马", "笨死", "你有病",
];
const INSULTS_EN: &[&str] = &[
    "stupid", "idiot", "idiots", "dumb", "useless", "moron", "fuck", "fucking", "shit", "crap", "bullshit", "asshole",
    "bastard", "suck", "sucks", "pathetic", "garbage",
];

/// What kind of small talk this is, if it is nothing else.
pub fn small_talk(text: &str) -> Option<SmallTalk> {
    let whole = bare(text);
    if whole.is_empty() {
        return None;
    }
    let core = whole.trim_end_matches(['啊', '呀', '哦', '呢', '了', '嘛', '哈', '啦', '哟', '噢', '吗', '嗎', '么', '吧', '亲']);
    let is = |list: &[&str]| list.contains(&whole.as_str()) || (!core.is_empty() && list.contains(&core));
    let kinds = [
        (ROBOTS, SmallTalk::Robot),
        (GREETINGS, SmallTalk::Greeting),
        (THANKS, SmallTalk::Thanks),
        (BYES, SmallTalk::Bye),
        (ACKNOWLEDGED, SmallTalk::Acknowledged),
    ];
    if let Some((_, kind)) = kinds.into_iter().find(|(list, _)| is(list)) {
        return Some(kind);
    }
    // An insult hardly ever stands alone word for word; a long text is a question that is angry.
    (whole.chars().count() <= 24 && is_insulting(text)).then_some(SmallTalk::Insult)
}

pub fn is_insulting(text: &str) -> bool {
    let whole = bare(text);
    INSULTS.iter().any(|word| whole.contains(word))
        || whole == "滚"
        || latin_words(text).iter().any(|word| INSULTS_EN.contains(&word.as_str()))
}

const UPSET: &[&str] = &[
    "投诉", "投訴", "举报", "舉報", "曝光", "12315", "消协", "律师", "起诉", "报警", "骗子", "骗人", "欺骗", "诈骗", "气死", "太过分",
    "忍无可忍", "无语", "恶心", "坑人", "黑店", "差评", "太差", "什么态度", "受够",
];
const UPSET_EN: &[&str] = &[
    "complain", "complaint", "lawyer", "sue", "scam", "scammed", "fraud", "furious", "outrageous", "unacceptable",
    "ridiculous", "disgusting", "terrible", "horrible", "worst", "angry", "police",
];

pub fn is_upset(text: &str) -> bool {
    let whole = bare(text);
    is_insulting(text)
        || UPSET.iter().any(|word| whole.contains(word))
        || latin_words(text).iter().any(|word| UPSET_EN.contains(&word.as_str()))
}

const URGENT: &[&str] =
    &["紧急", "緊急", "很急", "着急", "急急", "加急", "火急", "等不及", "人命", "救命", "马上就要", "立刻处理", "马上处理"];
const URGENT_EN: &[&str] = &["urgent", "urgently", "asap", "emergency", "immediately"];

pub fn is_urgent(text: &str) -> bool {
    let whole = bare(text);
    URGENT.iter().any(|word| whole.contains(word))
        || latin_words(text).iter().any(|word| URGENT_EN.contains(&word.as_str()))
}

/// "None of these", as an answer to offered choices.
pub fn declines_choices(text: &str) -> bool {
    const NONE: &[&str] = &[
        "都不是", "以上都不是", "都不对", "都没有", "不是这些", "不是", "都不是我要的", "没有我要的", "没有我想问的", "其他", "其它", "都不符合",
        "none", "noneofthese", "noneofthem", "neither", "no", "other", "nope", "notthese", "noneoftheabove",
    ];
    let whole = bare(text);
    NONE.contains(&whole.trim_end_matches(['啊', '呀', '哦', '的', '问', '题'])) || NONE.contains(&whole.as_str())
}

/// The number of a choice, counted from 0: `2`, `②`, `第二个`, `the second one`.
pub fn ordinal(text: &str, options: usize) -> Option<usize> {
    const WORDS: [&[&str]; 5] = [
        &["1", "一", "第一", "第一个", "第1个", "选1", "选一", "1号", "first", "thefirst", "thefirstone", "one", "option1", "number1"],
        &["2", "二", "第二", "第二个", "第2个", "选2", "选二", "2号", "second", "thesecond", "thesecondone", "two", "option2", "number2"],
        &["3", "三", "第三", "第三个", "第3个", "选3", "选三", "3号", "third", "thethird", "thethirdone", "three", "option3", "number3"],
        &["4", "四", "第四", "第四个", "第4个", "选4", "选四", "4号", "fourth", "thefourth", "thefourthone", "four", "option4", "number4"],
        &["5", "五", "第五", "第五个", "第5个", "选5", "选五", "5号", "fifth", "thefifth", "thefifthone", "five", "option5", "number5"],
    ];
    let whole = bare(text);
    WORDS.iter().take(options).position(|words| words.contains(&whole.as_str()))
}

#[cfg(test)]
mod tests;
