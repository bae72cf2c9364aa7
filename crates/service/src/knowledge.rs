//! The knowledge base (知识库): written and reviewed by staff, answering once it is published.
//!
//! Invariant: what visitors are answered changes only through `PublishKnowledge`, and every
//! such change is told on the bus after its commit.

mod bulk;
pub mod cards;
pub mod draft;
pub mod export;
mod follow_ups;
pub mod images;
pub mod import;
pub mod pairs;
pub mod sources;

pub use bulk::{Bulk, Validity};

use crate::{
    Clock, Error, Result, Staff,
    bots::{link_of, source_of},
    text,
};
use bus::Bus;
use model::{
    AgentState, ArticleLink, Audience, Entry, EntryContent, EntryId, EntryStatus, EntryVersion, Envelope,
    Event, Millis, Permission, PublishedEntry, Topic, WorkspaceId,
};
use std::{collections::BTreeMap, sync::Arc};
use store::{
    Store,
    entries::{Change, Changes, Cursor, EntryRates, Filter, NewEntry, Similar},
};
use tokio::sync::Semaphore;

const DAY: Millis = 24 * 60 * 60 * 1_000;
/// Published entries that nobody touched for so long are due for a look.
const STALE: Millis = 180 * DAY;
const VERSIONS: i64 = 200;
/// Days of the bot's answers that rates count.
const RATED: Millis = 90 * DAY;
/// Entries whose rates are asked for at once.
const RATES: usize = 200;

#[derive(Clone)]
pub struct Knowledge {
    store: Store,
    bus: Bus,
    clock: Clock,
    /// Files that are read at once.
    importing: Arc<Semaphore>,
    /// Bases that are compared with themselves at once.
    comparing: Arc<Semaphore>,
}

/// What a list is asked for.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    pub status: Option<EntryStatus>,
    pub category: Option<String>,
    pub tag: Option<String>,
    /// Articles only, or everything but articles.
    pub articles: Option<bool>,
    /// Those that say something for this audience.
    pub audience: Option<Audience>,
    /// Those of this agent; none: those of nobody.
    pub owner: Option<Option<model::AgentId>>,
    pub words: String,
    pub expired: bool,
    pub stale: bool,
}

/// Counts for the tree and the filters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub statuses: BTreeMap<&'static str, i64>,
    /// Not archived.
    pub categories: BTreeMap<String, i64>,
    pub tags: BTreeMap<String, i64>,
}

/// A step of an entry's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Submit,
    Withdraw,
    Publish,
    Archive,
    Restore,
}

impl Step {
    const fn permission(self) -> Permission {
        match self {
            Self::Submit | Self::Withdraw => Permission::EditKnowledge,
            Self::Publish | Self::Archive | Self::Restore => Permission::PublishKnowledge,
        }
    }

    const fn path(self) -> (&'static [EntryStatus], EntryStatus) {
        use EntryStatus as S;
        match self {
            Self::Submit => (&[S::Draft], S::Review),
            Self::Withdraw => (&[S::Review], S::Draft),
            Self::Publish => (&[S::Draft, S::Review], S::Published),
            Self::Archive => (&[S::Draft, S::Review, S::Published], S::Archived),
            Self::Restore => (&[S::Archived], S::Draft),
        }
    }
}

impl Knowledge {
    pub fn new(store: Store, bus: Bus, clock: Clock) -> Self {
        let (importing, comparing) = (Arc::new(Semaphore::new(1)), Arc::new(Semaphore::new(1)));
        Self { store, bus, clock, importing, comparing }
    }

    /// What agents may answer with: published, valid, by the words of a question, and where an
    /// article has them; all of it without one.
    pub async fn answers(
        &self,
        staff: &Staff,
        query: Option<&str>,
    ) -> Result<Vec<(Entry, Option<ArticleLink>)>> {
        staff.require(Permission::ViewKnowledge)?;
        let found = self.store.search_entries(staff.workspace(), query, self.clock.now(), 200).await?;
        let query = query.unwrap_or_default().to_owned();
        // Articles are long: not on a task that answers others.
        let quoted = tokio::task::spawn_blocking(move || {
            let quote = |entry: &Entry| {
                let source = source_of(entry.id, &entry.content);
                let quote = knowledge::quote_by_words(&query, &source)?;
                Some(link_of(entry.id, &entry.content, quote))
            };
            let with_quote = |entry: Entry| {
                let article = if entry.content.is_article() { quote(&entry) } else { None };
                (entry, article)
            };
            found.into_iter().map(with_quote).collect()
        });
        quoted.await.map_err(Error::internal)
    }

