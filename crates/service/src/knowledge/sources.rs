//! Knowledge from web pages: a source is an address that is read in the background, page by page,
//! and again by button or by schedule. What it says is compared with the base and shown; nothing
//! is taken before an editor says so.
//!
//! Invariants: every request goes through the guarded client; a site's robots.txt is kept to; a
//! reading has bounds on pages, bytes and time, and goes on after a restart.

mod reading;
mod robots;

use super::{
    Bulk, Knowledge, Step,
    draft::{self, key},
    import::{Outcome, Plan, Planned, Row, plan_of},
};
use crate::{Clock, Error, Result, Staff, text};
use model::{
    Differences, Entry, EntryContent, EntryId, EntrySource, EntryStatus, Millis, PageProblem, Permission,
    Source, SourceId, SourceScope, SourceState, WorkspaceId,
};
use outbound::Client;
use reading::Found;
use std::{collections::HashSet, sync::Arc};
use store::{
    Store,
    sources::{NewSource, PageOutcome, SourcePage},
};
use tokio::sync::Mutex;
use url::Url;

/// Sources of a workspace.
const SOURCES: usize = 100;
/// Pages of a source; those found first.
pub const PAGES: usize = 500;
/// A reading that takes longer ends with what it has.
const PATIENCE: Millis = 60 * 60 * 1_000;
/// How long another node leaves a source to this one: longer than a page may take.
const LEASE: Millis = 2 * 60 * 1_000;
const DAY: Millis = 24 * 60 * 60 * 1_000;
/// Days between two readings, at most.
const RARELY: i64 = 90;
/// Bytes of an address.
const ADDRESS: usize = 1_000;
/// Pages do not end like this.
const OTHER_FILES: [&str; 22] = [
    ".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg", ".ico", ".css", ".js", ".json", ".zip", ".gz", ".rar",
    ".7z", ".exe", ".dmg", ".apk", ".mp3", ".mp4", ".woff2", ".xls", ".xlsx",
];

#[derive(Clone)]
pub struct Sources {
    store: Store,
    clock: Clock,
    client: Client,
    knowledge: Knowledge,
    /// Held while this node reads.
    working: Arc<Mutex<()>>,
}

/// A source beside the base.
#[derive(Clone, Debug)]
pub struct Comparison {
    pub source: Source,
    pub plan: Plan,
    /// Entries of the source that it no longer has.
    pub gone: Vec<Entry>,
    /// Pages that could not be read.
    pub failed: Vec<SourcePage>,
}

impl Comparison {
    fn differences(&self) -> Differences {
        let count =
            |wanted: fn(&Planned) -> bool| self.plan.rows.iter().filter(|row| wanted(row)).count() as i64;
        Differences {
            new: count(|row| matches!(row.outcome, Outcome::New(_))),
            changed: count(|row| matches!(row.outcome, Outcome::Changed { .. })),
            gone: self.gone.len() as i64,
        }
    }
}

impl Sources {
    pub fn new(store: Store, clock: Clock, client: Client, knowledge: Knowledge) -> Self {
        Self { store, clock, client, knowledge, working: Arc::default() }
    }

    pub async fn list(&self, staff: &Staff) -> Result<Vec<Source>> {
        staff.require(Permission::EditKnowledge)?;
        Ok(self.store.list_sources(staff.workspace()).await?)
    }

    /// A new source, which is read at once.
    pub async fn add(&self, staff: &Staff, new: NewSource) -> Result<Source> {
        staff.require(Permission::EditKnowledge)?;
        let url = address(&new.url)?;
        self.client.check(url.as_str()).map_err(|_| Error::AddressRefused)?;
        let new = NewSource {
            url: url.into(),
            category: category(&new.category)?,
            every_days: every(new.every_days)?,
            ..new
        };
        if self.store.list_sources(staff.workspace()).await?.len() >= SOURCES {
            return Err(Error::SourceLimit);
        }
        let id = self.store.insert_source(staff.workspace(), &new, staff.id(), self.clock.now()).await?;
        self.start(staff.workspace());
        self.find(staff, id).await
    }

