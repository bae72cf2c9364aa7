//! A workspace with one of everything, and everybody who could ask for it.

use crate::support::*;
use model::{ChannelSettings, Role, WorkspaceId};
use service::agents::Addition;

/// What stands in everything that belongs to the other workspace.
pub const CANARY: &str = "BCANARYB";

/// Somebody who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Anonymous,
    /// Whose conversation it is.
    Visitor,
    OtherVisitor,
    /// Has the conversation.
    Agent,
    /// Of another team.
    OtherAgent,
    Supervisor,
    Admin,
    Owner,
    /// Owner of another workspace.
    Foreigner,
}

impl Who {
    pub const ALL: [Self; 9] = [
        Self::Anonymous,
        Self::Visitor,
        Self::OtherVisitor,
        Self::Agent,
        Self::OtherAgent,
        Self::Supervisor,
        Self::Admin,
        Self::Owner,
        Self::Foreigner,
    ];

    /// None is no member of staff.
    pub const fn role(self) -> Option<Role> {
        match self {
            Self::Anonymous | Self::Visitor | Self::OtherVisitor => None,
            Self::Agent | Self::OtherAgent => Some(Role::Agent),
            Self::Supervisor => Some(Role::Supervisor),
            Self::Admin => Some(Role::Admin),
            Self::Owner | Self::Foreigner => Some(Role::Owner),
        }
    }
}

/// One workspace, and the owner of another.
pub struct World {
    /// Key of the channel of the agent's team.
    pub channel: String,
    pub agent: Agent,
    pub other_agent: Agent,
    pub supervisor: Agent,
    pub admin: Agent,
    pub owner: Agent,
    pub other_visitor: Visitor,
    pub foreigner: Agent,
}

/// One conversation with all that belongs to it.
#[derive(Clone)]
pub struct Objects {
    pub visitor: Visitor,
    pub conversation: String,
    pub file: String,
    /// Uploaded by the visitor, not sent yet.
    pub unsent: String,
    pub team: String,
    pub channel: String,
    pub secret: String,
    /// An agent to be changed.
    pub colleague: String,
    /// Another session of the agent.
    pub session: String,
    /// A knowledge entry, in its first version.
    pub entry: String,
    /// A published article.
    pub article: String,
    pub other_entry: String,
    /// Questions that were not answered.
    pub group: String,
    /// A question of the regression set.
    pub regression: String,
    /// A server with language models, which nobody can reach.
    pub llm_endpoint: String,
    /// To a business system that nobody can reach.
    pub connector: String,
    pub benefit: String,
    /// Waits for approval.
    pub grant: String,
    /// Web pages that knowledge comes from.
    pub source: String,
}

impl World {
    pub async fn new(app: &TestApp) -> Self {
        let owner = app.owner().await.clone();
        let (team, elsewhere) = (app.team("售前").await, app.team("售后").await);
        let (_, channel) = app.new_channel(json!({"team_id": team, "bot": {"enabled": true}})).await;
        let (_, foreigner, _) = second_workspace(app).await;
        Self {
            agent: app.agent_in("甲", "agent", &[&team]).await,
            other_agent: app.agent_in("乙", "agent", &[&elsewhere]).await,
            supervisor: app.agent("丙", "supervisor").await,
            admin: app.agent("丁", "admin").await,
            owner,
            other_visitor: app.visitor_of(&channel).await,
            foreigner,
            channel,
        }
    }

