//! The two schemas say the same: tables, columns, types, nullability, indexes. What differs
//! on purpose is search: the tables `messages_terms`, and what `PostgreSQL` lists for it.

use crate::fixture::*;
use sqlx::{Connection as _, Row as _};
use std::collections::BTreeSet;
use store::Database;
use testkit::database::TestDatabase;

pub type Facts = BTreeSet<String>;

/// Tables, columns and indexes of a database.
pub async fn facts(store: &TestStore) -> Facts {
    match store.database() {
        Database::Sqlite(_) => of_sqlite(store).await,
        Database::Postgres(_) => of_postgres(store).await,
    }
}

fn column(table: &str, name: &str, kind: &str, is_nullable: bool) -> String {
    format!("{table}.{name} {kind}{}", if is_nullable { " null" } else { "" })
}

fn index(table: &str, is_unique: bool, columns: &[String], has_condition: bool) -> String {
    let word = if is_unique { "unique" } else { "index" };
    let partial = if has_condition { " where" } else { "" };
    format!("{word} {table} ({}){partial}", columns.join(", "))
}

fn concerns_search(table: &str) -> bool {
    table.starts_with("messages_terms")
        || ["messages_unindexed", "search_backlog", "search_words"].contains(&table)
}

async fn of_sqlite(store: &TestStore) -> Facts {
    let Database::Sqlite(path) = store.database() else { unreachable!() };
    let url = format!("sqlite://{}", path.display());
    let mut db = sqlx::SqliteConnection::connect(&url).await.unwrap();
    let mut facts = Facts::new();
    let columns =
        "select t.name as tab, c.name as col, lower(c.type) as kind, c.\"notnull\" as required, c.pk as pk
        from sqlite_schema t join pragma_table_info(t.name) c
        where t.type = 'table' and t.name not like 'sqlite_%' and t.name not like '\\_sqlx%' escape '\\'";
    for row in sqlx::query(columns).fetch_all(&mut db).await.unwrap() {
        let (table, name): (String, String) = (row.get("tab"), row.get("col"));
        if concerns_search(&table) {
            continue;
        }
        let (required, key): (i64, i64) = (row.get("required"), row.get("pk"));
        // An alias of the row id has to be called integer there.
        let kind = match row.get::<String, _>("kind").as_str() {
            "integer" if key > 0 => "bigint".to_owned(),
            kind => kind.to_owned(),
        };
        facts.insert(column(&table, &name, &kind, required == 0 && key == 0));
        if key > 0 {
            facts.insert(format!("key {table} {name}"));
        }
    }
    let indexes = "select t.name as tab, i.name as idx, i.\"unique\" as is_unique, i.partial as partial
        from sqlite_schema t join pragma_index_list(t.name) i
        where t.type = 'table' and i.origin = 'c'";
    for row in sqlx::query(indexes).fetch_all(&mut db).await.unwrap() {
        let (table, name): (String, String) = (row.get("tab"), row.get("idx"));
        let columns = sqlx::query_scalar(
            "select coalesce(name, 'expression') from pragma_index_info($1) order by seqno",
        )
        .bind(&name)
        .fetch_all(&mut db)
        .await
        .unwrap();
        let (is_unique, partial): (i64, i64) = (row.get("is_unique"), row.get("partial"));
        facts.insert(format!("{name}: {}", index(&table, is_unique > 0, &columns, partial > 0)));
    }
    facts
}

async fn of_postgres(store: &TestStore) -> Facts {
    let Database::Postgres(url) = store.database() else { unreachable!() };
    let mut db = sqlx::PgConnection::connect(url).await.unwrap();
    let mut facts = Facts::new();
    let columns = "select table_name::text as tab, column_name::text as col, data_type::text as kind, is_nullable = 'YES' as nullable
        from information_schema.columns
        where table_schema = current_schema() and table_name not like '\\_sqlx%'";
    for row in sqlx::query(columns).fetch_all(&mut db).await.unwrap() {
        let (table, name): (String, String) = (row.get("tab"), row.get("col"));
        if !concerns_search(&table) {
            facts.insert(column(&table, &name, &row.get::<String, _>("kind"), row.get("nullable")));
        }
    }
    let indexes = "select t.relname::text as tab, i.relname::text as idx, x.indisunique as is_unique,
            x.indisprimary as is_key, x.indpred is not null as partial,
            array(select coalesce(a.attname::text, 'expression') from unnest(x.indkey) with ordinality k (num, place)
                left join pg_attribute a on a.attrelid = t.oid and a.attnum = k.num and k.num > 0 order by k.place) as cols
        from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid
        where t.relnamespace = current_schema()::regnamespace and t.relname not like '\\_sqlx%'";
    for row in sqlx::query(indexes).fetch_all(&mut db).await.unwrap() {
        let (table, name): (String, String) = (row.get("tab"), row.get("idx"));
        let columns: Vec<String> = row.get("cols");
        if concerns_search(&table) {
            continue;
        }
        if row.get("is_key") {
            facts.extend(columns.iter().map(|column| format!("key {table} {column}")));
        } else {
            let (is_unique, partial): (bool, bool) = (row.get("is_unique"), row.get("partial"));
            facts.insert(format!("{name}: {}", index(&table, is_unique, &columns, partial)));
        }
    }
    facts
}

#[tokio::test]
async fn both_schemas_are_the_same() {
    let Some(home) = TestDatabase::postgres().await.unwrap() else { return };
    let postgres = home.open().await.unwrap();
    let sqlite = TestDatabase::sqlite().unwrap().open().await.unwrap();
    let (here, there) = (of_sqlite(&sqlite).await, of_postgres(&postgres).await);
    assert!(here.len() > 150, "{}", here.len());
    let only_sqlite: Vec<_> = here.difference(&there).collect();
    let only_postgres: Vec<_> = there.difference(&here).collect();
    assert!(only_sqlite.is_empty() && only_postgres.is_empty(), "{only_sqlite:#?}\n{only_postgres:#?}");
    postgres.remove().await.unwrap();
    sqlite.remove().await.unwrap();
}

both! {
    async fn opening_again_migrates_nothing(store: &TestStore) {
        let made = workspace(store).await;
        let again = store.reopen(2).await.unwrap();
        assert!(again.find_workspace(made).await.unwrap().is_some());
        again.close().await;
    }
}
