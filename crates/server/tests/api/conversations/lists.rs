//! The lists of the inbox: pages by position, and their counts.

use crate::support::*;

async fn pages(agent: &Agent, query: &str, limit: usize) -> Vec<String> {
    let mut ids = Vec::new();
    let mut before = String::new();
    loop {
        let path = format!("/api/conversations?{query}&limit={limit}{before}");
        let page = agent.get(&path).await.expect(200).json();
        let found = page["conversations"].as_array().unwrap();
        assert!(found.len() <= limit);
        ids.extend(found.iter().map(|one| one["id"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => before = format!("&before={next}"),
            None => return ids,
        }
    }
}

both! {
    async fn pages_of_a_list_are_the_list_whatever_their_size(app: &TestApp) {
        let owner = app.owner().await;
        let mut opened = Vec::new();
        for n in 0..7 {
            opened.push(app.visitor().await.opens("你好").await);
            // Some at the very same time.
            if n % 3 != 0 {
                app.clock.advance(SECOND);
            }
        }
        app.settle().await;
        for limit in [1, 2, 3, 7, 50] {
            assert_eq!(pages(owner, "view=queue", limit).await, opened, "queue by {limit}");
            let newest_first: Vec<_> = opened.iter().rev().cloned().collect();
            assert_eq!(pages(owner, "view=all", limit).await, newest_first, "all by {limit}");
        }
    }

    async fn page_is_not_disturbed_by_what_comes_meanwhile(app: &TestApp) {
        let owner = app.owner().await;
        let mut opened = Vec::new();
        for _ in 0..4 {
            opened.push(app.visitor().await.opens("你好").await);
            app.clock.advance(SECOND);
        }
        let first = owner.get("/api/conversations?view=all&limit=2").await.expect(200).json();
        app.visitor().await.opens("新来的").await;
        app.settle().await;
        let next = first["next"].as_str().unwrap();
        let second = owner.get(&format!("/api/conversations?view=all&limit=2&before={next}")).await.json();
        let ids: Vec<_> = second["conversations"].as_array().unwrap().iter().map(|one| &one["id"]).collect();
        assert_eq!(ids, [&json!(opened[1]), &json!(opened[0])]);
    }

    async fn views_and_counts_tell_the_same(app: &TestApp) {
        let team = app.team("售前").await;
        let (_, key) = app.new_channel(json!({"team_id": team})).await;
        let agent = app.agent_in("甲", "agent", &[&team]).await;
        let stranger = app.agent("乙", "agent").await;
        let mine = app.visitor_of(&key).await.opens("一").await;
        let done = app.visitor_of(&key).await.opens("二").await;
        let waits = app.visitor_of(&key).await.opens("三").await;
        for id in [&mine, &done] {
            agent.act(id, "accept").await;
        }
        agent.act(&done, "resolve").await;
        app.settle().await;
        let counts = agent.get("/api/conversations/counts").await.expect(200).json();
        assert_eq!(counts, json!({"queue": 1, "mine": 1, "mine_unread": 1, "team": 2, "all": 2}));
        assert_eq!(pages(&agent, "view=queue", 9).await, [waits]);
        assert_eq!(pages(&agent, "view=mine", 9).await, [mine]);
        assert_eq!(pages(&agent, "view=resolved", 9).await, [done]);
        assert_eq!(pages(&agent, "view=team", 9).await.len(), 2);
        assert_eq!(pages(&agent, &format!("view=team&team_id={team}"), 9).await.len(), 2);
        // Another team's are in no list and no count of a stranger, named or not.
        let counts = stranger.get("/api/conversations/counts").await.expect(200).json();
        assert_eq!(counts, json!({"queue": 0, "mine": 0, "mine_unread": 0, "team": 0, "all": 0}));
        for query in ["view=queue", "view=team", "view=all", "view=resolved", "view=mine"] {
            for query in [query.to_owned(), format!("{query}&team_id={team}")] {
                assert_eq!(pages(&stranger, &query, 9).await, Vec::<String>::new(), "{query}");
            }
        }
    }

    async fn the_most_upset_come_first_whatever_the_size_of_the_pages(app: &TestApp) {
        const ANGRY: &str = "你们这是什么垃圾服务，气死我了，骗子，我要投诉！";
        let owner = app.owner().await;
        let mut opened = Vec::new();
        for text in ["你好", ANGRY, "请问几点下班", "订单号 12345", ANGRY, "在吗"] {
            opened.push(app.visitor().await.opens(text).await);
            app.clock.advance(SECOND);
        }
        app.settle().await;
        app.feel().await;
        let ids = |places: [usize; 6]| places.map(|place| opened[place].clone()).to_vec();
        for limit in [1, 2, 3, 6, 50] {
            assert_eq!(pages(owner, "view=queue&order=upset", limit).await, ids([1, 4, 0, 2, 3, 5]), "queue by {limit}");
            assert_eq!(pages(owner, "view=all&order=upset", limit).await, ids([1, 4, 5, 3, 2, 0]), "all by {limit}");
        }
        assert_eq!(pages(owner, "view=queue&order=time", 50).await, opened);
    }

    async fn a_list_is_narrowed_to_a_mood(app: &TestApp) {
        let owner = app.owner().await;
        let calm = app.visitor().await.opens("你好").await;
        let angry = app.visitor().await.opens("你们这是什么垃圾服务，气死我了！").await;
        app.settle().await;
        app.feel().await;
        assert_eq!(pages(owner, "view=all&mood=angry", 50).await, std::slice::from_ref(&angry));
        assert_eq!(pages(owner, "view=queue&mood=angry", 1).await, [angry]);
        assert_eq!(pages(owner, "view=all&mood=urgent", 50).await, Vec::<String>::new());
        assert!(pages(owner, "view=all", 50).await.contains(&calm));
    }
}

#[tokio::test]
async fn wrong_parameter_is_named() {
    let app = TestApp::sqlite().await;
    let owner = app.owner().await;
    for (query, code, field) in [
        ("", "invalid_field", "view"),
        ("view=everything", "invalid_field", "view"),
        ("view=all&limit=x", "invalid_field", "limit"),
        ("view=all&before=x", "invalid_field", "before"),
        ("view=all&before=1.", "invalid_field", "before"),
        ("view=all&team_id=x", "invalid_field", "team_id"),
        ("view=all&mood=neutral", "invalid_field", "mood"),
        ("view=all&mood=mad", "invalid_field", "mood"),
        ("view=all&order=mad", "invalid_field", "order"),
        ("view=resolved&order=upset", "invalid_field", "order"),
        ("view=all&order=upset&before=1.2", "invalid_field", "before"),
        ("view=all&order=upset&before=4.1.2", "invalid_field", "before"),
        ("view=all&before=1.1.2", "invalid_field", "before"),
        ("view=all&workspace_id=1", "unknown_field", "workspace_id"),
        ("view=all&view=mine", "invalid_field", "view"),
    ] {
        let answer = owner.get(&format!("/api/conversations?{query}")).await;
        assert_eq!((answer.code(), &answer.json()["field"]), (code.to_owned(), &json!(field)), "{query}");
    }
    for limit in ["0", "-1", "9223372036854775807"] {
        owner.get(&format!("/api/conversations?view=all&limit={limit}")).await.expect(200);
    }
    app.close().await;
}
