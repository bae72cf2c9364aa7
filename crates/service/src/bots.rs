//! The bot in conversations: its turn as a job, and what people may know and say about it.
//!
//! Invariants: the decision is pure ([`bot::decide`]); a turn is one transaction and harmless
//! to repeat; thinking happens beside the message path, a few turns at a time.

pub mod articles;
mod encoders;
mod index;
mod listener;
mod looking;
mod reading;
pub mod rules;
mod suggesting;
mod vectors;
mod writing;

use crate::{
    Clock, Error, Result, Staff, connectors::Connectors, conversations::Conversations, hours, llm::Llm,
    routing::Routing,
};
use bot::{BotAction, Context, Counters, LlmUse, Offered, Said, Staffing, Turn, Visitor};
use encoders::Encoders;
pub use encoders::{
    EncoderError, EncoderInUse, EncoderSource, LoadedEncoder, OwnEncoder, embedded_encoder, no_encoder,
};
use index::Indexes;
pub(crate) use index::{Known, link_of, source_of};
use listener::Facts;
pub use listener::Listener;
use model::{
    Answer, BotSettings, BotTurn, Contact, Content, Conversation, ConversationId, Evidence, FollowUp,
    HandOff, HandOffReason, LlmTask, Locale, MediaKind, Message, Millis, Mood, Outcome, Permission, Refusal,
    Reply, Sender, Seq, Shown, Status, StoredTurn, WorkspaceId,
};
use std::{collections::HashMap, sync::Arc};
use store::Store;
pub use suggesting::Suggestion;
use tokio::{sync::Semaphore, time::Instant};
pub(crate) use vectors::Remembering;

/// How much of the conversation the bot looks at.
const LOOKS_BACK: i64 = 60;
/// The stored turns from which the counters come: more than it may take.
const COUNTED: i64 = 200;
/// How many turns are thought about at once on this node.
const THINKING: usize = 2;
/// After so many failed runs a person takes over.
const TRIES: i64 = 3;
/// So soon a visitor is not soothed again.
const SOOTHES: Millis = 30 * 60 * 1_000;
/// How often a turn is thought about anew when something came between.
const RACES: usize = 3;

#[derive(Clone)]
pub struct Bots {
    store: Store,
    clock: Clock,
    conversations: Conversations,
    routing: Routing,
    llm: Llm,
    connectors: Connectors,
    encoder: EncoderSource,
    indexes: Indexes,
    thinking: Arc<Semaphore>,
}

/// What a turn begins from.
struct Scene {
    conversation: Conversation,
    settings: BotSettings,
    locale: Locale,
    staffing: Staffing,
    visitor: Visitor,
    listener: Listener,
    /// Within the hours of the channel.
    open: Option<bool>,
    moods: bool,
    soothed: bool,
    turns: Vec<Turn>,
    counters: Counters,
}

impl Bots {
    pub fn new(
        store: Store,
        clock: Clock,
        conversations: Conversations,
        routing: Routing,
        llm: Llm,
        connectors: Connectors,
        (encoder, own_encoder): (EncoderSource, Option<Arc<OwnEncoder>>),
    ) -> Self {
        let indexes = Indexes::new(store.clone(), Encoders::new(encoder, own_encoder, llm.clone()));
        let thinking = Arc::new(Semaphore::new(THINKING));
        Self { store, clock, conversations, routing, llm, connectors, encoder, indexes, thinking }
    }

    /// What is published, ready to be asked; an error while it is not ready yet.
    pub(crate) async fn known(&self, workspace: WorkspaceId, precision_percent: u8) -> Result<Arc<Known>> {
        self.indexes.of(workspace, precision_percent).await
    }

    /// The encoder of a workspace, for the texts of its entries.
    pub(crate) async fn encoder_of(&self, workspace: WorkspaceId) -> Result<Option<Arc<Remembering>>> {
        self.indexes.encoder_of(workspace).await
    }

    /// What makes the vectors of a workspace.
    pub async fn encoder_in_use(&self, staff: &Staff) -> Result<EncoderInUse> {
        staff.require(Permission::ManageWorkspace)?;
        self.indexes.encoder_in_use(staff.workspace()).await
    }

