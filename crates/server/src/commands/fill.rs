//! `octim fill` (hidden): lays down what `octim bench history`, `inbox` and `search` measure on.
//! Conversations of the past ten months, most of them resolved, in two teams and with three
//! people, so that there are wide and narrow scopes.

use super::{folder, say};
use crate::{app, cli, config::Config};
use anyhow::{Context as _, ensure};
use bench::{laid::Laid, sentences::sentence};
use model::{
    AgentId, ContactId, Content, Conversation, ConversationId, Locale, Message, MessageId, Millis,
    NewConversation, Role, Sender, Side, Status, TeamId,
};
use service::Clock;
use store::{Ids, Store, accounts::NewAgent};

/// Where the summary of an earlier run is kept, so that a second one does nothing.
const DONE: &str = "filled";
/// The past that is filled, in milliseconds.
const PAST: Millis = 300 * 86_400_000;
/// Other agents.
const CROWD: usize = 100;
/// Messages of one transaction.
const BATCH: i64 = 5_000;

pub async fn run(config: &Config, fill: cli::Fill) -> anyhow::Result<()> {
    folder::prepare(config)?;
    let store = app::open_store(config).await?;
    let filled = lay(&store, &fill).await;
    store.close().await;
    say(serde_json::to_string(&filled?)?);
    Ok(())
}

/// Whose the conversations are.
struct People {
    conversation: Conversation,
    /// The owner and an agent with one in a hundred each, an agent with one in five thousand.
    agents: Vec<AgentId>,
    /// Who share what is left.
    crowd: Vec<AgentId>,
    /// With one in five, and with one in a thousand.
    teams: Vec<TeamId>,
}

async fn lay(store: &Store, fill: &cli::Fill) -> anyhow::Result<Laid> {
    if let Some(done) = store.find_meta(DONE).await? {
        return Ok(serde_json::from_str(&done)?);
    }
    let workspace = store.first_workspace().await?.context("set up OctIM first")?.id;
    let channel = store.list_channels(workspace).await?.into_iter().next().context("there is no channel")?.id;
    let agents = store.list_agents(workspace).await?.iter().map(|agent| agent.id).collect();
    let mut crowd = Vec::new();
    for number in 0..CROWD {
        let agent = NewAgent {
            workspace_id: workspace,
            email: format!("{number}@crowd.octim.test"),
            name: format!("Agent {number}"),
            password_hash: String::new(),
            role: Role::Agent,
            locale: Locale::En,
        };
        crowd.push(store.insert_agent(agent, Clock::System.now()).await?.id);
    }
    let teams = store.list_teams(workspace).await?.iter().map(|team| team.id).collect();
    ensure!(fill.messages >= fill.conversations, "each conversation has a message");
    let now = Clock::System.now();
    let nobody = NewConversation {
        id: ConversationId(0),
        workspace_id: workspace,
        channel_id: channel,
        contact_id: ContactId(0),
        contact_name: String::new(),
        team_id: None,
        bot: false,
    };
    let people = People { conversation: nobody.open(0), agents, crowd, teams };

    let ids = store.past_ids();
    let length = fill.messages / fill.conversations;
    let together = (BATCH / length).max(1);
    let (mut said, mut first) = (0, 0);
    let mut long = None;
    while first < fill.conversations {
        let until = (first + together).min(fill.conversations);
        let at = |message: i64| now - PAST + PAST / fill.messages.max(1) * message;
        let mut batch = Batch::default();
        for number in first..until {
            batch.open(&ids, &people, number, fill.conversations, at(said));
        }
        for seq in 1..=length {
            for place in 0..batch.conversations.len() {
                said += 1;
                batch.say(&ids, place, seq, said, at(said));
            }
        }
        store.fill(batch.conversations, batch.messages).await?;
        first = until;
    }
    let at = now - 60_000;
    let mut batch = Batch::default();
    if fill.long > 0 {
        batch.open(&ids, &people, fill.conversations, fill.conversations, at);
        long = batch.conversations.first().map(|conversation| conversation.id.to_string());
    }
    for seq in 1..=fill.long {
        said += 1;
        batch.say(&ids, 0, seq, said, at + seq / 10_000);
    }
    store.fill(batch.conversations, batch.messages).await?;
    store.settle().await?;
    let laid = Laid { conversations: fill.conversations, messages: said, long };
    store.update_meta(DONE, &serde_json::to_string(&laid)?).await?;
    Ok(laid)
}

#[derive(Default)]
struct Batch {
    conversations: Vec<Conversation>,
    messages: Vec<Message>,
}

impl Batch {
    /// The newest two in a hundred are not resolved yet.
    fn open(&mut self, ids: &Ids, people: &People, number: i64, all: i64, at: Millis) {
        let mut conversation = people.conversation.clone();
        conversation.id = ConversationId(ids.next(at));
        conversation.contact_id = ContactId(ids.next(at));
        conversation.contact_name = format!("访客 {number:06X}");
        (conversation.created_at, conversation.queued_at) = (at, Some(at));
        // Spread by a number that goes with nothing else.
        let spread = number.wrapping_mul(2_654_435_761) % 10_007;
        conversation.team_id = match spread {
            0..2_000 => people.teams.first(),
            2_000..2_010 => people.teams.get(1),
            _ => None,
        }
        .copied();
        let agent = match spread % 5_000 {
            0..50 => people.agents.get(1),
            50 => people.agents.get(2),
            51..101 => people.agents.first(),
            other => people.crowd.get(other as usize % people.crowd.len()),
        };
        let is_active = number * 100 >= all * 98;
        conversation.status = match number % 10 {
            _ if !is_active => Status::Resolved,
            0 => Status::Queued,
            1 => Status::Bot,
            _ => Status::Open,
        };
        if matches!(conversation.status, Status::Resolved | Status::Open) {
            conversation.assignee_id = agent.copied();
            conversation.assigned_at = Some(at);
        }
        if conversation.status == Status::Resolved {
            conversation.resolved_at = Some(at);
        }
        self.conversations.push(conversation);
    }

    fn say(&mut self, ids: &Ids, place: usize, seq: i64, number: i64, at: Millis) {
        let conversation = &mut self.conversations[place];
        let text = sentence(number.unsigned_abs());
        let sender = match conversation.assignee_id {
            Some(agent) if seq % 2 == 0 => Sender::Agent(agent),
            _ => Sender::Visitor(conversation.contact_id),
        };
        conversation.last_seq = seq;
        conversation.active_at = at;
        conversation.preview.clone_from(&text);
        conversation.preview_side = sender.side();
        conversation.visitor_delivered = seq;
        conversation.visitor_read = seq;
        conversation.staff_delivered = seq;
        // Of what is open, every second conversation has something to read.
        let unread = conversation.status == Status::Open
            && place.is_multiple_of(2)
            && sender.side() == Some(Side::Visitor);
        conversation.staff_read = seq - i64::from(unread);
        conversation.staff_unread = i64::from(unread);
        self.messages.push(Message {
            id: MessageId(ids.next(at)),
            conversation_id: conversation.id,
            seq,
            sender,
            client_id: Some(format!("{number:016x}").into()),
            content: Content::Text { text: text.into() },
            created_at: at,
        });
    }
}