    /// An agent put its answer into a conversation.
    pub async fn count_use(&self, staff: &Staff, id: EntryId) -> Result<()> {
        staff.require(Permission::ViewKnowledge)?;
        let counted = self.store.count_entry_use(staff.workspace(), id, self.clock.now()).await?;
        if counted { Ok(()) } else { Err(Error::NotFound) }
    }

    /// The one way to an entry: its newest version for editors, the published one for others.
    pub async fn access(&self, staff: &Staff, id: EntryId) -> Result<Entry> {
        staff.require(Permission::ViewKnowledge)?;
        let found = if edits(staff) {
            self.store.find_entry(staff.workspace(), id).await?
        } else {
            self.store.find_live_entry(staff.workspace(), id).await?
        };
        found.ok_or(Error::NotFound)
    }

    /// Last changed first. Who may not edit sees what is published.
    pub async fn list(
        &self,
        staff: &Staff,
        listing: Listing,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<Vec<Entry>> {
        staff.require(Permission::ViewKnowledge)?;
        let now = self.clock.now();
        let live = !edits(staff);
        let filter = Filter {
            live,
            status: listing.status.filter(|_| !live),
            category: listing.category.map(|path| text::cut(&path, 400)),
            tag: listing.tag.map(|tag| text::cut(&tag, 60)),
            articles: listing.articles,
            audience: listing.audience,
            owner: listing.owner,
            words: listing.words,
            expired_at: listing.expired.then_some(now),
            stale_before: listing.stale.then_some(now - STALE),
        };
        Ok(self.store.list_entries(staff.workspace(), &filter, after, limit.clamp(1, 200)).await?)
    }

    pub async fn summary(&self, staff: &Staff) -> Result<Summary> {
        staff.require(Permission::ViewKnowledge)?;
        let mut summary = Summary::default();
        for facet in self.store.entry_facets(staff.workspace(), !edits(staff)).await? {
            *summary.statuses.entry(facet.status.code()).or_default() += facet.count;
            if facet.status != EntryStatus::Archived {
                *summary.categories.entry(facet.category).or_default() += facet.count;
                for tag in facet.tags {
                    *summary.tags.entry(tag).or_default() += facet.count;
                }
            }
        }
        Ok(summary)
    }

    pub async fn add(
        &self,
        staff: &Staff,
        content: EntryContent,
        owner: Option<model::AgentId>,
    ) -> Result<Entry> {
        staff.require(Permission::EditKnowledge)?;
        let mut content = draft::clean(content)?;
        self.check_owner(staff, owner).await?;
        self.check_references(staff, &mut content, None).await?;
        let entry = NewEntry { content, owner: Some(owner.unwrap_or(staff.id())) };
        let (workspace, now) = (staff.workspace(), self.clock.now());
        let ids = self.store.insert_entries(workspace, &[entry], false, Some(staff.id()), now).await?;
        let id = ids.first().copied().ok_or(Error::NotFound)?;
        self.store.find_entry(workspace, id).await?.ok_or(Error::NotFound)
    }

    /// Saves a new version, if there is anything new in it.
    pub async fn save(
        &self,
        staff: &Staff,
        id: EntryId,
        version: i64,
        content: EntryContent,
        owner: Option<model::AgentId>,
    ) -> Result<Entry> {
        staff.require(Permission::EditKnowledge)?;
        let mut content = draft::clean(content)?;
        let known = self.access(staff, id).await?;
        // One who left stays until somebody else is chosen.
        if known.owner_id != owner {
            self.check_owner(staff, owner).await?;
        }
        self.check_references(staff, &mut content, Some(&known.content)).await?;
        let change = self.change(staff, id, version);
        if known.version == version && known.content == content {
            if known.owner_id == owner {
                return Ok(known);
            }
            return Ok(self.store.set_entry_owner(change, owner).await?);
        }
        Ok(self.store.save_entry(change, &content, owner).await?)
    }

    pub async fn step(&self, staff: &Staff, id: EntryId, version: i64, step: Step) -> Result<Entry> {
        staff.require(step.permission())?;
        if matches!(step, Step::Submit | Step::Publish) {
            let entry = self.access(staff, id).await?;
            if entry.version == version && !entry.content.answers_something() {
                return Err(Error::Field(if entry.content.is_article() { "sections" } else { "answer" }));
            }
        }
        let (from, to) = step.path();
        let entry = self.store.set_entry_status(self.change(staff, id, version), from, to).await?;
        if matches!(step, Step::Publish | Step::Archive) {
            self.announce(staff.workspace());
        }
        Ok(entry)
    }

    pub async fn versions(&self, staff: &Staff, id: EntryId) -> Result<Vec<EntryVersion>> {
        staff.require(Permission::EditKnowledge)?;
        self.access(staff, id).await?;
        Ok(self.store.list_entry_versions(staff.workspace(), id, VERSIONS).await?)
    }

    /// A new version with the content of an old one.
    pub async fn roll_back(&self, staff: &Staff, id: EntryId, version: i64, to: i64) -> Result<Entry> {
        staff.require(Permission::EditKnowledge)?;
        let entry = self.access(staff, id).await?;
        let versions = self.store.list_entry_versions(staff.workspace(), id, i64::MAX).await?;
        let old = versions.into_iter().find(|one| one.version == to).ok_or(Error::Field("to"))?;
        Ok(self.store.save_entry(self.change(staff, id, version), &old.content, entry.owner_id).await?)
    }

    /// Entries that ask nearly the same.
    pub async fn similar(
        &self,
        staff: &Staff,
        question: &str,
        except: Option<EntryId>,
    ) -> Result<Vec<Similar>> {
        staff.require(Permission::EditKnowledge)?;
        Ok(self.store.similar_entries(staff.workspace(), question, except, 5).await?)
    }

    /// How entries fared as the bot's answers in the last 90 days.
    pub async fn rates(&self, staff: &Staff, ids: &[EntryId]) -> Result<Vec<EntryRates>> {
        staff.require(Permission::EditKnowledge)?;
        if ids.len() > RATES {
            return Err(Error::Field("ids"));
        }
        Ok(self.store.entry_rates(staff.workspace(), ids, self.clock.now() - RATED).await?)
    }

    /// Everything that answers, for an index. Validity is the caller's to check when it answers.
    pub async fn published(&self, workspace: WorkspaceId) -> Result<Vec<PublishedEntry>> {
        Ok(self.store.published_entries(workspace).await?)
    }

    /// What an index lacks that knows `revision`; 0 knows nothing.
    pub async fn changed_since(&self, workspace: WorkspaceId, revision: i64) -> Result<Changes> {
        Ok(self.store.entries_changed_since(workspace, revision).await?)
    }

    fn change(&self, staff: &Staff, id: EntryId, version: i64) -> Change {
        Change { workspace: staff.workspace(), id, version, by: Some(staff.id()), at: self.clock.now() }
    }

    fn announce(&self, workspace_id: WorkspaceId) {
        let topic = Topic::Workspace(workspace_id);
        self.bus.publish(Envelope { topic, event: Event::EntriesChanged { workspace_id } });
    }

    /// Nobody, or an active agent.
    async fn check_owner(&self, staff: &Staff, owner: Option<model::AgentId>) -> Result<()> {
        let Some(owner) = owner else { return Ok(()) };
        let found = self.store.find_agent(staff.workspace(), owner).await?;
        let is_active = found.is_some_and(|agent| agent.state == AgentState::Active);
        if is_active { Ok(()) } else { Err(Error::Field("owner_id")) }
    }

    /// Channels, images, follow-ups and pages without https are of this workspace; links that stand in `known`
    /// stay.
    async fn check_references(
        &self,
        staff: &Staff,
        content: &mut EntryContent,
        known: Option<&EntryContent>,
    ) -> Result<()> {
        if !content.answers.is_empty() {
            let channels = self.store.list_channels(staff.workspace()).await?;
            let exists = |id| channels.iter().any(|channel| channel.id == id);
            if !content.answers.iter().filter_map(|one| one.channel_id).all(exists) {
                return Err(Error::Field("answers"));
            }
        }
        if content.all_cards().next().is_some() {
            let sites = cards::Sites::of(&self.store, staff.workspace()).await?;
            let standing = known.into_iter().flat_map(EntryContent::all_cards);
            if !sites.with(standing).allow(content.all_cards()) {
                return Err(Error::Field("cards"));
            }
        }
        self.find_images(staff, content).await?;
        self.name_follow_ups(staff.workspace(), &mut content.follow_ups).await
    }
}

fn edits(staff: &Staff) -> bool {
    staff.require(Permission::EditKnowledge).is_ok()
}
