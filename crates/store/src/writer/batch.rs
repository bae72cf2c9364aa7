//! One transaction of the writer: load what is touched, apply each change to it in memory
//! (`Conversation::apply` knows the rules), write everything back.

use super::{
    Change, Committed, Database, Target,
    queue::Resends,
    rows::{self, Rows},
};
use crate::{Error, Ids, Result, assignments, bot, messages::ClientKey};
use model::{
    Action, AgentId, Content, Conversation, ConversationId, Draft, Message, MessageId, Refusal, Seq, Status,
    TeamId,
};
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

pub async fn write(
    database: &mut Database,
    ids: &Ids,
    changes: &[&Change],
    resends: Resends,
) -> Result<Vec<Result<Committed>>> {
    let mut written = write_once(database, ids, changes, resends).await;
    if matches!(written, Err(Error::Stale)) {
        // What was remembered is forgotten, so that this reads and locks.
        written = write_once(database, ids, changes, resends).await;
    }
    if written.as_ref().is_err_and(Error::is_of_connection) {
        database.forget();
    }
    written
}

async fn write_once(
    database: &mut Database,
    ids: &Ids,
    changes: &[&Change],
    resends: Resends,
) -> Result<Vec<Result<Committed>>> {
    let mut rows = database.begin().await?;
    let Applied { outcomes, written, conversations } = apply_all(&mut rows, ids, changes, resends).await?;
    match unless_planted(rows.finish(&written, &conversations).await) {
        Err(Error::Unsettled(cut_off)) if !database.settle(&cut_off).await? => Err(Error::Unsettled(cut_off)),
        Ok(()) | Err(Error::Unsettled(_)) => Ok(outcomes),
        Err(error) => Err(error),
    }
}

/// The planted fault `ack_before_commit`: callers are answered, the commit never comes.
pub async fn write_without_commit(
    database: &mut Database,
    ids: &Ids,
    changes: &[&Change],
) -> Result<Vec<Result<Committed>>> {
    let mut rows = database.begin().await?;
    let Applied { outcomes, written, conversations } =
        apply_all(&mut rows, ids, changes, Resends::Likely).await?;
    if !crate::sabotage::strikes(20) {
        drop(rows.finish(&written, &conversations).await); // the answer is out already, whatever comes of it
    }
    Ok(outcomes)
}

/// What is to be answered once this is written.
struct Applied {
    outcomes: Vec<Result<Committed>>,
    written: rows::Written,
    conversations: rows::Loaded,
}

/// What the transaction holds in memory.
struct Batch<'a> {
    ids: &'a Ids,
    conversations: rows::Loaded,
    /// Conversations that are active, by channel and contact.
    active: HashMap<(i64, i64), ConversationId>,
    /// Messages by their senders' own names for them: stored ones and those of this batch.
    known: HashMap<ClientKey, Arc<Message>>,
    /// Files that were bound in this batch.
    bound: HashSet<i64>,
    written: rows::Written,
}

async fn apply_all(rows: &mut Rows<'_>, ids: &Ids, changes: &[&Change], resends: Resends) -> Result<Applied> {
    let places: BTreeSet<(i64, i64)> = changes
        .iter()
        .filter_map(|change| match &change.target {
            Target::Active(new) => Some((new.channel_id.0, new.contact_id.0)),
            Target::Existing { .. } => None,
        })
        .collect();
    let active = rows.find_active(&places).await?;
    let touched: BTreeSet<i64> = changes
        .iter()
        .filter_map(|change| match &change.target {
            Target::Existing { id, .. } => Some(id.0),
            Target::Active(new) => active.get(&(new.channel_id.0, new.contact_id.0)).map(|id| id.0),
        })
        .collect();
    let touched: Vec<i64> = touched.into_iter().collect();
    let loaded = rows.lock(&touched).await?;
    let known = match resends {
        Resends::Rare => HashMap::new(),
        Resends::Likely => find_stored(rows, changes.iter().copied()).await?,
    };
    let mut batch = Batch {
        ids,
        conversations: loaded.into_iter().map(|conversation| (conversation.id, conversation)).collect(),
        active,
        known,
        bound: HashSet::new(),
        written: rows::Written::default(),
    };
    // Another node may have resolved one of them before we had the lock.
    let conversations = &batch.conversations;
    batch.active.retain(|_, id| conversations.get(id).is_some_and(|found| found.status != Status::Resolved));

    let mut applied = Vec::with_capacity(changes.len());
    for (index, change) in batch.by_contact(changes) {
        match batch.apply(rows, change).await {
            // Anything else fails the whole transaction.
            Err(error) if !error.is_of_one() => return Err(error),
            outcome => applied.push((index, outcome)),
        }
    }
    share_states(&mut applied);
    applied.sort_unstable_by_key(|(index, _)| *index);
    let mut outcomes = applied.into_iter().map(|(_, outcome)| outcome).collect::<Vec<_>>();
    if resends == Resends::Rare {
        batch.repeat_refused(rows, changes, &mut outcomes).await?;
    }
    Ok(Applied { outcomes, written: batch.written, conversations: batch.conversations })
}

