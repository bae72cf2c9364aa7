//! The index as a whole: what is found, what an edit changes, and texts that are none.
use super::{Band, Encode, EntryId, Index, Settings, Source};
use std::sync::Arc;

fn source(id: i64, phrasings: &[&str]) -> Source {
    Source {
        id: EntryId(id),
        phrasings: phrasings.iter().map(|&text| text.to_owned()).collect(),
        answer: String::new(),
        passages: Vec::new(),
    }
}

fn shop() -> Index {
    let sources = vec![
        source(1, &["怎么退货", "我想把东西退了"]),
        source(2, &["多久发货", "什么时候能发出"]),
        source(3, &["how do I change my address", "wrong delivery address"]),
    ];
    Index::build(sources, None, Settings::default())
}

#[test]
fn a_phrasing_of_the_base_is_answered_by_its_entry() {
    let ranking = shop().answer("我想把东西退了");
    assert_eq!(ranking.candidates[0].id, EntryId(1));
}

/// Without an encoder, and with the built-in one.
fn encoders() -> [Option<Arc<dyn Encode>>; 2] {
    [None, Some(language::Tuned::embedded().expect("it is in the program"))]
}

#[test]
fn a_base_of_one_entry_answers_its_own_questions_and_no_others() {
    for encoder in encoders() {
        let with = encoder.is_some();
        let entry =
            source(1, &["茶壶能进微波炉吗", "茶壶可以用微波炉加热吗", "can the teapot be microwaved"]);
        let index = Index::build(vec![entry], encoder, Settings::default());
        assert_eq!(index.answer("茶壶可以进微波炉吗").band, Band::Answer, "{with}");
        for text in ["我的订单到哪了", "Where is my parcel?", "怎么退款", "你们几点关门", "今天天气怎么样"]
        {
            let ranking = index.answer(text);
            assert_eq!(ranking.band, Band::HandOff, "{with} {text} {}", ranking.probability);
        }
    }
}

#[test]
fn a_single_phrasing_is_answered_when_it_is_asked_word_for_word() {
    for encoder in encoders() {
        let with = encoder.is_some();
        for text in ["你们周末营业吗", "怎么退货", "Can the teapot be microwaved?", "会员日是哪天", "退款"]
        {
            let index = Index::build(vec![source(1, &[text])], encoder.clone(), Settings::default());
            let ranking = index.answer(text);
            assert_eq!(ranking.band, Band::Answer, "{with} {text} {}", ranking.probability);
        }
    }
}

#[test]
fn what_customers_usually_ask_is_answered_where_the_base_has_it() {
    for encoder in encoders() {
        let with = encoder.is_some();
        let entries = vec![
            source(1, &["怎么退货", "买了不喜欢可以退吗", "我想把东西退了"]),
            source(2, &["运费怎么算", "包邮吗", "邮费谁出"]),
        ];
        let index = Index::build(entries, encoder, Settings::default());
        let ranking = index.answer("怎么退货");
        assert_eq!((ranking.band, ranking.candidates[0].id), (Band::Answer, EntryId(1)), "{with}");
        assert_ne!(index.answer("怎么开发票").band, Band::Answer, "{with}");
    }
}

#[test]
fn what_is_not_there_for_somebody_leaves_the_place_to_the_next() {
    let index = Index::build(
        vec![source(1, &["怎么退货", "退货要几天"]), source(2, &["怎么退货", "我想把东西退了"])],
        None,
        Settings::default(),
    );
    let all = index.answer("怎么退货");
    assert_eq!(all.candidates.len(), 2);
    let rest = index.answer_among("怎么退货", &|id| id != EntryId(1));
    assert_eq!(rest.candidates.iter().map(|one| one.id).collect::<Vec<_>>(), [EntryId(2)]);
    assert!(rest.probability > all.probability, "nothing competes with it");
    assert_eq!(index.answer_among("怎么退货", &|_| false).band, Band::HandOff);
}

#[test]
fn a_text_that_says_nothing_is_handed_off() {
    for text in ["", "   ", "🙂🙂", "……！？", "\u{200b}\u{feff}"] {
        assert_eq!(shop().answer(text).band, Band::HandOff, "{text:?}");
    }
    assert_eq!(Index::build(Vec::new(), None, Settings::default()).answer("怎么退货").band, Band::HandOff);
}

#[test]
fn an_edit_is_as_good_as_a_new_index() {
    let edited = shop().with(vec![source(2, &["订单取消"])], &[EntryId(3)]);
    assert_eq!(edited.answer("订单取消").candidates[0].id, EntryId(2));
    let fresh = Index::build(
        vec![source(1, &["怎么退货", "我想把东西退了"]), source(2, &["订单取消"])],
        None,
        Settings::default(),
    );
    assert_eq!(edited.answer("怎么取消订单"), fresh.answer("怎么取消订单"));
}

