//! What most tests begin with: a workspace, its people, a channel and a visitor who writes.

use model::{
    Action, Agent, Channel, ChannelKey, ChannelSettings, Contact, ContactId, Content, Conversation,
    ConversationId, HelpRule, Locale, Millis, Mood, NewConversation, Role, Sender, TeamId, Viewer,
    WorkspaceId,
};
use std::sync::atomic::{AtomicU64, Ordering};
pub use store::Error;
use store::{Change, Committed, Store, Target, Writer, accounts::NewAgent, contacts::NewContact};
pub use testkit::{both, database::TestStore};

pub const NOW: Millis = 1_790_000_000_000;
pub const DAY: Millis = 24 * 60 * 60 * 1_000;

/// A name that no other call gives.
pub fn unique(prefix: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{prefix}{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

pub async fn workspace(store: &Store) -> WorkspaceId {
    store.insert_workspace("青瓷商店", NOW).await.unwrap().id
}

pub async fn agent(store: &Store, workspace: WorkspaceId, role: Role) -> Agent {
    let new = NewAgent {
        workspace_id: workspace,
        email: unique("agent") + "@shop.example",
        name: "李雷".into(),
        password_hash: "hash".into(),
        role,
        locale: Locale::ZhCn,
    };
    store.insert_agent(new, NOW).await.unwrap()
}

pub async fn channel(store: &Store, workspace: WorkspaceId, team: Option<TeamId>) -> Channel {
    let key = ChannelKey(unique("key"));
    let settings = ChannelSettings { title: "在线客服".into(), ..ChannelSettings::default() };
    store.insert_channel(workspace, "官网", &key, &settings, team, NOW).await.unwrap()
}

pub async fn contact(store: &Store, workspace: WorkspaceId) -> Contact {
    let new = NewContact {
        id: ContactId(store.next_id(NOW)),
        workspace_id: workspace,
        name: unique("访客"),
        locale: Locale::ZhCn,
    };
    store.insert_contact(new, NOW).await.unwrap()
}

/// A mood was noticed, and nobody is told.
pub fn feels(mood: Mood) -> Action {
    Action::Feel { mood, words: Vec::new(), rule: HelpRule::Off }
}

/// A visitor of one channel who writes, and staff who acts on it.
pub struct Talk {
    pub store: Store,
    pub writer: Writer,
    pub channel: Channel,
    pub workspace: WorkspaceId,
    /// When whatever follows happens.
    pub now: Millis,
}

impl Talk {
    pub async fn new(store: &Store) -> Self {
        let workspace = workspace(store).await;
        Self::within(store, workspace).await
    }

    pub async fn within(store: &Store, workspace: WorkspaceId) -> Self {
        let channel = channel(store, workspace, None).await;
        let (writer, _) = Writer::start(store, |_| {});
        Self { store: store.clone(), writer, channel, workspace, now: NOW }
    }

    /// The same at another time.
    pub fn at(&self, now: Millis) -> Self {
        Self {
            store: self.store.clone(),
            writer: self.writer.clone(),
            channel: self.channel.clone(),
            workspace: self.workspace,
            now,
        }
    }

    /// The same on a channel whose bot is on, or off.
    pub fn with_bot(&self, enabled: bool) -> Self {
        let mut same = self.at(self.now);
        same.channel.settings.bot.enabled = enabled;
        same
    }

    pub async fn contact(&self) -> Contact {
        contact(&self.store, self.workspace).await
    }

    /// The contact's message, in their active conversation or in a new one.
    pub async fn say(&self, contact: &Contact, text: &str) -> Committed {
        let content = Content::Text { text: text.into() };
        self.send(contact, content).await.unwrap()
    }

    pub async fn send(&self, contact: &Contact, content: Content) -> Result<Committed, Error> {
        let opening = NewConversation {
            id: ConversationId(self.store.next_id(self.now)),
            workspace_id: self.workspace,
            channel_id: self.channel.id,
            contact_id: contact.id,
            contact_name: contact.name.clone(),
            team_id: self.channel.team_id,
            bot: self.channel.settings.bot.enabled,
        };
        let sender = Sender::Visitor(contact.id);
        self.change(Target::Active(opening), Action::Post { sender, content }).await
    }

    pub async fn act(&self, conversation: &Conversation, action: Action) -> Committed {
        self.try_act(conversation, action).await.unwrap()
    }

    pub async fn try_act(&self, conversation: &Conversation, action: Action) -> Result<Committed, Error> {
        let target = Target::Existing { id: conversation.id, viewer: Viewer::System };
        self.change(target, action).await
    }

    async fn change(&self, target: Target, action: Action) -> Result<Committed, Error> {
        let change = Change {
            workspace_id: self.workspace,
            target,
            client_id: None,
            action,
            rating: None,
            at: self.now,
        };
        self.writer.commit(change).await
    }
}