    /// Reacts to the visitor's message at `seq`, unless a newer one or a person came. Harmless
    /// to repeat.
    pub async fn turn(
        &self,
        workspace: WorkspaceId,
        id: ConversationId,
        seq: Seq,
        attempts: i64,
    ) -> Result<()> {
        let until = writing::deadline();
        for _ in 0..RACES {
            let Some(scene) = self.scene(workspace, id, seq).await? else { return Ok(()) };
            let thought = if attempts > TRIES || !scene.settings.enabled {
                Thought { actions: give_up(&scene, seq), ..Thought::default() }
            } else {
                self.think(&scene, attempts == TRIES, until).await?
            };
            let turn = turn_of(thought, &scene);
            match self.conversations.bot_turn(&scene.conversation, turn).await {
                // A person has it, or it has ended.
                Err(Error::Refused(Refusal::NotWithBot)) => return Ok(()),
                // Something was said meanwhile: look again.
                Err(Error::Refused(Refusal::Superseded)) => {}
                done => return done,
            }
        }
        Err(Error::internal("the conversation goes on faster than the bot thinks"))
    }

    /// None when there is nothing to react to.
    async fn scene(&self, workspace: WorkspaceId, id: ConversationId, seq: Seq) -> Result<Option<Scene>> {
        let Some(conversation) = self.store.find_conversation(workspace, id).await? else { return Ok(None) };
        if conversation.status != Status::Bot {
            return Ok(None);
        }
        let end = conversation.last_seq + 1;
        let messages = self.store.list_messages_before(workspace, id, end, LOOKS_BACK).await?;
        let newest = messages.iter().rev().find(|message| message.sender != Sender::System);
        if newest.is_none_or(|newest| newest.seq != seq) {
            // A later message has a job of its own, and its own answer needs none.
            return Ok(None);
        }
        let stored = self.store.list_bot_turns(workspace, id, COUNTED).await?;
        let channel = self.store.find_channel(workspace, conversation.channel_id).await?;
        let contact = self.store.find_contact(workspace, conversation.contact_id).await?;
        let settings = channel.map(|channel| channel.settings.bot).unwrap_or_default();
        let workspace_settings = self.store.workspace_settings(workspace).await?;
        let now = self.clock.now();
        let locale = contact.as_ref().map_or(Locale::ZhCn, |contact| contact.locale);
        let visitor = contact.map(visitor_of).unwrap_or_default();
        let standing = visitor.standing(&workspace_settings.vip);
        Ok(Some(Scene {
            open: settings.hours.as_ref().and_then(|hours| hours::is_open(hours, now)),
            settings,
            locale,
            visitor,
            listener: Listener { channel: conversation.channel_id, standing, now },
            staffing: self.routing.staffing(workspace, conversation.team_id).await?,
            moods: workspace_settings.moods,
            soothed: self.store.was_soothed(workspace, conversation.contact_id, now - SOOTHES).await?,
            turns: turns_of(&messages, &stored),
            counters: Counters::of(&stored),
            conversation,
        }))
    }

    /// `last_try`: without the knowledge base rather than not at all.
    async fn think(&self, scene: &Scene, last_try: bool, until: Instant) -> Result<Thought> {
        let workspace = scene.conversation.workspace_id;
        let models = self.llm.choices(workspace).await?;
        let llm = writing::use_of(&models);
        let looks_up = models.choice(LlmTask::Answer).is_some()
            && self.connectors.has_tools(&scene.conversation).await?;
        let llm = LlmUse { looks_up, ..llm };
        let known = match self.indexes.of(workspace, scene.settings.precision_percent).await {
            Ok(known) => Some(known),
            Err(_) if last_try => None,
            Err(error) => return Err(error),
        };
        let permit = self.thinking.acquire().await.map_err(Error::internal)?;
        let (turns, settings) = (scene.turns.clone(), scene.settings.clone());
        let (counters, locale, open) = (scene.counters, scene.locale, scene.open);
        let (moods, soothed) = (scene.moods, scene.soothed);
        let (staffing, visitor) = (scene.staffing.clone(), scene.visitor.clone());
        let facts = known.map(|known| Facts { known, listener: scene.listener.clone() });
        let own = facts.clone();
        let thought = tokio::task::spawn_blocking(move || {
            let facts = own;
            let knowledge = facts.as_ref().map(|facts| facts as &dyn bot::Knowledge);
            let actions = bot::decide(&Context {
                turns: &turns,
                knowledge,
                counters,
                settings: &settings,
                staffing: &staffing,
                visitor: &visitor,
                open,
                moods,
                soothed,
                locale,
                llm,
            });
            let may_hand_off = actions.iter().any(BotAction::may_hand_off);
            let mood = (moods && may_hand_off).then(|| bot::mood::of_turns(&turns)).flatten();
            (actions, mood)
        });
        let (actions, mood) = thought.await.map_err(Error::internal)?;
        // A model is slow; others may think meanwhile.
        drop(permit);
        let actions = self.write(scene, &models, actions, until).await?;
        let Some(facts) = facts else { return Ok(Thought { actions, mood, ..Thought::default() }) };
        let shown = actions.iter().map(|action| bot::shown(action, &facts)).collect();
        let follow_ups = bot::follow_ups(&actions, &facts);
        Ok(Thought { actions, shown, follow_ups, mood })
    }
}