    /// Those that a route would change are fresh, so that no cell of a matrix disturbs another.
    pub async fn fresh(&self, app: &TestApp, path: &str, old: &Objects) -> Objects {
        let mut objects = old.clone();
        match path.trim_start_matches("/api/").split('/').next().unwrap() {
            "conversations" | "contacts" | "visitor" => {
                (objects.visitor, objects.conversation) = self.conversation(app).await;
            }
            "agents" => objects.colleague = self.colleague().await,
            "teams" => objects.team = app.team(&unique("组")).await,
            "channels" if path.contains('{') => (objects.channel, objects.secret) = self.secret(app).await,
            "entries" => objects.entry = publish(&self.owner).await,
            "learning" if path.contains('{') => {
                objects.group = group(app, self.owner_workspace(app).await, &old.conversation).await;
                if path.ends_with("/reopen") {
                    self.owner
                        .post(&format!("/api/learning/groups/{}/ignore", objects.group), &json!({}))
                        .await
                        .expect(204);
                }
            }
            "knowledge" if path.contains("regression/") => objects.regression = regression(&self.owner).await,
            "knowledge" if path.contains("sources/") => {
                objects.source = source(app, self.owner_workspace(app).await, &self.owner).await;
            }
            "knowledge" if path.ends_with("/related") => objects.entry = publish(&self.owner).await,
            "knowledge" if path.contains('{') => objects.entry = write(&self.owner, "怎么退货").await,
            "llm" if path.contains('{') => objects.llm_endpoint = llm_endpoint(&self.owner).await,
            "connectors" if path.contains('{') => {
                objects.connector = connector(&self.owner, &unique("订单")).await;
            }
            "grants" if path.contains('{') => {
                (objects.visitor, objects.conversation) = self.conversation(app).await;
                objects.grant = self.grant(&objects.conversation, &objects.benefit).await;
            }
            "me" if path.contains('{') => objects.session = self.session(app).await,
            _ => {}
        }
        objects
    }

    /// A conversation that the agent has; the bot greeted the visitor before.
    async fn conversation(&self, app: &TestApp) -> (Visitor, String) {
        let visitor = app.visitor_of(&self.channel).await;
        let conversation = visitor.opens("你好").await;
        app.settle().await;
        self.agent.act(&conversation, "accept").await;
        (visitor, conversation)
    }

    async fn owner_workspace(&self, app: &TestApp) -> WorkspaceId {
        app.state.services.store.first_workspace().await.unwrap().unwrap().id
    }

    /// Another session of the agent.
    async fn session(&self, app: &TestApp) -> String {
        let second = Agent::login(app.address, &self.agent.email).await;
        second.get("/api/me").await.json()["session_id"].as_str().unwrap().to_owned()
    }

    async fn secret(&self, app: &TestApp) -> (String, String) {
        let (channel, _) = app.new_channel(json!({})).await;
        let path = format!("/api/channels/{channel}/secrets");
        let created = self.owner.post(&path, &json!({})).await.expect(201).json();
        (channel, created["secret"]["id"].as_str().unwrap().to_owned())
    }

    async fn colleague(&self) -> String {
        let email = format!("{}@shop.example", unique("colleague"));
        let new = json!({"email": email, "name": "新人", "role": "agent", "password": PASSWORD});
        let created = self.owner.post("/api/agents", &new).await.expect(201).json();
        created["id"].as_str().unwrap().to_owned()
    }

    /// A benefit so dear that it needs approval.
    async fn benefit(&self) -> String {
        let new =
            json!({"name": "满减券", "kind": "coupon", "worth": 60, "source": "codes", "enabled": true});
        let created = self.owner.post("/api/benefits", &new).await.expect(201).json();
        let id = created["id"].as_str().unwrap().to_owned();
        let codes: Vec<_> = (0..20).map(|_| unique("code")).collect();
        self.owner.post(&format!("/api/benefits/{id}/codes"), &json!({"codes": codes})).await.expect(200);
        id
    }

    async fn grant(&self, conversation: &str, benefit: &str) -> String {
        let path = format!("/api/conversations/{conversation}/grants");
        let asked = self.agent.post(&path, &json!({"benefit_id": benefit})).await.expect(201).json();
        asked["id"].as_str().unwrap().to_owned()
    }

