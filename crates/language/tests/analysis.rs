//! The whole analysis, on sentences of visitors and on texts that are none.

use language::{
    Analysis, analyse,
    emotion::Mood,
    entities::{Kind, calendar::Date},
    syntax::{question::QuestionKind, scope::ScopeKind},
};

fn analysed(text: &str) -> Analysis {
    // A Sunday.
    analyse(text, Date::new(2026, 11, 22)).unwrap_or_else(|error| panic!("{error}"))
}

fn entities(text: &str) -> Vec<(Kind, String)> {
    analysed(text).entities.into_iter().map(|entity| (entity.kind, entity.value)).collect()
}

#[test]
fn numbers_with_a_meaning_are_recognised() {
    let rows = [
        ("我的手机号是138 1234 5678", Kind::Phone, "+8613812345678"),
        ("拨打 010-62345678 转 8", Kind::Phone, "+861062345678"),
        ("call me at +44 20 7946 0958", Kind::Phone, "+442079460958"),
        ("call (415) 555-2671 please", Kind::Phone, "+14155552671"),
        ("客服电话400-800-1234", Kind::Phone, "4008001234"),
        ("身份证11010519491231002X", Kind::IdCard, "11010519491231002X"),
        ("卡号 4111 1111 1111 1111", Kind::BankCard, "4111111111111111"),
        ("顺丰SF1234567890123到哪了", Kind::TrackingNumber, "SF1234567890123"),
        ("快递单号是773012345678901", Kind::TrackingNumber, "773012345678901"),
        ("tracking number: 1Z999AA10123456784", Kind::TrackingNumber, "1Z999AA10123456784"),
        ("订单号：A20240512-0031 没发货", Kind::OrderNumber, "A20240512-0031"),
        ("my order #88213 is late", Kind::OrderNumber, "88213"),
        ("发到Wang.Li@Example.com吧", Kind::Email, "wang.li@example.com"),
        ("看https://shop.example/a?b=1。谢谢", Kind::Url, "https://shop.example/a?b=1"),
        ("车牌京A12345", Kind::Plate, "京A12345"),
        ("一共12.5元", Kind::Money, "CNY 12.50"),
        ("三块五能便宜点吗", Kind::Money, "CNY 3.50"),
        ("被扣了两千三百块钱", Kind::Money, "CNY 2300.00"),
        ("I paid $1,299.99 for it", Kind::Money, "USD 1299.99"),
        ("额度提高到5万元", Kind::Money, "CNY 50000.00"),
    ];
    for (text, kind, value) in rows {
        assert!(entities(text).contains(&(kind, value.to_owned())), "{text}: {:?}", entities(text));
    }
}

#[test]
fn numbers_with_a_wrong_check_digit_are_not_cards() {
    for text in ["身份证110105194912310021", "卡号 4111111111111112"] {
        let found = entities(text);
        assert!(found.iter().all(|one| !matches!(one.0, Kind::IdCard | Kind::BankCard)), "{found:?}");
    }
}

#[test]
fn times_are_resolved_from_the_day_of_the_text() {
    let rows = [
        ("明天下午三点送到", "2026-11-23T15:00"),
        ("下周一早上9点半", "2026-11-23T09:30"),
        ("2024年5月3日买的", "2024-05-03"),
        ("5月3号晚上", "2026-05-03Tevening"),
        ("三天前下单的", "2026-11-19"),
        ("next Monday at 3pm", "2026-11-23T15:00"),
        ("I ordered it yesterday", "2026-11-21"),
        ("on March 5, 2024", "2024-03-05"),
        ("上个月15号扣的钱", "2026-10-15"),
        ("14:30开始", "T14:30"),
    ];
    for (text, value) in rows {
        assert!(entities(text).contains(&(Kind::Time, value.to_owned())), "{text}: {:?}", entities(text));
    }
    let unresolved = analyse("明天下午三点", None).unwrap();
    assert_eq!(unresolved.entities[0].value, "today+1d T15:00");
    assert!(entities("24小时内发货").contains(&(Kind::Duration, "PT24H".into())));
    assert!(entities("within 3 business days").contains(&(Kind::Duration, "P3BD".into())));
}

#[test]
fn people_places_and_organisations_come_from_the_lexer() {
    let found = entities("张三在中国银行北京分行办理业务");
    assert!(found.iter().any(|one| one.0 == Kind::Person && one.1 == "张三"), "{found:?}");
    assert!(found.iter().any(|one| one.0 == Kind::Organisation), "{found:?}");
}

