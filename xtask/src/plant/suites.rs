//! Builds the copy and runs single tests in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::BufReader;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use cargo_metadata::{Artifact, Message, TargetKind};
use serde_json::Value;

use super::list::{Test, VARIABLE};
use super::tree::Tree;

/// Seconds; a planted bug may make its test wait for ever.
const PATIENCE: &str = "60";

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Green,
    Red,
    /// It did not run at all: it does not exist, or what it needs was not built.
    Absent,
}

/// The test binaries of one build.
#[derive(Default)]
pub struct Built {
    binaries: BTreeMap<(bool, String), (PathBuf, PathBuf)>,
}

impl Built {
    /// Builds the binaries that hold these tests.
    pub fn of(tree: &Tree, tests: &BTreeSet<Test>) -> anyhow::Result<Self> {
        let mut cargo = Command::new("cargo");
        cargo.current_dir(&tree.root).env("CARGO_TARGET_DIR", &tree.build);
        cargo.args(["test", "--no-run", "--workspace", "--message-format", "json-render-diagnostics"]);
        let mut targets = BTreeSet::new();
        for test in tests {
            match test {
                Test::Integration(target, _) => targets.insert(vec!["--test".to_owned(), target.clone()]),
                Test::Unit(..) => targets.insert(vec!["--lib".to_owned()]),
                Test::Web(..) | Test::Journey(_) => false,
            };
        }
        if targets.is_empty() {
            return Ok(Self::default());
        }
        let mut running = cargo.args(targets.into_iter().flatten()).stdout(Stdio::piped()).spawn()?;
        let messages = running.stdout.take().context("no output of cargo")?;
        let mut built = Self::default();
        for message in Message::parse_stream(BufReader::new(messages)) {
            if let Message::CompilerArtifact(artifact) = message? {
                built.note(artifact);
            }
        }
        ensure!(running.wait()?.success(), "it does not compile");
        Ok(built)
    }

    fn note(&mut self, artifact: Artifact) {
        let Some(binary) = artifact.executable.filter(|_| artifact.profile.test) else { return };
        let is_unit = !artifact.target.kind.contains(&TargetKind::Test);
        let name = if is_unit { artifact.target.name.replace('-', "_") } else { artifact.target.name };
        let home =
            artifact.manifest_path.parent().map(|folder| folder.as_std_path().to_owned()).unwrap_or_default();
        self.binaries.insert((is_unit, name), (binary.into_std_path_buf(), home));
    }

    fn run(&self, key: &(bool, String), name: &str, plant: Option<&str>) -> anyhow::Result<Outcome> {
        let Some((binary, home)) = self.binaries.get(key) else { return Ok(Outcome::Absent) };
        let mut test = Command::new("timeout");
        test.arg(PATIENCE).arg(binary).args(["--exact", name, "--nocapture"]).current_dir(home);
        test.env_remove(VARIABLE).envs(plant.map(|plant| (VARIABLE, plant)));
        let output = test.stdin(Stdio::null()).output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        Ok(match output.status.code() {
            Some(0) if said.contains("test result: ok. 1 passed") => Outcome::Green,
            Some(0) => Outcome::Absent,
            // The test failed; or it hung, or took the whole binary with it.
            _ => {
                if plant.is_none() {
                    let said = String::from_utf8_lossy(&output.stderr);
                    let end = said.lines().rev().take(20).collect::<Vec<_>>();
                    println!("{name}:\n{}", end.into_iter().rev().collect::<Vec<_>>().join("\n"));
                }
                Outcome::Red
            }
        })
    }
}

/// Runs one test of the copy, with the plant of this name chosen.
pub fn run(tree: &Tree, built: &Built, test: &Test, plant: Option<&str>) -> anyhow::Result<Outcome> {
    match test {
        Test::Integration(target, name) => built.run(&(false, target.clone()), name, plant),
        Test::Unit(package, name) => built.run(&(true, package.clone()), name, plant),
        Test::Web(folder, file, name) => web(tree, folder, file, name),
        Test::Journey(name) => journey(tree, name),
    }
}

fn web(tree: &Tree, folder: &str, file: &str, name: &str) -> anyhow::Result<Outcome> {
    let report = tree.build.join("vitest.json");
    drop(fs::remove_file(&report));
    let mut vitest = Command::new("timeout");
    vitest.arg(PATIENCE).args(["npx", "vitest", "run", file, "--reporter=json"]);
    vitest.arg(format!("--outputFile={}", report.display())).current_dir(tree.root.join("web").join(folder));
    vitest.stdin(Stdio::null()).output()?;
    let report: Value =
        serde_json::from_str(&fs::read_to_string(report).context("vitest reported nothing")?)?;
    let files = report["testResults"].as_array().cloned().unwrap_or_default();
    let mut tests = files.iter().flat_map(|file| file["assertionResults"].as_array().into_iter().flatten());
    let found = tests.find(|test| test["fullName"].as_str().is_some_and(|full| full.ends_with(name)));
    Ok(match found.and_then(|test| test["status"].as_str()) {
        Some("passed") => Outcome::Green,
        Some("failed") => Outcome::Red,
        _ => Outcome::Absent,
    })
}

/// Builds what browsers and the journey need, and goes on it.
fn journey(tree: &Tree, name: &str) -> anyhow::Result<Outcome> {
    let here = |program: &str| {
        let mut command = Command::new(program);
        command.current_dir(&tree.root).env("CARGO_TARGET_DIR", &tree.build).stdin(Stdio::null());
        command
    };
    let cargo = here("cargo").args(["build", "--workspace", "--bin", "octim"]).status()?;
    let npm = here("npm").args(["run", "build"]).output()?;
    if !cargo.success() || !npm.status.success() {
        return Ok(Outcome::Absent);
    }
    let output = here("node").args(["e2e/run.mjs", name]).env_remove("OCTIM_BIN").output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    Ok(match said.lines().last() {
        Some("1 passed, 0 failed") => Outcome::Green,
        Some("0 passed, 1 failed") => Outcome::Red,
        _ => Outcome::Absent,
    })
}
