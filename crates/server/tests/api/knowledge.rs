//! The knowledge base: written, reviewed, published, found, imported, and who may do which.

use crate::support::*;
use bus::Delivery;
use model::Event;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

const ENTRIES: &str = "/api/knowledge/entries";

async fn write(editor: &Agent, question: &str, answer: &str) -> Value {
    let content =
        json!({"question": question, "phrasings": ["如何退"], "answer": answer, "category": "售后/退货"});
    editor.post(ENTRIES, &json!({"content": content})).await.expect(201).json()
}

async fn step(agent: &Agent, entry: &Value, name: &str) -> Answer {
    let path = format!("{ENTRIES}/{}/{name}", entry["id"].as_str().unwrap());
    agent.post(&path, &json!({"version": entry["version"]})).await
}

async fn save(editor: &Agent, entry: &Value, answer: &str) -> Answer {
    let mut content = entry["content"].clone();
    content["answer"] = json!(answer);
    let path = format!("{ENTRIES}/{}", entry["id"].as_str().unwrap());
    editor.put(&path, &json!({"version": entry["version"], "content": content})).await
}

/// Questions and answers that agents find.
async fn found(agent: &Agent, query: &str) -> Vec<(String, String)> {
    let encoded: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
    let found = agent.get(&format!("/api/entries?q={encoded}")).await.expect(200).json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    found["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (text(&one["question"]), text(&one["answer"])))
        .collect()
}

async fn import(editor: &Agent, query: &str, text: &str) -> Answer {
    let path = format!("/api/knowledge/import?{query}");
    editor.request("POST", &path).bytes("application/octet-stream", text).send(editor.address).await
}

/// Counts the events that answering nodes wait for.
fn announced(app: &TestApp) -> Arc<AtomicUsize> {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    app.state.services.bus.subscribe(Arc::new(move |delivery| {
        if let Delivery::Event(envelope) = delivery
            && let Event::EntriesChanged { .. } = envelope.event
        {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    }));
    count
}

both! {
    async fn entry_goes_from_draft_over_review_to_what_agents_find(app: &TestApp) {
        let (editor, agent) = (app.agent("丙", "supervisor").await, app.agent("甲", "agent").await);
        let owner = app.owner().await;
        let events = announced(app);
        let draft = write(&editor, "怎么申请退货？", "七天内").await;
        assert_eq!((&draft["status"], &draft["version"], &draft["owner_id"]), (&json!("draft"), &json!(1), &json!(editor.id)));
        assert_eq!(found(&agent, "申请退货").await, []);
        let path = format!("{ENTRIES}/{}", draft["id"].as_str().unwrap());
        agent.get(&path).await.refused(404, "not_found");
        let review = step(&editor, &draft, "submit").await.expect(200).json();
        assert_eq!(review["status"], "review");
        step(&editor, &review, "publish").await.refused(403, "forbidden");
        step(owner, &review, "publish").await.expect(200);
        assert_eq!(found(&agent, "申请退货").await, [("怎么申请退货？".to_owned(), "七天内".to_owned())]);
        assert_eq!(events.load(Ordering::SeqCst), 1);

        // What is written now does not answer until it is published.
        let newer = save(&editor, &review, "十五天内").await.expect(200).json();
        assert_eq!((&newer["status"], &newer["version"], &newer["published_version"]), (&json!("draft"), &json!(2), &json!(1)));
        assert_eq!(found(&agent, "申请退货").await[0].1, "七天内");
        assert_eq!(agent.get(&path).await.expect(200).json()["content"]["answer"], "七天内");
        let listed = agent.get(ENTRIES).await.expect(200).json();
        assert_eq!(listed["entries"][0]["content"]["answer"], "七天内");
        let published = step(owner, &newer, "publish").await.expect(200).json();
        assert_eq!(found(&agent, "申请退货").await[0].1, "十五天内");
        step(owner, &published, "archive").await.expect(200);
        assert_eq!(found(&agent, "申请退货").await, []);
        assert_eq!(events.load(Ordering::SeqCst), 3);
        let restored = step(owner, &published, "restore").await.expect(200).json();
        assert_eq!(restored["status"], "draft");
    }

    async fn older_version_is_not_saved_over_a_newer_one(app: &TestApp) {
        let owner = app.owner().await;
        let first = write(owner, "怎么退货", "七天内").await;
        save(owner, &first, "八天内").await.expect(200);
        save(owner, &first, "九天内").await.refused(409, "entry_changed");
        step(owner, &first, "publish").await.refused(409, "entry_changed");
        let path = format!("{ENTRIES}/{}", first["id"].as_str().unwrap());
        let now = owner.get(&path).await.expect(200).json();
        assert_eq!((&now["version"], &now["content"]["answer"]), (&json!(2), &json!("八天内")));
        // Nothing new is no new version.
        let same = save(owner, &now, "八天内").await.expect(200).json();
        assert_eq!(same["version"], 2);
        step(owner, &now, "restore").await.refused(409, "entry_state");
    }

    async fn old_version_comes_back_as_a_new_one(app: &TestApp) {
        let owner = app.owner().await;
        let first = write(owner, "怎么退货", "七天内").await;
        let second = save(owner, &first, "八天内").await.expect(200).json();
        let path = format!("{ENTRIES}/{}", first["id"].as_str().unwrap());
        let back = json!({"version": second["version"], "to": 1});
        let third = owner.post(&format!("{path}/rollback"), &back).await.expect(200).json();
        assert_eq!((&third["version"], &third["content"]), (&json!(3), &first["content"]));
        let versions = owner.get(&format!("{path}/versions")).await.expect(200).json();
        let numbers: Vec<_> = versions["versions"].as_array().unwrap().iter().map(|one| one["version"].clone()).collect();
        assert_eq!(numbers, [3, 2, 1]);
        let missing = json!({"version": 3, "to": 9});
        owner.post(&format!("{path}/rollback"), &missing).await.refused(422, "invalid_field");
    }

    async fn list_is_filtered_and_paged(app: &TestApp) {
        let owner = app.owner().await;
        for n in 0..60 {
            write(owner, &format!("问题 {n}"), "答").await;
        }
        let mut seen = Vec::new();
        let mut next = String::new();
        loop {
            let page = owner.get(&format!("{ENTRIES}?category=%E5%94%AE%E5%90%8E{next}")).await.expect(200).json();
            seen.extend(page["entries"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()));
            let Some(before) = page["next"].as_str() else { break };
            next = format!("&before={before}");
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 60);
        let one = owner.get(&format!("{ENTRIES}?q=%E9%97%AE%E9%A2%98+37&status=draft")).await.expect(200).json();
        assert_eq!(one["entries"].as_array().unwrap().len(), 1);
        for nothing in ["status=published", "category=%00", "tag=%00", "q=%00%25x", "owner=none", "owner=7", "state=expired", "state=stale"] {
            let page = owner.get(&format!("{ENTRIES}?{nothing}")).await.expect(200).json();
            assert_eq!(page["entries"], json!([]), "{nothing}");
        }
        for wrong in ["before=x", "before=1.", "owner=x", "owner=", "status=gone", "stat=draft"] {
            assert!((400..500).contains(&owner.get(&format!("{ENTRIES}?{wrong}")).await.status), "{wrong}");
        }
        let me = owner.get("/api/me").await.expect(200).json();
        let mine = format!("{ENTRIES}?owner={}&q=%E9%97%AE%E9%A2%98+37", me["id"].as_str().unwrap());
        assert_eq!(owner.get(&mine).await.expect(200).json()["entries"].as_array().unwrap().len(), 1);
        let summary = owner.get("/api/knowledge").await.expect(200).json();
        assert_eq!((&summary["draft"], &summary["categories"]), (&json!(60), &json!([{"name": "售后/退货", "count": 60}])));
    }

    async fn bulk_changes_what_it_may_and_says_what_it_skipped(app: &TestApp) {
        let (owner, editor) = (app.owner().await, app.agent("丙", "supervisor").await);
        let (a, b) = (write(owner, "一", "x").await, write(owner, "二", "x").await);
        step(owner, &a, "publish").await.expect(200);
        step(owner, &b, "archive").await.expect(200);
        let ids = json!([a["id"], b["id"], "1"]);
        let done = owner.post("/api/knowledge/bulk", &json!({"ids": ids, "category": "新", "add_tags": ["热"]})).await.expect(200).json();
        assert_eq!((&done["changed"], &done["skipped"]), (&json!(1), &json!([b["id"], "1"])));
        let path = format!("{ENTRIES}/{}", a["id"].as_str().unwrap());
        let now = owner.get(&path).await.expect(200).json();
        // Who may publish does not take it out of use by moving it.
        assert_eq!((&now["status"], &now["content"]["category"], &now["content"]["tags"]), (&json!("published"), &json!("新"), &json!(["热"])));
        let publish = json!({"ids": [a["id"]], "step": "publish"});
        editor.post("/api/knowledge/bulk", &publish).await.refused(403, "forbidden");
        let moved = json!({"ids": [a["id"]], "remove_tags": ["热"]});
        editor.post("/api/knowledge/bulk", &moved).await.expect(200);
        assert_eq!(owner.get(&path).await.expect(200).json()["status"], "draft");
        let many: Vec<String> = (0..201).map(|n: i64| n.to_string()).collect();
        owner.post("/api/knowledge/bulk", &json!({"ids": many})).await.refused(422, "invalid_field");
    }

    async fn bulk_sets_who_keeps_entries_and_when_they_answer(app: &TestApp) {
        let (owner, editor) = (app.owner().await, app.agent("丙", "supervisor").await);
        let (a, b) = (write(&editor, "一", "x").await, write(&editor, "二", "x").await);
        step(owner, &a, "publish").await.expect(200);
        let ids = json!([a["id"], b["id"]]);
        let bulk = async |agent: &Agent, change: Value| {
            let mut change = change;
            change["ids"] = ids.clone();
            agent.post("/api/knowledge/bulk", &change).await
        };
        let read = async |entry: &Value| owner.get(&format!("{ENTRIES}/{}", entry["id"].as_str().unwrap())).await.expect(200).json();
        // Another owner is no new version.
        let keeper = app.agent("丁", "agent").await;
        assert_eq!(bulk(&editor, json!({"owner": {"id": keeper.id}})).await.expect(200).json(), json!({"changed": 2, "skipped": []}));
        let (now, draft) = (read(&a).await, read(&b).await);
        assert_eq!((&now["owner_id"], &now["version"], &now["status"]), (&json!(keeper.id), &json!(1), &json!("published")));
        assert_eq!(draft["owner_id"], json!(keeper.id));
        // Who may publish sets when a published entry answers, and it goes on being published.
        let until = app.clock.now() + 60_000;
        bulk(owner, json!({"validity": {"from": null, "until": until}})).await.expect(200);
        let now = read(&a).await;
        assert_eq!((&now["content"]["valid_until"], &now["published_version"], &now["owner_id"]), (&json!(until), &json!(2), &json!(keeper.id)));
        assert_eq!(found(owner, "一").await.len(), 1);
        app.clock.advance(60_000);
        assert_eq!(found(owner, "一").await, []);
        // For somebody else it waits as a draft. Whoever left keeps what nobody took over, and can be given nothing.
        owner.patch(&format!("/api/agents/{}", keeper.id), &json!({"active": false})).await.expect(200);
        assert_eq!(bulk(&editor, json!({"validity": {"until": null}})).await.expect(200).json()["changed"], 2);
        let now = read(&a).await;
        assert_eq!((&now["content"]["valid_until"], &now["version"], &now["published_version"]), (&json!(null), &json!(3), &json!(2)));
        let refused = bulk(owner, json!({"owner": {"id": keeper.id}})).await.refused(422, "invalid_field");
        assert_eq!(refused.json()["field"], "owner_id");
        assert_eq!(bulk(owner, json!({"owner": {}})).await.expect(200).json()["changed"], 2);
        assert_eq!(read(&a).await["owner_id"], json!(null));
        // An end before the start is said of the change, not skipped for each.
        let refused = bulk(owner, json!({"validity": {"from": 2, "until": 2}})).await.refused(422, "invalid_field");
        assert_eq!(refused.json()["field"], "valid_until");
        app.agent("戊", "agent").await.post("/api/knowledge/bulk", &json!({"ids": ids, "owner": {}})).await.refused(403, "forbidden");
    }

    async fn import_shows_first_and_then_takes_what_is_right(app: &TestApp) {
        let (owner, editor) = (app.owner().await, app.agent("丙", "supervisor").await);
        let old = write(owner, "怎么退货", "七天内").await;
        let csv = "问题,答案,标签\n怎么退货,十五天内,\n运费多少,包邮,热\n运费多少？,不包邮,\n没有答案,,\n";
        let preview = import(&editor, "name=faq.csv", csv).await.expect(200).json();
        let counts = |report: &Value| ["new", "changed", "duplicate", "wrong"].map(|name| report[name].as_i64().unwrap());
        assert_eq!((counts(&preview), &preview["applied"]), ([1, 1, 1, 1], &json!(false)));
        assert_eq!((&preview["rows"][0]["line"], &preview["rows"][0]["same_as"]), (&json!(4), &json!(3)));
        assert_eq!((&preview["rows"][1]["line"], &preview["rows"][1]["problem"]), (&json!(5), &json!("answer_missing")));
        assert_eq!(app.state.services.store.count_entries(model::WorkspaceId(workspace(app).await)).await.unwrap(), 1);

        import(&editor, "name=faq.csv&apply=true&publish=true", csv).await.refused(403, "forbidden");
        let events = announced(app);
        let done = import(owner, "name=faq.csv&apply=true&publish=true", csv).await.expect(200).json();
        assert_eq!((counts(&done), &done["applied"]), ([1, 1, 1, 1], &json!(true)));
        assert_eq!(events.load(Ordering::SeqCst), 1);
        assert_eq!(found(owner, "运费").await, [("运费多少".to_owned(), "包邮".to_owned())]);
        let path = format!("{ENTRIES}/{}", old["id"].as_str().unwrap());
        let changed = owner.get(&path).await.expect(200).json();
        assert_eq!((&changed["content"]["answer"], &changed["content"]["phrasings"]), (&json!("十五天内"), &json!(["如何退"])));
        // Again there is nothing left to do.
        let again = import(owner, "name=faq.csv", csv).await.expect(200).json();
        assert_eq!((counts(&again), &again["unchanged"]), ([0, 0, 1, 1], &json!(2)));

        import(owner, "name=faq.xlsx", csv).await.refused(422, "import_unreadable");
        import(owner, "name=faq.docx", csv).await.refused(422, "import_unreadable");
        import(owner, "name=faq.doc", csv).await.refused(422, "invalid_field");
        let page = import(owner, "name=faq.html", "<h2>Q?</h2><p>A.</p>").await.expect(200).json();
        assert_eq!((&page["new"], &page["rows"][0]["answer"]), (&json!(1), &json!("A.")));
        import(owner, "name=faq.exe", csv).await.refused(422, "invalid_field");
        import(owner, "name=faq.csv&zone=9999", csv).await.refused(422, "invalid_field");
        import(owner, "name=faq.md", &" ".repeat(11 * 1024 * 1024)).await.refused(413, "import_too_large");
        let exported = owner.get("/api/knowledge/export").await.expect(200);
        assert!(exported.header("content-disposition").unwrap().starts_with("attachment"));
        let back = import(owner, "name=a.csv", &exported.text()).await.expect(200).json();
        assert_eq!((&back["unchanged"], &back["wrong"]), (&json!(2), &json!(0)));
    }

    async fn channel_answers_with_its_own_text(app: &TestApp) {
        let owner = app.owner().await;
        let (channel, _) = app.new_channel(json!({})).await;
        let content = json!({"question": "怎么退货", "answer": "七天内", "answers": [{"channel_id": channel, "answer": "点这里"}]});
        let entry = owner.post(ENTRIES, &json!({"content": content})).await.expect(201).json();
        step(owner, &entry, "publish").await.expect(200);
        let there = owner.get(&format!("/api/entries?channel_id={channel}")).await.expect(200).json();
        assert_eq!(there["entries"][0]["answer"], "点这里");
        assert_eq!(found(owner, "怎么退货").await[0].1, "七天内");
        let used = format!("/api/entries/{}/use", entry["id"].as_str().unwrap());
        owner.post(&used, &json!({})).await.expect(204);
        let path = format!("{ENTRIES}/{}", entry["id"].as_str().unwrap());
        assert_eq!(owner.get(&path).await.expect(200).json()["used"], 1);
        let near = owner.get("/api/knowledge/similar?q=%E6%80%8E%E4%B9%88%E9%80%80%E8%B4%A7").await.expect(200).json();
        assert_eq!(near["entries"][0]["id"], entry["id"]);
    }
}

async fn workspace(app: &TestApp) -> i64 {
    app.state.services.store.first_workspace().await.unwrap().unwrap().id.0
}
