//! Articles: written, taken from files, quoted by the bot, and read by visitors who may.

use crate::bot::shop::*;
use crate::support::*;
use model::{EntryContent, FollowUp, Section};

const ENTRIES: &str = "/api/knowledge/entries";
const REMOTE: &str = "新疆和西藏一般五天送达。";

fn article() -> EntryContent {
    let section = |heading: &str, text: &str| Section {
        heading: heading.into(),
        text: text.into(),
        ..Section::default()
    };
    EntryContent {
        question: "配送说明".into(),
        phrasings: vec!["你们怎么配送".into(), "配送规则是什么".into()],
        answer: "我们从杭州发货，全国都能送到。".into(),
        sections: vec![
            section("运费", "满 99 元包邮。\n不满 99 元收十元运费。"),
            section("偏远地区", &format!("江浙沪一般两天送达。\n{REMOTE}")),
        ],
        ..EntryContent::default()
    }
}

async fn import(editor: &Agent, query: &str, text: &str) -> Answer {
    let path = format!("/api/knowledge/import?{query}");
    editor.request("POST", &path).bytes("application/octet-stream", text).send(editor.address).await
}

both! {
    async fn article_is_written_and_needs_some_text_to_be_published(app: &TestApp) {
        let owner = app.owner().await;
        let content = json!({"question": "配送说明", "sections": [{"heading": "运费"}, {}]});
        let draft = owner.post(ENTRIES, &json!({"content": content})).await.expect(201).json();
        assert_eq!(draft["content"]["sections"], json!([{"heading": "运费", "text": "", "images": []}]));
        let path = format!("{ENTRIES}/{}", draft["id"].as_str().unwrap());
        let version = json!({"version": 1});
        let refused = owner.post(&format!("{path}/publish"), &version).await.refused(422, "invalid_field");
        assert_eq!(refused.json()["field"], "sections");
        // As long as an article may be, which is more than other bodies.
        let long = json!({"heading": "运费", "text": "字".repeat(8_000)});
        let save = |sections: Vec<Value>| json!({"version": 1, "content": {"question": "配送说明", "sections": sections}});
        owner.put(&path, &save(vec![long.clone(); 13])).await.refused(422, "invalid_field");
        owner.put(&path, &save(vec![long; 12])).await.expect(200);
        owner.post(&format!("{path}/publish"), &json!({"version": 2})).await.expect(200);
        let listed = owner.get(&format!("{ENTRIES}?articles=true")).await.expect(200).json();
        assert_eq!(listed["entries"][0]["content"]["sections"][0], json!({"heading": "运费", "text": "", "images": []}));
        assert_eq!(owner.get(&format!("{ENTRIES}?articles=false")).await.expect(200).json()["entries"], json!([]));
        let versions = owner.get(&format!("{path}/versions")).await.expect(200).json();
        assert_eq!(versions["versions"][0]["content"]["sections"].as_array().unwrap().len(), 12);
    }

    async fn document_is_taken_as_one_article_and_comes_back_from_an_export(app: &TestApp) {
        let owner = app.owner().await;
        let text = "# 配送说明\n全国都送。\n## 运费\n满 99 元包邮。\n## 时效\n三天。\n";
        let questions = import(owner, "name=a.md", text).await.expect(200).json();
        assert_eq!(questions["new"], 3);
        let preview = import(owner, "name=a.md&articles=true", text).await.expect(200).json();
        let row = &preview["rows"][0];
        assert_eq!((&preview["new"], &row["question"], &row["sections"]), (&json!(1), &json!("配送说明"), &json!(3)));
        import(owner, "name=a.md&articles=true&apply=true&publish=true", text).await.expect(200);
        let listed = owner.get(ENTRIES).await.expect(200).json();
        let headings: Vec<_> = listed["entries"][0]["content"]["sections"].as_array().unwrap().iter().map(|one| one["heading"].as_str().unwrap().to_owned()).collect();
        assert_eq!(headings, ["", "运费", "时效"]);
        // Without a heading that stands above all others the file's name is the title.
        let html = "<h2>A</h2><p>a</p><h2>B</h2><p>b</p>";
        let named = import(owner, "name=Help.html&articles=true", html).await.expect(200).json();
        assert_eq!(named["rows"][0]["question"], "Help");
        import(owner, "name=a.csv&articles=true", "question,answer\n").await.refused(422, "invalid_field");
        for format in ["csv", "jsonl"] {
            let exported = owner.get(&format!("/api/knowledge/export?format={format}")).await.expect(200).text();
            let back = import(owner, &format!("name=a.{format}"), &exported).await.expect(200).json();
            assert_eq!((&back["unchanged"], &back["new"]), (&json!(1), &json!(0)), "{format}");
        }
    }

    async fn bot_quotes_the_sentence_and_its_evidence_says_where_it_stands(app: &TestApp) {
        let visitor = customer(app).await;
        let follow_ups = vec![FollowUp { entry_id: None, question: "包邮吗".into() }];
        let id = publish(app, EntryContent { follow_ups, ..article() }).await;
        let conversation = ask(app, &visitor, "新疆西藏一般几天送达").await;
        let all = messages(&visitor, &conversation).await;
        let said = all.iter().rfind(|message| message["sender"]["kind"] == "bot").unwrap();
        let link = json!({"entry_id": id, "title": "配送说明", "section": 1, "heading": "偏远地区", "quote": REMOTE});
        assert_eq!((&said["content"]["text"], &said["content"]["article"]), (&json!(REMOTE), &link));
        assert_eq!(said["content"]["follow_ups"], json!([{"label": "包邮吗"}]));
        let owner = app.owner().await;
        let evidence = format!("/api/conversations/{conversation}/messages/{}/evidence", said["seq"]);
        let why = owner.get(&evidence).await.expect(200).json();
        assert_eq!((&why["entry_id"], &why["article"]), (&json!(id), &link));
        let found = owner.get("/api/search?q=%E8%A5%BF%E8%97%8F%E4%B8%80%E8%88%AC").await.expect(200).json();
        assert!(!found["hits"].as_array().unwrap().is_empty(), "{found}");
    }

    async fn visitor_reads_what_is_published_and_valid_where_the_bot_is_on(app: &TestApp) {
        let visitor = customer(app).await;
        let id = publish(app, article()).await;
        let path = format!("/api/visitor/articles/{id}");
        let read = visitor.get(&path).await.expect(200).json();
        assert_eq!((&read["title"], &read["sections"][0]["heading"]), (&json!("配送说明"), &json!("运费")));
        let elsewhere = app.visitor_of(app.channel().await).await;
        elsewhere.get(&path).await.refused(404, "not_found");
        let over = publish(app, EntryContent { valid_until: Some(app.clock.now()), ..article() }).await;
        visitor.get(&format!("/api/visitor/articles/{over}")).await.refused(404, "not_found");
        let question = EntryContent { sections: Vec::new(), ..article() };
        let question = publish(app, question).await;
        visitor.get(&format!("/api/visitor/articles/{question}")).await.refused(404, "not_found");
        let owner = app.owner().await;
        let draft = owner.post(ENTRIES, &json!({"content": {"question": "草稿", "sections": [{"text": "字"}]}})).await;
        let draft = draft.expect(201).json()["id"].as_str().unwrap().to_owned();
        visitor.get(&format!("/api/visitor/articles/{draft}")).await.refused(404, "not_found");
        owner.post(&format!("{ENTRIES}/{id}/archive"), &json!({"version": 1})).await.expect(200);
        visitor.get(&path).await.refused(404, "not_found");
    }

    async fn near_entries_are_related(app: &TestApp) {
        customer(app).await;
        let id = publish(app, EntryContent { question: "付款后多久能发货到家".into(), ..article() }).await;
        let owner = app.owner().await;
        let related = owner.get(&format!("{ENTRIES}/{id}/related")).await.expect(200).json();
        let questions: Vec<_> = related["entries"].as_array().unwrap().iter().map(|one| &one["question"]).collect();
        assert!(questions.contains(&&json!("付款后多久发货？")), "{related}");
        assert!(!questions.contains(&&json!("付款后多久能发货到家")), "an entry is not near itself");
        assert_eq!(related["entries"][0]["is_article"], false);
        let draft = owner.post(ENTRIES, &json!({"content": {"question": "草稿"}})).await.expect(201).json();
        let path = format!("{ENTRIES}/{}/related", draft["id"].as_str().unwrap());
        owner.get(&path).await.refused(404, "not_found");
    }
}
