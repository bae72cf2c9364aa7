//! Learning from conversations: what was not answered is gathered, editors make entries of it,
//! and a change that makes the base worse asks first.

use crate::bot::shop::*;
use crate::support::*;
use model::{Action, BotTurn, Choices, Content, Evidence, Outcome, Reply, Viewer, WorkspaceId};

const GROUPS: &str = "/api/learning/groups";
const REGRESSION: &str = "/api/knowledge/regression";

async fn workspace(app: &TestApp) -> WorkspaceId {
    app.state.services.store.first_workspace().await.unwrap().unwrap().id
}

async fn learn_now(app: &TestApp) {
    app.state.services.learning.work(workspace(app).await).await.unwrap();
}

async fn groups(app: &TestApp) -> Vec<Value> {
    app.owner().await.get(GROUPS).await.expect(200).json()["groups"].as_array().unwrap().clone()
}

async fn detail(app: &TestApp, group: &Value) -> Value {
    let path = format!("{GROUPS}/{}", group["id"].as_str().unwrap());
    app.owner().await.get(&path).await.expect(200).json()
}

fn path(group: &Value, step: &str) -> String {
    format!("{GROUPS}/{}/{step}", group["id"].as_str().unwrap())
}

/// Another visitor asks it; whatever the bot of so small a base says to that, it is wrong.
async fn asked(app: &TestApp, key: &str, text: &str) -> String {
    let visitor = app.visitor_of(key).await;
    let id = ask(app, &visitor, text).await;
    let owner = app.owner().await;
    if owner.conversation(&id).await["status"] == "bot" {
        let verdict = format!("/api/conversations/{id}/messages/2/verdict");
        owner.put(&verdict, &json!({"right": false})).await.expect(200);
    }
    id
}

/// A shop whose bot gives away what it misses.
async fn shop(app: &TestApp) -> String {
    let key = bot_channel(app, json!({"hand_off_after": 1})).await;
    learn(app, "退款多久到账？", &["退的钱什么时候能到", "多久可以收到退款"], REFUND).await;
    learn(app, "付款后多久发货？", &["什么时候能发货", "几天可以寄出"], SHIPPING).await;
    key
}

/// The bot asks back about the first message, whatever the base is like.
async fn offer(app: &TestApp, id: &str, question: &str) {
    let evidence = Evidence {
        question: question.into(),
        question_seq: 1,
        outcome: Outcome::Clarified,
        hand_off: None,
        band: Some("clarify".into()),
        probability: Some(0.4),
        answer_from: Some(0.9),
        clarify_from: Some(0.3),
        candidates: Vec::new(),
        entry_id: None,
        article: None,
        variant: None,
        index_version: "1".into(),
        llm: None,
        rule: None,
        soothing: false,
    };
    let choices = Choices { prompt: "您是想问：".into(), options: Vec::new() };
    let reply = Reply { content: Content::Choices(choices), evidence };
    let turn = BotTurn { after: 1, replies: vec![reply], hand_off: None, mood: None };
    let (writer, _writing) = store::Writer::start(&app.state.services.store, |_| {});
    let target = store::Target::Existing { id: id.parse().unwrap(), viewer: Viewer::System };
    let change = store::Change {
        rating: None,
        workspace_id: workspace(app).await,
        target,
        client_id: None,
        action: Action::BotTurn(turn),
        at: app.clock.now(),
    };
    writer.commit(change).await.unwrap();
}