/// Callers get the newest state of the conversation that the same people see: a state for each message would
/// be made here and freed by other threads.
fn share_states(applied: &mut [(usize, Result<Committed>)]) {
    let mut newest: Option<Arc<Conversation>> = None;
    for committed in applied.iter_mut().rev().filter_map(|(_, outcome)| outcome.as_mut().ok()) {
        if let Some(newer) = newest.filter(|newer| newer.id == committed.conversation.id) {
            committed.conversation = newer;
        }
        newest = committed.before.is_none().then(|| Arc::clone(&committed.conversation));
    }
}

/// The planted fault `killed_is_stored`: a connection that ended is taken for success.
fn unless_planted(outcome: Result<()>) -> Result<()> {
    match outcome {
        Err(error) if error.is_passing() && crate::sabotage::is("killed_is_stored") => Ok(()),
        outcome => outcome,
    }
}

/// The stored messages that these changes would store again.
async fn find_stored(
    rows: &mut Rows<'_>,
    changes: impl Iterator<Item = &Change>,
) -> Result<HashMap<ClientKey, Arc<Message>>> {
    let keys: Vec<ClientKey> = changes.filter_map(key).collect();
    if keys.is_empty() || crate::sabotage::is("no_dedupe") {
        return Ok(HashMap::new());
    }
    let found = rows.find_by_client(&keys).await?;
    Ok(found.into_iter().filter_map(|message| Some((stored_key(&message)?, Arc::new(message)))).collect())
}

