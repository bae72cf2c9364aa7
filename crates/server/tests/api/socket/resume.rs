//! Coming back: exactly what was missed, or an honest new beginning.

use crate::support::*;
use tokio_tungstenite::tungstenite::Message;

/// Says so many things and returns the conversation.
async fn talk(visitor: &Visitor, count: usize) -> String {
    let mut window = visitor.connect().await;
    let mut id = String::new();
    for start in (0..count).step_by(40) {
        let end = (start + 40).min(count);
        window.say_all((start..end).map(|n| text_frame(&format!("m{n}"), None, &format!("{n}")))).await;
        for _ in start..end {
            let sent = window.until("sent").await;
            sent["conversation_id"].as_str().unwrap().clone_into(&mut id);
        }
        window.settled().await;
    }
    id
}

both! {
    async fn client_that_comes_back_gets_exactly_what_it_missed(app: &TestApp) {
        let visitor = app.visitor().await;
        let id = talk(&visitor, 10).await;
        let agent = app.agent("甲", "supervisor").await;
        agent.say(&id, "a1", "我在").await.expect(201);
        let epoch = app.epoch();
        for mut socket in [visitor.connect().await, agent.connect().await] {
            let all = socket.watch(&id).await;
            assert_eq!((&all["recovered"], &all["has_more"]), (&json!(false), &json!(false)));
            let last = all["conversation"]["last_seq"].as_i64().unwrap();
            for after in 0..=last {
                let stream = socket.resume(&id, &epoch, after).await;
                assert_eq!((&stream["recovered"], &stream["has_more"]), (&json!(true), &json!(false)), "{after}");
                assert_eq!(seqs(&stream["messages"]), (after + 1..=last).collect::<Vec<_>>());
            }
            // Another life of the database, and positions that cannot be.
            for (epoch, after) in [("other", 3), ("", 3), (epoch.as_str(), last + 1), (&epoch, -1), (&epoch, i64::MAX)] {
                let stream = socket.resume(&id, epoch, after).await;
                assert_eq!(stream["recovered"], false, "{epoch} {after}");
                assert_eq!(seqs(&stream["messages"]), (1..=last).collect::<Vec<_>>());
            }
        }
        app.settle().await;
    }

    async fn whoever_missed_too_much_starts_from_a_snapshot(app: &TestApp) {
        let visitor = app.visitor().await;
        let id = talk(&visitor, 502).await;
        let mut window = visitor.connect().await;
        let epoch = app.epoch();
        let whole = window.resume(&id, &epoch, 2).await;
        assert_eq!((&whole["recovered"], seqs(&whole["messages"]).len()), (&json!(true), 500));
        let cut = window.resume(&id, &epoch, 1).await;
        assert_eq!((&cut["recovered"], &cut["has_more"]), (&json!(false), &json!(true)));
        assert_eq!(seqs(&cut["messages"]), (453..=502).collect::<Vec<_>>());
        // And the rest page by page.
        let mut seen = seqs(&cut["messages"]);
        loop {
            let path = format!("/api/visitor/conversations/{id}/messages?before={}&limit=100", seen[0]);
            let page = visitor.get(&path).await.expect(200).json();
            seen.splice(0..0, seqs(&page["messages"]));
            if page["has_more"] == json!(false) {
                break;
            }
        }
        assert_eq!(seen, (1..=502).collect::<Vec<_>>());
        // Forwards too, as a client without a socket does.
        let mut newer = vec![0];
        loop {
            let after = newer[newer.len() - 1];
            let path = format!("/api/visitor/conversations/{id}/messages?after={after}&limit=100");
            let page = visitor.get(&path).await.expect(200).json();
            newer.extend(seqs(&page["messages"]));
            if page["has_more"] == json!(false) {
                break;
            }
        }
        assert_eq!(newer, (0..=502).collect::<Vec<_>>());
        app.settle().await;
    }

    async fn messages_during_the_absence_come_with_the_new_connection(app: &TestApp) {
        let visitor = app.visitor().await;
        let mut window = visitor.connect().await;
        let first = window.tell("c1", None, "一").await;
        let id = first["conversation_id"].as_str().unwrap();
        window.vanish();
        let agent = app.agent("甲", "agent").await;
        agent.say(id, "a1", "二").await.expect(201);
        agent.say(id, "a2", "三").await.expect(201);
        let mut window = visitor.connect().await;
        let stream = window.resume(id, &app.epoch(), 1).await;
        assert_eq!(texts(&stream["messages"]), ["二", "三"]);
        agent.say(id, "a3", "四").await.expect(201);
        window.hears("四").await;
        app.settle().await;
    }

    async fn what_was_said_before_going_is_kept_in_order(app: &TestApp) {
        let visitor = app.visitor().await;
        let (mut window, mut phone) = (visitor.connect().await, visitor.connect().await);
        let said = ["一", "二", "三"];
        // They open a conversation, so that each waits for the one before; and the window does not wait.
        window.say_all(said.iter().enumerate().map(|(n, text)| text_frame(&format!("c{n}"), None, text))).await;
        window.raw(Message::Close(None)).await;
        let heard = phone.hears("三").await;
        let stream = phone.watch(heard["conversation"]["id"].as_str().unwrap()).await;
        assert_eq!(texts(&stream["messages"]), said);
        app.settle().await;
    }

    async fn second_device_follows_without_being_asked(app: &TestApp) {
        let visitor = app.visitor().await;
        let (mut phone, mut desktop) = (visitor.connect().await, visitor.connect().await);
        let sent = phone.tell("c1", None, "从手机").await;
        let heard = desktop.hears("从手机").await;
        assert_eq!(heard["conversation"]["id"], sent["conversation_id"]);
        // Another visitor's window hears nothing.
        let mut stranger = app.visitor().await.connect().await;
        phone.tell("c2", None, "再来").await;
        desktop.hears("再来").await;
        assert_eq!(stranger.settled().await, Vec::<Value>::new());
        app.settle().await;
    }
}