    /// One of everything.
    pub async fn objects(&self, app: &TestApp) -> Objects {
        let (visitor, conversation) = self.conversation(app).await;
        let picture = super::samples::picture();
        let upload = async || {
            let file = visitor.upload("a.png", "image/png", picture.clone()).await.expect(201).json();
            file["id"].as_str().unwrap().to_owned()
        };
        let (file, unsent) = (upload().await, upload().await);
        let send = json!({
            "client_id": unique("f"), "conversation_id": conversation,
            "content": {"type": "file", "attachment_id": file},
        });
        visitor.post("/api/visitor/messages", &send).await.expect(201);
        let (channel, secret) = self.secret(app).await;
        let benefit = self.benefit().await;
        let grant = self.grant(&conversation, &benefit).await;
        Objects {
            benefit,
            grant,
            file,
            unsent,
            team: app.team(&unique("组")).await,
            channel,
            secret,
            colleague: self.colleague().await,
            session: self.session(app).await,
            entry: publish(&self.owner).await,
            article: article(&self.owner, "配送说明").await,
            other_entry: publish(&self.owner).await,
            group: group(app, self.owner_workspace(app).await, &conversation).await,
            regression: regression(&self.owner).await,
            llm_endpoint: llm_endpoint(&self.owner).await,
            connector: connector(&self.owner, &unique("订单")).await,
            source: source(app, self.owner_workspace(app).await, &self.owner).await,
            visitor,
            conversation,
        }
    }

    pub fn staff(&self, who: Who) -> Option<&Agent> {
        Some(match who {
            Who::Anonymous | Who::Visitor | Who::OtherVisitor => return None,
            Who::Agent => &self.agent,
            Who::OtherAgent => &self.other_agent,
            Who::Supervisor => &self.supervisor,
            Who::Admin => &self.admin,
            Who::Owner => &self.owner,
            Who::Foreigner => &self.foreigner,
        })
    }

    /// A request of this principal.
    pub fn request(&self, app: &TestApp, who: Who, objects: &Objects, method: &str, path: &str) -> Request {
        match who {
            Who::Visitor => objects.visitor.request(method, path),
            Who::OtherVisitor => self.other_visitor.request(method, path),
            _ => match self.staff(who) {
                Some(agent) => agent.request(method, path),
                None => from_own_page(app.address, method, path),
            },
        }
    }
}

/// Another tenant with mirrored data, which the API cannot make: only the store can.
pub async fn second_workspace(app: &TestApp) -> (WorkspaceId, Agent, String) {
    let services = &app.state.services;
    let workspace = services.store.insert_workspace(CANARY, app.clock.now()).await.unwrap().id;
    let email = format!("{}@bcanaryb.example", unique("owner"));
    let owner = Addition {
        email: email.clone(),
        name: CANARY.to_owned(),
        role: Role::Owner,
        password: PASSWORD.to_owned(),
        teams: Vec::new(),
        is_senior: false,
    };
    services.agents.add_to(workspace, owner).await.unwrap();
    let key = model::ChannelKey(format!("bcanaryb{}", unique("")));
    let settings = ChannelSettings { title: CANARY.to_owned(), ..ChannelSettings::default() };
    let now = app.clock.now();
    services.store.insert_channel(workspace, CANARY, &key, &settings, None, now).await.unwrap();
    (workspace, Agent::login(app.address, &email).await, key.0)
}

/// A draft.
pub async fn write(editor: &Agent, question: &str) -> String {
    let new = json!({"content": {"question": question, "answer": "七天内"}});
    let written = editor.post("/api/knowledge/entries", &new).await.expect(201).json();
    written["id"].as_str().unwrap().to_owned()
}

/// A published entry.
async fn publish(editor: &Agent) -> String {
    let id = write(editor, "怎么退货").await;
    editor.post(&format!("/api/knowledge/entries/{id}/publish"), &json!({"version": 1})).await.expect(200);
    id
}

