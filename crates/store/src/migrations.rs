//! The changes of the schema, in order. What is released is never edited: databases know the checksums.

use sqlx::{
    SqlStr,
    migrate::{Migration, MigrationType, Migrator},
};

/// The same change for both databases: number, name, `SQLite` text, `PostgreSQL` text.
const MIGRATIONS: [(i64, &str, &str, &str); 30] = [
    (
        1,
        "first",
        include_str!("../migrations/sqlite/0001_first.sql"),
        include_str!("../migrations/postgres/0001_first.sql"),
    ),
    (
        2,
        "knowledge",
        include_str!("../migrations/sqlite/0002_knowledge.sql"),
        include_str!("../migrations/postgres/0002_knowledge.sql"),
    ),
    (
        3,
        "bot",
        include_str!("../migrations/sqlite/0003_bot.sql"),
        include_str!("../migrations/postgres/0003_bot.sql"),
    ),
    (
        4,
        "learning",
        include_str!("../migrations/sqlite/0004_learning.sql"),
        include_str!("../migrations/postgres/0004_learning.sql"),
    ),
    (
        5,
        "scale",
        include_str!("../migrations/sqlite/0005_scale.sql"),
        include_str!("../migrations/postgres/0005_scale.sql"),
    ),
    (
        6,
        "mood",
        include_str!("../migrations/sqlite/0006_mood.sql"),
        include_str!("../migrations/postgres/0006_mood.sql"),
    ),
    (
        7,
        "search",
        include_str!("../migrations/sqlite/0007_search.sql"),
        include_str!("../migrations/postgres/0007_search.sql"),
    ),
    (
        8,
        "llm",
        include_str!("../migrations/sqlite/0008_llm.sql"),
        include_str!("../migrations/postgres/0008_llm.sql"),
    ),
    (
        9,
        "cluster",
        include_str!("../migrations/sqlite/0009_cluster.sql"),
        include_str!("../migrations/postgres/0009_cluster.sql"),
    ),
    (
        10,
        "senior",
        include_str!("../migrations/sqlite/0010_senior.sql"),
        include_str!("../migrations/postgres/0010_senior.sql"),
    ),
    (
        11,
        "benefits",
        include_str!("../migrations/sqlite/0011_benefits.sql"),
        include_str!("../migrations/postgres/0011_benefits.sql"),
    ),
    (
        12,
        "sources",
        include_str!("../migrations/sqlite/0012_sources.sql"),
        include_str!("../migrations/postgres/0012_sources.sql"),
    ),
    (
        13,
        "assignment_reasons",
        include_str!("../migrations/sqlite/0013_assignment_reasons.sql"),
        include_str!("../migrations/postgres/0013_assignment_reasons.sql"),
    ),
    (
        14,
        "answers",
        include_str!("../migrations/sqlite/0014_answers.sql"),
        include_str!("../migrations/postgres/0014_answers.sql"),
    ),
    (
        15,
        "mood_lists",
        include_str!("../migrations/sqlite/0015_mood_lists.sql"),
        include_str!("../migrations/postgres/0015_mood_lists.sql"),
    ),
    (
        16,
        "articles",
        include_str!("../migrations/sqlite/0016_articles.sql"),
        include_str!("../migrations/postgres/0016_articles.sql"),
    ),
    (
        17,
        "entry_vectors",
        include_str!("../migrations/sqlite/0017_entry_vectors.sql"),
        include_str!("../migrations/postgres/0017_entry_vectors.sql"),
    ),
    (
        18,
        "audiences",
        include_str!("../migrations/sqlite/0018_audiences.sql"),
        include_str!("../migrations/postgres/0018_audiences.sql"),
    ),
    (
        19,
        "upset_lists",
        include_str!("../migrations/sqlite/0019_upset_lists.sql"),
        include_str!("../migrations/postgres/0019_upset_lists.sql"),
    ),
    (
        20,
        "lists",
        include_str!("../migrations/sqlite/0020_lists.sql"),
        include_str!("../migrations/postgres/0020_lists.sql"),
    ),
    (
        21,
        "answer_images",
        include_str!("../migrations/sqlite/0021_answer_images.sql"),
        include_str!("../migrations/postgres/0021_answer_images.sql"),
    ),
    (
        22,
        "help",
        include_str!("../migrations/sqlite/0022_help.sql"),
        include_str!("../migrations/postgres/0022_help.sql"),
    ),
    (
        23,
        "link_cards",
        include_str!("../migrations/sqlite/0023_link_cards.sql"),
        include_str!("../migrations/postgres/0023_link_cards.sql"),
    ),
    (
        24,
        "connectors",
        include_str!("../migrations/sqlite/0024_connectors.sql"),
        include_str!("../migrations/postgres/0024_connectors.sql"),
    ),
    (
        25,
        "message_home",
        include_str!("../migrations/sqlite/0025_message_home.sql"),
        include_str!("../migrations/postgres/0025_message_home.sql"),
    ),
    (
        26,
        "source_articles",
        include_str!("../migrations/sqlite/0026_source_articles.sql"),
        include_str!("../migrations/postgres/0026_source_articles.sql"),
    ),
    (
        27,
        "article_images",
        include_str!("../migrations/sqlite/0027_article_images.sql"),
        include_str!("../migrations/postgres/0027_article_images.sql"),
    ),
    (
        28,
        "client_ids",
        include_str!("../migrations/sqlite/0028_client_ids.sql"),
        include_str!("../migrations/postgres/0028_client_ids.sql"),
    ),
    (
        29,
        "search_backlog",
        include_str!("../migrations/sqlite/0029_search_backlog.sql"),
        include_str!("../migrations/postgres/0029_search_backlog.sql"),
    ),
    (
        30,
        "search_words",
        include_str!("../migrations/sqlite/0030_search_words.sql"),
        include_str!("../migrations/postgres/0030_search_words.sql"),
    ),
];

