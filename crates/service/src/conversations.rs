//! Conversations: the gatekeeper in front of them, and all that people do with them.

mod helping;
mod reading;

use crate::{Clock, Error, Result, Staff, Visitor, knowledge::images, moods::Heard, text};
use bus::Bus;
use model::{
    Action, AgentId, Answer, AttachmentId, BotTurn, ChannelId, Contact, ContactId, Content, Conversation,
    ConversationId, Envelope, Event, FileRef, HelpRule, Mood, NewConversation, Permission, Rating, Reasons,
    Sender, Seq, Shown, Side, TeamId, Topic, Viewer, WorkspaceId,
};
use std::sync::Arc;
use store::{Change, Health, Pending, Publication, Store, Target, Writer};
use tokio::{
    sync::{Notify, watch},
    task::JoinHandle,
};

pub use reading::{Detail, Page, Snapshot};
pub use store::conversations::{Counts, Listing, Order, Position};

/// The newest of a contact's conversations that a change of the contact is told about.
const ANNOUNCED: i64 = 50;

/// What a sender wants to say.
#[derive(Clone, Debug)]
pub enum Posted {
    Text(Arc<str>),
    File(AttachmentId),
    /// An answer with images and cards of the knowledge base.
    Answer(String, Shown),
}

/// Where somebody types: a conversation, and whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub conversation: ConversationId,
    pub channel: ChannelId,
    pub contact: ContactId,
}

impl From<&Conversation> for Place {
    fn from(conversation: &Conversation) -> Self {
        Self {
            conversation: conversation.id,
            channel: conversation.channel_id,
            contact: conversation.contact_id,
        }
    }
}

#[derive(Clone)]
pub struct Conversations {
    store: Store,
    writer: Writer,
    bus: Bus,
    clock: Clock,
    /// Rung when job rows were written.
    jobs: Arc<Notify>,
    /// Told what was stored, to see how visitors feel.
    heard: Arc<Heard>,
}

impl Conversations {
    /// Starts the writer. What it stores is published in the order of the log.
    pub fn start(store: Store, bus: Bus, clock: Clock) -> (Self, JoinHandle<()>) {
        let jobs = Arc::<Notify>::default();
        let heard = Arc::<Heard>::default();
        let (publisher, bell, listener) = (bus.clone(), Arc::clone(&jobs), Arc::clone(&heard));
        let (writer, task) = Writer::start(&store, move |publication| {
            listener.note(&publication.conversation, &publication.messages);
            publish(&publisher, &bell, publication);
        });
        (Self { store, writer, bus, clock, jobs, heard }, task)
    }

    /// Whether messages can be stored at the moment.
    pub fn health(&self) -> watch::Receiver<Health> {
        self.writer.health()
    }

    /// Changes that wait to be written.
    pub fn depth(&self) -> usize {
        self.writer.depth()
    }

    /// Woken when there is work for the job runner.
    pub fn jobs(&self) -> Arc<Notify> {
        Arc::clone(&self.jobs)
    }

    pub(crate) fn heard(&self) -> Arc<Heard> {
        Arc::clone(&self.heard)
    }

    /// The gatekeeper for staff: what one may not see does not exist.
    pub async fn access(&self, staff: &Staff, id: ConversationId) -> Result<Conversation> {
        staff.require(Permission::ViewConversations)?;
        self.store
            .find_conversation(staff.workspace(), id)
            .await?
            .filter(|conversation| staff.scope.sees(conversation))
            .ok_or(Error::NotFound)
    }

    /// The gatekeeper for visitors: one's own, on one's own channel.
    pub async fn access_own(&self, visitor: &Visitor, id: ConversationId) -> Result<Conversation> {
        self.store
            .find_conversation(visitor.workspace, id)
            .await?
            .filter(|found| found.contact_id == visitor.contact && found.channel_id == visitor.channel)
            .ok_or(Error::NotFound)
    }

