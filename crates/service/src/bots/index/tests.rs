//! A base that was encoded once is not encoded again at the next start; who encodes may change, and go away.

use super::{Indexes, Known};
use crate::{
    Clock,
    bots::encoders::{EncoderError, Encoders, LoadedEncoder, OwnEncoder},
    llm::Llm,
};
use crypto::{KeyRing, RootKey};
use knowledge::Encode;
use model::{
    EncoderFailure, EncoderKind, EntryContent, LlmChoice, LlmEndpoint, LlmEndpointId, LlmSettings, LlmTask,
    WorkspaceId,
};
use outbound::{Allowed, Names};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
    time::Duration,
};
use store::{Store, entries::NewEntry};
use testkit::{
    both, eventually,
    llm::{Asked, Reply, Stub},
};

const NOW: i64 = 1_790_000_000_000;
const LIMIT: Duration = Duration::from_secs(30);

/// How often each text was encoded.
static ENCODED: Mutex<Option<HashMap<String, usize>>> = Mutex::new(None);

struct Counting;

impl Encode for Counting {
    fn encode(&self, text: &str) -> Vec<f32> {
        *ENCODED.lock().unwrap().get_or_insert_default().entry(text.to_owned()).or_default() += 1;
        vector(text)
    }
}

fn vector(text: &str) -> Vec<f32> {
    text.chars().chain("文字里的意思".chars()).take(6).map(|c| (c as u32 % 97) as f32 - 48.0).collect()
}

#[expect(clippy::unnecessary_wraps, reason = "the type of a source of encoders")]
fn counting() -> Option<Arc<dyn Encode>> {
    Some(Arc::new(Counting))
}

fn times(text: &str) -> usize {
    ENCODED.lock().unwrap().as_ref().and_then(|encoded| encoded.get(text).copied()).unwrap_or(0)
}

/// Another one than the one inside the program.
struct Own;

impl Encode for Own {
    fn encode(&self, text: &str) -> Vec<f32> {
        vector(text).into_iter().rev().collect()
    }
}

/// With an encoder inside the program, and one elsewhere for workspaces that chose it.
fn indexes(store: &Store) -> Indexes {
    indexes_with(store, None)
}

