//! `octim bot eval` on small bases: what it judges, and what it refuses.

use super::{Printed, evaluate};
use crate::cli::Eval;
use std::fs;

fn judge(entries: &str, questions: Option<&str>, phrasings: Option<u16>) -> anyhow::Result<Printed> {
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name);
    fs::write(path("entries"), entries)?;
    fs::write(path("questions"), questions.unwrap_or_default())?;
    let (entries, questions) = (path("entries"), questions.map(|_| path("questions")));
    evaluate(&Eval { entries, questions, phrasings, target: 0.95, no_encoder: true, json: true })
}

fn eval(entries: &str, questions: &str) -> anyhow::Result<Printed> {
    judge(entries, Some(questions), None)
}

/// Entries about different things, each asked in so many ways.
fn base(ways: usize) -> String {
    let all = ["怎么弄", "怎么办", "在哪里看", "是什么意思", "能不能改", "多久能好", "要钱吗"];
    let entry = |word: &str| {
        let phrasings: Vec<String> = all[..ways].iter().map(|way| format!("{word}{way}")).collect();
        serde_json::json!({ "id": word, "phrasings": phrasings }).to_string() + "\n"
    };
    ["退货", "发票", "运费", "会员", "地址", "密码", "积分"].map(entry).concat()
}

const ENTRY: &str = r#"{"id":"a","phrasings":["怎么退货"],"answer":"…"}"#;

#[test]
fn a_base_and_its_questions_are_judged() {
    let questions = "{\"text\":\"退货\",\"entry\":\"a\"}\n{\"text\":\"🙂\",\"entry\":null}";
    let printed = eval(ENTRY, questions).unwrap();
    assert_eq!((printed.entries, printed.questions, printed.held_out), (1, 2, false));
    assert!(printed.by_phrasings.is_empty());
}

#[test]
fn strange_bases_and_questions_are_judged_too() {
    let questions = |texts: &[&str]| -> String {
        texts
            .iter()
            .map(|text| serde_json::json!({ "text": text, "entry": "a" }).to_string() + "\n")
            .collect()
    };
    let long = "怎么退货".repeat(2_500);
    let strange = questions(&[&long, "🙂🙂", "", "……？！", "SELECT 1; -- <b>", "\u{200b}"]);
    eval(ENTRY, &strange).unwrap();
    eval(&format!("{ENTRY}\n{{\"id\":\"b\",\"phrasings\":[]}}"), &strange).unwrap();
    eval("{\"id\":\"a\",\"phrasings\":[\"🙂\"]}", &strange).unwrap();
}

#[test]
fn a_wrong_line_is_named_with_its_file() {
    let error = |result: anyhow::Result<Printed>| format!("{:#}", result.err().unwrap());
    let said = error(eval(ENTRY, "{\"text\":\"退货\",\"entry\":\"b\"}"));
    assert!(said.contains("questions: line 1: there is no entry b"), "{said}");
    let said = error(eval("{}", ""));
    assert!(said.contains("entries: line 1"), "{said}");
}

#[test]
fn without_questions_phrasings_are_held_out_and_asked() {
    let printed = judge(&base(7), None, None).unwrap();
    let sizes: Vec<usize> = printed.by_phrasings.iter().map(|line| line.phrasings).collect();
    assert_eq!(sizes, [1, 3, 5]);
    let json = serde_json::to_value(&printed).unwrap();
    assert_eq!(
        (&json["entries"], &json["phrasings"], &json["held_out"]),
        (&7.into(), &49.into(), &true.into())
    );
    // Everyday questions and those of entries that are held out whole are out of scope.
    let number = |of: &serde_json::Value, name: &str| of[name].as_f64().unwrap();
    assert!(
        number(&json, "in_scope") > 30.0 && number(&json, "questions") > number(&json, "in_scope") + 100.0
    );
    assert!(number(&json, "accuracy") > 0.9, "the words tell them apart: {json}");
    assert!(number(&json, "p99_ms") > 0.0 && number(&json, "build_s") > 0.0);
    let line = &json["by_phrasings"][2];
    for name in
        ["accuracy", "recall_at_3", "precision", "answered", "clarified", "out_of_scope_answered", "ece"]
    {
        assert!((0.0..=1.0).contains(&number(line, name)), "{name}: {line}");
    }
    assert!(number(line, "questions") > 50.0 && number(line, "answered_at_target") > 0.5, "{line}");
}

#[test]
fn so_many_phrasings_are_learnt_as_are_asked_for() {
    let two = judge(&base(7), None, Some(2)).unwrap();
    assert_eq!(two.by_phrasings.iter().map(|line| line.phrasings).collect::<Vec<_>>(), [2]);
    assert_eq!((two.phrasings, two.by_phrasings[0].questions), (14, two.questions));
    let known = judge(&base(7), Some("{\"text\":\"退货要钱吗\",\"entry\":\"退货\"}"), Some(3)).unwrap();
    assert_eq!((known.phrasings, known.questions, known.by_phrasings.len()), (21, 1, 1));
}

#[test]
fn a_base_with_nothing_to_hold_out_is_refused_with_the_reason() {
    let error = |entries: &str, phrasings| format!("{:#}", judge(entries, None, phrasings).err().unwrap());
    let said = error(&base(1), None);
    assert!(said.contains("entries: no entry has two phrasings"), "{said}");
    let said = error("{\"id\":\"a\",\"phrasings\":[\"退货\",\" \",\"🙂\"]}", None);
    assert!(said.contains("no entry has two phrasings"), "{said}");
    let said = error(&base(3), Some(3));
    assert!(said.contains("no entry has more than 3 phrasings (the most is 3)"), "{said}");
}
