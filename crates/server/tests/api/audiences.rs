//! Answers for some visitors only: who is told what, and that others learn nothing of it.

use crate::bot::shop::*;
use crate::support::{jwt, *};
use model::{Audience, EntryContent, Section, Variant};
use url::form_urlencoded;

const QUESTION: &str = "多少天内可以退货？";

/// A channel with the bot on and a secret to sign with.
pub struct Site {
    id: String,
    key: String,
    secret: String,
}

pub async fn site(app: &TestApp) -> Site {
    let (id, key) = app.new_channel(json!({"bot": {"enabled": true, "hand_off_after": 5}})).await;
    let created =
        app.owner().await.post(&format!("/api/channels/{id}/secrets"), &json!({})).await.expect(201);
    Site { id, key, secret: created.json()["value"].as_str().unwrap().to_owned() }
}

impl Site {
    pub async fn nameless(&self, app: &TestApp) -> Visitor {
        let hints = json!({"attributes": {"level": "vip"}});
        Visitor::start(app.address, &json!({"channel": self.key, "hints": hints})).await
    }

    pub async fn signed(&self, app: &TestApp, level: &str) -> Visitor {
        let mut claims = jwt::claims(&self.key, &unique("user"));
        claims["attributes"] = json!({"level": level});
        let identity = jwt::hs256(&self.secret, &claims);
        Visitor::start(app.address, &json!({"channel": self.key, "identity": identity})).await
    }
}

fn variant(channel: Option<&str>, audience: Audience, answer: &str) -> Variant {
    Variant {
        channel_id: channel.map(|id| id.parse().unwrap()),
        audience,
        answer: answer.into(),
        images: Vec::new(),
        cards: Vec::new(),
    }
}

/// A question that everybody may ask, and one that is for VIPs.
async fn learn_terms(app: &TestApp, site: &Site) -> String {
    let answers = vec![
        variant(None, Audience::SignedIn, "会员十五天。"),
        variant(None, Audience::Vip, "贵宾三十天。"),
        variant(Some(&site.id), Audience::Everybody, "本店七天。"),
    ];
    let terms = EntryContent {
        question: QUESTION.into(),
        phrasings: vec!["几天内能退货".into()],
        answer: "七天。".into(),
        answers,
        ..EntryContent::default()
    };
    publish(app, terms).await;
    publish(
        app,
        EntryContent {
            question: "贵宾专线电话是多少？".into(),
            phrasings: vec!["贵宾热线".into()],
            answer: "请拨 400 800 1234。".into(),
            audience: Audience::Vip,
            ..EntryContent::default()
        },
    )
    .await
}

async fn last(app: &TestApp, visitor: &Visitor, text: &str) -> (String, Value) {
    let id = ask(app, visitor, text).await;
    let all = messages(visitor, &id).await;
    let said = all.iter().rfind(|message| message["sender"]["kind"] == "bot").unwrap().clone();
    let path = format!("/api/conversations/{id}/messages/{}/evidence", said["seq"]);
    (
        said["content"]["text"].as_str().unwrap().to_owned(),
        app.owner().await.get(&path).await.expect(200).json(),
    )
}

async fn typed(visitor: &Visitor, text: &str) -> String {
    let text: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
    visitor.get(&format!("/api/visitor/suggestions?q={text}")).await.expect(200).json()["suggestions"]
        .to_string()
}

