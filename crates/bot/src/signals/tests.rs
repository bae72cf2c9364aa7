//! Wordings that must be recognised, and look-alikes that must not.

use super::*;

#[test]
fn a_person_is_asked_for_in_many_wordings() {
    let wordings = [
        "转人工",
        "我要转人工",
        "转人工客服",
        "人工",
        "人工！",
        "人工客服",
        "请转人工客服，谢谢",
        "转接人工",
        "帮我转一下人工客服，转人工",
        "轉人工",
        "有人工吗",
        "我要找人工",
        "人工服务",
        "能不能给我找个真人",
        "我要真人客服",
        "跟真人聊",
        "不想跟机器人说话",
        "不要机器人",
        "叫你们经理来",
        "找你们领导",
        "我要找客服",
        "给我叫客服",
        "换个人跟我说",
        "活人呢",
        "麻烦转接客服",
        "ＺＨＵＡＮ 转人工",
        "退款怎么还没到？转人工",
        "转 人 工",
        "客服",
        "找客服！",
        "有真人客服吗",
        "agent",
        "human please",
        "I want to talk to a human",
        "talk to a person",
        "can I speak to someone?",
        "connect me with a live agent",
        "get me a representative",
        "I need a real person",
        "let me speak to your manager",
        "Can you transfer me to an agent",
        "customer service",
        "I don't want a bot, give me a human",
        "speak to somebody",
        "real person",
        "operator",
        "put me through to a human",
    ];
    for text in wordings {
        assert!(asks_for_person(text), "{text}");
    }
}

#[test]
fn a_question_about_people_does_not_ask_for_one() {
    let others = [
        "人工费怎么算",
        "你们用人工智能吗",
        "人工客服几点上班",
        "客服电话是多少",
        "怎么联系客服",
        "不用转人工",
        "不需要人工，谢谢",
        "你是真人吗",
        "是人工吗",
        "转账多久到",
        "退款要转到哪里",
        "这个杯子是手工的吗",
        "个人信息怎么改",
        "找个人气高的款式",
        "",
        "？？？",
        "😀",
        "How many people can use one account?",
        "Is the price per person?",
        "don't transfer me to an agent",
        "Are you a human?",
        "When are agents available?",
        "I need a refund",
        "Can I send it to another person?",
        "What is your person of the year gift",
        "我要退货",
        "需要人工安装吗",
        "接着客户服务的问题",
        "联系客服好几次了都没人管退款",
    ];
    for text in others {
        assert!(!asks_for_person(text), "{text}");
    }
}

#[test]
fn small_talk_is_recognised_when_it_is_all_that_was_said() {
    use SmallTalk::*;
    let table = [
        (
            Greeting,
            &[
                "你好",
                "您好！",
                "在吗？",
                "在嗎",
                "哈喽~",
                "你好呀",
                "早上好",
                "hi",
                "Hello!",
                "hey there",
                "Good morning",
                "有人吗",
            ][..],
        ),
        (
            Thanks,
            &["谢谢", "谢谢啦！", "好的，谢谢", "多谢", "thanks!", "Thank you so much", "3Q", "谢谢您😊"],
        ),
        (Bye, &["再见", "拜拜~", "没事了", "bye", "That's all", "no thanks", "不用了"]),
        (Acknowledged, &["好的", "嗯嗯", "OK", "知道了", "明白了", "got it", "收到！"]),
        (
            Robot,
            &[
                "你是机器人吗？",
                "你是真人吗",
                "是人工吗？",
                "你是人还是机器人",
                "Are you a robot?",
                "are you human",
                "机器人？",
                "am I talking to a bot",
            ],
        ),
        (Insult, &["你个傻逼", "垃圾机器人！", "真蠢", "you are stupid", "useless bot", "滚", "人工智障"]),
    ];
    for (kind, texts) in table {
        for text in texts {
            assert_eq!(small_talk(text), Some(kind), "{text}");
        }
    }
}

#[test]
fn a_question_is_not_small_talk() {
    let questions = [
        "你好，退货运费谁出？",
        "谢谢，那多久到账",
        "垃圾桶有货吗",
        "垃圾袋多少钱一卷",
        "机器人吸尘器保修多久",
        "好的杯子",
        "hello kitty 杯子有吗",
        "thanks for the gift card, how do I use it",
        "早餐几点供应",
        "一",
        "在吗，我想问下发票",
        "可以退吗",
        "行李箱多少钱",
        "",
    ];
    for text in questions {
        assert_eq!(small_talk(text), None, "{text}");
    }
}

#[test]
fn anger_and_hurry_are_noticed() {
    for text in [
        "我要投诉你们",
        "再不退款我就打12315",
        "骗子",
        "This is a scam",
        "I will sue you",
        "你们这是什么态度",
    ] {
        assert!(is_upset(text), "{text}");
    }
    for text in ["怎么退货", "这款好看吗", "How do I return it?", "sweet suede shoes"] {
        assert!(!is_upset(text), "{text}");
    }
    assert!(is_urgent("很急，在线等") && is_urgent("Please reply ASAP") && !is_urgent("急需品有哪些"));
}

#[test]
fn choices_are_chosen_by_number_or_declined() {
    let table = [
        ("1", Some(0)),
        ("②", Some(1)),
        ("第三个", Some(2)),
        ("3。", Some(2)),
        ("the second one", Some(1)),
        ("４", None),
        ("12", None),
        ("一共多少钱", None),
        ("", None),
    ];
    for (text, expected) in table {
        assert_eq!(ordinal(text, 3), expected, "{text}");
    }
    assert!(
        declines_choices("都不是") && declines_choices("None of these.") && declines_choices("以上都不是")
    );
    assert!(!declines_choices("不是质量问题怎么退"));
}

#[test]
fn every_list_of_wordings_is_there_and_written_as_it_is_compared() {
    let code = include_str!("../signals.rs");
    let names: Vec<&str> = code.split("list(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(names.len() > 15, "{names:?}");
    for name in names.into_iter().chain(["choice 1", "choice 5"]) {
        assert!(!list(name).is_empty(), "{name}");
        for word in list(name) {
            let apostrophe = word.contains('\'');
            assert!(apostrophe || bare(word) == **word, "{name}: {word}");
        }
    }
}
