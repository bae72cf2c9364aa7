//! Images in articles: where they stand, who reads them, how long they are kept, and what a file leaves alone.

use crate::answer_images::{ENTRIES, image, is_shown, step, write};
use crate::audiences::site;
use crate::support::*;

const TEXT: &str = "先向左转半圈。\n再往上提。";

fn placed(image: &Value, after: usize) -> Value {
    let mut image = image.clone();
    image["after"] = json!(after);
    image
}

fn article(audience: &str, images: &[Value]) -> Value {
    let section = json!({"heading": "打开", "text": TEXT, "images": images});
    json!({"question": "壶盖说明", "audience": audience, "sections": [{"text": "序"}, section]})
}

async fn sees(agent: &Agent, image: &Value) -> u16 {
    agent.get(&format!("/api/files/{}", image["file"]["id"].as_str().unwrap())).await.status
}

both! {
    async fn images_stand_in_the_text_and_are_kept_with_the_version(app: &TestApp) {
        let (owner, agent) = (app.owner().await, app.agent("甲", "agent").await);
        let (lid, base) = (image(owner, "转开的壶盖").await, image(owner, "").await);
        // In the order of their places; below the last line at most.
        let entry = write(owner, &article("everybody", &[placed(&base, 9), placed(&lid, 1)])).await;
        let images = &entry["content"]["sections"][1]["images"];
        assert_eq!(images, &json!([placed(&lid, 1), placed(&base, 2)]));
        assert_eq!((sees(owner, &lid).await, sees(&agent, &lid).await), (200, 404), "a draft is for editors");
        step(owner, &entry, "publish").await;
        assert_eq!(sees(&agent, &lid).await, 200);
        let listed = owner.get(ENTRIES).await.expect(200).json();
        assert_eq!(listed["entries"][0]["content"]["sections"][1]["images"], json!([]));
        let path = format!("{ENTRIES}/{}", entry["id"].as_str().unwrap());
        owner.put(&path, &json!({"version": 1, "content": article("everybody", &[])})).await.expect(200);
        for _ in 0..6 {
            app.clock.advance(8 * 60 * 60 * 1_000);
            // A session that is not used for so long ends.
            owner.get("/api/me").await.expect(200);
        }
        service::jobs::sweep(&app.state.services).await;
        let back = owner.post(&format!("{path}/rollback"), &json!({"version": 2, "to": 1})).await.expect(200).json();
        assert_eq!(&back["content"]["sections"][1]["images"], images);
        assert_eq!(sees(owner, &lid).await, 200);
        // Neither an export nor an import knows images: those of a section stay with its heading.
        for format in ["csv", "jsonl"] {
            let exported = owner.get(&format!("/api/knowledge/export?format={format}")).await.expect(200).text();
            let import = owner.request("POST", &format!("/api/knowledge/import?name=a.{format}")).bytes("text/plain", exported);
            assert_eq!(import.send(owner.address).await.expect(200).json()["unchanged"], 1, "{format}");
        }
        let page = "# 壶盖说明\n新的序\n## 打开\n只有一行。\n";
        let import = owner.request("POST", "/api/knowledge/import?name=a.md&articles=true&apply=true").bytes("text/plain", page);
        assert_eq!(import.send(owner.address).await.expect(200).json()["changed"], 1);
        let now = owner.get(&path).await.expect(200).json();
        assert_eq!(now["content"]["sections"][1]["images"], json!([placed(&lid, 1), placed(&base, 1)]));
    }

    async fn whoever_may_read_the_article_sees_its_images_and_nobody_else(app: &TestApp) {
        let site = site(app).await;
        let (nameless, vip) = (site.nameless(app).await, site.signed(app, "vip").await);
        let elsewhere = app.visitor_of(app.channel().await).await;
        let owner = app.owner().await;
        let (open, closed, later) = (image(owner, "").await, image(owner, "").await, image(owner, "").await);
        let entry = write(owner, &article("everybody", &[placed(&open, 0)])).await;
        assert_eq!(is_shown(&vip, &open).await, 404, "a draft");
        step(owner, &entry, "publish").await;
        let mut for_vips = article("vip", &[placed(&closed, 0)]);
        for_vips["question"] = json!("贵宾壶盖说明");
        let for_vips = write(owner, &for_vips).await;
        step(owner, &for_vips, "publish").await;
        let seen = async |visitor: &Visitor| [is_shown(visitor, &open).await, is_shown(visitor, &closed).await];
        assert_eq!((seen(&nameless).await, seen(&vip).await), ([200, 404], [200, 200]));
        assert_eq!(seen(&elsewhere).await, [404, 404], "there the bot is off");
        let read = nameless.get(&format!("/api/visitor/articles/{}", entry["id"].as_str().unwrap())).await.expect(200).json();
        assert_eq!(read["sections"][1]["images"], json!([placed(&open, 0)]));
        // A version that is being written shows nothing yet, and what is out of use nothing any more.
        let path = format!("{ENTRIES}/{}", entry["id"].as_str().unwrap());
        owner.put(&path, &json!({"version": 1, "content": article("everybody", &[placed(&later, 0)])})).await.expect(200);
        assert_eq!((is_shown(&vip, &later).await, is_shown(&vip, &open).await), (404, 200));
        owner.post(&format!("{path}/archive"), &json!({"version": 2})).await.expect(200);
        assert_eq!(is_shown(&vip, &open).await, 404);
    }

    async fn images_of_an_article_are_bounded_and_uploaded(app: &TestApp) {
        let (owner, editor) = (app.owner().await, app.agent("乙", "supervisor").await);
        let mut many = Vec::new();
        for _ in 0..21 {
            many.push(placed(&image(owner, "").await, 0));
        }
        let refused = async |editor: &Agent, images: &[Value]| {
            let content = json!({"content": article("everybody", images)});
            let answer = editor.post(ENTRIES, &content).await.refused(422, "invalid_field");
            assert_eq!(answer.json()["field"], "sections");
        };
        refused(owner, &many).await;
        refused(&editor, &many[..1]).await;
        let mut long = many[0].clone();
        long["alt"] = json!("字".repeat(201));
        refused(owner, &[long]).await;
        write(owner, &article("everybody", &many[..20])).await;
    }
}