/// A published article.
pub async fn article(editor: &Agent, title: &str) -> String {
    let content = json!({"question": title, "sections": [{"heading": "运费", "text": "满 99 元包邮"}]});
    let written =
        editor.post("/api/knowledge/entries", &json!({"content": content})).await.expect(201).json();
    let id = written["id"].as_str().unwrap().to_owned();
    editor.post(&format!("/api/knowledge/entries/{id}/publish"), &json!({"version": 1})).await.expect(200);
    id
}

/// A question that was not answered, in a group of its own.
pub async fn group(app: &TestApp, workspace: WorkspaceId, conversation: &str) -> String {
    let store = &app.state.services.store;
    let now = app.clock.now();
    let text = unique("能开发票吗");
    let finding = store::learning::Finding {
        conversation: conversation.parse().unwrap(),
        seq: 1,
        text: text.clone(),
        reason: Some(model::MissReason::Missed),
        asked_at: now,
    };
    store.learn_from_turns(workspace, &[], &[finding]).await.unwrap();
    let rows = store.ungrouped_questions(workspace, 100).await.unwrap();
    let (row, _) = rows.into_iter().find(|(_, known)| *known == text).unwrap();
    let placement = store::learning::Placement {
        group: None,
        name: text.clone(),
        centre: vec![9],
        questions: vec![(row, vec![9])],
        merged: Vec::new(),
    };
    store.place_questions(workspace, &[placement], now).await.unwrap();
    let groups = store.list_groups(workspace, model::GroupState::Open, None, 100_000).await.unwrap();
    groups.into_iter().find(|one| one.name == text).unwrap().id.to_string()
}

/// The key of a language model.
pub const LLM_KEY: &str = "sk-test-7d1f3b5a9c";

async fn llm_endpoint(owner: &Agent) -> String {
    let new = json!({"name": unique("模型"), "base_url": "http://127.0.0.2:9/v1", "key": LLM_KEY});
    let created = owner.post("/api/llm/endpoints", &new).await.expect(201).json();
    created["id"].as_str().unwrap().to_owned()
}

/// The secret of a connector.
pub const CONNECTOR_SECRET: &str = "cs-test-4e8a2c6f0b";

/// What is sent to save one.
pub fn connector_input(name: &str) -> Value {
    json!({
        "name": name, "about": name, "method": "get", "url": "http://127.0.0.2:9/orders/{order}",
        "auth": {"kind": "bearer"}, "secret": CONNECTOR_SECRET, "rows": "",
        "parameters": [{"name": "order", "label": "订单号", "kind": "text", "required": false, "example": "A1"}],
        "fields": [{"label": "状态", "path": "/status", "kind": "text"}],
        "timeout_ms": 2_000, "cache_s": 0, "for_agents": true, "for_bot": true, "enabled": true,
    })
}

pub async fn connector(owner: &Agent, name: &str) -> String {
    let created = owner.post("/api/connectors", &connector_input(name)).await.expect(201).json();
    created["id"].as_str().unwrap().to_owned()
}

/// A page that was read, and that nobody reads again by itself.
pub async fn source(app: &TestApp, workspace: WorkspaceId, by: &Agent) -> String {
    let store = &app.state.services.store;
    let new = store::sources::NewSource {
        url: "http://127.0.0.2:9/help".into(),
        scope: model::SourceScope::Page,
        category: String::new(),
        articles: false,
        every_days: None,
    };
    let now = app.clock.now();
    let id = store.insert_source(workspace, &new, by.id.parse().unwrap(), now).await.unwrap();
    let source = store.find_source(workspace, id).await.unwrap().unwrap();
    store.finish_source(&source, None, None, now).await.unwrap();
    id.to_string()
}

/// A question that nothing may answer.
pub async fn regression(editor: &Agent) -> String {
    let kept = editor.post("/api/knowledge/regression", &json!({"text": unique("你是谁")})).await;
    kept.expect(201).json()["id"].as_str().unwrap().to_owned()
}
