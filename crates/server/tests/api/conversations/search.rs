//! Search: in Chinese and English, with the hits marked, within what one may see.

use crate::support::*;

async fn search(agent: &Agent, query: &str) -> Value {
    let encoded: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
    agent.get(&format!("/api/search?q={encoded}")).await.expect(200).json()
}

/// The marked parts of each hit.
fn marked(page: &Value) -> Vec<Vec<String>> {
    let of_hit = |hit: &Value| {
        let excerpt: Vec<char> = hit["excerpt"].as_str().unwrap().chars().collect();
        let ranges = hit["highlights"].as_array().unwrap().iter();
        let place = |range: &Value, end: usize| range[end].as_u64().unwrap() as usize;
        ranges.map(|range| excerpt[place(range, 0)..place(range, 1)].iter().collect()).collect()
    };
    page["hits"].as_array().unwrap().iter().map(of_hit).collect()
}

both! {
    async fn words_are_found_and_marked_in_both_languages(app: &TestApp) {
        let owner = app.owner().await;
        let visitor = app.visitor().await;
        for text in [
            "退款什么时候到账？我上周申请的退款",
            "When does my Refund arrive?",
            "😀😀 请问有山茶花抱枕吗",
        ] {
            visitor.say(&unique("c"), text).await;
        }
        app.settle().await;
        assert_eq!(marked(&search(owner, "退款").await), [["退款", "退款"]]);
        assert_eq!(marked(&search(owner, "refund ARRIVE").await), [["Refund", "arrive"]]);
        assert_eq!(marked(&search(owner, "抱枕").await), [["抱枕"]]);
        assert_eq!(search(owner, "退款 抱枕").await["hits"], json!([]));
        for nothing in ["", " ", "？！", "*", "\"", "' or 1=1 --", "a\0b", "NEAR(退 款)", "\u{200b}"] {
            assert_eq!(search(owner, nothing).await["hits"], json!([]), "{nothing:?}");
        }
    }

    async fn only_what_one_may_see_is_found(app: &TestApp) {
        let team = app.team("售前").await;
        let (_, key) = app.new_channel(json!({"team_id": team})).await;
        let (inside, outside) = (app.agent_in("甲", "agent", &[&team]).await, app.agent("乙", "agent").await);
        app.visitor_of(&key).await.opens("蓝色水壶").await;
        app.settle().await;
        assert_eq!(search(&inside, "水壶").await["hits"].as_array().unwrap().len(), 1);
        assert_eq!(search(&outside, "水壶").await["hits"], json!([]));
    }

    async fn pages_of_hits_are_all_hits_newest_first(app: &TestApp) {
        let owner = app.owner().await;
        let visitor = app.visitor().await;
        let mut window = visitor.connect().await;
        for n in 0..65 {
            window.tell(&unique("c"), None, &format!("第 {n} 个水壶")).await;
        }
        app.settle().await;
        let mut texts = Vec::new();
        let mut path = "/api/search?q=%E6%B0%B4%E5%A3%B6".to_owned();
        loop {
            let page = owner.get(&path).await.expect(200).json();
            let hits = page["hits"].as_array().unwrap();
            texts.extend(hits.iter().map(|hit| hit["message"]["content"]["text"].as_str().unwrap().to_owned()));
            let Some(next) = page["next"].as_str() else { break };
            path = format!("/api/search?q=%E6%B0%B4%E5%A3%B6&before={next}");
        }
        assert_eq!(texts, (0..65).rev().map(|n| format!("第 {n} 个水壶")).collect::<Vec<_>>());
    }
}
