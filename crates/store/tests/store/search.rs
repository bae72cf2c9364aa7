//! Search: exact, complete, newest first, within the scope, alike on both databases.

use crate::fixture::*;
use model::{Action, AgentId, Content, Conversation, MediaKind, Message, MessageId, Role, Scope, Sender};
use sqlx::Connection as _;
use store::{
    Database, Writer,
    attachments::NewAttachment,
    search::{Effort, Query},
};
use testkit::database::TestDatabase;

/// Sees everything.
fn owner(talk: &Talk) -> Scope {
    Scope::of(talk.workspace, AgentId(1), Role::Owner, Vec::new())
}

/// Only the index; the rarer terms first; with and without reading the newest messages.
const EFFORTS: [Effort; 3] = [
    Effort { narrow: 0, few: 0, newest: 0, budget: 1 },
    Effort { narrow: 0, few: 1_000, newest: 3, budget: 0 },
    Effort { narrow: 0, few: 0, newest: 1_000, budget: 2 },
];

/// Every way to find them finds the same.
async fn search(
    store: &TestStore,
    scope: &Scope,
    query: &str,
    before: Option<MessageId>,
    limit: i64,
) -> Vec<(Conversation, Message)> {
    let query = Query::parse(query);
    let hits = store.search_messages(scope, &query, before, limit).await.unwrap();
    for effort in EFFORTS {
        let same = store.search_with(effort, scope, &query, before, limit).await.unwrap();
        assert_eq!(same, hits, "{query:?} with {effort:?}");
    }
    hits
}

async fn texts(store: &TestStore, scope: &Scope, query: &str) -> Vec<String> {
    let hits = search(store, scope, query, None, 50).await;
    let text = |content: &Content| content.searchable().unwrap_or("notice").to_owned();
    hits.iter().map(|(_, message)| text(&message.content)).collect()
}

const SAID: [&str; 8] = [
    "我的订单AB1234567什么时候发货",
    "我要退款",
    "退款多久到账",
    "退货和换款", // has both characters of 退款, but apart
    "Where is my REFUND?",
    "电话 138-0000-1234",
    "😀谢谢",
    "ｉＰｈｏｎｅ　１５有货吗",
];

