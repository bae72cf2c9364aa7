//! Knowledge entries (知识条目) and their versions, read. An entry's row says where it
//! stands; what it says is in `entry_versions`.

mod find;
mod images;
mod import;
mod pairs;
mod published;
mod rates;
mod save;
mod sections;
mod variants;
mod vectors;
mod write;

pub use find::Similar;
pub use import::Import;
pub use pairs::VersionPair;
pub use published::Changes;
pub use rates::EntryRates;
pub use save::{Change, NewEntry};
pub use vectors::EntryVector;

use crate::{
    Result, Store,
    pool::on,
    row::{Row, json, parsed, read},
    terms,
};
use model::{
    AgentId, Audience, Entry, EntryContent, EntryId, EntrySource, EntryStatus, EntryVersion, Millis,
    PublishedEntry, SourceId, WorkspaceId,
};
use sqlx::AssertSqlSafe;

const CONTENT: &str =
    "v.version as content_version, v.category, v.question, v.phrasings, v.answer, v.images, v.cards, v.audience, v.answers, v.variants, v.sections, v.section_images, v.tags, v.follow_ups,
    v.valid_from, v.valid_until";
const STATE: &str =
    "e.id, e.workspace_id, e.status, e.version, e.published_version, e.owner_id, e.used, e.used_at,
    e.created_at, e.updated_at, e.updated_by, e.source_id, e.source_page";
/// An entry's newest version.
const NEWEST: &str = "from entries e join entry_versions v on v.entry_id = e.id and v.version = e.version";
/// The version that answers.
const LIVE: &str =
    "from entries e join entry_versions v on v.entry_id = e.id and v.version = e.published_version";

read!(EntryContent, |row| EntryContent {
    category: row.try_get("category")?,
    question: row.try_get("question")?,
    phrasings: json("phrasings", row.try_get("phrasings")?)?,
    answer: row.try_get("answer")?,
    images: json("images", row.try_get("images")?)?,
    cards: json("cards", row.try_get("cards")?)?,
    audience: parsed("audience", Audience::from_code(row.try_get("audience")?))?,
    answers: variants::joined(
        json("answers", row.try_get("answers")?)?,
        json("variants", row.try_get("variants")?)?,
    ),
    sections: sections::joined(
        json("sections", row.try_get("sections")?)?,
        json("section_images", row.try_get("section_images")?)?,
    ),
    tags: json("tags", row.try_get("tags")?)?,
    follow_ups: json("follow_ups", row.try_get("follow_ups")?)?,
    valid_from: row.try_get("valid_from")?,
    valid_until: row.try_get("valid_until")?,
});
read!(Entry, |row| Entry {
    id: EntryId(row.try_get("id")?),
    workspace_id: WorkspaceId(row.try_get("workspace_id")?),
    status: parsed("status", EntryStatus::from_code(row.try_get("status")?))?,
    version: row.try_get("version")?,
    published_version: row.try_get("published_version")?,
    content: sqlx::FromRow::from_row(row).map(|Row(content): Row<EntryContent>| content)?,
    owner_id: row.try_get::<Option<i64>, _>("owner_id")?.map(AgentId),
    source: match (row.try_get::<Option<i64>, _>("source_id")?, row.try_get("source_page")?) {
        (Some(id), Some(page)) => Some(EntrySource { source_id: SourceId(id), page }),
        _ => None,
    },
    used: row.try_get("used")?,
    used_at: row.try_get("used_at")?,
    created_at: row.try_get("created_at")?,
    updated_at: row.try_get("updated_at")?,
    updated_by: row.try_get::<Option<i64>, _>("updated_by")?.map(AgentId),
});
read!(EntryVersion, |row| EntryVersion {
    version: row.try_get("content_version")?,
    content: sqlx::FromRow::from_row(row).map(|Row(content): Row<EntryContent>| content)?,
    saved_at: row.try_get("saved_at")?,
    saved_by: row.try_get::<Option<i64>, _>("saved_by")?.map(AgentId),
    published_at: row.try_get("published_at")?,
    published_by: row.try_get::<Option<i64>, _>("published_by")?.map(AgentId),
});
read!(PublishedEntry, |row| PublishedEntry {
    id: EntryId(row.try_get("id")?),
    version: row.try_get("content_version")?,
    content: sqlx::FromRow::from_row(row).map(|Row(content): Row<EntryContent>| content)?,
});

