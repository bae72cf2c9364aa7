//! Which crate may depend on which: the table of ARCHITECTURE.md, for normal dependencies.

use cargo_metadata::{DependencyKind, Metadata};

use super::{Finding, Source};

const BELOW_SERVICE: &[&str] = &[
    "model",
    "crypto",
    "documents",
    "outbound",
    "files",
    "store",
    "bus",
    "channels",
    "language",
    "knowledge",
    "bot",
    "llm",
];

/// Each crate of ours, and which others of ours it may use.
fn may_depend_on(name: &str) -> Option<Vec<&'static str>> {
    Some(match name {
        "model" | "documents" | "reference" | "amnesia" => vec![],
        "protocol" | "crypto" | "outbound" | "bus" | "language" => vec!["model"],
        "files" | "channels" => vec!["model", "crypto", "outbound"],
        "store" => vec!["model", "crypto"],
        "knowledge" => vec!["model", "language"],
        "onnx" => vec!["model", "knowledge"],
        "bot" => vec!["model", "language", "knowledge"],
        "llm" => vec!["model", "crypto", "outbound", "language", "knowledge"],
        "service" => BELOW_SERVICE.to_vec(),
        "bench" => vec!["protocol", "reference", "language", "knowledge"],
        "server" => [BELOW_SERVICE, &["onnx", "protocol", "service", "bench", "reference"]].concat(),
        "testkit" => [BELOW_SERVICE, &["protocol", "service", "server", "bench", "reference"]].concat(),
        "xtask" => vec!["server", "protocol", "language"],
        _ => return None,
    })
}

/// Crates of others that would bring I/O to where there must be none.
fn must_not_use(name: &str) -> &'static [&'static str] {
    match name {
        "model" | "bot" | "documents" => &["tokio", "sqlx", "axum", "reqwest"],
        "protocol" => &["tokio", "sqlx", "reqwest"],
        "language" | "knowledge" => &["sqlx", "axum", "reqwest"],
        _ => &[],
    }
}

/// A crate of ours and its normal dependencies.
pub struct Package {
    name: String,
    manifest: String,
    dependencies: Vec<String>,
}

pub fn read(metadata: &Metadata) -> Vec<Package> {
    let root = &metadata.workspace_root;
    let packages = metadata.packages.iter().map(|package| Package {
        name: package.name.to_string(),
        manifest: package.manifest_path.strip_prefix(root).unwrap_or(&package.manifest_path).to_string(),
        dependencies: package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind == DependencyKind::Normal)
            .map(|dependency| dependency.name.clone())
            .collect(),
    });
    packages.collect()
}

pub fn check(packages: &[Package], sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in packages {
        let mut find = |dependency: &str, message: String| {
            let manifest = sources.iter().find(|source| source.path == package.manifest);
            findings.push(Finding {
                path: package.manifest.clone(),
                line: manifest.map_or(1, |source| line_of(source, dependency)),
                message,
            });
        };
        let Some(allowed) = may_depend_on(&package.name) else {
            find("", format!("the crate {} has no line in the table of crates", package.name));
            continue;
        };
        for dependency in &package.dependencies {
            let ours = packages.iter().any(|other| other.name == *dependency);
            if ours && !allowed.contains(&dependency.as_str()) {
                find(dependency, format!("{} may not depend on {dependency}", package.name));
            }
            if must_not_use(&package.name).contains(&dependency.as_str()) {
                find(dependency, format!("{} must stay free of {dependency}", package.name));
            }
        }
    }
    findings
}

fn line_of(manifest: &Source, dependency: &str) -> usize {
    let declares =
        |line: &str| line.strip_prefix(dependency).is_some_and(|rest| rest.starts_with(['.', ' ', '=']));
    manifest.text.lines().position(declares).map_or(1, |index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, dependencies: &[&str]) -> Package {
        Package {
            name: name.into(),
            manifest: format!("crates/{name}/Cargo.toml"),
            dependencies: dependencies.iter().map(ToString::to_string).collect(),
        }
    }

    fn messages(packages: &[Package]) -> Vec<String> {
        check(packages, &[]).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn edges_of_the_table_are_allowed() {
        let packages = [
            package("model", &["serde"]),
            package("store", &["model", "sqlx", "tokio"]),
            package("service", &["model", "store"]),
            package("server", &["service", "protocol", "reference", "axum"]),
            package("protocol", &["model"]),
            package("reference", &["axum", "sqlx"]),
            package("xtask", &["server"]),
        ];
        assert_eq!(messages(&packages), Vec::<String>::new());
    }

    #[test]
    fn edge_outside_the_table_is_found_with_its_line() {
        let packages = [package("store", &["model", "service"]), package("service", &["model"])];
        let manifest = Source {
            path: "crates/store/Cargo.toml".into(),
            text: "[dependencies]\nmodel.workspace = true\nservice.workspace = true\n".into(),
        };
        let found = check(&packages, &[manifest]);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].line, found[0].message.as_str()), (3, "store may not depend on service"));
    }

    #[test]
    fn reference_may_use_nothing_of_ours() {
        let packages = [package("reference", &["model"]), package("model", &[])];
        assert_eq!(messages(&packages), ["reference may not depend on model"]);
    }

    #[test]
    fn model_stays_free_of_input_and_output() {
        assert_eq!(messages(&[package("model", &["tokio"])]), ["model must stay free of tokio"]);
    }

    #[test]
    fn unknown_crate_needs_a_line_in_the_table() {
        let expected = "the crate gadgets has no line in the table of crates";
        assert_eq!(messages(&[package("gadgets", &[])]), [expected]);
    }
}
