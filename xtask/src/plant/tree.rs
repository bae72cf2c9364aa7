//! The copy of the repository in which plants grow, in cargo's target folder: the working tree is never touched.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use super::list::Plant;

pub struct Tree {
    /// Root of the copy.
    pub root: PathBuf,
    /// Where cargo builds it.
    pub build: PathBuf,
}

impl Tree {
    /// The copy, as the working tree is now (of new files those that git was told of), with the plants that have a
    /// switch. Only what differs is written, so that a second run builds little.
    pub fn prepare(root: &Path, target: &Path, switched: &[&Plant]) -> anyhow::Result<Self> {
        let home = target.join("plants");
        let tree = Self { root: home.join("tree"), build: home.join("build") };
        let clean = home.join("clean");
        for folder in [&tree.root, &clean] {
            fs::create_dir_all(folder)?;
        }
        // Files that are only newer than the index knows would make the next one fail; status looks anew.
        output(git(root).args(["status", "--porcelain"]))?;
        let changed = output(git(root).args(["stash", "create"]))?;
        let state = if changed.is_empty() { "HEAD" } else { changed.as_str() };
        let beside = || {
            let mut git = git(root);
            git.env("GIT_INDEX_FILE", home.join("index")).arg("--work-tree").arg(&clean);
            git
        };
        output(beside().args(["read-tree", "--reset", "-u", state]))?;
        let files = output(beside().args(["ls-files", "-z"]))?;
        tree.follow(&clean, files.split_terminator('\0'), switched)?;
        tree.seed(target)?;
        Ok(tree)
    }

    fn follow<'a>(
        &self,
        clean: &Path,
        files: impl Iterator<Item = &'a str>,
        switched: &[&Plant],
    ) -> anyhow::Result<()> {
        let list = self.root.with_extension("files");
        let mut before: BTreeSet<String> =
            fs::read_to_string(&list).unwrap_or_default().lines().map(str::to_owned).collect();
        let mut now = String::new();
        for file in files {
            let (from, to) = (clean.join(file), self.root.join(file));
            let mut wanted = fs::read(&from)?;
            for (plant, change) in
                switched.iter().flat_map(|plant| plant.changes.iter().map(move |c| (plant, c)))
            {
                if change.file == file {
                    let text = String::from_utf8(wanted)?;
                    ensure!(
                        text.matches(&change.old).count() == 1,
                        "{}: its text is not once in {file}",
                        plant.name
                    );
                    wanted = text.replace(&change.old, &plant.replacement(change)).into_bytes();
                }
            }
            if fs::read(&to).ok().as_ref() != Some(&wanted) {
                fs::create_dir_all(to.parent().unwrap_or(&self.root))?;
                fs::write(&to, wanted)?;
                fs::set_permissions(&to, fs::metadata(&from)?.permissions())?;
            }
            before.remove(file);
            now.push_str(file);
            now.push('\n');
        }
        for gone in before {
            fs::remove_file(self.root.join(gone)).or_else(|error| match error.kind() {
                ErrorKind::NotFound => Ok(()),
                _ => Err(error),
            })?;
        }
        Ok(fs::write(list, now)?)
    }

    /// The libraries of others are the same in both trees; ours are newer here than what is copied and built anew.
    fn seed(&self, target: &Path) -> anyhow::Result<()> {
        let (built, debug) = (target.join("debug"), self.build.join("debug"));
        if debug.exists() || !built.join("deps").exists() {
            return Ok(());
        }
        println!("copying what is built already …");
        fs::create_dir_all(&debug)?;
        for part in ["build", "deps", ".fingerprint"] {
            output(Command::new("cp").args(["-a", "--reflink=auto"]).arg(built.join(part)).arg(&debug))?;
        }
        Ok(())
    }

    /// What the web tests need: links inside of it stay inside of the copy.
    pub fn take_node_modules(&self, root: &Path) -> anyhow::Result<()> {
        for folder in ["", "web/client", "web/ui", "web/widget", "web/console", "e2e"] {
            let (from, to) =
                (root.join(folder).join("node_modules"), self.root.join(folder).join("node_modules"));
            if to.exists() {
                fs::remove_dir_all(&to)?;
            }
            if from.exists() {
                output(Command::new("cp").arg("-al").arg(from).arg(to))?;
            }
        }
        ensure!(self.root.join("node_modules").exists(), "the web tests need node_modules: npm ci");
        Ok(())
    }

    /// Puts a plant without a switch in. Returns what stood there.
    pub fn plant(&self, plant: &Plant) -> anyhow::Result<Vec<(PathBuf, String)>> {
        let mut before = Vec::new();
        for change in &plant.changes {
            let path = self.root.join(&change.file);
            let text = fs::read_to_string(&path).with_context(|| change.file.clone())?;
            let name = &plant.name;
            ensure!(
                text.matches(&change.old).count() == 1,
                "{name}: its text is not once in {}",
                change.file
            );
            fs::write(&path, text.replace(&change.old, &change.new))?;
            before.push((path, text));
        }
        Ok(before)
    }

    /// Takes it out again.
    pub fn weed(before: Vec<(PathBuf, String)>) -> anyhow::Result<()> {
        for (path, text) in before.into_iter().rev() {
            fs::write(path, text)?;
        }
        Ok(())
    }
}

fn git(root: &Path) -> Command {
    let mut git = Command::new("git");
    git.current_dir(root);
    git
}

fn output(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
