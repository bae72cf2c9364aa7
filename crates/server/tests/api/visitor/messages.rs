//! A visitor's messages: stored once, in order, in the right conversation.

use crate::support::*;

both! {
    async fn resend_gives_the_first_copy_over_socket_and_http(app: &TestApp) {
        let visitor = app.visitor().await;
        let mut window = visitor.connect().await;
        let first = window.tell("c1", None, "你好").await;
        let again = window.tell("c1", None, "你好").await;
        assert_eq!((&again["seq"], &again["duplicate"]), (&first["seq"], &json!(true)));
        let over_http = visitor.say("c1", "别的内容").await;
        assert_eq!((&over_http["seq"], &over_http["duplicate"]), (&first["seq"], &json!(true)));
        let id = first["conversation_id"].as_str().unwrap();
        // Also after the conversation ended, and when many come at once.
        app.owner().await.act(id, "resolve").await;
        window.say_all((0..10).map(|_| text_frame("c1", None, "你好"))).await;
        for _ in 0..10 {
            assert_eq!(window.until("sent").await["conversation_id"], json!(id));
        }
        let messages = visitor.get(&format!("/api/visitor/conversations/{id}/messages")).await.json();
        assert_eq!(texts(&messages["messages"]), ["你好"]);
        // The name belongs to its sender alone.
        assert_eq!(app.visitor().await.say("c1", "我是别人").await["duplicate"], false);
        app.settle().await;
    }

    async fn client_id_of_another_conversation_is_refused(app: &TestApp) {
        let visitor = app.visitor().await;
        let first = visitor.opens("一").await;
        app.owner().await.act(&first, "resolve").await;
        let used = visitor.say("used", "二").await;
        assert_ne!(used["conversation_id"], json!(first));
        let body = json!({"client_id": "used", "conversation_id": first, "content": {"type": "text", "text": "三"}});
        visitor.post("/api/visitor/messages", &body).await.refused(409, "client_id_reused");
        for id in ["", "a b", "ä", &"x".repeat(65), "a\0"] {
            let body = json!({"client_id": id, "content": {"type": "text", "text": "三"}});
            visitor.post("/api/visitor/messages", &body).await.refused(422, "invalid_field");
        }
        app.settle().await;
    }

    async fn message_after_the_end_opens_a_new_conversation_unless_it_names_the_old(app: &TestApp) {
        let visitor = app.visitor().await;
        let mut window = visitor.connect().await;
        let old = window.tell("c1", None, "你好").await["conversation_id"].as_str().unwrap().to_owned();
        let ended = visitor.post(&format!("/api/visitor/conversations/{old}/end"), &json!({})).await;
        assert_eq!(ended.expect(200).json()["status"], "resolved");
        visitor.post(&format!("/api/visitor/conversations/{old}/end"), &json!({})).await
            .refused(409, "conversation_resolved");
        window.text("c2", Some(&old), "还有").await;
        window.refused("conversation_resolved").await;
        let new = window.tell("c3", None, "还有").await;
        assert_eq!((new["conversation_id"] == json!(old), &new["seq"]), (false, &json!(1)));
        // A device that only watches hears of it too.
        app.settle().await;
        let own = visitor.get("/api/visitor/conversations").await.expect(200).json();
        assert_eq!(own["conversations"].as_array().unwrap().len(), 2);
        assert_eq!(own["conversations"][1]["id"], json!(old));
        // While one is active the old one cannot be opened again.
        app.owner().await.request("POST", &format!("/api/conversations/{old}/reopen")).send(app.address).await
            .refused(409, "another_active");
    }

    async fn pipelined_messages_keep_their_order_across_the_end_of_a_conversation(app: &TestApp) {
        let visitor = app.visitor().await;
        let mut window = visitor.connect().await;
        let mut expected = Vec::new();
        for round in 0..3 {
            let words: Vec<String> = (0..30).map(|n| format!("{round}-{n}")).collect();
            window.say_all(words.iter().map(|word| text_frame(&unique("p"), None, word))).await;
            let mut ids = Vec::new();
            for _ in 0..30 {
                ids.push(window.until("sent").await["conversation_id"].as_str().unwrap().to_owned());
            }
            ids.dedup();
            assert_eq!(ids.len(), 1, "one conversation took all");
            let page = visitor.get(&format!("/api/visitor/conversations/{}/messages?limit=100", ids[0])).await.json();
            assert_eq!(texts(&page["messages"]), words);
            app.owner().await.act(&ids[0], "resolve").await;
            expected.push(ids.pop().unwrap());
        }
        expected.dedup();
        assert_eq!(expected.len(), 3);
        app.settle().await;
    }

    async fn text_is_kept_exactly_as_typed(app: &TestApp) {
        let visitor = app.visitor().await;
        let mut window = visitor.connect().await;
        let mut desk = app.owner().await.at_inbox().await;
        let corpus = [
            "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "{{constructor.constructor('x')()}}",
            "\u{202e}cod.exe", "a\u{200b}b\u{feff}c", "e\u{301} é", "👨‍👩‍👧‍👦", "line\r\nline\ttab", "nul\0nul", "\u{1b}[31m",
            "  spaces  ", "' or 1=1; drop table messages; --", "\\u0000 \\x00 %00 %s", "\u{10ffff}\u{fffe}",
        ];
        for text in corpus {
            let sent = window.tell(&unique("c"), None, text).await;
            let changed = window.hears(text).await;
            assert_eq!(changed["messages"][0]["content"], json!({"type": "text", "text": text}));
            let id = sent["conversation_id"].as_str().unwrap();
            let stream = desk.watch(id).await;
            assert_eq!(texts(&stream["messages"]).last().map(String::as_str), Some(text));
            desk.settled().await;
        }
        for blank in ["", " ", "\n\t", "\u{200b}\u{feff}", "\u{3000}", "\u{0}"] {
            window.text(&unique("c"), None, blank).await;
            window.refused("empty_message").await;
        }
        window.tell("long", None, &"字".repeat(4_000)).await;
        window.text("longer", None, &"字".repeat(4_001)).await;
        assert_eq!(window.refused("message_too_long").await["client_id"], "longer");
        app.settle().await;
    }

    async fn bad_message_does_not_harm_those_beside_it(app: &TestApp) {
        let (one, other) = (app.visitor().await, app.visitor().await);
        let (mut first, mut second) = (one.connect().await, other.connect().await);
        first.say_all((0..20).map(|n| text_frame(&format!("a{n}"), None, &format!("\0{n}\0")))).await;
        second.say_all((0..20).map(|n| text_frame(&format!("b{n}"), None, "好"))).await;
        for window in [&mut first, &mut second] {
            for _ in 0..20 {
                window.until("sent").await;
            }
        }
        Request::new("GET", "/livez").send(app.address).await.expect(200);
        app.settle().await;
    }
}
