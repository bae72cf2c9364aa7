//! The bot of a channel: off until somebody turns it on, and visitors are told.

use super::shop::*;
use crate::support::*;

both! {
    async fn bot_is_off_by_default_and_stays_as_it_is_when_it_is_not_named(app: &TestApp) {
        let owner = app.owner().await;
        let list = owner.get("/api/channels").await.expect(200).json();
        let default = json!({
            "enabled": false, "name": "", "greeting": "", "precision_percent": 95, "hand_off_after": 2,
            "rules": [], "hours": null, "soothing": {"zh": "", "en": ""},
        });
        assert_eq!(list["channels"][0]["bot"], default);
        let (channel, key) = app.new_channel(json!({})).await;
        let path = format!("/api/channels/{channel}");
        let on = json!({"enabled": true, "name": "小山", "greeting": "您好", "precision_percent": 90, "hand_off_after": 1, "rules": [], "hours": null, "soothing": null});
        let saved = owner.put(&path, &json!({"name": "站", "bot": on})).await.expect(200).json();
        assert_eq!(saved["bot"], on);
        let saved = owner.put(&path, &json!({"name": "新站"})).await.expect(200).json();
        assert_eq!((&saved["name"], &saved["bot"]), (&json!("新站"), &on));
        assert_eq!(app.visitor_of(&key).await.session["channel"]["bot"], json!({"name": "小山"}));
        assert_eq!(app.visitor().await.session["channel"]["bot"], Value::Null);
    }

    async fn settings_beyond_their_limits_are_refused(app: &TestApp) {
        let (channel, _) = app.new_channel(json!({})).await;
        let path = format!("/api/channels/{channel}");
        for (field, value) in [
            ("precision_percent", json!(49)),
            ("precision_percent", json!(100)),
            ("hand_off_after", json!(0)),
            ("hand_off_after", json!(6)),
            ("name", json!("名".repeat(31))),
            ("greeting", json!("您".repeat(501))),
        ] {
            let body = json!({"name": "站", "bot": {"enabled": true, field: value}});
            let refused = app.owner().await.put(&path, &body).await.refused(422, "invalid_field").json();
            assert_eq!(refused["field"], format!("bot.{field}"));
        }
        let body = json!({"name": "站", "bot": {"on": true}});
        app.owner().await.put(&path, &body).await.refused(400, "unknown_field");
    }

    async fn greeting_is_the_channels_own_and_one_miss_may_be_enough(app: &TestApp) {
        let key = bot_channel(app, json!({"greeting": "欢迎来到山茶家居", "hand_off_after": 1})).await;
        learn(app, "退款多久到账？", &[], REFUND).await;
        let visitor = app.visitor_of(&key).await;
        let id = ask(app, &visitor, "你好").await;
        assert_eq!(said(&visitor, &id).await, ["欢迎来到山茶家居"]);
        ask(app, &visitor, "zzz qqq").await;
        assert_eq!(app.owner().await.conversation(&id).await["status"], "queued");
    }
}
