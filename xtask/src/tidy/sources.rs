//! Rules for one source file at a time: its size, its header, what it may name, and that it is finished.

use super::{Finding, Source};

const MAX_LINES: usize = 500;

/// Libraries that live in one crate only. (The yardstick, `reference`, has its own SQL.)
const HOMES: [(&str, &str); 3] =
    [("sqlx::", "crates/store/"), ("axum::", "crates/server/"), ("reqwest::", "crates/outbound/")];
const OUTSIDE: &str = "crates/reference/";

// Spelled in two halves, so that this file keeps its own rules.
const UNFINISHED: [&str; 4] =
    [concat!("to", "do!"), concat!("unimple", "mented!"), concat!("TO", "DO"), concat!("FIX", "ME")];
const BARE_ALLOW: [&str; 2] = [concat!("#[al", "low("), concat!("#![al", "low(")];
const SKIPPED_TEST: [&str; 7] = [
    concat!("#[ig", "nore"),
    concat!("it.", "skip("),
    concat!("it.", "only("),
    concat!("test.", "skip("),
    concat!("test.", "only("),
    concat!("describe.", "skip("),
    concat!("describe.", "only("),
];

pub fn check(source: &Source) -> Vec<Finding> {
    let (_, name) = source.split();
    let mut findings = Vec::new();
    if name == "package-lock.json" {
        addresses(source, &mut findings);
    }
    let generated = name == "schema.ts" || name.ends_with(".d.ts");
    if generated || matches!(source.extension(), "json" | "toml") {
        return findings;
    }
    if matches!(source.extension(), "rs" | "ts" | "tsx" | "vue" | "css" | "js" | "mjs") {
        length(source, &mut findings);
    }
    if source.extension() == "rs" && !source.text.trim_start().starts_with("//!") {
        findings.push(source.finding(1, "a Rust file opens with `//!`: what it is for"));
    }
    for (index, line) in source.text.lines().enumerate() {
        let mut find = |message: String| findings.push(source.finding(index + 1, message));
        if let Some(word) = UNFINISHED.into_iter().find(|word| has_word(line, word)) {
            find(format!("unfinished: {word}"));
        }
        if let Some(mark) = SKIPPED_TEST.into_iter().find(|mark| has_word(line, mark)) {
            find(format!("a test that does not run: {mark}"));
        }
        if source.extension() == "rs" {
            rust_line(source, line, &mut find);
        }
    }
    findings
}

fn rust_line(source: &Source, line: &str, find: &mut impl FnMut(String)) {
    let code = line.split_once("//").map_or(line, |(code, _)| code);
    for (library, home) in HOMES {
        let elsewhere = source.path.starts_with("crates/")
            && !source.path.starts_with(home)
            && !source.path.starts_with(OUTSIDE);
        if elsewhere && has_word(code, library) {
            find(format!("`{library}` belongs to {home}"));
        }
    }
    if BARE_ALLOW.into_iter().any(|allow| code.contains(allow)) && !code.contains("reason = ") {
        find("use #[expect(lint, reason = \"…\")] instead of a bare allow".into());
    }
}

fn length(source: &Source, findings: &mut Vec<Finding>) {
    let lines = source.text.lines().count();
    if lines > MAX_LINES {
        let message = format!("{lines} lines, at most {MAX_LINES}: split it by subject");
        findings.push(source.finding(MAX_LINES + 1, message));
    }
}

fn addresses(source: &Source, findings: &mut Vec<Finding>) {
    let resolved = concat!("\"resol", "ved\": \"http");
    if source.text.contains(resolved) {
        let message = "download addresses in the lockfile: make it anew with this folder's .npmrc";
        findings.push(source.finding(source.line_of(resolved), message));
    }
}