both! {
    async fn every_text_with_the_query_in_it_is_found_newest_first(store: &TestStore) {
        let talk = Talk::new(store).await;
        let who = talk.contact().await;
        for said in SAID {
            talk.say(&who, said).await;
        }
        let scope = owner(&talk);
        let expected: [(&str, &[usize]); 14] = [
            ("退款", &[2, 1]),
            ("退", &[3, 2, 1]),
            ("款", &[3, 2, 1]),
            ("货", &[7, 3, 0]),
            ("refund", &[4]),
            ("ref", &[4]),
            ("fund", &[]),
            ("3456", &[0]),
            ("ab12", &[0]),
            ("0000-12", &[5]),
            ("😀", &[6]),
            ("iphone 15", &[7]),
            ("订单 发货", &[0]),
            ("订单 退款", &[]),
        ];
        // Once before the index has them, once from the index.
        for _ in 0..2 {
            for (query, found) in expected {
                let wanted: Vec<&str> = found.iter().map(|index| SAID[*index]).collect();
                assert_eq!(texts(store, &scope, query).await, wanted, "{query}");
            }
            store.index_messages(1_000).await.unwrap();
        }
    }

    async fn index_grows_step_by_step_and_misses_nothing(store: &TestStore) {
        let talk = Talk::new(store).await;
        let who = talk.contact().await;
        for index in 0..10 {
            talk.say(&who, &format!("第{index}次退款")).await;
            if index % 3 == 0 {
                store.index_messages(2).await.unwrap();
            }
            assert_eq!(texts(store, &owner(&talk), "退款").await.len(), index + 1);
        }
        while store.index_messages(3).await.unwrap() > 0 {}
        assert_eq!(texts(store, &owner(&talk), "退款").await.len(), 10);
    }

    async fn rejected_candidates_do_not_shorten_a_page(store: &TestStore) {
        let talk = Talk::new(store).await;
        let who = talk.contact().await;
        for index in 0..8 {
            talk.say(&who, &format!("真的有货吗{index}")).await;
        }
        // These have the pairs of the query, but not the query.
        for _ in 0..40 {
            talk.say(&who, "有货，货吗").await;
        }
        store.index_messages(1_000).await.unwrap();
        let hits = search(store, &owner(&talk), "有货吗", None, 5).await;
        assert_eq!(hits.len(), 5);
        let last: MessageId = hits[4].1.id;
        let rest = search(store, &owner(&talk), "有货吗", Some(last), 5).await;
        assert_eq!(rest.len(), 3);
        assert!(rest.iter().all(|(_, message)| message.id < last));
    }

    async fn pages_go_back_through_years_without_a_gap(store: &TestStore) {
        let talk = Talk::new(store).await;
        let (mut said, mut now) = (Vec::new(), NOW);
        for number in 0..90_i64 {
            // Some in one minute, some months apart.
            now += if number % 3 == 0 { number * DAY } else { 20 };
            let text = ["退款 order", "我的订单", "order refund", "the rest"][number as usize % 4];
            let committed = talk.at(now).say(&talk.contact().await, text).await;
            said.push((committed.messages[0].id, text));
        }
        store.index_messages(60).await.unwrap();
        let scope = owner(&talk);
        for query in ["退款", "order", "ord re", "退 order", "订单", "t"] {
            let parsed = Query::parse(query);
            let wanted: Vec<MessageId> =
                said.iter().rev().filter(|(_, text)| parsed.matches(text)).map(|(id, _)| *id).collect();
            let (mut found, mut before) = (Vec::new(), None);
            loop {
                let page = search(store, &scope, query, before, 7).await;
                found.extend(page.iter().map(|(_, message)| message.id));
                before = found.last().copied();
                if page.len() < 7 {
                    break;
                }
            }
            assert_eq!(found, wanted, "{query}");
        }
    }

    async fn beginning_of_more_words_than_are_asked_for_is_found(store: &TestStore) {
        let talk = Talk::new(store).await;
        let who = talk.contact().await;
        let words: Vec<String> = (0..200_u8).map(|n| format!("x{}{}", char::from(b'a' + n / 20), char::from(b'a' + n % 20))).collect();
        for some in words.chunks(20) {
            talk.say(&who, &some.join(" ")).await;
        }
        talk.say(&who, "nothing").await;
        store.index_messages(1_000).await.unwrap();
        let scope = owner(&talk);
        // All of them, the 20 of one letter, one, none.
        for (query, count) in [("x", 10), ("xa", 1), ("xab", 1), ("xab x", 1), ("x n", 0), ("y", 0)] {
            assert_eq!(texts(store, &scope, query).await.len(), count, "{query}");
        }
    }

    async fn hit_comes_with_its_conversation(store: &TestStore) {
        let talk = Talk::new(store).await;
        talk.say(&talk.contact().await, "别的").await;
        let said = talk.say(&talk.contact().await, "我要退款").await;
        let hits = search(store, &owner(&talk), "退款", None, 10).await;
        assert_eq!(hits.len(), 1);
        assert_eq!(hits[0].0, *said.conversation);
        assert_eq!(hits[0].1, *said.messages[0]);
    }

    async fn search_stays_within_the_scope(store: &TestStore) {
        let talk = Talk::new(store).await;
        let elsewhere = Talk::new(store).await;
        elsewhere.say(&elsewhere.contact().await, "别家退款").await;
        let (own, other) = (
            agent(store, talk.workspace, Role::Agent).await.id,
            agent(store, talk.workspace, Role::Agent).await.id,
        );
        for (who, text) in [(own, "我的退款"), (other, "别人的退款")] {
            let said = talk.say(&talk.contact().await, text).await;
            talk.act(&said.conversation, Action::Assign { agent: who, by: Some(own), reasons: None }).await;
        }
        talk.say(&talk.contact().await, "排队的退款").await;
        let scope = Scope::of(talk.workspace, own, Role::Agent, Vec::new());
        for _ in 0..2 {
            assert_eq!(texts(store, &scope, "退款").await, ["排队的退款", "我的退款"]);
            assert_eq!(texts(store, &owner(&talk), "退款").await.len(), 3);
            store.index_messages(1_000).await.unwrap();
        }
    }

    async fn file_is_found_by_its_name_and_a_notice_by_nothing(store: &TestStore) {
        let talk = Talk::new(store).await;
        let who = talk.contact().await;
        let new = NewAttachment {
            workspace_id: talk.workspace,
            sender: Sender::Visitor(who.id),
            name: "发票2026.pdf".into(),
            media_type: "application/pdf".into(),
            kind: MediaKind::Document,
            size: 1,
            width: None,
            height: None,
            checksum: "x".into(),
            blob_key: "x".into(),
            thumbnail: None,
        };
        let file = store.insert_attachment(new, NOW).await.unwrap();
        let said = talk.send(&who, Content::File(file.into())).await.unwrap();
        talk.act(&said.conversation, Action::Resolve { by: None }).await;
        for _ in 0..2 {
            assert_eq!(texts(store, &owner(&talk), "发票").await, ["发票2026.pdf"]);
            assert_eq!(texts(store, &owner(&talk), "026.pdf").await, ["发票2026.pdf"]);
            assert_eq!(texts(store, &owner(&talk), "resolved").await, [""; 0]);
            assert_eq!(texts(store, &owner(&talk), "notice").await, [""; 0]);
            store.index_messages(1_000).await.unwrap();
        }
    }

    async fn signs_of_the_index_language_are_only_text(store: &TestStore) {
        let talk = Talk::new(store).await;
        let who = talk.contact().await;
        let odd = "a'b\"c* (d) & e:f | !g -h ^i OR NOT near \\j 退'款";
        talk.say(&who, odd).await;
        store.index_messages(1_000).await.unwrap();
        for query in ["a'b", "b\"c*", "(d)", "& e:f", "!g", "-h", "^i", "or not near", "\\j", "退'款", "退'"] {
            assert_eq!(texts(store, &owner(&talk), query).await, [odd], "{query}");
        }
        assert_eq!(texts(store, &owner(&talk), "'").await, [""; 0]);
        assert_eq!(texts(store, &owner(&talk), "").await, [""; 0]);
    }
}

