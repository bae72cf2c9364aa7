//! Link cards below answers: where they may lead, who is told them, and what files hold of them.

use crate::answer_images::*;
use crate::bot::shop::*;
use crate::support::*;

const QUESTION: &str = "有多大的茶壶？";
const ANSWER: &str = "一款 600 ml，一款 900 ml。";
const LINK: &str = "https://shop.example/teapot";

/// As it is stored.
fn card(title: &str, link: &str) -> Value {
    json!({"title": title, "text": "釉下彩手绘", "link": link, "button": "去看看"})
}

fn content(cards: &[&Value]) -> Value {
    json!({"question": QUESTION, "answer": ANSWER, "cards": cards})
}

/// A card with an image.
async fn teapot(editor: &Agent) -> Value {
    let mut teapot = card("手绘茶壶", LINK);
    teapot["image"] = image(editor, "").await["file"].clone();
    teapot
}

/// The image of a card, as that of an answer.
fn picture_of(card: &Value) -> Value {
    json!({"file": card["image"]})
}

both! {
    async fn the_bot_says_them_with_the_answer_and_their_images_are_shown_to_whom_they_were_said(app: &TestApp) {
        let key = bot_channel(app, json!({})).await;
        let owner = app.owner().await;
        let (teapot, large) = (teapot(owner).await, card("大茶壶", "https://shop.example/large"));
        let mut said = content(&[&teapot, &large]);
        let vip = card("贵宾专享", "https://shop.example/vip");
        said["answers"] = json!([{"audience": "vip", "answer": "为您留了一款。", "cards": [vip]}]);
        let entry = write(owner, &said).await;
        assert_eq!(entry["content"]["cards"], json!([teapot, large]));
        assert_eq!(entry["content"]["answers"][0]["cards"], json!([vip]));
        step(owner, &entry, "publish").await;
        let (visitor, other) = (app.visitor_of(&key).await, app.visitor_of(&key).await);
        let conversation = ask(app, &visitor, QUESTION).await;
        let answer = messages(&visitor, &conversation).await.last().unwrap()["content"].clone();
        assert_eq!(answer, json!({"type": "text", "text": ANSWER, "cards": [teapot, large]}));
        let image = picture_of(&teapot);
        assert_eq!((is_shown(&visitor, &image).await, is_shown(&other, &image).await), (200, 404));
        // The image is kept as long as a version shows it, and a version that comes back brings its cards.
        let path = format!("{ENTRIES}/{}", entry["id"].as_str().unwrap());
        owner.put(&path, &json!({"version": 1, "content": content(&[])})).await.expect(200);
        for _ in 0..6 {
            app.clock.advance(DAY / 3);
            // A session that is not used for so long ends.
            owner.get("/api/me").await.expect(200);
        }
        service::jobs::sweep(&app.state.services).await;
        assert_eq!(is_shown(&visitor, &image).await, 200);
        let back = owner.post(&format!("{path}/rollback"), &json!({"version": 2, "to": 1})).await.expect(200).json();
        assert_eq!(back["content"]["cards"], json!([teapot, large]));
    }

    async fn an_agent_sends_them_with_the_answer(app: &TestApp) {
        let owner = app.owner().await;
        let agent = app.agent("甲", "agent").await;
        let (teapot, draft) = (teapot(owner).await, teapot(owner).await);
        let published = write(owner, &content(&[&teapot])).await;
        step(owner, &published, "publish").await;
        write(owner, &json!({"question": "草稿", "cards": [draft]})).await;
        let visitor = app.visitor().await;
        let conversation = visitor.opens(QUESTION).await;
        agent.act(&conversation, "accept").await;
        let found = agent.get(&format!("/api/entries?conversation_id={conversation}")).await.expect(200).json();
        assert_eq!(found["entries"][0]["cards"], json!([teapot]));
        let send = async |cards: Value| {
            let content = json!({"type": "answer", "text": ANSWER, "images": [], "cards": cards});
            let body = json!({"client_id": unique("m"), "content": content});
            agent.post(&format!("/api/conversations/{conversation}/messages"), &body).await
        };
        // Neither an image that is for editors, nor what leads to no page.
        for card in [draft, card("茶壶", "javascript:alert(1)"), card("", LINK)] {
            send(json!([card])).await.refused(422, "invalid_field");
        }
        // As a link in the text, which no entry has to know.
        send(json!([card("茶壶", "http://elsewhere.example/")])).await.expect(201);
        send(json!([teapot])).await.expect(201);
        let told = messages(&visitor, &conversation).await.last().unwrap().clone();
        assert_eq!(told["content"], json!({"type": "text", "text": ANSWER, "cards": [teapot]}));
        assert_eq!(is_shown(&visitor, &picture_of(&teapot)).await, 200);
        // Visitors send none.
        let content = json!({"type": "answer", "text": "我也会", "images": [], "cards": [card("茶壶", LINK)]});
        let body = json!({"client_id": unique("m"), "content": content});
        visitor.post("/api/visitor/messages", &body).await.refused(422, "invalid_field");
    }

    async fn a_card_leads_only_to_pages_with_https_or_of_ones_own_site(app: &TestApp) {
        let owner = app.owner().await;
        let refused = async |content: Value| {
            let answer = owner.post(ENTRIES, &json!({"content": content})).await.refused(422, "invalid_field");
            assert_eq!(answer.json()["field"], "cards");
        };
        let own = "http://shop.example:8080";
        for link in ["javascript:alert(1)", "data:text/html,x", "/teapot", "https://a@shop.example/", &format!("{own}/teapot")] {
            refused(content(&[&card("茶壶", link)])).await;
            refused(json!({"question": QUESTION, "answers": [{"audience": "vip", "answer": "是", "cards": [card("茶壶", link)]}]})).await;
        }
        let one = card("茶壶", LINK);
        refused(content(&[&one, &one, &one, &one])).await;
        refused(json!({"question": "说明", "sections": [{"text": "字"}], "cards": [one]})).await;
        // Once the site is one of a channel, its pages may be without https.
        let channels = owner.get("/api/channels").await.expect(200).json();
        let channel = channels["channels"][0].clone();
        let path = format!("/api/channels/{}", channel["id"].as_str().unwrap());
        owner.put(&path, &json!({"name": channel["name"], "allowed_origins": [own]})).await.expect(200);
        let written = write(owner, &content(&[&card("茶壶", &format!("{own}/teapot"))])).await;
        assert_eq!(written["content"]["cards"][0]["link"], format!("{own}/teapot"));
        // It stays where it leads when the channel moves on.
        owner.put(&path, &json!({"name": channel["name"], "allowed_origins": []})).await.expect(200);
        let tags = json!({"ids": [written["id"]], "add_tags": ["茶"]});
        assert_eq!(owner.post("/api/knowledge/bulk", &tags).await.expect(200).json()["changed"], 1);
        refused(content(&[&card("茶壶", &format!("{own}/mug"))])).await;
    }

    async fn json_lines_hold_them_without_their_images_and_an_import_keeps_these(app: &TestApp) {
        let owner = app.owner().await;
        let teapot = teapot(owner).await;
        write(owner, &content(&[&teapot])).await;
        let lines = owner.get("/api/knowledge/export?format=jsonl").await.expect(200).text();
        let line: Value = serde_json::from_str(lines.lines().find(|line| line.contains(QUESTION)).unwrap()).unwrap();
        assert_eq!(line["cards"], json!([card("手绘茶壶", LINK)]));
        let import = async |cards: Value| {
            let mut line = line.clone();
            line["cards"] = cards;
            let path = "/api/knowledge/import?name=a.jsonl&apply=true";
            owner.request("POST", path).bytes("text/plain", line.to_string()).send(owner.address).await.expect(200).json()
        };
        assert_eq!(import(line["cards"].clone()).await["unchanged"], 1);
        let more = json!([card("大茶壶", "https://shop.example/large"), card("手绘茶壶", LINK)]);
        assert_eq!(import(more).await["changed"], 1);
        let path = format!("{ENTRIES}/{}", line["id"].as_str().unwrap());
        let cards = owner.get(&path).await.expect(200).json()["content"]["cards"].clone();
        assert_eq!(cards, json!([card("大茶壶", "https://shop.example/large"), teapot]));
        for link in ["javascript:alert(1)", "http://elsewhere.example/"] {
            let report = import(json!([card("茶壶", link)])).await;
            assert_eq!((&report["wrong"], &report["rows"][0]["problem"]), (&json!(1), &json!("cards_invalid")));
        }
    }
}