both! {
    async fn the_narrowest_audience_of_a_visitor_is_answered_and_the_evidence_says_why(app: &TestApp) {
        let site = site(app).await;
        learn_terms(app, &site).await;
        // What a page says of a visitor makes nobody a VIP.
        let (said, why) = last(app, &site.nameless(app).await, QUESTION).await;
        assert_eq!(said, "本店七天。");
        let used = json!({"channel_id": site.id, "audience": "everybody", "visitor": "everybody", "why": null});
        assert_eq!(why["variant"], used);
        let (said, why) = last(app, &site.signed(app, "普通").await, QUESTION).await;
        assert_eq!(said, "会员十五天。");
        assert_eq!((&why["variant"]["audience"], &why["variant"]["visitor"]), (&json!("signed_in"), &json!("signed_in")));
        let (said, why) = last(app, &site.signed(app, "VIP").await, QUESTION).await;
        assert_eq!(said, "贵宾三十天。");
        let held = json!({"kind": "attribute", "name": "level", "value": "VIP", "signed": true});
        let used = json!({"channel_id": null, "audience": "vip", "visitor": "vip", "why": held});
        assert_eq!(why["variant"], used);
    }

    async fn an_entry_for_others_is_not_there(app: &TestApp) {
        let site = site(app).await;
        let hotline = learn_terms(app, &site).await;
        let (nameless, member, vip) =
            (site.nameless(app).await, site.signed(app, "普通").await, site.signed(app, "vip").await);
        for visitor in [&nameless, &member] {
            let (said, why) = last(app, visitor, "贵宾专线电话是多少？").await;
            assert!(!said.contains("400 800") && !said.contains("专线"), "{said}");
            assert!(!why["candidates"].to_string().contains(&hotline), "{why}");
            let offered = typed(visitor, "贵宾专线").await;
            assert!(!offered.contains("专线") && !offered.contains("400 800"), "{offered}");
        }
        assert_eq!(last(app, &vip, "贵宾专线电话是多少？").await.0, "请拨 400 800 1234。");
        assert!(typed(&vip, "贵宾专线").await.contains("400 800"));
        // Suggestions say what that visitor would be told.
        assert!(typed(&vip, "几天内能退").await.contains("三十天"));
        assert!(typed(&nameless, "几天内能退").await.contains("本店七天"));
    }

    async fn articles_and_what_is_near_obey_it_too(app: &TestApp) {
        let site = site(app).await;
        let (member, vip) = (site.signed(app, "普通").await, site.signed(app, "vip").await);
        let article = |question: &str, audience| EntryContent {
            question: question.into(),
            sections: vec![Section { heading: "退货".into(), text: "退货由我们上门取件。".into(), ..Section::default() }],
            audience,
            ..EntryContent::default()
        };
        let open = publish(app, article("退货说明", Audience::Everybody)).await;
        let closed = publish(app, article("贵宾退货说明", Audience::Vip)).await;
        let path = |id: &str| format!("/api/visitor/articles/{id}");
        vip.get(&path(&closed)).await.expect(200);
        member.get(&path(&closed)).await.refused(404, "not_found");
        let near = |read: Value| read["related"].to_string().contains(&closed);
        assert!(near(vip.get(&path(&open)).await.expect(200).json()));
        assert!(!near(member.get(&path(&open)).await.expect(200).json()));
    }

    async fn an_agent_inserts_what_the_visitor_may_be_told(app: &TestApp) {
        let site = site(app).await;
        learn_terms(app, &site).await;
        let owner = app.owner().await;
        let entries = |found: Answer| found.expect(200).json()["entries"].as_array().unwrap().clone();
        for (visitor, count, answer, audience) in [
            (site.nameless(app).await, 1, "本店七天。", "everybody"),
            (site.signed(app, "vip").await, 2, "贵宾三十天。", "vip"),
        ] {
            let id = ask(app, &visitor, QUESTION).await;
            let found = entries(owner.get(&format!("/api/entries?conversation_id={id}")).await);
            assert_eq!(found.len(), count);
            let terms = found.iter().find(|one| one["question"] == QUESTION).unwrap();
            assert_eq!((&terms["answer"], &terms["audience"]), (&json!(answer), &json!(audience)));
        }
        assert_eq!(entries(owner.get("/api/entries").await).len(), 2, "staff sees all of it");
        owner.get("/api/entries?conversation_id=12345").await.refused(404, "not_found");
    }

    async fn the_mark_of_vips_is_the_workspaces_own(app: &TestApp) {
        let site = site(app).await;
        learn_terms(app, &site).await;
        let (owner, path) = (app.owner().await, "/api/workspace/settings");
        let mut settings = owner.get(path).await.expect(200).json();
        assert_eq!(settings["vip"], json!({"attribute": "level", "values": ["vip"]}));
        settings["vip"] = json!({"attribute": "level", "values": ["金卡", "Black"]});
        owner.put(path, &settings).await.expect(200);
        assert_eq!(last(app, &site.signed(app, "ＢＬＡＣＫ").await, QUESTION).await.0, "贵宾三十天。");
        assert_eq!(last(app, &site.signed(app, "vip").await, QUESTION).await.0, "会员十五天。");
        for (vip, field) in [
            (json!({"attribute": "", "values": []}), "vip.attribute"),
            (json!({"attribute": "level", "values": [""]}), "vip.values"),
            (json!({"attribute": "level", "values": vec!["x"; 21]}), "vip.values"),
        ] {
            settings["vip"] = vip;
            let refused = owner.put(path, &settings).await.refused(422, "invalid_field");
            assert_eq!(refused.json()["field"], field);
        }
    }

    async fn many_entries_are_given_an_audience_at_once_and_are_found_by_it(app: &TestApp) {
        let owner = app.owner().await;
        let write = async |content: Value| {
            let entry = owner.post("/api/knowledge/entries", &json!({"content": content})).await.expect(201).json();
            entry["id"].as_str().unwrap().to_owned()
        };
        let plain = write(json!({"question": "甲", "answer": "一"})).await;
        let path = format!("/api/knowledge/entries/{plain}");
        owner.post(&format!("{path}/publish"), &json!({"version": 1})).await.expect(200);
        let article = write(json!({"question": "乙", "sections": [{"text": "字"}]})).await;
        let other = json!({"audience": "vip", "answer": "二，\"audience\":\"signed_in\""});
        let with_other = write(json!({"question": "丙", "answer": "一", "answers": [other]})).await;
        let listed = async |audience: &str| {
            let path = format!("/api/knowledge/entries?audience={audience}");
            let list = owner.get(&path).await.expect(200).json();
            let mut names: Vec<_> = list["entries"].as_array().unwrap().iter().map(|one| one["content"]["question"].as_str().unwrap().to_owned()).collect();
            names.sort();
            names.concat()
        };
        assert_eq!([listed("everybody").await, listed("vip").await, listed("signed_in").await], ["丙乙甲", "丙", ""]);
        owner.get("/api/knowledge/entries?audience=friends").await.refused(422, "invalid_field");
        // Who has another answer for the same is skipped; what answers goes on answering, for VIPs.
        let done = owner.post("/api/knowledge/bulk", &json!({"ids": [plain, article, with_other], "audience": "vip"})).await.expect(200).json();
        assert_eq!(done, json!({"changed": 2, "skipped": [with_other]}));
        assert_eq!([listed("everybody").await, listed("vip").await], ["丙", "丙乙甲"]);
        let live = owner.get(&path).await.expect(200).json();
        assert_eq!((&live["content"]["audience"], &live["published_version"]), (&json!("vip"), &json!(2)));
        // An editor who may not publish changes a draft: everybody is told the old answer.
        let editor = app.agent("编辑", "supervisor").await;
        editor.post("/api/knowledge/bulk", &json!({"ids": [plain], "audience": "signed_in"})).await.expect(200);
        let draft = owner.get(&path).await.expect(200).json();
        assert_eq!((&draft["version"], &draft["published_version"]), (&json!(3), &json!(2)));
    }

    async fn audiences_are_written_exported_and_imported(app: &TestApp) {
        let owner = app.owner().await;
        let vips = json!({"channel_id": null, "audience": "vip", "answer": "三十天", "images": [], "cards": []});
        let write = |audience: &str, answers: Value| {
            json!({"content": {"question": "怎么退货", "answer": "七天", "audience": audience, "answers": answers}})
        };
        let path = "/api/knowledge/entries";
        let refused = owner.post(path, &write("vip", json!([vips]))).await.refused(422, "invalid_field");
        assert_eq!(refused.json()["field"], "answers");
        let entry = owner.post(path, &write("signed_in", json!([vips]))).await.expect(201).json();
        assert_eq!((&entry["content"]["audience"], &entry["content"]["answers"]), (&json!("signed_in"), &json!([vips])));
        let import = async |query: &str, text: &str| {
            let path = format!("/api/knowledge/import?{query}");
            owner.request("POST", &path).bytes("application/octet-stream", text).send(owner.address).await.expect(200).json()
        };
        for format in ["csv", "jsonl"] {
            let exported = owner.get(&format!("/api/knowledge/export?format={format}")).await.expect(200).text();
            assert!(exported.contains("signed_in"), "{exported}");
            assert_eq!(import(&format!("name=a.{format}"), &exported).await["unchanged"], 1, "{format}");
        }
        let sheet = "问题,答案,受众\n怎么换货,三天,VIP\n怎么开票,在订单里,老客户\n怎么退货,七天,已登录\n";
        let preview = import("name=a.csv", sheet).await;
        assert_eq!((&preview["new"], &preview["wrong"], &preview["unchanged"]), (&json!(1), &json!(1), &json!(1)));
        assert_eq!(preview["rows"][0]["problem"], "audience_invalid");
        assert_eq!(preview["rows"][1]["audience"], "vip");
    }
}
