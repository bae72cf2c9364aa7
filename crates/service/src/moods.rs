//! How visitors feel: noticed beside the message path, kept with the conversation, shown to staff.
//!
//! Invariants: nobody waits for it, and it works a twentieth of the time at most, reading and writing included.
//! The node that stored a message looks at it; what is missed when a node ends is one mark, never a message.

use crate::{Error, Result, Staff, conversations::Conversations};
use model::{
    Content, Conversation, ConversationId, Message, MessageMood, Millis, Mood, MoodKind, Sender, Seq,
    WorkspaceId,
};
use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};
use store::Store;
use tokio::{sync::Notify, time::Instant};

/// The most conversations that wait to be looked at; beyond that a mark is missed.
const WAITING: usize = 10_000;
/// The newest messages from which the mood comes.
const LOOKS_BACK: i64 = 40;
/// It rests so many times as long as it worked: messages come first.
const REST: u32 = 19;
/// How much of a conversation a trend shows.
const TREND: i64 = 200;
/// The most words that are named as the reason.
const WORDS: usize = 5;

/// Conversations in which visitors said something since they were looked at.
#[derive(Default)]
pub(crate) struct Heard {
    waiting: Mutex<Waiting>,
    bell: Notify,
}

#[derive(Default)]
struct Waiting {
    order: VecDeque<ConversationId>,
    /// The first message that nobody looked at.
    first: HashMap<ConversationId, (WorkspaceId, Seq)>,
}

impl Heard {
    /// What was stored; cheap, because the writer's answers wait for it.
    pub fn note(&self, conversation: &Conversation, messages: &[Arc<Message>]) {
        let Some(first) = messages.iter().find(|message| spoken(message).is_some()) else { return };
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let id = conversation.id;
        if waiting.order.len() >= WAITING || waiting.first.contains_key(&id) {
            return;
        }
        waiting.order.push_back(id);
        waiting.first.insert(id, (conversation.workspace_id, first.seq));
        drop(waiting);
        self.bell.notify_one();
    }

    fn take(&self) -> Option<(WorkspaceId, ConversationId, Seq)> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let id = waiting.order.pop_front()?;
        let (workspace, first) = waiting.first.remove(&id)?;
        Some((workspace, id, first))
    }
}

/// The text of a message, if a visitor wrote it.
fn spoken(message: &Message) -> Option<&str> {
    match (message.sender, &message.content) {
        (Sender::Visitor(_), Content::Text { text }) => Some(text),
        _ => None,
    }
}

/// One message of the visitor, as a point of the trend.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    pub at: Millis,
    pub mood: MessageMood,
    /// The words that show a mood.
    pub words: Vec<(MoodKind, String)>,
}

#[derive(Clone)]
pub struct Moods {
    store: Store,
    conversations: Conversations,
    heard: Arc<Heard>,
}

impl Moods {
    pub fn new(store: Store, conversations: Conversations) -> Self {
        let heard = conversations.heard();
        Self { store, conversations, heard }
    }

    /// Looks at what visitors say, as long as it lives; after each look it rests.
    pub async fn run(self) {
        loop {
            let began = Instant::now();
            if self.look_at_next().await {
                tokio::time::sleep(began.elapsed() * REST).await;
            } else {
                self.heard.bell.notified().await;
            }
        }
    }

    /// Looks at everything that waits, without a rest.
    pub async fn catch_up(&self) {
        while self.look_at_next().await {}
    }

    /// False when nothing waits.
    async fn look_at_next(&self) -> bool {
        let Some((workspace, id, first)) = self.heard.take() else { return false };
        if let Err(error) = self.look_at(workspace, id, first).await {
            tracing::warn!(conversation = %id, %error, "its mood was not noticed");
        }
        true
    }

    /// The conversation with its mood as of now; where moods are off, as it is.
    pub(crate) async fn notice(&self, conversation: Conversation) -> Result<Conversation> {
        let (workspace, id) = (conversation.workspace_id, conversation.id);
        self.look_at(workspace, id, 1).await?;
        Ok(self.store.find_conversation(workspace, id).await?.unwrap_or(conversation))
    }