    pub async fn set(
        &self,
        staff: &Staff,
        id: SourceId,
        below: &str,
        every_days: Option<i64>,
        articles: Option<bool>,
    ) -> Result<Source> {
        let source = self.find(staff, id).await?;
        let articles = articles.unwrap_or(source.articles);
        let has_other_form = articles != source.articles;
        // Half of its pages would be read as the one, half as the other.
        if has_other_form && source.state == SourceState::Reading {
            return Err(Error::SourceReading);
        }
        let every_days = every(every_days)?;
        let last = source.finished_at.unwrap_or(source.started_at);
        let due = every_days.map(|days| last + days * DAY);
        let source = Source { category: category(below)?, every_days, articles, ..source };
        self.store.set_source(&source, due).await?;
        if has_other_form { self.read_again(staff, id).await } else { self.find(staff, id).await }
    }

    pub async fn read_again(&self, staff: &Staff, id: SourceId) -> Result<Source> {
        self.find(staff, id).await?;
        self.store.ask_for_source(staff.workspace(), id, self.clock.now()).await?;
        self.start(staff.workspace());
        self.find(staff, id).await
    }

    pub async fn remove(&self, staff: &Staff, id: SourceId) -> Result<()> {
        self.find(staff, id).await?;
        Ok(self.store.delete_source(staff.workspace(), id).await?)
    }

    /// What taking it would change; nothing while it is being read.
    pub async fn compare(&self, staff: &Staff, id: SourceId) -> Result<Comparison> {
        let source = self.find(staff, id).await?;
        self.comparison(source).await
    }

    /// Takes what is new and changed; what is gone is archived if that is asked for.
    pub async fn take(
        &self,
        staff: &Staff,
        id: SourceId,
        publish: bool,
        archive: bool,
    ) -> Result<Comparison> {
        let source = self.find(staff, id).await?;
        if publish || archive {
            staff.require(Permission::PublishKnowledge)?;
        }
        if source.state == SourceState::Reading {
            return Err(Error::SourceReading);
        }
        let compared = self.comparison(source).await?;
        let origin = |row: &Row| Some(EntrySource { source_id: id, page: row.page.clone()? });
        let (workspace, now) = (staff.workspace(), self.clock.now());
        let changes = compared.plan.changes_from(origin);
        let done = self.store.import_entries(workspace, changes, publish, staff.id(), now).await;
        if publish {
            self.knowledge.announce(workspace);
        }
        done?;
        if archive {
            let gone: Vec<EntryId> = compared.gone.iter().map(|entry| entry.id).collect();
            for ids in gone.chunks(100) {
                let archive = Bulk { step: Some(Step::Archive), ..Bulk::default() };
                self.knowledge.bulk(staff, ids, archive).await?;
            }
        }
        let left = self.comparison(self.find(staff, id).await?).await?;
        self.store.set_differences(id, left.source.differences).await?;
        Ok(Comparison { source: self.find(staff, id).await?, ..compared })
    }

    async fn find(&self, staff: &Staff, id: SourceId) -> Result<Source> {
        staff.require(Permission::EditKnowledge)?;
        self.store.find_source(staff.workspace(), id).await?.ok_or(Error::NotFound)
    }

    async fn comparison(&self, source: Source) -> Result<Comparison> {
        if source.state == SourceState::Reading {
            return Ok(Comparison { source, plan: Plan::default(), gone: Vec::new(), failed: Vec::new() });
        }
        let pages = self.store.source_pages(&source).await?;
        let existing = self.store.all_entries(source.workspace_id).await?;
        // Thousands of rows are compared: not on a task that answers others.
        tokio::task::spawn_blocking(move || compared(source, pages, existing)).await.map_err(Error::internal)
    }

