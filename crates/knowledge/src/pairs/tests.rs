//! Which entries ask the same, which answers go together and which do not: both ways, in both languages.

use super::*;
use model::EntryId;

fn asks_the_same(one: &str, other: &str) -> bool {
    Questions::new(&[one.to_owned()]).ask(other)
}

#[test]
fn questions_that_ask_the_same_do_so_in_other_words() {
    for (one, other) in [
        ("怎么退货？", "请问如何申请退货"),
        ("退款多久到账", "退款多长时间到账？"),
        ("退款多久到账", "多久退款到账呀"),
        ("怎么开发票", "发票怎么开"),
        ("可以货到付款吗", "能不能货到付款"),
        ("怎麼退貨", "怎么退货"),
        ("How do I return an item?", "how can I return items"),
        ("When will my refund arrive?", "How long will the refund take to arrive?"),
    ] {
        assert!(asks_the_same(one, other) && asks_the_same(other, one), "{one} {other}");
    }
}

#[test]
fn questions_about_something_else_do_not_ask_the_same() {
    for (one, other) in [
        ("北京能送货吗", "上海能送货吗"),
        ("怎么开通免密支付", "怎么关闭免密支付"),
        ("怎么退货", "怎么换货"),
        ("退货运费谁出", "换货运费谁出"),
        ("退款多久到账", "为什么退款没到账"),
        ("微信余额转到支付宝", "支付宝余额转到微信"),
        ("会员怎么退货", "怎么退货"),
        ("多久发货", "哪里发货"),
        ("怎么", "如何"),
        ("How do I return an item?", "How do I exchange an item?"),
        ("When does it ship?", "Where does it ship?"),
    ] {
        assert!(!asks_the_same(one, other), "{one} {other}");
    }
}

#[test]
fn answers_that_state_different_things_disagree() {
    for (left, right, kind) in [
        ("七天内可以退货", "15天内可以退货", Kind::Duration),
        ("退款1-3个工作日到账", "退款5个工作日到账", Kind::Duration),
        ("运费 10 元", "运费15元，到付", Kind::Money),
        ("客服电话 400-800-1234", "请拨打 400-800-4321", Kind::Contact),
        ("会员打9折", "会员享8.5折", Kind::Number),
        ("每天 9:00 到 18:00 有人", "每天 9:00 到 21:00 有人", Kind::Time),
        ("5月1日恢复发货", "5月6日恢复发货", Kind::Time),
        ("支持七天无理由退货", "不支持七天无理由退货", Kind::Opposite),
        ("可以的，在订单里点开票。", "您好，不可以开发票。", Kind::Opposite),
        ("运费由买家承担。", "运费由卖家承担。", Kind::Opposite),
        ("Returns are free within 30 days.", "You can return it within 14 days.", Kind::Duration),
        ("Yes, we ship abroad.", "No, we only ship in China.", Kind::Opposite),
        ("The fee is $5.", "The fee is $8.", Kind::Money),
        ("It can be returned after opening.", "It cannot be returned after opening.", Kind::Opposite),
    ] {
        let found = disagreements(left, right);
        assert!(found.iter().any(|one| one.kind == kind), "{left} | {right}: {found:?}");
        let turned = disagreements(right, left);
        assert_eq!(turned.len(), found.len(), "{left} | {right}");
    }
}

#[test]
fn answers_that_only_say_it_differently_go_together() {
    for (left, right) in [
        ("七天内可以退货", "收到后 7 天之内可退"),
        ("24小时内发货", "一天内发货"),
        ("一周内到账", "7天到账"),
        ("运费10元", "运费十元，满99元包邮"),
        ("可以开发票", "能开，请在订单里填写税号"),
        ("未拆封可以退", "拆封后不可以退"),
        ("在订单里点退货", "打开订单，选择退货"),
        ("随时可以还，不收手续费", "可以提前还款"),
        ("We ship within 24 hours.", "It ships in one day."),
        ("Yes, it is free.", "Sure! No need to pay."),
        ("Open the order and press Return.", "Press Return in your order."),
        ("", "七天内可以退货"),
    ] {
        assert_eq!(disagreements(left, right), [], "{left} | {right}");
    }
}

#[test]
fn disagreement_says_what_differs_in_the_words_of_each() {
    let found = disagreements("七天内退货，运费10元", "十五天内退货，运费10元");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].left.starts_with("七天") && found[0].right.starts_with("十五天"), "{found:?}");
}

fn source(id: i64, phrasings: &[&str]) -> Source {
    let phrasings = phrasings.iter().map(|text| (*text).to_owned()).collect();
    Source { id: EntryId(id), phrasings, answer: String::new(), passages: Vec::new() }
}

#[test]
fn pairs_are_found_by_any_of_their_phrasings_and_each_once() {
    let entries = [
        source(1, &["怎么退货", "退货流程", "如何退货"]),
        source(2, &["多久发货", "几天发货"]),
        source(3, &["不想要了怎么办", "请问怎么退货", "退货流程呢"]),
    ];
    let pairs = same_questions(&entries);
    assert_eq!(pairs.len(), 1, "{pairs:?}");
    assert_eq!((pairs[0].left, pairs[0].right), (0, 2));
    assert!(asks_the_same(&pairs[0].left_phrasing, &pairs[0].right_phrasing));
}

#[test]
fn very_many_entries_with_one_question_give_a_bounded_list() {
    let entries: Vec<Source> = (0..2_000).map(|id| source(id, &["怎么退货"])).collect();
    assert_eq!(same_questions(&entries).len(), OF_ONE_QUESTION * (OF_ONE_QUESTION - 1) / 2);
}
