//! Migrations come in pairs, one for SQLite and one for PostgreSQL, named `NNNN_subject.sql`.

use std::collections::BTreeMap;

use super::{Finding, Source};

const SQLITE: &str = "crates/store/migrations/sqlite";
const POSTGRES: &str = "crates/store/migrations/postgres";

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
        }
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
    fn bad_name_and_double_number_are_found() {
        assert_eq!(messages(&["sqlite/1_a.sql", "postgres/1_a.sql"]).len(), 2);
        let twice = ["sqlite/0001_a.sql", "postgres/0001_a.sql", "sqlite/0001_b.sql", "postgres/0001_b.sql"];
        assert_eq!(messages(&twice), ["number 0001 is taken by 0001_a.sql"; 2]);
    }
}