#[tokio::test]
async fn postgres_indexes_what_earlier_versions_listed_and_then_whole_transactions() {
    let Some(home) = TestDatabase::postgres().await.unwrap() else { return };
    let store = home.open().await.unwrap();
    let talk = Talk::new(&store).await;
    let who = talk.contact().await;
    let (writer, task) = Writer::start(&store, |_| {});
    let talk = Talk { writer, ..talk };
    for index in 0..5 {
        talk.say(&who, &format!("第{index}次退款")).await;
    }
    let scope = owner(&talk);
    drop(talk);
    task.await.unwrap();
    let Database::Postgres(url) = store.database() else { unreachable!() };
    let mut db = sqlx::PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql(
        "delete from messages_terms;
         insert into search_backlog
             select min(id), array_agg(id) from (select id from messages order by id limit 3) as m;
         insert into search_backlog select id, array[id] from messages order by id offset 3 limit 1;
         insert into messages_unindexed select id from messages order by id offset 4",
    )
    .execute(&mut db)
    .await
    .unwrap();
    for looked_at in [1, 3, 1, 0] {
        assert_eq!(texts(&store, &scope, "退款").await.len(), 5);
        assert_eq!(store.index_messages(1).await.unwrap(), looked_at);
    }
    let left: i64 = sqlx::query_scalar(
        "select count(*) from messages m where not exists (select from messages_terms t where t.id = m.id)",
    )
    .fetch_one(&mut db)
    .await
    .unwrap();
    assert_eq!(left, 0);
    db.close().await.unwrap();
    store.remove().await.unwrap();
}