    /// Puts an agent's message into the writer's queue, behind what was put there before.
    pub async fn post(
        &self,
        staff: &Staff,
        id: ConversationId,
        client_id: Arc<str>,
        posted: Posted,
    ) -> Result<Pending> {
        staff.require(Permission::Reply)?;
        let sender = Sender::Agent(staff.id());
        let posted = match posted {
            Posted::Answer(text, shown) => {
                Posted::Answer(text, Box::pin(images::to_say(&self.store, staff, shown)).await?)
            }
            other => other,
        };
        let content = self.content(staff.workspace(), sender, posted).await?;
        self.submit(staff.workspace(), seen_by(staff, id), Some(client_id), Action::Post { sender, content })
            .await
    }

    /// A visitor's message: to the conversation named, or to the active one, or to a new one.
    pub async fn post_as_visitor(
        &self,
        visitor: &Visitor,
        id: Option<ConversationId>,
        client_id: Arc<str>,
        posted: Posted,
    ) -> Result<Pending> {
        let sender = Sender::Visitor(visitor.contact);
        let content = self.content(visitor.workspace, sender, posted).await?;
        let target = match id {
            Some(id) => own(visitor, id),
            None => Target::Active(Box::pin(self.opening(visitor)).await?),
        };
        self.submit(visitor.workspace, target, Some(client_id), Action::Post { sender, content }).await
    }

    pub async fn receipt(
        &self,
        staff: &Staff,
        id: ConversationId,
        delivered: Seq,
        read: Seq,
    ) -> Result<Pending> {
        let action = Action::Receipt { by: Sender::Agent(staff.id()), delivered, read };
        self.submit(staff.workspace(), seen_by(staff, id), None, action).await
    }

    pub async fn receipt_as_visitor(
        &self,
        visitor: &Visitor,
        id: ConversationId,
        delivered: Seq,
        read: Seq,
    ) -> Result<Pending> {
        let action = Action::Receipt { by: Sender::Visitor(visitor.contact), delivered, read };
        self.submit(visitor.workspace, own(visitor, id), None, action).await
    }

    /// Takes a conversation from the queue or from the bot; of several who try, one gets it.
    pub async fn accept(&self, staff: &Staff, id: ConversationId) -> Result<Arc<Conversation>> {
        staff.require(Permission::Accept)?;
        self.act(staff, id, Action::Accept { agent: staff.id() }).await
    }

    pub async fn assign(
        &self,
        staff: &Staff,
        id: ConversationId,
        agent: AgentId,
    ) -> Result<Arc<Conversation>> {
        staff.require(Permission::Assign)?;
        self.access(staff, id).await?;
        let found = self.store.find_agent(staff.workspace(), agent).await?;
        if found.is_none_or(|agent| agent.state != model::AgentState::Active) {
            return Err(Error::Field("agent_id"));
        }
        self.act(staff, id, Action::Assign { agent, by: Some(staff.id()), reasons: None }).await
    }

    /// Back to a team's queue, or to everybody's.
    pub async fn queue(
        &self,
        staff: &Staff,
        id: ConversationId,
        team: Option<TeamId>,
    ) -> Result<Arc<Conversation>> {
        staff.require(Permission::Assign)?;
        self.access(staff, id).await?;
        if let Some(team) = team
            && !self.store.list_teams(staff.workspace()).await?.iter().any(|found| found.id == team)
        {
            return Err(Error::Field("team_id"));
        }
        self.act(staff, id, Action::Queue { team, by: staff.id() }).await
    }

    /// Automatic assignment; refused unless the conversation is still queued.
    pub async fn assign_automatically(
        &self,
        conversation: &Conversation,
        agent: AgentId,
        reasons: Reasons,
    ) -> Result<()> {
        let action = Action::Assign { agent, by: None, reasons: Some(Box::new(reasons)) };
        let target = Target::Existing { id: conversation.id, viewer: Viewer::System };
        self.commit(conversation.workspace_id, target, action).await.map(|_| ())
    }

    /// What the bot does about the newest message, all or nothing; refused when it was
    /// overtaken or has the conversation no more.
    pub(crate) async fn bot_turn(&self, conversation: &Conversation, turn: BotTurn) -> Result<()> {
        let target = Target::Existing { id: conversation.id, viewer: Viewer::System };
        self.commit(conversation.workspace_id, target, Action::BotTurn(turn)).await.map(|_| ())
    }