    /// Reads what is due in the background, unless that is under way.
    pub fn start(&self, workspace: WorkspaceId) {
        let Ok(working) = Arc::clone(&self.working).try_lock_owned() else { return };
        let sources = self.clone();
        tokio::spawn(async move {
            let _working = working;
            if let Err(error) = sources.work(workspace).await {
                tracing::warn!(%error, "a source could not be read; it will be tried again");
            }
        });
    }

    /// When nothing is being read on this node any more.
    pub async fn idle(&self) {
        drop(self.working.lock().await);
    }

    /// Everything that is due, one source after another.
    pub async fn work(&self, workspace: WorkspaceId) -> Result<()> {
        loop {
            let now = self.clock.now();
            let Some(source) = self.store.claim_source(workspace, now, now + LEASE).await? else {
                return Ok(());
            };
            let id = source.id;
            let (source, problem) = self.read(source).await?;
            let now = self.clock.now();
            let due = source.every_days.map(|days| now + days * DAY);
            self.store.finish_source(&source, problem, due, now).await?;
            if let Some(source) = self.store.find_source(workspace, id).await? {
                let compared = self.comparison(source).await?;
                self.store.set_differences(id, compared.source.differences).await?;
            }
        }
    }

    /// All its pages; why not, if it cannot be read at all.
    async fn read(&self, source: Source) -> Result<(Source, Option<PageProblem>)> {
        let is_begun = source.round > 0 && self.store.next_source_page(&source).await?.is_some();
        let source = if is_begun { source } else { self.store.begin_round(&source).await? };
        let Ok(start) = Url::parse(&source.url) else { return Ok((source, Some(PageProblem::Refused))) };
        let robots = match reading::robots(&self.client, &start).await {
            Ok(robots) => robots,
            Err(problem) => return Ok((source, Some(problem))),
        };
        let reach = Reach { start: &start, scope: source.scope };
        let mut found: HashSet<String> =
            self.store.source_pages(&source).await?.into_iter().map(|page| page.url).collect();
        // Behind a page that failed there may be others that are still there.
        let mut is_patchy = false;
        loop {
            let Some(address) = self.store.next_source_page(&source).await? else {
                if std::mem::take(&mut is_patchy) && self.store.add_known_source_pages(&source).await? > 0 {
                    continue;
                }
                break;
            };
            let now = self.clock.now();
            self.store.keep_source(source.id, now + LEASE).await?;
            if now - source.started_at > PATIENCE {
                break;
            }
            let is_start = address == source.url;
            let read = match Url::parse(&address) {
                Ok(url) if robots.allows(&url[url::Position::BeforePath..]) => {
                    reading::page(&self.client, &url, source.articles).await
                }
                Ok(_) => Err(PageProblem::Robots),
                Err(_) => Err(PageProblem::Refused),
            };
            let outcome = match read {
                Ok(read) => {
                    let links = read.links.iter().filter(|link| reach.takes(link, read.is_list));
                    let mut new: Vec<String> = Vec::new();
                    for link in links {
                        if found.len() < PAGES && found.insert(link.to_string()) {
                            new.push(link.to_string());
                        }
                    }
                    self.store.add_source_pages(&source, &new).await?;
                    PageOutcome::Read(serde_json::to_string(&read.found).map_err(Error::internal)?)
                }
                Err(problem) if is_start => return Ok((source, Some(problem))),
                Err(problem @ (PageProblem::Gone | PageProblem::NoIndex | PageProblem::Robots)) => {
                    PageOutcome::Empty(problem)
                }
                Err(problem) => {
                    is_patchy = true;
                    PageOutcome::Failed(problem)
                }
            };
            self.store.finish_source_page(&source, &address, &outcome).await?;
            if !robots.pause.is_zero() {
                tokio::time::sleep(robots.pause).await;
            }
        }
        Ok((source, None))
    }
}

