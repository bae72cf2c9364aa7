//! `cargo xtask plant`: puts each bug of the list into a copy of the repository and runs the tests that are there to
//! catch it. They must be green without the bug and red with it.

pub mod list;
mod suites;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, ensure};

use list::{Plant, Test};
use suites::{Built, Outcome};
use tree::Tree;

#[derive(clap::Args)]
pub struct Options {
    /// Only these classes or names
    #[arg(long, value_name = "CLASS|NAME")]
    only: Vec<String>,
    /// Only say what there is
    #[arg(long)]
    list: bool,
    /// Leave out browser journeys, which take minutes each
    #[arg(long)]
    no_journeys: bool,
}

/// True when every plant was seen by each of its tests.
pub fn run(root: &Path, target: &Path, options: &Options) -> anyhow::Result<bool> {
    let all = read(root)?;
    let plants = chosen(all.clone(), options)?;
    if options.list {
        for Plant { class, name, bug, tests, .. } in &plants {
            println!("{class}  {name}: {bug}\n     {}", tests.join("\n     "));
        }
        println!("{} plants", plants.len());
        return Ok(true);
    }
    let switches: Vec<&Plant> = all.iter().filter(|plant| plant.is_switched()).collect();
    let mut garden = Garden {
        tree: Tree::prepare(root, target, &switches)?,
        controls: BTreeMap::new(),
        seen: 0,
        unseen: Vec::new(),
    };
    if plants
        .iter()
        .flat_map(|plant| &plant.tests)
        .any(|test| test.starts_with("web:") || test.starts_with("journey"))
    {
        garden.tree.take_node_modules(root)?;
    }
    let (switched, alone): (Vec<Plant>, Vec<Plant>) = plants.into_iter().partition(Plant::is_switched);
    garden.together(&switched, &alone)?;
    for plant in &alone {
        garden.alone(plant)?;
    }
    println!();
    garden.unseen.iter().for_each(|line| println!("NOT SEEN  {line}"));
    println!("{} passed, {} failed", garden.seen, garden.unseen.len());
    Ok(garden.unseen.is_empty())
}

/// The whole list, in order of the classes.
fn read(root: &Path) -> anyhow::Result<Vec<Plant>> {
    let mut plants = Vec::new();
    for entry in fs::read_dir(root.join(list::FOLDER))? {
        let path = entry?.path();
        let found = list::parse(&fs::read_to_string(&path)?).with_context(|| path.display().to_string())?;
        plants.extend(found);
    }
    plants.sort_by(|a, b| (&a.class, &a.name).cmp(&(&b.class, &b.name)));
    Ok(plants)
}

fn chosen(mut plants: Vec<Plant>, options: &Options) -> anyhow::Result<Vec<Plant>> {
    for word in &options.only {
        let known = plants.iter().any(|plant| plant.class == *word || plant.name == *word);
        ensure!(known, "there is no plant {word}");
    }
    let wanted = |plant: &Plant| options.only.iter().any(|word| plant.class == *word || plant.name == *word);
    plants.retain(|plant| options.only.is_empty() || wanted(plant));
    let goes_out = |plant: &Plant| plant.tests.iter().any(|test| test.starts_with("journey"));
    plants.retain(|plant| !(options.no_journeys && goes_out(plant)));
    Ok(plants)
}

struct Garden {
    tree: Tree,
    /// What a test says when nothing is planted.
    controls: BTreeMap<Test, Outcome>,
    /// Pairs of a plant and a test that saw it.
    seen: usize,
    /// The others, with what happened.
    unseen: Vec<String>,
}

impl Garden {
    /// Plants with a switch: one build has them all. The same build, with none chosen, is the control.
    fn together(&mut self, switched: &[Plant], alone: &[Plant]) -> anyhow::Result<()> {
        let mut tests = BTreeSet::new();
        for plant in switched.iter().chain(alone) {
            tests.extend(plant.tests()?);
        }
        let built = Built::of(&self.tree, &tests)?;
        for test in tests.iter().filter(|test| matches!(test, Test::Integration(..) | Test::Unit(..))) {
            self.controls.insert(test.clone(), suites::run(&self.tree, &built, test, None)?);
        }
        switched.iter().try_for_each(|plant| self.judge(plant, &built))
    }

    /// A plant that needs a build of its own, or none.
    fn alone(&mut self, plant: &Plant) -> anyhow::Result<()> {
        let tests: BTreeSet<Test> = plant.tests()?.into_iter().collect();
        for test in &tests {
            if !self.controls.contains_key(test) {
                let control = suites::run(&self.tree, &Built::default(), test, None)?;
                self.controls.insert(test.clone(), control);
            }
        }
        let before = self.tree.plant(plant)?;
        let judged = match Built::of(&self.tree, &tests) {
            Ok(built) => self.judge(plant, &built),
            Err(error) => {
                self.unseen.push(format!("{} {}: {error}", plant.class, plant.name));
                Ok(())
            }
        };
        Tree::weed(before)?;
        judged
    }

    fn judge(&mut self, plant: &Plant, built: &Built) -> anyhow::Result<()> {
        for (test, text) in plant.tests()?.iter().zip(&plant.tests) {
            let began = Instant::now();
            let control = self.controls.get(test).copied().unwrap_or(Outcome::Absent);
            let outcome = suites::run(&self.tree, built, test, Some(&plant.name))?;
            let line = format!("{} {}: {text}", plant.class, plant.name);
            let verdict = match (control, outcome) {
                (Outcome::Green, Outcome::Red) => "red",
                (Outcome::Green, Outcome::Green) => "still green",
                (Outcome::Green, Outcome::Absent) => "did not run",
                (Outcome::Red, _) => "red without the plant",
                (Outcome::Absent, _) => "there is no such test",
            };
            println!("{verdict:<12} {line} ({:.1} s)", began.elapsed().as_secs_f32());
            if verdict == "red" {
                self.seen += 1;
            } else {
                self.unseen.push(format!("{line}: {verdict}"));
            }
        }
        Ok(())
    }
}
