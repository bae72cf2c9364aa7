//! Images below answers: who may put one there, who sees it, and how long it is kept.

use crate::bot::shop::*;
use crate::security::samples::picture;
use crate::support::*;

pub const ENTRIES: &str = "/api/knowledge/entries";
const QUESTION: &str = "壶盖怎么打开？";
const ANSWER: &str = "向左转半圈，再往上提。";

async fn upload(editor: &Agent, name: &str, bytes: Vec<u8>) -> Answer {
    let path = format!("/api/knowledge/images?name={name}");
    editor.request("POST", &path).bytes("image/png", bytes).send(editor.address).await
}

pub async fn image(editor: &Agent, alt: &str) -> Value {
    let file = upload(editor, "lid.png", picture()).await.expect(201).json();
    json!({"file": file, "alt": alt})
}

fn id(image: &Value) -> &str {
    image["file"]["id"].as_str().unwrap()
}

fn content(images: &[&Value]) -> Value {
    json!({"question": QUESTION, "answer": ANSWER, "images": images})
}

pub async fn write(editor: &Agent, content: &Value) -> Value {
    editor.post(ENTRIES, &json!({"content": content})).await.expect(201).json()
}

pub async fn step(editor: &Agent, entry: &Value, name: &str) -> Value {
    let path = format!("{ENTRIES}/{}/{name}", entry["id"].as_str().unwrap());
    editor.post(&path, &json!({"version": entry["version"]})).await.expect(200).json()
}

async fn sees(agent: &Agent, image: &Value) -> u16 {
    agent.get(&format!("/api/files/{}", id(image))).await.status
}

pub async fn is_shown(visitor: &Visitor, image: &Value) -> u16 {
    visitor.get(&format!("/api/visitor/files/{}/thumbnail", id(image))).await.status
}

