//! What the bot answers, when, and how often.

use super::shop::*;
use crate::support::*;
use model::{EntryContent, Variant};

both! {
    async fn known_question_is_answered_by_the_bot_and_by_nobody_else(app: &TestApp) {
        let agent = app.agent("甲", "agent").await;
        let _desk = agent.connect().await;
        let visitor = customer(app).await;
        let id = ask(app, &visitor, "退款多久到账？").await;
        let all = messages(&visitor, &id).await;
        assert_eq!(all.len(), 2, "{all:?}");
        assert_eq!(all[1]["sender"], json!({"kind": "bot"}));
        assert_eq!(all[1]["content"], json!({"type": "text", "text": REFUND}));
        let conversation = agent.conversation(&id).await;
        assert_eq!((&conversation["status"], &conversation["assignee_id"]), (&json!("bot"), &Value::Null));
        assert_eq!(conversation["waiting_since"], Value::Null);
    }

    async fn without_a_bot_everything_is_as_before(app: &TestApp) {
        learn(app, "退款多久到账？", &[], REFUND).await;
        let visitor = app.visitor().await;
        let id = ask(app, &visitor, "退款多久到账？").await;
        assert_eq!(messages(&visitor, &id).await.len(), 1);
        assert_eq!(app.owner().await.conversation(&id).await["status"], "queued");
    }

    async fn an_open_window_gets_the_answer_without_asking(app: &TestApp) {
        let visitor = customer(app).await;
        let mut window = visitor.connect().await;
        window.tell("c1", None, "多久可以收到退款").await;
        app.settle().await;
        let is_answer = |frame: &Value| {
            frame["type"] == "changed" && frame["messages"][0]["sender"]["kind"] == "bot"
        };
        let changed = window.find("answer", is_answer).await;
        assert_eq!(changed["messages"][0]["content"]["text"], REFUND);
        assert_eq!(changed["conversation"]["unread"], 1);
    }

    async fn several_messages_at_once_are_one_turn(app: &TestApp) {
        let visitor = customer(app).await;
        for text in ["你好", "在吗", "退款多久到账？"] {
            visitor.opens(text).await;
        }
        let id = ask(app, &visitor, "付款后多久发货？").await;
        let said = said(&visitor, &id).await;
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].contains(REFUND) && said[1].contains(SHIPPING), "{said:?}");
    }

    async fn a_turn_that_runs_twice_answers_once(app: &TestApp) {
        let visitor = customer(app).await;
        let id = ask(app, &visitor, "退款多久到账？").await;
        let store = &app.state.services.store;
        let workspace = store.first_workspace().await.unwrap().unwrap().id;
        for attempt in 1..=5 {
            app.state.services.bots.turn(workspace, id.parse().unwrap(), 1, attempt).await.unwrap();
        }
        assert_eq!(said(&visitor, &id).await, [REFUND]);
    }

    async fn what_the_bot_learns_it_knows_at_the_next_question(app: &TestApp) {
        let visitor = customer(app).await;
        let id = ask(app, &visitor, "可以开增值税专用发票吗").await;
        assert!(!said(&visitor, &id).await.concat().contains("可以开"));
        learn(app, "可以开增值税专用发票吗", &[], "可以开，请在订单里填写税号。").await;
        ask(app, &visitor, "可以开增值税专用发票吗").await;
        assert_eq!(said(&visitor, &id).await.last().unwrap(), "可以开，请在订单里填写税号。");
    }

    async fn an_entry_answers_while_it_is_valid_and_in_the_words_of_the_channel(app: &TestApp) {
        let (channel, key) = app.new_channel(json!({"bot": {"enabled": true, "hand_off_after": 5}})).await;
        let content = EntryContent {
            question: "春节期间发货吗？".into(),
            answer: "春节期间照常发货。".into(),
            answers: vec![Variant {
                channel_id: Some(channel.parse().unwrap()),
                audience: model::Audience::Everybody,
                answer: "本店春节照常发货。".into(),
                images: Vec::new(),
cards: Vec::new(),
            }],
            valid_until: Some(app.clock.now() + DAY),
            ..EntryContent::default()
        };
        publish(app, content).await;
        let visitor = app.visitor_of(&key).await;
        let id = ask(app, &visitor, "春节期间发货吗？").await;
        assert_eq!(said(&visitor, &id).await, ["本店春节照常发货。"]);
        app.clock.advance(2 * DAY);
        ask(app, &visitor, "请问春节期间发货吗").await;
        assert!(!said(&visitor, &id).await[1].contains("照常发货"), "it is over");
    }

    async fn offered_choices_are_buttons_and_text_and_can_be_taken(app: &TestApp) {
        let visitor = customer(app).await;
        // Two entries that the same words ask for: nobody can be sure.
        learn(app, "电子发票怎么开？", &["怎么开发票"], "电子发票在订单里申请。").await;
        learn(app, "纸质发票怎么开？", &["怎么开发票"], "纸质发票请联系客服邮寄。").await;
        let id = ask(app, &visitor, "怎么开发票").await;
        let offer = messages(&visitor, &id).await.last().unwrap().clone();
        let choices = &offer["content"]["choices"];
        let labels: Vec<_> = choices["options"].as_array().unwrap().iter().map(|one| one["label"].as_str().unwrap()).collect();
        let text = offer["content"]["text"].as_str().unwrap();
        assert!(text.starts_with(choices["prompt"].as_str().unwrap()));
        assert!((2..=3).contains(&labels.len()), "{offer}");
        for (index, label) in labels.iter().enumerate() {
            assert!(text.contains(&format!("{}. {label}", index + 1)), "{text}");
        }
        ask(app, &visitor, labels[0]).await;
        let answer = if labels[0].contains("电子") { "电子发票在订单里申请。" } else { "纸质发票请联系客服邮寄。" };
        assert_eq!(said(&visitor, &id).await.last().unwrap(), answer);
    }

    async fn strange_input_gets_an_honest_word_and_breaks_nothing(app: &TestApp) {
        let strange = [
            "😀😀😀".to_owned(),
            "<img src=x onerror=alert(1)>".to_owned(),
            "龘".repeat(4_000),
            "\u{202e}\u{200b}\u{feff}a".to_owned(),
            "？".repeat(1_000),
            "'; drop table messages; --".to_owned(),
            "%s%n\\u0000{{7*7}}".to_owned(),
        ];
        let key = bot_channel(app, json!({"hand_off_after": 2})).await;
        learn(app, "退款多久到账？", &[], REFUND).await;
        for text in strange {
            let visitor = app.visitor_of(&key).await;
            let id = ask(app, &visitor, &text).await;
            let said = said(&visitor, &id).await;
            assert_eq!(said.len(), 1, "{text:.40}: {said:?}");
            assert!(said[0].chars().count() < 400, "{text:.40}");
        }
        let visitor = app.visitor_of(&key).await;
        let long = json!({"client_id": "c1", "content": {"type": "text", "text": "退".repeat(10_000)}});
        visitor.post("/api/visitor/messages", &long).await.refused(422, "message_too_long");
    }

    async fn the_same_question_again_and_again_is_no_flood_of_answers(app: &TestApp) {
        let visitor = customer(app).await;
        let mut window = visitor.connect().await;
        let mut id = String::new();
        for round in 0..100 {
            let frames = (0..10).map(|index| text_frame(&format!("r{round}-{index}"), None, "退款多久到账？"));
            window.say_all(frames).await;
            for _ in 0..10 {
                window.until("sent").await["conversation_id"].as_str().unwrap().clone_into(&mut id);
            }
            app.settle().await;
        }
        let path = format!("/api/visitor/conversations/{id}/messages?limit=100&after=0");
        let first = visitor.get(&path).await.expect(200).json();
        let of_bot = first["messages"].as_array().unwrap().iter().filter(|one| one["sender"]["kind"] == "bot").count();
        assert!((2..=5).contains(&of_bot), "{of_bot}");
        let newest = messages(&visitor, &id).await;
        assert!(newest.iter().all(|one| one["sender"]["kind"] == "visitor"), "it has fallen silent");
        assert_eq!(app.owner().await.conversation(&id).await["status"], "queued");
    }

    async fn a_picture_is_honestly_not_read(app: &TestApp) {
        let visitor = customer(app).await;
        let picture = crate::security::samples::picture();
        let file = visitor.upload("a.png", "image/png", picture).await.expect(201).json()["id"].clone();
        let send = json!({"client_id": "f1", "content": {"type": "file", "attachment_id": file}});
        let sent = visitor.post("/api/visitor/messages", &send).await.expect(201).json();
        app.settle().await;
        let said = said(&visitor, sent["conversation_id"].as_str().unwrap()).await;
        assert!(said[0].contains("看不懂图片") || said[0].contains("cannot read pictures"), "{said:?}");
    }
}
