//! Hand-off rules of a channel: kept, checked, tried out, and followed.

use super::shop::*;
use crate::support::*;

fn rule(name: &str, when: &Value, then: &Value) -> Value {
    json!({"name": name, "enabled": true, "when": when, "then": then})
}

fn to_team(team: Option<&str>) -> Value {
    json!({"kind": "hand_off", "team_id": team, "say": {"zh": "{{name|您}}好，马上为您转接", "en": ""}})
}

async fn save(app: &TestApp, channel: &str, bot: &Value) -> Answer {
    let path = format!("/api/channels/{channel}");
    app.owner().await.put(&path, &json!({"name": "站", "bot": bot})).await
}

both! {
    async fn an_angry_visitor_goes_to_the_team_of_the_rule_with_the_reason(app: &TestApp) {
        let care = app.team("关怀").await;
        let rules = json!([rule("生气转关怀", &json!([{"kind": "mood", "mood": "angry", "at_least": 2}]), &to_team(Some(&care)))]);
        let key = bot_channel(app, json!({"rules": rules})).await;
        learn(app, "退款多久到账？", &[], REFUND).await;
        let visitor = app.visitor_of(&key).await;
        let id = ask(app, &visitor, "退款多久到账？").await;
        assert_eq!(said(&visitor, &id).await, [REFUND]);
        ask(app, &visitor, "你们这是什么垃圾服务，气死我了，我要投诉！").await;
        let owner = app.owner().await;
        let detail = owner.get(&format!("/api/conversations/{id}")).await.expect(200).json();
        assert_eq!((&detail["conversation"]["status"], &detail["conversation"]["team_id"]), (&json!("queued"), &json!(care)));
        assert_eq!(detail["hand_off"]["reason"], "rule");
        assert_eq!(detail["hand_off"]["rule"]["name"], "生气转关怀");
        assert_eq!(detail["hand_off"]["rule"]["why"][0]["mood"], "angry");
        assert!(said(&visitor, &id).await.last().unwrap().ends_with("好，马上为您转接"));
        let seq = messages(&visitor, &id).await.iter().rfind(|one| one["sender"]["kind"] == "bot").unwrap()["seq"].clone();
        let why = owner.get(&format!("/api/conversations/{id}/messages/{seq}/evidence")).await.expect(200).json();
        assert_eq!((&why["outcome"], &why["rule"]["step"]), (&json!("handed_off"), &json!("hand_off")));
    }

    async fn rules_that_make_no_sense_are_refused_by_their_place(app: &TestApp) {
        let (channel, _) = app.new_channel(json!({})).await;
        let good = rule("一", &json!([{"kind": "asked"}]), &to_team(None));
        let saved = save(app, &channel, &json!({"rules": [good.clone()]})).await.expect(200).json();
        assert_eq!(saved["bot"]["rules"], json!([good.clone()]));
        let bad = rule("二", &json!([{"kind": "asked"}, {"kind": "words", "any": []}]), &to_team(None));
        let refused = save(app, &channel, &json!({"rules": [good.clone(), bad]})).await.refused(422, "invalid_field").json();
        assert_eq!(refused["field"], "bot.rules.1.when.1.any");
        let foreign = rule("三", &json!([]), &to_team(Some("1")));
        let refused = save(app, &channel, &json!({"rules": [foreign]})).await.refused(422, "invalid_field").json();
        assert_eq!(refused["field"], "bot.rules.0.then.team_id");
        let hours = json!({"time_zone": "Mars/Olympus", "spans": []});
        let refused = save(app, &channel, &json!({"hours": hours})).await.refused(422, "invalid_field").json();
        assert_eq!(refused["field"], "bot.hours.time_zone");
        let unknown = rule("四", &json!([{"kind": "moon", "full": true}]), &to_team(None));
        let refused = save(app, &channel, &json!({"rules": [unknown]})).await;
        assert!(refused.status == 400 || refused.status == 422, "{}", refused.text());
        // Another change of the channel leaves them alone.
        let path = format!("/api/channels/{channel}");
        let renamed = app.owner().await.put(&path, &json!({"name": "新"})).await.expect(200).json();
        assert_eq!(renamed["bot"]["rules"], json!([good]));
    }

    async fn a_message_is_tried_on_rules_that_are_not_saved(app: &TestApp) {
        let (channel, _) = app.new_channel(json!({})).await;
        learn(app, "退款多久到账？", &[], REFUND).await;
        let vip = json!([{"kind": "attribute", "name": "level", "any": ["VIP"], "unsigned": false}]);
        let bot = json!({"rules": [rule("贵宾", &vip, &to_team(None))]});
        let path = format!("/api/channels/{channel}/bot/try");
        let owner = app.owner().await;
        let body = |verified: bool| json!({"bot": bot, "text": "退款多久到账？", "verified": verified, "attributes": {"level": "vip"}});
        let tried = owner.post(&path, &body(true)).await.expect(200).json();
        assert_eq!(tried["rule"]["name"], "贵宾");
        assert_eq!(tried["says"], json!(["您好，马上为您转接"]));
        assert_eq!(tried["hand_off"]["reason"], "rule");
        let tried = owner.post(&path, &body(false)).await.expect(200).json();
        assert_eq!((&tried["rule"], &tried["says"]), (&Value::Null, &json!([REFUND])));
        assert_eq!(owner.get("/api/conversations/counts").await.expect(200).json()["all"], json!(0), "nothing is stored");
        app.agent("甲", "supervisor").await.post(&path, &body(true)).await.refused(403, "forbidden");
    }

    async fn outside_hours_a_message_is_taken(app: &TestApp) {
        // It is some hour of some day: hours that end before they could begin are refused, so all or none.
        let rules = json!([rule("下班留言", &json!([{"kind": "hours", "open": false}]),
            &json!({"kind": "leave_message", "team_id": null, "say": {"zh": "", "en": ""}}))]);
        let closed = json!({"time_zone": "Asia/Shanghai", "spans": []});
        let key = bot_channel(app, json!({"rules": rules, "hours": closed})).await;
        learn(app, "退款多久到账？", &[], REFUND).await;
        let visitor = app.visitor_of(&key).await;
        let id = ask(app, &visitor, "退款多久到账？").await;
        let all = messages(&visitor, &id).await;
        let notice = all.iter().find(|one| one["content"]["notice"]["event"] == "handed_off").unwrap();
        assert_eq!(notice["content"]["notice"], json!({"event": "handed_off", "reason": "rule", "staffed": false}));
        let always: Vec<_> = (1..=7).map(|day| json!({"day": day, "from": 0, "to": 1_440})).collect();
        let open = json!({"time_zone": "Asia/Shanghai", "spans": always});
        let key = bot_channel(app, json!({"rules": rules, "hours": open})).await;
        let visitor = app.visitor_of(&key).await;
        let id = ask(app, &visitor, "退款多久到账？").await;
        assert_eq!(said(&visitor, &id).await, [REFUND]);
    }

    async fn an_upset_visitor_is_soothed_once_and_the_mood_comes_with_the_hand_off(app: &TestApp) {
        let soothing = json!({"zh": "{{name|您}}先消消气", "en": ""});
        let key = bot_channel(app, json!({"soothing": soothing})).await;
        learn(app, "退款多久到账？", &[], REFUND).await;
        let visitor = app.visitor_of(&key).await;
        let id = ask(app, &visitor, "你们这是什么垃圾服务，气死我了，转人工！").await;
        let said_first = said(&visitor, &id).await;
        assert!(said_first[0].ends_with("先消消气") && said_first.len() == 2, "{said_first:?}");
        assert_eq!(app.owner().await.conversation(&id).await["mood"]["kind"], "angry", "before anybody else looked");
        visitor.post(&format!("/api/visitor/conversations/{id}/end"), &json!({})).await;
        let again = ask(app, &visitor, "又是机器人？气死我了，转人工！").await;
        assert_ne!(again, id);
        assert_eq!(said(&visitor, &again).await.len(), 1, "not again so soon");
        app.clock.advance(31 * MINUTE);
        visitor.post(&format!("/api/visitor/conversations/{again}/end"), &json!({})).await;
        let later = ask(app, &visitor, "还是不行，气死我了，转人工！").await;
        assert_eq!(said(&visitor, &later).await.len(), 2);
    }
}
