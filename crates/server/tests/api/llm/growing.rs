//! A text that the copilot writes, read while it is written.

use super::{copilot::desk, *};
use std::{fmt::Write as _, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{interval, timeout},
};

const PATIENCE: Duration = Duration::from_secs(10);

/// A request for events, and what came of it so far.
struct Reading {
    stream: TcpStream,
    bytes: Vec<u8>,
}

impl Reading {
    async fn begin(agent: &Agent, path: &str, body: &Value) -> Self {
        let mut stream = TcpStream::connect(agent.address).await.unwrap();
        let body = body.to_string();
        let mut head = format!("POST {path} HTTP/1.1\r\nhost: {}\r\n", agent.address);
        let request = agent.request("POST", path).header("accept", "text/event-stream");
        for (name, value) in &request.headers {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        write!(head, "content-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len()).unwrap();
        stream.write_all((head + &body).as_bytes()).await.unwrap();
        Self { stream, bytes: Vec::new() }
    }

    /// Everything until this is there, once.
    async fn until(&mut self, wanted: &str) -> String {
        let read = async {
            loop {
                let text = String::from_utf8_lossy(&self.bytes).into_owned();
                if text.contains(wanted) || self.stream.read_buf(&mut self.bytes).await.unwrap() == 0 {
                    return text;
                }
            }
        };
        let text = timeout(PATIENCE, read).await.unwrap_or_default();
        assert!(text.contains(wanted), "{wanted} did not come: {}", String::from_utf8_lossy(&self.bytes));
        text
    }
}

fn path(id: &str, what: &str) -> String {
    format!("/api/conversations/{id}/copilot/{what}")
}

/// The events of an answer that is whole.
async fn events(agent: &Agent, path: &str, body: &Value) -> Vec<Value> {
    let request = agent.request("POST", path).header("accept", "text/event-stream").json(body);
    let answer = request.send(agent.address).await.expect(200);
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    assert_eq!(
        (answer.header("cache-control"), answer.header("x-accel-buffering")),
        (Some("no-cache"), Some("no"))
    );
    let text = answer.text();
    text.lines()
        .filter_map(|line| line.strip_prefix("data:"))
        .map(|data| serde_json::from_str(data).unwrap())
        .collect()
}

fn grown(events: &[Value]) -> String {
    events
        .iter()
        .filter(|event| event["type"] == "more")
        .map(|event| event["text"].as_str().unwrap())
        .collect()
}

async fn spent(app: &TestApp) -> Value {
    app.owner().await.get("/api/llm/usage").await.expect(200).json()
}

/// Tokens that are settled, in and out, of how many questions and failures.
async fn settled(app: &TestApp) -> [i64; 4] {
    let mut ticks = interval(Duration::from_millis(5));
    let settled = async {
        loop {
            let usage = spent(app).await;
            if let Some(day) = usage["days"].get(0) {
                let of =
                    ["tokens_in", "tokens_out", "calls", "failures"].map(|name| day[name].as_i64().unwrap());
                assert_eq!(usage["spent_today"], of[0] + of[1], "what was reserved is given back");
                return of;
            }
            ticks.tick().await;
        }
    };
    timeout(PATIENCE, settled).await.unwrap_or_else(|_| panic!("nothing was settled"))
}

/// Nobody is timed out meanwhile.
async fn connect_patiently(app: &TestApp, stub: &Stub, task: &str) {
    connect(app, stub, &[task]).await;
    let owner = app.owner().await;
    let mut settings = owner.get("/api/llm/settings").await.expect(200).json();
    settings["tasks"][0]["timeout_s"] = json!(30);
    owner.put("/api/llm/settings", &settings).await.expect(200);
}

both! {
    async fn a_text_grows_into_what_comes_at_once(app: &TestApp) {
        let stub = Stub::start(|_, asked| {
            let text = asked.text();
            let draft = text.lines().find(|line| line.contains("请打")).unwrap().to_owned();
            Reply::says(format!("<think>[电话 1]?</think>\n您好呀，{draft}，\u{202e}谢谢 {draft}！[1] \n"))
        })
        .await;
        connect(app, &stub, &["rewrite"]).await;
        let (agent, _, id) = desk(app).await;
        let body = json!({"text": "请打 13912345678", "style": "formal"});
        let whole = agent.post(&path(&id, "rewrite"), &body).await.expect(200).json();
        assert_eq!(whole["text"], "您好呀，请打 13912345678，谢谢 请打 13912345678！[1]");
        let events = events(&agent, &path(&id, "rewrite"), &body).await;
        assert_eq!(events.last(), Some(&json!({"type": "done", "text": whole["text"]})));
        assert!(events.len() > 4, "in pieces: {events:?}");
        assert_eq!(grown(&events), whole["text"].as_str().unwrap());
        assert!(!stub.asked()[1].text().contains("13912345678"));
    }

    async fn what_fails_before_there_is_any_text_is_a_problem(app: &TestApp) {
        let stub = Stub::start(|_, _| Reply::Status(429, "{}".into())).await;
        let (agent, _, id) = desk(app).await;
        let ask = async |text: &str| {
            let body = json!({"text": text, "style": "formal"});
            let request = agent.request("POST", &path(&id, "rewrite")).header("accept", "text/event-stream").json(&body);
            request.send(agent.address).await
        };
        ask("好").await.refused(409, "llm_off");
        connect(app, &stub, &["rewrite"]).await;
        ask("好").await.refused(503, "llm_busy");
        ask(" ").await.refused(422, "empty_message");
        connect_with(app, &stub, &["rewrite"], json!({"visitor_tokens": 1_000})).await;
        ask("好").await.refused(429, "llm_budget");
    }

    async fn a_text_that_breaks_off_ends_with_why(app: &TestApp) {
        let stub = Stub::start(|number, _| match number {
            0 => Reply::Cut("您好，请您稍等，我们马上就来。".into()),
            _ => Reply::Begins(vec!["您好".into()]),
        })
        .await;
        connect(app, &stub, &["summarise"]).await;
        let (agent, _, id) = desk(app).await;
        for code in ["llm_unusable", "llm_timeout"] {
            let events = events(&agent, &path(&id, "summary"), &json!({})).await;
            assert_eq!(events[0]["type"], "more");
            assert_eq!(events.last(), Some(&json!({"type": "failed", "code": code})), "{events:?}");
            assert!(!events.iter().any(|event| event["type"] == "done"));
        }
        assert_eq!(settled(app).await[2..], [2, 2]);
    }

    async fn whoever_goes_ends_the_question_and_pays_for_what_came(app: &TestApp) {
        let stub = Stub::start(|_, _| Reply::Begins(vec!["您".into(), "好".into(), "，请打 [电".into()])).await;
        connect_patiently(app, &stub, "rewrite").await;
        let (agent, _, id) = desk(app).await;
        let body = json!({"text": "请打 13912345678", "style": "formal"});
        let mut reading = Reading::begin(&agent, &path(&id, "rewrite"), &body).await;
        // The model is not done and never will be, yet the agent reads along.
        let read = reading.until("请打").await;
        assert!(read.starts_with("HTTP/1.1 200 ") && !read.contains("[电") && !read.contains("done"), "{read}");
        assert!(spent(app).await["spent_today"].as_i64().unwrap() > 1_000, "reserved while it is written");
        drop(reading);
        stub.left().await;
        let [tokens_in, tokens_out, calls, failures] = settled(app).await;
        assert!((50..1_000).contains(&tokens_in), "{tokens_in}");
        assert_eq!((tokens_out, calls, failures), (llm::tokens("您好，请打 [电"), 1, 0));
    }

    async fn whoever_goes_before_there_is_any_text_ends_the_question_too(app: &TestApp) {
        let stub = Stub::start(|_, _| Reply::Begins(vec!["<think>".into(), "hm".into()])).await;
        connect_patiently(app, &stub, "summarise").await;
        let (agent, _, id) = desk(app).await;
        let going = Reading::begin(&agent, &path(&id, "summary"), &json!({})).await;
        let mut ticks = interval(Duration::from_millis(5));
        while stub.asked().is_empty() {
            ticks.tick().await;
        }
        drop(going);
        stub.left().await;
        assert_eq!(settled(app).await[2..], [1, 0]);
    }
}
