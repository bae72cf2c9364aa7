//! Migrations come in pairs, one for SQLite and one for PostgreSQL, named `NNNN_subject.sql`. They only
//! add: while nodes are updated one by one, the version before still reads and writes the newer schema.

use std::collections::BTreeMap;

use super::{Finding, Source};

const SQLITE: &str = "crates/store/migrations/sqlite";
const POSTGRES: &str = "crates/store/migrations/postgres";
/// Up to here nodes could not be updated one by one.
const ALONE: &str = "0008";
/// What takes away something that the version before may use.
const TAKES_AWAY: [&str; 4] = ["drop table", "drop column", "rename ", "alter column"];

pub fn check(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (folder, other) in [(SQLITE, POSTGRES), (POSTGRES, SQLITE)] {
        let mut numbers = BTreeMap::new();
        for migration in sources.iter().filter(|source| source.split().0 == folder) {
            let (_, name) = migration.split();
            let twin = format!("{other}/{name}");
            if !sources.iter().any(|source| source.path == twin) {
                findings.push(migration.finding(1, format!("{twin} is missing")));
            }
            let Some(number) = number(name) else {
                findings.push(migration.finding(1, "a migration is named NNNN_subject.sql"));
                continue;
            };
            if let Some(first) = numbers.insert(number, name) {
                findings.push(migration.finding(1, format!("number {number} is taken by {first}")));
            }
            if number > ALONE {
                findings.extend(taken_away(migration));
            }
        }
    }
    findings
}

/// Statements that the version before would stumble over.
fn taken_away(migration: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut statement = String::new();
    for (number, line) in (1..).zip(migration.text.lines()) {
        let line = line.split("--").next().unwrap_or_default().to_lowercase();
        statement.push_str(&line);
        statement.push(' ');
        if !line.contains(';') {
            continue;
        }
        if let Some(words) = TAKES_AWAY.into_iter().find(|words| statement.contains(words)) {
            let message = format!("`{}` breaks the version before, which may still run", words.trim());
            findings.push(migration.finding(number, message));
        }
        let is_demanded = statement.contains("not null") && !statement.contains("default");
        if statement.contains("add column") && is_demanded {
            let message = "the version before does not fill this column: give it a default, or allow null";
            findings.push(migration.finding(number, message));
        }
        statement.clear();
    }
    findings
}

fn number(name: &str) -> Option<&str> {
    let (number, subject) = name.strip_suffix(".sql")?.split_once('_')?;
    let four_digits = number.len() == 4 && number.bytes().all(|byte| byte.is_ascii_digit());
    (four_digits && !subject.is_empty()).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(paths: &[&str]) -> Vec<String> {
        let source =
            |path: &&str| Source { path: format!("crates/store/migrations/{path}"), text: String::new() };
        let sources: Vec<_> = paths.iter().map(source).collect();
        check(&sources).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn pairs_pass() {
        let pairs = ["sqlite/0001_a.sql", "postgres/0001_a.sql", "sqlite/0002_b.sql", "postgres/0002_b.sql"];
        assert_eq!(messages(&pairs), Vec::<String>::new());
    }

    #[test]
    fn migration_without_twin_is_found() {
        let expected = "crates/store/migrations/postgres/0001_a.sql is missing";
        assert_eq!(messages(&["sqlite/0001_a.sql"]), [expected]);
    }

    #[test]
    fn migration_that_breaks_the_version_before_is_found() {
        let messages = |name: &str, text: &str| -> Vec<String> {
            let source = |kind| Source {
                path: format!("crates/store/migrations/{kind}/{name}_a.sql"),
                text: text.to_owned(),
            };
            check(&[source("sqlite"), source("postgres")]).into_iter().map(|found| found.message).collect()
        };
        for text in [
            "alter table a\n    drop column b;",
            "drop table a;",
            "alter table a rename to b;",
            "alter table a add column b bigint not null;",
            "ALTER TABLE a ALTER COLUMN b SET NOT NULL;",
        ] {
            assert_eq!(messages("0009", text).len(), 2, "{text}");
            assert_eq!(messages("0007", text), Vec::<String>::new());
        }
        let harmless = "-- We do not drop table a.\ncreate table b (c bigint not null);\ndrop index d;\n\
            alter table a add column e bigint not null default 0;\nalter table a add column f text;";
        assert_eq!(messages("0009", harmless), Vec::<String>::new());
    }

    #[test]
    fn bad_name_and_double_number_are_found() {
        assert_eq!(messages(&["sqlite/1_a.sql", "postgres/1_a.sql"]).len(), 2);
        let twice = ["sqlite/0001_a.sql", "postgres/0001_a.sql", "sqlite/0001_b.sql", "postgres/0001_b.sql"];
        assert_eq!(messages(&twice), ["number 0001 is taken by 0001_a.sql"; 2]);
    }
}
