//! Why the bot said it, and what people think of that.

use super::shop::*;
use crate::support::*;

both! {
    async fn evidence_shows_candidates_scores_band_and_thresholds(app: &TestApp) {
        let visitor = customer(app).await;
        let id = ask(app, &visitor, "退款多久到账？").await;
        let path = format!("/api/conversations/{id}/messages/2/evidence");
        let why = app.owner().await.get(&path).await.expect(200).json();
        assert_eq!((&why["band"], &why["outcome"]), (&json!("answer"), &json!("answered")), "{why}");
        assert_eq!((&why["seq"], &why["question_seq"]), (&json!(2), &json!(1)));
        assert_eq!(why["question"], "退款多久到账？".replace('？', "?"));
        assert_eq!(why["candidates"][0]["question"], "退款多久到账？");
        assert_eq!(why["candidates"][0]["entry_id"], why["entry_id"]);
        assert!(why["candidates"][0]["scores"]["lexical"].as_f64().unwrap() > 0.5);
        let (sure, from) = (why["probability"].as_f64().unwrap(), why["answer_from"].as_f64().unwrap());
        assert!(sure >= from && from >= why["clarify_from"].as_f64().unwrap());
        assert!(!why["index_version"].as_str().unwrap().is_empty());
        // The visitor's own message has none.
        let none = format!("/api/conversations/{id}/messages/1/evidence");
        app.owner().await.get(&none).await.refused(404, "not_found");
    }

    async fn agents_and_visitors_judge_a_message_and_may_take_it_back(app: &TestApp) {
        let visitor = customer(app).await;
        let id = ask(app, &visitor, "退款多久到账？").await;
        let owner = app.owner().await;
        let (verdict, feedback, own) = (
            format!("/api/conversations/{id}/messages/2/verdict"),
            format!("/api/visitor/conversations/{id}/messages/2/feedback"),
            format!("/api/visitor/conversations/{id}"),
        );
        assert_eq!(visitor.get(&own).await.expect(200).json()["feedback"], json!([]));
        visitor.put(&feedback, &json!({"helpful": false})).await.expect(204);
        let judged = owner.put(&verdict, &json!({"right": true})).await.expect(200).json();
        assert_eq!((&judged["right"], &judged["helpful"]), (&json!(true), &json!(false)));
        assert_eq!(visitor.get(&own).await.expect(200).json()["feedback"], json!([{"seq": 2, "helpful": false}]));
        visitor.put(&feedback, &json!({})).await.expect(204);
        owner.put(&verdict, &json!({"right": null})).await.expect(200);
        let why = owner.get(&format!("/api/conversations/{id}/messages/2/evidence")).await.expect(200).json();
        assert_eq!((&why["right"], &why["helpful"]), (&Value::Null, &Value::Null));
        visitor.put(&feedback.replace("/2/", "/1/"), &json!({"helpful": true})).await.refused(404, "not_found");
        let other = app.visitor_of(app.channel().await).await;
        other.put(&feedback, &json!({"helpful": true})).await.refused(404, "not_found");
    }
}