fn migrator(pick: impl Fn(&(i64, &'static str, &'static str, &'static str)) -> &'static str) -> Migrator {
    // Each is one transaction, but for a planted fault.
    let is_torn = crate::sabotage::is("torn_upgrade");
    let migrations = MIGRATIONS.iter().map(|change| {
        let sql = SqlStr::from_static(pick(change));
        Migration::new(change.0, change.1.into(), MigrationType::Simple, sql, is_torn)
    });
    Migrator::with_migrations(migrations.collect())
}

/// Altering messages locks conversations too: in the writer's order, or each waits for the other. Not in the file, whose
/// checksum databases know.
const ORDERLY: &str = concat!(
    "lock table conversations, messages in access exclusive mode;\n",
    include_str!("../migrations/postgres/0025_message_home.sql")
);

pub fn sqlite() -> Migrator {
    migrator(|change| change.2)
}

pub fn postgres() -> Migrator {
    let mut migrator = migrator(|change| change.3);
    for change in migrator.migrations.to_mut().iter_mut().filter(|change| change.version == 25) {
        change.sql = SqlStr::from_static(ORDERLY);
    }
    migrator
}

/// The version of the schema that this program works with.
pub const fn newest_schema() -> i64 {
    MIGRATIONS[MIGRATIONS.len() - 1].0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Database, Pool, lineage::Lineage};
    use sqlx::Row as _;

    /// Entries of the first version are kept, published, as version 1.
    #[tokio::test]
    async fn entries_of_the_first_schema_become_published_versions() {
        let folder = tempfile::tempdir().unwrap();
        let pool = Pool::open(&Database::Sqlite(folder.path().join("octim.db")), 1, &Lineage::default())
            .await
            .unwrap();
        let Pool::Sqlite { write, .. } = &pool else { unreachable!() };
        let first = Migration::new(
            1,
            "first".into(),
            MigrationType::Simple,
            SqlStr::from_static(MIGRATIONS[0].2),
            false,
        );
        Migrator::with_migrations(vec![first]).run(write).await.unwrap();
        sqlx::raw_sql(
            "insert into workspaces (id, name, created_at) values (1, 'w', 5);
             insert into entries (id, workspace_id, category, question, phrasings, answer, created_at)
             values (7, 1, '售后', '怎么退货', '[\"如何退\"]', '七天 ABC', 6)",
        )
        .execute(write)
        .await
        .unwrap();
        pool.migrate().await.unwrap();
        let row = sqlx::query(
            "select e.status, e.published_version, e.updated_at, v.question, v.phrasings, v.folded, r.revision
             from entries e join entry_versions v on v.entry_id = e.id and v.version = e.version
             join knowledge_revisions r on r.workspace_id = e.workspace_id",
        )
        .fetch_one(write)
        .await
        .unwrap();
        assert_eq!((row.get("status"), row.get("published_version")), ("published", 1));
        assert_eq!((row.get("question"), row.get("phrasings")), ("怎么退货", "[\"如何退\"]"));
        assert_eq!((row.get::<i64, _>("updated_at"), row.get::<i64, _>("revision")), (6, 1));
        assert!(row.get::<&str, _>("folded").contains("七天 abc"));
        pool.close().await;
    }
}