    async fn look_at(&self, workspace: WorkspaceId, id: ConversationId, first: Seq) -> Result<()> {
        let Some(conversation) = self.store.find_conversation(workspace, id).await? else {
            return Ok(());
        };
        let settings = self.store.workspace_settings(workspace).await?;
        if !settings.moods {
            return Ok(());
        }
        let end = conversation.last_seq + 1;
        let messages = self.store.list_messages_before(workspace, id, end, LOOKS_BACK).await?;
        let texts: Vec<(Seq, String)> =
            messages.iter().filter_map(|one| Some((one.seq, spoken(one)?.to_owned()))).collect();
        let unread: Vec<_> = texts.iter().filter(|(seq, _)| *seq >= first).cloned().collect();
        let felt = feel(unread).await?;
        self.store.save_moods(workspace, id, &felt).await?;
        // Read again: another node may have looked at a message before or after these.
        let from = texts.first().map_or(end, |(seq, _)| *seq);
        let known = self.store.list_moods(workspace, id, from).await?;
        let known: HashMap<Seq, &MessageMood> = known.iter().map(|mood| (mood.seq, mood)).collect();
        let said: Vec<_> = texts.iter().map(|(seq, _)| (*seq, known.get(seq).copied())).collect();
        if let Some(mood) = bot::mood::now(&said)
            && !mood.looks_like(&conversation.mood.unwrap_or(Mood::neutral(0)))
        {
            let words = words_of(&texts, &known);
            self.conversations.feel(&conversation, mood, words, settings.help).await?;
        }
        Ok(())
    }

    /// How the visitor felt over the conversation, oldest first.
    pub async fn trend(&self, staff: &Staff, id: ConversationId) -> Result<Vec<Point>> {
        let conversation = self.conversations.access(staff, id).await?;
        let (workspace, end) = (conversation.workspace_id, conversation.last_seq + 1);
        let messages = self.store.list_messages_before(workspace, id, end, TREND).await?;
        let from = messages.first().map_or(end, |first| first.seq);
        let mut known: HashMap<Seq, MessageMood> = self
            .store
            .list_moods(workspace, id, from)
            .await?
            .into_iter()
            .map(|mood| (mood.seq, mood))
            .collect();
        let point = |message: &Message| {
            let text = spoken(message)?;
            let calm = MessageMood { seq: message.seq, ..MessageMood::default() };
            let mood = known.remove(&message.seq).unwrap_or(calm);
            let word = |at: &model::mood::MoodWords| (at.kind, at.of(text));
            Some(Point { at: message.created_at, words: mood.words.iter().map(word).collect(), mood })
        };
        Ok(messages.iter().filter_map(point).collect())
    }
}

/// The words of the newest text with some that show that somebody is angry or upset.
fn words_of(texts: &[(Seq, String)], known: &HashMap<Seq, &MessageMood>) -> Vec<String> {
    let of = |(seq, text): &(Seq, String)| {
        let upset =
            known.get(seq)?.words.iter().filter(|at| matches!(at.kind, MoodKind::Angry | MoodKind::Upset));
        let mut words: Vec<String> = upset.map(|at| at.of(text)).collect();
        let mut seen = HashSet::new();
        words.retain(|word| seen.insert(word.clone()));
        words.truncate(WORDS);
        (!words.is_empty()).then_some(words)
    };
    texts.iter().rev().find_map(of).unwrap_or_default()
}

/// What these messages show.
async fn feel(texts: Vec<(Seq, String)>) -> Result<Vec<MessageMood>> {
    let thinking = tokio::task::spawn_blocking(move || {
        texts.iter().filter_map(|(seq, text)| bot::mood::of_text(*seq, text)).collect()
    });
    thinking.await.map_err(Error::internal)
}