impl Batch<'_> {
    /// The changes with their places in the queue: those of one contact on one channel follow each other, in
    /// the order in which they came. So the messages of a conversation are written one after the other, into
    /// pages of the indexes that are at hand; and each change still finds what was done there before it.
    fn by_contact<'c>(&self, changes: &[&'c Change]) -> Vec<(usize, &'c Change)> {
        let mut firsts = HashMap::new();
        let mut ordered: Vec<(usize, usize)> = Vec::with_capacity(changes.len());
        for (index, change) in changes.iter().enumerate() {
            let place = match &change.target {
                Target::Active(new) => Some((new.channel_id, new.contact_id)),
                Target::Existing { id, .. } => {
                    self.conversations.get(id).map(|found| (found.channel_id, found.contact_id))
                }
            };
            ordered.push((place.map_or(index, |place| *firsts.entry(place).or_insert(index)), index));
        }
        ordered.sort_unstable();
        ordered.into_iter().map(|(_, index)| (index, changes[index])).collect()
    }

    async fn apply(&mut self, rows: &mut Rows<'_>, change: &Change) -> Result<Committed> {
        if let Action::Post { content: Content::Text { text }, .. } = &change.action {
            crate::sabotage::poison("writer", text);
        }
        if let Some(first) = key(change).and_then(|key| self.known.get(&key)).cloned() {
            return self.repeat(rows, change, first).await;
        }
        let mut conversation = self.target(change)?;
        if matches!(change.action, Action::Accept { .. }) && crate::sabotage::is("two_winners") {
            (conversation.assignee_id, conversation.status) = (None, Status::Queued);
        }
        self.check(rows, change, &conversation).await?;
        let mut effects = conversation.apply(change.action.clone(), change.at)?;
        if let Some(rating) = &change.rating
            && !rows.rate(change.workspace_id, rating, change.at).await?
        {
            // Said again: nothing changes.
            conversation = self.target(change)?;
            effects = model::Effects::default();
        }
        if let Some(reader) = effects.recount {
            self.recount(rows, &mut conversation, reader).await?;
        }
        if !effects.changed {
            let conversation = Arc::new(conversation);
            return Ok(Committed {
                conversation,
                before: None,
                messages: Vec::new(),
                duplicate: false,
                changed: false,
                has_jobs: false,
            });
        }
        let first = conversation.last_seq - effects.drafts.len() as i64 + 1;
        let drafts = (first..).zip(effects.drafts);
        let messages =
            drafts.map(|(seq, draft)| self.write_down(&conversation, change, seq, draft)).collect();
        for fact in effects.facts {
            self.written.facts.push(rows::FactRow {
                id: self.ids.next(change.at),
                fact,
                at: change.at,
                conversation: conversation.id,
            });
        }
        let has_jobs = !effects.tasks.is_empty();
        for task in effects.tasks {
            self.written.jobs.push(rows::JobRow {
                id: self.ids.next(change.at),
                workspace: change.workspace_id,
                task,
                at: change.at,
            });
        }
        let place = (conversation.channel_id.0, conversation.contact_id.0);
        if conversation.status == Status::Resolved {
            self.active.remove(&place);
        } else {
            self.active.insert(place, conversation.id);
        }
        let conversation = Arc::new(conversation);
        let before = self.conversations.insert(conversation.id, Arc::clone(&conversation));
        let went_on = before.as_ref().is_some_and(|before| shape(before) == shape(&conversation));
        self.written.touch(conversation.id, went_on);
        let before = before.filter(|before| visibility(before) != visibility(&conversation));
        Ok(Committed { conversation, before, messages, duplicate: false, changed: true, has_jobs })
    }

    /// What was refused may be stored already, in a conversation that takes nothing any more.
    async fn repeat_refused(
        &mut self,
        rows: &mut Rows<'_>,
        changes: &[&Change],
        outcomes: &mut [Result<Committed>],
    ) -> Result<()> {
        let refused = changes.iter().zip(&*outcomes).filter(|(_, outcome)| outcome.is_err());
        let stored = find_stored(rows, refused.map(|(change, _)| *change)).await?;
        for (change, outcome) in changes.iter().zip(outcomes) {
            if outcome.is_err()
                && let Some(first) = key(change).and_then(|key| stored.get(&key))
            {
                *outcome = match self.repeat(rows, change, Arc::clone(first)).await {
                    Err(error) if !error.is_of_one() => return Err(error),
                    repeated => repeated,
                };
            }
        }
        Ok(())
    }

    /// The answer to a resend: the first copy.
    async fn repeat(
        &mut self,
        rows: &mut Rows<'_>,
        change: &Change,
        first: Arc<Message>,
    ) -> Result<Committed> {
        if let Target::Existing { id, .. } = change.target
            && id != first.conversation_id
        {
            return Err(Error::ClientIdReused);
        }
        let conversation = if let Some(conversation) = self.conversations.get(&first.conversation_id) {
            Arc::clone(conversation)
        } else {
            let mut found = rows.lock(&[first.conversation_id.0]).await?;
            found.pop().ok_or(Error::NotFound)?
        };
        Ok(Committed {
            conversation,
            before: None,
            messages: vec![first],
            duplicate: true,
            changed: false,
            has_jobs: false,
        })
    }

    fn target(&self, change: &Change) -> Result<Conversation> {
        let id = match &change.target {
            Target::Existing { id, .. } => Some(*id),
            Target::Active(new) => self.active.get(&(new.channel_id.0, new.contact_id.0)).copied(),
        };
        match (id, &change.target) {
            (Some(id), _) => self
                .conversations
                .get(&id)
                .filter(|found| {
                    found.workspace_id == change.workspace_id && is_visible(&change.target, found)
                })
                .map(|found| Conversation::clone(found))
                .ok_or(Error::NotFound),
            (None, Target::Active(new)) => Ok(new.clone().open(change.at)),
            (None, Target::Existing { .. }) => Err(Error::NotFound),
        }
    }

    /// What only the database knows: whether a file may be sent, and whether a reopened
    /// conversation would be the contact's second active one.
    async fn check(&self, rows: &mut Rows<'_>, change: &Change, conversation: &Conversation) -> Result<()> {
        match &change.action {
            Action::Post { sender, content: Content::File(file) } => {
                let free = !self.bound.contains(&file.id.0)
                    && rows.is_unsent(change.workspace_id, file.id.0, *sender).await?;
                if free { Ok(()) } else { Err(Error::FileUsed) }
            }
            Action::Reopen { .. } => {
                let place = (conversation.channel_id.0, conversation.contact_id.0);
                let other = self.active.contains_key(&place) || rows.has_active(conversation).await?;
                if other && conversation.status == Status::Resolved {
                    Err(Refusal::AnotherActive.into())
                } else {
                    Ok(())
                }
            }
            _ => Ok(()),
        }
    }

    async fn recount(
        &self,
        rows: &mut Rows<'_>,
        conversation: &mut Conversation,
        reader: model::Side,
    ) -> Result<()> {
        if crate::sabotage::is("no_recount") {
            return Ok(());
        }
        let read = match reader {
            model::Side::Visitor => conversation.visitor_read,
            model::Side::Staff => conversation.staff_read,
        };
        let stored = rows.count_unread(conversation.id, reader, read).await?;
        let here = self.written.messages.iter().filter(|(_, message)| {
            message.conversation_id == conversation.id
                && message.seq > read
                && message.sender.side().is_some_and(|side| side != reader)
        });
        let unread = stored + here.count() as i64;
        match reader {
            model::Side::Visitor => conversation.visitor_unread = unread,
            model::Side::Staff => conversation.staff_unread = unread,
        }
        Ok(())
    }

    /// The message that a draft becomes, to be written with all that goes with it.
    fn write_down(
        &mut self,
        conversation: &Conversation,
        change: &Change,
        seq: Seq,
        draft: Draft,
    ) -> Arc<Message> {
        let (workspace, conversation) = (change.workspace_id, conversation.id);
        let Draft { sender, content, evidence, reasons } = draft;
        let is_posted = matches!(change.action, Action::Post { sender: poster, .. } if poster == sender);
        let message = Arc::new(Message {
            id: MessageId(self.ids.next(change.at)),
            conversation_id: conversation,
            seq,
            client_id: change.client_id.clone().filter(|_| is_posted),
            sender,
            content,
            created_at: change.at,
        });
        if let Some(key) = key(change).filter(|_| message.client_id.is_some()) {
            self.known.insert(key, Arc::clone(&message));
        }
        if let Content::File(file) = &message.content {
            self.bound.insert(file.id.0);
            self.written.files.push((file.id.0, conversation.0));
        }
        let images = message.content.shown_files();
        self.written.said_images.extend(images.map(|file| rows::SaidImage {
            workspace,
            conversation,
            image: file.id,
        }));
        self.written.bot_turns.extend(evidence.map(|evidence| bot::NewTurn {
            workspace,
            conversation,
            message: message.id,
            seq,
            evidence: *evidence,
            offered: match &message.content {
                Content::Choices(choices) => choices.options.iter().map(|option| option.entry_id).collect(),
                _ => Vec::new(),
            },
            at: change.at,
        }));
        self.written.reasons.extend(reasons.map(|reasons| assignments::NewReasons {
            workspace,
            conversation,
            seq,
            reasons: *reasons,
        }));
        self.written.messages.push((workspace, Arc::clone(&message)));
        message
    }
}

/// The fields that decide who sees a conversation.
fn visibility(conversation: &Conversation) -> (Option<AgentId>, Option<TeamId>, Status, bool) {
    let Conversation { assignee_id, team_id, status, help, .. } = *conversation;
    (assignee_id, team_id, status, help.is_some())
}

/// What stays as it is while people only talk and read.
fn shape(conversation: &Conversation) -> impl PartialEq + use<> {
    let Conversation { stars, mood, told, help, queued_at, assigned_at, resolved_at, .. } = *conversation;
    (visibility(conversation), stars, mood, told, help, queued_at, assigned_at, resolved_at)
}

fn is_visible(target: &Target, conversation: &Conversation) -> bool {
    match target {
        Target::Existing { viewer, .. } => viewer.sees(conversation),
        Target::Active(_) => true,
    }
}

fn key(change: &Change) -> Option<ClientKey> {
    let Action::Post { sender, .. } = &change.action else { return None };
    let (kind, id) = sender.columns();
    Some((kind, id, change.client_id.clone()?))
}

fn stored_key(message: &Message) -> Option<ClientKey> {
    let (kind, id) = message.sender.columns();
    Some((kind, id, message.client_id.clone()?))
}