/// Which entries a list shows. Everything that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Published versions only, whatever is being written over them.
    pub live: bool,
    /// Without one: all but the archived.
    pub status: Option<EntryStatus>,
    /// A category with all below it.
    pub category: Option<String>,
    pub tag: Option<String>,
    /// Articles only, or everything but articles.
    pub articles: Option<bool>,
    /// Those that say something for this audience.
    pub audience: Option<Audience>,
    /// Those of this agent; none: those of nobody.
    pub owner: Option<Option<AgentId>>,
    /// Pieces of text that all occur in question, phrasings, answer, sections or tags.
    pub words: String,
    /// Validity ended by then.
    pub expired_at: Option<Millis>,
    /// Published, and not touched since.
    pub stale_before: Option<Millis>,
}

/// Where a page begins: after the entry that was last changed then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub updated_at: Millis,
    pub id: EntryId,
}

/// How many entries share a place in the lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facet {
    pub status: EntryStatus,
    pub category: String,
    pub tags: Vec<String>,
    pub count: i64,
}

read!(Facet, |row| Facet {
    status: parsed("status", EntryStatus::from_code(row.try_get("status")?))?,
    category: row.try_get("category")?,
    tags: json("tags", row.try_get("tags")?)?,
    count: row.try_get("count")?,
});

/// In a filter: the number of no agent.
const NOBODY: i64 = 0;
/// The most pieces of a filter's words.
const PIECES: usize = 6;

impl Store {
    pub async fn find_entry(&self, workspace: WorkspaceId, id: EntryId) -> Result<Option<Entry>> {
        self.find_one(workspace, id, NEWEST).await
    }

    /// With the content that answers; none when nothing of it is published.
    pub async fn find_live_entry(&self, workspace: WorkspaceId, id: EntryId) -> Result<Option<Entry>> {
        self.find_one(workspace, id, LIVE).await
    }

    async fn find_one(&self, workspace: WorkspaceId, id: EntryId, from: &str) -> Result<Option<Entry>> {
        let sql = format!("select {STATE}, {CONTENT} {from} where e.workspace_id = $1 and e.id = $2");
        let row = on!(&self.pool, |db| sqlx::query_as::<_, Row<Entry>>(AssertSqlSafe(sql))
            .bind(workspace.0)
            .bind(id.0)
            .fetch_optional(db)
            .await)?;
        Ok(row.map(|Row(entry)| entry))
    }