#[test]
fn numbers_and_addresses_stay_one_word() {
    let analysis = analysed("订单号是A12345678，邮箱a.b@c.example，iPhone 15多少钱");
    let words: Vec<_> = analysis.tokens.iter().map(|token| token.text.as_str()).collect();
    for word in ["A12345678", "a.b@c.example", "iPhone", "15"] {
        assert!(words.contains(&word), "{words:?}");
    }
}

#[test]
fn question_types_are_told_apart() {
    use QuestionKind::{Choice, How, HowLong, HowMuch, What, When, Where, Which, Who, Why, YesNo};
    let rows = [
        ("怎么退货", Some(How)),
        ("这件衣服多少钱", Some(HowMuch)),
        ("能不能改地址", Some(YesNo)),
        ("为什么还没发货", Some(Why)),
        ("怎么还没发货", Some(Why)),
        ("什么时候到货", Some(When)),
        ("退款要多久", Some(HowLong)),
        ("你们店在哪里", Some(Where)),
        ("支持货到付款吗", Some(YesNo)),
        ("有什么优惠吗", Some(YesNo)),
        ("你知道怎么开发票吗", Some(How)),
        ("发顺丰还是中通？", Some(Choice)),
        ("需要什么材料", Some(What)),
        ("哪个颜色好看", Some(Which)),
        ("谁负责处理", Some(Who)),
        ("我什么都没收到", None),
        ("我要退货", None),
        ("How do I return this?", Some(How)),
        ("how much is shipping", Some(HowMuch)),
        ("Why was I charged twice?", Some(Why)),
        ("Can I change my address", Some(YesNo)),
        ("When will it arrive?", Some(When)),
        ("Where is my order?", Some(Where)),
        ("Can you tell me how to reset my password?", Some(How)),
        ("When I log in, the page is blank.", None),
        ("I want a refund.", None),
    ];
    let kind = |text: &str| analysed(text).question().map(|question| question.kind);
    let wrong: Vec<_> =
        rows.iter().filter(|row| kind(row.0) != row.1).map(|row| (row.0, kind(row.0))).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

fn scopes(text: &str) -> Vec<(ScopeKind, String, String)> {
    let analysis = analysed(text);
    let letters: Vec<char> = text.chars().collect();
    let part = |start: usize, end: usize| letters[start..end].iter().collect::<String>();
    analysis
        .scopes
        .iter()
        .map(|scope| (scope.kind, scope.cue.clone(), part(scope.start, scope.end)))
        .collect()
}

#[test]
fn negation_and_modality_have_a_scope() {
    let rows = [
        ("我不想要了", ScopeKind::Negation, "想要"),
        ("不能退货", ScopeKind::Negation, "退货"),
        ("没有收到快递，很着急", ScopeKind::Negation, "收到快递"),
        ("我想改地址", ScopeKind::Wish, "改地址"),
        ("可以退货吗", ScopeKind::Ability, "退货"),
        ("I can't log in to my account", ScopeKind::Negation, "log in to my account"),
        ("I want to cancel my order", ScopeKind::Wish, "cancel my order"),
    ];
    for (text, kind, covered) in rows {
        let found = scopes(text);
        assert!(found.iter().any(|one| one.0 == kind && one.2.contains(covered)), "{text}: {found:?}");
    }
    for text in ["能不能退货", "不好意思，我来晚了", "衣服不错", "有没有优惠"] {
        let found = scopes(text);
        assert!(found.iter().all(|one| one.0 != ScopeKind::Negation), "{text}: {found:?}");
    }
}

#[test]
fn verbs_come_with_their_objects() {
    let rows = [
        ("我要退货", "退", "货", false),
        ("怎么修改收货地址", "修改", "地址", false),
        ("把地址改一下", "改", "地址", false),
        ("不想开发票", "开", "发票", true),
        ("I want to cancel my order", "cancel", "order", false),
        ("how can I change the delivery address", "change", "address", false),
    ];
    for (text, verb, object, negated) in rows {
        let frames = analysed(text).frames;
        let fits = |frame: &language::syntax::frames::Frame| {
            frame.verb == verb && frame.object.ends_with(object) && frame.negated == negated
        };
        assert!(frames.iter().any(fits), "{text}: {frames:?}");
    }
}

#[test]
fn every_token_has_one_head_and_each_sentence_one_root() {
    let analysis = analysed("我买的手机坏了，你们能不能给我换一个？I paid twice for the same order. 谢谢！");
    for sentence in &analysis.sentences {
        let range = sentence.first_token..sentence.first_token + sentence.tokens;
        let arcs: Vec<_> = analysis.arcs.iter().filter(|arc| range.contains(&arc.dependent)).collect();
        assert_eq!(arcs.len(), sentence.tokens);
        assert_eq!(arcs.iter().filter(|arc| arc.head.is_none()).count(), 1);
        assert!(arcs.iter().all(|arc| arc.head.is_none_or(|head| range.contains(&head))));
    }
}

#[test]
fn moods_come_with_the_words_that_show_them() {
    let rows = [
        ("你们这是骗人，我要投诉到消协！", Mood::Anger),
        ("质量太差了，很失望", Mood::Negative),
        ("很着急，请马上处理", Mood::Urgency),
        ("谢谢，服务态度真好，很满意", Mood::Positive),
        ("This is ridiculous, you people are scammers!", Mood::Anger),
        ("I need this fixed immediately, it is urgent", Mood::Urgency),
        ("Thank you so much, you were great", Mood::Positive),
    ];
    for (text, mood) in rows {
        let emotion = analysed(text).emotion;
        assert!(emotion.moods.contains(&mood), "{text}: {emotion:?}");
        assert!(emotion.spans.iter().any(|span| span.mood == mood), "{text}: {emotion:?}");
    }
    for text in ["请问你们几点开门", "how do I change my address"] {
        assert!(analysed(text).emotion.moods.is_empty(), "{text}");
    }
    for (text, empty) in [
        ("你们这是什么垃圾服务，气死我了，我要投诉！", ["你们", "你们这", "我"]),
        ("This is outrageous, I am furious with your terrible service!", ["This", "your", "I"]),
    ] {
        let spans = analysed(text).emotion.spans;
        assert!(
            !spans.is_empty() && spans.iter().all(|span| !empty.contains(&span.text.as_str())),
            "{spans:?}"
        );
    }
}

#[test]
fn positions_are_characters_of_the_original_text() {
    let text = "我買的Ｔ恤😀壞了，13812345678，“能退嗎”？";
    let letters: Vec<char> = text.chars().collect();
    let analysis = analysed(text);
    let original = |start: usize, end: usize| letters[start..end].iter().collect::<String>();
    assert!(analysis.tokens.iter().all(|token| original(token.start, token.end) == token.text));
    assert!(analysis.entities.iter().all(|one| original(one.start, one.end) == one.text));
    assert!(analysis.tokens.windows(2).all(|pair| pair[0].end <= pair[1].start));
}

#[test]
fn texts_that_are_no_sentences_are_answered() {
    let long = "退货".repeat(5000);
    let words = "refund ".repeat(1500);
    let brackets = "((((((".repeat(1700);
    let digits = "1".repeat(10_000);
    let times = "3点".repeat(3000);
    let link = format!("https://example.com/{}", "a?b.".repeat(2400));
    let texts = [
        "",
        " ",
        "\n\n\n",
        "a",
        "我",
        "?",
        "。",
        "😀",
        "👨‍👩‍👧‍👦🇨🇳",
        "!!!???...",
        "\u{0}",
        "\u{200b}\u{feff}",
        "\u{202e}abc",
        "SELECT * FROM users WHERE id = 1; DROP TABLE x; --",
        "<script>alert('x')</script><img src=x onerror=y>",
        "fn main() { println!(\"{}\", 1); }",
        "{\"a\": [1, 2, {\"b\": null}]}",
        "%s%n%x ../../etc/passwd",
        "Где мой заказ?",
        "¿Dónde está mi pedido?",
        "Où est ma commande ?",
        "Wo ist meine Bestellung?",
        "أين طلبي؟",
        "איפה ההזמנה שלי?",
        "注文はどこですか？",
        "내 주문은 어디에 있나요?",
        "สินค้าของฉันอยู่ที่ไหน",
        "मेरा ऑर्डर कहाँ है?",
        "Đơn hàng của tôi ở đâu?",
        "Siparişim nerede?",
        "Gdzie jest moje zamówienie?",
        "Πού είναι η παραγγελία μου;",
        "Var är min beställning?",
        "Missä tilaukseni on?",
        "Hol van a rendelésem?",
        "Де моє замовлення?",
        "Dimana pesanan saya?",
        "Onde está meu pedido?",
        "Dov'è il mio ordine?",
        "我的order在哪里？où?",
        &long,
        &words,
        &brackets,
        &digits,
        &times,
        &link,
    ];
    for text in texts {
        let analysis = analysed(text);
        let count = text.chars().count();
        assert!(analysis.characters <= count);
        assert!(
            analysis.tokens.iter().all(|token| token.start < token.end && token.end <= count),
            "{text:.60}"
        );
        assert!(analysis.arcs.iter().all(|arc| arc.dependent < analysis.tokens.len()), "{text:.60}");
        assert!(analysis.emotion.anger.is_finite());
    }
    assert!(analysed(&"长".repeat(10_001)).truncated);
}