both! {
    async fn images_belong_to_the_version_and_are_kept_as_long_as_one_shows_them(app: &TestApp) {
        let owner = app.owner().await;
        let agent = app.agent("甲", "agent").await;
        let (lid, base, left) = (image(owner, "打开的壶盖").await, image(owner, "").await, image(owner, "").await);
        let entry = write(owner, &content(&[&lid, &base])).await;
        assert_eq!(entry["content"]["images"], json!([lid, base]));
        // A draft's images are for editors.
        assert_eq!((sees(owner, &lid).await, sees(&agent, &lid).await), (200, 404));
        let entry = step(owner, &entry, "publish").await;
        assert_eq!(sees(&agent, &lid).await, 200);
        let path = format!("{ENTRIES}/{}", entry["id"].as_str().unwrap());
        let fewer = json!({"version": 1, "content": content(&[&base])});
        owner.put(&path, &fewer).await.expect(200);
        for _ in 0..6 {
            app.clock.advance(DAY / 3);
            // A session that is not used for so long ends.
            owner.get("/api/me").await.expect(200);
        }
        service::jobs::sweep(&app.state.services).await;
        assert_eq!((sees(owner, &lid).await, sees(owner, &left).await), (200, 404), "only the one that no version shows goes");
        let back = owner.post(&format!("{path}/rollback"), &json!({"version": 2, "to": 1})).await.expect(200).json();
        assert_eq!(back["content"]["images"], json!([lid, base]));
        // What a file does not speak of stays.
        let sheet = format!("question,answer\n{QUESTION},往上提。\n");
        let import = owner.request("POST", "/api/knowledge/import?name=a.csv&apply=true").bytes("text/csv", sheet);
        assert_eq!(import.send(owner.address).await.expect(200).json()["changed"], 1);
        assert_eq!(owner.get(&path).await.expect(200).json()["content"]["images"], json!([lid, base]));
    }

    async fn the_bot_shows_them_to_whom_it_answers_and_to_nobody_else(app: &TestApp) {
        let key = bot_channel(app, json!({})).await;
        let owner = app.owner().await;
        let (lid, vip) = (image(owner, "打开的壶盖").await, image(owner, "").await);
        let mut said = content(&[&lid]);
        said["answers"] = json!([{"audience": "vip", "answer": "我们帮您开。", "images": [vip]}]);
        let entry = write(owner, &said).await;
        step(owner, &entry, "publish").await;
        let (visitor, other) = (app.visitor_of(&key).await, app.visitor_of(&key).await);
        assert_eq!(is_shown(&visitor, &lid).await, 404, "nothing was said yet");
        let conversation = ask(app, &visitor, QUESTION).await;
        let answer = messages(&visitor, &conversation).await.last().unwrap()["content"].clone();
        assert_eq!(answer, json!({"type": "text", "text": ANSWER, "images": [lid]}));
        assert_eq!((is_shown(&visitor, &lid).await, is_shown(&other, &lid).await), (200, 404));
        assert_eq!(is_shown(&visitor, &vip).await, 404, "that was said to nobody");
        let desk = owner.get(&format!("/api/conversations/{conversation}/messages")).await.expect(200).json();
        assert_eq!(desk["messages"][1]["content"]["images"][0]["alt"], "打开的壶盖");
        // The answer stays as it was said when the entry has other images, or is out of use.
        let path = format!("{ENTRIES}/{}", entry["id"].as_str().unwrap());
        owner.post(&format!("{path}/archive"), &json!({"version": 1})).await.expect(200);
        app.clock.advance(2 * DAY);
        service::jobs::sweep(&app.state.services).await;
        assert_eq!(is_shown(&visitor, &lid).await, 200);
    }

    async fn an_agent_sends_them_with_the_answer(app: &TestApp) {
        let owner = app.owner().await;
        let agent = app.agent("甲", "agent").await;
        let (lid, draft) = (image(owner, "打开的壶盖").await, image(owner, "").await);
        let published = write(owner, &content(&[&lid])).await;
        step(owner, &published, "publish").await;
        write(owner, &json!({"question": "草稿", "images": [draft]})).await;
        let visitor = app.visitor().await;
        let conversation = visitor.opens(QUESTION).await;
        agent.act(&conversation, "accept").await;
        let found = agent.get(&format!("/api/entries?conversation_id={conversation}")).await.expect(200).json();
        assert_eq!(found["entries"][0]["images"], json!([lid]));
        let send = async |agent: &Agent, images: Value| {
            let content = json!({"type": "answer", "text": ANSWER, "images": images});
            let body = json!({"client_id": unique("m"), "content": content});
            agent.post(&format!("/api/conversations/{conversation}/messages"), &body).await
        };
        for images in [json!([draft]), json!([{"file": {"id": "1", "name": "", "media_type": "", "kind": "image", "size": 0, "has_thumbnail": false}}])] {
            send(&agent, images).await.refused(422, "invalid_field");
        }
        // However the sender describes it, it is told as it is stored.
        let mut other = lid.clone();
        other["file"]["name"] = json!("x.svg");
        send(&agent, json!([other])).await.expect(201);
        let told = messages(&visitor, &conversation).await.last().unwrap().clone();
        assert_eq!(told["content"], json!({"type": "text", "text": ANSWER, "images": [lid]}));
        assert_eq!(is_shown(&visitor, &lid).await, 200);
        // Visitors send none, and an image of an entry is not sent as a file.
        let content = json!({"type": "answer", "text": "我也会", "images": [lid]});
        let body = json!({"client_id": unique("m"), "content": content});
        visitor.post("/api/visitor/messages", &body).await.refused(422, "invalid_field");
        let body = json!({"client_id": unique("m"), "content": {"type": "file", "attachment_id": id(&lid)}});
        owner.post(&format!("/api/conversations/{conversation}/messages"), &body).await.refused(409, "file_used");
        app.settle().await;
    }

    async fn what_is_no_image_of_ones_own_is_refused(app: &TestApp) {
        let owner = app.owner().await;
        let (editor, agent) = (app.agent("乙", "supervisor").await, app.agent("甲", "agent").await);
        upload(owner, "a.txt", b"text".to_vec()).await.refused(415, "file_mismatch");
        let text = owner.request("POST", "/api/knowledge/images?name=a.txt").bytes("text/plain", "words");
        text.send(owner.address).await.refused(415, "file_type_not_allowed");
        upload(&agent, "a.png", picture()).await.refused(403, "forbidden");
        let refused = async |editor: &Agent, content: Value| {
            let answer = editor.post(ENTRIES, &json!({"content": content})).await.refused(422, "invalid_field");
            assert_eq!(answer.json()["field"], "images");
        };
        let lid = image(owner, "").await;
        refused(&editor, content(&[&lid])).await;
        let mut many = Vec::new();
        for _ in 0..5 {
            many.push(image(owner, "").await);
        }
        refused(owner, content(&many.iter().collect::<Vec<_>>())).await;
        refused(owner, json!({"question": "说明", "sections": [{"text": "字"}], "images": [lid]})).await;
        // Once an entry shows it, other editors may use it too.
        write(owner, &content(&[&lid])).await;
        write(&editor, &content(&[&lid])).await;
    }
}