    /// Last changed first.
    pub async fn list_entries(
        &self,
        workspace: WorkspaceId,
        filter: &Filter,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<Vec<Entry>> {
        let pieces = pieces(&filter.words);
        let from = if filter.live { LIVE } else { NEWEST };
        let words: Vec<String> = (0..pieces.len())
            .map(|index| format!(" and v.folded like ${} escape '\\'", 14 + index))
            .collect();
        let words = words.concat();
        let sql = format!(
            "select {STATE}, {CONTENT} {from}
             where e.workspace_id = $1
               and ($2 is null and e.status <> 'archived' or e.status = $2)
               and ($3 is null or v.category = $3 or substr(v.category, 1, length($3) + 1) = $3 || '/')
               and ($4 is null or v.tags like $4 escape '\\')
               and ($5 is null or v.valid_until <= $5)
               and ($6 is null or e.status = 'published' and e.updated_at < $6)
               and ($7 is null or e.updated_at < $7 or e.updated_at = $7 and e.id < $8)
               and ($9 is null or $9 = (v.sections <> '[]'))
               and ($11 is null or v.audience = $11 or v.variants like $12
                    or $11 = 'everybody' and v.answers <> '[]')
               and ($13 is null or coalesce(e.owner_id, {NOBODY}) = $13){words}
             order by e.updated_at desc, e.id desc limit $10"
        );
        let tag =
            filter.tag.as_ref().and_then(|tag| serde_json::to_string(tag).ok()).map(|tag| pattern(&tag));
        let rows = on!(&self.pool, |db| {
            let mut query = sqlx::query_as::<_, Row<Entry>>(AssertSqlSafe(sql))
                .bind(workspace.0)
                .bind(filter.status.map(EntryStatus::code))
                .bind(&filter.category)
                .bind(tag)
                .bind(filter.expired_at)
                .bind(filter.stale_before)
                .bind(after.map(|cursor| cursor.updated_at))
                .bind(after.map(|cursor| cursor.id.0))
                .bind(filter.articles)
                .bind(limit)
                .bind(filter.audience.map(Audience::code))
                .bind(filter.audience.map(|audience| format!("%\"audience\":\"{}\"%", audience.code())))
                .bind(filter.owner.map(|owner| owner.map_or(NOBODY, |agent| agent.0)));
            for piece in &pieces {
                query = query.bind(piece);
            }
            query.fetch_all(db).await
        })?;
        Ok(rows.into_iter().map(|Row(entry)| entry).collect())
    }

    /// What there is, for counting by status, category and tag.
    pub async fn entry_facets(&self, workspace: WorkspaceId, live: bool) -> Result<Vec<Facet>> {
        let from = if live { LIVE } else { NEWEST };
        let sql = format!(
            "select e.status, v.category, v.tags, count(*) as count {from} where e.workspace_id = $1
             group by e.status, v.category, v.tags order by v.category, e.status, v.tags"
        );
        let rows = on!(&self.pool, |db| sqlx::query_as::<_, Row<Facet>>(AssertSqlSafe(sql))
            .bind(workspace.0)
            .fetch_all(db)
            .await)?;
        Ok(rows.into_iter().map(|Row(facet)| facet).collect())
    }

    pub async fn count_entries(&self, workspace: WorkspaceId) -> Result<i64> {
        Ok(on!(&self.pool, |db| sqlx::query_scalar("select count(*) from entries where workspace_id = $1")
            .bind(workspace.0)
            .fetch_one(db)
            .await)?)
    }

    /// Newest first.
    pub async fn list_entry_versions(
        &self,
        workspace: WorkspaceId,
        id: EntryId,
        limit: i64,
    ) -> Result<Vec<EntryVersion>> {
        let sql = format!(
            "select {CONTENT}, v.saved_at, v.saved_by, v.published_at, v.published_by from entry_versions v
             where v.workspace_id = $1 and v.entry_id = $2 order by v.version desc limit $3"
        );
        let rows = on!(&self.pool, |db| sqlx::query_as::<_, Row<EntryVersion>>(AssertSqlSafe(sql))
            .bind(workspace.0)
            .bind(id.0)
            .bind(limit)
            .fetch_all(db)
            .await)?;
        Ok(rows.into_iter().map(|Row(version)| version).collect())
    }
}

/// What `folded` holds of a version.
fn folded(content: &EntryContent) -> String {
    let answers = content.answers.iter().map(|own| &own.answer);
    let parts = [&content.question].into_iter().chain(&content.phrasings).chain([&content.answer]);
    let mut out = String::new();
    let sections = content.sections.iter().flat_map(|section| [&section.heading, &section.text]);
    for part in parts.chain(answers).chain(sections).chain(&content.tags) {
        terms::fold(part, |c, _, _| out.push(c));
        out.push('\n');
    }
    out
}

/// `%…%` for `like … escape '\'`.
fn pattern(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('%');
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('%');
    out
}

fn pieces(words: &str) -> Vec<String> {
    let mut folded = String::new();
    // PostgreSQL takes no NUL.
    terms::fold(words, |c, _, _| folded.push(if c.is_control() { ' ' } else { c }));
    folded.split_whitespace().take(PIECES).map(pattern).collect()
}