fn indexes_with(store: &Store, own: Option<Result<LoadedEncoder, EncoderError>>) -> Indexes {
    let own = own.map(|loaded| Arc::new(OwnEncoder { name: "bge".into(), loaded }));
    let allowed = Allowed::new(vec!["127.0.0.2/32".parse().unwrap()]);
    let outbound = outbound::Client::new(allowed, Names::scripted([])).unwrap();
    let keys = Arc::new(KeyRing::new(RootKey::generate().unwrap(), vec![]));
    let llm = Llm::new(store.clone(), Clock::fixed(NOW), keys, outbound);
    let pauses = Duration::from_millis(5)..=Duration::from_millis(5);
    Indexes { pauses, ..Indexes::new(store.clone(), Encoders::new(counting, own, llm)) }
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

/// What a server is asked to encode.
fn inputs(asked: &Asked) -> Vec<String> {
    serde_json::from_value(asked.body["input"].clone()).unwrap()
}

fn encodes(asked: &Asked) -> Reply {
    let data: Vec<String> =
        inputs(asked).iter().map(|text| format!(r#"{{"embedding":{:?}}}"#, vector(text))).collect();
    Reply::Status(200, format!(r#"{{"data":[{}]}}"#, data.join(",")))
}

/// The workspace has the server encode.
async fn choose(store: &Store, workspace: WorkspaceId, stub: &Stub) -> LlmSettings {
    let id = LlmEndpointId(store.next_id(NOW));
    let (name, base_url) = (format!("向量 {}", id.0), stub.base_url());
    let endpoint = LlmEndpoint { id, name, base_url, sealed_key: None, version: 1 };
    store.insert_llm_endpoint(workspace, &endpoint, NOW).await.unwrap();
    let choice = LlmChoice { endpoint_id: id, model: "small".into(), timeout_s: 5 };
    let tasks = BTreeMap::from([(LlmTask::Encode, choice)]);
    let settings = LlmSettings { enabled: true, tasks, ..LlmSettings::default() };
    store.save_llm_settings(workspace, &settings).await.unwrap();
    store.touch_knowledge(workspace).await.unwrap();
    settings
}

async fn ask(known: &Arc<Known>, question: &'static str) {
    let known = Arc::clone(known);
    tokio::task::spawn_blocking(move || known.index.answer(question)).await.unwrap();
}

both! {
    async fn an_own_model_encodes_unless_it_cannot_be_used(store: &TestStore) {
        let store: &Store = store;
        let workspace = store.insert_workspace("青瓷商店", NOW).await.unwrap().id;
        publish(store, workspace, "自有模型怎么用").await;
        let known_by = async |indexes: &Indexes| complete(indexes, workspace).await.memory.clone().unwrap().0;
        let built_in = known_by(&indexes(store)).await;

        let loaded = LoadedEncoder { encoder: Arc::new(Own), width: 6 };
        let own = indexes_with(store, Some(Ok(loaded)));
        let used = own.encoder_in_use(workspace).await.unwrap();
        assert_eq!((used.kind, used.name.as_str(), used.width), (EncoderKind::File, "bge", Some(6)));
        assert_ne!(known_by(&own).await, built_in, "its vectors are kept apart");

        let error = EncoderError { kind: EncoderFailure::Output, detail: "NaN".into() };
        let failed = indexes_with(store, Some(Err(error)));
        let used = failed.encoder_in_use(workspace).await.unwrap();
        assert_eq!((used.kind, used.failure.unwrap().kind), (EncoderKind::BuiltIn, EncoderFailure::Output));
        assert_eq!(known_by(&failed).await, built_in);
    }

    async fn a_server_encodes_for_whoever_chose_it(store: &TestStore) {
        let store: &Store = store;
        let workspace = store.insert_workspace("青瓷商店", NOW).await.unwrap().id;
        let text = format!("怎么换货 {}", workspace.0);
        publish(store, workspace, &text).await;
        let indexes = indexes(store);
        let within = complete(&indexes, workspace).await.memory.clone().unwrap().0;
        assert_eq!(times(&text), 1);
        // Another encoder: everything anew, by the server; a question leaves without personal data.
        let stub = Stub::start(|_, asked| encodes(asked)).await;
        let settings = choose(store, workspace, &stub).await;
        let known = complete(&indexes, workspace).await;
        assert_ne!(known.memory.clone().unwrap().0, within);
        assert!(known.index.fallback().is_some(), "for when it is away");
        assert!(stub.asked().iter().flat_map(inputs).any(|input| input == text));
        ask(&known, "我的手机号是 13800138000，怎么换货").await;
        let asked = inputs(stub.asked().last().unwrap());
        assert!(asked[0].contains("怎么换货") && !asked[0].contains("13800138000"), "{asked:?}");
        // And back; the vectors of one encoder are kept.
        store.save_llm_settings(workspace, &LlmSettings { enabled: false, ..settings }).await.unwrap();
        store.touch_knowledge(workspace).await.unwrap();
        assert_eq!(complete(&indexes, workspace).await.memory.clone().unwrap().0, within);
        assert_eq!(times(&text), 2);
    }

    async fn what_a_server_could_not_encode_is_encoded_when_it_is_back(store: &TestStore) {
        let store: &Store = store;
        let workspace = store.insert_workspace("青瓷商店", NOW).await.unwrap().id;
        let texts = ["怎么开票", "几天到货"].map(|text| format!("{text} {}", workspace.0));
        publish(store, workspace, &texts[0]).await;
        // It is away at first, and once more when an entry is added.
        let away = Arc::new(Mutex::new(2));
        let leaves = Arc::clone(&away);
        let stub = Stub::start(move |_, asked| {
            let mut times = leaves.lock().unwrap();
            if *times == 0 {
                return encodes(asked);
            }
            *times -= 1;
            Reply::Status(401, "{}".into())
        })
        .await;
        choose(store, workspace, &stub).await;
        let indexes = indexes(store);
        let known = complete(&indexes, workspace).await;
        assert_eq!(*away.lock().unwrap(), 0);
        assert!(!known.memory.as_ref().unwrap().1.has_gaps());
        *away.lock().unwrap() = 1;
        publish(store, workspace, &texts[1]).await;
        let known = complete(&indexes, workspace).await;
        assert_eq!((*away.lock().unwrap(), known.entries.len()), (0, 2));
        let encoded = |text: &String| {
            let inputs = stub.asked().iter().flat_map(inputs).collect::<Vec<_>>();
            inputs.iter().filter(|input| *input == text).count()
        };
        // The first was kept, whatever else was missing then; the second was asked for in vain and again.
        assert_eq!(texts.each_ref().map(encoded), [1, 2]);
    }

    async fn nonsense_of_a_server_counts_as_used_and_the_base_answers_without_it(store: &TestStore) {
        let store: &Store = store;
        let workspace = store.insert_workspace("青瓷商店", NOW).await.unwrap().id;
        publish(store, workspace, "怎么修改地址").await;
        let stub = Stub::start(|_, _| Reply::Status(200, "{}".into())).await;
        choose(store, workspace, &stub).await;
        let indexes = indexes(store);
        eventually("what was used is noted", LIMIT, async || {
            let known = indexes.of(workspace, 95).await;
            let first = known.as_ref().is_ok_and(|known| !known.is_final && known.index.answer("怎么修改地址").candidates.len() == 1);
            let used = store.list_llm_usage(workspace, 0).await?;
            Ok(first && used.iter().any(|day| day.failures > 0 && day.tokens_in > 0))
        })
        .await
        .unwrap();
    }

    async fn a_start_encodes_what_is_new_only(store: &TestStore) {
        let store: &Store = store;
        let workspace = store.insert_workspace("青瓷商店", NOW).await.unwrap().id;
        let texts = ["怎么退货", "多久发货", "在哪里看发票"].map(|text| format!("{text} {}", workspace.0));
        publish(store, workspace, &texts[0]).await;
        publish(store, workspace, &texts[1]).await;
        let first = indexes(store);
        let before = kept(store, workspace, &first, 2).await;
        let answer = complete(&first, workspace).await.index.answer("怎么退货");
        // An edit while it runs.
        publish(store, workspace, &texts[2]).await;
        kept(store, workspace, &first, before + 1).await;
        assert_eq!(texts.each_ref().map(|text| times(text)), [1, 1, 1]);
        let second = indexes(store);
        let again = complete(&second, workspace).await;
        assert_eq!(texts.each_ref().map(|text| times(text)), [1, 1, 1], "the second start encodes nothing");
        assert_eq!(again.index.answer("怎么退货").candidates[0].id, answer.candidates[0].id);
    }
}
