//! What the bot says with a model, and what it does when the model says nothing that holds.

use super::*;
use crate::bot::shop::{ask, messages, said};
use service::jobs::{self, Heartbeat};
use std::sync::Arc;
use tokio::sync::Notify;

both! {
    async fn an_unsure_question_is_answered_from_the_entries(app: &TestApp) {
        let stub = Stub::start(|_, asked| honest(asked)).await;
        let key = unsure_shop(app).await;
        connect(app, &stub, &["answer"]).await;
        let visitor = app.visitor_of(&key).await;
        let id = ask(app, &visitor, "怎么开发票").await;
        assert_eq!(said(&visitor, &id).await, [HONEST]);
        let why = why(app, &visitor, &id).await;
        assert_eq!((&why["outcome"], &why["band"]), (&json!("answered"), &json!("clarify")));
        let part = &why["llm"];
        assert_eq!((&part["verdict"], &part["model"], &part["task"]), (&json!("used"), &json!("small"), &json!("answer")));
        assert_eq!(part["prompt"], "answer.1");
        assert_eq!((&part["tokens_in"], &part["tokens_out"]), (&json!(120), &json!(30)));
        assert_eq!(part["sentences"][0]["verdict"], "supported");
        let cited = part["sentences"][0]["citations"][0].as_u64().unwrap() as usize;
        assert_eq!(part["sources"][cited - 1], why["entry_id"]);
        // It counts as an answer: the next question begins anew.
        assert_eq!(app.owner().await.conversation(&id).await["status"], "bot");
    }

    async fn nothing_is_asked_unless_somebody_turned_it_on(app: &TestApp) {
        let stub = Stub::start(|_, asked| honest(asked)).await;
        let key = unsure_shop(app).await;
        for (enabled, tasks) in [(false, vec!["answer", "verify"]), (true, vec!["rewrite", "summarise"])] {
            connect_with(app, &stub, &tasks, json!({"enabled": enabled})).await;
            let visitor = app.visitor_of(&key).await;
            let id = ask(app, &visitor, "怎么开发票").await;
            assert!(messages(&visitor, &id).await[1]["content"]["choices"]["options"].is_array());
            assert_eq!(why(app, &visitor, &id).await["llm"], Value::Null);
        }
        assert!(stub.asked().is_empty());
    }

    async fn a_sure_answer_is_the_entrys_own_unless_it_is_switched_on(app: &TestApp) {
        let stub = Stub::start(|_, asked| {
            Reply::says(format!("退款会在三个工作日内原路退回[{}]。", number_of(asked, "退款多久到账？")))
        })
        .await;
        let key = unsure_shop(app).await;
        connect(app, &stub, &["answer"]).await;
        let visitor = app.visitor_of(&key).await;
        let id = ask(app, &visitor, "退款多久到账？").await;
        assert_eq!(said(&visitor, &id).await, ["退款三个工作日内原路退回。"]);
        assert!(stub.asked().is_empty());
        connect_with(app, &stub, &["answer"], json!({"answers_when_sure": true})).await;
        let visitor = app.visitor_of(&key).await;
        let id = ask(app, &visitor, "退款多久到账？").await;
        assert_eq!(said(&visitor, &id).await, ["退款会在三个工作日内原路退回。"]);
    }

    async fn what_tells_who_somebody_is_does_not_leave(app: &TestApp) {
        let stub = Stub::start(|_, asked| honest(asked)).await;
        let key = unsure_shop(app).await;
        connect(app, &stub, &["answer"]).await;
        let visitor = app.visitor_of(&key).await;
        ask(app, &visitor, "手机13812345678怎么开发票").await;
        let asked = stub.asked();
        assert_eq!(asked.len(), 1, "it was asked");
        assert!(asked[0].text().contains("怎么开发票") && !asked[0].text().contains("13812345678"), "{}", asked[0].text());
        let whole = asked[0].head.clone() + &asked[0].body.to_string();
        for secret in [&visitor.token, &visitor.contact, &app.owner().await.email] {
            assert!(!whole.contains(secret.as_str()));
        }
    }

    async fn a_second_look_decides(app: &TestApp) {
        let key = unsure_shop(app).await;
        for (verdict, says) in [("{\"supported\": true}", true), ("{\"supported\": false}", false), ("yes, sure", false)] {
            let stub = Stub::start(move |number, asked| if number == 0 { honest(asked) } else { Reply::says(verdict) }).await;
            connect(app, &stub, &["answer", "verify"]).await;
            let visitor = app.visitor_of(&key).await;
            let id = ask(app, &visitor, "怎么开发票").await;
            assert_eq!(said(&visitor, &id).await[0] == HONEST, says, "{verdict}");
            let part = why(app, &visitor, &id).await["llm"].clone();
            assert_eq!(part["verdict"], if says { "used" } else { "rejected" });
            assert_eq!((&part["prompt"], &part["tokens_in"]), (&json!("answer.1 judge.1"), &json!(240)));
        }
    }

    async fn a_verifier_alone_chooses_an_entry_whose_own_words_are_said(app: &TestApp) {
        let stub = Stub::start(|number, asked| match number {
            0 => Reply::says(format!("{{\"entry\": {}}}", number_of(asked, "纸质发票怎么开？"))),
            _ => Reply::says("{\"entry\": 0}"),
        })
        .await;
        let key = unsure_shop(app).await;
        connect(app, &stub, &["verify"]).await;
        let visitor = app.visitor_of(&key).await;
        let id = ask(app, &visitor, "怎么开发票").await;
        assert_eq!(said(&visitor, &id).await, [PAPER]);
        let other = app.visitor_of(&key).await;
        let id = ask(app, &other, "怎么开发票").await;
        assert!(said(&other, &id).await[0].starts_with("请问您想问的是哪一个？"));
        assert_eq!(why(app, &other, &id).await["llm"]["verdict"], "no_answer");
    }

    async fn an_upset_visitor_for_whom_the_model_has_no_answer_is_soothed_before_people_take_over(app: &TestApp) {
        let stub = Stub::start(|_, _| Reply::says("不知道")).await;
        let key = unsure_shop(app).await;
        connect(app, &stub, &["answer"]).await;
        let visitor = app.visitor_of(&key).await;
        let id = ask(app, &visitor, "怎么开发票").await;
        ask(app, &visitor, "发票怎么开").await;
        ask(app, &visitor, "气死我了，等了三天！到底怎么开发票？").await;
        let said = said(&visitor, &id).await;
        assert_eq!(said.len(), 4, "{said:?}");
        assert!(said[2].contains("抱歉"), "{said:?}");
        let conversation = app.owner().await.conversation(&id).await;
        assert_eq!((&conversation["status"], &conversation["mood"]["kind"]), (&json!("queued"), &json!("angry")));
        assert_eq!(stub.asked().len(), 3, "it was asked each time");
    }

    async fn what_was_answered_once_is_not_written_again(app: &TestApp) {
        let stub = Stub::start(|_, asked| honest(asked)).await;
        let key = unsure_shop(app).await;
        connect(app, &stub, &["answer"]).await;
        let visitor = app.visitor_of(&key).await;
        let id = ask(app, &visitor, "怎么开发票").await;
        for _ in 0..10 {
            ask(app, &visitor, "怎么开发票").await;
        }
        assert!(stub.asked().len() <= 3, "{}", stub.asked().len());
        assert!(said(&visitor, &id).await.len() <= 12);
    }

    async fn budgets_of_the_day_and_of_a_visitor_end_it(app: &TestApp) {
        let stub = Stub::start(|_, asked| honest(asked)).await;
        let key = unsure_shop(app).await;
        let store = &app.state.services.store;
        let workspace = store.first_workspace().await.unwrap().unwrap().id;
        let day = app.clock.now() / DAY;
        for budget in [json!({"day_tokens": 1_000}), json!({"visitor_tokens": 1_000})] {
            connect_with(app, &stub, &["answer"], budget).await;
            let settings = store.llm_settings(workspace).await.unwrap();
            let visitor = app.visitor_of(&key).await;
            let contact = Some(visitor.contact.parse().unwrap());
            // Most of it is used already.
            assert!(store.reserve_tokens(workspace, day, contact, 700, &settings).await.unwrap());
            let id = ask(app, &visitor, "怎么开发票").await;
            let said = said(&visitor, &id).await;
            assert!(said[0].starts_with("请问您想问的是哪一个？"), "{said:?}");
            let part = why(app, &visitor, &id).await["llm"].clone();
            assert_eq!((&part["verdict"], &part["failure"]), (&json!("failed"), &json!("budget")));
        }
        assert!(stub.asked().is_empty());
    }
}

