//! The client against a server that answers well, badly and with ill will.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use llm::{Answer, Ask, Client, Endpoint};
use model::LlmFailure;
use outbound::{Allowed, Names};
use std::time::{Duration, Instant};
use testkit::llm::{Reply, Stub, events};

fn client() -> Client {
    let allowed = Allowed::new(vec!["127.0.0.2/32".parse().unwrap()]);
    let outbound = outbound::Client::new(allowed, Names::scripted([])).unwrap();
    Client::new(outbound).with_first_pause(Duration::from_millis(1))
}

fn endpoint(base_url: &str) -> Endpoint {
    Endpoint { name: "1:1".into(), base_url: base_url.into(), key: Some("sk-secret-1".into()) }
}

fn ask(within: Duration) -> Ask {
    Ask {
        model: "small".into(),
        system: "be brief".into(),
        user: "退款多久到账？".into(),
        max_tokens: 100,
        within,
        ..Ask::default()
    }
}

async fn answered(stub: &Stub) -> Result<Answer, llm::Failure> {
    client().ask(&endpoint(&stub.base_url()), &ask(Duration::from_secs(5))).await
}

async fn failure(reply: Reply) -> LlmFailure {
    let stub = Stub::start(move |_, _| reply.clone()).await;
    answered(&stub).await.unwrap_err().kind
}

#[tokio::test]
async fn a_stream_and_a_whole_answer_are_the_same() {
    for reply in [Reply::says("三个工作日内到账。"), Reply::Whole("三个工作日内到账。".into())]
    {
        let stub = Stub::start(move |_, _| reply.clone()).await;
        let answer = answered(&stub).await.unwrap();
        assert_eq!(
            answer,
            Answer {
                text: "三个工作日内到账。".into(), calls: Vec::new(), tokens_in: 120, tokens_out: 30
            }
        );
        let asked = stub.asked();
        assert!(asked[0].head.starts_with("POST /v1/chat/completions "), "{}", asked[0].head);
        assert!(asked[0].head.to_lowercase().contains("authorization: bearer sk-secret-1"));
        assert_eq!((&asked[0].body["model"], &asked[0].body["max_tokens"]), (&"small".into(), &100.into()));
        assert_eq!(asked[0].body["messages"][1]["content"], "退款多久到账？");
    }
}

#[tokio::test]
async fn text_is_heard_while_it_comes() {
    let stub = Stub::start(|_, _| Reply::says("一二三四五六七八九十")).await;
    let mut heard = Vec::new();
    let mut hear = |text: &str| heard.push(text.to_owned());
    let within = ask(Duration::from_secs(5));
    let answer = client().ask_and_hear(&endpoint(&stub.base_url()), &within, &mut hear).await.unwrap();
    assert_eq!(heard, ["一二三四五六七", "八九十"]);
    assert_eq!(heard.concat(), answer.text);
}

#[tokio::test]
async fn what_a_model_thinks_aloud_is_not_said() {
    for text in ["<think>hm\n[1]</think>\n好的", "好的"] {
        let stub = Stub::start(move |_, _| Reply::says(text)).await;
        assert_eq!(answered(&stub).await.unwrap().text, "好的");
    }
    assert_eq!(failure(Reply::says("<think>without end")).await, LlmFailure::Empty);
}