/// Which links are followed.
struct Reach<'a> {
    start: &'a Url,
    scope: SourceScope,
}

impl Reach<'_> {
    /// A sitemap's own list reaches as far as its site; links of pages only into their folder.
    fn takes(&self, link: &Url, is_list: bool) -> bool {
        let path = link.path().to_ascii_lowercase();
        if link.origin() != self.start.origin()
            || link.as_str().len() > ADDRESS
            || OTHER_FILES.iter().any(|ending| path.ends_with(ending))
        {
            return false;
        }
        let folder = self.start.path().rsplit_once('/').map_or("", |(folder, _)| folder);
        is_list || self.scope == SourceScope::Site && link.path().starts_with(&format!("{folder}/"))
    }
}

fn compared(source: Source, pages: Vec<SourcePage>, existing: Vec<Entry>) -> Comparison {
    let own: Vec<Entry> = existing
        .iter()
        .filter(|entry| entry.source.as_ref().is_some_and(|origin| origin.source_id == source.id))
        .filter(|entry| entry.status != EntryStatus::Archived)
        .cloned()
        .collect();
    let (rows, has_old_form) = rows_of(&source, &pages, &own);
    let plan = plan_of(rows, existing);
    let kept: HashSet<EntryId> = plan
        .rows
        .iter()
        .filter_map(|row| match row.outcome {
            Outcome::Changed { id, .. } | Outcome::Unchanged(id) => Some(id),
            _ => None,
        })
        .collect();
    // Nothing is gone before all pages were read in the form that the source has now.
    let gone = own.into_iter().filter(|entry| !has_old_form && !kept.contains(&entry.id)).collect();
    let failed = pages.into_iter().filter(|page| page.problem.is_some()).collect();
    let mut compared = Comparison { source, plan, gone, failed };
    // What the source counted may be older.
    compared.source.differences = compared.differences();
    compared
}

/// What its pages say in the form that it has now, and whether some were only read in the other one.
fn rows_of(source: &Source, pages: &[SourcePage], own: &[Entry]) -> (Vec<Row>, bool) {
    let articles = || own.iter().filter(|entry| entry.content.is_article());
    let is_of = |entry: &&Entry, page: &str| entry.source.as_ref().is_some_and(|origin| origin.page == page);
    let (mut rows, mut has_old_form) = (Vec::new(), false);
    for SourcePage { url, content, .. } in pages {
        for found in serde_json::from_str::<Vec<Found>>(content).unwrap_or_default() {
            if found.is_article() != source.articles {
                has_old_form = true;
                continue;
            }
            let mut row = found.into_row(rows.len() + 1, url, &source.category);
            if source.articles {
                // A page stays the same article when it has another title.
                row.id = articles().find(|entry| is_of(entry, url)).map(|entry| entry.id);
            } else if articles().any(|entry| key(&entry.content.question) == key(&row.question)) {
                // Its own article is a question again.
                row.sections = Some(Vec::new());
            }
            rows.push(row);
        }
    }
    (rows, has_old_form)
}

fn address(typed: &str) -> Result<Url> {
    let typed = text::line("url", typed, ADDRESS)?;
    // People leave out what a browser adds.
    let whole = if typed.contains("://") { typed } else { format!("https://{typed}") };
    let mut url = Url::parse(&whole).map_err(|_| Error::Field("url"))?;
    url.set_fragment(None);
    Ok(url)
}

/// By the rules of entries.
fn category(path: &str) -> Result<String> {
    let probe = EntryContent { question: "?".into(), category: path.to_owned(), ..EntryContent::default() };
    Ok(draft::clean(probe)?.category)
}

fn every(days: Option<i64>) -> Result<Option<i64>> {
    match days {
        Some(days) if !(1..=RARELY).contains(&days) => Err(Error::Field("every_days")),
        days => Ok(days),
    }
}
