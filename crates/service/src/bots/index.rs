//! The knowledge bases of this node, ready to be asked: built when first needed, built anew
//! when entries changed, a few kept at most.
//!
//! Invariant: building happens on a blocking thread, one at a time; whoever asks meanwhile
//! gets the state before, or after a short wait an error that is worth another try.

use super::{
    encoders::{Choice, EncoderInUse, Encoders},
    vectors::Remembering,
};
use crate::{Error, Result};
use knowledge::{Encode, Index, Quote, Settings, Source};
use model::{ArticleLink, EntryContent, EntryId, PublishedEntry, WorkspaceId};
use std::{
    collections::HashMap,
    ops::RangeInclusive,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use store::{Store, entries::Changes};
use tokio::{
    sync::Semaphore,
    time::{sleep, timeout},
};

/// How long a turn waits for an index that is being built.
const PATIENCE: Duration = Duration::from_secs(1);
/// How many indexes a node keeps; the one unused for longest goes.
const KEPT: usize = 16;
/// The most entries of a base that the bot knows.
const ENTRIES: usize = 20_000;

/// Until a server that encodes is asked again after it failed: twice as long each time.
const PAUSES: RangeInclusive<Duration> = Duration::from_secs(5)..=Duration::from_mins(5);

/// One state of one knowledge base.
pub struct Known {
    /// Grows with every change of what is published.
    pub revision: i64,
    pub index: Index,
    entries: HashMap<EntryId, PublishedEntry>,
    /// What its encoder remembers, and what that encoder is known by.
    memory: Option<(i64, Arc<Remembering>)>,
    /// The name of the workspace's choice of an encoder.
    encoded_by: String,
    /// Built with the encoder, all of it, or there is none.
    is_final: bool,
}

impl Known {
    pub fn is_article(&self, id: EntryId) -> bool {
        self.content(id).is_some_and(EntryContent::is_article)
    }

    /// Where an article answers a question.
    pub fn quote(&self, id: EntryId, question: &str) -> Option<ArticleLink> {
        let content = self.content(id)?;
        Some(link_of(id, content, self.index.quote(id, question)?))
    }

    /// What an entry says to whoever may be told.
    pub fn content(&self, id: EntryId) -> Option<&EntryContent> {
        self.entries.get(&id).map(|entry| &entry.content)
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// A workspace's base at one precision.
type Key = (WorkspaceId, u8);

#[derive(Default)]
struct Slot {
    known: RwLock<Option<Arc<Known>>>,
    /// Held while its index is built.
    building: tokio::sync::Mutex<()>,
    /// Somebody sees to it that the encoder comes in.
    completing: AtomicBool,
}

impl Slot {
    fn known(&self) -> Option<Arc<Known>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, known: Arc<Known>) {
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(known);
    }

    fn at(&self, revision: i64) -> Option<Arc<Known>> {
        self.known().filter(|known| known.revision >= revision)
    }
}

type Slots = Vec<(Key, Arc<Slot>)>;

#[derive(Clone)]
pub struct Indexes {
    store: Store,
    /// Newest use last.
    slots: Arc<Mutex<Slots>>,
    builders: Arc<Semaphore>,
    encoders: Encoders,
    pauses: RangeInclusive<Duration>,
}

impl Indexes {
    pub fn new(store: Store, encoders: Encoders) -> Self {
        Self { store, slots: Arc::default(), builders: Arc::new(Semaphore::new(1)), encoders, pauses: PAUSES }
    }

    /// The base as it is now, or as it was while the new state is being built. An error when
    /// there is none yet: another try is worth it.
    pub async fn of(&self, workspace: WorkspaceId, precision_percent: u8) -> Result<Arc<Known>> {
        let revision = self.store.knowledge_revision(workspace).await?;
        let key = (workspace, precision_percent);
        let slot = self.slot(key);
        if let Some(known) = slot.at(revision) {
            return Ok(known);
        }
        let built = tokio::spawn(self.clone().build(key, Arc::clone(&slot), revision));
        match timeout(PATIENCE, built).await {
            Ok(Ok(Err(error))) => tracing::warn!(%error, "the knowledge base cannot be indexed"),
            Ok(Err(error)) => tracing::warn!(%error, "the knowledge base cannot be indexed"),
            Ok(Ok(Ok(()))) | Err(_) => {}
        }
        slot.known().ok_or_else(|| Error::internal("the knowledge base is not ready yet"))
    }

    fn slot(&self, key: Key) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let known = slots.iter().position(|(other, _)| *other == key).map(|at| slots.remove(at));
        let entry = known.unwrap_or_else(|| (key, Arc::default()));
        let slot = Arc::clone(&entry.1);
        slots.push(entry);
        if slots.len() > KEPT {
            slots.remove(0);
        }
        slot
    }

    async fn build(self, (workspace, precision_percent): Key, slot: Arc<Slot>, revision: i64) -> Result<()> {
        let _alone = slot.building.lock().await;
        if slot.at(revision).is_some() {
            return Ok(());
        }
        let _permit = self.builders.acquire().await.map_err(Error::internal)?;
        let encoded_by = self.encoders.of(workspace).await?.name();
        let before = slot.known().filter(|known| known.encoded_by == encoded_by);
        let from = before.as_ref().map_or(0, |known| known.revision);
        let changes = self.store.entries_changed_since(workspace, from).await?;
        let settings = Settings { target_precision: f32::from(precision_percent) / 100.0 };
        let built = settings.clone();
        let known = tokio::task::spawn_blocking(move || known(before.as_deref(), changes, encoded_by, built));
        let known = Arc::new(known.await.map_err(Error::internal)?);
        slot.set(Arc::clone(&known));
        self.keep(workspace, &known).await;
        if !known.is_final && !slot.completing.swap(true, Ordering::Relaxed) {
            tokio::spawn(self.clone().complete(workspace, Arc::clone(&slot), settings));
        }
        Ok(())
    }

    /// The same with the encoder, which takes seconds for a large base, and longer where a server that
    /// does it is away: it answers without until then.
    async fn complete(self, workspace: WorkspaceId, slot: Arc<Slot>, settings: Settings) {
        let mut pause = *self.pauses.start();
        while !self.try_to_complete(workspace, &slot, &settings).await {
            sleep(pause).await;
            pause = (pause * 2).min(*self.pauses.end());
        }
    }

    /// False when it has to be tried again.
    async fn try_to_complete(&self, workspace: WorkspaceId, slot: &Slot, settings: &Settings) -> bool {
        let _alone = slot.building.lock().await;
        let Ok(_permit) = self.builders.acquire().await else { return true };
        let Some(known) = slot.known().filter(|known| !known.is_final) else {
            slot.completing.store(false, Ordering::Relaxed);
            return true;
        };
        let (settings, choice) = (settings.clone(), self.encoders.of(workspace).await);
        let choice = match choice {
            Ok(choice) => choice,
            Err(error) => {
                tracing::warn!(%error, "the choice of an encoder cannot be read");
                return false;
            }
        };
        let encoded_by = choice.name();
        let plain = known.index.fallback().cloned().unwrap_or_else(|| Arc::new(known.index.clone()));
        let fallback = choice.is_elsewhere().then_some(plain);
        let memory = self.remembering(workspace, choice).await;
        let completed = tokio::task::spawn_blocking(move || {
            let index = match &memory {
                Some((_, memory)) => {
                    let encoder = Arc::clone(memory) as Arc<dyn Encode>;
                    Index::build(known.entries.values().map(source).collect(), Some(encoder), settings)
                }
                None => known.index.clone(),
            };
            let index = match fallback {
                Some(plain) => index.with_fallback(plain),
                None => index,
            };
            let is_final = !memory.as_ref().is_some_and(|(_, memory)| memory.has_gaps());
            let entries = known.entries.clone();
            Known { revision: known.revision, index, entries, memory, encoded_by, is_final }
        });
        let known = match completed.await {
            Ok(known) => Arc::new(known),
            Err(error) => {
                tracing::error!(%error, "the knowledge base cannot be encoded");
                slot.completing.store(false, Ordering::Relaxed);
                return true;
            }
        };
        self.keep(workspace, &known).await;
        if known.is_final {
            slot.completing.store(false, Ordering::Relaxed);
            slot.set(known);
            return true;
        }
        tracing::warn!("the server that encodes did not encode everything; it is asked again later");
        false
    }

    /// The workspace's encoder, with the vectors that the database has.
    pub async fn encoder_in_use(&self, workspace: WorkspaceId) -> Result<EncoderInUse> {
        Ok(self.encoders.of(workspace).await?.in_use())
    }

    pub async fn encoder_of(&self, workspace: WorkspaceId) -> Result<Option<Arc<Remembering>>> {
        let choice = self.encoders.of(workspace).await?;
        Ok(self.remembering(workspace, choice).await.map(|(_, memory)| memory))
    }

    async fn remembering(&self, workspace: WorkspaceId, choice: Choice) -> Option<(i64, Arc<Remembering>)> {
        let (name, encoder) = choice.encoder().await?;
        let mut known = Vec::new();
        loop {
            let after = known.last().map(|(text, _)| *text);
            match self.store.entry_vectors(workspace, name, after).await {
                Ok(part) if part.is_empty() => break,
                Ok(part) => known.extend(part),
                Err(error) => {
                    tracing::warn!(%error, "kept vectors cannot be read; they are computed again");
                    break;
                }
            }
        }
        Some((name, Arc::new(Remembering::new(encoder, known))))
    }

    /// Keeps the vectors that were new. Without them the next start takes longer, nothing else.
    async fn keep(&self, workspace: WorkspaceId, known: &Known) {
        let Some((name, memory)) = &known.memory else { return };
        let learnt = memory.settle();
        let kept = async {
            self.store.forget_entry_vectors(workspace, *name, &learnt.stale).await?;
            self.store.keep_entry_vectors(workspace, *name, &learnt.new).await
        };
        if let Err(error) = kept.await {
            tracing::warn!(%error, "vectors of the knowledge base cannot be kept");
        }
    }
}

/// From the state before where there is one: most entries are as they were.
fn known(before: Option<&Known>, mut changes: Changes, encoded_by: String, settings: Settings) -> Known {
    let mut entries = before.map(|known| known.entries.clone()).unwrap_or_default();
    for id in &changes.removed {
        entries.remove(id);
    }
    let room = ENTRIES.saturating_sub(entries.len());
    changes.changed.retain({
        let mut added = 0;
        let entries = &entries;
        move |entry| {
            added += usize::from(!entries.contains_key(&entry.id));
            added <= room || entries.contains_key(&entry.id)
        }
    });
    let sources: Vec<Source> = changes.changed.iter().map(source).collect();
    let index = match before {
        None => Index::build(sources, None, settings),
        Some(before) => before.index.with(sources, &changes.removed),
    };
    entries.extend(changes.changed.into_iter().map(|entry| (entry.id, entry)));
    let memory = before.and_then(|known| known.memory.clone());
    let has_gaps = memory.as_ref().is_some_and(|(_, memory)| memory.has_gaps());
    let is_final = before.is_some_and(|known| known.is_final) && !has_gaps;
    Known { revision: changes.revision, index, entries, memory, encoded_by, is_final }
}

fn source(entry: &PublishedEntry) -> Source {
    source_of(entry.id, &entry.content)
}

/// Where a quote stands.
pub fn link_of(id: EntryId, content: &EntryContent, quote: Quote) -> ArticleLink {
    let section = quote.section.and_then(|section| content.sections.get(section));
    ArticleLink {
        entry_id: id,
        title: content.question.clone(),
        section: quote.section,
        heading: section.map(|section| section.heading.clone()).unwrap_or_default(),
        quote: quote.text,
    }
}

/// An entry as the index sees it. Headings are asked for, together with what the article is about.
pub fn source_of(id: EntryId, content: &EntryContent) -> Source {
    let title = &content.question;
    let headings = content.sections.iter().map(|section| &section.heading);
    let headings = headings.filter(|heading| !heading.is_empty()).map(|heading| format!("{title} {heading}"));
    let own = std::iter::once(title).chain(&content.phrasings).cloned();
    Source {
        id,
        phrasings: own.chain(headings).collect(),
        answer: content.answer.clone(),
        passages: knowledge::passages(&content.sections),
    }
}

#[cfg(test)]
mod tests;