    /// A message in an agent's name that a job sends; once, however often the job runs.
    pub(crate) async fn say_for(
        &self,
        conversation: &Conversation,
        agent: AgentId,
        client_id: &str,
        content: Content,
    ) -> Result<()> {
        let target = Target::Existing { id: conversation.id, viewer: Viewer::System };
        let action = Action::Post { sender: Sender::Agent(agent), content };
        self.submit(conversation.workspace_id, target, Some(client_id.into()), action).await?.await?;
        Ok(())
    }

    /// How the visitor feels; known already, or of an older message, it changes nothing.
    pub(crate) async fn feel(
        &self,
        conversation: &Conversation,
        mood: Mood,
        words: Vec<String>,
        rule: HelpRule,
    ) -> Result<()> {
        let target = Target::Existing { id: conversation.id, viewer: Viewer::System };
        let action = Action::Feel { mood, words, rule };
        self.commit(conversation.workspace_id, target, action).await.map(|_| ())
    }

    pub async fn resolve(&self, staff: &Staff, id: ConversationId) -> Result<Arc<Conversation>> {
        staff.require(Permission::Resolve)?;
        self.act(staff, id, Action::Resolve { by: Some(staff.id()) }).await
    }

    pub async fn reopen(&self, staff: &Staff, id: ConversationId) -> Result<Arc<Conversation>> {
        staff.require(Permission::Resolve)?;
        self.act(staff, id, Action::Reopen { by: staff.id() }).await
    }

    /// The visitor ends the conversation.
    pub async fn end(&self, visitor: &Visitor, id: ConversationId) -> Result<Arc<Conversation>> {
        self.commit(visitor.workspace, own(visitor, id), Action::Resolve { by: None }).await
    }

    /// Rates one's own conversation; the rating can be changed once.
    pub async fn rate(&self, visitor: &Visitor, mut rating: Rating) -> Result<Rating> {
        let id = self.access_own(visitor, rating.conversation_id).await?.id;
        if !(1..=5).contains(&rating.stars) {
            return Err(Error::Field("stars"));
        }
        if rating.tags.len() > 10 {
            return Err(Error::Field("tags"));
        }
        rating.tags = rating.tags.iter().map(|tag| text::line("tags", tag, 30)).collect::<Result<_>>()?;
        rating.text = text::paragraph("text", &rating.text, 1_000)?;
        let change = Change {
            workspace_id: visitor.workspace,
            target: own(visitor, id),
            client_id: None,
            action: Action::Rate { stars: rating.stars },
            rating: Some(Arc::new(rating)),
            at: self.clock.now(),
        };
        self.writer.commit(change).await?;
        self.store.find_rating(visitor.workspace, id).await?.ok_or(Error::NotFound)
    }

    pub async fn rating(&self, workspace: WorkspaceId, id: ConversationId) -> Result<Option<Rating>> {
        Ok(self.store.find_rating(workspace, id).await?)
    }

    /// Tells the others that somebody is typing; never stored. The caller has checked access.
    pub fn typing(&self, place: Place, by: Option<AgentId>, active: bool) {
        let Place { conversation: conversation_id, channel: channel_id, contact: contact_id } = place;
        let side = if by.is_some() { Side::Staff } else { Side::Visitor };
        let event = Event::Typing { conversation_id, channel_id, contact_id, side, agent_id: by, active };
        self.bus.publish(Envelope { topic: Topic::Conversation(conversation_id), event });
    }

    async fn act(&self, staff: &Staff, id: ConversationId, action: Action) -> Result<Arc<Conversation>> {
        self.commit(staff.workspace(), seen_by(staff, id), action).await
    }

    async fn commit(
        &self,
        workspace: WorkspaceId,
        target: Target,
        action: Action,
    ) -> Result<Arc<Conversation>> {
        Ok(self.submit(workspace, target, None, action).await?.await?.conversation)
    }

    /// The way of every change: through the writer, which checks the viewer again on the
    /// locked row.
    async fn submit(
        &self,
        workspace_id: WorkspaceId,
        target: Target,
        client_id: Option<Arc<str>>,
        action: Action,
    ) -> Result<Pending> {
        if let Some(id) = &client_id {
            check_client_id(id)?;
        }
        let change = Change { workspace_id, target, client_id, action, rating: None, at: self.clock.now() };
        Ok(self.writer.submit(change).await?)
    }