both! {
    async fn unanswered_questions_become_a_group_and_the_group_an_entry(app: &TestApp) {
        let key = shop(app).await;
        for text in ["你们支持开发票吗", "请问你们支持开发票吗？"] {
            asked(app, &key, text).await;
        }
        learn_now(app).await;
        learn_now(app).await;
        let found = groups(app).await;
        assert_eq!(found.len(), 1, "{found:?}");
        let group = &found[0];
        assert_eq!((&group["count"], &group["state"]), (&json!(2), &json!("open")), "{group}");
        assert!(group["name"].as_str().unwrap().contains("发票") && group["worth"].as_f64().unwrap() > 0.0, "{group}");
        assert_eq!(group["weeks"].as_array().unwrap().iter().map(|n| n.as_i64().unwrap()).sum::<i64>(), 2);
        let seen = detail(app, group).await;
        assert_eq!(seen["samples"].as_array().unwrap().len(), 2);
        assert!(seen["samples"][0]["conversation_id"].is_string(), "{seen}");

        let editor = app.agent("丙", "supervisor").await;
        let content = json!({"question": "支持开发票吗", "phrasings": ["你们支持开发票吗"]});
        let entry = editor.post(&path(group, "entry"), &json!({"content": content})).await.expect(201).json();
        assert_eq!((&entry["status"], &entry["content"]["phrasings"]), (&json!("draft"), &json!(["你们支持开发票吗"])));
        editor.post(&path(group, "entry"), &json!({"content": content})).await.refused(409, "entry_state");
        assert_eq!(groups(app).await, Vec::<Value>::new());
        let taken = app.owner().await.get(&format!("{GROUPS}?state=taken")).await.expect(200).json();
        assert_eq!(taken["groups"][0]["entry_id"], entry["id"]);
        // Asked again before it is published: a new group, and nobody forgets it.
        asked(app, &key, "你们支持开发票吗").await;
        learn_now(app).await;
        assert_eq!(groups(app).await.len(), 1);
    }

    async fn wordings_go_to_a_known_entry_as_a_draft_or_published(app: &TestApp) {
        let key = shop(app).await;
        asked(app, &key, "钱退到哪去了咋还没见着影").await;
        learn_now(app).await;
        let group = groups(app).await[0].clone();
        let entries = app.owner().await.get("/api/knowledge/entries").await.expect(200).json();
        let refund = entries["entries"].as_array().unwrap().iter()
            .find(|one| one["content"]["question"] == "退款多久到账？").unwrap().clone();
        let editor = app.agent("丙", "supervisor").await;
        let body = json!({"entry_id": refund["id"], "phrasings": ["钱退到哪去了"], "publish": true});
        editor.post(&path(&group, "phrasings"), &body).await.refused(403, "forbidden");
        let nowhere = json!({"entry_id": "1", "phrasings": ["x"]});
        editor.post(&path(&group, "phrasings"), &nowhere).await.refused(422, "invalid_field");
        let saved = app.owner().await.post(&path(&group, "phrasings"), &body).await.expect(200).json();
        assert_eq!((&saved["status"], &saved["published_version"]), (&json!("published"), &json!(2)));
        assert!(saved["content"]["phrasings"].as_array().unwrap().contains(&json!("钱退到哪去了")));
        // Undone, the group is there again; the entry keeps what it has.
        app.owner().await.post(&path(&group, "reopen"), &json!({})).await.expect(204);
        assert_eq!(groups(app).await.len(), 1);
        let draft = json!({"entry_id": refund["id"], "phrasings": ["我的钱呢"]});
        let saved = editor.post(&path(&group, "phrasings"), &draft).await.expect(200).json();
        assert_eq!((&saved["status"], &saved["published_version"]), (&json!("draft"), &json!(2)));
    }

    async fn judgements_make_questions_and_take_them_back(app: &TestApp) {
        let key = shop(app).await;
        let visitor = app.visitor_of(&key).await;
        let id = ask(app, &visitor, "退款多久到账？").await;
        learn_now(app).await;
        assert_eq!(groups(app).await, Vec::<Value>::new());
        let verdict = format!("/api/conversations/{id}/messages/2/verdict");
        app.owner().await.put(&verdict, &json!({"right": false})).await.expect(200);
        learn_now(app).await;
        let found = groups(app).await;
        assert_eq!(found.len(), 1);
        assert_eq!(detail(app, &found[0]).await["reasons"], json!([{"reason": "wrong", "count": 1}]));
        app.owner().await.put(&verdict, &json!({"right": null})).await.expect(200);
        learn_now(app).await;
        assert_eq!(groups(app).await, Vec::<Value>::new());
        let feedback = format!("/api/visitor/conversations/{id}/messages/2/feedback");
        visitor.put(&feedback, &json!({"helpful": false})).await.expect(204);
        learn_now(app).await;
        assert_eq!(detail(app, &groups(app).await[0]).await["reasons"], json!([{"reason": "unhelpful", "count": 1}]));
    }

    async fn choices_that_were_all_wrong_make_a_question(app: &TestApp) {
        let key = bot_channel(app, json!({"hand_off_after": 3})).await;
        learn(app, "退款多久到账？", &["退的钱什么时候能到", "多久可以收到退款"], REFUND).await;
        let visitor = app.visitor_of(&key).await;
        let id = visitor.opens("退款要手续费吗").await;
        offer(app, &id, "退款要手续费吗").await;
        learn_now(app).await;
        assert_eq!(groups(app).await, Vec::<Value>::new(), "it may still take one");
        ask(app, &visitor, "都不是").await;
        learn_now(app).await;
        let found = groups(app).await;
        assert_eq!(found[0]["name"], "退款要手续费吗", "{found:?}");
        assert_eq!(detail(app, &found[0]).await["reasons"], json!([{"reason": "rejected", "count": 1}]));
    }

    async fn what_an_agent_answered_is_offered_and_masked(app: &TestApp) {
        let key = shop(app).await;
        let agent = app.agent("甲", "agent").await;
        let visitor = app.visitor_of(&key).await;
        let id = ask(app, &visitor, "转人工").await;
        agent.act(&id, "accept").await;
        visitor.opens("你们支持开发票吗").await;
        for (n, text) in ["您好", "请稍等，我查一下", "可以的，在订单详情里申请，有问题打 13812345678 找我。"].iter().enumerate() {
            agent.say(&id, &format!("m{n}"), text).await.expect(201);
        }
        learn_now(app).await;
        assert_eq!(groups(app).await, Vec::<Value>::new(), "it is not over yet");
        agent.act(&id, "resolve").await;
        learn_now(app).await;
        let found = groups(app).await;
        assert_eq!(found.len(), 1, "{found:?}");
        let seen = detail(app, &found[0]).await;
        assert_eq!(seen["answers"], json!(["可以的，在订单详情里申请，有问题打 [电话] 找我。"]), "{seen}");
        assert_eq!(found[0]["name"], "你们支持开发票吗");
        // It answers nobody by itself.
        let other = app.visitor_of(&key).await;
        let again = ask(app, &other, "你们支持开发票吗").await;
        assert!(said(&other, &again).await.iter().all(|text| !text.contains("订单详情")));
    }

    async fn ignored_questions_stay_away_until_they_are_taken_back(app: &TestApp) {
        let key = shop(app).await;
        asked(app, &key, "你们老板是谁呀").await;
        learn_now(app).await;
        let group = groups(app).await[0].clone();
        app.owner().await.post(&path(&group, "ignore"), &json!({})).await.expect(204);
        app.owner().await.post(&path(&group, "ignore"), &json!({})).await.refused(409, "entry_state");
        asked(app, &key, "你们老板是谁呀").await;
        learn_now(app).await;
        assert_eq!(groups(app).await, Vec::<Value>::new());
        let trend = app.owner().await.get("/api/learning/trend").await.expect(200).json();
        assert_eq!((&trend["open"], &trend["ignored"]), (&json!(0), &json!(1)));
        assert_eq!(trend["weeks"].as_array().unwrap().len(), 12);
        let week = &trend["weeks"][11];
        let asked = ["answered", "clarified", "missed", "handed_off"].map(|name| week[name].as_i64().unwrap());
        assert!(asked.iter().sum::<i64>() >= 2, "{trend}");
        app.owner().await.post(&path(&group, "reopen"), &json!({})).await.expect(204);
        assert_eq!(groups(app).await[0]["count"], 2);
    }

    async fn odd_questions_do_not_stop_learning(app: &TestApp) {
        let key = shop(app).await;
        let visitor = app.visitor_of(&key).await;
        for text in ["😀😀😀", "？", "退", "13812345678"] {
            ask(app, &visitor, text).await;
        }
        asked(app, &key, &"能开发票吗".repeat(700)).await;
        asked(app, &key, "给13812345678这个号码开的发票在哪看").await;
        learn_now(app).await;
        let mut all = String::new();
        for group in groups(app).await {
            all += &detail(app, &group).await.to_string();
        }
        assert!(all.contains("[电话]") && !all.contains("13812345678"), "{all}");
        for group in groups(app).await {
            assert!(group["name"].as_str().unwrap().chars().count() <= 200, "{group}");
            assert!(!group["name"].as_str().unwrap().contains("13812345678"), "{group}");
        }
        let owner = app.owner().await;
        for wrong in ["before=x", "before=1.", "before=9221120237041090560.1", "state=gone"] {
            assert!((400..500).contains(&owner.get(&format!("{GROUPS}?{wrong}")).await.status), "{wrong}");
        }
    }

    async fn a_change_that_makes_the_regression_set_worse_asks_first(app: &TestApp) {
        shop(app).await;
        let owner = app.owner().await;
        let entries = owner.get("/api/knowledge/entries").await.expect(200).json();
        let of = |question: &str| entries["entries"].as_array().unwrap().iter()
            .find(|one| one["content"]["question"] == question).unwrap().clone();
        let (refund, shipping) = (of("退款多久到账？"), of("付款后多久发货？"));
        let keep = json!({"text": "退款多久到账", "entry_id": refund["id"]});
        let kept = owner.post(REGRESSION, &keep).await.expect(201).json();
        owner.post(REGRESSION, &json!({"text": "你是谁"})).await.expect(201);
        for wrong in [json!({"text": "😀"}), json!({"text": "x".repeat(201)}), json!({"text": "退款", "entry_id": "1"})] {
            owner.post(REGRESSION, &wrong).await.refused(422, "invalid_field");
        }
        let set = owner.get(REGRESSION).await.expect(200).json();
        assert_eq!((&set["questions"][0]["grade"], &set["questions"][0]["entry_question"]), (&json!("right"), &json!("退款多久到账？")), "{set}");

        let archive = format!("/api/knowledge/entries/{}/archive", refund["id"].as_str().unwrap());
        let check = json!({"ids": [refund["id"]], "archive": true});
        let seen = owner.post("/api/knowledge/check", &check).await.expect(200).json();
        assert_eq!((&seen["worse"], &seen["changed"][0]["id"]), (&json!(true), &kept["id"]), "{seen}");
        owner.post(&archive, &json!({"version": 1})).await.refused(409, "regression_worse");
        let bulk = json!({"ids": [refund["id"]], "step": "archive"});
        owner.post("/api/knowledge/bulk", &bulk).await.refused(409, "regression_worse");
        // What changes nothing for the worse goes through.
        let other = format!("/api/knowledge/entries/{}", shipping["id"].as_str().unwrap());
        let mut content = shipping["content"].clone();
        content["answer"] = json!("当天发货。");
        let saved = owner.put(&other, &json!({"version": 1, "content": content})).await.expect(200).json();
        owner.post(&format!("{other}/publish"), &json!({"version": saved["version"]})).await.expect(200);
        owner.post(&archive, &json!({"version": 1, "confirm": true})).await.expect(200);
        let drop = format!("{REGRESSION}/{}", kept["id"].as_str().unwrap());
        owner.request("DELETE", &drop).send(owner.address).await.expect(204);
        owner.request("DELETE", &drop).send(owner.address).await.refused(404, "not_found");
    }

    async fn an_import_that_makes_the_regression_set_worse_asks_first_when_it_is_published(app: &TestApp) {
        shop(app).await;
        let owner = app.owner().await;
        let entries = owner.get("/api/knowledge/entries").await.expect(200).json();
        owner.post(REGRESSION, &json!({"text": "你是谁"})).await.expect(201);
        // What no entry must answer would be answered.
        let file = "question,answer,phrasings\n你是谁,我是店小二,请问你是谁|你是谁呀\n";
        let import = async |query: &str| {
            let path = format!("/api/knowledge/import?name=a.csv&{query}");
            owner.request("POST", &path).bytes("application/octet-stream", file).send(owner.address).await
        };
        import("apply=true&publish=true").await.refused(409, "regression_worse");
        let all = owner.get("/api/knowledge/entries").await.expect(200).json();
        assert_eq!(all["entries"].as_array().unwrap().len(), entries["entries"].as_array().unwrap().len());
        import("publish=true").await.expect(200);
        let done = import("apply=true&publish=true&confirm=true").await.expect(200).json();
        assert_eq!((&done["new"], &done["applied"]), (&json!(1), &json!(true)));
    }

    async fn the_base_is_measured_and_every_look_is_kept(app: &TestApp) {
        let owner = app.owner().await;
        let path = "/api/knowledge/evaluation";
        let nothing = owner.get(path).await.expect(200).json();
        assert_eq!((&nothing["passes"], &nothing["advice"]), (&json!(false), &json!(["not_measured"])));
        // An empty base is measured as well.
        let empty = owner.post(path, &json!({})).await.expect(200).json();
        assert_eq!((&empty["report"]["in_scope"], &empty["passes"]), (&json!(0), &json!(false)), "{empty}");
        shop(app).await;
        let outdated = owner.get(path).await.expect(200).json();
        assert!(outdated["advice"].as_array().unwrap().contains(&json!("outdated")), "{outdated}");
        let measured = owner.post(path, &json!({})).await.expect(200).json();
        assert_eq!((&measured["report"]["entries"], &measured["report"]["phrasings"]), (&json!(2), &json!(6)), "{measured}");
        assert_eq!(measured["runs"].as_array().unwrap().len(), 2);
        assert_eq!(measured["report"]["curve"].as_array().unwrap().len(), 16);
        assert!(measured["advice"].as_array().unwrap().contains(&json!("too_few_questions")), "{measured}");
    }

    async fn visitors_wordings_are_suggested_where_they_were_right(app: &TestApp) {
        let key = shop(app).await;
        let visitor = app.visitor_of(&key).await;
        let id = ask(app, &visitor, "多久可以收到退款呀亲").await;
        assert_eq!(said(&visitor, &id).await, [REFUND]);
        let owner = app.owner().await;
        owner.put(&format!("/api/conversations/{id}/messages/2/verdict"), &json!({"right": true})).await.expect(200);
        let same = asked(app, &key, "退款多久到账").await;
        owner.put(&format!("/api/conversations/{same}/messages/2/verdict"), &json!({"right": true})).await.expect(200);
        let entries = owner.get("/api/knowledge/entries").await.expect(200).json();
        let refund = entries["entries"].as_array().unwrap().iter()
            .find(|one| one["content"]["question"] == "退款多久到账？").unwrap().clone();
        let path = format!("/api/knowledge/entries/{}/suggestions", refund["id"].as_str().unwrap());
        let found = owner.get(&path).await.expect(200).json();
        assert_eq!(found["suggestions"], json!([{"text": "多久可以收到退款呀亲", "count": 1, "confirmed": true}]));
    }
}
