//! What is suggested: to the agent who is about to answer, to the visitor who still types.

use super::shop::*;
use crate::support::*;
use url::form_urlencoded;

fn questions(answer: &Value) -> Vec<&str> {
    answer["suggestions"].as_array().unwrap().iter().map(|one| one["question"].as_str().unwrap()).collect()
}

both! {
    async fn agent_is_offered_what_fits_the_newest_question_until_it_is_answered(app: &TestApp) {
        let visitor = customer(app).await;
        let id = ask(app, &visitor, "转人工").await;
        let owner = app.owner().await;
        let path = format!("/api/conversations/{id}/suggestions");
        assert_eq!(questions(&owner.get(&path).await.expect(200).json()), Vec::<&str>::new());
        visitor.say(&unique("m"), "你好，退款多久到账？").await;
        let offered = owner.get(&path).await.expect(200).json();
        assert_eq!(questions(&offered)[0], "退款多久到账？");
        assert_eq!(offered["suggestions"][0]["answer"], REFUND);
        assert!(offered["suggestions"][0]["probability"].as_f64().unwrap() > 0.5);
        owner.act(&id, "accept").await;
        owner.say(&id, &unique("m"), "三天左右").await.expect(201);
        assert_eq!(questions(&owner.get(&path).await.expect(200).json()), Vec::<&str>::new());
        app.settle().await;
    }

    async fn visitor_is_offered_entries_while_typing_where_the_bot_is_on(app: &TestApp) {
        let visitor = customer(app).await;
        let typed = |text: &str| format!("/api/visitor/suggestions?q={}", form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>());
        let offered = visitor.get(&typed("退款多久")).await.expect(200).json();
        assert_eq!(questions(&offered)[0], "退款多久到账？");
        assert_eq!(offered["suggestions"][0]["answer"], REFUND);
        for nothing in ["", "退", "你好", "😀😀", "!!!", &"哈".repeat(1_000)] {
            let none = visitor.get(&typed(nothing)).await.expect(200).json();
            assert_eq!(questions(&none), Vec::<&str>::new(), "{nothing:.20}");
        }
        let elsewhere = app.visitor_of(app.channel().await).await;
        let none = elsewhere.get(&typed("退款多久")).await.expect(200).json();
        assert_eq!(questions(&none), Vec::<&str>::new(), "what is for agents stays with them");
    }
}
