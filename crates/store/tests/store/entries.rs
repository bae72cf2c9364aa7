//! Knowledge entries: listed, and found by the words of a question.

use crate::fixture::*;
use model::WorkspaceId;
use store::{Store, entries::NewEntry};

fn entry(category: &str, question: &str, phrasings: &[&str], answer: &str) -> NewEntry {
    NewEntry {
        category: category.into(),
        question: question.into(),
        phrasings: phrasings.iter().map(|text| (*text).to_owned()).collect(),
        answer: answer.into(),
    }
}

async fn questions(store: &Store, workspace: WorkspaceId, query: Option<&str>) -> Vec<String> {
    let entries = store.list_entries(workspace, query, 10).await.unwrap();
    entries.into_iter().map(|entry| entry.question).collect()
}

both! {
    async fn entries_are_listed_by_category(store: &TestStore) {
        let here = workspace(store).await;
        let entries = [entry("b", "二", &[], "x"), entry("a", "一", &["壹"], "y"), entry("b", "三", &[], "z")];
        store.insert_entries(here, &entries, NOW).await.unwrap();
        assert_eq!(questions(store, here, None).await, ["一", "二", "三"]);
        assert_eq!(questions(store, here, Some(" ")).await, ["一", "二", "三"]);
        assert_eq!(store.list_entries(here, None, 2).await.unwrap().len(), 2);
        assert_eq!(store.count_entries(here).await.unwrap(), 3);
        let elsewhere = workspace(store).await;
        assert_eq!(questions(store, elsewhere, None).await, [""; 0]);
        assert_eq!(store.count_entries(elsewhere).await.unwrap(), 0);
        assert_eq!(store.list_entries(here, None, 1).await.unwrap()[0].phrasings, ["壹"]);
    }

    async fn hit_in_the_question_comes_before_others(store: &TestStore) {
        let here = workspace(store).await;
        let entries = [
            entry("a", "怎么换货", &[], "换货与退货相同"),
            entry("a", "多久到账", &["退货多久退款"], "三天"),
            entry("a", "怎么退货", &[], "七天内"),
            entry("a", "发什么快递", &[], "顺丰"),
        ];
        store.insert_entries(here, &entries, NOW).await.unwrap();
        assert_eq!(questions(store, here, Some("退货")).await, ["怎么退货", "多久到账", "怎么换货"]);
    }

    async fn words_of_either_language_are_found(store: &TestStore) {
        let here = workspace(store).await;
        let entries = [entry("a", "How do I return an item?", &[], "Within 7 days."), entry("a", "支持 iPhone 吗", &[], "支持")];
        store.insert_entries(here, &entries, NOW).await.unwrap();
        assert_eq!(questions(store, here, Some("RETURN item")).await, ["How do I return an item?"]);
        assert_eq!(questions(store, here, Some("ｉｐｈｏｎｅ")).await, ["支持 iPhone 吗"]);
        assert_eq!(questions(store, here, Some("天气")).await, [""; 0]);
        assert_eq!(questions(store, here, Some("?!")).await, [""; 0]);
    }

    async fn many_entries_are_inserted_at_once(store: &TestStore) {
        let here = workspace(store).await;
        let entries: Vec<_> =
            (0..250).map(|index| entry("a", &format!("问题{index}"), &[], "答")).collect();
        store.insert_entries(here, &entries, NOW).await.unwrap();
        store.insert_entries(here, &[], NOW).await.unwrap();
        assert_eq!(store.count_entries(here).await.unwrap(), 250);
    }
}