/// Whether `word` stands in `line` and is not just a part of a longer word.
fn has_word(line: &str, word: &str) -> bool {
    let part_of_word = |character: char| character.is_alphanumeric() || character == '_';
    line.match_indices(word).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let after = line[start + word.len()..].chars().next();
        let open = word.ends_with(|last: char| !part_of_word(last));
        !before.is_some_and(part_of_word) && (open || !after.is_some_and(part_of_word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(path: &str, text: &str) -> Vec<(usize, String)> {
        let source = Source { path: path.into(), text: text.into() };
        check(&source).into_iter().map(|finding| (finding.line, finding.message)).collect()
    }

    fn rust(path: &str, line: &str) -> Vec<(usize, String)> {
        messages(path, &format!("//! Header.\n{line}\n"))
    }

    #[test]
    fn ordinary_files_pass() {
        let line = "use sqlx::Row; // axum:: is named only in a comment";
        assert_eq!(rust("crates/store/src/lib.rs", line), []);
        assert_eq!(rust("crates/model/src/lib.rs", "#[expect(dead_code, reason = \"x\")]"), []);
        assert_eq!(rust("crates/model/src/lib.rs", "let my_axum::x = mastodon;"), []);
        assert_eq!(messages("web/ui/src/a.ts", "export const a = 1;\n"), []);
    }

    #[test]
    fn library_outside_its_home_is_found() {
        let expected = [(2, "`sqlx::` belongs to crates/store/".to_string())];
        assert_eq!(rust("crates/service/src/a.rs", "fn f(p: sqlx::Pool) {}"), expected);
        assert_eq!(rust("crates/service/src/a.rs", "use axum::Router;").len(), 1);
        assert_eq!(rust("crates/server/src/a.rs", "use reqwest::Client;").len(), 1);
    }

    #[test]
    fn long_file_is_found_and_a_generated_one_is_not() {
        let long = "//! Header.\n".repeat(MAX_LINES + 1);
        for name in ["a.rs", "a.ts", "a.tsx", "a.vue", "a.css"] {
            let found = messages(&format!("web/ui/src/{name}"), &long);
            assert_eq!(found[0].0, MAX_LINES + 1, "{name}");
        }
        assert_eq!(messages("web/client/src/schema.ts", &long), []);
        assert_eq!(messages("openapi.json", &long), []);
        assert_eq!(messages("web/ui/src/a.ts", &"x\n".repeat(MAX_LINES)), []);
    }

    #[test]
    fn missing_header_is_found() {
        let found = messages("crates/model/src/lib.rs", "// no header\nfn f() {}\n");
        assert_eq!(found, [(1, "a Rust file opens with `//!`: what it is for".into())]);
    }

    #[test]
    fn bare_allow_is_found() {
        for allow in BARE_ALLOW {
            let found = rust("crates/model/src/lib.rs", &format!("{allow}dead_code)]"));
            assert_eq!(found.len(), 1, "{allow}");
        }
    }

    #[test]
    fn unfinished_work_is_found_in_every_language() {
        for word in UNFINISHED {
            assert_eq!(rust("crates/model/src/lib.rs", &format!("{word}(); // x")).len(), 1, "{word}");
        }
        for path in ["a.vue", "a.css", "a.sql", "a.sh", "a.mjs"] {
            assert_eq!(messages(path, &format!("/* {}: later */", UNFINISHED[2])).len(), 1, "{path}");
        }
    }

    #[test]
    fn test_that_does_not_run_is_found() {
        for mark in SKIPPED_TEST {
            assert_eq!(messages("web/ui/a.test.ts", &format!("  {mark}'x')")).len(), 1, "{mark}");
        }
        assert_eq!(messages("web/ui/a.ts", "split.only(x)\n"), []);
    }

    #[test]
    fn download_address_in_the_lockfile_is_found() {
        let line = concat!("\"resol", "ved\": \"https://example.org/a.tgz\"");
        assert_eq!(messages("package-lock.json", line).len(), 1);
        assert_eq!(messages("package-lock.json", "{}"), []);
    }
}