#[test]
fn strange_questions_have_a_result_within_bounds() {
    let index = shop();
    let long = "怎么退货".repeat(2_500);
    let words = "refund ".repeat(1_500);
    for text in [
        long.as_str(),
        &words,
        "退",
        "a",
        "<script>alert('退货')</script>",
        "SELECT * FROM orders WHERE id = 1; -- 退货",
        "返品したい",
        "반품하고 싶어요",
        "Я хочу вернуть товар",
        "أريد إرجاع المنتج",
        "ฉันต้องการคืนสินค้า",
        "मैं वापस करना चाहता हूँ",
        "退\u{200b}货\u{200d}怎\u{feff}么",
        "ＲＥＦＵＮＤ",
        "\u{202e}货退么怎",
        "\0\u{1}\u{fffd}",
        "👨‍👩‍👧‍👦退货",
    ] {
        let ranking = index.answer(text);
        let sum: f32 = ranking.candidates.iter().map(|candidate| candidate.probability).sum();
        assert!(ranking.candidates.len() <= super::CANDIDATES && sum <= 1.0001, "{text:.40}");
        assert!(ranking.probability.is_finite() && ranking.thresholds.clarify <= ranking.thresholds.answer);
        assert_eq!(ranking, index.answer(text));
    }
}

#[test]
fn entries_with_equal_phrasings_share_the_probability() {
    let sources =
        vec![source(5, &["怎么退款", "退款"]), source(4, &["怎么退款", "退款"]), source(6, &["发货"])];
    let ranking = Index::build(sources, None, Settings::default()).answer("怎么退款");
    assert_eq!(ranking.candidates[0].id, EntryId(4));
    assert_eq!(ranking.candidates[1].id, EntryId(5));
    assert!(ranking.candidates[0].probability <= 0.5);
}

#[test]
fn empty_repeated_and_doubled_sources_do_no_harm() {
    let sources = vec![
        source(1, &[]),
        source(2, &["", "  ", "🙂"]),
        source(3, &["退货", "退货", "退货"]),
        source(3, &["怎么换货"]),
    ];
    let index = Index::build(sources, None, Settings::default());
    let ranking = index.answer("怎么换货");
    assert_eq!(ranking.candidates.iter().map(|candidate| candidate.id).collect::<Vec<_>>(), [EntryId(3)]);
    assert!(index.with(Vec::new(), &[EntryId(3)]).answer("怎么换货").candidates.is_empty());
}

#[test]
fn the_order_of_the_sources_makes_no_difference() {
    let mut sources: Vec<Source> = (0..30)
        .map(|id| {
            source(
                id,
                &[&format!("第{id}种会员怎么办理"), &format!("我要办{id}号会员"), &format!("会员{id}的好处")],
            )
        })
        .collect();
    let forward = Index::build(sources.clone(), None, Settings::default());
    sources.reverse();
    let backward = Index::build(sources, None, Settings::default());
    for text in ["第7种会员", "会员12有什么好处", "退货"] {
        assert_eq!(forward.answer(text), backward.answer(text));
    }
}

#[test]
fn a_large_base_is_edited_in_place() {
    let sources: Vec<Source> = (0..320)
        .map(|id| {
            let texts: Vec<String> = (0..5)
                .map(|way| format!("型号{id}的{}怎么{way}", ["配件", "说明书", "保修", "安装", "价格"][way]))
                .collect();
            Source { id: EntryId(id), phrasings: texts, answer: String::new(), passages: Vec::new() }
        })
        .collect();
    let index = Index::build(sources, None, Settings::default());
    assert!(index.base.rows().len() > super::LEARNT_ANEW);
    let edited = index.with(vec![source(9_000, &["企业微信怎么登录", "企业微信登不上"])], &[EntryId(3)]);
    assert_eq!(edited.answer("企业微信登不上去").candidates[0].id, EntryId(9_000));
    assert!(edited.answer("型号3的配件怎么1").candidates.iter().all(|candidate| candidate.id != EntryId(3)));
    let back = edited.with(vec![source(3, &["型号3换新"])], &[EntryId(9_000)]);
    assert_eq!(back.answer("型号3换新").candidates[0].id, EntryId(3));
    assert!(
        back.answer("企业微信登不上去").candidates.iter().all(|candidate| candidate.id != EntryId(9_000))
    );
}