    async fn content(&self, workspace: WorkspaceId, sender: Sender, posted: Posted) -> Result<Content> {
        match posted {
            Posted::Text(text) => {
                check_text(&text)?;
                Ok(Content::Text { text })
            }
            Posted::Answer(text, shown) if shown.is_empty() => {
                check_text(&text)?;
                Ok(Content::Text { text: text.into() })
            }
            Posted::Answer(text, Shown { images, cards }) if matches!(sender, Sender::Agent(_)) => {
                check_text(&text)?;
                Ok(Content::Answer(Answer { text, images, cards, article: None, follow_ups: Vec::new() }))
            }
            Posted::Answer(..) => Err(Error::Field("content.images")),
            // (What is rare is on the heap, so that the commonest message needs little room.)
            Posted::File(id) => Box::pin(self.file(workspace, sender, id)).await,
        }
    }

    async fn file(&self, workspace: WorkspaceId, sender: Sender, id: AttachmentId) -> Result<Content> {
        let found = self.store.find_attachment(workspace, id).await?;
        let attachment = found.filter(|found| found.sender == sender).ok_or(Error::FileUsed)?;
        // What an entry shows is read by many, and not bound to one conversation.
        if self.store.is_entry_image(workspace, id, false).await? {
            return Err(Error::FileUsed);
        }
        Ok(Content::File(FileRef::from(attachment)))
    }

    async fn opening(&self, visitor: &Visitor) -> Result<NewConversation> {
        let channel =
            self.store.find_channel(visitor.workspace, visitor.channel).await?.ok_or(Error::NotFound)?;
        let contact: Contact =
            self.store.find_contact(visitor.workspace, visitor.contact).await?.ok_or(Error::NotFound)?;
        Ok(NewConversation {
            id: ConversationId(self.store.next_id(self.clock.now())),
            workspace_id: visitor.workspace,
            channel_id: visitor.channel,
            contact_id: visitor.contact,
            contact_name: contact.name,
            team_id: channel.team_id,
            bot: channel.settings.bot.enabled,
        })
    }
}

/// Out to everybody, once it is on disk.
fn publish(bus: &Bus, jobs: &Notify, publication: Publication) {
    let Publication { conversation, before, mut messages, has_jobs } = publication;
    if store::sabotage::is("reorder") {
        messages.reverse();
    }
    let topic = Topic::Conversation(conversation.id);
    bus.publish(Envelope { topic, event: Event::ConversationChanged { conversation, before, messages } });
    if has_jobs {
        jobs.notify_one();
    }
}

/// Tells everybody the state of a contact's conversations, after a change that did not come
/// through the writer: they carry the contact's name.
pub(crate) async fn announce(
    store: &Store,
    bus: &Bus,
    workspace: WorkspaceId,
    contact: ContactId,
) -> Result<()> {
    for conversation in store.list_conversations_of(workspace, contact, ANNOUNCED).await? {
        announce_one(bus, conversation, None);
    }
    Ok(())
}

pub(crate) fn announce_one(bus: &Bus, conversation: Conversation, before: Option<Conversation>) {
    let topic = Topic::Conversation(conversation.id);
    let (conversation, before) = (Arc::new(conversation), before.map(Arc::new));
    let event = Event::ConversationChanged { conversation, before, messages: Vec::new() };
    bus.publish(Envelope { topic, event });
}

fn seen_by(staff: &Staff, id: ConversationId) -> Target {
    Target::Existing { id, viewer: Viewer::Staff(Arc::clone(&staff.scope)) }
}

const fn own(visitor: &Visitor, id: ConversationId) -> Target {
    Target::Existing { id, viewer: Viewer::Contact { channel: visitor.channel, contact: visitor.contact } }
}

/// Whether it may be sent.
fn check_text(text: &str) -> Result<()> {
    if text::is_blank(text) {
        return Err(Error::EmptyMessage);
    }
    if text.chars().count() > Content::MAX_TEXT {
        return Err(Error::MessageTooLong);
    }
    Ok(())
}

/// At most 64 letters, digits, `-` and `_`.
fn check_client_id(id: &str) -> Result<()> {
    let valid = (1..=64).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if valid { Ok(()) } else { Err(Error::Field("client_id")) }
}