#[tokio::test]
async fn a_person_who_takes_over_meanwhile_is_not_talked_over() {
    let app = TestApp::sqlite().await;
    let stub = Stub::start(|_, _| Reply::Hang).await;
    let key = unsure_shop(&app).await;
    connect(&app, &stub, &["answer"]).await;
    let agent = app.agent("甲", "agent").await;
    let visitor = app.visitor_of(&key).await;
    let id = visitor.opens("怎么开发票").await;
    let takes_over = async {
        while stub.asked().is_empty() {
            tokio::task::yield_now().await;
        }
        agent.act(&id, "accept").await;
    };
    tokio::join!(app.settle(), takes_over);
    assert_eq!(said(&visitor, &id).await, Vec::<String>::new());
    app.close().await;
}

#[tokio::test]
async fn a_model_that_hangs_holds_up_nobody_else() {
    let app = TestApp::sqlite().await;
    let stub = Stub::start(|_, _| Reply::Hang).await;
    let key = unsure_shop(&app).await;
    connect(&app, &stub, &["answer"]).await;
    let agent = app.agent("甲", "agent").await;
    let mut desk = agent.at_inbox().await;
    let stop = Arc::new(Notify::new());
    let running =
        tokio::spawn(jobs::run(app.state.services.clone(), Heartbeat::default(), Arc::clone(&stop)));
    let waiting = app.visitor_of(&key).await;
    let unanswered = waiting.opens("怎么开发票").await;
    while stub.asked().is_empty() {
        tokio::task::yield_now().await;
    }
    // Somebody else comes on a channel without a bot, and has an agent before the model's time is up.
    let other = app.visitor().await;
    let id = other.opens("有人吗").await;
    desk.find("assignment", |frame| [&id, &agent.id].iter().all(|part| frame.to_string().contains(*part)))
        .await;
    assert_eq!(said(&waiting, &unanswered).await, Vec::<String>::new(), "the model still hangs");
    stop.notify_one();
    running.await.unwrap();
    assert_eq!(said(&waiting, &unanswered).await.len(), 1, "in the end the bot asks back");
    app.close().await;
}
