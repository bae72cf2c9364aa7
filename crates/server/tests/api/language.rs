//! The analysis of a text, as the console draws it.

use crate::support::*;

const PATH: &str = "/api/language/analyse";

async fn analyse(agent: &Agent, text: &str) -> Value {
    agent.post(PATH, &json!({"text": text})).await.expect(200).json()
}

#[tokio::test]
async fn every_layer_of_a_text_is_there() {
    let app = TestApp::sqlite().await;
    let editor = app.agent("丙", "supervisor").await;
    let seen = analyse(&editor, "我想把收货地址改到北京，13812345678，不能再等了，很急！什么时候到？").await;
    let all = |name: &str| seen[name].as_array().unwrap().clone();
    assert!(
        all("tokens").iter().any(|token| token["text"] == "地址" || token["text"] == "收货地址"),
        "{seen}"
    );
    assert!(all("arcs").iter().any(|arc| arc["head"].is_null()), "{seen}");
    assert!(all("entities").iter().any(|one| one["kind"] == "phone" && one["value"] == "+8613812345678"));
    assert!(all("scopes").iter().any(|one| one["kind"] == "negation"), "{seen}");
    assert!(all("frames").iter().any(|one| one["verb"] == "改"), "{seen}");
    assert!(all("sentences").iter().any(|one| one["question"]["kind"] == "when"), "{seen}");
    assert!(seen["emotion"]["urgency"].as_f64().unwrap() > 0.5, "{seen}");
    assert!(!seen["emotion"]["spans"].as_array().unwrap().is_empty(), "{seen}");
    let english = analyse(&editor, "Ｉ can’t cancel my order #20261129001 — why?").await;
    assert_eq!(english["normalised"], "i can't cancel my order #20261129001 - why?");
    assert_eq!(english["sentences"][0]["language"], "english");
    app.close().await;
}

#[tokio::test]
async fn odd_texts_are_answered_and_longer_ones_refused() {
    let app = TestApp::sqlite().await;
    let owner = app.owner().await;
    for text in
        ["", "退", "😀😀😀", "？？！", "\u{200b}\u{202e}", "<script>1</script>", &"退货。".repeat(3_333)]
    {
        let seen = analyse(owner, text).await;
        assert_eq!(seen["characters"], text.chars().count(), "{text:.20}");
    }
    owner.post(PATH, &json!({"text": "退".repeat(10_001)})).await.refused(422, "invalid_field");
    owner.post(PATH, &json!({"texts": "退"})).await.refused(400, "unknown_field");
    app.close().await;
}
