//! A base that was encoded once is not encoded again at the next start.

use super::{Indexes, Known};
use knowledge::Encode;
use model::{EntryContent, WorkspaceId};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use store::{Store, entries::NewEntry};
use testkit::{both, eventually};

const NOW: i64 = 1_790_000_000_000;
const LIMIT: Duration = Duration::from_secs(30);

/// How often each text was encoded.
static ENCODED: Mutex<Option<HashMap<String, usize>>> = Mutex::new(None);

struct Counting;

impl Encode for Counting {
    fn encode(&self, text: &str) -> Vec<f32> {
        *ENCODED.lock().unwrap().get_or_insert_default().entry(text.to_owned()).or_default() += 1;
        text.chars().chain("文字里的意思".chars()).take(6).map(|c| (c as u32 % 97) as f32 - 48.0).collect()
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the type of a source of encoders")]
fn counting() -> Option<Arc<dyn Encode>> {
    Some(Arc::new(Counting))
}

fn times(text: &str) -> usize {
    ENCODED.lock().unwrap().as_ref().and_then(|encoded| encoded.get(text).copied()).unwrap_or(0)
}

async fn publish(store: &Store, workspace: WorkspaceId, question: &str) {
    let content =
        EntryContent { question: question.into(), answer: "七天内".into(), ..EntryContent::default() };
    store.insert_entries(workspace, &[NewEntry { content, owner: None }], true, None, NOW).await.unwrap();
}

/// The base with the encoder, at its newest.
async fn complete(indexes: &Indexes, workspace: WorkspaceId) -> Arc<Known> {
    eventually("the base is encoded", LIMIT, async || {
        Ok(indexes.of(workspace, 95).await.is_ok_and(|known| known.is_final))
    })
    .await
    .unwrap();
    indexes.of(workspace, 95).await.unwrap()
}

async fn kept(store: &Store, workspace: WorkspaceId, indexes: &Indexes, least: usize) -> usize {
    let (encoder, _) = complete(indexes, workspace).await.memory.clone().unwrap();
    let mut count = 0;
    eventually("vectors are kept", LIMIT, async || {
        count = store.entry_vectors(workspace, encoder, None).await?.len();
        Ok(count >= least)
    })
    .await
    .unwrap();
    count
}

both! {
    async fn a_start_encodes_what_is_new_only(store: &TestStore) {
        let store: &Store = store;
        let workspace = store.insert_workspace("青瓷商店", NOW).await.unwrap().id;
        let texts = ["怎么退货", "多久发货", "在哪里看发票"].map(|text| format!("{text} {}", workspace.0));
        publish(store, workspace, &texts[0]).await;
        publish(store, workspace, &texts[1]).await;
        let first = Indexes::new(store.clone(), counting);
        let before = kept(store, workspace, &first, 2).await;
        let answer = complete(&first, workspace).await.index.answer("怎么退货");
        // An edit while it runs.
        publish(store, workspace, &texts[2]).await;
        kept(store, workspace, &first, before + 1).await;
        assert_eq!(texts.each_ref().map(|text| times(text)), [1, 1, 1]);
        let second = Indexes::new(store.clone(), counting);
        let again = complete(&second, workspace).await;
        assert_eq!(texts.each_ref().map(|text| times(text)), [1, 1, 1], "the second start encodes nothing");
        assert_eq!(again.index.answer("怎么退货").candidates[0].id, answer.candidates[0].id);
    }
}