/// What came of thinking about a turn.
#[derive(Default)]
struct Thought {
    actions: Vec<BotAction>,
    /// Below each of them.
    shown: Vec<Shown>,
    /// Offered below the last of them.
    follow_ups: Vec<FollowUp>,
    /// How the visitor feels; with a hand-off, because who gets the conversation depends on it.
    mood: Option<Mood>,
}

fn visitor_of(contact: Contact) -> Visitor {
    Visitor { name: contact.name, verified: contact.verified, attributes: contact.attributes }
}

/// The messages as the bot sees them, each of its own with its evidence.
fn turns_of(messages: &[Message], stored: &[StoredTurn]) -> Vec<Turn> {
    let evidence: HashMap<Seq, &Evidence> = stored.iter().map(|turn| (turn.seq, &turn.evidence)).collect();
    let turn = |message: &Message| match (message.sender, &message.content) {
        (Sender::Visitor(_), Content::Text { text }) => {
            Some(Turn::Visitor { seq: message.seq, said: Said::Text(text.to_string()) })
        }
        (Sender::Visitor(_), Content::File(file)) => {
            let is_image = file.kind == MediaKind::Image;
            Some(Turn::Visitor { seq: message.seq, said: Said::File { is_image } })
        }
        (Sender::Bot, content) => {
            let offered = match content {
                Content::Choices(choices) => Offered::Choices(choices.clone()),
                Content::Answer(answer) => Offered::FollowUps(answer.follow_ups.clone()),
                _ => Offered::Nothing,
            };
            Some(Turn::Bot { offered, evidence: evidence.get(&message.seq).copied().cloned() })
        }
        _ => None,
    };
    messages.iter().filter_map(turn).collect()
}

/// What is asked for, as one change of the conversation.
fn turn_of(thought: Thought, scene: &Scene) -> BotTurn {
    let Thought { actions, shown, mut follow_ups, mood } = thought;
    let mut shown = shown.into_iter();
    let last = actions.len();
    let mut turn = BotTurn { after: scene.conversation.last_seq, replies: Vec::new(), hand_off: None, mood };
    for (number, action) in (1..).zip(actions) {
        let shown = shown.next().unwrap_or_default();
        match action {
            BotAction::Say { text, evidence } => {
                let article = evidence.article.as_deref().cloned();
                // Below the last one.
                let follow_ups = if number == last { std::mem::take(&mut follow_ups) } else { Vec::new() };
                let content = if article.is_none() && follow_ups.is_empty() && shown.is_empty() {
                    Content::Text { text: text.into() }
                } else {
                    let Shown { images, cards } = shown;
                    Content::Answer(Answer { text, images, cards, article, follow_ups })
                };
                turn.replies.push(Reply { content, evidence });
            }
            BotAction::Clarify { choices, evidence } => {
                turn.replies.push(Reply { content: Content::Choices(choices), evidence });
            }
            BotAction::HandOff { reason, team, staffed, evidence } => {
                turn.hand_off = Some(HandOff { reason, team, staffed, evidence });
            }
            // Replaced by what came of it.
            BotAction::AskLlm(_) => {}
        }
    }
    turn
}

/// A hand-off without a word: the bot was turned off, or fails again and again.
fn give_up(scene: &Scene, seq: Seq) -> Vec<BotAction> {
    let reason = HandOffReason::Unavailable;
    let evidence = Evidence {
        question: String::new(),
        question_seq: seq,
        outcome: Outcome::HandedOff,
        hand_off: Some(reason),
        band: None,
        probability: None,
        answer_from: None,
        clarify_from: None,
        candidates: Vec::new(),
        entry_id: None,
        article: None,
        variant: None,
        index_version: String::new(),
        llm: None,
        rule: None,
        soothing: false,
    };
    tracing::info!(conversation = %scene.conversation.id, "the bot gives up");
    vec![BotAction::HandOff { reason, team: None, staffed: scene.staffing.has(None), evidence }]
}