#[tokio::test]
async fn each_way_to_fail_has_its_name() {
    for (status, expected, times) in [
        (400, LlmFailure::Refused, 1),
        (401, LlmFailure::Unauthorised, 1),
        (402, LlmFailure::Limited, 3),
        (403, LlmFailure::Unauthorised, 1),
        (404, LlmFailure::NotFound, 1),
        (429, LlmFailure::Limited, 3),
        (500, LlmFailure::Failed, 3),
        (503, LlmFailure::Failed, 3),
    ] {
        let stub = Stub::start(move |_, _| Reply::Status(status, "{}".into())).await;
        let failure = answered(&stub).await.unwrap_err();
        assert_eq!((failure.kind, failure.status), (expected, Some(status)));
        assert_eq!(stub.asked().len(), times, "{status}");
    }
    let told = [
        (Reply::Events(vec!["{not json".into()]), LlmFailure::Malformed),
        (Reply::Events(vec!["[1,2]".into()]), LlmFailure::Malformed),
        (Reply::Events(vec![r#"{"choices":"x"}"#.into()]), LlmFailure::Malformed),
        (Reply::Events(vec![r#"{"choices":[{"delta":{"content":7}}]}"#.into()]), LlmFailure::Malformed),
        (Reply::Events(vec!["[".repeat(50_000)]), LlmFailure::Malformed),
        (Reply::Events(vec![]), LlmFailure::Malformed),
        (Reply::Cut("half of an answer that says more".into()), LlmFailure::Malformed),
        (Reply::Status(200, "<html>".into()), LlmFailure::Malformed),
        (Reply::Status(200, "{}".into()), LlmFailure::Empty),
        (Reply::Events(vec!["[DONE]".into()]), LlmFailure::Empty),
        (Reply::says("  \n "), LlmFailure::Empty),
        (Reply::Flood, LlmFailure::TooLong),
        (Reply::Line, LlmFailure::Malformed),
        (Reply::says("长".repeat(16_001)), LlmFailure::TooLong),
    ];
    for (reply, expected) in told {
        let name = format!("{reply:?}").chars().take(60).collect::<String>();
        assert_eq!(failure(reply).await, expected, "{name}");
    }
    let nobody = client().ask(&endpoint("http://127.0.0.2:9/v1"), &ask(Duration::from_secs(5))).await;
    assert_eq!(nobody.unwrap_err().kind, LlmFailure::Unreachable);
}

#[tokio::test]
async fn whoever_hangs_or_drips_is_waited_for_so_long_and_no_longer() {
    for reply in [Reply::Hang, Reply::Drip] {
        let stub = Stub::start(move |_, _| reply.clone()).await;
        let began = Instant::now();
        let within = ask(Duration::from_millis(300));
        let failure = client().ask(&endpoint(&stub.base_url()), &within).await.unwrap_err();
        assert_eq!(failure.kind, LlmFailure::Timeout);
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    }
}

#[tokio::test]
async fn what_passes_is_tried_again_and_helps() {
    let stub = Stub::start(|number, _| match number {
        0 => Reply::Status(429, "{}".into()),
        1 => Reply::Status(502, "{}".into()),
        _ => Reply::says("好的"),
    })
    .await;
    assert_eq!(answered(&stub).await.unwrap().text, "好的");
    assert_eq!(stub.asked().len(), 3);
}

#[tokio::test]
async fn a_tool_call_is_refused_in_every_form() {
    let call = r#"[{"index":0,"id":"c1","type":"function","function":{"name":"refund","arguments":"{\"customer\":\"1002\"}"}}]"#;
    for event in [
        format!(r#"{{"choices":[{{"delta":{{"tool_calls":{call}}}}}]}}"#),
        format!(
            r#"{{"choices":[{{"delta":{{"content":"好的","tool_calls":{call}}},"finish_reason":null}}]}}"#
        ),
        r#"{"choices":[{"delta":{"function_call":{"name":"refund","arguments":"{}"}}}]}"#.to_owned(),
        r#"{"choices":[{"delta":{"content":"x"},"finish_reason":"tool_calls"}]}"#.to_owned(),
        r#"{"choices":[{"delta":{},"finish_reason":"function_call"}]}"#.to_owned(),
    ] {
        let mut all = events("我来为您退款");
        all.insert(1, event);
        assert_eq!(failure(Reply::Events(all)).await, LlmFailure::Tool);
    }
    let whole = format!(
        r#"{{"choices":[{{"message":{{"content":null,"tool_calls":{call}}},"finish_reason":"tool_calls"}}]}}"#
    );
    assert_eq!(failure(Reply::Status(200, whole)).await, LlmFailure::Tool);
}

#[tokio::test]
async fn a_redirect_is_not_followed_wherever_it_leads() {
    let inside = Stub::start(|_, _| Reply::says("secret")).await;
    for to in [format!("http://{}/v1/chat/completions", inside.address), "http://127.0.0.1:80/".to_owned()] {
        assert_eq!(failure(Reply::Redirect(to)).await, LlmFailure::Refused);
    }
    assert!(inside.asked().is_empty());
}

#[tokio::test]
async fn private_addresses_are_refused() {
    for base_url in
        ["http://127.0.0.1:11434/v1", "http://localhost/v1", "http://169.254.169.254/v1", "ftp://x/v1", "x"]
    {
        let failure = client().ask(&endpoint(base_url), &ask(Duration::from_secs(5))).await.unwrap_err();
        assert_eq!(failure.kind, LlmFailure::Address, "{base_url}");
    }
}

#[tokio::test]
async fn an_endpoint_that_fails_again_and_again_rests() {
    let stub = Stub::start(|_, _| Reply::Events(vec!["broken".into()])).await;
    let client = client();
    let (endpoint, ask) = (endpoint(&stub.base_url()), ask(Duration::from_secs(5)));
    for _ in 0..5 {
        assert_eq!(client.ask(&endpoint, &ask).await.unwrap_err().kind, LlmFailure::Malformed);
    }
    assert_eq!(client.ask(&endpoint, &ask).await.unwrap_err().kind, LlmFailure::Resting);
    assert_eq!(stub.asked().len(), 5, "it is left alone");
    let changed = Endpoint { name: "1:2".into(), ..endpoint };
    assert_eq!(client.ask(&changed, &ask).await.unwrap_err().kind, LlmFailure::Malformed);
}

#[tokio::test]
async fn a_complaint_is_short_and_does_not_repeat_the_key() {
    let body = format!(
        "{{\"error\":{{\"message\":\"Incorrect API key provided: sk-secret-1.\u{202e}{}\"}}}}",
        "x".repeat(5_000)
    );
    let stub = Stub::start(move |_, _| Reply::Status(401, body.clone())).await;
    let failure = answered(&stub).await.unwrap_err();
    assert!(failure.detail.starts_with("Incorrect API key provided: ***."), "{}", failure.detail);
    assert!(failure.detail.chars().count() <= 300 && !failure.detail.contains('\u{202e}'));
    assert!(!format!("{failure}").contains("sk-"));
}

#[tokio::test]
async fn a_server_is_not_believed_to_have_used_more_than_can_be() {
    for (told, believed) in [(i64::MAX, 1_000_000), (-5, llm::tokens("好的"))] {
        let mut all = events("好的");
        all.insert(
            1,
            format!(r#"{{"choices":[],"usage":{{"prompt_tokens":1,"completion_tokens":{told}}}}}"#),
        );
        all.retain(|event| !event.contains("\"completion_tokens\":30"));
        let stub = Stub::start(move |_, _| Reply::Events(all.clone())).await;
        assert_eq!(answered(&stub).await.unwrap().tokens_out, believed);
    }
}

#[tokio::test]
async fn a_server_of_vectors_that_hangs_or_floods_is_left() {
    let texts = ["退货".to_owned()];
    for (reply, expected) in [(Reply::Hang, LlmFailure::Timeout), (Reply::Flood, LlmFailure::TooLong)] {
        let stub = Stub::start(move |_, _| reply.clone()).await;
        let within = Duration::from_millis(if expected == LlmFailure::Timeout { 100 } else { 20_000 });
        let embed = llm::Embed { model: "small", texts: &texts, within };
        let failure = client().embed(&endpoint(&stub.base_url()), &embed).await.unwrap_err();
        assert_eq!(failure.kind, expected);
    }
}
