//! Help for the agent from a language model: a summary, another tone, a translation, a category.
//! Invariant: it is shown to the agent and never sent by itself; personal data does not leave.

use crate::{Error, Result, Staff, conversations::Conversations, knowledge::Knowledge, llm::Llm};
use ::llm::{Labels, Prompt, Style};
use model::{
    Content, Conversation, ConversationId, LlmFailure, LlmTask, Locale, Message, Permission, Sender,
};
use store::Store;

/// How much of a conversation is read.
const READ: i64 = 100;
/// The longest text that is rewritten, as long as a message may be.
const LONGEST: usize = 4_000;

/// Is given a text piece by piece while it is written, as it will be in the end. It may still fail.
pub type Hear<'a> = &'a mut (dyn FnMut(String) + Send);

#[derive(Clone)]
pub struct Copilot {
    store: Store,
    conversations: Conversations,
    knowledge: Knowledge,
    llm: Llm,
}

impl Copilot {
    pub fn new(store: Store, conversations: Conversations, knowledge: Knowledge, llm: Llm) -> Self {
        Self { store, conversations, knowledge, llm }
    }

    /// What can be asked for here; nothing where no model is set up.
    pub async fn tasks(&self, staff: &Staff) -> Result<Vec<LlmTask>> {
        staff.require(Permission::Reply)?;
        let settings = self.llm.choices(staff.workspace()).await?;
        let tasks = [LlmTask::Rewrite, LlmTask::Summarise, LlmTask::Translate, LlmTask::Label];
        Ok(tasks.into_iter().filter(|task| settings.choice(*task).is_some()).collect())
    }

    /// What happened so far, in the agent's language.
    pub async fn summarise(&self, staff: &Staff, id: ConversationId, hear: Hear<'_>) -> Result<String> {
        let conversation = self.access(staff, id).await?;
        let said = self.transcript(&conversation).await?;
        let prompt = ::llm::summarise(&said, staff.agent.locale);
        self.ask(staff, &conversation, LlmTask::Summarise, prompt, hear).await
    }

    pub async fn rewrite(
        &self,
        staff: &Staff,
        id: ConversationId,
        text: &str,
        style: Style,
        hear: Hear<'_>,
    ) -> Result<String> {
        let conversation = self.access(staff, id).await?;
        let prompt = |text: &str| ::llm::rewrite(text, style);
        self.transform(staff, &conversation, LlmTask::Rewrite, text, prompt, hear).await
    }

    pub async fn translate(
        &self,
        staff: &Staff,
        id: ConversationId,
        text: &str,
        to: Locale,
        hear: Hear<'_>,
    ) -> Result<String> {
        let conversation = self.access(staff, id).await?;
        let prompt = |text: &str| ::llm::translate(text, to);
        self.transform(staff, &conversation, LlmTask::Translate, text, prompt, hear).await
    }

    /// Category and tags of the knowledge base that fit, and a title.
    pub async fn label(&self, staff: &Staff, id: ConversationId) -> Result<Labels> {
        staff.require(Permission::ViewKnowledge)?;
        let conversation = self.access(staff, id).await?;
        let said = self.transcript(&conversation).await?;
        let known = self.knowledge.summary(staff).await?;
        let categories: Vec<String> =
            known.categories.into_keys().filter(|name| !name.is_empty()).take(200).collect();
        let tags: Vec<String> = known.tags.into_keys().take(200).collect();
        let prompt = ::llm::label(&said, &categories, &tags);
        let text = self.ask(staff, &conversation, LlmTask::Label, prompt, &mut |_| {}).await?;
        ::llm::labels_of(&text, &categories, &tags).ok_or(Error::Llm(LlmFailure::Malformed))
    }

    async fn access(&self, staff: &Staff, id: ConversationId) -> Result<Conversation> {
        staff.require(Permission::Reply)?;
        self.conversations.access(staff, id).await
    }

    /// A draft that comes back with what was hidden in it.
    async fn transform(
        &self,
        staff: &Staff,
        conversation: &Conversation,
        task: LlmTask,
        text: &str,
        prompt: impl Fn(&str) -> Prompt,
        hear: Hear<'_>,
    ) -> Result<String> {
        if crate::text::is_blank(text) {
            return Err(Error::EmptyMessage);
        }
        if text.chars().count() > LONGEST {
            return Err(Error::MessageTooLong);
        }
        let draft = text.to_owned();
        let veiled = blocking(move || ::knowledge::veil(&draft).map_err(Error::internal)).await?;
        let (mut lifting, mut room) = (veiled.lifting(), LONGEST);
        let mut lift = |piece: String| {
            let lifted: String = lifting.feed(&piece).chars().take(room).collect();
            room -= lifted.chars().count();
            if !lifted.is_empty() {
                hear(lifted);
            }
        };
        let written = self.ask(staff, conversation, task, prompt(&veiled.text), &mut lift).await?;
        Ok(veiled.lift(&written).chars().take(LONGEST).collect())
    }

    async fn ask(
        &self,
        staff: &Staff,
        conversation: &Conversation,
        task: LlmTask,
        prompt: Prompt,
        hear: Hear<'_>,
    ) -> Result<String> {
        let settings = self.llm.choices(staff.workspace()).await?;
        let whose = (staff.workspace(), Some(conversation.contact_id));
        let mut growing = ::llm::Growing::default();
        let mut grow = |piece: &str| {
            let grown = growing.feed(piece);
            if !grown.is_empty() {
                hear(grown);
            }
        };
        let said = self.llm.ask_and_hear(whose, &settings, task, prompt, &mut grow).await;
        let text = ::llm::visible(&said.text?).trim().to_owned();
        if text.is_empty() { Err(LlmFailure::Empty.into()) } else { Ok(text) }
    }

    /// Who said what, without what tells who they are.
    async fn transcript(&self, conversation: &Conversation) -> Result<String> {
        let (workspace, end) = (conversation.workspace_id, conversation.last_seq + 1);
        let messages = self.store.list_messages_before(workspace, conversation.id, end, READ).await?;
        let lines: Vec<String> = messages.iter().filter_map(line).collect();
        if lines.is_empty() {
            return Err(Error::EmptyMessage);
        }
        blocking(move || {
            let masked = lines.iter().map(|line| ::knowledge::mask(line).map_err(Error::internal));
            Ok(masked.collect::<Result<Vec<_>>>()?.join("\n"))
        })
        .await
    }
}

fn line(message: &Message) -> Option<String> {
    let who = match message.sender {
        Sender::Visitor(_) => "Customer",
        Sender::Agent(_) => "Agent",
        Sender::Bot => "Bot",
        Sender::System => return None,
    };
    let what = match &message.content {
        Content::Text { text } => text.to_string(),
        Content::File(_) => "(a file)".to_owned(),
        Content::Choices(choices) => choices.plain(),
        Content::Benefit(given) => given.text.clone(),
        Content::Answer(answer) => answer.text.clone(),
        Content::Notice(_) | Content::Unknown(_) => return None,
    };
    Some(format!("{who}: {what}"))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}