#[tokio::test]
async fn postgres_indexes_every_message_of_a_full_transaction() {
    let Some(home) = TestDatabase::postgres().await.unwrap() else { return };
    let store = home.open().await.unwrap();
    let Database::Postgres(url) = store.database() else { unreachable!() };
    let mut db = sqlx::PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql(
        "create table listed (messages integer not null);
         create function note_listed() returns trigger language plpgsql as
             'begin insert into listed values (cardinality(new.messages)); return new; end';
         create trigger listed after insert on search_backlog for each row execute function note_listed()",
    )
    .execute(&mut db)
    .await
    .unwrap();
    let talk = Talk::new(&store).await;
    let who = talk.contact().await;
    let (writer, task) = Writer::start(&store, |_| {});
    let talk = Talk { writer, ..talk };
    talk.say(&who, "在吗").await;
    let texts_said: Vec<String> = (0..900).map(|index| format!("第{index}次退款 refund{index}")).collect();
    futures_util::future::join_all(texts_said.iter().map(|text| talk.say(&who, text))).await;
    let scope = owner(&talk);
    drop(talk);
    task.await.unwrap();
    let most: Option<i32> =
        sqlx::query_scalar("select max(messages) from listed").fetch_one(&mut db).await.unwrap();
    assert_eq!(most, Some(200), "a transaction of more than that is listed in several rows");
    while store.index_messages(1_000).await.unwrap() > 0 {}
    let (left, indexed): (i64, i64) = sqlx::query_as(
        "select count(*) filter (where t.id is null), count(t.id)
         from messages m left join messages_terms t on t.id = m.id",
    )
    .fetch_one(&mut db)
    .await
    .unwrap();
    assert_eq!((left, indexed), (0, 901));
    for text in [&texts_said[0], &texts_said[450], &texts_said[899]] {
        assert_eq!(texts(&store, &scope, text).await, [text.as_str()]);
    }
    assert_eq!(
        unlisted(&mut db).await,
        (0, 6 * 900),
        "refund0, efund0 … d0: what has digits is found by its ends"
    );
    assert_eq!(texts(&store, &scope, "refund45").await.len(), 11, "refund45 and refund450 to refund459");
    db.close().await.unwrap();
    store.remove().await.unwrap();
}

/// How many words of the index are not in the list of words although they begin with a letter, and how many are.
async fn unlisted(db: &mut sqlx::PgConnection) -> (i64, i64) {
    sqlx::query_as(
        "select count(*) filter (where w.word is null), count(w.word)
         from ts_stat('select terms from messages_terms') s left join search_words w on w.word = s.word
         where s.word ~ '^[a-z]'",
    )
    .fetch_one(db)
    .await
    .unwrap()
}

#[tokio::test]
async fn postgres_upgrade_lists_the_words_that_are_indexed() {
    let Some(home) = TestDatabase::postgres().await.unwrap() else { return };
    let store = home.open().await.unwrap();
    let Database::Postgres(url) = store.database() else { unreachable!() };
    let mut db = sqlx::PgConnection::connect(url).await.unwrap();
    let talk = Talk::new(&store).await;
    let who = talk.contact().await;
    for text in ["my order is late", "orders of last week", "ordinary 12 tea"] {
        talk.say(&who, text).await;
    }
    while store.index_messages(100).await.unwrap() > 0 {}
    // The schema of before, with a full index.
    sqlx::raw_sql(
        "drop trigger keep_search_words on messages_terms; drop function keep_search_words();
         drop table search_words; delete from _sqlx_migrations where version >= 30",
    )
    .execute(&mut db)
    .await
    .unwrap();
    let upgraded = store.reopen(7).await.unwrap();
    assert_eq!(unlisted(&mut db).await, (0, 10));
    let scope = owner(&talk);
    assert_eq!(texts(&store, &scope, "ord").await.len(), 3);
    assert_eq!(texts(&store, &scope, "orde").await.len(), 2);
    talk.say(&who, "order1 again").await;
    while store.index_messages(100).await.unwrap() > 0 {}
    assert_eq!(unlisted(&mut db).await, (0, 16), "order1 by its five ends too");
    assert_eq!(texts(&store, &scope, "ord").await.len(), 4);
    upgraded.close().await;
    db.close().await.unwrap();
    store.remove().await.unwrap();
}
