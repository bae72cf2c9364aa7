//! Whatever happens: the state that a client keeps from a snapshot and the frames after it is
//! what a fresh snapshot says.

use crate::support::*;

/// A client that keeps one conversation by the rules of docs/client-protocol.md.
struct Follower {
    socket: Socket,
    conversation: Value,
    messages: Vec<Value>,
}

impl Follower {
    async fn start(mut socket: Socket, id: &str) -> Self {
        let stream = socket.watch(id).await;
        let messages = stream["messages"].as_array().unwrap().clone();
        Self { socket, conversation: stream["conversation"].clone(), messages }
    }

    fn take(&mut self, frame: &Value) {
        if frame["type"] != "changed" || frame["conversation"]["id"] != self.conversation["id"] {
            return;
        }
        let version = |state: &Value| state["version"].as_i64().unwrap();
        if version(&frame["conversation"]) > version(&self.conversation) {
            self.conversation = frame["conversation"].clone();
        }
        for message in frame["messages"].as_array().unwrap() {
            let have = self.messages.last().map_or(0, |last| last["seq"].as_i64().unwrap());
            let seq = message["seq"].as_i64().unwrap();
            if seq > have {
                assert_eq!(seq, have + 1, "a hole");
                self.messages.push(message.clone());
            }
        }
    }

    async fn agrees_with(&mut self, state: &Value, messages: &Value, step: &str) {
        for frame in self.socket.settled().await {
            self.take(&frame);
        }
        assert_eq!(&self.conversation, state, "state after {step}");
        assert_eq!(&json!(self.messages), messages, "messages after {step}");
    }
}

/// Numbers that are the same in every run (`SplitMix64`).
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }
}

struct Stage<'a> {
    visitor: &'a Visitor,
    agents: [&'a Agent; 2],
    team: &'a str,
    id: &'a str,
}

impl Stage<'_> {
    /// Does something, which may well be refused, and says what.
    async fn act(&self, dice: &mut Dice) -> String {
        let agent = self.agents[dice.throw(2) as usize];
        let path = |action: &str| format!("/api/conversations/{}/{action}", self.id);
        let visitors = |action: &str| format!("/api/visitor/conversations/{}/{action}", self.id);
        // A place that often exists.
        let position = dice.throw(12);
        let (what, answer) = match dice.throw(13) {
            0 | 1 => {
                let body = json!({"client_id": unique("v"), "conversation_id": self.id,
                    "content": {"type": "text", "text": "访客"}});
                ("visitor says", self.visitor.post("/api/visitor/messages", &body).await)
            }
            2 | 3 => ("agent says", agent.say(self.id, &unique("a"), "客服").await),
            4 => ("accept", agent.request("POST", &path("accept")).send(agent.address).await),
            5 => ("assign", agent.post(&path("assign"), &json!({"agent_id": self.agents[0].id})).await),
            6 => ("queue", agent.post(&path("assign"), &json!({"team_id": self.team})).await),
            7 => ("resolve", agent.request("POST", &path("resolve")).send(agent.address).await),
            8 => ("reopen", agent.request("POST", &path("reopen")).send(agent.address).await),
            9 => {
                let body = json!({"delivered": position, "read": position});
                ("visitor reads", self.visitor.post(&visitors("receipt"), &body).await)
            }
            10 => {
                let body = json!({"delivered": position, "read": position});
                ("agent reads", agent.post(&path("receipt"), &body).await)
            }
            11 => {
                let stars = 1 + dice.throw(5);
                ("rate", self.visitor.put(&visitors("rating"), &json!({"stars": stars})).await)
            }
            _ => {
                let contact = format!("/api/contacts/{}", self.visitor.contact);
                ("rename", agent.patch(&contact, &json!({"name": unique("名")})).await)
            }
        };
        assert!(answer.status < 500, "{what}: {}", answer.text());
        format!("{what} ({})", answer.status)
    }
}

async fn play(app: &TestApp, seed: u64, steps: usize) {
    let team = app.team(&unique("组")).await;
    let agents = [app.agent("甲", "supervisor").await, app.agent("乙", "supervisor").await];
    let visitor = app.visitor().await;
    let id = visitor.opens("开始").await;
    let mut desk = Follower::start(agents[0].connect().await, &id).await;
    let mut window = Follower::start(visitor.connect().await, &id).await;
    let mut list = app.owner().await.at_inbox().await;
    let stage = Stage { visitor: &visitor, agents: [&agents[0], &agents[1]], team: &team, id: &id };
    let mut dice = Dice(seed);
    let mut version = 0;
    for step in 0..steps {
        app.clock.advance(SECOND);
        let what = format!("step {step} of {seed}: {}", stage.act(&mut dice).await);
        let state = agents[0].conversation(&id).await;
        version = state["version"].as_i64().unwrap();
        let page = agents[0].get(&format!("/api/conversations/{id}/messages?limit=100")).await.json();
        desk.agrees_with(&state, &page["messages"], &what).await;
        let own = visitor.get(&format!("/api/visitor/conversations/{id}")).await.expect(200).json();
        let page = visitor.get(&format!("/api/visitor/conversations/{id}/messages?limit=100")).await.json();
        window.agrees_with(&own["conversation"], &page["messages"], &what).await;
    }
    // The lists come later and together, but end at the same state.
    let newest = |frame: &Value| {
        let listed = frame["conversations"].as_array();
        listed.is_some_and(|all| {
            all.iter().any(|one| one["id"] == json!(id) && one["version"] == json!(version))
        })
    };
    list.find("the last state in the list", newest).await;
    app.settle().await;
}

both! {
    async fn snapshot_and_frames_equal_a_fresh_snapshot_after_every_step(app: &TestApp) {
        for seed in [1, 2_026] {
            play(app, seed, 40).await;
        }
    }
}
